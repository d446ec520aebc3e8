//! A circuit breaker: after some failures in a row a destination is left alone for a while, then tried with one request.
//!
//! Pure state over an injected clock; whoever calls says what counts as a failure.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::base::{Cache, SharedClock, Timestamp};

/// When a breaker opens and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerPolicy {
    /// Failures in a row that open it.
    pub failures: u32,
    /// Milliseconds that it stays open before one request may try.
    pub open_ms: u64,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, open_ms: 10_000 }
    }
}

impl BreakerPolicy {
    const fn open_for(&self) -> Duration {
        Duration::from_millis(self.open_ms)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Requests pass; so many failures in a row.
    Closed { failures: u32 },
    /// Nothing passes before this moment.
    Open { until: Timestamp },
    /// One request is trying.
    HalfOpen,
}

/// The breaker before one destination.
pub struct Breaker {
    clock: SharedClock,
    policy: BreakerPolicy,
    state: Mutex<State>,
}

/// The destination is being left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the destination failed repeatedly and is left alone for {} s", retry_after.as_secs())]
pub struct BreakerOpen {
    /// How long until a request may try again.
    pub retry_after: Duration,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(policy: BreakerPolicy, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { clock, policy, state: Mutex::new(State::Closed { failures: 0 }) })
    }

    /// May a request go? If so, its outcome must be told to the [`Admission`].
    ///
    /// # Errors
    /// [`BreakerOpen`] while the destination is left alone, or while another request is the one that tries.
    pub fn admit(self: &Arc<Self>) -> Result<Admission, BreakerOpen> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let trial = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until > now => return Err(BreakerOpen { retry_after: until.since(now) }),
            State::Open { .. } => {
                *state = State::HalfOpen;
                true
            }
            State::HalfOpen => return Err(BreakerOpen { retry_after: Duration::from_secs(1) }),
        };
        Ok(Admission { breaker: self.clone(), trial, told: false })
    }

    /// Whether requests pass freely.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(*self.state.lock(), State::Closed { .. })
    }

    fn settle(&self, trial: bool, success: bool) {
        let now = self.clock.now();
        let mut state = self.state.lock();
        *state = match (*state, success) {
            (State::Closed { .. }, true) => State::Closed { failures: 0 },
            (State::HalfOpen, true) if trial => State::Closed { failures: 0 },
            (State::Closed { failures }, false) if failures + 1 < self.policy.failures => {
                State::Closed { failures: failures + 1 }
            }
            (State::Closed { .. }, false) => State::Open { until: now.plus(self.policy.open_for()) },
            (State::HalfOpen, false) if trial => State::Open { until: now.plus(self.policy.open_for()) },
            // A request from before the breaker opened says nothing about now.
            (unchanged, _) => unchanged,
        };
    }

    /// The trial was given up without an outcome: the next request may try.
    fn abandon(&self) {
        let mut state = self.state.lock();
        if *state == State::HalfOpen {
            *state = State::Open { until: self.clock.now() };
        }
    }
}

/// Leave for one request. Dropped without a word (the caller was cancelled), it counts as neither success nor failure.
#[must_use = "the breaker learns only from outcomes"]
pub struct Admission {
    breaker: Arc<Breaker>,
    trial: bool,
    told: bool,
}

impl Admission {
    /// The destination answered as it should.
    pub fn succeeded(mut self) {
        self.told = true;
        self.breaker.settle(self.trial, true);
    }

    /// The destination failed.
    pub fn failed(mut self) {
        self.told = true;
        self.breaker.settle(self.trial, false);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if self.trial && !self.told {
            self.breaker.abandon();
        }
    }
}

/// Breakers by destination; a bounded number, the least used forgotten first.
#[derive(Clone)]
pub struct Breakers {
    policy: BreakerPolicy,
    clock: SharedClock,
    known: Cache<String, Arc<Breaker>>,
}

impl Breakers {
    /// At most `capacity` destinations are remembered.
    #[must_use]
    pub fn new(policy: BreakerPolicy, clock: SharedClock, capacity: usize) -> Self {
        Self { policy, clock, known: Cache::lasting(capacity) }
    }

    /// The breaker before `destination` (a host and port, or a name of the caller's).
    #[must_use]
    pub fn of(&self, destination: &str) -> Arc<Breaker> {
        self.known.get_or_insert_with(destination, || Breaker::new(self.policy, self.clock.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ManualClock;

    fn breaker() -> (Arc<Breaker>, ManualClock) {
        let clock = ManualClock::at(Timestamp::from_seconds(1_800_000_000));
        let policy = BreakerPolicy { failures: 3, open_ms: 10_000 };
        (Breaker::new(policy, Arc::new(clock.clone())), clock)
    }

    fn fail(breaker: &Arc<Breaker>, times: u32) {
        for _ in 0..times {
            breaker.admit().unwrap().failed();
        }
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_does_not() {
        let (breaker, _) = breaker();
        fail(&breaker, 2);
        breaker.admit().unwrap().succeeded();
        fail(&breaker, 2);
        assert!(breaker.is_closed());
        fail(&breaker, 1);
        assert_eq!(breaker.admit().err(), Some(BreakerOpen { retry_after: Duration::from_secs(10) }));
    }

    #[test]
    fn after_its_time_one_request_tries_and_the_others_wait() {
        let (breaker, clock) = breaker();
        fail(&breaker, 3);
        clock.advance(Duration::from_secs(10));
        let trial = breaker.admit().unwrap();
        assert!(breaker.admit().is_err());
        trial.succeeded();
        assert!(breaker.is_closed());
        assert!(breaker.admit().is_ok());
    }

    #[test]
    fn a_failed_trial_opens_it_again_for_the_whole_time() {
        let (breaker, clock) = breaker();
        fail(&breaker, 3);
        clock.advance(Duration::from_secs(12));
        breaker.admit().unwrap().failed();
        clock.advance(Duration::from_millis(9_999));
        assert_eq!(breaker.admit().err(), Some(BreakerOpen { retry_after: Duration::from_millis(1) }));
    }

    #[test]
    fn a_cancelled_trial_lets_the_next_one_try() {
        let (breaker, clock) = breaker();
        fail(&breaker, 3);
        clock.advance(Duration::from_secs(10));
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().succeeded();
        assert!(breaker.is_closed());
    }

    #[test]
    fn late_answers_from_before_it_opened_change_nothing() {
        let (breaker, clock) = breaker();
        let (late_success, late_failure) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        fail(&breaker, 3);
        late_success.succeeded();
        assert!(breaker.admit().is_err());
        clock.advance(Duration::from_secs(10));
        let trial = breaker.admit().unwrap();
        late_failure.failed();
        trial.succeeded();
        assert!(breaker.is_closed());
    }

    #[test]
    fn destinations_do_not_share_their_fate() {
        let clock = ManualClock::at(Timestamp(0));
        let breakers = Breakers::new(BreakerPolicy { failures: 1, open_ms: 1_000 }, Arc::new(clock), 100);
        breakers.of("a:443").admit().unwrap().failed();
        assert!(breakers.of("a:443").admit().is_err());
        assert!(breakers.of("b:443").admit().is_ok());
    }
}
