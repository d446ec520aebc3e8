//! The demo's parts: synthetic people and the reference authority that knows them.
//!
//! Nothing of a real node may depend on this floor; it may use everything below.

pub mod authority;
pub mod people;
