//! Writes down what came of jobs: done, to be tried again, given up.
//!
//! Outcomes that come while others are being written wait and are written together: ten thousand deliveries cost some hundred
//! transactions. Whoever settles an outcome goes on when it is written.

use std::time::Duration;

use parking_lot::Mutex;

use super::{JobConfig, Verdict};
use crate::base::{SharedClock, SharedRandom};
use crate::outbound::Backoff;
use crate::store::outbox::{self, JobRow};
use crate::store::{Store, StoreError, Transaction};

/// How often the other side may refuse before the job is given up.
const REFUSALS: i32 = 3;

/// What came of one job.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was tried.
    Tried(Verdict),
    /// Its turn came too late, or not at all: whoever comes next may have it.
    Untried,
}

/// What came of the jobs of one worker.
pub(super) struct Outcomes {
    store: Store,
    clock: SharedClock,
    random: SharedRandom,
    config: JobConfig,
    waiting: Mutex<Vec<(JobRow, Outcome)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Outcomes {
    /// Nothing to write yet.
    pub(super) fn new(store: Store, (clock, random): (SharedClock, SharedRandom), config: JobConfig) -> Self {
        Self { store, clock, random, config, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Writes an outcome down, with all others that wait. What cannot be written is tried again: the lease runs out and the job
    /// comes back.
    pub(super) async fn settle(&self, job: JobRow, outcome: Outcome) {
        self.waiting.lock().push((job, outcome));
        let _turn = self.turn.lock().await;
        // Whoever had the turn before may have written this one too.
        let batch = std::mem::take(&mut *self.waiting.lock());
        if let Err(error) = self.write(&batch).await {
            let jobs = batch.len();
            tracing::error!(%error, jobs, "outcomes of jobs cannot be written; they will be taken again");
        }
    }

    async fn write(&self, batch: &[(JobRow, Outcome)]) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let (done, rest): (Vec<_>, Vec<_>) =
            batch.iter().partition(|(_, outcome)| *outcome == Outcome::Tried(Verdict::Done));
        let mut tx = self.store.begin().await?;
        if !done.is_empty() {
            let ids: Vec<_> = done.iter().map(|(job, _)| job.id.as_str()).collect();
            let now = self.clock.now();
            outbox::done(&mut tx, &ids, now, now.plus(self.config.keep_done())).await?;
        }
        for (job, outcome) in rest {
            match outcome {
                Outcome::Tried(verdict) => self.write_one(&mut tx, job, verdict).await?,
                Outcome::Untried => self.put_back(&mut tx, job, Duration::ZERO).await?,
            }
        }
        tx.commit().await
    }

    async fn write_one(&self, tx: &mut Transaction, job: &JobRow, verdict: &Verdict) -> Result<(), StoreError> {
        let now = self.clock.now();
        match verdict {
            Verdict::Done => {}
            Verdict::Refused { error } if job.tries >= REFUSALS => {
                self.bury(tx, job, error).await?;
            }
            Verdict::Retry { error, .. } if now.since(job.created_at) >= self.config.give_up_after() => {
                self.bury(tx, job, error).await?;
            }
            Verdict::Refused { error } => {
                outbox::retry(tx, &job.id, now.plus(self.wait(job)), error).await?;
            }
            Verdict::Retry { after, error } => {
                let wait = after.map_or_else(|| self.wait(job), |asked| asked.max(self.wait(job)));
                outbox::retry(tx, &job.id, now.plus(wait), error).await?;
            }
        }
        Ok(())
    }

    /// Puts a job back untried; one that has waited too long is given up, also when its destination never had a try left for it.
    pub(super) async fn put_back(&self, tx: &mut Transaction, job: &JobRow, wait: Duration) -> Result<(), StoreError> {
        let now = self.clock.now();
        if now.since(job.created_at) >= self.config.give_up_after() {
            let error = job.last_error.as_deref().unwrap_or("the destination was left alone for too long");
            return self.bury(tx, job, error).await;
        }
        outbox::postpone(tx, &job.id, now.plus(wait.max(Duration::from_millis(50)))).await?;
        Ok(())
    }

    /// Gives a job up, visibly.
    async fn bury(&self, tx: &mut Transaction, job: &JobRow, error: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        outbox::bury(tx, &job.id, now, now.plus(self.config.keep_dead()), error).await?;
        tracing::error!(job = %job.id, kind = job.kind, destination = job.destination, error, "a job is given up");
        Ok(())
    }

    /// 2ⁿ seconds with jitter after the n-th try.
    fn wait(&self, job: &JobRow) -> Duration {
        let cap = Duration::from_secs(self.config.longest_wait_seconds);
        let backoff = Backoff { first: Duration::from_secs(2), cap };
        backoff.delay(u32::try_from(job.tries.saturating_sub(1)).unwrap_or(0), &self.random)
    }
}
