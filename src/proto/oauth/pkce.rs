//! Proof Key for Code Exchange, RFC 7636: method S256 only.
//!
//! Here is the arithmetic. When a challenge is demanded, and that a verifier without a challenge fails, is decided in
//! `crate::oidc`.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::error::{ErrorCode, OAuthError};
use crate::base::encoding::{base64url, from_base64url, sha256};

/// A `code_challenge` of method S256: the SHA-256 of the verifier. Written as base64url, 43 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Parses `code_challenge` and `code_challenge_method`. A missing method means `plain` (RFC 7636 §4.3), and plain
    /// is refused: it protects nothing once the request leaks.
    ///
    /// # Errors
    /// `invalid_request`: another method than S256, or a challenge that is not the base64url of 32 bytes.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, OAuthError> {
        if method != Some("S256") {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "code_challenge_method must be S256"));
        }
        Self::try_from(challenge.to_owned())
    }

    /// The challenge that belongs to `verifier`; `None` when that is no verifier (43 to 128 unreserved characters,
    /// RFC 7636 §4.1). For the relying-party side.
    #[must_use]
    pub fn of(verifier: &str) -> Option<Self> {
        is_verifier(verifier).then(|| Self(sha256(verifier.as_bytes())))
    }

    /// Whether `verifier` is well-formed and its hash is this challenge, in constant time.
    #[must_use]
    pub fn matches(&self, verifier: &str) -> bool {
        Self::of(verifier).is_some_and(|other| other.0.ct_eq(&self.0).into())
    }
}

fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

impl From<Challenge> for String {
    fn from(challenge: Challenge) -> Self {
        base64url(&challenge.0)
    }
}

impl TryFrom<String> for Challenge {
    type Error = OAuthError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = (text.len() == 43).then(|| from_base64url(&text)).flatten();
        let hash = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        hash.map(Self).ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, "malformed code_challenge"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 7636 appendix B
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_standards_example_matches() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(challenge.matches(VERIFIER));
        assert_eq!(Challenge::of(VERIFIER), Some(challenge));
        assert_eq!(serde_json::to_string(&challenge).unwrap(), format!("\"{CHALLENGE}\""));
        assert_eq!(serde_json::from_str::<Challenge>(&format!("\"{CHALLENGE}\"")).unwrap(), challenge);
    }

    #[test]
    fn plain_is_refused_also_by_default() {
        for method in [None, Some("plain"), Some("s256"), Some("")] {
            assert_eq!(Challenge::parse(CHALLENGE, method).unwrap_err().code, ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn a_challenge_must_be_a_hash() {
        for text in ["", "short", &CHALLENGE[1..], &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+")] {
            assert!(Challenge::parse(text, Some("S256")).is_err(), "{text}");
        }
        let unused_bits_set = format!("{}N", &CHALLENGE[..42]);
        assert!(Challenge::parse(&unused_bits_set, Some("S256")).is_err());
    }

    #[test]
    fn the_challenge_itself_and_malformed_verifiers_never_match() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(!challenge.matches(CHALLENGE));
        assert!(!challenge.matches(""));
        for bad in ["a".repeat(42), "a".repeat(129), format!("{} ", "a".repeat(43)), "é".repeat(30)] {
            assert_eq!(Challenge::of(&bad), None);
        }
        assert!(Challenge::of(&"a".repeat(128)).is_some());
    }

    proptest! {
        #[test]
        fn only_the_verifier_matches(one in "[A-Za-z0-9._~-]{43,128}", two in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = Challenge::of(&one).unwrap();
            prop_assert!(challenge.matches(&one));
            prop_assert_eq!(challenge.matches(&two), one == two);
        }
    }
}
