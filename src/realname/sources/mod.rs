//! The authorities that can be configured: [`http`], with the signed messages of [`signature`] and the bodies of [`wire`].
//!
//! A real national source speaks a wire format that is not public; another source is another file here.

pub mod http;
mod none;
pub mod signature;
pub mod wire;

pub use http::{HttpSource, HttpSourceOptions};
pub use none::NotConfigured;
