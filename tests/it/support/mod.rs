//! What the tests stand on: a node in this process or in one of its own ([`TestNode`]), a [`Browser`], [`Client`]s and
//! [`Person`]s, and a [`Sink`] that is told of logouts.

mod authenticator;
mod browser;
mod client;
mod company;
mod node;
mod page;
mod party;
mod person;
mod process;
mod proxy;
mod request;
mod sink;
mod soft_key;

pub use authenticator::Authenticator;
pub use browser::Browser;
pub use client::{Client, ClientKey};
pub use company::{Company, DAY, registered};
pub use node::{NOW, TestNode};
pub use page::{Callback, Landed, Page};
pub use party::{Answer, Tokens, assertion_fields};
pub use person::Person;
pub use process::Process;
pub use proxy::Proxy;
pub use request::Request;
pub use sink::{Notice, Sink};
pub use soft_key::{Bend, SoftKey, answer_with};

/// Seconds, minutes, hours, days.
pub mod span {
    use std::time::Duration;

    /// So many seconds.
    pub const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// So many minutes.
    pub const fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    /// So many hours.
    pub const fn hours(count: u64) -> Duration {
        Duration::from_secs(count * 3600)
    }
}
