//! OAuth 2.0's own words: parameters, errors, scopes, proof keys, and what a client says of itself.
//!
//! Everything here is parsed once at the edge and is valid from then on. `crate::http` hands the raw text in,
//! `crate::oidc` works with the types.

pub mod authorization_details;
pub mod client_metadata;
mod client_uri;
pub mod error;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod scope;

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub use authorization_details::ActingFor;
pub use client_metadata::{
    AccessTokenFormat, ApplicationType, CLIENT_ALGS, ClientAuthMethod, ClientMetadata, ConsentMode, FacadeKind,
    GrantType, RegistrationPolicy, ServedSubject, ValidMetadata,
};
pub use error::{ErrorCode, OAuthError};
pub use params::Params;
pub use pkce::Challenge;
pub use scope::Scope;
