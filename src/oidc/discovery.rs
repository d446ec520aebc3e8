//! Discovery (OIDC Discovery 1.0, RFC 8414): one document for both, built once. What it lists is read from the tables that
//! the engine works by, so it promises exactly what is served.

use serde_json::{Map, Value, json};

use super::Provider;
use super::assurance;
use super::claims::{ACTING_CLAIMS, SCOPES, SIGN_IN_CLAIMS, person_claims};
use super::registration::RegistrationMode;
use crate::federation::RegistrationType;
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::authorization_details::ACTING_FOR;
use crate::proto::oauth::{CLIENT_ALGS, ClientAuthMethod, GrantType};
use crate::proto::oidc::{Acr, Prompt, ResponseMode, ResponseType, SubjectType};

impl Provider {
    /// The provider's metadata.
    #[must_use]
    pub fn discovery(&self) -> Value {
        let at = &self.0.endpoints;
        let about_sign_in = SIGN_IN_CLAIMS.iter().chain(ACTING_CLAIMS).copied();
        let claims: Vec<&str> = person_claims().chain(["verified_claims"]).chain(about_sign_in).collect();
        let scopes: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
        let levels: Vec<&str> = Acr::ALL.iter().map(|acr| acr.urn()).collect();
        let mut document = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at.authorize,
            "token_endpoint": at.token,
            "userinfo_endpoint": at.userinfo,
            "jwks_uri": at.jwks,
            "introspection_endpoint": at.introspect,
            "revocation_endpoint": at.revoke,
            "pushed_authorization_request_endpoint": at.par,
            "end_session_endpoint": at.logout,
            "hufu_realname_verification_endpoint": at.verifications,
            "hufu_users_endpoint": at.users,
            "hufu_trust_logout_endpoint": at.trust_logout,
            "hufu_trust_begin_endpoint": at.trust_begin,
            "hufu_trust_ticket_endpoint": at.trust_ticket,
            "scopes_supported": scopes,
            "claims_supported": claims,
            "claim_types_supported": ["normal"],
            "acr_values_supported": levels,
            "ui_locales_supported": ["zh-CN", "en"],
        });
        if let Value::Object(members) = &mut document {
            for more in [abilities(&self.0.registration.policy.signing_algs), assurance::metadata()] {
                members.extend(more.as_object().cloned().unwrap_or_default());
            }
            members.extend(self.in_the_federation());
            if self.0.registration.mode != RegistrationMode::Closed {
                members.insert("registration_endpoint".into(), json!(at.register));
            }
        }
        document
    }
}

impl Provider {
    /// How services of the federation register (OpenID Federation §5.1.3); nothing where it is off.
    fn in_the_federation(&self) -> Map<String, Value> {
        let federation = self.0.federation.config();
        if !federation.enabled || federation.registration.is_empty() {
            return Map::new();
        }
        let mut members = Map::from_iter([
            ("client_registration_types_supported".to_owned(), json!(federation.registration)),
            ("request_authentication_signing_alg_values_supported".to_owned(), json!(CLIENT_ALGS)),
        ]);
        if federation.registers(RegistrationType::Explicit) {
            let endpoint = format!("{}{}", self.issuer(), crate::federation::path::REGISTER);
            members.insert("federation_registration_endpoint".to_owned(), json!(endpoint));
        }
        members
    }
}

/// What does not depend on where the provider is; it signs with `signing_algs`.
fn abilities(signing_algs: &[SigningAlg]) -> Value {
    let proving: Vec<&ClientAuthMethod> =
        ClientAuthMethod::ALL.iter().filter(|m| **m != ClientAuthMethod::None).collect();
    let prompts: Vec<&str> = Prompt::ALL.iter().map(|prompt| prompt.as_str()).collect();
    json!({
        "response_types_supported": ResponseType::SERVED,
        "response_modes_supported": ResponseMode::ALL,
        "grant_types_supported": GrantType::ALL,
        "subject_types_supported": SubjectType::ALL,
        "id_token_signing_alg_values_supported": signing_algs,
        "userinfo_signing_alg_values_supported": signing_algs,
        "request_object_signing_alg_values_supported": CLIENT_ALGS,
        "token_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
        "token_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "introspection_endpoint_auth_methods_supported": proving,
        "introspection_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "revocation_endpoint_auth_methods_supported": ClientAuthMethod::ALL,
        "revocation_endpoint_auth_signing_alg_values_supported": CLIENT_ALGS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": prompts,
        "display_values_supported": ["page"],
        "authorization_details_types_supported": [ACTING_FOR],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_node_does_not_sign_with_is_not_listed() {
        let offered = abilities(&[SigningAlg::RS256, SigningAlg::ES256]);
        for name in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
            assert_eq!(offered[name], json!(["RS256", "ES256"]), "{name}");
        }
    }

    #[test]
    fn what_is_listed_is_what_is_served() {
        let offered = abilities(&[SigningAlg::RS256]);
        assert_eq!(offered["response_types_supported"], json!(["code"]));
        assert_eq!(offered["response_modes_supported"], json!(["query", "fragment", "form_post"]));
        let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        let grants = json!(["authorization_code", "refresh_token", "client_credentials", exchange]);
        assert_eq!(offered["grant_types_supported"], grants);
        let prompts = json!(["none", "login", "consent", "select_account", "create"]);
        assert_eq!(offered["prompt_values_supported"], prompts);
    }
}
