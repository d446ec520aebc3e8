//! A node below tells that a session in which it took part has ended there (standard 6.4 d): obeyed for its own sessions
//! only, once, and passed on to everybody else, up and down.

use std::sync::Arc;

use super::config::Below;
use super::upstream::logout_above::{LONGEST_LIFE, LogoutToken};
use crate::base::SharedClock;
use crate::base::id::{ClientId, LogoutId, SessionId};
use crate::logout::{Cause, Logouts, Reason};
use crate::oidc::Provider;
use crate::proto::jose::peek_claims_unverified;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::store::{self, Store, StoreError, Transaction};

/// Takes logouts from the nodes below; clones share everything.
#[derive(Clone)]
pub struct Upward(Arc<Inner>);

struct Inner {
    below: Below,
    store: Store,
    provider: Provider,
    logouts: Logouts,
    clock: SharedClock,
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

impl Upward {
    /// From these nodes.
    #[must_use]
    pub fn new(below: Below, store: Store, rooms: (Provider, Logouts), clock: SharedClock) -> Self {
        Self(Arc::new(Inner { below, store, provider: rooms.0, logouts: rooms.1, clock }))
    }

    /// Obeys a logout token of a node below; the logout that came of it, if the session still lived.
    ///
    /// # Errors
    /// `invalid_request`: the token is not good, or about a session in which that node took no part; `unauthorized_client`:
    /// it comes from nobody below, or from one that is suspended.
    pub async fn logout_from_below(&self, token: &str) -> Result<Option<LogoutId>, OAuthError> {
        let claims =
            peek_claims_unverified(token).map_err(|error| refused("the logout token is not one").because(error))?;
        let name = claims.get("iss").and_then(|iss| iss.as_str()).ok_or_else(|| refused("iss is missing"))?;
        let stranger = || OAuthError::new(ErrorCode::UnauthorizedClient, "the logout token is from no node below");
        let node = self.0.below.find(name).ok_or_else(stranger)?;
        let id = ClientId::from(node.entity_id.as_str());
        let client =
            self.0.provider.clients().find(&id).await?.filter(|client| !client.suspended).ok_or_else(stranger)?;
        let algs = client.metadata.assertion_algs();
        let now = self.0.clock.now();
        let times = (now, self.0.provider.leeway());
        let expected = LogoutToken::expected((id.as_str(), self.0.provider.issuer()), &algs, times);
        let verified = self.0.provider.verify_by_client(&client, token, &expected).await;
        let verified = verified.map_err(|error| refused("the logout token is not good").because(error))?;
        let read = LogoutToken::read(&verified).map_err(refused)?;
        self.obey(&id, &read).await
    }

    async fn obey(&self, node: &ClientId, token: &LogoutToken) -> Result<Option<LogoutId>, OAuthError> {
        let sid = token.sid.as_deref().ok_or_else(|| refused("sid is missing"))?;
        let now = self.0.clock.now();
        let mut tx = self.0.store.begin().await?;
        let mark = format!("logout-token:{node}:{}", token.jti);
        if !store::marks::set(&mut tx, &mark, now.plus(LONGEST_LIFE * 2)).await? {
            return Err(refused("this logout token was used before"));
        }
        let about = |subject: &str| token.subject.as_ref().is_none_or(|told| told == subject);
        let session = match self.session_of(&mut tx, node, sid, about).await? {
            Some(session) => session,
            None => return Err(refused("the node took no part in this session")),
        };
        let cause = Cause { reason: Reason::NodeBelow, tree: token.tree.as_ref(), told_by: Some(node) };
        let ended = match session {
            Behind::Session(id) => self.0.logouts.end_by(&mut tx, &id, cause).await?,
            Behind::NoneYet => None,
        };
        tx.commit().await?;
        let Some(ended) = ended else { return Ok(None) };
        self.0.logouts.committed(&ended);
        tracing::info!(logout = %ended.logout_id, %node, "a node below has ended a session");
        Ok(Some(ended.logout_id))
    }

    /// The session in which a node took part that a `sid` names: as this node gave it, or as that node did when it passed a
    /// sign-in up. One whose ticket was not taken yet is remembered as ended, and the ticket opens nothing any more.
    async fn session_of(
        &self,
        tx: &mut Transaction,
        node: &ClientId,
        sid: &str,
        about: impl Fn(&str) -> bool,
    ) -> Result<Option<Behind>, StoreError> {
        let link = store::sessions::find_sid(tx, sid).await?.filter(|link| link.client_id == *node);
        if let Some(link) = link.filter(|link| about(&link.subject)) {
            return Ok(Some(Behind::Session(link.session_id)));
        }
        let passed = store::passed_sessions::end(tx, (node, sid), self.0.clock.now()).await?;
        let passed = passed.filter(|passed| about(&passed.subject));
        Ok(passed.map(|passed| passed.session_id.map_or(Behind::NoneYet, Behind::Session)))
    }
}

/// What stands behind a `sid`.
enum Behind {
    /// This session.
    Session(SessionId),
    /// A sign-in that was asserted and has led to none yet.
    NoneYet,
}
