//! [`verify`]: the one way to trust a signed token, and two ways to look into it before that.
//!
//! The signature is checked by `jsonwebtoken`; the claims are checked here, against a time that is an argument, because
//! that library reads the machine's clock and passes over dates of the wrong JSON type (CVE-2026-25537). What a header
//! says about keys (`jku`, `x5u`, `x5c`, `jwk`) is never read: keys come from the caller's [`KeySource`].

use std::time::Duration;

use serde_json::{Map, Value};

use super::{JoseError, KeySource, SigningAlg, object};
use crate::base::Timestamp;
use crate::base::encoding::from_base64url;

/// Most bytes of a token.
pub const MAX_TOKEN: usize = 32 * 1024;
/// Most keys that are tried for one token (when it carries no `kid`, or several keys share one).
pub const MAX_TRIES: usize = 4;
/// 9999-12-31T23:59:59Z, the last moment that is taken for a date.
const LAST_DATE: i64 = 253_402_300_799;

/// The part of a JOSE header that hufu reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The signature algorithm.
    pub alg: SigningAlg,
    /// The name of the key.
    pub kid: Option<String>,
    /// The type, as written.
    pub typ: Option<String>,
}

/// What the `typ` header must be. Compared without case; `application/` in the token is passed over (RFC 7515 §4.1.9).
#[derive(Clone, Copy, Debug)]
pub enum Typ<'a> {
    /// Exactly this one: `at+jwt`, `logout+jwt`, …
    Required(&'a str),
    /// None at all, or one of these. For the old kinds that had no type: ID tokens, client assertions, request objects.
    AbsentOr(&'a [&'a str]),
}

/// What `aud` must be.
#[derive(Clone, Copy, Debug)]
pub enum Audience<'a> {
    /// This one, alone or in an array.
    Contains(&'a str),
    /// One string, not an array, and one of these. For client assertions: an assertion made for several servers, or for
    /// another one, is not accepted.
    OneStringOf(&'a [&'a str]),
    /// `aud` is not looked at.
    Unchecked,
}

/// What a token must fulfil.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
    /// The algorithms that may have signed it.
    pub algs: &'a [SigningAlg],
    /// The `typ` header.
    pub typ: Typ<'a>,
    /// The issuer, when it is known.
    pub iss: Option<&'a str>,
    /// The audience.
    pub aud: Audience<'a>,
    /// Claims that must be there and not null. `exp` is checked whenever it is there; name it here to demand it.
    pub required: &'a [&'a str],
    /// The greatest age since `iat`, when there is one; demands `iat`.
    pub max_age: Option<Duration>,
    /// How much two clocks may differ.
    pub leeway: Duration,
    /// The present.
    pub now: Timestamp,
}

/// A token whose signature and claims have been found good. Its `Debug` shows names of claims, not what they say.
#[derive(Clone)]
pub struct Verified {
    /// Its header.
    pub header: Header,
    /// Its claims.
    pub claims: Map<String, Value>,
}

impl Verified {
    /// A claim that is a string.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A claim that is a date (RFC 7519 §2 NumericDate).
    #[must_use]
    pub fn date(&self, claim: &str) -> Option<Timestamp> {
        self.claims.get(claim).and_then(numeric_date).map(Timestamp::from_seconds)
    }
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.claims.keys().collect();
        f.debug_struct("Verified").field("header", &self.header).field("claims", &names).finish()
    }
}

/// Checks the signature with a key of `keys`, then the claims.
///
/// # Errors
/// The first thing that is not as expected; see [`JoseError`]. No claim is looked at before the signature is good.
pub fn verify(token: &str, keys: &impl KeySource, expect: &Expectations<'_>) -> Result<Verified, JoseError> {
    let parts = Parts::of(token)?;
    let header = parts.header()?;
    if !expect.algs.contains(&header.alg) {
        return Err(JoseError::Algorithm);
    }
    check_typ(header.typ.as_deref(), expect.typ)?;
    check_signature(&parts, &header, keys)?;
    let claims = parts.claims()?;
    check_claims(&claims, expect)?;
    Ok(Verified { header, claims })
}

/// Reads the header of a token that is not trusted yet: to choose the keys.
///
/// # Errors
/// [`JoseError::TooLarge`], [`JoseError::Malformed`], [`JoseError::Algorithm`], [`JoseError::Critical`].
pub fn peek_header(token: &str) -> Result<Header, JoseError> {
    Parts::of(token)?.header()
}

/// Reads the claims of a token **without any check of its signature**: to find out whose keys to verify it with. Nothing
/// may be decided by them but that.
///
/// # Errors
/// [`JoseError::TooLarge`], [`JoseError::Malformed`].
pub fn peek_claims_unverified(token: &str) -> Result<Map<String, Value>, JoseError> {
    Parts::of(token)?.claims()
}

/// Reads every header parameter of a token **without any check of its signature**: to find what is told along with it (a
/// trust chain). Nothing may be decided by them that is not signed itself.
///
/// # Errors
/// [`JoseError::TooLarge`], [`JoseError::Malformed`].
pub fn peek_header_unverified(token: &str) -> Result<Map<String, Value>, JoseError> {
    decoded(Parts::of(token)?.header)
}

/// The three parts of a compact JWS, still encoded.
struct Parts<'a> {
    message: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, JoseError> {
        if token.len() > MAX_TOKEN {
            return Err(JoseError::TooLarge);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(JoseError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JoseError::Malformed)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(JoseError::Malformed);
        }
        Ok(Self { message, header, payload, signature })
    }

    fn header(&self) -> Result<Header, JoseError> {
        let mut members = decoded(self.header)?;
        if members.contains_key("crit") {
            return Err(JoseError::Critical);
        }
        let mut text = |name: &str| match members.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(JoseError::Malformed),
        };
        let alg = text("alg")?.ok_or(JoseError::Malformed)?;
        let alg = SigningAlg::parse(&alg).ok_or(JoseError::Algorithm)?;
        Ok(Header { alg, kid: text("kid")?, typ: text("typ")? })
    }

    fn claims(&self) -> Result<Map<String, Value>, JoseError> {
        decoded(self.payload)
    }
}

fn decoded(part: &str) -> Result<Map<String, Value>, JoseError> {
    object::parse(&from_base64url(part).ok_or(JoseError::Malformed)?)
}

fn check_signature(parts: &Parts<'_>, header: &Header, keys: &impl KeySource) -> Result<(), JoseError> {
    let mut candidates = keys.candidates(header.kid.as_deref(), header.alg).take(MAX_TRIES).peekable();
    candidates.peek().ok_or(JoseError::UnknownKey)?;
    if candidates.any(|key| key.verifies(header.alg, parts.message, parts.signature)) {
        Ok(())
    } else {
        Err(JoseError::Signature)
    }
}

fn check_typ(typ: Option<&str>, expected: Typ<'_>) -> Result<(), JoseError> {
    let plain = typ.map(|typ| match typ.split_at_checked("application/".len()) {
        Some((media, rest)) if media.eq_ignore_ascii_case("application/") => rest,
        _ => typ,
    });
    let fits = match (expected, plain) {
        (Typ::Required(wanted), typ) => typ.is_some_and(|typ| typ.eq_ignore_ascii_case(wanted)),
        (Typ::AbsentOr(_), None) => true,
        (Typ::AbsentOr(wanted), Some(typ)) => wanted.iter().any(|wanted| typ.eq_ignore_ascii_case(wanted)),
    };
    if fits { Ok(()) } else { Err(JoseError::Type) }
}

fn check_claims(claims: &Map<String, Value>, expect: &Expectations<'_>) -> Result<(), JoseError> {
    if let Some(missing) = expect.required.iter().find(|name| claims.get(**name).is_none_or(Value::is_null)) {
        return Err(JoseError::Missing((*missing).to_owned()));
    }
    if let Some(iss) = expect.iss
        && claims.get("iss").and_then(Value::as_str) != Some(iss)
    {
        return Err(JoseError::Issuer);
    }
    check_audience(claims.get("aud"), expect.aud)?;
    check_dates(claims, expect)
}

fn check_audience(aud: Option<&Value>, expected: Audience<'_>) -> Result<(), JoseError> {
    let fits = match (expected, aud) {
        (Audience::Unchecked, _) => true,
        (Audience::Contains(wanted), Some(Value::String(aud))) => aud == wanted,
        (Audience::Contains(wanted), Some(Value::Array(all))) => {
            all.iter().all(Value::is_string) && all.iter().any(|aud| aud == wanted)
        }
        (Audience::OneStringOf(wanted), Some(Value::String(aud))) => wanted.contains(&aud.as_str()),
        _ => false,
    };
    if fits { Ok(()) } else { Err(JoseError::Audience) }
}

/// RFC 7519 §4.1.4 to §4.1.6; dates of a wrong type fail, present or not demanded.
fn check_dates(claims: &Map<String, Value>, expect: &Expectations<'_>) -> Result<(), JoseError> {
    let date = |name: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(value) => numeric_date(value).map(Timestamp::from_seconds).map(Some).ok_or(JoseError::ClaimType(name)),
    };
    let (exp, nbf, iat) = (date("exp")?, date("nbf")?, date("iat")?);
    let (earliest, latest) = (expect.now.minus(expect.leeway), expect.now.plus(expect.leeway));
    if exp.is_some_and(|exp| exp <= earliest) {
        return Err(JoseError::Expired);
    }
    if nbf.is_some_and(|nbf| nbf > latest) {
        return Err(JoseError::NotYetValid);
    }
    if iat.is_some_and(|iat| iat > latest) {
        return Err(JoseError::IssuedAt);
    }
    match (expect.max_age, iat) {
        (Some(_), None) => Err(JoseError::Missing("iat".to_owned())),
        (Some(max_age), Some(iat)) if iat.plus(max_age) < earliest => Err(JoseError::IssuedAt),
        _ => Ok(()),
    }
}

/// Whole seconds, the fraction cut off; `None` for anything but a number within the years 1970 to 9999.
fn numeric_date(value: &Value) -> Option<i64> {
    let number = value.as_number()?;
    let seconds = match number.as_i64() {
        Some(seconds) => seconds,
        None => {
            let seconds = number.as_f64().filter(|seconds| (0.0..1e12).contains(seconds))?;
            #[expect(clippy::cast_possible_truncation, reason = "the range was checked, the fraction is not wanted")]
            let whole = seconds.trunc() as i64;
            whole
        }
    };
    (0..=LAST_DATE).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::testing::{TestKey, ed25519, hmac_token, p256, p384, rsa, with};
    use super::super::{HmacKey, PublicJwkSet};
    use super::*;
    use crate::base::Secret;
    use crate::base::encoding::base64url;

    const NOW: i64 = 1_800_000_000;

    fn expect() -> Expectations<'static> {
        Expectations {
            algs: SigningAlg::ASYMMETRIC,
            typ: Typ::AbsentOr(&["JWT"]),
            iss: Some("https://a.example"),
            aud: Audience::Contains("https://b.example"),
            required: &["exp", "sub"],
            max_age: None,
            leeway: Duration::from_secs(10),
            now: Timestamp::from_seconds(NOW),
        }
    }

    fn claims() -> Value {
        json!({"iss": "https://a.example", "aud": "https://b.example", "sub": "s", "iat": NOW, "exp": NOW + 60})
    }

    fn keys() -> PublicJwkSet {
        let named = |key: &TestKey, kid: &str| with(&key.jwk(), &json!({ "kid": kid }));
        let keys = json!({"keys": [named(rsa(), "r"), named(p256(), "e"), named(p384(), "f"), named(ed25519(), "d")]});
        PublicJwkSet::from_value(&keys).unwrap()
    }

    /// Verifies the usual claims with some of them replaced; `null` takes one away.
    fn with_claims(changes: &Value, expect: &Expectations<'_>) -> Result<Verified, JoseError> {
        let mut claims = with(&claims(), changes);
        claims.as_object_mut().unwrap().retain(|_, value| value != "absent");
        verify(&p256().token(&json!({"alg": "ES256", "kid": "e"}), &claims), &keys(), expect)
    }

    fn refused(changes: &Value) -> JoseError {
        with_claims(changes, &expect()).expect_err("must be refused")
    }

    #[test]
    fn good_tokens_of_every_kind_are_read() {
        for (key, alg, kid) in [
            (rsa(), "RS256", "r"),
            (rsa(), "PS256", "r"),
            (p256(), "ES256", "e"),
            (p384(), "ES384", "f"),
            (ed25519(), "EdDSA", "d"),
        ] {
            for header in [json!({"alg": alg, "kid": kid}), json!({"alg": alg})] {
                let verified = verify(&key.token(&header, &claims()), &keys(), &expect()).unwrap();
                assert_eq!(verified.text("sub"), Some("s"));
                assert_eq!(verified.date("exp"), Some(Timestamp::from_seconds(NOW + 60)));
                assert_eq!(verified.header.alg.as_str(), alg);
            }
        }
    }

    #[test]
    fn an_altered_token_is_refused() {
        let token = p256().token(&json!({"alg": "ES256", "kid": "e"}), &claims());
        let other = p256().token(&json!({"alg": "ES256", "kid": "e"}), &with(&claims(), &json!({"sub": "t"})));
        let (message, _) = token.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        assert_eq!(verify(&format!("{message}.{signature}"), &keys(), &expect()).unwrap_err(), JoseError::Signature);
    }

    #[test]
    fn none_is_refused_in_every_spelling() {
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let header = base64url(json!({ "alg": alg }).to_string().as_bytes());
            let body = base64url(claims().to_string().as_bytes());
            assert_eq!(verify(&format!("{header}.{body}."), &keys(), &expect()).unwrap_err(), JoseError::Malformed);
            assert_eq!(verify(&format!("{header}.{body}.AA"), &keys(), &expect()).unwrap_err(), JoseError::Algorithm);
        }
    }

    #[test]
    fn a_public_key_is_never_an_hmac_secret() {
        let permissive = Expectations { algs: SigningAlg::ALL, ..expect() };
        for (key, kid) in [(rsa(), "r"), (p256(), "e"), (ed25519(), "d")] {
            for secret in [key.public_der(), key.jwk().to_string().into_bytes()] {
                let token = hmac_token(&secret, &json!({"alg": "HS256", "kid": kid}), &claims());
                assert_eq!(verify(&token, &keys(), &permissive).unwrap_err(), JoseError::UnknownKey);
                assert_eq!(verify(&token, &keys(), &expect()).unwrap_err(), JoseError::Algorithm);
            }
        }
    }

    #[test]
    fn an_hmac_token_needs_the_secret_and_the_permission() {
        let secret = "0123456789abcdef0123456789abcdef";
        let key = HmacKey::new(&Secret::new(secret));
        let hmac = Expectations { algs: &[SigningAlg::HS256], ..expect() };
        let token = hmac_token(secret.as_bytes(), &json!({"alg": "HS256", "kid": "ignored"}), &claims());
        assert!(verify(&token, &key, &hmac).is_ok());
        assert_eq!(verify(&token, &key, &expect()).unwrap_err(), JoseError::Algorithm);
        let other = HmacKey::new(&Secret::new("x123456789abcdef0123456789abcdef"));
        assert_eq!(verify(&token, &other, &hmac).unwrap_err(), JoseError::Signature);
    }

    #[test]
    fn an_algorithm_outside_the_list_is_refused_though_the_signature_is_good() {
        let only_es256 = Expectations { algs: &[SigningAlg::ES256], ..expect() };
        let token = rsa().token(&json!({"alg": "RS256", "kid": "r"}), &claims());
        assert_eq!(verify(&token, &keys(), &only_es256).unwrap_err(), JoseError::Algorithm);
        let mislabelled = rsa().token(&json!({"alg": "ES256", "kid": "e"}), &claims());
        assert_eq!(verify(&mislabelled, &keys(), &only_es256).unwrap_err(), JoseError::Signature);
    }

    #[test]
    fn keys_that_come_with_the_token_are_not_used() {
        let attacker =
            aws_lc_rs::signature::EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        let attacker = TestKey::P256(attacker.unwrap());
        let header = json!({
            "alg": "ES256", "kid": "e", "jwk": attacker.jwk(), "jku": "https://evil.example/jwks",
            "x5u": "https://evil.example/cert", "x5c": ["MIIB"],
        });
        assert_eq!(verify(&attacker.token(&header, &claims()), &keys(), &expect()).unwrap_err(), JoseError::Signature);
        assert!(verify(&p256().token(&header, &claims()), &keys(), &expect()).is_ok());
    }

    #[test]
    fn a_name_that_no_key_has_is_reported_so_that_keys_can_be_fetched_again() {
        for kid in ["", "E", "e ", "' OR 1=1 --", "../../../dev/null"] {
            let token = p256().token(&json!({"alg": "ES256", "kid": kid}), &claims());
            assert_eq!(verify(&token, &keys(), &expect()).unwrap_err(), JoseError::UnknownKey, "{kid}");
        }
    }

    #[test]
    fn critical_headers_are_refused() {
        for crit in [json!(["b64"]), json!([]), json!("exp"), json!(null)] {
            let token = p256().token(&json!({"alg": "ES256", "kid": "e", "crit": crit, "b64": false}), &claims());
            assert_eq!(verify(&token, &keys(), &expect()).unwrap_err(), JoseError::Critical);
            assert_eq!(peek_header(&token).unwrap_err(), JoseError::Critical);
        }
    }

    #[test]
    fn one_type_of_token_is_not_taken_for_another() {
        let typed = |typ: Option<&str>| {
            let mut header = json!({"alg": "ES256", "kid": "e"});
            if let Some(typ) = typ {
                header["typ"] = typ.into();
            }
            p256().token(&header, &claims())
        };
        let required = Expectations { typ: Typ::Required("at+jwt"), ..expect() };
        for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
            assert!(verify(&typed(Some(good)), &keys(), &required).is_ok(), "{good}");
        }
        for bad in
            [None, Some("JWT"), Some("logout+jwt"), Some("dpop+jwt"), Some(""), Some("application/application/at+jwt")]
        {
            assert_eq!(verify(&typed(bad), &keys(), &required).unwrap_err(), JoseError::Type, "{bad:?}");
        }
        for good in [None, Some("JWT"), Some("jwt")] {
            assert!(verify(&typed(good), &keys(), &expect()).is_ok(), "{good:?}");
        }
        for bad in ["at+jwt", "logout+jwt", "dpop+jwt", ""] {
            assert_eq!(verify(&typed(Some(bad)), &keys(), &expect()).unwrap_err(), JoseError::Type, "{bad}");
        }
    }

    #[test]
    fn times_are_kept_to_the_second_with_the_leeway() {
        assert!(with_claims(&json!({"exp": NOW - 9}), &expect()).is_ok());
        assert_eq!(refused(&json!({"exp": NOW - 10})), JoseError::Expired);
        assert!(with_claims(&json!({"nbf": NOW + 10}), &expect()).is_ok());
        assert_eq!(refused(&json!({"nbf": NOW + 11})), JoseError::NotYetValid);
        assert!(with_claims(&json!({"iat": NOW + 10}), &expect()).is_ok());
        assert_eq!(refused(&json!({"iat": NOW + 11})), JoseError::IssuedAt);
        assert!(with_claims(&json!({"exp": NOW as f64 + 0.5}), &expect()).is_ok());
    }

    /// CVE-2026-25537: a date of another JSON type must fail, not pass for absent.
    #[test]
    fn dates_of_the_wrong_type_fail() {
        for wrong in [
            json!("1900000000"),
            json!(null),
            json!(true),
            json!([1_900_000_000]),
            json!({"n": 1}),
            json!(-1),
            json!(1e300),
            json!(u64::MAX),
            json!(LAST_DATE + 1),
            json!(-0.5),
            json!(1_800_000_060_000_i64),
        ] {
            for name in ["nbf", "iat"] {
                assert_eq!(refused(&json!({ name: wrong })), JoseError::ClaimType(name), "{name} {wrong}");
            }
            let optional = Expectations { required: &[], ..expect() };
            let refusal = with_claims(&json!({ "exp": wrong }), &optional).unwrap_err();
            assert_eq!(refusal, JoseError::ClaimType("exp"), "{wrong}");
        }
    }

    #[test]
    fn required_claims_must_be_there() {
        assert_eq!(refused(&json!({"exp": "absent"})), JoseError::Missing("exp".into()));
        assert_eq!(refused(&json!({"sub": null})), JoseError::Missing("sub".into()));
        let aged = Expectations { max_age: Some(Duration::from_secs(60)), ..expect() };
        assert_eq!(with_claims(&json!({"iat": "absent"}), &aged).unwrap_err(), JoseError::Missing("iat".into()));
        assert!(with_claims(&json!({"iat": NOW - 70}), &aged).is_ok());
        assert_eq!(with_claims(&json!({"iat": NOW - 71}), &aged).unwrap_err(), JoseError::IssuedAt);
    }

    #[test]
    fn the_issuer_is_compared_exactly() {
        for iss in [json!("https://a.example/"), json!("https://A.example"), json!(["https://a.example"]), json!(null)]
        {
            assert_eq!(refused(&json!({ "iss": iss })), JoseError::Issuer, "{iss}");
        }
    }

    #[test]
    fn audiences_follow_the_rule_of_the_place() {
        let b = "https://b.example";
        assert!(with_claims(&json!({"aud": [b, "https://c.example"]}), &expect()).is_ok());
        for aud in [json!("https://b.example/"), json!([]), json!(["x"]), json!([b, 1]), json!(null), json!("absent")] {
            assert_eq!(refused(&json!({ "aud": aud })), JoseError::Audience, "{aud}");
        }
        let one = Expectations { aud: Audience::OneStringOf(&[b, "https://b.example/token"]), ..expect() };
        assert!(with_claims(&json!({"aud": b}), &one).is_ok());
        assert!(with_claims(&json!({"aud": "https://b.example/token"}), &one).is_ok());
        for aud in [json!([b]), json!([b, "https://evil.example"]), json!("https://b.example/par"), json!("absent")] {
            assert_eq!(with_claims(&json!({ "aud": aud }), &one).unwrap_err(), JoseError::Audience, "{aud}");
        }
    }

    #[test]
    fn doubled_members_are_refused_even_when_signed() {
        let twice = r#"{"sub":"a","sub":"b","exp":1900000000}"#;
        let token = p256().token_of(r#"{"alg":"ES256","kid":"e"}"#, twice);
        assert_eq!(verify(&token, &keys(), &expect()).unwrap_err(), JoseError::Malformed);
        let token = p256().token_of(r#"{"alg":"ES256","alg":"none","kid":"e"}"#, &claims().to_string());
        assert_eq!(verify(&token, &keys(), &expect()).unwrap_err(), JoseError::Malformed);
    }

    #[test]
    fn texts_that_are_no_tokens_are_refused() {
        let long = "a".repeat(MAX_TOKEN + 1);
        assert_eq!(peek_header(&long).unwrap_err(), JoseError::TooLarge);
        for text in
            ["", ".", "..", "...", "a.b.c", "a.b.c.d", "e30.e30.e30.e30.e30", "e30.e30.", "ö.e30.AA", "e30=.e30.AA"]
        {
            assert!(verify(text, &keys(), &expect()).is_err(), "{text}");
            assert!(peek_header(text).is_err(), "{text}");
        }
    }

    #[test]
    fn peeking_reads_without_trust() {
        let token = p256().token(&json!({"alg": "ES256", "kid": "zz", "typ": "JWT"}), &claims());
        let header = Header { alg: SigningAlg::ES256, kid: Some("zz".into()), typ: Some("JWT".into()) };
        assert_eq!(peek_header(&token).unwrap(), header);
        assert_eq!(peek_claims_unverified(&token).unwrap()["sub"], "s");
    }

    proptest! {
        #[test]
        fn no_single_changed_character_survives(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
            let token = p256().token(&json!({"alg": "ES256", "kid": "e"}), &claims());
            let at = at.index(token.len());
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token);
            prop_assert!(verify(&changed, &keys(), &expect()).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", parts in prop::collection::vec("[A-Za-z0-9_-]{0,60}", 0..5)) {
            prop_assert!(verify(&text, &keys(), &expect()).is_err());
            prop_assert!(verify(&parts.join("."), &keys(), &expect()).is_err());
        }
    }
}
