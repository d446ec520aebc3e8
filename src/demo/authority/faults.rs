//! The switches: how the service is to fail, how often, and for how many questions.

use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::base::SharedRandom;

/// How to fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    #[default]
    Ok,
    /// 500.
    Error500,
    /// Say nothing and keep the connection.
    Hang,
    /// 200 with something unreadable and unsigned.
    Garbage,
    /// Answer properly, and always mismatch.
    MismatchAll,
    /// 429 with Retry-After.
    Quota,
}

/// The switches as they are set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// How to fail.
    pub mode: Mode,
    /// Milliseconds before every answer, also the good ones; at most a minute.
    pub latency_ms: u64,
    /// The share of questions that fail by `mode`, 0 to 1.
    pub fail_rate: f64,
    /// How many questions more fail before all is well again; absent: until it is switched back.
    pub count: Option<u32>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { mode: Mode::Ok, latency_ms: 0, fail_rate: 1.0, count: None }
    }
}

/// What was asked since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Questions that came in, also the failing and unsigned ones.
    pub(super) asked: u64,
    /// Questions on which a fault was played.
    pub(super) failed: u64,
    /// Answers that were given, by outcome.
    pub(super) matched: u64,
    pub(super) mismatched: u64,
    pub(super) not_found: u64,
    pub(super) invalid: u64,
    /// Questions refused: signature, replay, form.
    pub(super) refused: u64,
}

pub(super) struct Switches {
    faults: Mutex<Faults>,
    pub(super) counts: Mutex<Counts>,
    random: SharedRandom,
}

impl Switches {
    pub(super) fn new(random: SharedRandom) -> Self {
        Self { faults: Mutex::default(), counts: Mutex::default(), random }
    }

    pub(super) fn get(&self) -> Faults {
        *self.faults.lock()
    }

    /// Takes the new setting; false when its numbers make no sense.
    pub(super) fn set(&self, faults: Faults) -> bool {
        let sensible = (0.0..=1.0).contains(&faults.fail_rate) && faults.latency_ms <= 60_000;
        if sensible {
            *self.faults.lock() = faults;
        }
        sensible
    }

    /// How the question that just came in fares: by which mode, and after how long.
    pub(super) fn draw(&self) -> (Mode, Duration) {
        self.counts.lock().asked += 1;
        let chance = f64::from(u32::from_le_bytes(self.random.array::<4>())) / (f64::from(u32::MAX) + 1.0);
        let mut faults = self.faults.lock();
        let latency = Duration::from_millis(faults.latency_ms);
        if faults.mode == Mode::Ok || faults.count == Some(0) || chance >= faults.fail_rate {
            return (Mode::Ok, latency);
        }
        faults.count = faults.count.map(|left| left.saturating_sub(1));
        self.counts.lock().failed += 1;
        (faults.mode, latency)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::SeededRandom;

    fn switches(faults: Faults) -> Switches {
        let switches = Switches::new(Arc::new(SeededRandom::new(1)));
        assert!(switches.set(faults));
        switches
    }

    #[test]
    fn a_count_runs_out() {
        let switches = switches(Faults { mode: Mode::Error500, count: Some(2), ..Faults::default() });
        let modes: Vec<Mode> = (0..4).map(|_| switches.draw().0).collect();
        assert_eq!(modes, [Mode::Error500, Mode::Error500, Mode::Ok, Mode::Ok]);
        let counts = *switches.counts.lock();
        assert_eq!((counts.asked, counts.failed), (4, 2));
    }

    #[test]
    fn a_rate_fails_about_that_share() {
        let switches = switches(Faults { mode: Mode::Hang, fail_rate: 0.25, ..Faults::default() });
        let failed = (0..4_000).filter(|_| switches.draw().0 == Mode::Hang).count();
        assert!((800..1_200).contains(&failed), "{failed}");
    }

    #[test]
    fn senseless_numbers_are_refused() {
        let switches = switches(Faults::default());
        for fail_rate in [-0.1, 1.1, f64::NAN] {
            assert!(!switches.set(Faults { fail_rate, ..Faults::default() }));
        }
        assert!(!switches.set(Faults { latency_ms: 60_001, ..Faults::default() }));
        assert_eq!(switches.get(), Faults::default());
    }
}
