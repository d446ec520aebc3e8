//! Whether somebody agrees for a child under 14 (PIPL art. 31). A child cannot agree alone: without a guardian nothing of it
//! goes to any service, whatever the service's legal basis is.

use super::super::{AuthorizationRequest, Outcome, SignedIn};
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// The page that says so, for a child without a guardian.
pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    if !signed_in.person.lacks_guardian(provider.0.clock.now()) {
        return Ok(None);
    }
    if request.silent() {
        return Err(OAuthError::new(ErrorCode::ConsentRequired, "a guardian must agree for this person first"));
    }
    Ok(Some(Outcome::NeedGuardian(request.asked(provider, ()).await?)))
}
