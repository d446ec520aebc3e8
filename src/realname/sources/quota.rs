//! How often a source may be asked: counted over all processes of the node, in the minute and in the day.
//!
//! When the counter cannot be reached nothing is asked: a quota that a contract sets is not exceeded for want of counting.

use std::time::Duration;

use crate::base::SharedClock;
use crate::ephemeral::Ephemeral;
use crate::realname::authority::AuthorityError;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// China is eight hours ahead of UTC all over the country.
const CHINA: i64 = 8 * 3_600;

/// The quota of one source.
pub struct Quota {
    source: String,
    per_minute: u64,
    per_day: u64,
    ephemeral: Ephemeral,
    clock: SharedClock,
}

impl Quota {
    /// A quota; 0 is no limit.
    #[must_use]
    pub fn new(source: &str, (per_minute, per_day): (u64, u64), ephemeral: Ephemeral, clock: SharedClock) -> Self {
        Self { source: source.to_owned(), per_minute, per_day, ephemeral, clock }
    }

    /// Takes one question from the quota.
    ///
    /// # Errors
    /// [`AuthorityError::QuotaSpent`] with the time to the next window, [`AuthorityError::Unavailable`] when nobody can
    /// count.
    pub async fn spend(&self) -> Result<(), AuthorityError> {
        let seconds = self.clock.now().seconds() + CHINA;
        // The minute first: what it refuses does not count for the day.
        self.within(self.per_minute, seconds, MINUTE).await?;
        self.within(self.per_day, seconds, DAY).await
    }

    async fn within(&self, limit: u64, seconds: i64, window: Duration) -> Result<(), AuthorityError> {
        if limit == 0 {
            return Ok(());
        }
        let length = i64::try_from(window.as_secs()).unwrap_or(i64::MAX);
        let key = format!("authority-quota:{}:{length}:{}", self.source, seconds.div_euclid(length));
        let used = self.ephemeral.count(&key, window).await.map_err(|error| {
            tracing::warn!(%error, source = self.source, "the quota cannot be counted");
            AuthorityError::Unavailable { retry_after: Duration::from_secs(5) }
        })?;
        if used <= limit {
            return Ok(());
        }
        let left = length - seconds.rem_euclid(length);
        Err(AuthorityError::QuotaSpent { retry_after: Duration::from_secs(left.unsigned_abs().max(1)) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{ManualClock, Timestamp};
    use crate::ephemeral::MemoryEphemeral;

    fn quota(limits: (u64, u64)) -> (Quota, ManualClock) {
        // 23:59:30 in China.
        let clock = ManualClock::at(Timestamp::from_seconds(1_795_535_970));
        let ephemeral = Arc::new(MemoryEphemeral::new(100, Arc::new(clock.clone())));
        (Quota::new("population", limits, ephemeral, Arc::new(clock.clone())), clock)
    }

    fn spent(seconds: u64) -> Result<(), AuthorityError> {
        Err(AuthorityError::QuotaSpent { retry_after: Duration::from_secs(seconds) })
    }

    #[tokio::test]
    async fn a_minute_has_its_share() {
        let (quota, clock) = quota((2, 0));
        assert_eq!([quota.spend().await, quota.spend().await], [Ok(()), Ok(())]);
        assert_eq!(quota.spend().await, spent(30));
        clock.advance(Duration::from_secs(30));
        assert_eq!(quota.spend().await, Ok(()));
    }

    #[tokio::test]
    async fn a_day_ends_at_midnight_in_china() {
        let (quota, clock) = quota((0, 1));
        assert_eq!(quota.spend().await, Ok(()));
        assert_eq!(quota.spend().await, spent(30));
        clock.advance(Duration::from_secs(29));
        assert_eq!(quota.spend().await, spent(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(quota.spend().await, Ok(()));
    }

    #[tokio::test]
    async fn without_a_limit_nothing_is_counted() {
        let (quota, _) = quota((0, 0));
        for _ in 0..1_000 {
            assert_eq!(quota.spend().await, Ok(()));
        }
    }
}
