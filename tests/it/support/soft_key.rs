//! [`SoftKey`]: a passkey and the browser before it, in software. It does what a browser does with the options of a page, and
//! what an attacker's does where a test says so ([`Bend`]).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use hufu::base::encoding::{base64url, from_base64url, sha256};
use hufu::base::id::FactorId;
use serde_json::{Value, json};

use super::node::ISSUER;
use super::{Browser, Landed, Page, Person, TestNode};

/// User present, user verified, attested credential data (WebAuthn §6.1).
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A passkey with its private key.
pub struct SoftKey {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    /// Its signature counter; keys that are kept in a cloud leave it at zero.
    pub counter: u32,
    /// Whether it verifies its user.
    pub verifies: bool,
}

/// How an answer differs from an honest one.
#[derive(Clone, Copy, Default)]
pub struct Bend<'a> {
    /// The page that the browser shows.
    pub origin: Option<&'a str>,
    /// The name to which the key believes to be bound.
    pub rp_id: Option<&'a str>,
    /// What the ceremony is called.
    pub kind: Option<&'a str>,
    /// Another challenge, base64url.
    pub challenge: Option<&'a str>,
    /// The frame is one of another site.
    pub cross_origin: bool,
    /// Another handle, or none.
    pub handle: Option<Option<&'a [u8]>>,
    /// The counter with which a new key begins; 1 where nothing is said.
    pub counter: Option<u32>,
    /// Nobody touched the key.
    pub absent: bool,
    /// What is signed is not what is sent.
    pub altered: bool,
}

impl SoftKey {
    /// Makes a key for these options: the key and the browser's answer.
    pub fn make(options: &str, bend: Bend<'_>) -> (Self, String) {
        let options: Value = serde_json::from_str(options).unwrap();
        let asked = &options["publicKey"];
        assert_eq!(asked["attestation"], "none");
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = sha256(pair.public_key().as_ref()).to_vec();
        let handle = from_base64url(asked["user"]["id"].as_str().unwrap()).unwrap();
        let key = Self { pair, id, handle, counter: bend.counter.unwrap_or(1), verifies: true };
        let answer = key.made(asked, bend);
        (key, answer)
    }

    /// The same key, presented as if it were made for these options.
    pub fn make_again(&self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        self.made(&options["publicKey"], Bend::default())
    }

    fn made(&self, asked: &Value, bend: Bend<'_>) -> String {
        let client = client_data("webauthn.create", asked, bend);
        let mut data = self.authenticator_data(bend, ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose());
        json!({
            "id": base64url(&self.id),
            "rawId": base64url(&self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&client),
                "attestationObject": base64url(&attestation(&data)),
                "transports": ["internal", "a-transport-of-the-future"],
            },
            "clientExtensionResults": {},
        })
        .to_string()
    }

    /// An honest answer to these options; the counter goes on.
    pub fn answer(&mut self, options: &str) -> String {
        self.answer_bent(options, Bend::default())
    }

    /// An answer that is bent.
    pub fn answer_bent(&mut self, options: &str, bend: Bend<'_>) -> String {
        if self.counter > 0 {
            self.counter += 1;
        }
        let options: Value = serde_json::from_str(options).unwrap();
        let client = client_data("webauthn.get", &options["publicKey"], bend);
        let data = self.authenticator_data(bend, 0);
        let mut signed = data.clone();
        signed.extend(sha256(&client));
        if bend.altered {
            signed[0] ^= 1;
        }
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let handle = bend.handle.unwrap_or(Some(&self.handle)).map(base64url);
        json!({
            "id": base64url(&self.id),
            "rawId": base64url(&self.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&client),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.as_ref()),
                "userHandle": handle,
            },
            "clientExtensionResults": {},
        })
        .to_string()
    }

    /// The handle by which it knows its account.
    pub fn handle(&self) -> &[u8] {
        &self.handle
    }

    fn authenticator_data(&self, bend: Bend<'_>, flags: u8) -> Vec<u8> {
        let present = if bend.absent { 0 } else { PRESENT };
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = sha256(bend.rp_id.unwrap_or("id.example").as_bytes()).to_vec();
        data.push(present | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// `COSE_Key` of an ES256 key (RFC 9052 §7): kty 2, alg -7, crv 1, x, y.
    fn cose(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }

    /// Shows it on a page that asks for one.
    pub async fn show(&mut self, browser: &mut Browser, page: &Page) -> Landed {
        let answer = self.answer(&page.passkey_options());
        answer_with(browser, page, &answer).await
    }
}

/// Sends a page's passkey form with this answer.
pub async fn answer_with(browser: &mut Browser, page: &Page, answer: &str) -> Landed {
    let (action, mut fields) = page.form("passkey-form");
    let place = fields.iter_mut().find(|(name, value)| value.is_empty() && (name == "credential" || name == "code"));
    place.unwrap().1 = answer.to_owned();
    browser.post(&action, &fields).await
}

fn client_data(kind: &str, asked: &Value, bend: Bend<'_>) -> Vec<u8> {
    json!({
        "type": bend.kind.unwrap_or(kind),
        "challenge": bend.challenge.unwrap_or(asked["challenge"].as_str().unwrap()),
        "origin": bend.origin.unwrap_or(ISSUER),
        "crossOrigin": bend.cross_origin,
    })
    .to_string()
    .into_bytes()
}

/// `{"fmt": "none", "attStmt": {}, "authData": …}` in CBOR (WebAuthn §6.5.4, §8.7).
fn attestation(data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3, 0x63];
    object.extend(b"fmt");
    object.push(0x64);
    object.extend(b"none");
    object.push(0x67);
    object.extend(b"attStmt");
    object.extend([0xa0, 0x68]);
    object.extend(b"authData");
    object.push(0x59);
    object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend(data);
    object
}

impl Page {
    /// What the page asks the browser for.
    #[track_caller]
    pub fn passkey_options(&self) -> String {
        let form = self.must_have("passkey-form").html.split("id=\"passkey-form\"").nth(1).unwrap();
        super::page::attribute(form.split('>').next().unwrap(), "data-options").unwrap()
    }
}

impl Person {
    /// Makes a passkey in the account centre, from a browser in which she is signed in.
    pub async fn make_passkey(&self, browser: &mut Browser) -> SoftKey {
        self.make_passkey_with(browser, Bend::default()).await
    }

    /// The same, with a key of another make.
    pub async fn make_passkey_with(&self, browser: &mut Browser, bend: Bend<'_>) -> SoftKey {
        let page = browser.get("/account/security/passkey").await.page();
        let (key, answer) = SoftKey::make(&page.passkey_options(), bend);
        answer_with(browser, &page, &answer).await.page().must_have("security");
        key
    }

    /// Her passkeys, as the node stores them.
    pub async fn passkeys(&self, node: &TestNode) -> Vec<FactorId> {
        let factors = node.app.factors.list(&self.id).await.unwrap();
        factors.into_iter().filter(|factor| factor.kind == hufu::factors::FactorKind::Passkey).map(|f| f.id).collect()
    }
}
