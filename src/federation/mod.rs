//! Signed trust between nodes and services in place of lists (OpenID Federation 1.0): who vouches for whom, from the nation
//! (the anchor, 信任锚) through provinces and ministries (intermediates) to cities, own systems and third parties (leaves).
//!
//! ```text
//! statement ─ chain: policy, constraints    pure: what a chain is worth
//! collect ─ anchors ─ chains                the search, the anchors' keys, chains kept within their validity
//! own ─ subordinates ─ answers              what this node says of itself and of those below
//! marks                                     trust marks: issued, revoked, judged
//! admission ─ explain                       may this service register; why not
//! ```
//!
//! Nothing here knows the web, or what a client or a person is: `oidc` asks for an [`admission::Admission`] and makes the
//! client; `http/federation` carries the answers; `cli/trust` administers. Trust is never older than the chain that gives
//! it: within its validity logins go on while the node above is away, and at its end they stop.

pub mod admission;
pub mod anchors;
pub mod answers;
pub mod chain;
mod chains;
mod collect;
pub mod config;
pub mod constraints;
pub mod entity_id;
pub mod error;
pub mod explain;
pub mod fault;
pub mod marks;
mod own;
pub mod policy;
mod refresh;
pub mod statement;
pub mod subordinates;

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::base::{Cache, SharedClock, SharedRandom, Timestamp};
use crate::keys::KeyService;
use crate::outbound::Outbound;
use crate::store::Store;

use anchors::AnchorView;
use chain::TrustChain;
pub use config::{FederationConfig, RegistrationType};
pub use entity_id::{EntityIdentifier, WELL_KNOWN};
pub use error::FederationError;
pub use fault::{Fault, Link, NoTrust, Path};
pub use own::path;
pub use refresh::{RefreshTrust, RollSubordinates};

/// Chains kept in memory.
const CHAINS: usize = 4_096;

/// What a node's part in the federation stands on.
#[derive(Clone)]
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// The federation keys; never those that sign tokens.
    pub keys: KeyService,
    /// The way out.
    pub outbound: Outbound,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
}

/// This node's part in the federation; clones share everything.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

struct Inner {
    id: EntityIdentifier,
    base: String,
    config: FederationConfig,
    on: Foundations,
    anchors: ArcSwap<Vec<AnchorView>>,
    /// What this node is besides a federation entity, by entity type.
    declared: ArcSwap<Map<String, Value>>,
    chains: Cache<EntityIdentifier, Arc<TrustChain>>,
    failures: Cache<EntityIdentifier, (Timestamp, Arc<NoTrust>)>,
    searches: Semaphore,
}

impl Federation {
    /// The part of the node `id` whose endpoints are below `base`. Reads what is kept of its anchors.
    ///
    /// # Errors
    /// [`FederationError::Anchor`]: the keys of an anchor cannot be used; or the store.
    pub async fn open(
        id: EntityIdentifier,
        base: &str,
        config: FederationConfig,
        on: Foundations,
    ) -> Result<Self, FederationError> {
        let searches = Semaphore::new(usize::try_from(config.limits.at_once).unwrap_or(1));
        let federation = Self(Arc::new(Inner {
            id,
            base: base.trim_end_matches('/').to_owned(),
            config,
            on,
            anchors: ArcSwap::default(),
            declared: ArcSwap::default(),
            chains: Cache::lasting(CHAINS),
            failures: Cache::lasting(CHAINS),
            searches,
        }));
        federation.load_anchors().await?;
        Ok(federation)
    }

    /// This node's entity id.
    #[must_use]
    pub fn id(&self) -> &EntityIdentifier {
        &self.0.id
    }

    /// As configured.
    #[must_use]
    pub fn config(&self) -> &FederationConfig {
        &self.0.config
    }

    /// The federation keys.
    #[must_use]
    pub fn keys(&self) -> &KeyService {
        &self.0.on.keys
    }

    /// Says what this node is besides a federation entity: `openid_provider`, `openid_relying_party`. In place of what was
    /// said of this type before.
    pub fn declare(&self, entity_type: &str, metadata: &Value) {
        self.0.declared.rcu(|declared| {
            let mut next = Map::clone(declared);
            next.insert(entity_type.to_owned(), metadata.clone());
            next
        });
    }

    fn outbound(&self) -> &Outbound {
        &self.0.on.outbound
    }

    fn now(&self) -> Timestamp {
        self.0.on.clock.now()
    }
}
