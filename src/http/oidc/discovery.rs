//! `GET /.well-known/openid-configuration` (OIDC Discovery §4) and `/.well-known/oauth-authorization-server` (RFC 8414).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::visit::Web;

/// The provider's metadata, rendered once at start.
pub async fn get(State(web): State<Web>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, web.discovery.clone()).into_response()
}
