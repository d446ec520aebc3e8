//! Client metadata (RFC 7591 §2, OIDC Registration 1.0 §2, and hufu's own members): its shape, its defaults, its rules.
//!
//! [`ClientMetadata`] is what a client says of itself; [`ValidMetadata`] is what may be stored: every default filled in,
//! every rule held. Nothing is fetched here; what a URL points at is looked at in `crate::oidc::registration`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Host, Url};

use super::client_uri::{self, UriRule};
use super::error::{ErrorCode, OAuthError};
use super::scope::Scope;
use crate::proto::jose::SigningAlg;
use crate::proto::oidc::{Acr, ResponseType, SubjectType};

/// Most entries of any list.
const MAX_LIST: usize = 32;
/// Longest text.
const MAX_TEXT: usize = 1024;

/// OIDC Registration §2 `application_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server.
    #[default]
    Web,
    /// Runs on a person's device.
    Native,
}

/// How a client authenticates (OIDC Core §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
    /// By a signed assertion.
    PrivateKeyJwt,
    /// Not at all: a public client.
    None,
}

/// Every method that is served, for discovery.
pub const CLIENT_AUTH_METHODS: &[ClientAuthMethod] = &[
    ClientAuthMethod::ClientSecretBasic,
    ClientAuthMethod::ClientSecretPost,
    ClientAuthMethod::PrivateKeyJwt,
    ClientAuthMethod::None,
];

/// Algorithms that this server signs with.
pub const SERVED_ALGS: &[SigningAlg] = &[SigningAlg::RS256, SigningAlg::ES256, SigningAlg::EdDSA];

/// Algorithms that clients may sign with: assertions and request objects.
pub const CLIENT_ALGS: &[SigningAlg] = &[SigningAlg::RS256, SigningAlg::PS256, SigningAlg::ES256, SigningAlg::EdDSA];

/// When a person is asked to agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// Never for what is not sensitive: a legal basis is on record.
    Statutory,
    /// At the first sign-in, and when more is asked.
    FirstUse,
    /// At every sign-in.
    Always,
}

/// What access tokens look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068.
    #[default]
    Jwt,
    /// Sealed.
    Opaque,
}

/// What may differ between profiles.
#[derive(Clone, Debug)]
pub struct RegistrationPolicy {
    /// `subject_type` of clients that do not say.
    pub subject_type: SubjectType,
    /// Consent mode of clients that do not say.
    pub consent: ConsentMode,
    /// Whether `http` is allowed for loopback hosts of web clients (the demo).
    pub http_loopback: bool,
    /// Whether clients may set hufu's privileged members: `consent: statutory`.
    pub trusted: bool,
}

macro_rules! metadata {
    ($($(#[$attr:meta])* $field:ident: $type:ty),+ $(,)?) => {
        /// What a client says of itself. Members that are not listed are ignored (RFC 7591 §2).
        #[derive(Clone, Debug, Default, Deserialize)]
        pub struct ClientMetadata {
            $($(#[$attr])* #[serde(default)] pub $field: $type,)+
            /// Names in languages, `client_name#zh-CN` (RFC 7591 §2.2), and everything unknown.
            #[serde(flatten)]
            pub other: BTreeMap<String, Value>,
        }
    };
}

metadata! {
    /// Where responses may go.
    redirect_uris: Vec<String>,
    /// Response types the client will use.
    response_types: Option<Vec<String>>,
    /// Grant types the client will use.
    grant_types: Option<Vec<String>>,
    /// Web or native.
    application_type: Option<ApplicationType>,
    /// Addresses of those responsible.
    contacts: Vec<String>,
    /// Its name.
    client_name: Option<String>,
    /// Its logo.
    logo_uri: Option<String>,
    /// Its home page.
    client_uri: Option<String>,
    /// Its privacy policy.
    policy_uri: Option<String>,
    /// Its terms.
    tos_uri: Option<String>,
    /// Where its keys are.
    jwks_uri: Option<String>,
    /// Its keys.
    jwks: Option<Value>,
    /// The list of redirect URIs that share its subjects.
    sector_identifier_uri: Option<String>,
    /// Pairwise or public.
    subject_type: Option<SubjectType>,
    /// Algorithm of its ID tokens.
    id_token_signed_response_alg: Option<String>,
    /// Algorithm of UserInfo answers.
    userinfo_signed_response_alg: Option<String>,
    /// Algorithm of its request objects.
    request_object_signing_alg: Option<String>,
    /// How it authenticates.
    token_endpoint_auth_method: Option<String>,
    /// Algorithm of its assertions.
    token_endpoint_auth_signing_alg: Option<String>,
    /// Default of `max_age`.
    default_max_age: Option<u64>,
    /// Whether it wants `auth_time` (it always gets it).
    require_auth_time: bool,
    /// Default of `acr_values`.
    default_acr_values: Vec<String>,
    /// Where a sign-in can be started from outside.
    initiate_login_uri: Option<String>,
    /// Where its request objects are.
    request_uris: Vec<String>,
    /// Where a logout may return to.
    post_logout_redirect_uris: Vec<String>,
    /// Where it is told of logouts.
    backchannel_logout_uri: Option<String>,
    /// Whether it wants `sid` (it always gets it).
    backchannel_logout_session_required: bool,
    /// Whether it must push its requests (RFC 9126 §6).
    require_pushed_authorization_requests: bool,
    /// Whether it must sign its requests (RFC 9101 §10.5).
    require_signed_request_object: bool,
    /// Scopes it may ask for.
    scope: Option<String>,
    /// Its software's name.
    software_id: Option<String>,
    /// Its software's version.
    software_version: Option<String>,
    /// hufu: JWT or opaque access tokens.
    access_token_format: Option<AccessTokenFormat>,
    /// hufu: PKCE in every request.
    require_pkce: Option<bool>,
    /// hufu: least level of a sign-in, `urn:hufu:acr:l2`.
    minimum_acr: Option<String>,
    /// hufu: when consent is asked.
    consent: Option<ConsentMode>,
    /// hufu: the legal basis of a `statutory` client.
    legal_basis: Option<String>,
    /// hufu: `always` for a fresh sign-in every time.
    reauthenticate: Option<String>,
    /// hufu: told of sessions that run out, too.
    logout_on_expiry: bool,
    /// Encryption is not served; asking for it is refused.
    id_token_encrypted_response_alg: Option<String>,
    /// Encryption is not served; asking for it is refused.
    userinfo_encrypted_response_alg: Option<String>,
    /// Encryption is not served; asking for it is refused.
    request_object_encryption_alg: Option<String>,
}

/// Metadata that may be stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each member is documented at ClientMetadata, which has the same names")]
pub struct ValidMetadata {
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    #[serde(default)]
    pub response_types: Vec<ResponseType>,
    pub grant_types: Vec<String>,
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
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
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
    pub default_acr_values: Vec<String>,
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
    #[serde(default)]
    pub access_token_format: AccessTokenFormat,
    #[serde(default)]
    pub require_pkce: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_acr: Option<Acr>,
    pub consent: ConsentMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reauthenticate: Option<String>,
    #[serde(default)]
    pub logout_on_expiry: bool,
    /// Names in languages: `client_name#zh-CN`.
    #[serde(flatten)]
    pub names: BTreeMap<String, String>,
}

impl ValidMetadata {
    /// Whether every request must bring a PKCE challenge: public and native clients, and those registered so.
    #[must_use]
    pub fn needs_pkce(&self) -> bool {
        self.require_pkce
            || self.token_endpoint_auth_method == ClientAuthMethod::None
            || self.application_type == ApplicationType::Native
    }

    /// Whether a fresh sign-in is needed every time.
    #[must_use]
    pub fn reauthenticates_always(&self) -> bool {
        self.reauthenticate.as_deref() == Some("always")
    }

    /// The sector of pairwise subjects: the host of `sector_identifier_uri`, else of the redirect URIs (OIDC Core §8.1).
    #[must_use]
    pub fn sector(&self) -> String {
        let uri = self.sector_identifier_uri.as_ref().or_else(|| self.redirect_uris.first());
        uri.and_then(|uri| Url::parse(uri).ok()).and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Algorithms that its assertions may be signed with.
    #[must_use]
    pub fn assertion_algs(&self) -> Vec<SigningAlg> {
        self.token_endpoint_auth_signing_alg.map_or_else(|| CLIENT_ALGS.to_vec(), |alg| vec![alg])
    }

    /// The name in a language, or the one without.
    #[must_use]
    pub fn name(&self, language: &str) -> Option<&str> {
        let tagged = self.names.get(&format!("client_name#{language}")).map(String::as_str);
        tagged.or(self.client_name.as_deref())
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

fn refused(why: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, why)
}

impl ClientMetadata {
    /// Fills in the defaults and holds every rule.
    ///
    /// # Errors
    /// `invalid_redirect_uri` for a redirect URI, `invalid_client_metadata` for anything else.
    pub fn validate(self, policy: &RegistrationPolicy) -> Result<ValidMetadata, OAuthError> {
        self.within_limits()?;
        let application_type = self.application_type.unwrap_or_default();
        let rule = UriRule { application_type, http_loopback: policy.http_loopback };
        self.check_uris(rule)?;
        let grant_types = self.grants()?;
        let response_types = self.responses(&grant_types)?;
        let token_endpoint_auth_method = self.auth_method(application_type)?;
        let subject_type = self.subject(policy)?;
        let consent = self.consent_mode(policy)?;
        let minimum_acr = match &self.minimum_acr {
            None => None,
            Some(text) => Some(Acr::parse(text).ok_or_else(|| refused("minimum_acr is not a level of this server"))?),
        };
        Ok(ValidMetadata {
            id_token_signed_response_alg: served_alg(self.id_token_signed_response_alg.as_deref())?
                .unwrap_or(SigningAlg::RS256),
            userinfo_signed_response_alg: served_alg(self.userinfo_signed_response_alg.as_deref())?,
            request_object_signing_alg: client_alg(self.request_object_signing_alg.as_deref())?,
            token_endpoint_auth_signing_alg: client_alg(self.token_endpoint_auth_signing_alg.as_deref())?,
            scope: self.scope.as_deref().map(Scope::parse).transpose().map_err(|_| refused("scope is malformed"))?,
            names: names(&self.other)?,
            grant_types,
            response_types,
            application_type,
            token_endpoint_auth_method,
            subject_type,
            consent,
            minimum_acr,
            redirect_uris: self.redirect_uris,
            contacts: self.contacts,
            client_name: self.client_name,
            logo_uri: self.logo_uri,
            client_uri: self.client_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            jwks_uri: self.jwks_uri,
            jwks: self.jwks,
            sector_identifier_uri: self.sector_identifier_uri,
            default_max_age: self.default_max_age,
            require_auth_time: self.require_auth_time,
            default_acr_values: self.default_acr_values,
            initiate_login_uri: self.initiate_login_uri,
            request_uris: self.request_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            backchannel_logout_uri: self.backchannel_logout_uri,
            backchannel_logout_session_required: self.backchannel_logout_session_required,
            require_pushed_authorization_requests: self.require_pushed_authorization_requests,
            require_signed_request_object: self.require_signed_request_object,
            software_id: self.software_id,
            software_version: self.software_version,
            access_token_format: self.access_token_format.unwrap_or_default(),
            require_pkce: self.require_pkce.unwrap_or(false),
            legal_basis: self.legal_basis,
            reauthenticate: self.reauthenticate,
            logout_on_expiry: self.logout_on_expiry,
        })
    }

    fn within_limits(&self) -> Result<(), OAuthError> {
        let lists = [
            &self.redirect_uris,
            &self.contacts,
            &self.default_acr_values,
            &self.request_uris,
            &self.post_logout_redirect_uris,
        ];
        let texts = [&self.client_name, &self.software_id, &self.software_version, &self.legal_basis, &self.scope];
        let long = |text: &String| text.len() > MAX_TEXT || text.chars().any(char::is_control);
        if lists.iter().any(|list| list.len() > MAX_LIST || list.iter().any(long)) {
            return Err(refused("a list is too long, or an entry of it"));
        }
        if texts.into_iter().flatten().any(long) {
            return Err(refused("a text is longer than 1024 bytes or holds control characters"));
        }
        let encryption = [
            &self.id_token_encrypted_response_alg,
            &self.userinfo_encrypted_response_alg,
            &self.request_object_encryption_alg,
        ];
        if encryption.into_iter().any(Option::is_some) {
            return Err(refused("encrypted responses and request objects are not supported"));
        }
        match self.reauthenticate.as_deref() {
            None | Some("always") => Ok(()),
            Some(_) => Err(refused("reauthenticate can only be always")),
        }
    }

    fn check_uris(&self, rule: UriRule) -> Result<(), OAuthError> {
        for uri in &self.redirect_uris {
            client_uri::redirect(uri, rule)
                .map_err(|why| OAuthError::new(ErrorCode::InvalidRedirectUri, why.to_string()))?;
        }
        for uri in &self.post_logout_redirect_uris {
            client_uri::redirect(uri, rule).map_err(|why| refused(format!("post_logout_redirect_uris: {why}")))?;
        }
        let pages = [
            ("logo_uri", &self.logo_uri),
            ("client_uri", &self.client_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
            ("jwks_uri", &self.jwks_uri),
            ("sector_identifier_uri", &self.sector_identifier_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
        ];
        for (name, uri) in pages.into_iter().filter_map(|(name, uri)| Some((name, uri.as_ref()?))) {
            client_uri::web(uri, rule).map_err(|why| refused(format!("{name}: {why}")))?;
        }
        for uri in &self.request_uris {
            let without_fragment = uri.split('#').next().unwrap_or_default();
            client_uri::web(without_fragment, rule).map_err(|why| refused(format!("request_uris: {why}")))?;
        }
        Ok(())
    }

    fn grants(&self) -> Result<Vec<String>, OAuthError> {
        const SERVED: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];
        let grants = self.grant_types.clone().unwrap_or_else(|| vec!["authorization_code".into()]);
        if grants.iter().any(|grant| !SERVED.contains(&grant.as_str())) {
            return Err(refused("grant_types holds a grant that is not supported"));
        }
        Ok(grants)
    }

    fn responses(&self, grants: &[String]) -> Result<Vec<ResponseType>, OAuthError> {
        let by_code = grants.iter().any(|grant| grant == "authorization_code");
        let types = match &self.response_types {
            None if by_code => vec![ResponseType::Code],
            None => Vec::new(),
            Some(texts) => texts
                .iter()
                .map(|text| ResponseType::parse(text))
                .collect::<Option<_>>()
                .ok_or_else(|| refused("response_types holds a type that is not supported"))?,
        };
        if types.contains(&ResponseType::Code) != by_code {
            return Err(refused("response_types and grant_types do not go together"));
        }
        if by_code && self.redirect_uris.is_empty() {
            return Err(OAuthError::new(ErrorCode::InvalidRedirectUri, "redirect_uris is missing"));
        }
        Ok(types)
    }

    fn auth_method(&self, application_type: ApplicationType) -> Result<ClientAuthMethod, OAuthError> {
        let method = match self.token_endpoint_auth_method.as_deref() {
            None if application_type == ApplicationType::Native => ClientAuthMethod::None,
            None => ClientAuthMethod::ClientSecretBasic,
            Some(text) => serde_json::from_value(Value::from(text))
                .map_err(|_| refused("token_endpoint_auth_method is not supported"))?,
        };
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return Err(refused("jwks and jwks_uri exclude each other"));
        }
        let keys = self.jwks.is_some() || self.jwks_uri.is_some();
        if method == ClientAuthMethod::PrivateKeyJwt && !keys {
            return Err(refused("private_key_jwt needs jwks or jwks_uri"));
        }
        let alone = self.grant_types.as_ref().is_some_and(|grants| grants.iter().any(|g| g == "client_credentials"));
        if method == ClientAuthMethod::None && alone {
            return Err(refused("client_credentials needs a client that authenticates"));
        }
        Ok(method)
    }

    /// Several hosts without `sector_identifier_uri` would make the sector a matter of chance (OIDC Core §8.1).
    fn subject(&self, policy: &RegistrationPolicy) -> Result<SubjectType, OAuthError> {
        let subject_type = self.subject_type.unwrap_or(policy.subject_type);
        let mut hosts: Vec<Option<Host<String>>> = self
            .redirect_uris
            .iter()
            .filter_map(|uri| Url::parse(uri).ok())
            .map(|url| url.host().map(|h| h.to_owned()))
            .collect();
        hosts.dedup();
        if subject_type == SubjectType::Pairwise && hosts.len() > 1 && self.sector_identifier_uri.is_none() {
            return Err(refused("pairwise subjects over several hosts need a sector_identifier_uri"));
        }
        Ok(subject_type)
    }

    fn consent_mode(&self, policy: &RegistrationPolicy) -> Result<ConsentMode, OAuthError> {
        let mode = self.consent.unwrap_or(policy.consent);
        if self.consent == Some(ConsentMode::Statutory) && !policy.trusted {
            return Err(refused("only an administrator can register a statutory client"));
        }
        if mode == ConsentMode::Statutory && self.legal_basis.is_none() && policy.trusted {
            return Err(refused("a statutory client needs its legal_basis"));
        }
        Ok(mode)
    }
}

/// An algorithm that this server signs with. `none` is refused like any other that is not served.
fn served_alg(text: Option<&str>) -> Result<Option<SigningAlg>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    SigningAlg::parse(text)
        .filter(|alg| SERVED_ALGS.contains(alg))
        .map(Some)
        .ok_or_else(|| refused("a signing algorithm is not supported"))
}

/// An algorithm that clients may sign with.
fn client_alg(text: Option<&str>) -> Result<Option<SigningAlg>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    SigningAlg::parse(text)
        .filter(|alg| CLIENT_ALGS.contains(alg))
        .map(Some)
        .ok_or_else(|| refused("a signing algorithm is not supported"))
}

/// Names in languages; every other unknown member is dropped.
fn names(other: &BTreeMap<String, Value>) -> Result<BTreeMap<String, String>, OAuthError> {
    let tagged = other.iter().filter(|(member, _)| member.starts_with("client_name#"));
    tagged
        .map(|(member, value)| match value.as_str() {
            Some(text) if text.len() <= MAX_TEXT && member.len() < 64 => Ok((member.clone(), text.to_owned())),
            _ => Err(refused("a client_name in a language is malformed")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> RegistrationPolicy {
        RegistrationPolicy {
            subject_type: SubjectType::Pairwise,
            consent: ConsentMode::FirstUse,
            http_loopback: false,
            trusted: false,
        }
    }

    fn validate(value: Value) -> Result<ValidMetadata, OAuthError> {
        serde_json::from_value::<ClientMetadata>(value).unwrap().validate(&policy())
    }

    #[test]
    fn defaults_of_the_specification() {
        let valid =
            validate(json!({"redirect_uris": ["https://a.example/cb"], "client_name#zh-CN": "电子证照"})).unwrap();
        assert_eq!(valid.id_token_signed_response_alg, SigningAlg::RS256);
        assert_eq!(valid.token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
        assert_eq!(valid.response_types, [ResponseType::Code]);
        assert_eq!(valid.grant_types, ["authorization_code"]);
        assert_eq!(valid.subject_type, SubjectType::Pairwise);
        assert_eq!(valid.sector(), "a.example");
        assert_eq!(valid.name("zh-CN"), Some("电子证照"));
    }

    #[test]
    fn what_is_stored_reads_back() {
        let valid = validate(json!({"redirect_uris": ["https://a.example/cb"], "client_name#en": "Licences",
            "minimum_acr": "urn:hufu:acr:l2", "scope": "openid profile"}))
        .unwrap();
        let again: ValidMetadata = serde_json::from_str(&serde_json::to_string(&valid).unwrap()).unwrap();
        assert_eq!(again.minimum_acr, Some(Acr::L2));
        assert_eq!(again.name("en"), Some("Licences"));
        assert!(again.scope.unwrap().contains("profile"));
    }

    #[test]
    fn dangerous_uris_are_refused_in_every_member() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "http://a.example/",
            "https://u@a.example/",
            "https://*.a.example/",
        ] {
            for member in [
                "logo_uri",
                "client_uri",
                "policy_uri",
                "tos_uri",
                "jwks_uri",
                "sector_identifier_uri",
                "initiate_login_uri",
                "backchannel_logout_uri",
            ] {
                let error = validate(json!({"redirect_uris": ["https://a.example/cb"], member: bad})).unwrap_err();
                assert_eq!(error.code, ErrorCode::InvalidClientMetadata, "{member} {bad}");
            }
            let error = validate(json!({"redirect_uris": [bad]})).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidRedirectUri, "{bad}");
            for list in ["request_uris", "post_logout_redirect_uris"] {
                assert!(
                    validate(json!({"redirect_uris": ["https://a.example/cb"], list: [bad]})).is_err(),
                    "{list} {bad}"
                );
            }
        }
    }

    #[test]
    fn members_that_do_not_go_together_are_refused() {
        let uris = json!(["https://a.example/cb"]);
        for bad in [
            json!({}),
            json!({"redirect_uris": uris, "id_token_signed_response_alg": "none"}),
            json!({"redirect_uris": uris, "token_endpoint_auth_method": "private_key_jwt"}),
            json!({"redirect_uris": uris, "jwks": {"keys": []}, "jwks_uri": "https://a.example/jwks"}),
            json!({"redirect_uris": uris, "grant_types": ["implicit"]}),
            json!({"redirect_uris": uris, "response_types": ["token"]}),
            json!({"redirect_uris": uris, "grant_types": ["client_credentials"], "response_types": ["code"]}),
            json!({"redirect_uris": uris, "grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
            json!({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}),
            json!({"redirect_uris": uris, "consent": "statutory", "legal_basis": "x"}),
            json!({"redirect_uris": uris, "minimum_acr": "l2"}),
            json!({"redirect_uris": uris, "client_name": "a\u{0}b"}),
        ] {
            assert!(validate(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn native_and_public_clients_need_pkce() {
        let native = validate(json!({"redirect_uris": ["cn.gov.app:/cb"], "application_type": "native"})).unwrap();
        assert_eq!(native.token_endpoint_auth_method, ClientAuthMethod::None);
        assert!(native.needs_pkce());
        assert!(!validate(json!({"redirect_uris": ["https://a.example/cb"]})).unwrap().needs_pkce());
    }
}
