//! What every request passes on its way in and out, in this order:
//!
//! 1. it is given a [`Reference`] and a [`Nonce`] (`reference`, `nonce`)
//! 2. a path with a trick in it is refused (`path`)
//! 3. the client's address is found, from trusted proxies only ([`ClientAddress`])
//! 4. a body that is too large is refused, or cut off where its length is not told (`body`)
//! 5. more requests than the node can work on are refused (`in_flight`)
//! 6. the handler works, within its time; if it panics, only the log learns of it (`gate`)
//! 7. security headers are set where the handler has not set its own (`headers`)
//! 8. the request is counted and perhaps logged (`crate::telemetry`)
//!
//! One [`gate`] does it all: a layer for each step would cost each request an allocation a step.
//! [`cors`] is a layer of its own for the few routes that pages of other sites may call.

mod body;
mod client_address;
pub mod cors;
mod gate;
mod headers;
mod in_flight;
mod nonce;
mod path;
mod reference;
mod refusal;

use std::sync::Arc;

use axum::Router;

pub use client_address::{ClientAddress, is_relayed_by_a_stranger};
pub use gate::GateLayer;
pub(in crate::http) use gate::House;
pub use nonce::Nonce;
pub use reference::Reference;
pub use refusal::{Asker, Refusal, RefusalPage, Refused, as_problem};

use crate::base::{SharedClock, SharedRandom};
use crate::config::Config;
use crate::config::log::LogConfig;
use crate::config::metrics::MetricsConfig;
use crate::config::server::ServerConfig;
use crate::http::ops;
use crate::http::shutdown::Shutdown;
use crate::telemetry::Metrics;

/// What the requests of one node pass through.
pub struct Plumbing {
    /// Limits and trusted proxies.
    pub server: ServerConfig,
    /// Which requests get a line in the log.
    pub log: LogConfig,
    /// Who may read the metrics.
    pub metrics_access: MetricsConfig,
    /// Whether browsers are told to come by TLS and nothing else. Never on loopback hosts: a browser would hold every
    /// other program of that machine to it.
    pub tls_only: bool,
    /// The time, for how old an answer of `/readyz` is.
    pub clock: SharedClock,
    /// Chance, for nonces and references.
    pub random: SharedRandom,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// Whether the node is leaving.
    pub shutdown: Shutdown,
    /// What must answer for the node to be ready.
    pub checks: Vec<ops::Check>,
    /// What a refused request is shown.
    pub refuse: RefusalPage,
}

impl Plumbing {
    /// The plumbing that `config` asks for, without checks, with problem+json for what is refused.
    #[must_use]
    pub fn new(
        config: &Config,
        (clock, random): (SharedClock, SharedRandom),
        metrics: Metrics,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            server: config.server.clone(),
            log: config.log.clone(),
            metrics_access: config.metrics.clone(),
            tls_only: config.issuer.is_https() && !config.issuer.is_loopback(),
            clock,
            random,
            metrics,
            shutdown,
            checks: Vec::new(),
            refuse: Arc::new(as_problem),
        }
    }
}

/// Puts the gate before every route of `router`, its fallback included, and adds the routes of [`ops`], which are never
/// refused for want of room. Call it last: a route added afterwards has no gate.
pub fn wrap(router: Router, plumbing: Plumbing) -> Router {
    let gate = GateLayer::new(plumbing);
    let ops = ops::router(&gate).layer(gate.without_shedding());
    router.layer(gate).merge(ops)
}

#[cfg(test)]
mod tests;
