//! [`PublicJwkSet`]: the public keys of a client or an upstream provider (RFC 7517), parsed and judged once, then used many
//! times. [`HmacKey`]: a shared secret. [`KeySource`]: what [`super::verify`] asks for keys.
//!
//! A key fits only the algorithms of its own kind, so a public key can never be taken for an HMAC secret.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::{JoseError, SigningAlg, object};
use crate::base::Secret;
use crate::base::encoding::{base64url, from_base64url, sha256};

/// Most bytes of a key set's JSON.
pub const MAX_SET: usize = 64 * 1024;
/// Most keys of a set.
pub const MAX_KEYS: usize = 100;

/// Members that only a private or a shared key has. RFC 7518 §6.2.2, §6.3.2, §6.4
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One key to verify with, parsed, with the algorithms that it fits.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Option<String>,
    algs: &'static [SigningAlg],
    only: Option<SigningAlg>,
    key: DecodingKey,
}

impl VerifyingKey {
    /// Reads one public JWK.
    ///
    /// # Errors
    /// `Ok(None)`: a key for another use than signatures, or of a kind hufu does not know; RFC 7517 §5 says to pass over
    /// such keys. [`JoseError::KeySet`]: private members, a shared key, RSA below 2048 or above 8192 bits, or malformed.
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Option<Self>, JoseError> {
        if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) || text(jwk, "kty")? == Some("oct") {
            return Err(JoseError::KeySet("it holds a private or shared key"));
        }
        if !is_for_signatures(jwk)? {
            return Ok(None);
        }
        let Some((algs, key)) = parse_key(jwk)? else { return Ok(None) };
        let only = match text(jwk, "alg")? {
            None => None,
            Some(name) => match SigningAlg::parse(name).filter(|alg| algs.contains(alg)) {
                None => return Ok(None),
                fitting => fitting,
            },
        };
        Ok(Some(Self { kid: text(jwk, "kid")?.map(str::to_owned), algs, only, key }))
    }

    /// The key's name, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether this key may have made a signature of `alg`.
    #[must_use]
    pub fn fits(&self, alg: SigningAlg) -> bool {
        self.algs.contains(&alg) && self.only.is_none_or(|only| only == alg)
    }

    /// Whether `signature` (base64url) over `message` was made with this key's private half.
    pub(super) fn verifies(&self, alg: SigningAlg, message: &str, signature: &str) -> bool {
        let answer = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, alg.for_jsonwebtoken());
        self.fits(alg) && answer.unwrap_or(false)
    }
}

/// Where [`super::verify`] finds keys.
pub trait KeySource {
    /// The keys that may have signed a token with this `kid` and `alg`. A key without a name never answers to a `kid`.
    fn candidates<'a>(&'a self, kid: Option<&'a str>, alg: SigningAlg) -> impl Iterator<Item = &'a VerifyingKey>;
}

/// A set of public keys. Cheap to share behind an `Arc`; parsing is the expensive part and is done once.
#[derive(Clone, Default)]
pub struct PublicJwkSet(Vec<VerifyingKey>);

impl PublicJwkSet {
    /// Parses the JSON of a JWK Set.
    ///
    /// # Errors
    /// [`JoseError::TooLarge`], or [`JoseError::KeySet`]: not a set, or one of its keys is unacceptable (see
    /// [`VerifyingKey::from_jwk`]). A set in which no key is usable parses, and verifies nothing.
    pub fn parse(json: &str) -> Result<Self, JoseError> {
        if json.len() > MAX_SET {
            return Err(JoseError::TooLarge);
        }
        let mut set = object::parse(json.as_bytes()).map_err(|_| JoseError::KeySet("it is not a JSON object"))?;
        let Some(Value::Array(keys)) = set.remove("keys") else {
            return Err(JoseError::KeySet("it has no array of keys"));
        };
        if keys.len() > MAX_KEYS {
            return Err(JoseError::TooLarge);
        }
        let mut usable = Vec::with_capacity(keys.len());
        for key in &keys {
            let jwk = key.as_object().ok_or(JoseError::KeySet("a key is not an object"))?;
            usable.extend(VerifyingKey::from_jwk(jwk)?);
        }
        Ok(Self(usable))
    }

    /// The same from a parsed value, for a `jwks` member of client metadata.
    ///
    /// # Errors
    /// As [`PublicJwkSet::parse`].
    pub fn from_value(value: &Value) -> Result<Self, JoseError> {
        Self::parse(&value.to_string())
    }

    /// Whether some key fits `alg`.
    #[must_use]
    pub fn has_key_for(&self, alg: SigningAlg) -> bool {
        self.0.iter().any(|key| key.fits(alg))
    }

    /// How many keys can be used for signatures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<VerifyingKey> for PublicJwkSet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl KeySource for PublicJwkSet {
    fn candidates<'a>(&'a self, kid: Option<&'a str>, alg: SigningAlg) -> impl Iterator<Item = &'a VerifyingKey> {
        let named = move |key: &&VerifyingKey| kid.is_none() || key.kid() == kid;
        self.0.iter().filter(named).filter(move |key| key.fits(alg))
    }
}

/// A client secret as HMAC key, for `client_secret_jwt` and HS256 tokens. Fits only the algorithms for which it is long
/// enough: at least as many bytes as the hash (RFC 7518 §3.2).
pub struct HmacKey(VerifyingKey);

impl HmacKey {
    /// Uses the UTF-8 bytes of `secret` (OIDC Core §10.1).
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        let bytes = secret.expose().as_bytes();
        let algs: &[SigningAlg] = match bytes.len() {
            0..32 => &[],
            32..48 => &[SigningAlg::HS256],
            48..64 => &[SigningAlg::HS256, SigningAlg::HS384],
            _ => SigningAlg::HMAC,
        };
        Self(VerifyingKey { kid: None, algs, only: None, key: DecodingKey::from_secret(bytes) })
    }
}

impl KeySource for HmacKey {
    /// A shared secret has no name: a `kid` in the header is ignored.
    fn candidates<'a>(&'a self, _kid: Option<&'a str>, alg: SigningAlg) -> impl Iterator<Item = &'a VerifyingKey> {
        Some(&self.0).filter(|key| key.fits(alg)).into_iter()
    }
}

/// The SHA-256 thumbprint of a public JWK, base64url (RFC 7638 §3, RFC 8037 §2); `None` for an incomplete key.
#[must_use]
pub fn thumbprint(jwk: &Value) -> Option<String> {
    let names: &[&str] = match jwk.get("kty")?.as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let member = |name: &&str| Some(format!("\"{name}\":{}", Value::from(jwk.get(*name)?.as_str()?)));
    let members: Vec<String> = names.iter().map(member).collect::<Option<_>>()?;
    Some(base64url(&sha256(format!("{{{}}}", members.join(",")).as_bytes())))
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, JoseError> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JoseError::KeySet("a member has the wrong type")),
    }
}

/// RFC 7517 §4.2 and §4.3
fn is_for_signatures(jwk: &Map<String, Value>) -> Result<bool, JoseError> {
    let by_use = text(jwk, "use")?.is_none_or(|purpose| purpose == "sig");
    let by_operations = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => return Err(JoseError::KeySet("a member has the wrong type")),
    };
    Ok(by_use && by_operations)
}

type ParsedKey = (&'static [SigningAlg], DecodingKey);

fn parse_key(jwk: &Map<String, Value>) -> Result<Option<ParsedKey>, JoseError> {
    Ok(match (text(jwk, "kty")?, text(jwk, "crv")?) {
        (None, _) => return Err(JoseError::KeySet("a key has no kty")),
        (Some("RSA"), _) => Some(parse_rsa(&coordinate(jwk, "n")?, &coordinate(jwk, "e")?)?),
        (Some("EC"), Some("P-256")) => Some((&[SigningAlg::ES256], parse_point(jwk, 32)?)),
        (Some("EC"), Some("P-384")) => Some((&[SigningAlg::ES384], parse_point(jwk, 48)?)),
        (Some("OKP"), Some("Ed25519")) => {
            let point = coordinate(jwk, "x")?;
            ParsedPublicKey::new(&ED25519, &point).map_err(|_| JoseError::KeySet("a key is not a point"))?;
            Some((&[SigningAlg::EdDSA], DecodingKey::from_ed_der(&point)))
        }
        _ => None,
    })
}

fn coordinate(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, JoseError> {
    text(jwk, name)?.and_then(from_base64url).ok_or(JoseError::KeySet("a key is incomplete"))
}

fn parse_point(jwk: &Map<String, Value>, size: usize) -> Result<DecodingKey, JoseError> {
    let (x, y) = (coordinate(jwk, "x")?, coordinate(jwk, "y")?);
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let on_curve = match size {
        32 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok(),
        _ => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &point).is_ok(),
    };
    if x.len() != size || y.len() != size || !on_curve {
        return Err(JoseError::KeySet("a key is not a point of its curve"));
    }
    Ok(DecodingKey::from_ec_der(&point))
}

/// Leading zeros, which some libraries write, are forgiven. Larger moduli and exponents would let a client choose how
/// long a verification takes.
fn parse_rsa(n: &[u8], e: &[u8]) -> Result<ParsedKey, JoseError> {
    let (n, e) = (without_zeros(n), without_zeros(e));
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if !(2048..=8192).contains(&bits) {
        return Err(JoseError::KeySet("an RSA key has fewer than 2048 or more than 8192 bits"));
    }
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    if e.len() > 4 || e == [1] || !odd(e) || !odd(n) {
        return Err(JoseError::KeySet("an RSA key is malformed"));
    }
    const RSA: &[SigningAlg] = &[
        SigningAlg::RS256,
        SigningAlg::RS384,
        SigningAlg::RS512,
        SigningAlg::PS256,
        SigningAlg::PS384,
        SigningAlg::PS512,
    ];
    Ok((RSA, DecodingKey::from_rsa_raw_components(n, e)))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{ed25519, p256, p384, rsa, with};
    use super::*;

    fn set(keys: &[Value]) -> Result<PublicJwkSet, JoseError> {
        PublicJwkSet::from_value(&json!({ "keys": keys }))
    }

    #[test]
    fn each_kind_of_key_fits_its_own_algorithms_only() {
        let fitting = |jwk: Value| {
            let set = set(&[jwk]).unwrap();
            SigningAlg::ALL.iter().filter(|alg| set.has_key_for(**alg)).map(|alg| alg.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(fitting(rsa().jwk()), ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
        assert_eq!(fitting(with(&rsa().jwk(), &json!({"alg": "PS256"}))), ["PS256"]);
        assert_eq!(fitting(p256().jwk()), ["ES256"]);
        assert_eq!(fitting(p384().jwk()), ["ES384"]);
        assert_eq!(fitting(ed25519().jwk()), ["EdDSA"]);
        assert_eq!(fitting(with(&rsa().jwk(), &json!({"alg": "HS256"}))), [""; 0]);
        assert_eq!(fitting(with(&p256().jwk(), &json!({"alg": "RS256"}))), [""; 0]);
    }

    #[test]
    fn keys_are_chosen_by_name_and_algorithm() {
        let named = |jwk: Value, kid: &str| with(&jwk, &json!({ "kid": kid }));
        let set = set(&[named(p256().jwk(), "a"), named(rsa().jwk(), "a"), named(rsa().jwk(), "b"), p256().jwk()]);
        let set = set.unwrap();
        let count = |kid: Option<&str>, alg| set.candidates(kid, alg).count();
        assert_eq!(count(Some("a"), SigningAlg::ES256), 1);
        assert_eq!(count(Some("b"), SigningAlg::ES256), 0);
        assert_eq!(count(Some("../a"), SigningAlg::RS256), 0);
        assert_eq!(count(None, SigningAlg::RS256), 2);
        assert_eq!(count(None, SigningAlg::ES256), 2);
    }

    #[test]
    fn keys_for_other_uses_and_unknown_kinds_are_passed_over() {
        let others = [
            with(&rsa().jwk(), &json!({"use": "enc"})),
            with(&rsa().jwk(), &json!({"key_ops": ["encrypt"]})),
            json!({"kty": "AKP", "pub": "AA"}),
            json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
            with(&p256().jwk(), &json!({"use": "sig", "key_ops": ["verify"]})),
        ];
        assert_eq!(set(&others).unwrap().len(), 1);
        assert!(set(&[]).unwrap().is_empty());
    }

    #[test]
    fn private_and_shared_keys_are_refused_with_the_whole_set() {
        for member in PRIVATE_MEMBERS {
            assert!(set(&[p256().jwk(), with(&p256().jwk(), &json!({ member: "AA" }))]).is_err(), "{member}");
        }
        let shared = json!({"kty": "oct", "k": "c2VjcmV0"});
        assert!(matches!(set(&[shared]), Err(JoseError::KeySet(_))));
        assert!(set(&[json!({"kty": "oct"})]).is_err());
        assert!(set(&[with(&rsa().jwk(), &json!({"use": "enc", "d": "AA"}))]).is_err());
    }

    #[test]
    fn weak_and_monstrous_rsa_keys_are_refused() {
        let modulus = |bytes: usize, first: u8| {
            let mut n = vec![0xff; bytes];
            n[0] = first;
            json!({"kty": "RSA", "n": base64url(&n), "e": "AQAB"})
        };
        assert!(set(&[modulus(256, 0x80)]).is_ok());
        assert!(set(&[modulus(256, 0x7f)]).is_err());
        assert!(set(&[modulus(128, 0xff)]).is_err());
        assert!(set(&[modulus(1024, 0xff)]).is_ok());
        assert!(set(&[modulus(1025, 0xff)]).is_err());
        assert!(set(&[modulus(257, 0)]).is_ok(), "a leading zero does not count");
        for exponent in ["AQ", "Ag", "", "AQAAAAAAAQ"] {
            assert!(set(&[with(&rsa().jwk(), &json!({ "e": exponent }))]).is_err(), "{exponent}");
        }
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let swapped = p256().jwk();
        let swapped = json!({"kty": "EC", "crv": "P-256", "x": swapped["y"], "y": swapped["x"]});
        assert!(set(&[swapped]).is_err());
        assert!(set(&[with(&p384().jwk(), &json!({"crv": "P-256"}))]).is_err());
        assert!(set(&[with(&p256().jwk(), &json!({"x": ""}))]).is_err());
        assert!(set(&[with(&ed25519().jwk(), &json!({"x": "AA"}))]).is_err());
    }

    #[test]
    fn a_set_is_bounded_and_is_a_set() {
        let many = |n| vec![p256().jwk(); n];
        assert_eq!(set(&many(MAX_KEYS)).unwrap().len(), MAX_KEYS);
        assert!(matches!(set(&many(MAX_KEYS + 1)), Err(JoseError::TooLarge)));
        let padded = format!("{{\"keys\":[]{}}}", " ".repeat(MAX_SET));
        assert!(matches!(PublicJwkSet::parse(&padded), Err(JoseError::TooLarge)));
        for text in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[1]}", "{\"keys\":[{}]}", "{\"keys\":[],\"keys\":[]}"]
        {
            assert!(matches!(PublicJwkSet::parse(text), Err(JoseError::KeySet(_))), "{text}");
        }
    }

    /// RFC 7638 §3.1 and RFC 8037 appendix A.3
    #[test]
    fn thumbprints_are_those_of_the_standards() {
        let rsa = json!({
            "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCi\
                  FV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
                  c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1j\
                  F44-csFCur-kEgU8awapJzKnqDKgw",
        });
        assert_eq!(thumbprint(&rsa).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        assert_eq!(thumbprint(&ed).as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
        assert_eq!(thumbprint(&json!({"kty": "EC", "crv": "P-256", "x": "AA"})), None);
        assert_eq!(thumbprint(&json!({"kty": "oct", "k": "AA"})), None);
    }

    #[test]
    fn a_short_secret_fits_no_algorithm() {
        let fits = |n: usize| {
            let key = HmacKey::new(&Secret::new("x".repeat(n)));
            SigningAlg::ALL.iter().filter(|alg| key.candidates(None, **alg).count() == 1).count()
        };
        assert_eq!([fits(31), fits(32), fits(47), fits(48), fits(63), fits(64)], [0, 1, 1, 2, 2, 3]);
    }
}
