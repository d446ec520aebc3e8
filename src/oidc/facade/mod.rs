//! The façades (兼容接口): what provincial platforms speak, upon the same engine.
//!
//! A façade has no sign-in, consent, session or logout of its own. Its request becomes an authorization request in a sealed
//! flow ([`entrance`]) and passes every check and page that others pass; what comes back is the same code under another name
//! and seal, redeemed by the same transaction into a grant that hangs on the session. So a logout ends it, and the client is
//! told. Only the words differ: [`ticket`] and [`zhejiang`] for 浙里办, [`exchange`] and [`guangdong`] for 广东.
//!
//! Off for the node and for every client until the operator says otherwise ([adr 0030](../../../docs/adr)).

mod entrance;
mod exchange;
mod guangdong;
mod ticket;
mod zhejiang;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Provider;
use super::access::Holding;
use super::client::Client;
use super::grant::Held;
use crate::accounts::{AccountError, AccountState, Person};
use crate::base::encoding::base64url;
use crate::base::id::ClientId;
use crate::base::within;
use crate::proto::facade::{FacadeError, SignedCall};
use crate::proto::oauth::{FacadeKind, OAuthError};
use crate::realname::{DocumentNumber, RealNameLevel};
use crate::store;

pub use entrance::{Entrance, Way};
pub use exchange::Presented;
pub use ticket::Validated;

/// The `[facades]` section. Off by default: what is off does not exist.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FacadeConfig {
    /// Whether the ticket flow is served.
    pub ticket: bool,
    /// Whether the session exchange is served.
    pub session_exchange: bool,
    /// How far a signed moment may lie from now, either way, in seconds.
    #[serde(deserialize_with = "within::<_, 10, 300>")]
    pub skew_seconds: u64,
}

impl Default for FacadeConfig {
    fn default() -> Self {
        Self { ticket: false, session_exchange: false, skew_seconds: 90 }
    }
}

impl FacadeConfig {
    /// Whether a façade is served at this node.
    #[must_use]
    pub const fn serves(&self, kind: FacadeKind) -> bool {
        match kind {
            FacadeKind::Ticket => self.ticket,
            FacadeKind::SessionExchange => self.session_exchange,
        }
    }
}

/// Whom a token speaks for.
struct Spoken {
    held: Arc<Held>,
    person: Arc<Person>,
}

/// What is told of a person: what was granted, and name and number from the level on at which they count.
impl Spoken {
    /// `sub` at the client: the person's, or that of the company they act for.
    fn subject(&self) -> &str {
        &self.held.detail.subject
    }

    fn granted(&self, scope: &str) -> bool {
        self.held.scope.contains(scope)
    }

    /// Whether name and number may be told at all.
    fn is_real_named(&self) -> bool {
        self.person.level() >= RealNameLevel::L2
    }

    /// Her name, where it is granted and proven.
    fn name(&self) -> Option<&str> {
        let told = self.granted("realname") && self.is_real_named();
        self.person.known_name().filter(|_| told).map(|name| name.expose())
    }

    /// Her document, where it is granted and proven.
    fn document(&self) -> Option<DocumentNumber> {
        let told = self.granted("identity_number") && self.is_real_named();
        self.person.real_name.as_ref().filter(|_| told).and_then(|found| found.document())
    }

    /// The mobile number that she has shown to be hers, where it is granted.
    fn mobile(&self) -> Option<&str> {
        self.person.verified_mobile().filter(|_| self.granted("phone")).map(|mobile| mobile.expose())
    }

    /// What she signs in with, where it is granted.
    fn login_name(&self) -> Option<&str> {
        self.granted("profile").then_some(self.person.username.as_str())
    }
}

impl Provider {
    /// Whether a façade is served at this node.
    #[must_use]
    pub fn serves_facade(&self, kind: FacadeKind) -> bool {
        self.0.facades.serves(kind)
    }

    /// The client with a service code, if it may use this façade now.
    async fn facade_client(&self, code: &str, kind: FacadeKind) -> Result<Arc<Client>, FacadeError> {
        let found = self.0.clients.find(&ClientId::from(code)).await.map_err(OAuthError::from)?;
        let client = found.ok_or(FacadeError::UnknownService)?;
        if client.metadata.facade != Some(kind) {
            return Err(FacadeError::NotGranted);
        }
        if client.may_act(self.0.clock.now()) { Ok(client) } else { Err(FacadeError::Suspended) }
    }

    /// The client that has signed a call: rightly, just now, and once. What a signature does not cover is part of the call all
    /// the same, so that two calls of one second are two.
    async fn signed_by(&self, code: &str, kind: FacadeKind, call: &SignedCall<'_>) -> Result<Arc<Client>, FacadeError> {
        let client = self.facade_client(code, kind).await?;
        let secret = self.0.client_secrets.revealed(&client).ok_or(FacadeError::Signature)?;
        if !call.is_signed_with(&secret) {
            return Err(FacadeError::Signature);
        }
        let (now, skew) = (self.0.clock.now(), Duration::from_secs(self.0.facades.skew_seconds));
        if call.at.plus(skew) < now || now.plus(skew) < call.at {
            return Err(FacadeError::Clock);
        }
        let name = format!("facade:{}:{}", client.id, base64url(&call.name()));
        let keep_until = call.at.plus(skew).plus(Duration::from_secs(1));
        let mut tx = self.0.store.begin().await.map_err(OAuthError::from)?;
        if !store::marks::set(&mut tx, &name, keep_until).await.map_err(OAuthError::from)? {
            return Err(FacadeError::Replayed);
        }
        tx.commit().await.map_err(OAuthError::from)?;
        Ok(client)
    }

    /// Whom a token of this client's façade speaks for, while its grant and session live.
    async fn spoken(&self, client: &Client, text: &str) -> Result<Spoken, FacadeError> {
        let Holding { token, client: holder } = self.holding(text).await?.ok_or(FacadeError::TokenOver)?;
        // A token of the standard protocol carries openid, one of a façade never: neither passes for the other.
        if holder.id != client.id || token.scope.contains("openid") {
            return Err(FacadeError::TokenOver);
        }
        let grant = token.grant_id().ok_or(FacadeError::TokenOver)?;
        let held = self.0.grants.held(&grant).await.map_err(OAuthError::from)?.ok_or(FacadeError::TokenOver)?;
        let person = self.tellable(&held).await?;
        Ok(Spoken { held, person })
    }

    /// The person who granted, if anything may be told of them now.
    async fn tellable(&self, held: &Held) -> Result<Arc<Person>, FacadeError> {
        let person = match self.0.accounts.find(&held.account_id).await {
            Err(AccountError::Unknown) => return Err(FacadeError::NobodyToTell),
            other => other.map_err(OAuthError::from)?,
        };
        let silent = person.state != AccountState::Active || person.lacks_guardian(self.0.clock.now());
        if silent { Err(FacadeError::NobodyToTell) } else { Ok(person) }
    }

    /// What a level is called by the rules of a façade's region: that of the client, or of the province it comes from.
    fn level_code(&self, client: &Client, province: &str, person: &Person) -> String {
        let region = client.metadata.region.as_deref().unwrap_or(province);
        let codes = &self.0.regions;
        let code = codes.code(region, person.level()).or_else(|| codes.code(province, person.level()));
        code.unwrap_or_default().to_owned()
    }
}
