//! The one HTTP client: every request that leaves a node goes through [`Outbound`].
//!
//! A URL that somebody else named (a request_uri, a jwks_uri, a logout endpoint) must not become a way into the network
//! that the node stands in. So the client resolves the name itself, looks at each address, refuses those inside the
//! network unless `[outbound] allow` lists them, and connects to exactly the address it looked at: a name that changes
//! its answer between check and use gains nothing. Redirects are handed back, never followed; time and size are bounded.
//!
//! No other module opens a connection to another server over HTTP. This one knows nothing about who calls it: callers
//! are the domain rooms (authority sources, client metadata, logout delivery) and pass their purpose as a metrics label.
//! [`breaker`] and [`retry`] are for callers that try again; the client itself tries once.

pub mod address;
pub mod breaker;
pub mod client;
pub mod connect;
pub mod error;
mod openid;
pub mod policy;
pub mod request;
pub mod retry;
mod tls;

pub use breaker::{Admission, Breaker, BreakerOpen, BreakerPolicy, Breakers};
pub use client::Outbound;
pub use connect::{Resolver, SystemResolver};
pub use error::{OutboundError, Refusal};
pub use policy::{AllowRule, OutboundPolicy};
pub use request::{Limits, OutboundRequest, OutboundResponse};
pub use retry::{Backoff, retry_after};

#[cfg(test)]
mod tests;
