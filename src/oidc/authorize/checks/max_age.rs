//! `max_age` (OIDC Core §3.1.2.1), or the client's `default_max_age`.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.max_age = match request.params().get("max_age") {
        None => request.client.metadata.default_max_age,
        Some(text) => Some(
            text.parse()
                .map_err(|_| OAuthError::new(ErrorCode::InvalidRequest, "max_age must be a whole number of seconds"))?,
        ),
    };
    Ok(())
}
