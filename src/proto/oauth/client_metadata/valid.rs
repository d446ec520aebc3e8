//! [`ValidMetadata`]: what the engine asks about a client, and [`Sector`], which is fixed once.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AccessTokenFormat, ApplicationType, CLIENT_ALGS, ClientAuthMethod, ConsentMode, FacadeKind, GrantType, Localized,
    LoginMethod, Purposes, Reauthenticate, ServedSubject,
};
use crate::base::encoding::{base64url, sha256};
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::error::{ErrorCode, OAuthError};
use crate::proto::oauth::redirect_uri;
use crate::proto::oauth::scope::Scope;
use crate::proto::oidc::{Acr, ResponseType, SubjectType};

/// Whom pairwise subjects are made for (OIDC Core §8.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sector {
    /// Every client of this host: that of `sector_identifier_uri`, or else of the redirect URIs.
    Host(String),
    /// The client alone: nobody can be said to own its redirect URIs.
    Own,
}

/// Client metadata that kept every rule, with the defaults filled in. Stored like this: loading it back does not judge it
/// again, so a stricter rule does not lock out a client that is already there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each member is documented at ClientMetadata, which has the same names")]
pub struct ValidMetadata {
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub response_types: Vec<ResponseType>,
    pub grant_types: Vec<GrantType>,
    pub application_type: ApplicationType,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    pub subject_type: SubjectType,
    pub id_token_signed_response_alg: SigningAlg,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlg>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<SigningAlg>,
    pub token_endpoint_auth_method: ClientAuthMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<SigningAlg>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    #[serde(default)]
    pub require_auth_time: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<Acr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(default)]
    pub backchannel_logout_session_required: bool,
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    #[serde(default)]
    pub require_signed_request_object: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    pub access_token_format: AccessTokenFormat,
    #[serde(default)]
    pub require_pkce: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_acr: Option<Acr>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<LoginMethod>,
    pub consent: ConsentMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Purposes::is_empty")]
    pub purposes: Purposes,
    pub reauthenticate: Reauthenticate,
    #[serde(default)]
    pub isolated: bool,
    #[serde(default)]
    pub logout_on_expiry: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default = "persons")]
    pub subject: ServedSubject,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matters: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carries_companies: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resource_server: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchange_resources: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facade: Option<FacadeKind>,
    #[serde(flatten)]
    pub localized: Localized,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sector: Option<Sector>,
}

/// Whom a client serves that was registered before it could say.
const fn persons() -> ServedSubject {
    ServedSubject::Person
}

impl ValidMetadata {
    /// Whether a way of signing in, by its RFC 8176 name, counts at this client. `user` and `mca` are no ways: they say how
    /// another one was shown.
    #[must_use]
    pub fn counts(&self, method: &str) -> bool {
        let named = |factor: &LoginMethod| factor.as_str() == method;
        self.factors.is_empty() || matches!(method, "user" | "mca") || self.factors.iter().any(named)
    }

    /// What a registration answers (RFC 7591 §3.2.1): every member, with the defaults filled in; not the sector, which is
    /// ours.
    ///
    /// # Errors
    /// When a text cannot be written as JSON.
    pub fn as_registered(&self) -> serde_json::Result<serde_json::Map<String, Value>> {
        let mut members = match serde_json::to_value(self)? {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        members.remove("sector");
        Ok(members)
    }

    /// The host that pairwise subjects are made for; `None`: the client alone.
    #[must_use]
    pub fn sector(&self) -> Option<&str> {
        match &self.sector {
            Some(Sector::Host(host)) => Some(host),
            Some(Sector::Own) | None => None,
        }
    }

    /// The sector is fixed when the client first has one. Takes it over from what was registered `earlier`.
    ///
    /// Who may register a victim's host and then move to one of their own would be told the victim's subjects.
    ///
    /// # Errors
    /// `invalid_client_metadata`: these redirect URIs, or this `sector_identifier_uri`, are of another sector.
    pub fn succeeding(self, earlier: &Self) -> Result<Self, OAuthError> {
        let moved = match (&earlier.sector, &self.sector) {
            (Some(Sector::Own), Some(_)) => self.sector_identifier_uri.is_some(),
            (Some(fixed), Some(found)) => fixed != found,
            _ => false,
        };
        if moved {
            return Err(OAuthError::new(
                ErrorCode::InvalidClientMetadata,
                "redirect_uris: outside the sector that is fixed for this client; its sector_identifier_uri must list them",
            ));
        }
        Ok(self.keeping_sector(earlier))
    }

    /// The same without judging: an administrator moves a client, and people keep their subjects.
    #[must_use]
    pub fn keeping_sector(mut self, earlier: &Self) -> Self {
        self.sector = earlier.sector.clone().or(self.sector);
        self
    }

    /// Whether `presented` is a registered redirect URI.
    #[must_use]
    pub fn accepts_redirect_uri(&self, presented: &str) -> bool {
        self.redirect_uris.iter().any(|uri| redirect_uri::matches(uri, presented, self.application_type))
    }

    /// Whether `presented` is a registered URI for after signing out.
    #[must_use]
    pub fn accepts_post_logout_redirect_uri(&self, presented: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|uri| redirect_uri::matches(uri, presented, self.application_type))
    }

    /// Whether the client may use this grant.
    #[must_use]
    pub fn allows_grant(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether every request must bring a PKCE challenge: public and native clients, and those registered so.
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce
            || self.token_endpoint_auth_method == ClientAuthMethod::None
            || self.application_type == ApplicationType::Native
    }

    /// Whether a fresh sign-in is needed every time; always so for an isolated client.
    #[must_use]
    pub fn reauthenticates_always(&self) -> bool {
        self.isolated || self.reauthenticate == Reauthenticate::Always
    }

    /// Algorithms that its assertions may be signed with.
    #[must_use]
    pub fn assertion_algs(&self) -> Vec<SigningAlg> {
        self.token_endpoint_auth_signing_alg.map_or_else(|| CLIENT_ALGS.to_vec(), |alg| vec![alg])
    }

    /// The name in a language, or the one without.
    #[must_use]
    pub fn name(&self, language: &str) -> Option<&str> {
        self.localized.get("client_name", language).or(self.client_name.as_deref())
    }

    /// What it needs people's information for, in a language or in the wording without one.
    #[must_use]
    pub fn purpose(&self, language: &str) -> Option<&str> {
        self.localized.get("purpose", language).or(self.purpose.as_deref())
    }

    /// Names the wording of every purpose: whoever agreed to another one is asked again. Empty where none is said.
    #[must_use]
    pub fn purpose_version(&self) -> String {
        let spoken: Vec<_> = self.localized.iter().filter(|(member, ..)| *member == "purpose").collect();
        if self.purpose.is_none() && spoken.is_empty() && self.purposes.is_empty() {
            return String::new();
        }
        let said = serde_json::to_vec(&(&self.purpose, spoken, &self.purposes)).unwrap_or_default();
        let hash = base64url(&sha256(&said));
        hash.chars().take(16).collect()
    }

    /// The URLs that this server will fetch or call.
    pub fn fetched_urls(&self) -> impl Iterator<Item = &str> {
        [&self.jwks_uri, &self.sector_identifier_uri, &self.backchannel_logout_uri]
            .into_iter()
            .flatten()
            .chain(&self.request_uris)
            .map(String::as_str)
    }
}
