//! Tokens against forged posts: every form carries one that is bound to this browser's own cookie (threat 23).

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

use crate::base::encoding::base64url;
use crate::keys::MasterKey;

/// Makes and checks form tokens.
#[derive(Clone)]
pub struct Csrf {
    key: hmac::Key,
    origin: String,
}

impl Csrf {
    /// Tokens for the node whose pages come from `origin` (scheme, host and port).
    #[must_use]
    pub fn new(master: &MasterKey, origin: String) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("form-token")), origin }
    }

    /// The token for the forms of this browser.
    #[must_use]
    pub fn token(&self, browser: &str) -> String {
        let tag = hmac::sign(&self.key, browser.as_bytes());
        base64url(tag.as_ref().first_chunk::<20>().map_or(tag.as_ref(), |part| &part[..]))
    }

    /// Whether a post comes from a form of ours in this browser: the token fits, and the browser does not say otherwise.
    #[must_use]
    pub fn accepts(&self, headers: &HeaderMap, browser: Option<&str>, token: Option<&str>) -> bool {
        let (Some(browser), Some(token)) = (browser, token) else { return false };
        !self.is_foreign(headers) && self.token(browser).as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// Whether the browser says that a post comes from another site's page.
    #[must_use]
    pub fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let header = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
        header(header::ORIGIN).is_some_and(|origin| origin != self.origin && origin != "null")
            || matches!(header(header::HeaderName::from_static("sec-fetch-site")), Some("cross-site" | "same-site"))
    }
}
