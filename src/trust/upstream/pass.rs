//! Trust passing (信任传递, standard 6.4 c), the access party's side: who has signed in here is passed up to the node above, by
//! redirects of the whole window, with nothing shown. Whatever fails on the way, the person goes on here without.
//!
//! The browser goes there for a nonce and comes back with its hash; this node vouches ([`super::vouch`]) and sends it there
//! again with a ticket; it comes back with a receipt, by which this node knows the session there.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::Upstream;
use super::above::AboveError;
use super::state::{LIFE, StateError, browser_hash};
use crate::accounts::AccountError;
use crate::base::Timestamp;
use crate::base::id::SessionId;
use crate::ephemeral::EphemeralError;
use crate::logout::{Cause, Reason};
use crate::proto::jose::{Audience, Expectations, SigningAlg, Typ};
use crate::session::Session;
use crate::store::upstream_sessions::SessionUpstreamRow;
use crate::store::{self, StoreError};
use crate::trust::below::PASSED;
use crate::trust::from_below::enter::RECEIPT_TYPE;

const CONTEXT: &[u8] = b"upstream-passing";

/// Claims without which a receipt says too little.
const REQUIRED: &[&str] = &["iss", "aud", "sub", "sid", "asserted_sid", "iat", "exp", "jti"];

/// Somebody on the way to the node above and back, twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passing {
    /// The name that this node gives the sign-in there: whenever the session here ends, it tells so by this name.
    pub sid: String,
    /// Whose answer it waits for.
    issuer: String,
    /// Hash of the cookie of the browser that left.
    browser: String,
    /// The session here.
    pub session: SessionId,
    /// Where to go on afterwards.
    pub on: Onward,
    began: Timestamp,
}

/// Where somebody goes on who was passed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onward {
    /// With this sealed flow; an empty one: the person came on their own.
    Flow(String),
    /// To this address of a node below, which has passed the person up here.
    Below(String),
}

/// Why nobody is passed up.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The `state` is not good: nobody knows who this is.
    #[error(transparent)]
    State(#[from] StateError),
    /// The session here has ended, or is another one than left.
    #[error("the session has ended, or is another one")]
    Session,
    /// The node above refuses.
    #[error("the node above answers {0}")]
    Refused(String),
    /// It does not answer as it should.
    #[error(transparent)]
    Above(#[from] AboveError),
    /// What it answers is not as it must be.
    #[error("what came is not accepted: {0}")]
    Untrusted(&'static str),
    /// The account could not be read.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for PassError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<EphemeralError> for PassError {
    fn from(error: EphemeralError) -> Self {
        Self::State(error.into())
    }
}

impl Upstream {
    /// Whether who has just signed in is to be passed up: the operator wants it, the sign-in is not one that came from there,
    /// it was not passed up since, and the node above has answered lately.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn passes(&self, session: &Session) -> Result<bool, StoreError> {
        if !self.0.config.pass_sign_ins || session.isolated_for.is_some() {
            return Ok(false);
        }
        let behind = store::upstream_sessions::behind(&mut self.0.on.store.read().await?, &session.id).await?;
        let since = |row: &SessionUpstreamRow| row.issuer == self.issuer() && row.created_at >= session.auth_time;
        // What came from there knows it already, however old the sign-in there is.
        let came_from_there = session.ceiling.is_some() && behind.iter().any(|row| row.issuer == self.issuer());
        if came_from_there || behind.iter().any(since) {
            return Ok(false);
        }
        Ok(self.0.above.is_alive().await)
    }

    /// Where to send the browser with this cookie and session; `None` where the node above takes no sign-ins.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn begin_passing(&self, session: &Session, on: Onward, browser: &str) -> Result<Option<Url>, PassError> {
        let Some(mut url) = self.0.above.metadata().await?.hufu_trust_begin_endpoint.clone() else { return Ok(None) };
        let passing = Passing {
            sid: self.0.on.random.token(),
            issuer: self.issuer().to_owned(),
            browser: browser_hash(browser),
            session: session.id.clone(),
            on,
            began: self.0.on.clock.now(),
        };
        let state = self.seal_way(&passing, CONTEXT).await?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.0.client_id)
            .append_pair("return_uri", &format!("{}{PASSED}", self.0.own_issuer))
            .append_pair("state", &state);
        Ok(Some(url))
    }

    /// Opens the `state` that a browser has brought back.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn open_passing(&self, state: &str, browser: &str) -> Result<Passing, StateError> {
        let bad = StateError::Bad;
        let passing: Passing = self.open_way(state, CONTEXT).await?;
        if passing.browser != browser_hash(browser) {
            return Err(bad("another browser left with it"));
        }
        if self.0.on.clock.now().since(passing.began) > LIFE {
            return Err(bad("it is too old"));
        }
        if passing.issuer != self.issuer() {
            return Err(bad("it waits for another node"));
        }
        Ok(passing)
    }

    /// The browser is back with a receipt: the session there stands behind the one here from now on. False when it has ended
    /// meanwhile: then the one here has ended, too.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn passed(&self, passing: &Passing, session: &Session, receipt: &str) -> Result<bool, PassError> {
        let row = self.read_receipt(passing, session, receipt).await?;
        let on = &self.0.on;
        let mut tx = on.store.begin().await?;
        let ended_there =
            store::upstream_sessions::hold(&mut tx, (self.issuer(), &row.sid), self.remembered_until()).await?;
        if ended_there.is_some() {
            let cause = Cause::from(Reason::NodeAbove);
            let ended = on.logouts.end_by(&mut tx, &session.id, cause).await?;
            tx.commit().await?;
            ended.iter().for_each(|ended| on.logouts.committed(ended));
            return Ok(false);
        }
        if !on.signon.is_alive(&mut tx, session).await? {
            return Err(PassError::Session);
        }
        let asserted = SessionUpstreamRow { sid: passing.sid.clone(), ..row.clone() };
        store::upstream_sessions::part(&mut tx, &asserted).await?;
        store::upstream_sessions::join(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn read_receipt(
        &self,
        passing: &Passing,
        session: &Session,
        receipt: &str,
    ) -> Result<SessionUpstreamRow, PassError> {
        if session.id != passing.session {
            return Err(PassError::Session);
        }
        let now = self.0.on.clock.now();
        let expected = Expectations {
            algs: &[SigningAlg::ES256],
            typ: Typ::Required(RECEIPT_TYPE),
            iss: Some(self.issuer()),
            aud: Audience::OneStringOf(&[&self.0.client_id]),
            required: REQUIRED,
            max_age: Some(LIFE),
            leeway: self.0.on.leeway,
            now,
        };
        let verified = self.0.above.verify(receipt, &expected).await?;
        if verified.text("asserted_sid") != Some(passing.sid.as_str()) {
            return Err(PassError::Untrusted("the receipt is for another sign-in"));
        }
        let text = |claim: &str| verified.claims.get(claim).and_then(Value::as_str).filter(|text| text.len() <= 512);
        let (sid, subject) = text("sid").zip(text("sub")).ok_or(PassError::Untrusted("a claim has the wrong type"))?;
        Ok(SessionUpstreamRow {
            session_id: session.id.clone(),
            issuer: self.issuer().to_owned(),
            sid: sid.to_owned(),
            subject: subject.to_owned(),
            created_at: now,
        })
    }
}
