//! `response_mode`: query by default for a code, fragment or form_post when asked (OAuth 2.0 Multiple Response Types, Form
//! Post). Only codes are served, so whatever else is asked gets its error in the same way.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::OAuthError;
use crate::proto::oidc::{ResponseMode, ResponseType};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(asked) = request.params().get("response_mode") else { return Ok(()) };
    request.response_mode = ResponseMode::resolve(Some(asked), ResponseType::Code)?;
    Ok(())
}
