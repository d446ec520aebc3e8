//! Who asks and where the answer goes. Until both are certain, nobody is redirected (threat 1).

use std::sync::Arc;

use super::{AuthorizationRequest, Flow, Identity, Refusal};
use crate::base::id::ClientId;
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::oauth::{ErrorCode, OAuthError, Params, Scope};
use crate::proto::oidc::{ClaimsRequest, Prompts, ResponseMode};

/// What a pushed request's URI begins with (RFC 9126 §2.2).
pub(crate) const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

impl Provider {
    /// Finds client, pushed request or request object, and redirect URI.
    pub(super) async fn locate(&self, mut flow: Flow) -> Result<AuthorizationRequest, Refusal> {
        let client = self.client_of(&flow.params).await.map_err(Refusal::of)?;
        let refused = |error| Refusal { client: Some(Arc::clone(&client)), ..Refusal::of(error) };
        if !flow.resolved {
            (flow.params, flow.pushed) = self.whole_request(&flow.params, &client).await.map_err(refused)?;
            flow.resolved = true;
        }
        AuthorizationRequest::of(flow, Arc::clone(&client)).map_err(refused)
    }

    /// Looks at a request that a client pushes as if a browser had brought it (RFC 9126 §2.1), and gives its error at once.
    pub(in crate::oidc) fn check_pushed(&self, params: Params, client: &Arc<Client>) -> Result<(), OAuthError> {
        let mut request = AuthorizationRequest::of(self.begin_flow(params), Arc::clone(client))?;
        self.check(&mut request)
    }

    /// The client that a request names, if it may act now.
    pub(super) async fn client_of(&self, params: &Params) -> Result<Arc<Client>, OAuthError> {
        let id = ClientId::from(params.require("client_id")?);
        let unknown = || OAuthError::new(ErrorCode::InvalidClient, "no client has this client_id");
        let known = self.0.clients.find(&id).await?;
        if known.as_ref().is_some_and(|client| client.suspended) {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is suspended"));
        }
        match known.filter(|client| client.may_act(self.0.clock.now())) {
            Some(client) => Ok(client),
            None => Box::pin(self.federated_client(&id, params)).await?.ok_or_else(unknown),
        }
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

impl AuthorizationRequest {
    /// The request of a flow whose parameters are in place; the checks fill in the rest.
    fn of(flow: Flow, client: Arc<Client>) -> Result<Self, OAuthError> {
        Ok(Self {
            interacted: false,
            redirect_uri: redirect_target(&flow.params, &client)?,
            response_mode: ResponseMode::Query,
            scope: Scope::default(),
            nonce: None,
            challenge: None,
            prompts: Prompts::default(),
            max_age: None,
            acr_wishes: Vec::new(),
            acr_demand: None,
            proof_max_age: None,
            claims: ClaimsRequest::default(),
            expected_subject: None,
            expected_actor: None,
            named_company: None,
            hinted_company: None,
            standings: Vec::new(),
            identity: Identity::Oneself,
            client,
            flow,
        })
    }
}

/// The redirect URI, exactly as registered (OIDC Core §3.1.2.1: it is always required).
fn redirect_target(params: &Params, client: &Client) -> Result<String, OAuthError> {
    let presented = params.require("redirect_uri")?;
    if client.metadata.accepts_redirect_uri(presented) {
        Ok(presented.to_owned())
    } else {
        Err(OAuthError::new(ErrorCode::InvalidRequest, "redirect_uri is not one of the client's"))
    }
}
