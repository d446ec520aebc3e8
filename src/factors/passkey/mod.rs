//! Passkeys (通行密钥, WebAuthn Level 3): keys that never leave a person's devices and sign a challenge for this node alone.
//!
//! `webauthn-rs-core` checks what the standard prescribes of an answer (§7.1, §7.2); here stands what it leaves to the relying
//! party: whose credential it is, that a challenge is answered once, by the browser that was asked and in the same
//! passage, and that a signature counter never goes back. A challenge travels sealed in the page, so that asking costs no
//! memory; that it was answered is a mark in the transaction that believes the answer.
//!
//! - `register`: a new passkey · `assert`: shows one, as a sign-in by itself or as a further factor

mod assert;
mod register;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::Credential;

use super::{Factor, FactorError, Factors};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::base::id::AccountId;
use crate::keys::{MasterKey, Sealer};

/// How long a challenge may wait to be answered. Pages that stay open longer ask for a new one.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long a browser shows its dialogue.
const DIALOGUE: Duration = Duration::from_secs(5 * 60);

/// The longest answer of a browser, in bytes: a credential id has at most 1023, a key and a signature less.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Passkeys of this node; clones share everything.
#[derive(Clone)]
pub struct Passkeys(Arc<Inner>);

struct Inner {
    /// None where browsers offer no passkeys: the issuer's host is an address, not a name.
    core: Option<WebauthnCore>,
    factors: Factors,
    sealer: Sealer,
}

/// A question for a browser.
pub struct Ceremony {
    /// `CredentialCreationOptions` or `CredentialRequestOptions` as JSON, bytes as base64url.
    pub options: String,
    /// The challenge as the form carries it, opaque.
    pub sealed: String,
}

/// What a browser has answered.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    /// The challenge that came back.
    pub sealed: &'a str,
    /// `PublicKeyCredential` as JSON.
    pub credential: &'a str,
}

/// Where a challenge is good: in one browser and one passage through the pages.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The browser's own name.
    pub browser: &'a str,
    /// The passage: the id of the flow, or empty outside of one.
    pub passage: &'a str,
}

impl Place<'_> {
    fn context(self, kind: &str) -> Vec<u8> {
        format!("{kind}\n{}\n{}", self.browser, self.passage).into_bytes()
    }
}

/// A challenge on its way.
#[derive(Serialize, Deserialize)]
struct Asked<S> {
    /// Names it; marked when it is answered.
    id: String,
    at: Timestamp,
    /// Whose passkey must answer; anybody's when nobody is known yet.
    whom: Option<AccountId>,
    state: S,
}

impl Passkeys {
    /// Passkeys for the node behind `issuer`, which people know by `name`.
    #[must_use]
    pub fn new(factors: Factors, issuer: &Url, name: &str, master: &MasterKey) -> Self {
        let core = relying_party_id(issuer).map(|id| {
            let origins = vec![issuer.clone()];
            WebauthnCore::new_unsafe_experts_only(name, id, origins, DIALOGUE, Some(false), Some(false))
        });
        Self(Arc::new(Inner { core, factors, sealer: Sealer::new(master, "passkey-challenge") }))
    }

    /// Whether browsers can have passkeys for this node.
    #[must_use]
    pub fn are_possible(&self) -> bool {
        self.0.core.is_some()
    }

    fn core(&self) -> Result<&WebauthnCore, FactorError> {
        self.0.core.as_ref().ok_or(FactorError::Wrong)
    }

    fn ask<S: Serialize>(
        &self,
        (kind, place): (&str, Place<'_>),
        whom: Option<&AccountId>,
        (options, state): (&impl Serialize, S),
    ) -> Result<Ceremony, FactorError> {
        let factors = &self.0.factors.0;
        let asked = Asked { id: factors.random.short_token(), at: factors.clock.now(), whom: whom.cloned(), state };
        let options = serde_json::to_string(options).map_err(|_| FactorError::Sealed)?;
        Ok(Ceremony { options, sealed: self.0.sealer.seal(&asked, &place.context(kind)) })
    }

    /// The challenge that came back: [`FactorError::Over`] when it is too old, or is not of this browser and passage.
    fn asked<S: DeserializeOwned>(
        &self,
        (kind, place): (&str, Place<'_>),
        sealed: &str,
    ) -> Result<Asked<S>, FactorError> {
        let asked: Asked<S> = self.0.sealer.open(sealed, &place.context(kind)).map_err(|_| FactorError::Over)?;
        let age = self.0.factors.0.clock.now().since(asked.at);
        if age > CHALLENGE_LIFE { Err(FactorError::Over) } else { Ok(asked) }
    }

    /// The mark that a challenge was answered, and until when it must stand.
    fn mark<S>(&self, asked: &Asked<S>) -> (String, Timestamp) {
        let until = asked.at.plus(CHALLENGE_LIFE + Duration::from_secs(60));
        (format!("passkey:{}", asked.id), until)
    }

    fn stored(&self, factor: &Factor) -> Result<Credential, FactorError> {
        serde_json::from_slice(&self.0.factors.open(factor)?).map_err(|_| FactorError::Sealed)
    }
}

/// The name to which browsers bind passkeys (§5.1.2): the issuer's host, which must be a domain name.
fn relying_party_id(issuer: &Url) -> Option<&str> {
    match issuer.host()? {
        Host::Domain(name) if issuer.scheme() == "https" || name == "localhost" => Some(name),
        _ => None,
    }
}

/// What a credential is found by.
fn credential_key(id: &[u8]) -> String {
    base64url(&sha256(id))
}

fn parse<T: DeserializeOwned>(answer: &str) -> Result<T, FactorError> {
    if answer.len() > LONGEST_ANSWER {
        return Err(FactorError::Wrong);
    }
    serde_json::from_str(answer).map_err(|_| FactorError::Wrong)
}

/// A refusal of the library: to the browser all are the same, the log tells them apart.
fn refused(error: &WebauthnError) -> FactorError {
    tracing::warn!(reason = %error, "a passkey's answer was refused");
    FactorError::Wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_domain_name() {
        let id = |issuer: &str| relying_party_id(&Url::parse(issuer).unwrap()).map(str::to_owned);
        assert_eq!(id("https://id.example").as_deref(), Some("id.example"));
        assert_eq!(id("https://gateway.example/sso").as_deref(), Some("gateway.example"));
        assert_eq!(id("http://localhost:9000").as_deref(), Some("localhost"));
        for other in ["http://127.0.0.1:9000", "https://[::1]", "https://192.0.2.7", "http://id.example"] {
            assert_eq!(id(other), None, "{other}");
        }
    }
}
