//! PKCE (RFC 7636): S256 only; required of public and native clients and where the client is registered so (threat 4).

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{Challenge, ErrorCode, OAuthError};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let method = request.params().get("code_challenge_method");
    let Some(challenge) = request.params().get("code_challenge") else {
        if method.is_some() {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "code_challenge_method without code_challenge"));
        }
        if request.client.metadata.needs_pkce() {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "this client must use PKCE: code_challenge is missing",
            ));
        }
        return Ok(());
    };
    request.challenge = Some(Challenge::parse(challenge, method)?);
    Ok(())
}
