//! The web: the only rooms that know axum and askama. Parse, one call to a service, render; rules are below.
//!
//! A connection comes in at [`server`], every request passes [`middleware`], and [`ops`] answers those who run the node.
//!
//! - [`node`]: all of it together · [`router`]: the table of contents · [`access`]: who may call a route
//! - [`oidc`]: protocol endpoints · [`federation`]: trust between nodes and services · [`interaction`]: the pages on the way to a service · [`account`]: the account centre ·
//!   [`site`]: home, texts, preferences, assets · [`pages`]: what people see
//! - [`facade`]: what provincial platforms speak · [`api`]: JSON for access parties · [`scim`]: what they register and keep in step
//! - [`visit`]: who sits before the browser · [`error`]: every error and its response

pub mod access;
pub mod account;
pub mod api;
pub mod cookies;
pub mod csrf;
pub mod error;
pub mod extract;
pub mod facade;
pub mod federation;
pub mod interaction;
pub mod middleware;
pub mod node;
pub mod oidc;
pub mod ops;
pub mod pages;
pub mod qr;
pub mod recover;
pub mod router;
pub mod scim;
pub mod server;
pub mod shutdown;
pub mod site;
pub mod trust;
pub mod visit;

#[cfg(test)]
mod testing;
