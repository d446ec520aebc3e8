//! What is signed on each wire, and whether a signature is right: HMAC-SHA256 under the client's secret, and nothing else.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::base::Secret;
use crate::base::Timestamp;
use crate::base::encoding::{hex, sha256};

/// How a wire writes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// 64 lower-case hexadecimal digits: `sign` of the ticket flow.
    LowerHex,
    /// 64 upper-case hexadecimal digits: `x-tif-signature`.
    UpperHex,
    /// Base64 with padding: `X-BG-HMAC-SIGNATURE`.
    Base64,
}

impl Encoding {
    /// The 32 bytes that a text stands for, written exactly so; none for a digest of another length, such as MD5.
    fn read(self, text: &str) -> Option<Vec<u8>> {
        let bytes = match self {
            Self::LowerHex => from_hex(text, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))?,
            Self::UpperHex => from_hex(text, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))?,
            Self::Base64 => STANDARD.decode(text).ok()?,
        };
        (bytes.len() == 32).then_some(bytes)
    }

    /// A signature as this wire writes it.
    #[must_use]
    pub fn write(self, signature: &[u8]) -> String {
        match self {
            Self::LowerHex => hex(signature),
            Self::UpperHex => hex(signature).to_ascii_uppercase(),
            Self::Base64 => STANDARD.encode(signature),
        }
    }
}

fn from_hex(text: &str, digit: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(digit) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// A call that a client has signed.
pub struct SignedCall<'a> {
    /// What the signature is over.
    pub text: String,
    /// The signature as it came.
    pub signature: &'a str,
    /// How it is written.
    pub encoding: Encoding,
    /// The moment that is signed.
    pub at: Timestamp,
    /// What the call carries, signed or not: another body is another call.
    pub body: &'a [u8],
}

impl SignedCall<'_> {
    /// Whether the signature is the one that `secret` makes, in constant time.
    #[must_use]
    pub fn is_signed_with(&self, secret: &Secret) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        let signature = self.encoding.read(self.signature);
        signature.is_some_and(|signature| hmac::verify(&key, self.text.as_bytes(), &signature).is_ok())
    }

    /// The name of this very call.
    #[must_use]
    pub fn name(&self) -> [u8; 32] {
        let (text, body) = (sha256(self.text.as_bytes()), sha256(self.body));
        sha256(&[text, body].concat())
    }
}

/// What `sign` of the ticket flow is over: service code, time, and the ticket or token, one after the other.
#[must_use]
pub fn ticket_text(service_code: &str, time: &str, subject: &str) -> String {
    format!("{service_code}{time}{subject}")
}

/// What the gateway's signature is over: method, path, query in the order of its decoded parameters, access key and date, each
/// with a line end.
#[must_use]
pub fn gateway_text(method: &str, path: &str, query: &str, access_key: &str, date: &str) -> String {
    format!("{method}\n{path}\n{}\n{access_key}\n{date}\n", in_order(query))
}

/// What `x-tif-signature` is over: timestamp, nonce, method, path, query in order, and the SHA-256 of the body in lower-case
/// hexadecimal, with line ends between.
#[must_use]
pub fn tif_text(timestamp: &str, nonce: &str, (method, path, query): (&str, &str, &str), body: &[u8]) -> String {
    format!("{timestamp}\n{nonce}\n{method}\n{path}\n{}\n{}", in_order(query), hex(&sha256(body)))
}

fn in_order(query: &str) -> String {
    let mut pairs: Vec<String> =
        url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(signature: &str, encoding: Encoding) -> SignedCall<'_> {
        let text = ticket_text("matters", "20261124144000", "st-1");
        SignedCall { text, signature, encoding, at: Timestamp(0), body: b"" }
    }

    /// `printf %s matters20261124144000st-1 | openssl dgst -sha256 -hmac secret`.
    const RIGHT: &str = "33f85da5eb46405d3227919ebf4f25a0b18101828536e0998b672171b6014712";

    #[test]
    fn a_signature_of_openssl_is_right_and_no_other_form_of_it() {
        let secret = Secret::new("secret");
        assert!(call(RIGHT, Encoding::LowerHex).is_signed_with(&secret));
        let upper = RIGHT.to_ascii_uppercase();
        assert!(call(&upper, Encoding::UpperHex).is_signed_with(&secret));
        assert!(!call(&upper, Encoding::LowerHex).is_signed_with(&secret));
        let base64 = Encoding::Base64.write(&Encoding::LowerHex.read(RIGHT).unwrap());
        assert!(call(&base64, Encoding::Base64).is_signed_with(&secret));
        assert!(!call(RIGHT, Encoding::LowerHex).is_signed_with(&Secret::new("other")));
    }

    #[test]
    fn digests_without_a_key_are_no_signatures() {
        // MD5 as the field signs: 32 digits. SHA-256 without a key: the right length, and still wrong.
        let text = ticket_text("matters", "20261124144000", "st-1");
        let plain = hex(&sha256(format!("{text}secret").as_bytes()));
        for signature in ["d41d8cd98f00b204e9800998ecf8427e", plain.as_str(), "", "é".repeat(32).as_str()] {
            assert!(!call(signature, Encoding::LowerHex).is_signed_with(&Secret::new("secret")), "{signature}");
        }
    }

    #[test]
    fn the_gateway_signs_a_query_in_order() {
        assert_eq!(
            gateway_text("POST", "/restapi/prod/x", "test=2&a=%E4%B8%AD+x", "ak", "Tue, 09 Nov 2021 08:49:20 GMT"),
            "POST\n/restapi/prod/x\na=中 x&test=2\nak\nTue, 09 Nov 2021 08:49:20 GMT\n"
        );
    }
}
