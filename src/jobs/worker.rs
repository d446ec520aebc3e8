//! The worker: claim, run, write down, again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::outcomes::{Outcome, Outcomes};
use super::{Handler, JobConfig, Verdict};
use crate::base::{Cache, SharedClock, SharedRandom, crash};
use crate::outbound::{Admission, BreakerPolicy, Breakers};
use crate::store::outbox::{self, JobRow};
use crate::store::{Store, StoreError};

/// The longest that one try may take: what handlers bound themselves by.
const LONGEST_TRY: Duration = Duration::from_secs(5);

/// How long a claimed job is this worker's alone. When a process dies, its jobs come back after it; what has so little of it
/// left that a try could outlast it is not begun.
const LEASE: Duration = LONGEST_TRY.saturating_mul(3);

/// How many times as many jobs are held as run at once: those under way do not wait for the next claim, nor their turns for
/// what came of others to be written.
const AHEAD: usize = 4;

/// How often the outbox is looked at when nobody wakes the worker: another process may have written a job.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a job waits whose destination is fully occupied.
const CROWDED: Duration = Duration::from_millis(250);

/// Wakes the worker: a job has just been committed.
#[derive(Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes it.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Jobs that were taken.
    pub taken: usize,
    /// Jobs done.
    pub done: usize,
}

/// A claimed job that may go now: a place at its destination, and leave of that one's breaker.
struct Admitted {
    job: JobRow,
    admission: Admission,
    place: OwnedSemaphorePermit,
}

/// What one look at the outbox brought.
#[derive(Default)]
struct Claim {
    /// Jobs that were due, those put back among them.
    taken: usize,
    admitted: Vec<Admitted>,
}

/// The outbox worker of one process; clones are the same worker.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

struct Inner {
    store: Store,
    clock: SharedClock,
    config: JobConfig,
    outcomes: Outcomes,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    breakers: Breakers,
    places: Cache<String, Arc<Semaphore>>,
    turns: Semaphore,
    wake: Wake,
}

impl Worker {
    /// A worker over `store` for these handlers.
    #[must_use]
    pub fn new(
        store: Store,
        (clock, random): (SharedClock, SharedRandom),
        config: JobConfig,
        handlers: Vec<Arc<dyn Handler>>,
        wake: Wake,
    ) -> Self {
        let breakers = Breakers::new(BreakerPolicy::default(), clock.clone(), 10_000);
        let handlers = handlers.into_iter().map(|handler| (handler.kind(), handler)).collect();
        let places = Cache::lasting(10_000);
        let turns = Semaphore::new(config.at_once());
        let outcomes = Outcomes::new(store.clone(), (clock.clone(), random), config.clone());
        Self(Arc::new(Inner { store, clock, config, outcomes, handlers, breakers, places, turns, wake }))
    }

    /// Works until told to stop, then finishes what it has begun, and gives back what still waits for its turn.
    pub async fn run(&self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            // First those that are done: who counted them as running would wait for nobody, and look again only after a while.
            while running.try_join_next().is_some() {}
            let free = self.worth_claiming(running.len());
            let claimed = self.claim(free).await.unwrap_or_else(|error| {
                tracing::error!(%error, "the outbox cannot be read");
                Claim::default()
            });
            let got_all = free > 0 && claimed.taken == free;
            for job in claimed.admitted {
                running.spawn(self.clone().one(job, stop.clone()));
            }
            if got_all {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.wake.0.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                Some(_) = running.join_next(), if self.worth_claiming(running.len()) == 0 => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// How many jobs to claim while so many are held: none until a quarter is free, so that a claim is for many.
    fn worth_claiming(&self, held: usize) -> usize {
        let most = self.0.config.at_once() * AHEAD;
        let free = most.saturating_sub(held);
        if free * 4 >= most { free } else { 0 }
    }

    /// Runs what is due now, once; for tests and for `hufu logout replay`.
    pub async fn run_due(&self) -> Result<Round, StoreError> {
        let mut round = Round::default();
        let mut running = JoinSet::new();
        let claimed = self.claim(self.0.config.at_once()).await?;
        round.taken = claimed.taken;
        for job in claimed.admitted {
            running.spawn(self.clone().one(job, CancellationToken::new()));
        }
        while let Some(done) = running.join_next().await {
            round.done += usize::from(done.unwrap_or(false));
        }
        Ok(round)
    }

    /// Takes what is due. What cannot go now is put back in the same transaction, so that many jobs for one slow destination
    /// cost one write.
    async fn claim(&self, limit: usize) -> Result<Claim, StoreError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        if limit == 0 {
            return Ok(Claim::default());
        }
        let next = outbox::next_due(&mut inner.store.read().await?).await?;
        if next.is_none_or(|due| due > now) {
            return Ok(Claim::default());
        }
        let mut tx = inner.store.begin().await?;
        let jobs = outbox::claim(&mut tx, now, now.plus(LEASE), i64::try_from(limit).unwrap_or(1)).await?;
        let mut claim = Claim { taken: jobs.len(), admitted: Vec::new() };
        let mut waiting = HashMap::<String, u32>::new();
        for job in jobs {
            match self.admit(&job.destination) {
                Ok((admission, place)) => claim.admitted.push(Admitted { job, admission, place }),
                Err(wait) => {
                    let before = waiting.entry(job.destination.clone()).or_default();
                    inner.outcomes.put_back(&mut tx, &job, wait + CROWDED * (*before / self.places())).await?;
                    *before += 1;
                }
            }
        }
        tx.commit().await?;
        self.prepare(&claim.admitted).await;
        Ok(claim)
    }

    /// Lets each handler read at once what its jobs of a claim will need one by one.
    async fn prepare(&self, admitted: &[Admitted]) {
        for (kind, handler) in &self.0.handlers {
            let jobs: Vec<_> = admitted.iter().map(|admitted| &admitted.job).filter(|job| job.kind == *kind).collect();
            if !jobs.is_empty() {
                handler.prepare(&jobs).await;
            }
        }
    }

    /// Leave to go there and a place, or how long to wait because the destination is occupied or to be left alone.
    fn admit(&self, destination: &str) -> Result<(Admission, OwnedSemaphorePermit), Duration> {
        let place = self.place(destination).ok_or(CROWDED)?;
        let admission = self.0.breakers.of(destination).admit().map_err(|open| open.retry_after)?;
        Ok((admission, place))
    }

    /// Runs one job when its turn comes and writes down what came of it; true when it is done.
    async fn one(self, Admitted { job, admission, place }: Admitted, stop: CancellationToken) -> bool {
        let inner = &*self.0;
        let Ok(turn) = inner.turns.acquire().await else { return false };
        if stop.is_cancelled() || inner.clock.now().plus(LONGEST_TRY) > job.due_at {
            inner.outcomes.settle(job, Outcome::Untried).await;
            return false;
        }
        let verdict = self.try_once(&job, admission).await;
        drop((turn, place));
        crash::point("outbox.after_delivery");
        let done = verdict == Verdict::Done;
        metrics::counter!("hufu_jobs_total", "kind" => job.kind.clone(), "result" => label(&verdict)).increment(1);
        inner.outcomes.settle(job, Outcome::Tried(verdict)).await;
        crash::point("outbox.after_settle");
        done
    }

    async fn try_once(&self, job: &JobRow, admission: Admission) -> Verdict {
        let Some(handler) = self.0.handlers.get(job.kind.as_str()) else {
            return Verdict::Retry { after: None, error: "this process does not know this kind of job".into() };
        };
        crash::point("outbox.before_delivery");
        let verdict = handler.run(job).await;
        match verdict {
            Verdict::Retry { .. } => admission.failed(),
            Verdict::Done | Verdict::Refused { .. } => admission.succeeded(),
        }
        verdict
    }

    fn place(&self, destination: &str) -> Option<OwnedSemaphorePermit> {
        let places = self.0.config.per_destination();
        let semaphore = self.0.places.get_or_insert_with(destination, || Arc::new(Semaphore::new(places)));
        semaphore.try_acquire_owned().ok()
    }

    /// How many jobs go to one destination at once, at least one.
    fn places(&self) -> u32 {
        u32::try_from(self.0.config.per_destination()).unwrap_or(u32::MAX).max(1)
    }
}

fn label(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::Retry { .. } => "retry",
        Verdict::Refused { .. } => "refused",
    }
}
