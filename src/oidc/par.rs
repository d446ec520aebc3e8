//! Pushed authorization requests (RFC 9126): the client sends its parameters first, authenticated, and gets a name for
//! them. Ephemeral, bounded in life and number; consumed when a code is issued.

use std::time::Duration;

use serde::Serialize;

use super::Provider;
use super::authorize::{PUSHED, REMEMBER_PUSHED};
use super::client::Client;
use super::client_auth::Credentials;
use crate::base::id::ClientId;
use crate::proto::jose::peek_claims_unverified;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// Parameters that prove the client and are no part of the request.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// A successful answer (RFC 9126 §2.2), sent with 201.
#[derive(Serialize)]
pub struct PushedResponse {
    /// The name of the request.
    pub request_uri: String,
    /// Its life in seconds.
    pub expires_in: u64,
}

impl Provider {
    /// Answers one request to the pushed authorization request endpoint.
    pub async fn push(&self, credentials: &Credentials, params: &Params) -> Result<PushedResponse, OAuthError> {
        self.admit_pusher(credentials, params).await?;
        let client = self.authenticate_client(credentials).await?;
        if params.get("request_uri").is_some() {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "request_uri cannot be pushed"));
        }
        let mut request = params.clone();
        for name in CREDENTIALS {
            request.remove(name);
        }
        request.set("client_id", client.id.as_str());
        let request = self.with_request_object(&request, &client).await?;
        self.check_pushed(request.clone(), &client)?;
        let name = self.0.random.token();
        let life = Duration::from_secs(self.0.tokens.par_seconds);
        let value = serde_json::to_vec(&request).unwrap_or_default();
        self.0.ephemeral.put(&key(&name), &value, life).await?;
        Ok(PushedResponse { request_uri: format!("{PUSHED}{name}"), expires_in: self.0.tokens.par_seconds })
    }

    /// A service of the federation may come by a pushed request first: its signed request makes the client.
    async fn admit_pusher(&self, credentials: &Credentials, params: &Params) -> Result<(), OAuthError> {
        let Credentials::Assertion { id, jwt } = credentials else { return Ok(()) };
        let subject = || peek_claims_unverified(jwt).ok()?.get("sub")?.as_str().map(ClientId::from);
        let Some(id) = id.clone().or_else(subject) else { return Ok(()) };
        let known = self.0.clients.find(&id).await?;
        if !known.is_some_and(|client| client.may_act(self.0.clock.now()) || client.suspended) {
            Box::pin(self.federated_client(&id, params)).await?;
        }
        Ok(())
    }

    /// The parameters of a pushed request of this client.
    pub(in crate::oidc) async fn pushed_request(&self, name: &str, client: &Client) -> Result<Params, OAuthError> {
        let gone = || OAuthError::new(ErrorCode::InvalidRequestUri, "the request_uri is unknown, used or expired");
        if name.len() > 64 {
            return Err(gone());
        }
        let value = self.0.ephemeral.get(&key(name)).await?.ok_or_else(gone)?;
        if self.0.ephemeral.get(&used_key(name)).await?.is_some() {
            return Err(gone());
        }
        let params: Params = serde_json::from_slice(&value).map_err(|_| gone())?;
        if params.get("client_id") == Some(client.id.as_str()) { Ok(params) } else { Err(gone()) }
    }

    /// Uses a pushed request up: of several windows at once exactly one gets its code, however long its person took.
    pub(in crate::oidc) async fn consume_pushed(&self, name: &str) -> Result<(), OAuthError> {
        let used = || OAuthError::new(ErrorCode::InvalidRequestUri, "the request_uri has been used");
        if self.0.ephemeral.mark(&used_key(name), REMEMBER_PUSHED).await? { Ok(()) } else { Err(used()) }
    }
}

fn key(name: &str) -> String {
    format!("par:{name}")
}

fn used_key(name: &str) -> String {
    format!("par-used:{name}")
}
