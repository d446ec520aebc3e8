//! `refresh_token` (RFC 6749 §6): rotated at every use; the old one gives the same successor for a short grace, and after
//! it ends the whole family.

use std::time::Duration;

use super::{Issue, TokenResponse};
use crate::base::Timestamp;
use crate::base::crash;
use crate::oidc::Provider;
use crate::oidc::acting::Acting;
use crate::oidc::client::Client;
use crate::oidc::grant::{GrantDetail, RefreshToken, Refreshed};
use crate::proto::oauth::{ErrorCode, OAuthError, Params, Scope};
use crate::store::grants::GrantRow;
use crate::store::{self, Transaction};

impl Provider {
    /// Exchanges a refresh token for its successor and fresh tokens.
    pub(super) async fn refresh(&self, client: &Client, params: &Params) -> Result<TokenResponse, OAuthError> {
        let wrong = || OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is not valid");
        let token = self.0.grants.parse(params.require("refresh_token")?).ok_or_else(wrong)?;
        let mut tx = self.0.store.begin().await?;
        let row = store::grants::find(&mut tx, &token.grant_id).await?.ok_or_else(wrong)?;
        if row.client_id != client.id || row.ended_at.is_some() {
            return Err(wrong());
        }
        let detail = GrantDetail::parse(&row.detail)?;
        let found = self.0.accounts.find_in(&mut tx, &row.account_id).await;
        let person = Self::authorise(client, found, &detail.authentication)?;
        let scope = narrowed(&row, params)?;
        self.refreshable(&mut tx, &row, &detail).await?;
        let mandate = detail.acting.as_ref().map(|acting| &acting.mandate_id);
        self.still_acting(&mut tx, (client, &row.account_id), mandate).await?;
        let refresh_token = self.rotate(tx, &row, &token, &detail).await?;
        let grant_id = &row.id;
        let issued =
            self.issue(&Issue { client, person: &person, grant_id, detail: &detail, scope: &scope, nonce: None })?;
        crash::point("token.refresh.before_answer");
        Ok(TokenResponse { refresh_token: Some(refresh_token), ..issued })
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

    async fn rotate(
        &self,
        mut tx: Transaction,
        row: &GrantRow,
        token: &RefreshToken,
        detail: &GrantDetail,
    ) -> Result<String, OAuthError> {
        let until = Acting::no_later(detail.acting.as_ref(), self.refresh_end(row));
        match self.0.grants.refresh(&mut tx, row, token, until).await? {
            Refreshed::Successor(text) => {
                crash::point("token.refresh.before_commit");
                tx.commit().await?;
                crash::point("token.refresh.after_commit");
                Ok(text)
            }
            Refreshed::Reused => {
                store::grants::end(&mut tx, &row.id, self.0.clock.now(), "refresh_token_reused").await?;
                tx.commit().await?;
                self.0.grants.changed();
                tracing::warn!(client = %row.client_id, "a refresh token was presented again; its family is revoked");
                Err(OAuthError::new(ErrorCode::InvalidGrant, "the refresh token has been used"))
            }
        }
    }

    fn refresh_end(&self, row: &GrantRow) -> Timestamp {
        let seconds = if row.offline { self.0.tokens.offline_seconds } else { self.0.tokens.refresh_seconds };
        self.0.clock.now().plus(Duration::from_secs(seconds))
    }
}

/// The scope of the new access token: what was granted, or less of it when asked (RFC 6749 §6).
fn narrowed(row: &GrantRow, params: &Params) -> Result<Scope, OAuthError> {
    let granted = Scope::parse(&row.scope)?;
    let Some(asked) = params.get("scope") else { return Ok(granted) };
    let asked = Scope::parse(asked)?;
    if asked.is_subset(&granted) {
        Ok(asked)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "more scope is asked for than was granted"))
    }
}
