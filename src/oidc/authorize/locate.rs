//! Who asks and where the answer goes. Until both are certain, nobody is redirected (threat 1).

use std::sync::Arc;

use super::{AuthorizationRequest, Flow, Refusal};
use crate::base::id::ClientId;
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::oauth::{ErrorCode, OAuthError, Params, Scope, redirect_uri};
use crate::proto::oidc::{ClaimsRequest, Prompts, ResponseMode};

/// What a pushed request's URI begins with (RFC 9126 §2.2).
pub(crate) const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

impl Provider {
    /// Finds client, pushed request or request object, and redirect URI.
    pub(super) async fn locate(&self, flow: Flow) -> Result<AuthorizationRequest, Refusal> {
        let client = self.client_of(&flow.params).await.map_err(Refusal::of)?;
        let refused = |error| Refusal { client: Some(Arc::clone(&client)), ..Refusal::of(error) };
        let mut flow = flow;
        if !flow.resolved {
            (flow.params, flow.pushed) = self.whole_request(&flow.params, &client).await.map_err(refused)?;
            flow.resolved = true;
        }
        let params = flow.params.clone();
        let redirect_uri = redirect_target(&params, &client).map_err(refused)?;
        Ok(AuthorizationRequest {
            interacted: false,
            redirect_uri,
            response_mode: ResponseMode::Query,
            scope: Scope::default(),
            nonce: None,
            challenge: None,
            prompts: Prompts::default(),
            max_age: None,
            acr_wishes: Vec::new(),
            acr_demand: None,
            claims: ClaimsRequest::default(),
            expected_subject: None,
            params,
            client,
            flow,
        })
    }

    async fn client_of(&self, params: &Params) -> Result<Arc<Client>, OAuthError> {
        let id = ClientId::from(params.require("client_id")?);
        let unknown = || OAuthError::new(ErrorCode::InvalidClient, "no client has this client_id");
        let client = self.0.clients.find(&id).await?.ok_or_else(unknown)?;
        if client.suspended {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is suspended"));
        }
        Ok(client)
    }

    /// The parameters with those of a pushed request or a request object in place.
    async fn whole_request(&self, params: &Params, client: &Client) -> Result<(Params, Option<String>), OAuthError> {
        let pushed = params.get("request_uri").and_then(|uri| uri.strip_prefix(PUSHED)).map(str::to_owned);
        if let Some(key) = pushed {
            return Ok((self.pushed_request(&key, client).await?, Some(key)));
        }
        if client.metadata.require_pushed_authorization_requests {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "this client must push its authorization requests"));
        }
        Ok((self.with_request_object(params, client).await?, None))
    }
}

/// The redirect URI, exactly as registered (OIDC Core §3.1.2.1: it is always required).
fn redirect_target(params: &Params, client: &Client) -> Result<String, OAuthError> {
    let presented = params.require("redirect_uri")?;
    let metadata = &client.metadata;
    let known = metadata
        .redirect_uris
        .iter()
        .any(|registered| redirect_uri::matches(registered, presented, metadata.application_type));
    if known {
        Ok(presented.to_owned())
    } else {
        Err(OAuthError::new(ErrorCode::InvalidRequest, "redirect_uri is not one of the client's"))
    }
}
