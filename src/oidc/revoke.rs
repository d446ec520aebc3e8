//! Revocation (RFC 7009). A refresh token takes its whole family with it; an access token goes alone. A token that is
//! unknown or another client's is answered like one that is gone: nothing is told.

use super::Provider;
use super::client::Client;
use super::client_auth::Credentials;
use crate::base::{Timestamp, crash};
use crate::proto::oauth::{OAuthError, Params};
use crate::store;

impl Provider {
    /// Answers one request to the revocation endpoint.
    pub async fn revoke(&self, credentials: &Credentials, params: &Params) -> Result<(), OAuthError> {
        let client = self.authenticate_client(credentials).await?;
        let text = params.require("token")?;
        if self.0.grants.parse(text).is_some() {
            return self.revoke_family(&client, text).await;
        }
        let Some(token) = self.0.access.read_of_any(text).filter(|token| token.client_id == client.id) else {
            return Ok(());
        };
        let expires_at = Timestamp::from_seconds(token.exp).plus(self.0.tokens.leeway());
        let mut tx = self.0.store.begin().await?;
        self.0.grants.revoke_access(&mut tx, &token.jti, expires_at).await?;
        crash::point("revoke.access.before_commit");
        tx.commit().await?;
        crash::point("revoke.access.after_commit");
        self.0.grants.changed();
        Ok(())
    }

    async fn revoke_family(&self, client: &Client, text: &str) -> Result<(), OAuthError> {
        let Some(row) = self.refresh_grant(client, text).await? else { return Ok(()) };
        let mut tx = self.0.store.begin().await?;
        store::grants::end(&mut tx, &row.id, self.0.clock.now(), "revoked").await?;
        crash::point("revoke.family.before_commit");
        tx.commit().await?;
        crash::point("revoke.family.after_commit");
        self.0.grants.changed();
        Ok(())
    }
}
