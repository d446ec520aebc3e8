//! The pure language of the protocols, shared by both roles of a node: what a message may look like and what it means.
//!
//! No input or output, no async, no web framework, no database, no clock: the time is an argument. `oauth` is RFC 6749
//! and its family, `jose` the signed tokens, `oidc` what OpenID Connect adds,
//! `scim` registrations that are kept in step (RFC 7643, 7644), `facade` what provincial platforms speak besides. The rules that need state (who the client
//! is, what it may ask) are one floor up, in `crate::oidc`.

pub mod facade;
pub mod jose;
pub mod oauth;
pub mod oidc;
pub mod scim;
