//! Token exchange (RFC 8693) for calls on behalf of a person: a service that was given a token calls another one with a token of
//! its own, which says in `act` who calls, and through whom it came.
//!
//! One audience a hop, from the list that the operator has granted the client. Level, login clock, issuer and grant stay: the
//! new token ends when the one that it came from ends, its session, consent or mandate does. Scopes only narrow, and there is
//! no refresh token. Tickets for trust passing are exchanged in `crate::trust::from_below`.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::TokenResponse;
use crate::base::id::{ClientId, GrantId};
use crate::oidc::Provider;
use crate::oidc::access::{AccessToken, Exchanged, Holding, NewAccess};
use crate::oidc::acting;
use crate::oidc::client::Client;
use crate::oidc::grant::Held;
use crate::proto::oauth::{ClientAuthMethod, ErrorCode, OAuthError, Params, Scope};

/// The type of an access token (RFC 8693 §3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Most services between a person and the one that is called.
const MOST_HOPS: usize = 4;

/// RFC 8693 §2.2.2: whatever is wrong with the token that is brought is `invalid_request`.
fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

fn unacceptable(error: OAuthError) -> OAuthError {
    if error.code == ErrorCode::InvalidGrant { error.told_as(ErrorCode::InvalidRequest) } else { error }
}

/// A token that may be exchanged by who brings it.
struct Subject {
    token: AccessToken,
    grant_id: GrantId,
    held: Arc<Held>,
    /// The services through whose hands it came, the first one first.
    through: Vec<String>,
}

impl Provider {
    /// Exchanges an access token of this node for one towards another service.
    pub(super) async fn exchange(&self, client: &Client, params: &Params) -> Result<TokenResponse, OAuthError> {
        read_kinds(params)?;
        // Who calls stands in `act`: it must have been proven.
        if client.metadata.token_endpoint_auth_method == ClientAuthMethod::None {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "a public client exchanges no tokens"));
        }
        let era = self.0.grants.era();
        let subject = self.subject_token(client, params.require("subject_token")?).await?;
        let resource = self.target(client, params).await?;
        let (account, detail) = (&subject.held.account_id, &subject.held.detail);
        let person = self.0.accounts.find(account).await;
        self.authorise(client, person, &detail.authentication).map_err(unacceptable)?;
        let person = self.0.accounts.find(account).await;
        self.authorise(&resource, person, &detail.authentication).map_err(unacceptable)?;
        self.may_still_act(client, &resource, &subject.held).await?;
        let scope = narrowed(&subject.token.scope, params)?;
        let about = self.on_behalf(client, &resource, &subject, scope.clone());
        let (access_token, token) = self.0.access.issue(client, about)?;
        self.0.grants.believe(&token.jti, era);
        Ok(TokenResponse {
            access_token,
            issued_token_type: Some(ACCESS_TOKEN),
            token_type: "Bearer",
            expires_in: token.life_seconds(),
            scope: Some(scope),
            id_token: None,
            refresh_token: None,
            authorization_details: None,
        })
    }

    /// The token that is brought: of this node, a person's, alive, and in the hands of whom it was given to: the client, or the
    /// service that was called with it.
    async fn subject_token(&self, client: &Client, text: &str) -> Result<Subject, OAuthError> {
        let dead = || refused("subject_token is not valid");
        let Holding { token, .. } = self.holding_for(text, &client.id).await?.ok_or_else(dead)?;
        let own = token.aud == self.issuer() && token.client_id == client.id;
        if !own && token.aud != client.id.as_str() {
            return Err(refused("subject_token was not given to this client"));
        }
        let grant_id = token.grant_id().ok_or_else(|| refused("subject_token speaks for no person"))?;
        let held = self.0.grants.held(&grant_id).await?.ok_or_else(dead)?;
        let through = hands(token.act.as_ref());
        if through.len() >= MOST_HOPS {
            return Err(refused("subject_token has come through too many hands"));
        }
        Ok(Subject { token, grant_id, held, through })
    }

    /// The one service that is to be called: the operator lets this client call it, and has named it a resource.
    async fn target(&self, client: &Client, params: &Params) -> Result<Arc<Client>, OAuthError> {
        let wrong = |why| OAuthError::new(ErrorCode::InvalidTarget, why);
        let mut all = params.all("audience").chain(params.all("resource"));
        let (Some(name), None) = (all.next(), all.next()) else {
            return Err(wrong("exactly one audience or resource must be named"));
        };
        if !client.metadata.exchange_resources.iter().any(|allowed| allowed == name) {
            return Err(wrong("the client may not exchange tokens towards this audience"));
        }
        let resource = self.0.clients.find(&ClientId::from(name)).await?;
        let now = self.0.clock.now();
        let resource = resource.filter(|resource| resource.may_act(now) && resource.metadata.resource_server);
        resource.ok_or_else(|| wrong("the audience takes no tokens"))
    }

    /// Who acts for a company still may, at both ends.
    async fn may_still_act(&self, client: &Client, resource: &Client, held: &Held) -> Result<(), OAuthError> {
        let mandate = held.detail.acting.as_ref().map(|acting| &acting.mandate_id);
        let for_people = |party: &Client| party.metadata.subject.serves_persons();
        if mandate.is_none() && for_people(client) && for_people(resource) {
            return Ok(());
        }
        let mut tx = self.0.store.begin().await?;
        for party in [client, resource] {
            self.still_acting(&mut tx, (party, &held.account_id), mandate).await.map_err(unacceptable)?;
        }
        Ok(())
    }

    fn on_behalf(&self, client: &Client, resource: &Client, subject: &Subject, scope: Scope) -> NewAccess {
        let (account, acting) = (&subject.held.account_id, subject.held.detail.acting.as_ref());
        let person = self.0.subjects.of(account, resource);
        let mut act = acting.map(|_| json!({ "sub": person }));
        for hand in subject.through.iter().map(String::as_str).chain([client.id.as_str()]) {
            let mut actor = Map::from_iter([("client_id".to_owned(), json!(hand)), ("sub".to_owned(), json!(hand))]);
            actor.extend(act.take().map(|earlier| ("act".to_owned(), earlier)));
            act = Some(Value::Object(actor));
        }
        NewAccess {
            subject: acting::subject(self, resource, account, acting),
            jti: format!("{}.{}", subject.grant_id, self.0.random.short_token()),
            scope,
            auth_time: subject.token.auth_time,
            acr: subject.token.acr.clone(),
            acting: acting.map(|acting| (acting.clone(), person)),
            exchanged: Some(Exchanged {
                audience: resource.id.to_string(),
                format: resource.metadata.access_token_format,
                until: subject.token.exp,
                act: act.unwrap_or_default(),
            }),
        }
    }
}

/// RFC 8693 §2.1: an access token for an access token, by the client itself.
fn read_kinds(params: &Params) -> Result<(), OAuthError> {
    if params.require("subject_token_type")? != ACCESS_TOKEN {
        return Err(refused("subject_token_type must be that of an access token"));
    }
    if params.get("requested_token_type").is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(refused("requested_token_type must be that of an access token"));
    }
    if params.get("actor_token").is_some() {
        return Err(refused("actor_token is not taken: the client itself acts"));
    }
    Ok(())
}

/// The services that stand in `act`, the first one first; the person who acts for a company is none.
fn hands(act: Option<&Value>) -> Vec<String> {
    let mut hands = Vec::new();
    let mut next = act;
    while let Some(actor) = next {
        hands.extend(actor.get("client_id").and_then(Value::as_str).map(str::to_owned));
        next = actor.get("act");
    }
    hands.reverse();
    hands
}

/// What was granted, or less of it when asked; signing in and staying signed in are not passed on.
fn narrowed(granted: &Scope, params: &Params) -> Result<Scope, OAuthError> {
    let passed_on = |item: &str| !matches!(item, "openid" | "offline_access");
    let Some(asked) = params.get("scope") else { return Ok(granted.filtered(passed_on)) };
    let asked = Scope::parse(asked)?;
    if asked.is_subset(&granted.filtered(passed_on)) {
        Ok(asked)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "more scope is asked for than the token has"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hands_that_a_token_came_through_are_read_in_their_order_and_people_are_none() {
        let act =
            json!({"client_id": "b", "sub": "b", "act": {"client_id": "a", "sub": "a", "act": {"sub": "person"}}});
        assert_eq!(hands(Some(&act)), ["a", "b"]);
        assert!(hands(Some(&json!({"sub": "person"}))).is_empty() && hands(None).is_empty());
    }
}
