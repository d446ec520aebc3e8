//! What a node says about itself: the log (`logging`), one line a request (`request`), numbers (`metrics`, `process`).
//!
//! # Personal data
//! The log and the metrics hold no personal data and no secrets: no names, numbers, mobiles, usernames, addresses, user
//! agents, cookies, tokens, query strings, form fields or paths as they came. A request is known by its route template
//! and by its reference, the short text that the person sees too; an account or a client by its identifier. Four things
//! keep it so: secrets are types that do not print (`crate::base::Secret`); the request line has no field for anything
//! else; libraries speak at `info` and above only, whatever the level (theirs at `debug` hold headers and statements);
//! and a test reads every logging line of the source (`personal`).
//!
//! Nothing here is asked by the rules of any room; rooms log through `tracing` and count through [`Metrics`].

mod logging;
mod metrics;
mod panic;
mod process;
mod request;

#[cfg(test)]
mod personal;

pub use logging::{TelemetryError, install, subscriber};
pub use metrics::Metrics;
pub use request::RequestRecord;
