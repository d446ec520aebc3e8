//! The reference authority, `hufu authority`: a stand-in for the population register, the immigration authority, the
//! register of companies and the network identity service, over real HTTP.
//!
//! It knows some thousand synthetic people ([`super::people`]), documents of every kind ([`super::papers`]) and a few
//! companies ([`super::companies`]), and answers signed questions as the real ones would; its switches make it slow, broken
//! or wrong, so that what hufu does then can be watched. It never holds a real person.
//!
//! | route | for |
//! |---|---|
//! | `POST /v1/verify`, `/v1/verify-company`, `/v1/network-identity` | access parties; signed both ways (`realname::sources::signature`) |
//! | `GET`, `POST /v1/faults` | whoever watches: the switches and what was asked since the start; loopback callers only |
//! | `GET /v1/people?offset&limit`, `/v1/papers`, `/v1/companies` | the demo: whom one can be; loopback callers only |
//! | `POST /v1/renames` | a person changes their name; loopback callers only |
//! | `GET`, `POST /phone`, `POST /v1/phone` | the person's phone: face results and tickets; loopback callers only |
//! | `GET /healthz` | whoever starts it |

mod answer;
mod faults;
mod gate;
mod phone;
mod problem;
mod routes;
mod tokens;
mod watch;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use answer::bank_card_of;
pub use faults::{Faults, Mode};

use crate::base::{SharedClock, SharedRandom};
use crate::realname::sources::signature::Party;

/// What a reference authority is made of.
#[derive(Clone)]
pub struct AuthorityOptions {
    /// Which population.
    pub seed: u64,
    /// How many people.
    pub people: usize,
    /// Who may ask.
    pub parties: Vec<Party>,
    /// How far an access party's clock may be off.
    pub skew: Duration,
    /// The time.
    pub clock: SharedClock,
    /// Chance: for reference numbers and for `fail_rate`.
    pub random: SharedRandom,
}

impl AuthorityOptions {
    /// The population that the demo picks its users from.
    pub const SEED: u64 = 2026;
    /// How many people there are when nobody says otherwise.
    pub const PEOPLE: usize = 5_000;

    /// The default population, asked by `parties`.
    #[must_use]
    pub fn new(parties: Vec<Party>, clock: SharedClock, random: SharedRandom) -> Self {
        let skew = Duration::from_secs(120);
        Self { seed: Self::SEED, people: Self::PEOPLE, parties, skew, clock, random }
    }
}

/// The service's routes. Serve it with connection info (`into_make_service_with_connect_info::<SocketAddr>()`): without it
/// nobody counts as a loopback caller. `stop` frees the requests that `hang` holds.
pub fn router(options: &AuthorityOptions, stop: CancellationToken) -> Router {
    routes::router(Arc::new(routes::Service::new(options, stop)))
}

/// Serves on `listener` until `shutdown` is over, then finishes what is under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    options: AuthorityOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stop = CancellationToken::new();
    let service = router(&options, stop.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = async move {
        shutdown.await;
        stop.cancel();
    };
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}

#[cfg(test)]
mod tests;
