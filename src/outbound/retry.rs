//! When to try again: exponential back-off with jitter, and what `Retry-After` asks for. Pure functions.

use std::time::Duration;

use http::{HeaderMap, header};
use time::PrimitiveDateTime;
use time::macros::format_description;

use crate::base::{SharedRandom, Timestamp};

/// Waits that double from `first` up to `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub first: Duration,
    /// No wait is longer.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after failure number `attempt` (0 is the first): half of `first · 2^attempt` (at most `cap`) for certain,
    /// the other half by chance, so that those who failed together do not come back together.
    #[must_use]
    pub fn delay(&self, attempt: u32, random: &SharedRandom) -> Duration {
        let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        let full = self.first.saturating_mul(factor).min(self.cap);
        let chance = f64::from(u32::from_le_bytes(random.array::<4>())) / f64::from(u32::MAX);
        (full / 2) + (full / 2).mul_f64(chance)
    }
}

/// What a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or an HTTP date), at most `cap`. `None` when absent
/// or unreadable.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp, cap: Duration) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(text)?.since(now),
    };
    Some(wait.min(cap))
}

/// IMF-fixdate, the one HTTP date format that may be generated (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let date = PrimitiveDateTime::parse(text, format).ok()?;
    Some(Timestamp::from_seconds(date.assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::SeededRandom;

    #[test]
    fn waits_double_up_to_the_cap_and_never_leave_their_band() {
        let random: SharedRandom = Arc::new(SeededRandom::new(3));
        let backoff = Backoff { first: Duration::from_secs(2), cap: Duration::from_secs(600) };
        for attempt in 0..100 {
            let full = Duration::from_secs(2_u64.saturating_pow(attempt + 1).min(600));
            for _ in 0..20 {
                let wait = backoff.delay(attempt, &random);
                assert!(wait >= full / 2 && wait <= full, "attempt {attempt}: {wait:?}");
            }
        }
    }

    #[test]
    fn waits_after_the_same_failure_differ() {
        let random: SharedRandom = Arc::new(SeededRandom::new(4));
        let backoff = Backoff { first: Duration::from_secs(2), cap: Duration::from_secs(600) };
        let waits: std::collections::HashSet<_> = (0..20).map(|_| backoff.delay(5, &random)).collect();
        assert!(waits.len() > 15);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = Timestamp::from_seconds(784_111_777);
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now, Duration::from_secs(3_600))
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("999999999"), Some(Duration::from_secs(3_600)));
        assert_eq!(read("Sun, 06 Nov 1994 08:50:37 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now, Duration::from_secs(1)), None);
    }
}
