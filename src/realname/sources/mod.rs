//! The authorities that can be configured: [`Sources`] is their table and chooses among them; each is an [`HttpSource`],
//! with the signed messages of [`signature`] and the bodies of [`wire`].
//!
//! A real national source speaks a wire format that is not public; another source is another file here.

pub mod http;
mod options;
mod quota;
pub mod signature;
mod table;
pub mod wire;

pub use http::HttpSource;
pub use options::{Outage, SourceKind, SourceOptions, Title, Via};
pub use quota::Quota;
pub use table::{Offer, Sources};
