//! The TARGET role: the OpenID Provider's protocol engine. No web in it: requests come in as values, outcomes go out as
//! values, and `http` turns them into pages and answers.
//!
//! - [`authorize`]: the authorization endpoint, a visible list of named checks
//! - [`token`]: the token endpoint, one file a grant
//! - [`client`]: the registered relying parties; [`client_auth`]: how they prove who they are
//! - [`subject`], [`claims`], [`assurance`]: which `sub` and which claims a client sees, and how well they are proven;
//!   [`acting`]: when a person acts for a company
//! - [`facade`]: what provincial platforms speak, upon the same engine
//! - [`federated`]: clients that the federation vouches for, registered by nobody's hand
//! - [`userinfo`], [`introspect`], [`revoke`], [`par`], [`registration`], [`discovery`]: one file an endpoint

pub mod access;
pub mod acting;
pub mod assurance;
pub mod authorize;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod client_keys;
pub mod client_logo;
mod client_secret;
pub mod discovery;
pub mod endpoints;
pub mod facade;
pub mod federated;
pub mod grant;
pub mod id_token;
pub mod introspect;
pub mod notice;
pub mod par;
pub mod people;
pub mod registration;
pub mod request_object;
pub mod revoke;
pub mod subject;
pub mod token;
pub mod userinfo;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, Accounts, Consents};
use crate::base::{SharedClock, SharedRandom, within};
use crate::entities::Entities;
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::factors::{FactorError, Factors};
use crate::federation::Federation;
use crate::jobs::{JobConfig, Wake};
use crate::keys::{KeyError, KeyService, MasterKey, Sealer, SecretHasher};
use crate::outbound::Outbound;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::realname::{RealNameLevel, Regions};
use crate::session::Sessions;
use crate::store::{Store, StoreError};

use access::AccessTokens;
use client::Clients;
use client_keys::ClientKeys;
use client_logo::ClientLogos;
use client_secret::ClientSecrets;
use endpoints::Endpoints;
use facade::FacadeConfig;
use grant::Grants;
use registration::Registration;
use subject::Subjects;

/// The `[tokens]` section of the configuration; every length in seconds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenConfig {
    /// An authorization code, at most 60.
    #[serde(deserialize_with = "within::<_, 1, 60>")]
    pub code_seconds: u64,
    /// An access token, at most 300 when it is a JWT.
    #[serde(deserialize_with = "within::<_, 10, 300>")]
    pub access_seconds: u64,
    /// An ID token.
    #[serde(deserialize_with = "within::<_, 10, 3600>")]
    pub id_seconds: u64,
    /// A refresh token of an online grant, sliding; it never outlives its session.
    #[serde(deserialize_with = "within::<_, 60, 2_592_000>")]
    pub refresh_seconds: u64,
    /// A refresh token of an offline grant, sliding.
    #[serde(deserialize_with = "within::<_, 60, 31_622_400>")]
    pub offline_seconds: u64,
    /// For how long after a rotation the old refresh token gives the same successor.
    #[serde(deserialize_with = "within::<_, 20, 60>")]
    pub refresh_grace_seconds: u64,
    /// A pushed authorization request.
    #[serde(deserialize_with = "within::<_, 5, 600>")]
    pub par_seconds: u64,
    /// How long a person may take over the pages of one sign-in.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub flow_seconds: u64,
    /// How far clocks may differ, at most 60.
    #[serde(deserialize_with = "within::<_, 0, 60>")]
    pub leeway_seconds: u64,
}

impl Default for TokenConfig {
    fn default() -> Self {
        Self {
            code_seconds: 60,
            access_seconds: 300,
            id_seconds: 300,
            refresh_seconds: 12 * 3600,
            offline_seconds: 30 * 24 * 3600,
            refresh_grace_seconds: 30,
            par_seconds: 60,
            flow_seconds: 1800,
            leeway_seconds: 10,
        }
    }
}

impl TokenConfig {
    /// How far clocks may differ.
    #[must_use]
    pub const fn leeway(&self) -> Duration {
        Duration::from_secs(self.leeway_seconds)
    }
}

/// What the engine stands on.
#[derive(Clone)]
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// Ephemeral state.
    pub ephemeral: Ephemeral,
    /// The signing keys.
    pub keys: KeyService,
    /// The root of every other key.
    pub master: Arc<MasterKey>,
    /// The way out.
    pub outbound: Outbound,
    /// Who can sign in.
    pub accounts: Accounts,
    /// What they sign in with besides the password.
    pub factors: Factors,
    /// What they agreed to.
    pub consents: Consents,
    /// For whom they may act.
    pub entities: Entities,
    /// Where they are signed in.
    pub sessions: Sessions,
    /// Who vouches for services that nobody registered.
    pub federation: Federation,
    /// What is told about real names.
    pub assurance: Assurance,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
    /// How long notices of logouts are kept and tried.
    pub jobs: JobConfig,
    /// Wakes the worker that delivers them.
    pub wake: Wake,
    /// Whether the node above is asked without a page for who is not known here.
    pub asks_above: bool,
    /// Which façades are served.
    pub facades: FacadeConfig,
    /// Whether people act here for companies that are registered at the node above.
    pub companies_above: bool,
}

/// What is told about real names, as configured.
#[derive(Clone, Debug, Default)]
pub struct Assurance {
    /// What the levels are called in each region.
    pub regions: Regions,
    /// The highest level that a person can reach on the real-name page.
    pub by_page: RealNameLevel,
    /// What the authority sources are called, by their names.
    pub source_titles: HashMap<String, String>,
}

/// The OpenID Provider; clones share everything.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

/// The parts of the provider, open to the files of this room.
struct Inner {
    issuer: String,
    endpoints: Endpoints,
    tokens: TokenConfig,
    registration: Registration,
    store: Store,
    ephemeral: Ephemeral,
    keys: KeyService,
    outbound: Outbound,
    accounts: Accounts,
    factors: Factors,
    consents: Consents,
    entities: Entities,
    sessions: Sessions,
    federation: Federation,
    regions: Regions,
    by_page: RealNameLevel,
    source_titles: HashMap<String, String>,
    clients: Clients,
    client_keys: ClientKeys,
    client_logos: ClientLogos,
    grants: Grants,
    access: AccessTokens,
    subjects: Subjects,
    secrets: SecretHasher,
    codes: Sealer,
    flows: Sealer,
    clock: SharedClock,
    random: SharedRandom,
    jobs: JobConfig,
    wake: Wake,
    asks_above: bool,
    facades: FacadeConfig,
    client_secrets: ClientSecrets,
    companies_above: bool,
}

impl Provider {
    /// The provider that calls itself `issuer` (no trailing slash).
    #[must_use]
    pub fn new(issuer: &str, tokens: TokenConfig, registration: Registration, on: Foundations) -> Self {
        let issuer = issuer.trim_end_matches('/').to_owned();
        let master = &*on.master;
        Self(Arc::new(Inner {
            endpoints: Endpoints::under(&issuer),
            clients: Clients::new(on.store.clone()),
            client_keys: ClientKeys::new(on.outbound.clone(), on.clock.clone()),
            client_logos: ClientLogos::new(on.outbound.clone()),
            grants: Grants::new(on.store.clone(), master, on.clock.clone(), &tokens),
            access: AccessTokens::new(&issuer, master, on.keys.clone(), on.clock.clone(), &tokens),
            subjects: Subjects::new(master),
            secrets: SecretHasher::new(master),
            client_secrets: ClientSecrets::new(master),
            codes: Sealer::new(master, "authorization-code"),
            flows: Sealer::new(master, "flow"),
            issuer,
            tokens,
            registration,
            store: on.store,
            ephemeral: on.ephemeral,
            keys: on.keys,
            outbound: on.outbound,
            accounts: on.accounts,
            factors: on.factors,
            consents: on.consents,
            entities: on.entities,
            sessions: on.sessions,
            federation: on.federation,
            regions: on.assurance.regions,
            by_page: on.assurance.by_page,
            source_titles: on.assurance.source_titles,
            clock: on.clock,
            random: on.random,
            jobs: on.jobs,
            wake: on.wake,
            asks_above: on.asks_above,
            facades: on.facades,
            companies_above: on.companies_above,
        }))
    }

    /// The issuer identifier (OIDC Core §2).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The URLs of the endpoints.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// The registered clients.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.0.clients
    }

    /// The subjects that clients see.
    #[must_use]
    pub fn subjects(&self) -> &Subjects {
        &self.0.subjects
    }

    /// How far clocks may differ.
    #[must_use]
    pub fn leeway(&self) -> Duration {
        self.0.tokens.leeway()
    }

    /// Forgets what is believed of tokens: a session, grant or account has just ended.
    pub fn tokens_changed(&self) {
        self.0.grants.changed();
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Unavailable(_)) { unavailable(&error) } else { defect(&error) }
    }
}

impl From<EphemeralError> for OAuthError {
    fn from(error: EphemeralError) -> Self {
        unavailable(&error)
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        defect(&error)
    }
}

impl From<FactorError> for OAuthError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Account(error) => error.into(),
            other => defect(&other),
        }
    }
}

impl From<AccountError> for OAuthError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Ephemeral(error) => error.into(),
            AccountError::Unknown => Self::new(ErrorCode::AccessDenied, "the account is gone"),
            other => defect(&other),
        }
    }
}

fn unavailable(error: &dyn std::error::Error) -> OAuthError {
    OAuthError::new(ErrorCode::TemporarilyUnavailable, "the server is busy, try again shortly").because(error)
}

fn defect(error: &dyn std::error::Error) -> OAuthError {
    OAuthError::new(ErrorCode::ServerError, "the server could not complete the request").because(error)
}
