//! The session cookie's value: 256 random bits, stored only as a hash.

use crate::base::Secret;
use crate::base::encoding::{base64url, sha256};

/// The value of the session cookie of one browser.
#[derive(Clone, Debug)]
pub struct SessionCookie(Secret);

impl SessionCookie {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Secret::new(value))
    }

    /// The value, for the Set-Cookie header.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What is stored of a cookie value. The value has 256 random bits, so a plain hash suffices.
#[must_use]
pub fn cookie_hash(value: &str) -> String {
    base64url(&sha256(value.as_bytes()))
}
