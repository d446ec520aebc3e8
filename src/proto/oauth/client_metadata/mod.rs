//! [`ClientMetadata`]: what a client says of itself: RFC 7591 §2, OpenID Connect Registration §2, RP-Initiated and
//! Back-Channel Logout, RFC 9126 §6, RFC 9101 §10.5, and members of hufu's own.
//!
//! As it arrives it is only well-typed. [`ClientMetadata::validate`] turns it into [`ValidMetadata`], and the engine knows
//! nothing else. Members of other standards are passed over (RFC 7591 §2); `null` counts as left out (RFC 7592 §2.2).
//! Nothing is fetched here; what a URL points at is looked at in `crate::oidc::registration`.

mod facade;
mod kinds;
mod purposes;
#[cfg(test)]
mod tests;
mod valid;
mod validate;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};
use super::scope::Scope;
use crate::proto::jose::SigningAlg;
use crate::proto::oidc::{Acr, ResponseType, SubjectType};

pub use kinds::{
    AccessTokenFormat, ApplicationType, ClientAuthMethod, ConsentMode, FacadeKind, GrantType, Localized, LoginMethod,
    Reauthenticate, ServedSubject,
};
pub use purposes::Purposes;
pub use valid::{Sector, ValidMetadata};
pub use validate::RegistrationPolicy;

/// Algorithms that clients may sign with: assertions and request objects.
pub const CLIENT_ALGS: &[SigningAlg] = &[SigningAlg::RS256, SigningAlg::PS256, SigningAlg::ES256, SigningAlg::EdDSA];

macro_rules! metadata {
    ($($(#[$doc:meta])* $name:ident: $type:ty),+ $(,)?) => {
        /// The metadata of one client as it says it; a member that is left out is `None`.
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        pub struct ClientMetadata {
            $($(#[$doc])* pub $name: Option<$type>,)+
            /// Names and links in several languages: `client_name#zh-CN` and so on.
            #[serde(flatten)]
            pub localized: Localized,
        }
    };
}

metadata! {
    /// Where answers may go.
    redirect_uris: Vec<String>,
    /// What it asks at the authorization endpoint.
    response_types: Vec<ResponseType>,
    /// What it asks at the token endpoint.
    grant_types: Vec<GrantType>,
    /// `web` or `native`.
    application_type: ApplicationType,
    /// How to reach those responsible.
    contacts: Vec<String>,
    /// The name that people see.
    client_name: String,
    /// Its sign.
    logo_uri: String,
    /// Its home page.
    client_uri: String,
    /// How it uses what it learns about people.
    policy_uri: String,
    /// Its terms.
    tos_uri: String,
    /// Its public keys, by value.
    jwks: Value,
    /// Its public keys, by reference.
    jwks_uri: String,
    /// A document that lists every redirect URI of the sector.
    sector_identifier_uri: String,
    /// `pairwise` or `public`.
    subject_type: SubjectType,
    /// What signs its ID tokens.
    id_token_signed_response_alg: SigningAlg,
    /// What signs its UserInfo answers; left out: plain JSON.
    userinfo_signed_response_alg: SigningAlg,
    /// What signs its request objects.
    request_object_signing_alg: SigningAlg,
    /// How it authenticates.
    token_endpoint_auth_method: ClientAuthMethod,
    /// What signs its assertions.
    token_endpoint_auth_signing_alg: SigningAlg,
    /// The greatest age of a login, in seconds, when a request says nothing.
    default_max_age: u64,
    /// Whether it wants `auth_time` in every ID token (it always gets it).
    require_auth_time: bool,
    /// The levels it wants when a request says nothing.
    default_acr_values: Vec<String>,
    /// Where a login may be started from outside.
    initiate_login_uri: String,
    /// Where its request objects may lie.
    request_uris: Vec<String>,
    /// Where people may go after signing out.
    post_logout_redirect_uris: Vec<String>,
    /// Where it is told that somebody signed out.
    backchannel_logout_uri: String,
    /// Whether it needs the `sid` then (it always gets it).
    backchannel_logout_session_required: bool,
    /// Whether it must push its requests first (RFC 9126 §6).
    require_pushed_authorization_requests: bool,
    /// Whether its requests must be signed (RFC 9101 §10.5).
    require_signed_request_object: bool,
    /// The scopes it may ask.
    scope: Scope,
    /// Its software.
    software_id: String,
    /// And the version of that.
    software_version: String,
    /// hufu: what its access tokens are.
    access_token_format: AccessTokenFormat,
    /// hufu: whether a proof key is demanded; always so for public and native clients.
    require_pkce: bool,
    /// hufu: below this level nobody enters.
    minimum_acr: Acr,
    /// hufu: the ways of signing in that count here; none named: every one.
    factors: Vec<LoginMethod>,
    /// hufu: when people are asked for consent.
    consent: ConsentMode,
    /// hufu: the law by which no consent is needed (`consent` = `statutory`).
    legal_basis: String,
    /// hufu: what it needs people's information for, as a whole.
    purpose: String,
    /// hufu: and by scope or claim.
    purposes: Purposes,
    /// hufu: whether a live session is enough to enter.
    reauthenticate: Reauthenticate,
    /// hufu: whether it keeps out of the sign-on session: a session of its own for every sign-in.
    isolated: bool,
    /// hufu: whether it is told when a session merely runs out.
    logout_on_expiry: bool,
    /// hufu: the region whose codes for the levels it reads, six digits of GB/T 2260.
    region: String,
    /// hufu: whether people come for themselves or for companies.
    subject: ServedSubject,
    /// hufu: codes of the matters that it handles, to which a company's agents may be bound.
    matters: Vec<String>,
    /// hufu: whether it is a node below that carries on for whom people act: it is told how far each mandate reaches, and one
    /// session may be several identities there.
    carries_companies: bool,
    /// hufu: whether it may ask about tokens of other clients (RFC 7662), as a service that is called with them.
    resource_server: bool,
    /// hufu: the services (by `client_id`) towards which it may exchange tokens that it was given (RFC 8693).
    exchange_resources: Vec<String>,
    /// hufu: the façade by which it is served besides; its secret is kept sealed then, not as a hash.
    facade: FacadeKind,
    /// Encryption is not served; asking for it is refused.
    id_token_encrypted_response_alg: String,
    /// Encryption is not served; asking for it is refused.
    userinfo_encrypted_response_alg: String,
    /// Encryption is not served; asking for it is refused.
    request_object_encryption_alg: String,
}

impl ClientMetadata {
    /// Reads the members of a registration request.
    ///
    /// # Errors
    /// `invalid_client_metadata`: a member of the wrong type or with an unknown value (`none` as an algorithm among them).
    pub fn read(members: Map<String, Value>) -> Result<Self, OAuthError> {
        serde_json::from_value(Value::Object(members)).map_err(|error| {
            let text: String = error.to_string().chars().take(200).collect();
            OAuthError::new(ErrorCode::InvalidClientMetadata, text)
        })
    }
}
