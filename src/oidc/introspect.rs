//! Introspection (RFC 7662): whether a token holds and what it says, for an authenticated client. `sub` is translated: each
//! party sees the subject that is its own, and only a service that the operator named so asks about tokens of other clients: else
//! a client could learn as whom another one knows a person.

use serde_json::{Map, Value, json};

use super::Provider;
use super::access::Holding;
use super::acting::{self, Acting};
use super::client::Client;
use super::client_auth::Credentials;
use super::grant::GrantDetail;
use crate::base::id::AccountId;
use crate::proto::oauth::{ActingFor, ErrorCode, OAuthError, Params};
use crate::store;
use crate::store::grants::GrantRow;

impl Provider {
    /// Answers one request to the introspection endpoint. Unknown, expired and revoked tokens are all `active: false`.
    pub async fn introspect(&self, credentials: &Credentials, params: &Params) -> Result<Value, OAuthError> {
        if matches!(credentials, Credentials::Name(_)) {
            return Err(OAuthError::new(ErrorCode::InvalidClient, "introspection needs client authentication"));
        }
        let asking = self.authenticate_client(credentials).await?;
        let text = params.require("token")?;
        if let Some(holding) = self.holding_for(text, &asking.id).await? {
            return self.describe_access(&asking, holding).await;
        }
        self.describe_refresh(&asking, text).await
    }

    async fn describe_access(&self, asking: &Client, holding: Holding) -> Result<Value, OAuthError> {
        let Holding { token, client } = holding;
        if client.id != asking.id && !asking.metadata.resource_server {
            return Ok(inactive());
        }
        let (sub, acting) = match token.grant_id() {
            None => (token.sub.clone(), None),
            Some(grant) => match self.0.grants.held(&grant).await? {
                Some(held) => self.seen_by(asking, &held.account_id, held.detail.acting.as_ref()),
                None => return Ok(inactive()),
            },
        };
        // The chain names people as the called service knows them: it is for that one alone.
        let act = token.act.filter(|_| token.aud == asking.id.as_str());
        let answer = json!({
            "active": true, "token_type": "Bearer", "iss": token.iss, "aud": token.aud, "sub": sub,
            "client_id": client.id, "scope": token.scope, "iat": token.iat, "exp": token.exp, "jti": token.jti,
            "acr": token.acr, "auth_time": token.auth_time,
        });
        let chain = act.map(|act| Map::from_iter([("act".to_owned(), act)]));
        Ok(with(with(answer, acting), chain))
    }

    /// `sub` and, for one who acts for a company, the members about that, as the asking party knows them.
    fn seen_by(
        &self,
        asking: &Client,
        account: &AccountId,
        acting: Option<&Acting>,
    ) -> (String, Option<Map<String, Value>>) {
        let sub = acting::subject(self, asking, account, acting);
        let members = acting.map(|acting| {
            let mut members = acting.members(&self.0.subjects.of(account, asking));
            members.insert("authorization_details".into(), ActingFor::granted(&acting.uscc));
            members
        });
        (sub, members)
    }

    /// A refresh token is described to the client that holds it, and to nobody else.
    async fn describe_refresh(&self, asking: &Client, text: &str) -> Result<Value, OAuthError> {
        let Some(row) = self.refresh_grant(asking, text).await? else { return Ok(inactive()) };
        let detail = GrantDetail::parse(&row.detail)?;
        let expires_at = row.refresh_expires_at.unwrap_or_default();
        let holds = self.0.grants.holds(&row.id, row.id.as_str()).await?;
        if !holds || expires_at <= self.0.clock.now() {
            return Ok(inactive());
        }
        let (_, acting) = self.seen_by(asking, &row.account_id, detail.acting.as_ref());
        let answer = json!({
            "active": true, "token_type": "refresh_token", "iss": self.issuer(), "sub": detail.subject,
            "client_id": row.client_id, "scope": row.scope, "iat": row.created_at.seconds(), "exp": expires_at.seconds(),
        });
        Ok(with(answer, acting))
    }

    /// The grant of a refresh token that is `client`'s and is the present one of its family.
    pub(in crate::oidc) async fn refresh_grant(
        &self,
        client: &Client,
        text: &str,
    ) -> Result<Option<GrantRow>, OAuthError> {
        let Some(token) = self.0.grants.parse(text) else { return Ok(None) };
        let row = store::grants::find(&mut self.0.store.read().await?, &token.grant_id).await?;
        Ok(row.filter(|row| row.client_id == client.id && self.0.grants.is_present(row, &token)))
    }
}

fn with(mut answer: Value, more: Option<Map<String, Value>>) -> Value {
    if let (Value::Object(members), Some(more)) = (&mut answer, more) {
        members.extend(more);
    }
    answer
}

fn inactive() -> Value {
    json!({ "active": false })
}
