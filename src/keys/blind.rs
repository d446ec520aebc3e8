//! [`BlindIndex`]: finds a row by a value that is stored only encrypted (identity number, mobile, e-mail).
//!
//! Equal values have equal indexes under one key, and without the key an index says nothing, not even to somebody who can
//! try every identity number there is. The caller normalises first; two spellings of one number must not differ.

use aws_lc_rs::hmac;

use super::master::MasterKey;
use crate::base::encoding::base64url;

/// A keyed fingerprint for one kind of value.
pub struct BlindIndex(hmac::Key);

impl BlindIndex {
    /// An index with a key of its own for `purpose`, one purpose for each kind of value.
    #[must_use]
    pub fn new(master: &MasterKey, purpose: &str) -> Self {
        let key = master.derive(&format!("blind/{purpose}"));
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }

    /// The index of an already normalised value: HMAC-SHA256, 43 characters of base64url.
    #[must_use]
    pub fn of(&self, normalised: &str) -> String {
        base64url(hmac::sign(&self.0, normalised.as_bytes()).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;

    fn index(purpose: &str) -> BlindIndex {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        BlindIndex::new(&MasterKey::from_secret(&Secret::new(text)).unwrap(), purpose)
    }

    #[test]
    fn equal_values_meet_and_different_ones_do_not() {
        assert_eq!(index("mobile").of("13800138000"), index("mobile").of("13800138000"));
        assert_ne!(index("mobile").of("13800138000"), index("mobile").of("13800138001"));
        assert_ne!(index("mobile").of("13800138000"), index("identity-number").of("13800138000"));
        assert_eq!(index("mobile").of("").len(), 43);
    }
}
