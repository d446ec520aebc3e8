//! What a node below asserts (leg 1): a JWT by its own key, for this node, for at most a minute, used once; who has signed in
//! there, how, when, how well the name is proven, and for which browser.

use std::time::Duration;

use super::{FromBelow, Party};
use crate::base::Timestamp;
use crate::proto::jose::{Audience, Expectations, Typ, Verified};
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::trust::told::Told;

/// `typ` of an assertion.
pub const ASSERTION_TYPE: &str = "login-assertion+jwt";

/// Longest life of an assertion.
pub const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// Claims without which it says too little.
const REQUIRED: &[&str] = &["iss", "sub", "aud", "iat", "exp", "jti", "sid", "acr", "amr", "auth_time", "nonce_hash"];

/// An assertion that was found good.
pub(super) struct Assertion {
    /// What it says, at most what the node may assert.
    pub told: Told,
    /// The hash of the nonce of the browser that it is for.
    pub nonce_hash: String,
    /// The language of the person.
    pub locale: &'static str,
    /// Names it; used once.
    pub jti: String,
    /// Until when that is remembered.
    pub until: Timestamp,
}

/// RFC 8693 §2.2.2: whatever is wrong with the token that is brought.
fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

impl FromBelow {
    /// Reads and checks an assertion of this party.
    pub(super) async fn read_assertion(&self, party: &Party<'_>, token: &str) -> Result<Assertion, OAuthError> {
        let algs = party.client.metadata.assertion_algs();
        let leeway = self.0.on.provider.leeway();
        let expected = Expectations {
            algs: &algs,
            typ: Typ::Required(ASSERTION_TYPE),
            iss: Some(party.client.id.as_str()),
            aud: Audience::OneStringOf(&[self.issuer()]),
            required: REQUIRED,
            max_age: Some(ASSERTION_LIFE),
            leeway,
            now: self.now(),
        };
        let verified = self.0.on.provider.verify_by_client(&party.client, token, &expected).await;
        let verified = verified.map_err(|error| refused("the assertion is not good").because(error))?;
        self.weigh(party, &verified)
    }

    fn weigh(&self, party: &Party<'_>, verified: &Verified) -> Result<Assertion, OAuthError> {
        let times = verified.date("iat").zip(verified.date("exp"));
        let (issued, expires) = times.ok_or_else(|| refused("a date of the assertion has the wrong type"))?;
        if expires.since(issued) > ASSERTION_LIFE {
            return Err(refused("the assertion lives longer than a minute"));
        }
        let short = |claim: &str, most: usize| verified.text(claim).filter(|text| (1..=most).contains(&text.len()));
        let nonce_hash = short("nonce_hash", 43).ok_or_else(|| refused("nonce_hash is not a hash"))?;
        let jti = short("jti", 255).ok_or_else(|| refused("jti is not a short text"))?;
        let told = Told::asserted(verified, party.node.maximum_level)
            .ok_or_else(|| refused("a claim of the assertion has the wrong type"))?;
        let leeway = self.0.on.provider.leeway();
        if told.auth_time > self.now().plus(leeway) {
            return Err(refused("the login lies ahead"));
        }
        Ok(Assertion {
            told,
            nonce_hash: nonce_hash.to_owned(),
            locale: if verified.text("locale") == Some("en") { "en" } else { "zh-CN" },
            jti: jti.to_owned(),
            until: expires.plus(leeway * 2),
        })
    }
}
