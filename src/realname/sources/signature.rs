//! Signed messages between an access party and an authority: HTTP Message Signatures (RFC 9421) with HMAC-SHA256 under
//! the secret that the two share, in one fixed profile.
//!
//! ```text
//! Content-Digest: sha-256=:BASE64:                                                          (RFC 9530)
//! Idempotency-Key: "one per question, the same on every try"
//! Signature-Input: hufu=("@method" "@request-target" "content-digest" "idempotency-key");
//!                  created=SECONDS;nonce="one per try";keyid="access party";alg="hmac-sha256"
//! Signature: hufu=:BASE64:
//! ```
//!
//! The answer is signed over `"@status" "content-digest" "signature";req;key="hufu"`: it belongs to this very try and to no
//! other (RFC 9421 §2.4). Exactly these components are accepted, so a message cannot choose what its signature leaves out.
//! Who may sign, how old a message may be and whether its nonce was seen is for the caller to judge.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::base::encoding::sha256;
use crate::base::{Secret, Timestamp};

/// RFC 9530.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
/// One per question, as a quoted string.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// RFC 9421 §4.1.
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
/// RFC 9421 §4.2.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");

const REQUEST_COMPONENTS: &str = r#"("@method" "@request-target" "content-digest" "idempotency-key")"#;
const RESPONSE_COMPONENTS: &str = r#"("@status" "content-digest" "signature";req;key="hufu")"#;
const LABEL: &str = "hufu=";
const ALGORITHM: &str = "hmac-sha256";

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header of the profile is absent or not of its form.
    #[error("the message is not signed as agreed")]
    Missing,
    /// The body is not the one that was signed.
    #[error("the body does not fit its digest")]
    Digest,
    /// The signature does not fit the message and the secret.
    #[error("the signature does not fit the message")]
    Wrong,
}

/// An access party (接入方) as an authority knows it.
#[derive(Clone, Debug)]
pub struct Party {
    /// Its identifier, `keyid` on the wire: visible ASCII without quotes.
    pub id: String,
    /// What the two share.
    pub secret: Secret,
}

/// What a signature says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// When it was made.
    pub created: Timestamp,
    /// Different on every try; empty in answers.
    pub nonce: String,
    /// The access party.
    pub key_id: String,
}

/// A signed request whose digest fits its body, and whose signature is still to be checked: `keyid` says with what.
pub struct Claimed<'a> {
    /// What the signature says about itself.
    pub parameters: Parameters,
    /// The idempotency key, without its quotes.
    pub idempotency_key: &'a str,
    /// The base64 of the signature, to which the answer is bound.
    pub signature: &'a str,
    base: String,
}

/// Signs a request. `target` is path and query, `key` and `nonce` are visible ASCII without quotes.
///
/// Returns the headers to add; `None` when a value cannot stand in a header.
#[must_use]
pub fn sign_request(
    party: &Party,
    (method, target, body): (&str, &str, &[u8]),
    key: &str,
    (created, nonce): (Timestamp, &str),
) -> Option<HeaderMap> {
    let digest = content_digest(body);
    let key = format!("\"{key}\"");
    let seconds = created.seconds();
    let id = &party.id;
    let input = format!(r#"{REQUEST_COMPONENTS};created={seconds};nonce="{nonce}";keyid="{id}";alg="{ALGORITHM}""#);
    let signature = mac(&party.secret, &request_base((method, target), &digest, &key, &input));
    headers(&[
        (CONTENT_DIGEST, digest),
        (IDEMPOTENCY_KEY, key),
        (SIGNATURE_INPUT, format!("{LABEL}{input}")),
        (SIGNATURE, format!("{LABEL}:{signature}:")),
    ])
}

/// Reads a signed request.
///
/// # Errors
/// [`SignatureError::Missing`] or [`SignatureError::Digest`].
pub fn read_request<'a>(
    (method, target, body): (&str, &str, &[u8]),
    headers: &'a HeaderMap,
) -> Result<Claimed<'a>, SignatureError> {
    let digest = checked_digest(headers, body)?;
    let quoted = single(headers, &IDEMPOTENCY_KEY)?;
    let idempotency_key = unquote(quoted).ok_or(SignatureError::Missing)?;
    let (input, signature) = labelled(headers)?;
    let parameters = parameters(input, REQUEST_COMPONENTS).ok_or(SignatureError::Missing)?;
    if parameters.nonce.is_empty() {
        return Err(SignatureError::Missing);
    }
    let base = request_base((method, target), digest, quoted, input);
    Ok(Claimed { parameters, idempotency_key, signature, base })
}

impl Claimed<'_> {
    /// Whether the signature was made with `secret`.
    ///
    /// # Errors
    /// [`SignatureError::Wrong`].
    pub fn verify(&self, secret: &Secret) -> Result<(), SignatureError> {
        verify_mac(secret, &self.base, self.signature)
    }
}

/// Signs the answer to the request whose `Signature` header is `to`. `None` when a value cannot stand in a header.
#[must_use]
pub fn sign_response(party: &Party, status: u16, body: &[u8], to: &str, created: Timestamp) -> Option<HeaderMap> {
    let digest = content_digest(body);
    let seconds = created.seconds();
    let id = &party.id;
    let input = format!(r#"{RESPONSE_COMPONENTS};created={seconds};keyid="{id}";alg="{ALGORITHM}""#);
    let signature = mac(&party.secret, &response_base(status, &digest, to, &input));
    headers(&[
        (CONTENT_DIGEST, digest),
        (SIGNATURE_INPUT, format!("{LABEL}{input}")),
        (SIGNATURE, format!("{LABEL}:{signature}:")),
    ])
}

/// Checks the answer to the request whose headers were `sent`.
///
/// # Errors
/// Why it is not believed.
pub fn verify_response(
    party: &Party,
    (status, body): (u16, &[u8]),
    headers: &HeaderMap,
    sent: &HeaderMap,
) -> Result<(), SignatureError> {
    let (_, to) = labelled(sent)?;
    let digest = checked_digest(headers, body)?;
    let (input, signature) = labelled(headers)?;
    let parameters = parameters(input, RESPONSE_COMPONENTS).ok_or(SignatureError::Missing)?;
    if parameters.key_id != party.id {
        return Err(SignatureError::Wrong);
    }
    verify_mac(&party.secret, &response_base(status, digest, to, input), signature)
}

fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(body)))
}

fn checked_digest<'a>(headers: &'a HeaderMap, body: &[u8]) -> Result<&'a str, SignatureError> {
    let digest = single(headers, &CONTENT_DIGEST)?;
    if digest == content_digest(body) { Ok(digest) } else { Err(SignatureError::Digest) }
}

/// RFC 9421 §2.5.
fn request_base((method, target): (&str, &str), digest: &str, key: &str, input: &str) -> String {
    format!(
        "\"@method\": {method}\n\"@request-target\": {target}\n\"content-digest\": {digest}\n\"idempotency-key\": {key}\n\
         \"@signature-params\": {input}"
    )
}

fn response_base(status: u16, digest: &str, to: &str, input: &str) -> String {
    format!(
        "\"@status\": {status}\n\"content-digest\": {digest}\n\"signature\";req;key=\"hufu\": :{to}:\n\
         \"@signature-params\": {input}"
    )
}

fn mac(secret: &Secret, base: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

fn verify_mac(secret: &Secret, base: &str, signature: &str) -> Result<(), SignatureError> {
    let tag = STANDARD.decode(signature).map_err(|_| SignatureError::Wrong)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::verify(&key, base.as_bytes(), &tag).map_err(|_| SignatureError::Wrong)
}

/// The value of a header that stands exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, SignatureError> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => value.to_str().map_err(|_| SignatureError::Missing),
        _ => Err(SignatureError::Missing),
    }
}

/// The parameters and the base64 of the one signature.
fn labelled(headers: &HeaderMap) -> Result<(&str, &str), SignatureError> {
    let input = single(headers, &SIGNATURE_INPUT)?.strip_prefix(LABEL).ok_or(SignatureError::Missing)?;
    let signature = single(headers, &SIGNATURE)?.strip_prefix(LABEL).and_then(|text| text.strip_prefix(':'));
    let signature = signature.and_then(|text| text.strip_suffix(':')).ok_or(SignatureError::Missing)?;
    Ok((input, signature))
}

/// Reads `components;created=…;nonce="…";keyid="…";alg="hmac-sha256"`, the parameters in any order, each at most once.
fn parameters(input: &str, components: &str) -> Option<Parameters> {
    let (mut created, mut nonce, mut key_id, mut algorithm) = (None, None, None, None);
    for parameter in input.strip_prefix(components)?.strip_prefix(';')?.split(';') {
        let (name, value) = parameter.split_once('=')?;
        let before = match name {
            "created" => created.replace(value),
            "nonce" => nonce.replace(unquote(value)?),
            "keyid" => key_id.replace(unquote(value)?),
            "alg" => algorithm.replace(unquote(value)?),
            _ => return None,
        };
        if before.is_some() {
            return None;
        }
    }
    let created = created?.parse().ok().map(Timestamp::from_seconds)?;
    let nonce = nonce.unwrap_or_default().to_owned();
    (algorithm? == ALGORITHM).then_some(Parameters { created, nonce, key_id: key_id?.to_owned() })
}

/// A quoted string of at most 128 visible ASCII characters other than quote, backslash and semicolon.
fn unquote(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b';');
    (!inner.is_empty() && inner.len() <= 128 && inner.bytes().all(plain)).then_some(inner)
}

fn headers(pairs: &[(HeaderName, String)]) -> Option<HeaderMap> {
    pairs.iter().map(|(name, value)| Some((name.clone(), HeaderValue::from_str(value).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED: Timestamp = Timestamp(1_800_000_000_000);
    const REQUEST: (&str, &str, &[u8]) = ("POST", "/v1/verify", b"{}");

    fn party() -> Party {
        Party { id: "province-11".to_owned(), secret: Secret::new("shared") }
    }

    fn signed() -> HeaderMap {
        sign_request(&party(), REQUEST, "question-1", (CREATED, "nonce-1")).unwrap()
    }

    fn check(request: (&str, &str, &[u8]), headers: &HeaderMap) -> Result<Parameters, SignatureError> {
        let claimed = read_request(request, headers)?;
        claimed.verify(&party().secret)?;
        Ok(claimed.parameters)
    }

    /// RFC 9421 B.2.5, whose key is binary: the arithmetic that `mac` rests on.
    #[test]
    fn the_rfcs_example_comes_out() {
        let secret = STANDARD
            .decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==")
            .unwrap();
        let base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@authority\": example.com\n\
            \"content-type\": application/json\n\"@signature-params\": (\"date\" \"@authority\" \"content-type\")\
            ;created=1618884473;keyid=\"test-shared-secret\"";
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
        assert_eq!(signature, "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    }

    /// Written down once by hand (openssl dgst -sha256 -hmac shared): what an implementation elsewhere must produce.
    #[test]
    fn a_request_is_signed_as_documented() {
        let headers = signed();
        assert_eq!(headers[CONTENT_DIGEST], "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:");
        assert_eq!(headers[IDEMPOTENCY_KEY], "\"question-1\"");
        assert_eq!(
            headers[SIGNATURE_INPUT],
            "hufu=(\"@method\" \"@request-target\" \"content-digest\" \"idempotency-key\");created=1800000000;\
             nonce=\"nonce-1\";keyid=\"province-11\";alg=\"hmac-sha256\""
        );
        assert_eq!(headers[SIGNATURE], "hufu=:S/K4U7yIbejCURsskM7qIbw9H5sDVW1+4h+WirHLndI=:");
    }

    #[test]
    fn an_untouched_request_is_believed() {
        let parameters = check(REQUEST, &signed()).unwrap();
        assert_eq!((parameters.created, parameters.nonce.as_str()), (CREATED, "nonce-1"));
        assert_eq!(parameters.key_id, "province-11");
    }

    #[test]
    fn any_change_on_the_way_is_found() {
        let headers = signed();
        assert_eq!(check(("POST", "/v1/verify", b"{} "), &headers), Err(SignatureError::Digest));
        assert_eq!(check(("PUT", "/v1/verify", b"{}"), &headers), Err(SignatureError::Wrong));
        assert_eq!(check(("POST", "/v1/verify?x", b"{}"), &headers), Err(SignatureError::Wrong));
        let changes = [
            (IDEMPOTENCY_KEY, "question-1", "question-2"),
            (SIGNATURE_INPUT, "1800000000", "1800000001"),
            (SIGNATURE_INPUT, "nonce-1", "nonce-2"),
            (SIGNATURE_INPUT, "province-11", "province-12"),
        ];
        for (name, from, to) in changes {
            let mut changed = headers.clone();
            let value = changed[&name].to_str().unwrap().replace(from, to);
            changed.insert(name, value.parse().unwrap());
            assert_eq!(check(REQUEST, &changed), Err(SignatureError::Wrong), "{to}");
        }
        let other = Secret::new("guessed");
        assert_eq!(read_request(REQUEST, &headers).unwrap().verify(&other), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_message_cannot_choose_what_its_signature_covers() {
        let inputs = [
            "hufu=(\"@method\");created=1;nonce=\"n\";keyid=\"province-11\";alg=\"hmac-sha256\"",
            "hufu=();created=1;nonce=\"n\";keyid=\"province-11\";alg=\"hmac-sha256\"",
        ];
        let whole = signed()[SIGNATURE_INPUT].to_str().unwrap().to_owned();
        let variants = [
            whole.replace("hmac-sha256", "none"),
            whole.replace(";alg=\"hmac-sha256\"", ""),
            whole.replace(";nonce=\"nonce-1\"", ""),
            whole.replace("hufu=", "other="),
            format!("{whole};created=1900000000"),
            format!("{whole};expires=1900000000"),
            format!("{whole}, b=(\"@method\");created=1"),
        ];
        for input in inputs.into_iter().map(ToOwned::to_owned).chain(variants) {
            let mut headers = signed();
            headers.insert(SIGNATURE_INPUT, input.parse().unwrap());
            assert_eq!(check(REQUEST, &headers), Err(SignatureError::Missing), "{input}");
        }
    }

    #[test]
    fn headers_that_are_absent_or_doubled_are_refused() {
        for name in [CONTENT_DIGEST, IDEMPOTENCY_KEY, SIGNATURE_INPUT, SIGNATURE] {
            let mut absent = signed();
            absent.remove(&name);
            assert_eq!(check(REQUEST, &absent), Err(SignatureError::Missing), "{name}");
            let mut doubled = signed();
            let value = doubled[&name].clone();
            doubled.append(name.clone(), value);
            assert_eq!(check(REQUEST, &doubled), Err(SignatureError::Missing), "{name}");
        }
    }

    #[test]
    fn an_answer_belongs_to_its_request_only() {
        let sent = signed();
        let to = labelled(&sent).unwrap().1;
        let headers = sign_response(&party(), 200, b"{}", to, CREATED).unwrap();
        assert_eq!(verify_response(&party(), (200, b"{}"), &headers, &sent), Ok(()));
        assert_eq!(verify_response(&party(), (200, b"[]"), &headers, &sent), Err(SignatureError::Digest));
        assert_eq!(verify_response(&party(), (201, b"{}"), &headers, &sent), Err(SignatureError::Wrong));
        let other = sign_request(&party(), REQUEST, "question-1", (CREATED, "nonce-2")).unwrap();
        assert_eq!(verify_response(&party(), (200, b"{}"), &headers, &other), Err(SignatureError::Wrong));
        let stranger = Party { secret: Secret::new("guessed"), ..party() };
        assert_eq!(verify_response(&stranger, (200, b"{}"), &headers, &sent), Err(SignatureError::Wrong));
        // A request sent back as its own answer.
        assert_eq!(verify_response(&party(), (200, b"{}"), &sent, &sent), Err(SignatureError::Missing));
    }
}
