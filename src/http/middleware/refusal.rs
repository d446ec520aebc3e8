//! [`Refusal`]: what the gate itself refuses, and how that is shown.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use super::nonce::Nonce;
use super::reference::Reference;

/// Why a request got no answer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The path has a trick in it.
    Path,
    /// A trusted proxy sent an address that cannot be read.
    ForwardedAddress,
    /// The body is too large.
    BodyTooLarge,
    /// The node works on as many requests as it can.
    Overloaded,
    /// The request took longer than it may.
    TimedOut,
    /// The handler panicked.
    Broken,
}

impl Refusal {
    /// Every refusal, for `docs/ERRORS.md`.
    pub const ALL: &'static [Self] =
        &[Self::Path, Self::ForwardedAddress, Self::BodyTooLarge, Self::Overloaded, Self::TimedOut, Self::Broken];

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Path | Self::ForwardedAddress => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Overloaded | Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code of the answer.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Path => "bad_path",
            Self::ForwardedAddress => "bad_forwarded_address",
            Self::BodyTooLarge => "body_too_large",
            Self::Overloaded => "overloaded",
            Self::TimedOut => "timed_out",
            Self::Broken => "internal_error",
        }
    }

    /// What it means, for a developer.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Path => "The path is not in its plain form",
            Self::ForwardedAddress => "The proxy's forwarded address cannot be read",
            Self::BodyTooLarge => "The request body is too large",
            Self::Overloaded => "The server is busy; try again shortly",
            Self::TimedOut => "The request took too long",
            Self::Broken => "The server failed; the reference finds it in the log",
        }
    }

    /// After how many seconds to try again, where that helps.
    #[must_use]
    pub const fn retry_after(self) -> Option<u64> {
        match self {
            Self::Overloaded => Some(1),
            Self::TimedOut => Some(5),
            _ => None,
        }
    }
}

/// A refused request, for whoever shows it.
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The request's reference, which the person may read out.
    pub reference: Reference,
    /// For the scripts of a page.
    pub nonce: Nonce,
    /// What the request said of whom it is for.
    pub asker: Asker,
}

/// The three headers that tell how to speak to somebody.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    accept: Option<HeaderValue>,
    accept_language: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
}

impl Asker {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let kept = |name| headers.get(name).cloned();
        Self {
            accept: kept(header::ACCEPT),
            accept_language: kept(header::ACCEPT_LANGUAGE),
            cookie: kept(header::COOKIE),
        }
    }

    /// Whether a person in a browser asks, who wants a page.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        self.accept.as_ref().is_some_and(|kinds| kinds.to_str().is_ok_and(|kinds| kinds.contains("text/html")))
    }

    /// `Accept-Language` and `Cookie` as they came, for choosing a language.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let kept = [(header::ACCEPT_LANGUAGE, &self.accept_language), (header::COOKIE, &self.cookie)];
        kept.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// Shows a refused request.
pub type RefusalPage = Arc<dyn Fn(&Refused) -> Response + Send + Sync>;

/// Shows it as problem+json (RFC 9457).
pub fn as_problem(refused: &Refused) -> Response {
    let Refused { refusal, reference, .. } = refused;
    let body = json!({
        "title": refusal.title(),
        "status": refusal.status().as_u16(),
        "code": refusal.code(),
        "reference": reference.as_str(),
    });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = refusal.status();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
