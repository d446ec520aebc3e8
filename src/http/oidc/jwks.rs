//! `GET /oauth2/jwks` (RFC 7517): the published keys, with an ETag.

use crate::http::visit::Web;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The published keys.
pub async fn get(State(web): State<Web>, headers: HeaderMap) -> Response {
    let published = web.app.keys.published();
    let tag = [(header::ETAG, published.etag.clone()), (header::CACHE_CONTROL, "public, max-age=300".into())];
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == published.etag.as_bytes());
    if known {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    (tag, [(header::CONTENT_TYPE, "application/jwk-set+json")], published.body.clone()).into_response()
}
