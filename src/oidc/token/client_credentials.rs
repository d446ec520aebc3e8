//! `client_credentials` (RFC 6749 §4.4): a client for itself. No person, no ID token, no refresh token, no row.

use super::TokenResponse;
use crate::oidc::Provider;
use crate::oidc::access::NewAccess;
use crate::oidc::claims::SCOPES;
use crate::oidc::client::Client;
use crate::proto::oauth::{ErrorCode, OAuthError, Params, Scope};

impl Provider {
    /// Issues an access token to the client itself.
    pub(super) fn client_credentials(&self, client: &Client, params: &Params) -> Result<TokenResponse, OAuthError> {
        let scope = own_scope(client, params)?;
        let about = NewAccess {
            subject: client.id.as_str().to_owned(),
            jti: self.0.random.short_token(),
            scope: scope.clone(),
            auth_time: None,
            acr: None,
            acting: None,
            exchanged: None,
        };
        let (access_token, token) = self.0.access.issue(client, about)?;
        Ok(TokenResponse {
            access_token,
            issued_token_type: None,
            token_type: "Bearer",
            expires_in: token.life_seconds(),
            scope: Some(scope),
            id_token: None,
            refresh_token: None,
            authorization_details: None,
        })
    }
}

/// What a client may do for itself: the scopes it is registered for, less those that speak of a person.
fn own_scope(client: &Client, params: &Params) -> Result<Scope, OAuthError> {
    let of_person = |item: &str| SCOPES.iter().any(|scope| scope.name == item);
    let registered = client.metadata.scope.as_ref().map(|scope| scope.filtered(|item| !of_person(item)));
    let registered = registered.unwrap_or_default();
    let Some(asked) = params.get("scope") else { return Ok(registered) };
    let asked = Scope::parse(asked)?;
    if asked.is_subset(&registered) {
        Ok(asked)
    } else {
        Err(OAuthError::new(ErrorCode::InvalidScope, "the client is not registered for this scope"))
    }
}
