//! The token endpoint (RFC 6749 §3.2): who asks, for which grant, one file a grant.
//!
//! Every grant that speaks for a person goes through `Provider::authorise` before anything is issued: disabled, locked, suspended
//! and level are decided there, once (threat 12).

mod authorization_code;
mod client_credentials;
mod exchange;
mod refresh_token;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::Provider;
use super::access::NewAccess;
use super::client::Client;
use super::client_auth::Credentials;
use super::grant::{Authentication, GrantDetail};
use super::id_token::IdTokenOf;
use crate::accounts::{AccountError, AccountState, Person};
use crate::base::id::GrantId;
use crate::proto::oauth::{ActingFor, ErrorCode, GrantType, OAuthError, Params, Scope};
use crate::proto::oidc::Acr;
use crate::session::{Amr, cap, strength};

/// A successful answer (RFC 6749 §5.1).
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// What it is, where another token was given for it (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// `Bearer`; `N_A` for what is no access token (RFC 8693 §2.2.1).
    pub token_type: &'static str,
    /// Its life in seconds.
    pub expires_in: u64,
    /// Granted scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The ID token, when `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The refresh token, for clients that have the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The company acted for (RFC 9396 §7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Value>,
}

/// What a grant needs to issue tokens for a person.
struct Issue<'a> {
    client: &'a Client,
    person: &'a Person,
    grant_id: &'a GrantId,
    detail: &'a GrantDetail,
    scope: &'a Scope,
    nonce: Option<&'a str>,
    /// The era of beliefs in which the grant was written.
    era: u64,
}

impl Provider {
    /// Answers one request to the token endpoint.
    pub async fn token(&self, credentials: &Credentials, params: &Params) -> Result<TokenResponse, OAuthError> {
        let unsupported = || OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant_type is not supported");
        let grant_type = GrantType::parse(params.require("grant_type")?).ok_or_else(unsupported)?;
        let client = self.authenticate_client(credentials).await?;
        if !client.metadata.allows_grant(grant_type) {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not use this grant_type"));
        }
        match grant_type {
            GrantType::AuthorizationCode => self.redeem_code(&client, params).await,
            GrantType::RefreshToken => self.refresh(&client, params).await,
            GrantType::ClientCredentials => self.client_credentials(&client, params),
            GrantType::TokenExchange => self.exchange(&client, params).await,
        }
    }

    /// Whether `client` may be given tokens for this person now: the one place that decides, for every grant.
    fn authorise(
        &self,
        client: &Client,
        found: Result<Arc<Person>, AccountError>,
        authentication: &Authentication,
    ) -> Result<Arc<Person>, OAuthError> {
        let gone = || OAuthError::new(ErrorCode::InvalidGrant, "the person may not sign in");
        let person = match found {
            Err(AccountError::Unknown) => return Err(gone()),
            other => other?,
        };
        if person.state != AccountState::Active {
            return Err(gone());
        }
        if person.lacks_guardian(self.0.clock.now()) {
            return Err(OAuthError::new(ErrorCode::InvalidGrant, "no guardian agrees for this person"));
        }
        let reached = counted(client, authentication)?;
        if client.metadata.minimum_acr.is_some_and(|least| !reached.satisfies(least)) {
            return Err(OAuthError::new(ErrorCode::InvalidGrant, "the level is below what this client demands"));
        }
        Ok(person)
    }

    /// Access token and, with `openid`, ID token of a grant.
    fn issue(&self, of: &Issue<'_>) -> Result<TokenResponse, OAuthError> {
        let (authentication, acting) = (&of.detail.authentication, of.detail.acting.as_ref());
        let about = NewAccess {
            subject: of.detail.subject.clone(),
            jti: format!("{}.{}", of.grant_id, self.0.random.short_token()),
            scope: of.scope.clone(),
            auth_time: Some(authentication.auth_time.seconds()),
            acr: Some(authentication.acr.urn().to_owned()),
            acting: acting.map(|acting| (acting.clone(), self.0.subjects.of(&of.person.id, of.client))),
            exchanged: None,
        };
        let (access_token, token) = self.0.access.issue(of.client, about)?;
        let id_token = if of.scope.contains("openid") {
            Some(self.id_token(&IdTokenOf {
                client: of.client,
                person: of.person,
                detail: of.detail,
                nonce: of.nonce,
                access_token: &access_token,
            })?)
        } else {
            None
        };
        self.0.grants.believe(&token.jti, of.era);
        Ok(TokenResponse {
            access_token,
            issued_token_type: None,
            token_type: "Bearer",
            expires_in: token.life_seconds(),
            scope: Some(of.scope.clone()),
            id_token,
            refresh_token: None,
            authorization_details: acting.map(|acting| ActingFor::granted(&acting.uscc)),
        })
    }
}

/// The level by what counts at this client now, whatever counted when the person signed in.
fn counted(client: &Client, authentication: &Authentication) -> Result<Acr, OAuthError> {
    if client.metadata.factors.is_empty() {
        return Ok(authentication.acr);
    }
    let counts = |method: &&String| client.metadata.counts(method);
    let counted: Vec<Amr> = authentication.amr.iter().filter(counts).filter_map(|method| Amr::parse(method)).collect();
    if strength(&counted).is_none() {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "this client does not count how the person signed in"));
    }
    Ok(authentication.acr.min(Acr::from_number(cap(&counted))))
}
