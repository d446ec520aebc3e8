//! `id_token_hint`: an ID token of ours, for this client; an expired one still names its person (OIDC Core §3.1.2.1).

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};

pub(in crate::oidc::authorize) fn check(
    provider: &Provider,
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    let Some(token) = request.params().get("id_token_hint") else { return Ok(()) };
    let hint = provider
        .read_id_token_hint(token)
        .filter(|hint| hint.client_id == request.client.id)
        .ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, "id_token_hint is not an ID token of this client"))?;
    if request.expected_subject.as_ref().is_some_and(|named| *named != hint.subject) {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "claims and id_token_hint name two persons"));
    }
    request.expected_subject = Some(hint.subject);
    request.expected_actor = hint.actor;
    request.hinted_company = hint.company;
    Ok(())
}
