//! `prompt` (OIDC Core §3.1.2.1, Initiating User Registration 1.0), and what it means for `offline_access` (§11): offline
//! access is granted only with `prompt=consent` to a client that has the refresh grant; otherwise it is ignored.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{GrantType, OAuthError};
use crate::proto::oidc::{Prompt, Prompts};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    if let Some(text) = request.params().get("prompt") {
        request.prompts = Prompts::parse(text)?;
    }
    let refreshes = request.client.metadata.allows_grant(GrantType::RefreshToken);
    if !request.prompts.contains(Prompt::Consent) || !refreshes {
        request.scope = request.scope.filtered(|item| item != "offline_access");
    }
    Ok(())
}
