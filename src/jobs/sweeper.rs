//! The sweeper: chores that come round, among them the removal of what has expired, a bounded batch at a time.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::base::SharedClock;
use crate::store::{Store, StoreError, cleanup};

/// Rows of one table removed in one statement.
const BATCH: i64 = 500;

/// How many batches of one table go in one round.
const BATCHES: usize = 20;

/// Something that is done again and again: keys rotate, sessions run out.
pub trait Chore: Send + Sync + 'static {
    /// Its name, for the log.
    fn name(&self) -> &'static str;
    /// How long to wait between two rounds.
    fn every(&self) -> Duration;
    /// Does it once.
    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// Removes what has expired, and does the other rooms' chores.
#[derive(Clone)]
pub struct Sweeper {
    store: Store,
    clock: SharedClock,
    chores: Vec<Arc<dyn Chore>>,
}

impl Sweeper {
    /// A sweeper over `store` that also does `chores`.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock, chores: Vec<Arc<dyn Chore>>) -> Self {
        Self { store, clock, chores }
    }

    /// Comes round until told to stop.
    pub async fn run(&self, stop: CancellationToken) {
        let mut tasks = tokio::task::JoinSet::new();
        for chore in self.chores.clone() {
            let stop = stop.clone();
            tasks.spawn(async move {
                while !wait(&stop, chore.every()).await {
                    if let Err(error) = chore.run().await {
                        tracing::error!(%error, chore = chore.name(), "a chore failed");
                    }
                }
            });
        }
        while !wait(&stop, Duration::from_secs(30)).await {
            if let Err(error) = self.sweep().await {
                tracing::error!(%error, "expired rows could not be removed");
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Removes what has expired now, in bounded batches; gives how many rows went.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let mut gone = 0;
        for table in cleanup::tables() {
            for _ in 0..BATCHES {
                let mut tx = self.store.begin().await?;
                let rows = cleanup::sweep(&mut tx, table, self.clock.now(), BATCH).await?;
                tx.commit().await?;
                gone += rows;
                if rows < BATCH.unsigned_abs() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        Ok(gone)
    }

    /// Does every chore once; for tests and the CLI.
    pub async fn run_chores(&self) -> Result<(), StoreError> {
        for chore in &self.chores {
            chore.run().await?;
        }
        Ok(())
    }
}

/// Waits for `span`; true when told to stop.
async fn wait(stop: &CancellationToken, span: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(span) => false,
    }
}
