//! Signed tokens as they are read: algorithms (RFC 7518), keys (RFC 7517), compact JWS (RFC 7515) and JWT claims (RFC 7519).
//!
//! Everything that arrives from elsewhere is checked by [`verify`] and by nothing else. Nothing here signs: that is
//! `crate::keys`. Nothing here fetches a key or reads a clock.

pub mod alg;
pub mod jwk;
pub mod jws;
mod object;
#[cfg(test)]
mod testing;

pub use alg::SigningAlg;
pub use jwk::{HmacKey, KeySource, PublicJwkSet, VerifyingKey};
pub use jws::{
    Audience, Expectations, Header, Typ, Verified, peek_claims_unverified, peek_header, peek_header_unverified, verify,
};

/// Why a token or a key set was not accepted. Says nothing of its content but names of claims and members.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Larger than the limits of [`jws`] or [`jwk`].
    #[error("too large")]
    TooLarge,
    /// Not three parts of base64url, or a part that is not a JSON object with distinct member names.
    #[error("not a signed token")]
    Malformed,
    /// `none`, an algorithm hufu does not know, or one that is not expected here.
    #[error("signature algorithm not accepted")]
    Algorithm,
    /// A `crit` header: it would change the meaning of the token, and no extension is understood (RFC 7515 §4.1.11).
    #[error("critical header not understood")]
    Critical,
    /// The `typ` header is another one than this place expects (RFC 8725 §3.11).
    #[error("token of another type")]
    Type,
    /// No key of the set has this `kid` and fits the algorithm. A caller that fetches keys may fetch again.
    #[error("no key for this token")]
    UnknownKey,
    /// The signature was not made by the key, or the token was altered.
    #[error("signature does not match")]
    Signature,
    /// A claim that must be there is not.
    #[error("claim {0} is missing")]
    Missing(String),
    /// A claim has another JSON type than its standard says; a date outside the years 1970 to 9999 is one too.
    #[error("claim {0} has the wrong type")]
    ClaimType(&'static str),
    /// `iss` is another.
    #[error("issuer not accepted")]
    Issuer,
    /// `aud` does not fit the rule.
    #[error("audience not accepted")]
    Audience,
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` lies ahead.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` lies ahead, or further back than allowed.
    #[error("issued at an unacceptable time")]
    IssuedAt,
    /// The key set cannot be used; the text says why.
    #[error("key set not accepted: {0}")]
    KeySet(&'static str),
}
