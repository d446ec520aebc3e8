//! Answers of the SCIM endpoints: `application/scim+json`, entity tags, and errors as RFC 7644 §3.12 tells them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::http::error::BearerFailure;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::scim::error::whole_seconds;
use crate::proto::scim::{MEDIA_TYPE, Projection, ScimError};
use crate::registrations::Resource;

/// What is answered when something is not done.
pub enum Failure {
    /// The token (RFC 6750 §3).
    Bearer(BearerFailure, ScimError),
    /// Anything else.
    Scim(ScimError),
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<BearerFailure> for Failure {
    fn from(failure: BearerFailure) -> Self {
        Self::Bearer(failure, ScimError::refused(401, "no_token", "a bearer token is needed"))
    }
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        let told = match error.code {
            ErrorCode::InvalidToken => ScimError::refused(401, "invalid_token", error.description.to_string()),
            ErrorCode::InsufficientScope => {
                ScimError::refused(403, "insufficient_scope", error.description.to_string())
            }
            _ => {
                tracing::error!(code = error.code.as_str(), detail = error.detail(), "SCIM cannot answer");
                let after = std::time::Duration::from_secs(5);
                return Self::Scim(ScimError::later(503, "unavailable", error.description.to_string(), after));
            }
        };
        Self::Bearer(error.into(), told)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            // Status and challenge are those of every bearer endpoint; the body is SCIM's.
            Self::Bearer(failure, told) => {
                let mut response = failure.into_response();
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
                response.headers_mut().remove(header::CONTENT_LENGTH);
                *response.body_mut() = Body::from(told.message().to_string());
                response
            }
            Self::Scim(error) => {
                let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = message(status, &error.message());
                if let Some(after) = error.retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(after)));
                }
                response
            }
        }
    }
}

/// A message that no cache keeps.
pub fn message(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// A resource with its address and its version.
pub fn resource(status: StatusCode, resource: Resource, projection: &Projection) -> Response {
    let names = [(header::ETAG, resource.version.tag()), (header::LOCATION, resource.location.clone())];
    let mut response = message(status, &resource.told(projection));
    for (name, value) in names {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A header as text.
pub fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
