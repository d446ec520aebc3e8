//! `scope`: `openid` is required (OIDC Core §3.1.2.1); unknown values are ignored, as are those the client may not have.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::oidc::claims::SCOPES;
use crate::proto::oauth::{ErrorCode, OAuthError, Scope};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let asked = Scope::parse(request.params().require("scope")?)?;
    if !asked.contains("openid") {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope must contain openid"));
    }
    let allowed = request.client.metadata.scope.as_ref();
    request.scope = asked.filtered(|item| {
        let known = SCOPES.iter().any(|scope| scope.name == item);
        known && (item == "openid" || allowed.is_none_or(|allowed| allowed.contains(item)))
    });
    Ok(())
}
