//! `response_mode`: query by default, fragment or form_post when asked (OAuth 2.0 Multiple Response Types, Form Post).

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::ResponseMode;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(asked) = request.params().get("response_mode") else { return Ok(()) };
    request.response_mode = ResponseMode::parse(asked).ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidRequest, "response_mode must be query, fragment or form_post")
    })?;
    Ok(())
}
