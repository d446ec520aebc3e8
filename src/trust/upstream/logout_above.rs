//! The node above tells that a session there has ended (OIDC Back-Channel Logout 1.0 §2.6): that becomes this node's own
//! logout, which tells everybody here; or that somebody no longer acts there for a company: that ends what they do here for it,
//! and their session goes on. One that comes before its sign-in is remembered and wins.

use std::time::Duration;

use serde_json::Value;

use super::Upstream;
use super::above::AboveError;
use crate::base::id::{LogoutId, SessionId};
use crate::logout::deliver::{LOGOUT_EVENT, LOGOUT_TOKEN_TYPE, TREE_EVENT};
use crate::logout::{Cause, Ended, Reason};
use crate::proto::jose::{Audience, Expectations, SigningAlg, Typ, Verified};
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::store::{self, StoreError, Transaction};

/// Longest life of a logout token: two minutes (OIDC Back-Channel Logout §2.4).
pub const LONGEST_LIFE: Duration = Duration::from_secs(120);

/// What a good logout token says.
pub struct LogoutToken {
    /// Names it; used once.
    pub jti: String,
    /// The session, as the one who is told knows it.
    pub sid: Option<String>,
    /// The person, as the one who is told knows them.
    pub subject: Option<String>,
    /// The logout of the whole tree of nodes that it is part of.
    pub tree: Option<LogoutId>,
}

impl LogoutToken {
    /// Reads a token whose signature, type, issuer, audience and times are good (§2.6, steps 4 to 7).
    ///
    /// # Errors
    /// What it lacks.
    pub fn read(token: &Verified) -> Result<Self, &'static str> {
        let events = token.claims.get("events").and_then(Value::as_object).ok_or("events is missing")?;
        if !events.get(LOGOUT_EVENT).is_some_and(Value::is_object) {
            return Err("it tells of no logout");
        }
        if token.claims.contains_key("nonce") {
            return Err("it has a nonce");
        }
        let text = |name: &'static str| match token.claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && text.len() <= 512 => Ok(Some(text.clone())),
            Some(_) => Err("a claim has the wrong type"),
        };
        let (sid, subject) = (text("sid")?, text("sub")?);
        if sid.is_none() && subject.is_none() {
            return Err("it names neither a session nor a person");
        }
        let (issued, expires) = (token.date("iat"), token.date("exp"));
        if issued.zip(expires).is_none_or(|(issued, expires)| expires.since(issued) > LONGEST_LIFE) {
            return Err("it lives too long");
        }
        let tree = events.get(TREE_EVENT).and_then(|event| event.get("logout_id")?.as_str());
        Ok(Self {
            jti: text("jti")?.ok_or("jti is missing")?,
            sid,
            subject,
            tree: tree.filter(|id| id.len() <= 64).map(LogoutId::from),
        })
    }

    /// What one is to be like whose issuer and audience are these.
    #[must_use]
    pub fn expected<'a>(
        (iss, aud): (&'a str, &'a str),
        algs: &'a [SigningAlg],
        (now, leeway): (crate::base::Timestamp, Duration),
    ) -> Expectations<'a> {
        Expectations {
            algs,
            typ: Typ::Required(LOGOUT_TOKEN_TYPE),
            iss: Some(iss),
            aud: Audience::Contains(aud),
            required: &["iss", "aud", "iat", "exp", "jti", "events"],
            max_age: Some(LONGEST_LIFE),
            leeway,
            now,
        }
    }
}

impl Upstream {
    /// Obeys a logout token of the node above; how many sessions ended here by it.
    ///
    /// # Errors
    /// `invalid_request`: the token is not good. `temporarily_unavailable`: it cannot be told now.
    pub async fn logout_from_above(&self, token: &str) -> Result<usize, OAuthError> {
        let on = &self.0.on;
        let now = on.clock.now();
        let pair = (self.issuer(), self.0.client_id.as_str());
        let expected = LogoutToken::expected(pair, &[SigningAlg::ES256], (now, on.leeway));
        let verified = self.0.above.verify(token, &expected).await.map_err(refused)?;
        let read = LogoutToken::read(&verified).map_err(|why| OAuthError::new(ErrorCode::InvalidRequest, why))?;
        let mut tx = on.store.begin().await?;
        let mark = format!("logout-token:{}:{}", self.issuer(), read.jti);
        if !store::marks::set(&mut tx, &mark, now.plus(LONGEST_LIFE * 2)).await? {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "this logout token was used before"));
        }
        let sessions = self.sessions_before(&mut tx, &read).await?;
        let ended = self.end_all(&mut tx, &sessions, read.tree.as_ref()).await?;
        let acting = match &read.sid {
            Some(sid) => on.delegation.end_carried_by(&mut tx, (self.issuer(), sid)).await?,
            None => 0,
        };
        tx.commit().await?;
        ended.iter().for_each(|ended| on.logouts.committed(ended));
        on.delegation.acting_ended();
        tracing::info!(sessions = ended.len(), acting, "the node above has ended a session");
        Ok(ended.len())
    }

    /// The live sessions here that a token is about; a session there that it names is remembered as ended.
    async fn sessions_before(&self, tx: &mut Transaction, token: &LogoutToken) -> Result<Vec<SessionId>, StoreError> {
        let rows = match (&token.sid, &token.subject) {
            (Some(sid), subject) => {
                let until = self.remembered_until();
                store::upstream_sessions::end(tx, (self.issuer(), sid), self.0.on.clock.now(), until).await?;
                let rows = store::upstream_sessions::before(tx, (self.issuer(), sid)).await?;
                let of_person = |row: &str| subject.as_ref().is_none_or(|subject| subject == row);
                rows.into_iter().filter(|row| of_person(&row.subject)).collect()
            }
            (None, Some(subject)) => store::upstream_sessions::before_subject(tx, (self.issuer(), subject)).await?,
            (None, None) => Vec::new(),
        };
        let mut sessions: Vec<SessionId> = rows.into_iter().map(|row| row.session_id).collect();
        sessions.dedup();
        Ok(sessions)
    }

    async fn end_all(
        &self,
        tx: &mut Transaction,
        sessions: &[SessionId],
        tree: Option<&LogoutId>,
    ) -> Result<Vec<Ended>, StoreError> {
        let mut ended = Vec::new();
        for session in sessions {
            let cause = Cause { reason: Reason::NodeAbove, tree, told_by: None };
            ended.extend(self.0.on.logouts.end_by(tx, session, cause).await?);
        }
        Ok(ended)
    }
}

fn refused(error: AboveError) -> OAuthError {
    match error {
        AboveError::Token(why) => {
            OAuthError::new(ErrorCode::InvalidRequest, "the logout token is not good").because(why)
        }
        gone => {
            let busy = "the keys of the node above cannot be read now";
            OAuthError::new(ErrorCode::TemporarilyUnavailable, busy).because(gone)
        }
    }
}
