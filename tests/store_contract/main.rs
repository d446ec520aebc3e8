//! The contract of the durable and the ephemeral store: every function, one body, both engines.
//!
//! [`complete`] reads the sources and fails when a function of either store has no test here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "../engines/mod.rs"]
mod engines;

mod accounts;
mod appeals;
mod bench;
mod carried;
mod centre;
mod cleanup;
mod clients;
mod complete;
mod connections;
mod consents;
mod devices;
mod entities;
mod ephemeral;
mod factors;
mod federation;
mod followed_people;
mod grants;
mod known_people;
mod mandates;
mod marks;
mod merging;
mod notices;
mod offered_verifications;
mod outbox;
mod passed_sessions;
mod passkeys;
mod password_history;
mod people;
mod races;
mod real_names;
mod recoveries;
mod registrations;
mod sessions;
mod signing_keys;
mod sync_people;
mod upstream;
