//! Security headers: each is set where the handler has not set its own.
//!
//! `Cross-Origin-Opener-Policy` is not among them: relying parties open the sign-in page in a window of their own and
//! wait for it, and the policy would cut them off. Pages that nobody opens so may set it themselves.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::nonce::Nonce;
use super::reference::{self, Reference};

/// For what is not a page: nothing may load, nothing may frame it.
pub(super) const NOTHING_ALLOWED: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Two years (RFC 6797 §6.1); subdomains are other people's.
const BY_TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Completes the headers of an answer.
pub(super) fn complete(headers: &mut HeaderMap, reference: &Reference, nonce: &Nonce, tls_only: bool) {
    headers.reserve(8);
    headers.insert(reference::HEADER, reference.header());
    let mut set = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if tls_only {
        set(header::STRICT_TRANSPORT_SECURITY, BY_TLS_ONLY);
    }
    if is_page(headers) {
        headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| nonce.page_policy());
    } else {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING_ALLOWED);
    }
    let readers =
        if headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) { "cross-origin" } else { "same-origin" };
    headers.entry(RESOURCE_POLICY).or_insert(HeaderValue::from_static(readers));
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
