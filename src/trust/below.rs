//! The nodes below, as trusted clients of this one: registered from `[[below]]` at every start, their keys read where they
//! publish them. A node that was suspended stays so.

use serde_json::json;

use super::config::{Below, LowerNode};
use crate::base::id::ClientId;
use crate::oidc::Provider;
use crate::oidc::endpoints::path;
use crate::proto::oauth::{ClientMetadata, ErrorCode, GrantType, OAuthError, RegistrationPolicy, ServedSubject};
use crate::realname::VERIFY_SCOPE;

/// Where a node receives the answers of the node above it, below its issuer.
pub const CALLBACK: &str = "/upstream/callback";
/// Where a node is told of logouts by the node above it, below its issuer.
pub const BACKCHANNEL_LOGOUT: &str = "/upstream/backchannel-logout";

/// Where browsers come back to whose sign-in a node passes up, below its issuer.
pub const PASSED: &str = "/upstream/passed";

/// By which law people are not asked whether a platform may know of them (PIPL art. 13).
const LEGAL_BASIS: &str = "国务院关于在线政务服务的若干规定（国务院令第716号）";

/// What a node below may ask of people.
const SCOPE: &str = "openid profile realname identity_number phone";

/// What it may ask for itself where it keeps its registrations in step.
const REGISTRATIONS: &str = "scim.read scim.write";
/// To read what changes of people who have used it.
const PEOPLE: &str = crate::oidc::people::SCOPE;

/// Writes every node below as a client.
///
/// # Errors
/// When a row makes no client, or the store cannot answer.
pub async fn register(provider: &Provider, below: &Below) -> Result<(), OAuthError> {
    for node in &below.0 {
        let own = provider.registration_policy();
        let http_loopback = own.http_loopback || node.issuer().is_loopback();
        let policy = RegistrationPolicy { trusted: true, http_loopback, ..own.clone() };
        let valid = metadata(node)?.validate(&policy)?;
        provider.put_client(&ClientId::from(node.entity_id.as_str()), valid, None).await?;
    }
    Ok(())
}

/// What it may ask of people, and on its own account.
fn scope(node: &LowerNode) -> String {
    let names = node.verifies.then_some(VERIFY_SCOPE);
    let registrations = node.registrations.then_some(REGISTRATIONS);
    let people = node.reads_people.then_some(PEOPLE);
    [Some(SCOPE), names, registrations, people].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn metadata(node: &LowerNode) -> Result<ClientMetadata, OAuthError> {
    let issuer = node.issuer().as_str();
    let at = |path: &str| format!("{issuer}{path}");
    let mut grants = vec![GrantType::AuthorizationCode];
    grants.extend((node.verifies || node.registrations || node.reads_people).then_some(GrantType::ClientCredentials));
    grants.extend(node.passes_sign_ins.then_some(GrantType::TokenExchange));
    let jwks_uri = node.jwks_uri.clone().unwrap_or_else(|| at(path::JWKS));
    let members = json!({
        "client_name": node.name.en,
        "client_name#zh-CN": node.name.zh_cn,
        "client_uri": at("/"),
        "redirect_uris": [at(CALLBACK)],
        "post_logout_redirect_uris": [at("/")],
        "backchannel_logout_uri": at(BACKCHANNEL_LOGOUT),
        "backchannel_logout_session_required": true,
        "grant_types": grants,
        "scope": scope(node),
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks_uri": jwks_uri,
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
        "require_pkce": true,
        "subject": if node.companies { ServedSubject::Either } else { ServedSubject::Person },
        "carries_companies": node.companies,
        "consent": "statutory",
        "legal_basis": LEGAL_BASIS,
        "region": node.region.as_str(),
    });
    serde_json::from_value(members)
        .map_err(|error| OAuthError::new(ErrorCode::InvalidClientMetadata, error.to_string()))
}
