//! [`Problem`]: an error of an API (RFC 9457), with a code that stays what it is.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::http::error::BearerFailure;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// An error of an API.
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<Duration>,
}

/// What an API answers when it does not do what it was asked.
pub enum Failure {
    /// The token (RFC 6750 §3).
    Bearer(BearerFailure),
    /// Anything else.
    Problem(Problem),
}

impl Problem {
    /// What is wrong with what was sent.
    pub fn refused(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    /// What may well be done later.
    pub fn later(status: StatusCode, code: &'static str, detail: impl Into<String>, after: Duration) -> Self {
        Self { retry_after: Some(after), ..Self::refused(status, code, detail) }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        match error.code {
            ErrorCode::InvalidToken | ErrorCode::InsufficientScope => Self::Bearer(error.into()),
            _ => {
                tracing::error!(code = error.code.as_str(), detail = error.detail(), "an API cannot answer");
                let after = Duration::from_secs(5);
                Problem::later(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.description, after).into()
            }
        }
    }
}

impl From<BearerFailure> for Failure {
    fn from(failure: BearerFailure) -> Self {
        Self::Bearer(failure)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Bearer(failure) => failure.into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let body = json!({
            "title": title, "status": self.status.as_u16(), "code": self.code, "detail": self.detail,
        });
        let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, headers, body.to_string()).into_response();
        if let Some(after) = self.retry_after {
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}
