//! `acr_values`: wishes, in order of preference (OIDC Core §3.1.2.1). Unknown values are passed over.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::OAuthError;
use crate::proto::oidc::Acr;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.acr_wishes = match request.params().get("acr_values") {
        Some(text) => Acr::parse_list(text),
        None => request.client.metadata.default_acr_values.clone(),
    };
    request.acr_demand = request.client.metadata.minimum_acr;
    Ok(())
}
