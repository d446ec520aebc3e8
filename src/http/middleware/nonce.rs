//! [`Nonce`]: what a script of a page must carry to run (CSP 3 §2.3.1), new for every request.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::SharedRandom;

/// 128 random bits, 22 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 22]);

impl Nonce {
    /// A new one.
    #[must_use]
    pub fn draw(random: &SharedRandom) -> Self {
        let mut text = [0; 22];
        // 16 bytes are 22 characters, so that they always fit.
        let _ = URL_SAFE_NO_PAD.encode_slice(random.array::<16>(), &mut text);
        Self(text)
    }

    /// The text, for the attribute `nonce`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The policy of a page whose handler has not set its own. It says nothing of `form-action`: a form may end at a
    /// relying party, which only the page knows.
    pub(super) fn page_policy(&self) -> HeaderValue {
        let text = format!(
            "default-src 'none'; script-src 'nonce-{}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
            self.as_str()
        );
        HeaderValue::try_from(text).unwrap_or(super::headers::NOTHING_ALLOWED)
    }
}
