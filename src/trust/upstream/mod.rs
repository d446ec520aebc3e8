//! The node above: whoever has an account there signs in here by it (standard 6.4 c), and what it tells of logouts counts
//! here (6.4 d).
//!
//! - [`begin`]: sends the browser there, by a button or silently; [`state`]: what comes back with it, sealed
//! - [`callback`]: checks everything that comes back
//! - [`arrive`]: the account here, and the session in it; [`link`]: an account that was here before
//! - [`acting`]: for which company that is registered there somebody acts here
//! - [`pass`]: who signs in here is passed up to it (信任传递); [`vouch`]: what this node then says of them
//! - [`logout_above`]: what it tells of logouts; [`tell_above`]: what it is told
//! - [`above`]: what it publishes, and whether it answers; [`party`]: this node as its access party; [`verify_above`]: its
//!   verification system as an authority here
//! - [`sync`]: whom of the people here it is told; [`people`]: what has changed there of people who are known here
//!
//! What it says of a person is never raised on the way: a session is as strong as it says, at most as the operator allows.

pub mod above;
pub mod acting;
pub mod arrive;
pub mod begin;
pub mod callback;
pub mod link;
pub mod logout_above;
pub mod party;
pub mod pass;
pub mod people;
pub mod state;
pub mod sync;
pub mod tell_above;
pub mod verify_above;
pub mod vouch;

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{CoreClient, CoreJsonWebKeySet};
use openidconnect::{AuthUrl, ClientId, EndpointNotSet, EndpointSet, IssuerUrl, RedirectUrl, TokenUrl};

use super::below::CALLBACK;
use super::config::UpstreamConfig;
use crate::accounts::{Accounts, Verifier};
use crate::base::{SharedClock, SharedRandom};
use crate::delegation::Delegation;
use crate::ephemeral::Ephemeral;
use crate::keys::{KeyService, MasterKey, Sealer};
use crate::logout::Logouts;
use crate::oidc::Provider;
use crate::outbound::Outbound;
use crate::proto::oidc::Issuer;
use crate::realname::RealNameLevel;
use crate::signon::SignOn;
use crate::store::Store;

use above::{Above, AboveError, Metadata};
use party::Party;

pub use acting::{ActError, Wanted};
pub use arrive::{Arrival, ArrivalError};
pub use begin::Wish;
pub use callback::{CallbackError, Came};
pub use state::{Pending, StateError};

/// What this room stands on.
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// Ephemeral state.
    pub ephemeral: Ephemeral,
    /// The signing keys, by which this node proves who it is.
    pub keys: KeyService,
    /// The way out.
    pub outbound: Outbound,
    /// Who can sign in.
    pub accounts: Accounts,
    /// Writes real names.
    pub verifier: Verifier,
    /// Signs people on.
    pub signon: SignOn,
    /// Ends sessions.
    pub logouts: Logouts,
    /// For whom people act.
    pub delegation: Delegation,
    /// By which name this node speaks of people to the one above.
    pub provider: Provider,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
    /// How far clocks may differ.
    pub leeway: Duration,
    /// How long a session lives at most: as long it is remembered that one there has ended.
    pub session_cap: Duration,
}

/// The node above; clones share everything.
#[derive(Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    above: Arc<Above>,
    party: Arc<Party>,
    client_id: String,
    own_issuer: String,
    config: UpstreamConfig,
    states: Sealer,
    links: Sealer,
    on: Foundations,
}

type RelyingParty =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

impl Upstream {
    /// The node above, whose access party this node is.
    #[must_use]
    pub fn new(
        config: &UpstreamConfig,
        (own_issuer, party): (&Issuer, Arc<Party>),
        master: &MasterKey,
        on: Foundations,
    ) -> Self {
        Self(Arc::new(Inner {
            above: Arc::clone(party.above()),
            client_id: party.client_id().to_owned(),
            party,
            own_issuer: own_issuer.as_str().to_owned(),
            config: config.clone(),
            states: Sealer::new(master, "upstream-state"),
            links: Sealer::new(master, "upstream-link"),
            on,
        }))
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.above.issuer()
    }

    /// What people call an account there, in a language.
    #[must_use]
    pub fn name(&self, lang: &str) -> &str {
        self.0.config.name.text(lang)
    }

    /// The highest level that is taken over from there.
    #[must_use]
    pub fn maximum_level(&self) -> RealNameLevel {
        self.0.config.maximum_level
    }

    /// `openidconnect`'s client of it.
    fn relying_party(&self, metadata: &Metadata) -> Result<RelyingParty, AboveError> {
        let wrong = |error: url::ParseError| AboveError::Unusable(error.to_string());
        let issuer = IssuerUrl::new(self.issuer().to_owned()).map_err(wrong)?;
        let redirect = RedirectUrl::new(format!("{}{CALLBACK}", self.0.own_issuer)).map_err(wrong)?;
        Ok(CoreClient::new(ClientId::new(self.0.client_id.clone()), issuer, CoreJsonWebKeySet::default())
            .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
            .set_redirect_uri(redirect))
    }
}
