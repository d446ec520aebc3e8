//! Crash tests (threat 29): the real binary, killed at every named fail-point and at seeded random moments, held against a
//! ledger of what it had acknowledged. Nothing acknowledged is lost, nothing half done is left.
//!
//! Needs the feature `failpoints`: `make test-crashes`. `HUFU_KILLS` sets how many random kills there are.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod chain;
mod coverage;
mod kills;
mod lower;
mod operation;
mod party;
mod points;
mod process;
mod sink;
mod stage;
mod visitor;
