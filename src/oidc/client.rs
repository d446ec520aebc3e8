//! The registered relying parties, as the engine uses them: parsed once, cached briefly.

use std::sync::Arc;
use std::time::Duration;

use crate::base::id::ClientId;
use crate::base::{Cache, Timestamp};
use crate::federation::EntityIdentifier;
use crate::proto::jose::PublicJwkSet;
use crate::proto::oauth::ValidMetadata;
use crate::store::clients::ClientRow;
use crate::store::{self, Connection, Store, StoreError};

/// How long a client may be served from memory: the bound on how late a suspension bites elsewhere.
const CACHE_LIFE: Duration = Duration::from_millis(800);

/// Longest client id that is looked for: an entity identifier's length.
const MAX_ID: usize = 256;

/// A registered client.
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// Its validated metadata.
    pub metadata: ValidMetadata,
    /// Whether an administrator has suspended it.
    pub suspended: bool,
    /// Its secret as it is stored, hashed or sealed, when its method needs one.
    pub secret: Option<String>,
    /// Keyed hash of its registration access token.
    pub registration_token_hash: Option<String>,
    /// Keys it registered by value.
    pub jwks: Option<Arc<PublicJwkSet>>,
    /// When it was registered, in epoch milliseconds.
    pub created_at: Timestamp,
    /// Until when the federation vouches for it; none: it was registered by hand.
    pub trusted_until: Option<Timestamp>,
}

impl Client {
    /// Whether it may act at `now`: neither suspended nor past the end of its trust.
    #[must_use]
    pub fn may_act(&self, now: Timestamp) -> bool {
        !self.suspended && self.trusted_until.is_none_or(|until| now < until)
    }

    /// Whether it registered itself by its entity id (OpenID Federation §12.1): its requests are always signed.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.trusted_until.is_some() && EntityIdentifier::parse(self.id.as_str()).is_some()
    }

    pub(in crate::oidc) fn from_row(row: ClientRow) -> Result<Self, StoreError> {
        let metadata: ValidMetadata =
            serde_json::from_str(&row.metadata).map_err(|_| StoreError::Damaged("client metadata"))?;
        let jwks = match metadata.jwks.as_ref() {
            None => None,
            Some(value) => {
                let set = PublicJwkSet::parse(&value.to_string()).map_err(|_| StoreError::Damaged("client keys"))?;
                Some(Arc::new(set))
            }
        };
        Ok(Self {
            id: row.id,
            suspended: row.state != "active",
            secret: row.secret,
            registration_token_hash: row.registration_token_hash,
            created_at: row.created_at,
            trusted_until: row.trusted_until,
            metadata,
            jwks,
        })
    }
}

/// The clients of this node; clones share the cache.
#[derive(Clone)]
pub struct Clients {
    store: Store,
    cache: Cache<ClientId, Option<Arc<Client>>>,
}

impl Clients {
    /// The clients in `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, cache: Cache::new(8_192, CACHE_LIFE) }
    }

    /// The client with this id, suspended or not.
    pub async fn find(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        if id.as_str().len() > MAX_ID {
            return Ok(None);
        }
        if let Some(known) = self.cache.get(id) {
            return Ok(known);
        }
        let client = self.find_in(&mut self.store.read().await?, id).await?;
        self.cache.insert(id.clone(), client.clone());
        Ok(client)
    }

    /// The same, on a connection that the caller holds already, with what its transaction has changed: whoever holds one
    /// must not wait for a second.
    pub async fn find_in(&self, db: &mut impl Connection, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        Ok(store::clients::find(db, id).await?.map(Client::from_row).transpose()?.map(Arc::new))
    }

    /// Reads these clients at once, for [`Clients::find`] to have them at hand.
    pub async fn expect(&self, ids: &[&str]) -> Result<(), StoreError> {
        for client in self.all_in(&mut self.store.read().await?, ids).await? {
            self.cache.insert(client.id.clone(), Some(Arc::new(client)));
        }
        Ok(())
    }

    /// Those of these clients that there are, in no order, on a connection that the caller holds already.
    pub async fn all_in(&self, db: &mut impl Connection, ids: &[&str]) -> Result<Vec<Client>, StoreError> {
        store::clients::find_all(db, ids).await?.into_iter().map(Client::from_row).collect()
    }

    /// The client as the store has it now.
    pub async fn on_record(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        self.find_in(&mut self.store.read().await?, id).await
    }

    /// Clients in order of id, after `after`, at most `limit`.
    pub async fn list(&self, after: &str, limit: i64) -> Result<Vec<Client>, StoreError> {
        let rows = store::clients::list(&mut self.store.read().await?, after, limit).await?;
        rows.into_iter().map(Client::from_row).collect()
    }

    /// Forgets what is cached of a client: it has just changed.
    pub fn changed(&self, id: &ClientId) {
        self.cache.forget(id);
    }
}
