//! Small readers of requests that axum does not bring: strict forms, bearer tokens.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::error::OAuthFailure;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// The form of a protocol endpoint: `application/x-www-form-urlencoded`, each parameter once, no query beside it (threat 2).
pub struct Form(pub Params);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let refused =
            |why: &'static str| OAuthFailure::from(OAuthError::new(ErrorCode::InvalidRequest, why)).into_response();
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err(refused("parameters belong into the body, not into the query"));
        }
        if !is_form(request.headers()) {
            return Err(refused("the body must be application/x-www-form-urlencoded"));
        }
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let text = std::str::from_utf8(&body).map_err(|_| refused("the body is not UTF-8"))?;
        Params::parse(text).map(Self).map_err(|error| OAuthFailure::from(error).into_response())
    }
}

/// Whether the body is a form.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The Authorization header.
#[must_use]
pub fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

/// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = authorization(headers)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// JSON that no cache keeps (RFC 6749 §5.1).
pub fn no_store_json<T: Serialize>(value: &T) -> impl IntoResponse + use<T> {
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (headers, serde_json::to_vec(value).unwrap_or_default())
}
