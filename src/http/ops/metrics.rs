//! `/metrics`: closed (threat 16) until `[metrics]` names a network or a token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::middleware::{ClientAddress, House, is_relayed_by_a_stranger};

/// The Prometheus text format.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Answers with the metrics, or 401 where a token would help, or 403.
pub(super) async fn metrics(house: Arc<House>, request: Request) -> Response {
    if comes_from_an_allowed_network(&house, &request) || has_the_token(&house, &request) {
        return ([(header::CONTENT_TYPE, TEXT)], house.render_metrics()).into_response();
    }
    if house.plumbing.metrics_access.token.is_some() {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")]).into_response();
    }
    StatusCode::FORBIDDEN.into_response()
}

fn comes_from_an_allowed_network(house: &House, request: &Request) -> bool {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else { return false };
    let Some(ClientAddress(client)) = request.extensions().get::<ClientAddress>() else { return false };
    let plumbing = &house.plumbing;
    let allowed = plumbing.metrics_access.allow.iter().any(|net| net.contains(client));
    allowed && !is_relayed_by_a_stranger(peer.ip(), request.headers(), &plumbing.server.trusted_proxies)
}

fn has_the_token(house: &House, request: &Request) -> bool {
    let Some(token) = &house.plumbing.metrics_access.token else { return false };
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer =
        shown.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    !token.expose().is_empty() && bearer.is_some_and(|(_, presented)| token.is(presented.trim()))
}
