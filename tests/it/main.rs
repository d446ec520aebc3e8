//! The integration tests: whole nodes in this process, on SQLite and memory, or on PostgreSQL and Redis when
//! `HUFU_TEST_POSTGRES` and `HUFU_TEST_REDIS` name servers. The folders mirror the node's addresses.
//!
//! `docs/THREATS.md` cites these tests by name; a renamed one is renamed there too.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../engines/mod.rs"]
mod engines;
mod support;

mod api;
mod chain;
mod facade;
mod faults;
mod federation;
mod oidc;
mod pages;
mod routes;
mod tokens_doc;
