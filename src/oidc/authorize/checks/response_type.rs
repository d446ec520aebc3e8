//! `response_type`: required, known, and registered for this client (RFC 6749 §3.1.1).

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::ResponseType;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let asked = request.params().require("response_type")?;
    let asked = ResponseType::parse(asked)?;
    if !ResponseType::SERVED.contains(&asked) {
        return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "only response_type=code is supported"));
    }
    if !request.client.metadata.response_types.contains(&asked) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not use this response_type"));
    }
    Ok(())
}
