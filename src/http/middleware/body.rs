//! The size of a body: refused when it says itself that it is too large, cut off when it does not say.

use axum::body::{Body, HttpBody};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use http_body_util::Limited;

/// The body says that it is larger than the limit.
#[derive(Debug)]
pub(super) struct TooLarge;

/// Bounds `body` to `limit` bytes. A body read beyond it gives an error that axum's extractors answer 413.
pub(super) fn bound(parts: &Parts, body: Body, limit: usize) -> Result<Body, TooLarge> {
    if body.is_end_stream() {
        return Ok(body);
    }
    let told = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match told {
        Some(length) if usize::try_from(length).is_ok_and(|length| length <= limit) => Ok(body),
        Some(_) => Err(TooLarge),
        None => Ok(Body::new(Limited::new(body, limit))),
    }
}
