//! [`SigningAlg`]: the signature algorithms that hufu understands, RFC 7518 §3.1 and RFC 8037 §3.1.
//!
//! `none` is not among them, so no code can ask for it.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::base::encoding::base64url;

/// A signature algorithm by its JOSE name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512
    RS512,
    /// RSASSA-PSS with SHA-256
    PS256,
    /// RSASSA-PSS with SHA-384
    PS384,
    /// RSASSA-PSS with SHA-512
    PS512,
    /// ECDSA on P-256 with SHA-256
    ES256,
    /// ECDSA on P-384 with SHA-384
    ES384,
    /// Ed25519
    EdDSA,
    /// HMAC with SHA-256
    HS256,
    /// HMAC with SHA-384
    HS384,
    /// HMAC with SHA-512
    HS512,
}

impl SigningAlg {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
        Self::HS256,
        Self::HS384,
        Self::HS512,
    ];

    /// The algorithms with a private and a public key.
    pub const ASYMMETRIC: &'static [Self] = &[
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::EdDSA,
    ];

    /// The algorithms with one shared secret.
    pub const HMAC: &'static [Self] = &[Self::HS256, Self::HS384, Self::HS512];

    /// The name in an `alg` header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
        }
    }

    /// The algorithm of that exact name; `None` also for `none`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|alg| alg.as_str() == name)
    }

    /// Whether signer and verifier share one secret.
    #[must_use]
    pub const fn is_hmac(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    /// Whether there is a public key to verify with.
    #[must_use]
    pub const fn is_asymmetric(self) -> bool {
        !self.is_hmac()
    }

    /// `at_hash`, `c_hash` and `s_hash`: base64url of the left half of the hash that belongs to this algorithm, over the
    /// ASCII text of an access token, code or state. OIDC Core §3.1.3.6; SHA-512 for Ed25519.
    #[must_use]
    pub fn half_hash(self, text: &str) -> String {
        let hash = digest::digest(self.hash(), text.as_bytes());
        let bytes = hash.as_ref();
        base64url(bytes.get(..bytes.len() / 2).unwrap_or(bytes))
    }

    fn hash(self) -> &'static digest::Algorithm {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::HS256 => &digest::SHA256,
            Self::RS384 | Self::PS384 | Self::ES384 | Self::HS384 => &digest::SHA384,
            Self::RS512 | Self::PS512 | Self::HS512 | Self::EdDSA => &digest::SHA512,
        }
    }

    pub(super) const fn for_jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        use jsonwebtoken::Algorithm;
        match self {
            Self::RS256 => Algorithm::RS256,
            Self::RS384 => Algorithm::RS384,
            Self::RS512 => Algorithm::RS512,
            Self::PS256 => Algorithm::PS256,
            Self::PS384 => Algorithm::PS384,
            Self::PS512 => Algorithm::PS512,
            Self::ES256 => Algorithm::ES256,
            Self::ES384 => Algorithm::ES384,
            Self::EdDSA => Algorithm::EdDSA,
            Self::HS256 => Algorithm::HS256,
            Self::HS384 => Algorithm::HS384,
            Self::HS512 => Algorithm::HS512,
        }
    }
}

impl std::fmt::Display for SigningAlg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_one_name_everywhere() {
        for alg in SigningAlg::ALL {
            assert_eq!(SigningAlg::parse(alg.as_str()), Some(*alg));
            assert_eq!(serde_json::to_string(alg).unwrap(), format!("\"{alg}\""));
            assert_eq!(serde_json::to_string(&alg.for_jsonwebtoken()).unwrap(), format!("\"{alg}\""));
            assert_ne!(SigningAlg::ASYMMETRIC.contains(alg), SigningAlg::HMAC.contains(alg));
            assert_eq!(SigningAlg::HMAC.contains(alg), alg.is_hmac());
        }
    }

    #[test]
    fn none_is_not_an_algorithm() {
        for name in ["none", "None", "NONE", "nOnE", "", "rs256", "HS256 ", "ES256K"] {
            assert_eq!(SigningAlg::parse(name), None, "{name}");
            assert!(serde_json::from_value::<SigningAlg>(name.into()).is_err());
        }
    }

    /// OIDC Core appendix A.3: the `at_hash` of the access token there.
    #[test]
    fn half_hash_gives_the_standards_example() {
        assert_eq!(
            SigningAlg::RS256.half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(
            SigningAlg::RS256.half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
        assert_eq!(SigningAlg::EdDSA.half_hash("x").len(), 43);
        assert_eq!(SigningAlg::ES384.half_hash("x").len(), 32);
    }
}
