//! Plumbing for the tests of this room.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use tower::ServiceExt;

use super::middleware::{Plumbing, wrap};
use super::shutdown::Shutdown;
use crate::base::{SeededRandom, SharedClock, SharedRandom, SystemClock};
use crate::config::{Config, Sources};
use crate::telemetry::Metrics;

/// The configuration of a node at `https://id.example.gov.cn` with `settings`.
pub fn config(settings: &[(&str, &str)]) -> Config {
    let base = [("server.issuer", "https://id.example.gov.cn"), ("server.trusted_proxies", "10.0.0.1/32")];
    let overrides = base.iter().chain(settings).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::from_sources(&Sources { overrides, ..Sources::default() }).unwrap()
}

/// Plumbing with `settings`.
pub fn plumbing(settings: &[(&str, &str)]) -> Plumbing {
    let world: (SharedClock, SharedRandom) = (Arc::new(SystemClock), Arc::new(SeededRandom::new(7)));
    Plumbing::new(&config(settings), world, Metrics::new(), Shutdown::new())
}

/// A request as it comes from the connection of `peer`.
pub fn from(peer: &str, mut request: Request) -> Request {
    let address: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(address));
    request
}

/// A GET of `path`.
pub fn get(path: &str) -> Request {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

/// The answer of `router` behind `plumbing`.
pub async fn ask(router: Router, plumbing: Plumbing, request: Request) -> Response {
    wrap(router, plumbing).oneshot(request).await.unwrap()
}

/// The body of an answer.
pub async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}
