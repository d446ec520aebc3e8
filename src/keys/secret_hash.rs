//! [`SecretHasher`]: stores secrets that hufu itself generated (client secrets, refresh tokens, opaque access tokens).
//!
//! They have 256 random bits, so nobody can guess them and a slow hash would only cost time at every request; a keyed
//! one, HMAC-SHA256, keeps a stolen database useless without the master key as well. Passwords that people choose never
//! come here: `crate::accounts` hashes them with Argon2id.

use aws_lc_rs::hmac;

use super::master::MasterKey;
use crate::base::encoding::{base64url, from_base64url};

/// Hashes and compares generated secrets.
pub struct SecretHasher(hmac::Key);

impl SecretHasher {
    /// The hasher of this node.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, master.derive("secret-hash").as_slice()))
    }

    /// What is stored, and what is looked up: 43 characters of base64url. The same secret always gives the same hash.
    #[must_use]
    pub fn hash(&self, secret: &str) -> String {
        base64url(hmac::sign(&self.0, secret.as_bytes()).as_ref())
    }

    /// Whether `stored` is the hash of `secret`, in constant time. A malformed stored hash matches nothing.
    #[must_use]
    pub fn matches(&self, secret: &str, stored: &str) -> bool {
        from_base64url(stored).is_some_and(|tag| hmac::verify(&self.0, secret.as_bytes(), &tag).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Secret;

    fn hasher(text: &str) -> SecretHasher {
        SecretHasher::new(&MasterKey::from_secret(&Secret::new(text)).unwrap())
    }

    #[test]
    fn only_the_secret_matches_and_only_under_the_same_master_key() {
        let ours = hasher("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        let theirs = hasher("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        let stored = ours.hash("s3cret");
        assert!(ours.matches("s3cret", &stored));
        assert!(!ours.matches("s3cret ", &stored) && !ours.matches("", &stored));
        assert!(!theirs.matches("s3cret", &stored));
        assert!(!stored.contains("s3cret"));
    }

    #[test]
    fn a_malformed_stored_hash_matches_nothing() {
        let ours = hasher("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        let stored = ours.hash("s3cret");
        for bad in ["", "!", &stored[..42], &stored[..22], "s3cret"] {
            assert!(!ours.matches("s3cret", bad), "{bad}");
            assert!(!ours.matches("", bad), "{bad}");
        }
    }
}
