//! Tells the node above whom this node has registered (注册信息同步, standard 6.4 a): every registration, every change of a level or a
//! state, every closing, by SCIM in batches.
//!
//! - [`person`]: what is told of somebody · [`round`]: a batch there and its answers back · [`load`]: those who were here before ·
//!   [`queue`]: what waits, and what was rejected
//!
//! A change puts its person into the queue in the transaction that makes it. What is told is how the account stands when it is
//! told: so changes of one person never overtake each other, and a batch whose answer was lost is sent again without harm.
//! Nobody is given up: while the node above is away everything waits.

mod load;
mod person;
mod queue;
mod round;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Upstream;
use super::above::AboveError;
use crate::accounts::AccountError;
use crate::base::{Timestamp, within};
use crate::jobs::Chore;
use crate::keys::{BlindIndex, MasterKey};
use crate::store::{self, Store, StoreError};

pub use load::Progress;
pub use queue::{Reject, Status};
pub use round::Round;

/// The `[upstream.sync]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// Whether the node above is told of the people here. It must let this node.
    pub on: bool,
    /// How many people are told of in one batch.
    #[serde(deserialize_with = "within::<_, 1, 100>")]
    pub batch: u64,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self { on: false, batch: 50 }
    }
}

/// Why nobody could be told of.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Our own state cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node above does not answer, or not as it should.
    #[error(transparent)]
    Above(#[from] AboveError),
    /// An account cannot be read.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// It answers that it does not let this node, or something that helps nobody.
    #[error("the node above answered {0}")]
    Refused(String),
}

/// The access party's part; clones share everything.
#[derive(Clone)]
pub struct Synchroniser(Arc<Inner>);

struct Inner {
    upstream: Upstream,
    external: BlindIndex,
    batch: i64,
}

impl Synchroniser {
    /// Tells `upstream`, where `config` says so.
    #[must_use]
    pub fn new(upstream: &Upstream, config: &SyncConfig, master: &MasterKey) -> Option<Self> {
        let batch = i64::try_from(config.batch).unwrap_or(1);
        let external = BlindIndex::new(master, "sync-external-id");
        let inner = Inner { upstream: upstream.clone(), external, batch };
        config.on.then(|| Self(Arc::new(inner)))
    }

    fn store(&self) -> &Store {
        &self.0.upstream.0.on.store
    }

    fn now(&self) -> Timestamp {
        self.0.upstream.0.on.clock.now()
    }
}

/// Lets changes be put into the queue from now on, or no more: `sync` is how the node is configured.
///
/// # Errors
/// When the store cannot answer.
pub async fn switch(store: &Store, sync: Option<&Synchroniser>, now: Timestamp) -> Result<(), StoreError> {
    let found = store::sync_people::target(&mut store.read().await?).await?;
    let wanted = sync.map(|sync| sync.0.upstream.issuer());
    if found.as_ref().map(|row| row.issuer.as_str()) == wanted {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    match wanted {
        Some(issuer) => store::sync_people::set_target(&mut tx, issuer, now).await?,
        None => _ = store::sync_people::clear_target(&mut tx).await?,
    }
    tx.commit().await
}

/// The chore that tells the node above what waits.
pub struct TellRegistrations(pub Option<Synchroniser>);

impl Chore for TellRegistrations {
    fn name(&self) -> &'static str {
        "registrations to the node above"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let Some(sync) = &self.0 else { return Ok(()) };
            match sync.run_due().await {
                Ok(_) => Ok(()),
                Err(SyncError::Store(error)) => Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the node above cannot be told of registrations now; they wait");
                    Ok(())
                }
            }
        })
    }
}
