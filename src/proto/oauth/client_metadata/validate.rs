//! The rules: from [`ClientMetadata`] as it arrived to [`ValidMetadata`] that the engine may trust.
//!
//! Each rule is one small function and cites its source. What needs the network (fetching `sector_identifier_uri`) or the
//! database is done in `crate::oidc::registration`, after this.

use super::kinds::is_language;
use super::valid::{Sector, ValidMetadata};
use super::{
    AccessTokenFormat, ApplicationType, CLIENT_ALGS, ClientAuthMethod, ClientMetadata, ConsentMode, FacadeKind,
    GrantType, Reauthenticate, ServedSubject,
};
use crate::proto::jose::{PublicJwkSet, SigningAlg};
use crate::proto::oauth::client_uri::{self, UriFault};
use crate::proto::oauth::error::{ErrorCode, OAuthError};
use crate::proto::oauth::redirect_uri;
use crate::proto::oauth::scope::Scope;
use crate::proto::oidc::{Acr, ResponseType, SubjectType};

/// Most entries of `redirect_uris`, `post_logout_redirect_uris` and `request_uris`.
pub const MAX_URIS: usize = 50;
/// Most entries of `contacts` and `default_acr_values`.
pub const MAX_LIST: usize = 10;
/// Most members with a language.
pub const MAX_LOCALIZED: usize = 50;
/// Most entries of `matters`.
pub const MAX_MATTERS: usize = 500;
/// Most characters of a name or another short text.
pub const MAX_TEXT: usize = 200;

/// What this platform offers, and to whom: the frame within which a client may describe itself.
#[derive(Clone, Debug)]
pub struct RegistrationPolicy {
    /// `subject_type` of clients that do not say.
    pub subject_type: SubjectType,
    /// Consent mode of clients that do not say.
    pub consent: ConsentMode,
    /// Whether `http` is allowed for loopback hosts (the demo).
    pub http_loopback: bool,
    /// The operator registers: may also say that a law replaces consent.
    pub trusted: bool,
    /// What this node signs with.
    pub signing_algs: Vec<SigningAlg>,
    /// Scopes that a client may name without the operator.
    pub open_scopes: Vec<String>,
}

impl ClientMetadata {
    /// Fills in the defaults and applies every rule. The sector is that of a first registration; for an update see
    /// [`ValidMetadata::succeeding`].
    ///
    /// # Errors
    /// `invalid_redirect_uri` for `redirect_uris`; `invalid_client_metadata` for everything else. The description names
    /// the member.
    pub fn validate(self, policy: &RegistrationPolicy) -> Result<ValidMetadata, OAuthError> {
        self.check_encryption()?;
        self.check_consent(policy)?;
        self.check_powers(policy)?;
        if self.default_acr_values.as_ref().is_some_and(|levels| levels.len() > MAX_LIST) {
            return Err(refused(format!("default_acr_values: at most {MAX_LIST}")));
        }
        let mut valid = self.with_defaults(policy);
        valid.check_flows()?;
        valid.check_redirect_uris(policy)?;
        valid.check_other_uris(policy)?;
        valid.check_texts()?;
        valid.check_authentication()?;
        valid.check_signatures(policy)?;
        valid.check_facade()?;
        valid.sector = valid.found_sector()?;
        Ok(valid)
    }

    /// OIDC Registration §2: what would be sent unencrypted is not promised encrypted.
    fn check_encryption(&self) -> Result<(), OAuthError> {
        for (name, alg) in [
            ("id_token_encrypted_response_alg", &self.id_token_encrypted_response_alg),
            ("userinfo_encrypted_response_alg", &self.userinfo_encrypted_response_alg),
            ("request_object_encryption_alg", &self.request_object_encryption_alg),
        ] {
            if alg.is_some() {
                return Err(refused(format!("{name}: encryption is not offered")));
            }
        }
        Ok(())
    }

    /// Nobody excuses themselves from consent: only the operator may name a law.
    fn check_consent(&self, policy: &RegistrationPolicy) -> Result<(), OAuthError> {
        let asked = self.consent == Some(ConsentMode::Statutory);
        if (asked || self.legal_basis.is_some()) && !policy.trusted {
            return Err(refused("consent and legal_basis: statutory is granted by the platform only"));
        }
        let statutory = self.consent.unwrap_or(policy.consent) == ConsentMode::Statutory;
        if statutory && policy.trusted && self.legal_basis.is_none() {
            return Err(refused("legal_basis: needed where consent is statutory"));
        }
        Ok(())
    }

    /// What reaches beyond the people who sign in at the client itself is granted by the operator, never taken (RFC 7591 §5):
    /// matters that a company's agents may be bound to, carrying companies on, the tokens of other clients, and exchanging any. For scopes see [`granted_scope`].
    fn check_powers(&self, policy: &RegistrationPolicy) -> Result<(), OAuthError> {
        if policy.trusted {
            return Ok(());
        }
        if self.matters.as_ref().is_some_and(|matters| !matters.is_empty()) {
            return Err(refused("matters: granted by the platform only"));
        }
        if self.carries_companies == Some(true) {
            return Err(refused("carries_companies: granted by the platform only"));
        }
        if self.resource_server == Some(true) {
            return Err(refused("resource_server: granted by the platform only"));
        }
        if self.exchange_resources.as_ref().is_some_and(|resources| !resources.is_empty()) {
            return Err(refused("exchange_resources: granted by the platform only"));
        }
        if self.facade.is_some() {
            return Err(refused("facade: granted by the platform only"));
        }
        if self.grant_types.as_ref().is_some_and(|grants| grants.contains(&GrantType::TokenExchange)) {
            return Err(refused("grant_types: token exchange is granted by the platform only"));
        }
        Ok(())
    }

    /// OIDC Registration §2 and RFC 7591 §2. Grants and response types that are left out follow from each other.
    fn with_defaults(self, policy: &RegistrationPolicy) -> ValidMetadata {
        let application_type = self.application_type.unwrap_or(ApplicationType::Web);
        let native = application_type == ApplicationType::Native;
        let method = self.token_endpoint_auth_method.unwrap_or(usual_method(native));
        let grant_types = self.grant_types.unwrap_or_else(|| usual_grants(self.response_types.as_deref()));
        let by_code = grant_types.contains(&GrantType::AuthorizationCode).then_some(ResponseType::Code);
        ValidMetadata {
            response_types: self.response_types.unwrap_or_else(|| by_code.into_iter().collect()),
            grant_types,
            application_type,
            token_endpoint_auth_method: method,
            token_endpoint_auth_signing_alg: (self.token_endpoint_auth_signing_alg)
                .filter(|_| method == ClientAuthMethod::PrivateKeyJwt),
            require_pkce: native || method == ClientAuthMethod::None || self.require_pkce.unwrap_or(false),
            default_acr_values: known_levels(self.default_acr_values.as_deref()),
            subject_type: self.subject_type.unwrap_or(policy.subject_type),
            consent: self.consent.unwrap_or(policy.consent),
            id_token_signed_response_alg: self.id_token_signed_response_alg.unwrap_or(SigningAlg::RS256),
            access_token_format: self.access_token_format.unwrap_or_else(|| usual_format(self.facade)),
            reauthenticate: self.reauthenticate.unwrap_or(Reauthenticate::AsNeeded),
            purpose: self.purpose,
            purposes: self.purposes.unwrap_or_default(),
            isolated: self.isolated.unwrap_or(false),
            redirect_uris: self.redirect_uris.unwrap_or_default(),
            contacts: self.contacts.unwrap_or_default(),
            request_uris: self.request_uris.unwrap_or_default(),
            post_logout_redirect_uris: self.post_logout_redirect_uris.unwrap_or_default(),
            require_auth_time: self.require_auth_time.unwrap_or(false),
            backchannel_logout_session_required: self.backchannel_logout_session_required.unwrap_or(false),
            require_pushed_authorization_requests: self.require_pushed_authorization_requests.unwrap_or(false),
            require_signed_request_object: self.require_signed_request_object.unwrap_or(false),
            logout_on_expiry: self.logout_on_expiry.unwrap_or(false),
            subject: self.subject.unwrap_or(ServedSubject::Person),
            matters: self.matters.unwrap_or_default(),
            carries_companies: self.carries_companies.unwrap_or(false),
            resource_server: self.resource_server.unwrap_or(false),
            exchange_resources: self.exchange_resources.unwrap_or_default(),
            facade: self.facade,
            client_name: self.client_name,
            logo_uri: self.logo_uri,
            client_uri: self.client_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            sector_identifier_uri: self.sector_identifier_uri,
            userinfo_signed_response_alg: self.userinfo_signed_response_alg,
            request_object_signing_alg: self.request_object_signing_alg,
            default_max_age: self.default_max_age,
            initiate_login_uri: self.initiate_login_uri,
            backchannel_logout_uri: self.backchannel_logout_uri,
            scope: self.scope.map(|scope| granted_scope(&scope, policy)),
            software_id: self.software_id,
            software_version: self.software_version,
            minimum_acr: self.minimum_acr,
            factors: self.factors.unwrap_or_default(),
            legal_basis: self.legal_basis,
            region: self.region,
            localized: self.localized,
            sector: None,
        }
    }
}

/// Scopes of services are granted by the operator; of what a client asks otherwise, the answer shows what is left (RFC 7591
/// §3.2.1).
fn granted_scope(asked: &Scope, policy: &RegistrationPolicy) -> Scope {
    asked.filtered(|item| policy.trusted || policy.open_scopes.iter().any(|open| open == item))
}

/// The levels among these that are ours, in their order.
fn known_levels(values: Option<&[String]>) -> Vec<Acr> {
    values.unwrap_or_default().iter().filter_map(|level| Acr::parse(level)).collect()
}

/// OIDC Registration §2; what runs on a person's device keeps no secret (RFC 8252 §8.4).
const fn usual_method(native: bool) -> ClientAuthMethod {
    if native { ClientAuthMethod::None } else { ClientAuthMethod::ClientSecretBasic }
}

/// A façade's tokens are read by nobody else.
const fn usual_format(facade: Option<FacadeKind>) -> AccessTokenFormat {
    if facade.is_some() { AccessTokenFormat::Opaque } else { AccessTokenFormat::Jwt }
}

/// RFC 7591 §2: the grants that follow from the response types, where a client does not say.
fn usual_grants(response_types: Option<&[ResponseType]>) -> Vec<GrantType> {
    let types = response_types.unwrap_or(&[ResponseType::Code]);
    if types.is_empty() { Vec::new() } else { vec![GrantType::AuthorizationCode] }
}

impl ValidMetadata {
    /// RFC 7591 §2.1: each response type needs its grant, and the grant its response type.
    fn check_flows(&self) -> Result<(), OAuthError> {
        if let Some(response) = self.response_types.iter().find(|kind| !ResponseType::SERVED.contains(kind)) {
            return Err(refused(format!("response_types: {response} is not offered")));
        }
        if self.response_types.contains(&ResponseType::Code) != self.allows_grant(GrantType::AuthorizationCode) {
            return Err(refused("response_types: do not fit grant_types"));
        }
        if self.grant_types.iter().all(|grant| *grant == GrantType::RefreshToken) {
            return Err(refused("grant_types: no grant by which a token could be had"));
        }
        Ok(())
    }

    /// OIDC Registration §2 (`application_type`), RFC 7591 §2.1: flows by redirect need a registered URI.
    fn check_redirect_uris(&self, policy: &RegistrationPolicy) -> Result<(), OAuthError> {
        let bad = |text: String| OAuthError::new(ErrorCode::InvalidRedirectUri, text);
        if self.allows_grant(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(bad("redirect_uris: at least one is needed".to_owned()));
        }
        if self.redirect_uris.len() > MAX_URIS {
            return Err(bad(format!("redirect_uris: at most {MAX_URIS}")));
        }
        for uri in &self.redirect_uris {
            redirect_uri::check(uri, self.application_type, policy.http_loopback)
                .map_err(|fault| bad(format!("redirect_uris: {} {fault}", shown(uri))))?;
        }
        Ok(())
    }

    fn check_other_uris(&self, policy: &RegistrationPolicy) -> Result<(), OAuthError> {
        for (name, uri) in self.single_uris() {
            client_uri::check(uri, policy.http_loopback).map_err(|fault| refused(format!("{name}: {fault}")))?;
        }
        if self.post_logout_redirect_uris.len() > MAX_URIS || self.request_uris.len() > MAX_URIS {
            return Err(refused(format!("post_logout_redirect_uris and request_uris: at most {MAX_URIS}")));
        }
        for uri in &self.post_logout_redirect_uris {
            redirect_uri::check(uri, self.application_type, policy.http_loopback)
                .map_err(|fault| refused(format!("post_logout_redirect_uris: {} {fault}", shown(uri))))?;
        }
        for uri in &self.request_uris {
            check_request_uri(uri, policy).map_err(|fault| refused(format!("request_uris: {} {fault}", shown(uri))))?;
        }
        Ok(())
    }

    fn single_uris(&self) -> impl Iterator<Item = (&str, &str)> {
        let plain = [
            ("logo_uri", &self.logo_uri),
            ("client_uri", &self.client_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("jwks_uri", &self.jwks_uri),
            ("sector_identifier_uri", &self.sector_identifier_uri),
            ("initiate_login_uri", &self.initiate_login_uri),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
        ];
        let plain = plain.into_iter().filter_map(|(name, uri)| Some((name, uri.as_deref()?)));
        plain.chain(self.localized.iter().filter(|(name, ..)| name.ends_with("_uri")).map(|(name, _, uri)| (name, uri)))
    }

    /// Texts that pages show: bounded, and without characters that could change how the rest of the page reads.
    fn check_texts(&self) -> Result<(), OAuthError> {
        let single = [
            ("client_name", &self.client_name),
            ("software_id", &self.software_id),
            ("software_version", &self.software_version),
            ("legal_basis", &self.legal_basis),
            ("purpose", &self.purpose),
        ];
        let single = single.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        let spoken = |name: &str| matches!(name, "client_name" | "purpose");
        let names = self.localized.iter().filter(|(name, ..)| spoken(name)).map(|(name, _, text)| (name, text));
        let whys = self.purposes.texts().map(|(_, text)| ("purposes", text));
        let contacts = self.contacts.iter().map(|contact| ("contacts", contact.as_str()));
        for (name, text) in single.chain(names).chain(contacts).chain(whys) {
            if !is_plain(text) {
                return Err(refused(format!("{name}: empty, too long, or with control characters")));
            }
        }
        let is_matter = |text: &String| is_plain(text) && !text.contains(char::is_whitespace);
        if self.matters.len() > MAX_MATTERS || !self.matters.iter().all(is_matter) {
            return Err(refused(format!("matters: at most {MAX_MATTERS} codes, each without spaces")));
        }
        if self.exchange_resources.len() > MAX_URIS || !self.exchange_resources.iter().all(|name| is_plain(name)) {
            return Err(refused(format!("exchange_resources: at most {MAX_URIS} names of services")));
        }
        let is_region = |text: &String| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if self.region.as_ref().is_some_and(|region| !is_region(region)) {
            return Err(refused("region: the six digits of an administrative division (GB/T 2260)"));
        }
        if self.contacts.len() > MAX_LIST || self.localized.len() > MAX_LOCALIZED {
            return Err(refused("contacts or languages: too many"));
        }
        self.check_purposes()
    }

    /// Purposes are by scope or claim (RFC 6749 §3.3 gives their characters), and by language.
    fn check_purposes(&self) -> Result<(), OAuthError> {
        let named = |item: &str| (1..=64).contains(&item.len()) && item.bytes().all(|byte| byte.is_ascii_graphic());
        if self.purposes.items().count() > MAX_LIST || self.purposes.texts().count() > MAX_LOCALIZED {
            return Err(refused("purposes: too many"));
        }
        let spoken = self.purposes.texts().all(|(tag, _)| tag.is_none_or(is_language));
        if spoken && self.purposes.items().all(named) {
            return Ok(());
        }
        Err(refused("purposes: not by scope or claim, and by language"))
    }

    /// OIDC Core §9 and RFC 7591 §2: a way of authentication that can work.
    fn check_authentication(&self) -> Result<(), OAuthError> {
        match self.token_endpoint_auth_method {
            ClientAuthMethod::None if self.allows_grant(GrantType::ClientCredentials) => {
                Err(refused("token_endpoint_auth_method: client_credentials needs authentication"))
            }
            ClientAuthMethod::PrivateKeyJwt => {
                let alg = self.token_endpoint_auth_signing_alg;
                check_client_alg("token_endpoint_auth_signing_alg", alg)?;
                self.check_keys("token_endpoint_auth_method", alg)
            }
            _ => Ok(()),
        }
    }

    /// Keys by value or by reference, not both (RFC 7591 §2); what hufu signs with; what the client signs with.
    fn check_signatures(&self, policy: &RegistrationPolicy) -> Result<(), OAuthError> {
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return Err(refused("jwks and jwks_uri: one of them, not both"));
        }
        if let Some(jwks) = &self.jwks {
            PublicJwkSet::from_value(jwks).map_err(|error| refused(format!("jwks: {error}")))?;
        }
        for (name, alg) in [
            ("id_token_signed_response_alg", Some(self.id_token_signed_response_alg)),
            ("userinfo_signed_response_alg", self.userinfo_signed_response_alg),
        ] {
            if let Some(alg) = alg.filter(|alg| !policy.signing_algs.contains(alg)) {
                return Err(refused(format!("{name}: {alg} is not offered")));
            }
        }
        check_client_alg("request_object_signing_alg", self.request_object_signing_alg)?;
        match self.request_object_signing_alg {
            Some(alg) => self.check_keys("request_object_signing_alg", Some(alg)),
            None if self.require_signed_request_object => self.check_keys("require_signed_request_object", None),
            None => Ok(()),
        }
    }

    /// Whether there is, or may be behind `jwks_uri`, a key that fits.
    fn check_keys(&self, member: &str, alg: Option<SigningAlg>) -> Result<(), OAuthError> {
        let fits = |set: &PublicJwkSet| alg.map_or(!set.is_empty(), |alg| set.has_key_for(alg));
        let by_value = self.jwks.as_ref().and_then(|jwks| PublicJwkSet::from_value(jwks).ok());
        if self.jwks_uri.is_some() || by_value.is_some_and(|set| fits(&set)) {
            return Ok(());
        }
        Err(refused(format!("{member}: needs jwks or jwks_uri with a fitting key")))
    }

    /// OIDC Core §8.1: whom pairwise subjects are made for. `None` as long as no person can come to the client.
    fn found_sector(&self) -> Result<Option<Sector>, OAuthError> {
        if self.subject_type == SubjectType::Public || self.redirect_uris.is_empty() {
            return Ok(None);
        }
        let host = |uri: &str| url::Url::parse(uri).ok().and_then(|url| url.host_str().map(str::to_owned));
        let of = |host: Option<String>| Some(host.map_or(Sector::Own, Sector::Host));
        if let Some(uri) = &self.sector_identifier_uri {
            return Ok(of(host(uri)));
        }
        let unowned = |uri: &str| redirect_uri::is_unowned(uri, self.application_type);
        let owner = |uri: &String| if unowned(uri) { None } else { host(uri) };
        let mut owners: Vec<_> = self.redirect_uris.iter().map(owner).collect();
        owners.sort_unstable();
        owners.dedup();
        if owners.len() > 1 {
            return Err(refused("sector_identifier_uri: needed for pairwise subjects with several hosts"));
        }
        Ok(of(owners.into_iter().next().flatten()))
    }
}

fn refused(text: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, text)
}

fn check_client_alg(member: &str, alg: Option<SigningAlg>) -> Result<(), OAuthError> {
    match alg.filter(|alg| !CLIENT_ALGS.contains(alg)) {
        Some(alg) => Err(refused(format!("{member}: {alg} is not accepted"))),
        None => Ok(()),
    }
}

/// The client's own URI in an error about it, cut to a readable length.
fn shown(uri: &str) -> String {
    uri.chars().take(100).collect()
}

/// OIDC Registration §2: a request URI may carry the SHA-256 of its content as fragment; no other fragment.
fn check_request_uri(uri: &str, policy: &RegistrationPolicy) -> Result<(), UriFault> {
    let (uri, hash) = uri.split_once('#').map_or((uri, None), |(uri, hash)| (uri, Some(hash)));
    let is_hash = |hash: &str| crate::base::encoding::from_base64url(hash).is_some_and(|bytes| bytes.len() == 32);
    if hash.is_some_and(|hash| !is_hash(hash)) {
        return Err(UriFault::Fragment);
    }
    client_uri::check(uri, policy.http_loopback).map(|_| ())
}

/// Not empty, not long, and without control characters, line ends, and the marks that turn the direction of a text around.
fn is_plain(text: &str) -> bool {
    let turns =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let length = text.chars().take(MAX_TEXT + 1).count();
    !text.trim().is_empty() && length <= MAX_TEXT && !text.chars().any(|c| c.is_control() || turns(c))
}
