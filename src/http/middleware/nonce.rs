//! [`Nonce`]: what a script of a page must carry to run (CSP 3 §2.3.1), new for every request.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;

use crate::base::SharedRandom;

/// 128 random bits, 22 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 22]);

impl Nonce {
    /// A new one, where no gate has given one.
    #[must_use]
    pub fn draw(random: &SharedRandom) -> Self {
        Self::of(&random.array::<16>())
    }

    fn of(bytes: &[u8]) -> Self {
        let mut text = [0; 22];
        // 16 bytes are 22 characters, so that they always fit.
        let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
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

/// Draws nonces. Every request gets one, also those that need none, so that the random generator is asked for many at
/// a time: one call of it costs as much as all else that the gate does.
pub(super) struct Nonces {
    random: SharedRandom,
    drawn: Mutex<Vec<Nonce>>,
}

/// How many are drawn at a time.
const AT_A_TIME: usize = 64;

impl Nonces {
    pub(super) fn new(random: SharedRandom) -> Self {
        Self { random, drawn: Mutex::default() }
    }

    pub(super) fn draw(&self) -> Nonce {
        let mut drawn = self.drawn.lock();
        if drawn.is_empty() {
            let bytes = self.random.array::<{ 16 * AT_A_TIME }>();
            drawn.extend(bytes.chunks_exact(16).map(Nonce::of));
        }
        drawn.pop().unwrap_or_else(|| Nonce::draw(&self.random))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::base::SystemRandom;

    #[test]
    fn nonces_have_128_bits_and_none_is_given_twice() {
        let nonces = Nonces::new(Arc::new(SystemRandom));
        let drawn: HashSet<String> = (0..5 * AT_A_TIME + 1).map(|_| nonces.draw().as_str().to_owned()).collect();
        assert_eq!(drawn.len(), 5 * AT_A_TIME + 1);
        assert!(drawn.iter().all(|nonce| nonce.len() == 22));
    }
}
