//! Keys and tokens for the tests of this room: whatever an attacker or a careless client could sign.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use serde_json::{Value, json};

use crate::base::encoding::base64url;

/// One key pair of each kind, made once a test run.
pub(super) enum TestKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

pub(super) fn rsa() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
}

pub(super) fn p256() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
}

pub(super) fn p384() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()))
}

pub(super) fn ed25519() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::Ed(Ed25519KeyPair::generate().unwrap()))
}

impl TestKey {
    /// A token with exactly this header and these claims (any text, to write broken JSON too).
    pub(super) fn token_of(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
        let signature = self.signature(&message, header.contains("PS256"));
        format!("{message}.{}", base64url(&signature))
    }

    /// A token.
    pub(super) fn token(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    fn signature(&self, message: &str, pss: bool) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut out = vec![0; key.public_modulus_len()];
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding =
                    if pss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                key.sign(padding, &random, message.as_bytes(), &mut out).unwrap();
                out
            }
            Self::P256(key) | Self::P384(key) => key.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Ed(key) => key.sign(message.as_bytes()).as_ref().to_vec(),
        }
    }

    /// The public half, without `kid`, `use` and `alg`.
    pub(super) fn jwk(&self) -> Value {
        let half = |key: &EcdsaKeyPair, curve: &str, size: usize| {
            let point = key.public_key().as_ref();
            json!({"kty": "EC", "crv": curve, "x": base64url(&point[1..=size]), "y": base64url(&point[size + 1..])})
        };
        match self {
            Self::Rsa(key) => rsa_jwk(key.public_key().as_ref()),
            Self::P256(key) => half(key, "P-256", 32),
            Self::P384(key) => half(key, "P-384", 48),
            Self::Ed(key) => json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(key.public_key().as_ref())}),
        }
    }

    /// The public half as an attacker of "algorithm confusion" would use it as an HMAC secret.
    pub(super) fn public_der(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::P256(key) | Self::P384(key) => key.public_key().as_ref().to_vec(),
            Self::Ed(key) => key.public_key().as_ref().to_vec(),
        }
    }
}

fn rsa_jwk(der: &[u8]) -> Value {
    let jwk = Jwk::from_decoding_key(&DecodingKey::from_rsa_der(der), Some(Algorithm::RS256)).unwrap();
    let jwk = serde_json::to_value(jwk).unwrap();
    json!({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
}

/// `jwk` with more members.
pub(super) fn with(jwk: &Value, members: &Value) -> Value {
    let mut jwk = jwk.clone();
    jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    jwk
}

/// A token signed with an HMAC secret.
pub(super) fn hmac_token(secret: &[u8], header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    format!("{message}.{}", base64url(aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref()))
}
