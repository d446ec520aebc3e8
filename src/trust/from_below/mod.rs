//! Trust passing (信任传递, standard 6.4 c), the target's side: who has signed in at a node below is signed in here, and so known
//! at every access party of this node.
//!
//! - [`begin`]: leg 0, the browser gets a nonce, whose hash goes back to the node below
//! - [`assertion`], [`exchange`]: leg 1, the node below asserts who has signed in, bound to that hash, and gets a [`ticket`]
//! - [`enter`]: leg 2, the browser presents the ticket with its nonce; [`passage`]: what is asked of a person first
//!
//! What a node may assert is `[[below]]` and never more; a real name counts once this node's own authority has confirmed it.

pub mod assertion;
pub mod begin;
pub mod enter;
pub mod exchange;
pub mod passage;
pub mod ticket;

use std::sync::Arc;
use std::time::Duration;

use super::config::{Below, LowerNode};
use crate::accounts::{Accounts, Verifier};
use crate::base::id::ClientId;
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::keys::{KeyService, MasterKey, Sealer};
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::oauth::OAuthError;
use crate::signon::SignOn;
use crate::store::Store;

pub use begin::{Begun, NotBegun};
pub use enter::{Entry, Presented, Turned};
pub use passage::{Decided, Passage, Standing};

/// Longest `state` of a node below, in bytes: it travels in URLs and waits in a cookie.
const LONGEST_STATE: usize = 1_600;

/// What this room stands on.
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// The provider, whose clients the nodes below are.
    pub provider: Provider,
    /// The signing keys.
    pub keys: KeyService,
    /// Who can sign in.
    pub accounts: Accounts,
    /// Asks this node's authority.
    pub verifier: Verifier,
    /// Signs people on.
    pub signon: SignOn,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
    /// How long a session lives at most: as long it is remembered that one below has ended.
    pub session_cap: Duration,
}

/// Takes sign-ins that nodes below pass up; clones share everything.
#[derive(Clone)]
pub struct FromBelow(Arc<Inner>);

struct Inner {
    below: Below,
    tickets: Sealer,
    on: Foundations,
}

/// A node below that is asked for or asks, as it is configured and registered.
struct Party<'a> {
    node: &'a LowerNode,
    client: Arc<Client>,
}

impl FromBelow {
    /// From these nodes.
    #[must_use]
    pub fn new(below: Below, master: &MasterKey, on: Foundations) -> Self {
        Self(Arc::new(Inner { below, tickets: Sealer::new(master, "login-ticket"), on }))
    }

    /// The node that is the client `id`; none when there is none below, or it is suspended.
    async fn party(&self, id: &ClientId) -> Result<Option<Party<'_>>, OAuthError> {
        let Some(node) = self.0.below.find(id.as_str()) else { return Ok(None) };
        let client = self.0.on.provider.clients().find(id).await?;
        let client = client.filter(|client| client.may_act(self.now()));
        Ok(client.map(|client| Party { node, client }))
    }

    fn now(&self) -> Timestamp {
        self.0.on.clock.now()
    }

    fn issuer(&self) -> &str {
        self.0.on.provider.issuer()
    }

    /// What people call the node below with this entity id, in a language.
    #[must_use]
    pub fn name(&self, entity_id: &str, lang: &str) -> Option<&str> {
        Some(self.0.below.find(entity_id)?.name.text(lang))
    }

    /// The way back to a node, with what it is told.
    fn back(&self, node: &LowerNode, state: &str, told: &[(&str, &str)]) -> String {
        let uri = node.return_uri();
        let joint = if uri.contains('?') { '&' } else { '?' };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(told)
            .append_pair("state", state)
            .append_pair("iss", self.issuer())
            .finish();
        format!("{uri}{joint}{query}")
    }
}
