//! `nonce`: optional in the code flow; bounded, for it travels in every token of the sign-in.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Longest nonce, in bytes.
const MAX_NONCE: usize = 512;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let nonce = request.params().get("nonce").map(str::to_owned);
    if nonce.as_ref().is_some_and(|nonce| nonce.len() > MAX_NONCE) {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "nonce is longer than 512 bytes"));
    }
    request.nonce = nonce;
    Ok(())
}
