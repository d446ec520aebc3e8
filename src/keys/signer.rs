//! [`SigningKey`]: one private key of ours, one algorithm, one `kid`; parsed once, then signing for its whole life.
//!
//! `jsonwebtoken`, which checks signatures for us, parses the private key again at every signature: for RSA that costs
//! more than the signature itself (642 µs against 250 µs). So this type signs through aws-lc directly, and prepares the
//! encoded header of each usual token type.
//!
//! RSA keys have 2048 bits: a signature takes a third of the time that 3072 bits would, a key signs for some months only
//! and its tokens live for minutes, and SP 800-57 holds 2048 bits good until 2030. ES256 is what hufu's own clients use;
//! RS256 is there because OpenID Connect makes it every client's default.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::base::encoding::base64url;
use crate::proto::jose::jwk::{VerifyingKey, thumbprint};
use crate::proto::jose::{JoseError, SigningAlg};

/// Token types whose header is encoded ahead.
const USUAL_TYPES: [&str; 3] = ["JWT", "at+jwt", "logout+jwt"];

/// Why a key cannot be made or a token not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// hufu does not sign with this algorithm.
    #[error("hufu does not sign with {0}")]
    Algorithm(SigningAlg),
    /// The PKCS#8 document is not a key for this algorithm.
    #[error("the private key is not one for {0}")]
    Rejected(SigningAlg),
    /// The public half was not accepted by our own rules.
    #[error("the public key: {0}")]
    Public(#[from] JoseError),
    /// The claims have no JSON form.
    #[error("the claims have no JSON form: {0}")]
    Claims(#[from] serde_json::Error),
    /// The library failed.
    #[error("the signature could not be made")]
    Failed,
}

impl From<aws_lc_rs::error::Unspecified> for SignError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Failed
    }
}

/// A private key ready to sign. No `Debug`, no `Clone`; the key itself lives in aws-lc, which wipes it.
pub struct SigningKey {
    alg: SigningAlg,
    kid: String,
    pair: Pair,
    public_jwk: Value,
    verifying: VerifyingKey,
    headers: [(&'static str, String); USUAL_TYPES.len()],
}

enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl SigningKey {
    /// The algorithms that hufu can sign with.
    pub const ALGS: &'static [SigningAlg] =
        &[SigningAlg::ES256, SigningAlg::RS256, SigningAlg::PS256, SigningAlg::EdDSA];

    /// A new key. RSA takes tens to hundreds of milliseconds: not on an async worker thread.
    ///
    /// # Errors
    /// [`SignError::Algorithm`] for one outside [`SigningKey::ALGS`].
    pub fn generate(alg: SigningAlg) -> Result<Self, SignError> {
        Self::of(alg, Pair::generate(alg)?)
    }

    /// Parses a private key.
    ///
    /// # Errors
    /// [`SignError::Rejected`]: not a key for `alg` (also RSA below 2048 bits).
    pub fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Result<Self, SignError> {
        Self::of(alg, Pair::parse(alg, pkcs8)?)
    }

    /// The private key as PKCS#8 DER, to be sealed and stored; wiped when dropped.
    ///
    /// # Errors
    /// [`SignError::Failed`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        let copy = |der: &[u8]| Zeroizing::new(der.to_vec());
        Ok(match &self.pair {
            Pair::Ec(pair) => copy(pair.to_pkcs8v1()?.as_ref()),
            Pair::Ed(pair) => copy(pair.to_pkcs8v1()?.as_ref()),
            Pair::Rsa(pair, _) => copy(AsDer::<Pkcs8V1Der<'_>>::as_der(pair)?.as_ref()),
        })
    }

    /// Signs `claims` as a compact JWS whose header is `alg`, `kid` and `typ`.
    ///
    /// # Errors
    /// [`SignError::Claims`] or [`SignError::Failed`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let mut token = String::with_capacity(1024);
        match self.headers.iter().find(|(usual, _)| *usual == typ) {
            Some((_, header)) => token.push_str(header),
            None => token.push_str(&encoded_header(self.alg, &self.kid, typ)),
        }
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        let signature = self.pair.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The algorithm.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The name: the SHA-256 thumbprint of the public key (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, with `kid`, `use` and `alg`, for the JWK Set.
    #[must_use]
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// The public half, parsed, to check our own tokens.
    #[must_use]
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    fn of(alg: SigningAlg, pair: Pair) -> Result<Self, SignError> {
        let mut public_jwk = pair.public_jwk()?;
        let kid = thumbprint(&public_jwk).ok_or(SignError::Failed)?;
        let members = public_jwk.as_object_mut().ok_or(SignError::Failed)?;
        for (name, value) in [("kid", kid.as_str()), ("use", "sig"), ("alg", alg.as_str())] {
            members.insert(name.to_owned(), value.into());
        }
        let verifying = VerifyingKey::from_jwk(members)?.ok_or(SignError::Rejected(alg))?;
        let headers = USUAL_TYPES.map(|typ| (typ, encoded_header(alg, &kid, typ)));
        Ok(Self { alg, kid, pair, public_jwk, verifying, headers })
    }
}

impl Pair {
    fn generate(alg: SigningAlg) -> Result<Self, SignError> {
        Ok(match alg {
            SigningAlg::ES256 => Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            SigningAlg::EdDSA => Self::Ed(Ed25519KeyPair::generate()?),
            SigningAlg::RS256 | SigningAlg::PS256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, padding(alg)),
            other => return Err(SignError::Algorithm(other)),
        })
    }

    fn parse(alg: SigningAlg, pkcs8: &[u8]) -> Result<Self, SignError> {
        let pair = match alg {
            SigningAlg::ES256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::Ec),
            SigningAlg::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed),
            SigningAlg::RS256 | SigningAlg::PS256 => {
                RsaKeyPair::from_pkcs8(pkcs8).map(|pair| Self::Rsa(pair, padding(alg)))
            }
            other => return Err(SignError::Algorithm(other)),
        };
        pair.map_err(|_| SignError::Rejected(alg))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::Ec(pair) => pair.sign(&random, message)?.as_ref().to_vec(),
            Self::Ed(pair) => pair.try_sign(message)?.as_ref().to_vec(),
            Self::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &random, message, &mut signature)?;
                signature
            }
        })
    }

    fn public_jwk(&self) -> Result<Value, SignError> {
        match self {
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..33).zip(point.get(33..65)).ok_or(SignError::Failed)?;
                Ok(json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}))
            }
            Self::Ed(pair) => Ok(json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref())})),
            Self::Rsa(pair, _) => rsa_jwk(pair.public_key().as_ref()),
        }
    }
}

fn padding(alg: SigningAlg) -> &'static dyn RsaEncoding {
    if alg == SigningAlg::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 }
}

/// Modulus and exponent out of the DER form, by `jsonwebtoken`.
fn rsa_jwk(der: &[u8]) -> Result<Value, SignError> {
    use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
    let key = jsonwebtoken::DecodingKey::from_rsa_der(der);
    match Jwk::from_decoding_key(&key, None).map_err(|_| SignError::Failed)?.algorithm {
        AlgorithmParameters::RSA(rsa) => Ok(json!({"kty": "RSA", "n": rsa.n, "e": rsa.e})),
        _ => Err(SignError::Failed),
    }
}

fn encoded_header(alg: SigningAlg, kid: &str, typ: &str) -> String {
    base64url(json!({"alg": alg, "kid": kid, "typ": typ}).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Timestamp;
    use crate::base::encoding::from_base64url;
    use crate::proto::jose::{Audience, Expectations, PublicJwkSet, Typ, verify};

    fn expect(typ: Typ<'_>) -> Expectations<'_> {
        Expectations {
            algs: SigningKey::ALGS,
            typ,
            iss: None,
            aud: Audience::Unchecked,
            required: &[],
            max_age: None,
            leeway: Duration::ZERO,
            now: Timestamp(0),
        }
    }

    #[test]
    fn what_it_signs_verifies_with_the_published_key() {
        for alg in SigningKey::ALGS {
            let key = SigningKey::generate(*alg).unwrap();
            let set = PublicJwkSet::from_value(&json!({"keys": [key.public_jwk()]})).unwrap();
            for typ in ["JWT", "at+jwt", "logout+jwt", "secevent+jwt"] {
                let token = key.sign(typ, &json!({"sub": "虎", "n": 1})).unwrap();
                let verified = verify(&token, &set, &expect(Typ::Required(typ))).unwrap();
                assert_eq!(verified.text("sub"), Some("虎"));
                assert_eq!((verified.header.alg, verified.header.kid.as_deref()), (*alg, Some(key.kid())));
                let header = from_base64url(token.split('.').next().unwrap()).unwrap();
                let header: Value = serde_json::from_slice(&header).unwrap();
                assert_eq!(header, json!({"alg": alg, "kid": key.kid(), "typ": typ}), "nothing else in the header");
            }
        }
    }

    #[test]
    fn the_published_key_is_named_by_its_thumbprint_and_holds_nothing_private() {
        for alg in SigningKey::ALGS {
            let key = SigningKey::generate(*alg).unwrap();
            let jwk = key.public_jwk();
            assert_eq!(thumbprint(jwk).as_deref(), Some(key.kid()));
            assert_eq!(
                (&jwk["use"], &jwk["alg"], &jwk["kid"]),
                (&"sig".into(), &alg.as_str().into(), &key.kid().into())
            );
            let names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(names.iter().all(|name| ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg"].contains(name)));
        }
        let rsa = SigningKey::generate(SigningAlg::RS256).unwrap();
        assert_eq!(from_base64url(rsa.public_jwk()["n"].as_str().unwrap()).unwrap().len(), 256);
    }

    #[test]
    fn a_key_survives_storage() {
        for alg in SigningKey::ALGS {
            let key = SigningKey::generate(*alg).unwrap();
            let again = SigningKey::from_pkcs8(*alg, &key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(again.public_jwk(), key.public_jwk());
        }
    }

    #[test]
    fn a_key_is_taken_for_its_own_kind_only() {
        let ec = SigningKey::generate(SigningAlg::ES256).unwrap().to_pkcs8().unwrap();
        for alg in [SigningAlg::RS256, SigningAlg::PS256, SigningAlg::EdDSA] {
            assert!(matches!(SigningKey::from_pkcs8(alg, &ec), Err(SignError::Rejected(_))));
        }
        for alg in [SigningAlg::HS256, SigningAlg::ES384, SigningAlg::RS512] {
            assert!(matches!(SigningKey::generate(alg), Err(SignError::Algorithm(_))));
        }
        assert!(SigningKey::from_pkcs8(SigningAlg::ES256, b"").is_err());
    }

    #[test]
    fn a_token_of_one_rsa_algorithm_is_not_one_of_the_other() {
        let pss = SigningKey::generate(SigningAlg::PS256).unwrap();
        let set = PublicJwkSet::from_value(&json!({"keys": [pss.public_jwk()]})).unwrap();
        assert!(set.has_key_for(SigningAlg::PS256) && !set.has_key_for(SigningAlg::RS256));
    }
}
