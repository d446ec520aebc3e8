//! For those who run the node: `/healthz`, `/readyz`, `/metrics`.
//!
//! They are never refused for want of room, and say nothing about people. The first two are for balancers and open to
//! all; the metrics are closed until `[metrics]` names who may read them.

mod health;
mod metrics;
mod ready;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

pub use ready::Check;

use super::middleware::GateLayer;

/// The routes.
pub(super) fn router(gate: &GateLayer) -> Router {
    let house = gate.house();
    let readiness = Arc::new(ready::Readiness::default());
    let (for_ready, for_metrics) = (Arc::clone(&house), house);
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(move || ready::readyz(Arc::clone(&for_ready), Arc::clone(&readiness))))
        .route("/metrics", get(move |request| metrics::metrics(Arc::clone(&for_metrics), request)))
}

#[cfg(test)]
mod tests;
