//! Discovery (OIDC Discovery 1.0, RFC 8414): one document for both, built once. What it lists is read from the tables that
//! the engine works by, so it promises exactly what is served.

use serde_json::{Value, json};

use super::Provider;
use super::claims::{SCOPES, SIGN_IN_CLAIMS, person_claims};
use super::token::GRANT_TYPES;
use crate::proto::oauth::{CLIENT_ALGS, CLIENT_AUTH_METHODS, SERVED_ALGS};
use crate::proto::oidc::Acr;

impl Provider {
    /// The provider's metadata.
    #[must_use]
    pub fn discovery(&self) -> Value {
        let at = &self.0.endpoints;
        let claims: Vec<&str> = person_claims().chain(SIGN_IN_CLAIMS.iter().copied()).collect();
        let scopes: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
        let levels: Vec<&str> = Acr::ALL.iter().map(|acr| acr.urn()).collect();
        let signs: Vec<_> = SERVED_ALGS.iter().filter(|alg| self.0.keys.algs().contains(alg)).collect();
        let mut document = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at.authorize,
            "token_endpoint": at.token,
            "userinfo_endpoint": at.userinfo,
            "jwks_uri": at.jwks,
            "registration_endpoint": at.register,
            "introspection_endpoint": at.introspect,
            "revocation_endpoint": at.revoke,
            "pushed_authorization_request_endpoint": at.par,
            "end_session_endpoint": at.logout,
            "scopes_supported": scopes,
            "claims_supported": claims,
            "claim_types_supported": ["normal"],
            "acr_values_supported": levels,
            "ui_locales_supported": ["zh-CN", "en"],
            "id_token_signing_alg_values_supported": signs,
            "userinfo_signing_alg_values_supported": signs,
        });
        if let Value::Object(members) = &mut document
            && let Value::Object(abilities) = abilities()
        {
            members.extend(abilities);
        }
        document
    }
}

/// What does not depend on where the provider is.
fn abilities() -> Value {
    json!({
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": GRANT_TYPES,
        "subject_types_supported": ["pairwise", "public"],
        "request_object_signing_alg_values_supported": CLIENT_ALGS,
        "token_endpoint_auth_methods_supported": CLIENT_AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "introspection_endpoint_auth_methods_supported": CLIENT_AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "revocation_endpoint_auth_methods_supported": CLIENT_AUTH_METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "display_values_supported": ["page"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "require_pushed_authorization_requests": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": false,
        "frontchannel_logout_session_supported": false,
        "tls_client_certificate_bound_access_tokens": false,
    })
}
