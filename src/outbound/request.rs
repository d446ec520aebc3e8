//! What goes out and what comes back: whole messages in memory, bounded by [`Limits`].

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::OutboundError;

/// How long and how large one exchange may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the whole exchange: waiting for a slot, resolving, connecting, sending and reading the last byte.
    pub timeout: Duration,
    /// Bytes of the answer's body.
    pub max_body: usize,
}

impl Default for Limits {
    /// Five seconds (protocol: a logout delivery's timeout) and one mebibyte.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), max_body: 1 << 20 }
    }
}

/// One request. Neither path nor query nor body is ever logged.
#[derive(Clone)]
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// An absolute http or https URL; its fragment stays here.
    pub url: Url,
    /// Headers besides `host`, `content-length` and `user-agent`, which the client writes.
    pub headers: HeaderMap,
    /// The body, perhaps empty.
    pub body: Bytes,
    /// Time and size.
    pub limits: Limits,
    /// Why it is sent: a label in metrics and logs, for instance `backchannel_logout`.
    pub purpose: &'static str,
}

impl OutboundRequest {
    /// `GET url`, for JSON.
    #[must_use]
    pub fn get(url: Url, limits: Limits, purpose: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("application/json"))]);
        Self { method: Method::GET, url, headers, body: Bytes::new(), limits, purpose }
    }

    /// `POST url` with a form (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form(url: Url, fields: &[(&str, &str)], limits: Limits, purpose: &'static str) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = HeaderMap::from_iter([
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
        ]);
        Self { method: Method::POST, url, headers, body: body.into(), limits, purpose }
    }

    /// `POST url` with `value` as JSON.
    ///
    /// # Errors
    /// [`OutboundError::Request`] when the value does not serialise.
    pub fn json<T: Serialize + ?Sized>(
        url: Url,
        value: &T,
        limits: Limits,
        purpose: &'static str,
    ) -> Result<Self, OutboundError> {
        let body = serde_json::to_vec(value).map_err(|_| OutboundError::Request)?;
        let headers = HeaderMap::from_iter([
            (header::ACCEPT, HeaderValue::from_static("application/json")),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        Ok(Self { method: Method::POST, url, headers, body: body.into(), limits, purpose })
    }
}

/// A whole answer. A redirect is an answer like any other: nobody followed it.
#[derive(Clone)]
pub struct OutboundResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most as long as the limit.
    pub body: Bytes,
}

impl OutboundResponse {
    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`OutboundError::Json`], without any of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OutboundError> {
        serde_json::from_slice(&self.body).map_err(|_| OutboundError::Json)
    }
}
