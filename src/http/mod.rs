//! The web: the only rooms that know axum and askama. Parse, one call to a service, render; rules are below.
//!
//! A connection comes in at [`server`], every request passes [`middleware`], and [`ops`] answers those who run the node.

pub mod access;
pub mod middleware;
pub mod ops;
pub mod server;
pub mod shutdown;

#[cfg(test)]
mod testing;
