//! OAuth 2.0's own words: parameters, errors, scopes, proof keys.
//!
//! Everything here is parsed once at the edge and is valid from then on. `crate::http` hands the raw text in,
//! `crate::oidc` works with the types.

pub mod error;
pub mod params;
pub mod pkce;
pub mod scope;

pub use error::{ErrorCode, OAuthError};
pub use params::Params;
pub use pkce::Challenge;
pub use scope::Scope;
