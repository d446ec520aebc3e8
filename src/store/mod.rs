//! Durable state: one file per noun, one SQL text for SQLite and PostgreSQL.
//!
//! Functions take a [`Connection`]: a [`Reader`] from [`Store::read`], or a [`Transaction`] from [`Store::begin`]. Rules
//! live above; here is only SQL. Which database answers is known to `backend.rs` alone. Dialect rules for the SQL:
//! `$n` parameters, TEXT ids and JSON, BIGINT epoch milliseconds, no JSON operators, explicit NULLS and lower().

#[macro_use]
mod backend;

pub mod account_closings;
pub mod account_erasure;
pub mod account_events;
pub mod account_merges;
pub mod accounts;
pub mod appeals;
pub mod carried_mandates;
pub mod cleanup;
pub mod clients;
pub mod consent_records;
pub mod consents;
pub mod correction_requests;
pub mod devices;
pub mod entities;
pub mod factors;
pub mod federation_clients;
pub mod followed_people;
pub mod grants;
pub mod guardianships;
pub mod identity_documents;
pub mod issued_trust_marks;
pub mod known_people;
pub mod mandates;
pub mod marks;
pub mod network_identities;
pub mod notices;
pub mod offered_verifications;
pub mod outbox;
pub mod passed_sessions;
pub mod passkeys;
pub mod password_history;
pub mod real_names;
pub mod recoveries;
pub mod registrations;
pub mod sessions;
pub mod signing_keys;
pub mod subordinates;
pub mod sync_people;
pub mod trust_chains;
pub mod upstream_companies;
pub mod upstream_links;
pub mod upstream_sessions;
pub mod verifications;

mod json_text;
mod sqlite;

pub use backend::{Connection, Reader, Single, Store, StoreConfig, StoreError, Transaction};
pub use json_text::JsonText;
