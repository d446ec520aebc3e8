//! The demo's relying parties: 办事 matters, 证照 licences, 印章 seals, 门户 portal. Each is what a real one would be: a website
//! that knows an issuer URL, a client id and a secret, and lets a library do the rest.
//!
//! - [`client`]: the OpenID Connect side, by the `openidconnect` crate
//! - [`sessions`]: the service's own sessions, and how a logout token ends them
//! - [`routes`]: its pages

pub mod client;
pub mod routes;
pub mod sessions;
pub mod view;

use std::sync::Arc;

use axum::Router;

use crate::base::{Secret, SharedClock, SharedRandom};
use crate::outbound::Outbound;

use client::RelyingParty;
use sessions::ServiceSessions;
use view::ServiceKind;

/// What a service is started with.
#[derive(Clone)]
pub struct ServiceOptions {
    /// Which one.
    pub kind: ServiceKind,
    /// Its own address, without a slash at its end.
    pub address: String,
    /// Whom it trusts.
    pub issuer: String,
    /// Its name there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Secret,
    /// What it asks for.
    pub scope: String,
    /// The address of the demo's guide.
    pub guide: String,
}

/// One running service.
pub struct Service {
    options: ServiceOptions,
    party: RelyingParty,
    sessions: ServiceSessions,
    random: SharedRandom,
}

/// The routes of a service.
pub fn router(options: ServiceOptions, outbound: Outbound, clock: SharedClock, random: SharedRandom) -> Router {
    let party = RelyingParty::new(options.clone(), outbound, clock);
    let service = Service { options, party, sessions: ServiceSessions::default(), random };
    routes::router(Arc::new(service))
}
