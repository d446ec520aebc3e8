//! The worker of the outbox: takes jobs that are due, runs each by its kind's [`Handler`], and writes down what came of it.
//!
//! At least once: a row is marked done only after the effect is confirmed; a worker that dies leaves its jobs to be taken
//! again when their lease is over. Jobs to one destination share a breaker and a bound on how many run at once, so that
//! a slow service cannot hold up the others. What a job does is its handler's room's business (`logout`).

mod outcomes;
mod sweeper;
#[cfg(test)]
mod tests;
mod worker;

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::base::within;
use crate::store::outbox::JobRow;

pub use sweeper::{Chore, Sweeper};
pub use worker::{Round, Wake, Worker};

/// What came of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The effect is confirmed.
    Done,
    /// It may work later.
    Retry {
        /// When the other side asked to be tried again.
        after: Option<Duration>,
        /// What went wrong, without personal data.
        error: String,
    },
    /// The other side understood and refused: three tries, then given up.
    Refused {
        /// What it answered, without personal data.
        error: String,
    },
}

/// Runs one kind of job.
pub trait Handler: Send + Sync + 'static {
    /// The `kind` of its rows.
    fn kind(&self) -> &'static str;
    /// Reads what these jobs will need, before they are run one by one.
    fn prepare<'a>(&'a self, _jobs: &'a [&'a JobRow]) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
    /// Tries once. It must bound its own time well below the lease.
    fn run<'a>(&'a self, job: &'a JobRow) -> BoxFuture<'a, Verdict>;
}

/// The `[jobs]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct JobConfig {
    /// How many jobs run at once.
    #[serde(deserialize_with = "within::<_, 1, 1024>")]
    pub at_once: u64,
    /// How many of them go to one destination.
    #[serde(deserialize_with = "within::<_, 1, 256>")]
    pub per_destination: u64,
    /// Longest wait between two tries, in seconds.
    #[serde(deserialize_with = "within::<_, 1, 3600>")]
    pub longest_wait_seconds: u64,
    /// After how long a job is given up, in hours.
    #[serde(deserialize_with = "within::<_, 1, 720>")]
    pub give_up_hours: u64,
    /// How long finished jobs stay visible, in days.
    #[serde(deserialize_with = "within::<_, 1, 366>")]
    pub keep_done_days: u64,
    /// How long given-up jobs stay visible and replayable, in days.
    #[serde(deserialize_with = "within::<_, 1, 3660>")]
    pub keep_dead_days: u64,
}

impl Default for JobConfig {
    fn default() -> Self {
        Self {
            at_once: 64,
            per_destination: 8,
            longest_wait_seconds: 600,
            give_up_hours: 72,
            keep_done_days: 7,
            keep_dead_days: 90,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl JobConfig {
    /// How many jobs run at once.
    fn at_once(&self) -> usize {
        usize::try_from(self.at_once).unwrap_or(usize::MAX)
    }

    /// How many of them go to one destination.
    fn per_destination(&self) -> usize {
        usize::try_from(self.per_destination).unwrap_or(usize::MAX)
    }

    /// How long finished jobs stay.
    #[must_use]
    pub fn keep_done(&self) -> Duration {
        DAY * u32::try_from(self.keep_done_days).unwrap_or(7)
    }

    /// How long given-up jobs stay.
    #[must_use]
    pub fn keep_dead(&self) -> Duration {
        DAY * u32::try_from(self.keep_dead_days).unwrap_or(90)
    }

    /// After how long a job is given up.
    #[must_use]
    pub fn give_up_after(&self) -> Duration {
        Duration::from_secs(self.give_up_hours * 3600)
    }
}
