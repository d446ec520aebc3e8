//! [`Reference`]: the short text by which a person, the log and an answer speak of one request.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};

use crate::base::SharedRandom;

/// The header that carries the reference to the client.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Crockford's base 32: no letter that is taken for another when read out.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Names one request: ten letters and digits. It is not a secret, and nothing is granted for knowing it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Reference([u8; 10]);

impl Reference {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Every byte is of the alphabet, so that this is never the empty text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or(HeaderValue::from_static(""))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Draws references: a random start, then a scattered walk that does not come back to a number (splitmix64).
pub(super) struct References {
    next: AtomicU64,
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl References {
    pub(super) fn new(random: &SharedRandom) -> Self {
        Self { next: AtomicU64::new(u64::from_le_bytes(random.array())) }
    }

    pub(super) fn draw(&self) -> Reference {
        let mut bits = self.next.fetch_add(STEP, Ordering::Relaxed);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let mut text = [b'0'; 10];
        for letter in &mut text {
            *letter = ALPHABET.get(usize::try_from(bits & 31).unwrap_or(0)).copied().unwrap_or(b'0');
            bits >>= 5;
        }
        Reference(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::base::SeededRandom;

    #[test]
    fn references_are_ten_readable_letters_and_do_not_repeat() {
        let random: SharedRandom = Arc::new(SeededRandom::new(1));
        let references = References::new(&random);
        let drawn: HashSet<String> = (0..10_000).map(|_| references.draw().to_string()).collect();
        assert_eq!(drawn.len(), 10_000);
        for text in &drawn {
            assert!(text.len() == 10 && text.bytes().all(|letter| ALPHABET.contains(&letter)), "{text}");
        }
    }
}
