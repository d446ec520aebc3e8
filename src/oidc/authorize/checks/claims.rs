//! The `claims` parameter (OIDC Core §5.5): claims one by one, an essential `acr` as a demand, a named `sub`.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::{Acr, ClaimsRequest};

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = request.params().get("claims") else { return Ok(()) };
    request.claims = ClaimsRequest::parse(text)?;
    request.proof_max_age = request.claims.proof_max_age();
    if let Some(wanted) = request.claims.id_token.get("acr") {
        let levels: Vec<Acr> = wanted.texts().filter_map(Acr::parse).collect();
        if wanted.essential {
            let least = levels.iter().min().copied();
            if least.is_none() && wanted.texts().next().is_some() {
                return Err(OAuthError::new(
                    ErrorCode::UnmetAuthenticationRequirements,
                    "none of the essential acr values is known here",
                ));
            }
            request.acr_demand = request.acr_demand.max(least);
        }
        request.acr_wishes.extend(levels);
    }
    let subject = request.claims.id_token.get("sub").and_then(|wanted| wanted.texts().next().map(str::to_owned));
    request.expected_subject = subject;
    Ok(())
}
