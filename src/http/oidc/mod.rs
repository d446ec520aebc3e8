//! The protocol endpoints over HTTP: parse, one call to the engine, render. Rules are in `crate::oidc`.

pub mod authorize;
pub mod discovery;
pub mod end_session;
pub mod introspect;
pub mod jwks;
pub mod par;
pub mod registration;
pub mod revoke;
pub mod token;
pub mod userinfo;
