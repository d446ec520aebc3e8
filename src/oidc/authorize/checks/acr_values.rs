//! `acr_values`: wishes, in order of preference (OIDC Core §3.1.2.1). Unknown values are passed over.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::OAuthError;
use crate::proto::oidc::Acr;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    request.acr_wishes = match request.params().get("acr_values") {
        Some(text) => text.split(' ').filter_map(Acr::parse).collect(),
        None => request.client.metadata.default_acr_values.iter().filter_map(|text| Acr::parse(text)).collect(),
    };
    request.acr_demand = request.client.metadata.minimum_acr;
    Ok(())
}
