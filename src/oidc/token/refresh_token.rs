//! `refresh_token` (RFC 6749 §6): rotated at every use; the old one gives the same successor for a short grace, and after
//! it ends the whole family.
//!
//! A good one is rotated by a single statement, which says itself what must hold. Only when it does not, or when the session
//! is to be extended, which is once a minute, is everything read and held first.

use std::time::Duration;

use super::{Issue, TokenResponse};
use crate::base::Timestamp;
use crate::base::crash;
use crate::oidc::Provider;
use crate::oidc::acting::Acting;
use crate::oidc::client::Client;
use crate::oidc::grant::{GrantDetail, Held, RefreshToken, Refreshed};
use crate::proto::oauth::{ErrorCode, OAuthError, Params, Scope};
use crate::store::grants::GrantRow;
use crate::store::{self, StoreError, Transaction};

impl Provider {
    /// Exchanges a refresh token for its successor and fresh tokens.
    pub(super) async fn refresh(&self, client: &Client, params: &Params) -> Result<TokenResponse, OAuthError> {
        let wrong = || OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is not valid");
        let token = self.0.grants.parse(params.require("refresh_token")?).ok_or_else(wrong)?;
        let held = self.0.grants.held(&token.grant_id).await?.ok_or_else(wrong)?;
        if held.client_id != client.id {
            return Err(wrong());
        }
        let detail = &held.detail;
        let person = self.authorise(client, self.0.accounts.find(&held.account_id).await, &detail.authentication)?;
        let (scope, era) = (narrowed(&held.scope, params)?, self.0.grants.era());
        let refresh_token = match self.rotate_at_once(client, &held, &token).await? {
            Some(successor) => successor,
            None => self.rotate_holding(client, &held, &token).await?,
        };
        let grant_id = &token.grant_id;
        let issued =
            self.issue(&Issue { client, person: &person, grant_id, detail, scope: &scope, nonce: None, era })?;
        crash::point("token.refresh.before_answer");
        Ok(TokenResponse { refresh_token: Some(refresh_token), ..issued })
    }

    /// The way of nearly every refresh; `None` when it is not for this one.
    async fn rotate_at_once(
        &self,
        client: &Client,
        held: &Held,
        token: &RefreshToken,
    ) -> Result<Option<String>, OAuthError> {
        let oneself = held.detail.acting.is_none() && client.metadata.subject.serves_persons();
        if !oneself || held.session_id.as_ref().is_some_and(|session| !self.0.sessions.touched_lately(session)) {
            return Ok(None);
        }
        let mut write = self.0.store.begin_single().await?;
        let Some(successor) = self.0.grants.rotate(&mut write, token, self.refresh_end(held)).await? else {
            return Ok(None);
        };
        commit(write.commit()).await?;
        Ok(Some(successor))
    }

    /// Extends the session, holds everything, and says what is wrong.
    async fn rotate_holding(&self, client: &Client, held: &Held, token: &RefreshToken) -> Result<String, OAuthError> {
        let wrong = || OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is not valid");
        let mut tx = self.0.store.begin().await?;
        let row = store::grants::find(&mut tx, &token.grant_id).await?.ok_or_else(wrong)?;
        if row.ended_at.is_some() {
            return Err(wrong());
        }
        self.refreshable(&mut tx, &row, &held.detail).await?;
        let mandate = held.detail.acting.as_ref().map(|acting| &acting.mandate_id);
        self.still_acting(&mut tx, (client, &held.account_id), mandate).await?;
        self.rotate(tx, held, token).await
    }

    /// An online grant lives with its session, an offline one by itself.
    async fn refreshable(&self, tx: &mut Transaction, row: &GrantRow, detail: &GrantDetail) -> Result<(), OAuthError> {
        let over = || OAuthError::new(ErrorCode::InvalidGrant, "the refresh token has expired");
        if row.refresh_expires_at.is_none_or(|end| end <= self.0.clock.now()) {
            return Err(over());
        }
        if let Some(session) = &row.session_id
            && !self.0.sessions.touch(tx, session, detail.session_began).await?
        {
            return Err(over());
        }
        Ok(())
    }

    async fn rotate(&self, mut tx: Transaction, held: &Held, token: &RefreshToken) -> Result<String, OAuthError> {
        match self.0.grants.refresh(&mut tx, token, self.refresh_end(held)).await? {
            Refreshed::Successor(text) => {
                commit(tx.commit()).await?;
                Ok(text)
            }
            Refreshed::Reused => {
                store::grants::end(&mut tx, &token.grant_id, self.0.clock.now(), "refresh_token_reused").await?;
                tx.commit().await?;
                self.0.grants.changed();
                tracing::warn!(client = %held.client_id, "a refresh token was presented again; its family is revoked");
                Err(OAuthError::new(ErrorCode::InvalidGrant, "the refresh token has been used"))
            }
        }
    }

    fn refresh_end(&self, held: &Held) -> Timestamp {
        let seconds =
            if held.session_id.is_none() { self.0.tokens.offline_seconds } else { self.0.tokens.refresh_seconds };
        Acting::no_later(held.detail.acting.as_ref(), self.0.clock.now().plus(Duration::from_secs(seconds)))
    }
}

/// Either way ends here: the successor is the good one from now on, also after a crash.
async fn commit(commit: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
    crash::point("token.refresh.before_commit");
    commit.await?;
    crash::point("token.refresh.after_commit");
    Ok(())
}

/// The scope of the new access token: what was granted, or less of it when asked (RFC 6749 §6).
fn narrowed(granted: &Scope, params: &Params) -> Result<Scope, OAuthError> {
    let Some(asked) = params.get("scope") else { return Ok(granted.clone()) };
    let asked = Scope::parse(asked)?;
    if asked.is_subset(granted) {
        Ok(asked)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "more scope is asked for than was granted"))
    }
}
