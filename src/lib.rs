//! hufu (虎符): sign-on for a national government-services platform.
//!
//! One binary is every level of the platform: target (目标方) for those below, access party (接入方) of the one above.
//! The floors, from the top; nothing points up:
//!
//! ```text
//! cli · demo → app → http → domain rooms → keys · jobs → store · ephemeral · outbound → proto · base
//! ```
//!
//! `docs/ARCHITECTURE.md` walks a request through them; `tests/layers.rs` keeps the walls.

pub mod base;
pub mod outbound;
pub mod proto;

pub mod ephemeral;
pub mod keys;
pub mod store;

pub mod jobs;

pub mod accounts;
pub mod centre;
pub mod challenge;
pub mod delegation;
pub mod entities;
pub mod factors;
pub mod federation;
pub mod logout;
pub mod messages;
pub mod oidc;
pub mod realname;
pub mod registrations;
pub mod session;
pub mod signon;
pub mod trust;
pub mod verification;

pub mod app;
pub mod config;
pub mod http;
pub mod telemetry;

pub mod cli;
pub mod demo;
