//! The in-process engine: a bounded map with an expiry queue. Everything in it is void after a restart.
//!
//! Values, which strangers can make us keep (long requests on their way), have half of the room and a bound in bytes:
//! whoever fills it stops neither the limits on tries nor the sign-ins of others.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures::future::{BoxFuture, ready};
use parking_lot::Mutex;

use super::{EphemeralError, EphemeralStore, MAX_VALUE};
use crate::base::{SharedClock, Timestamp};

/// Most bytes of all values together.
const MAX_KEPT: usize = 128 * 1024 * 1024;

/// Ephemeral state in this process's memory.
pub struct MemoryEphemeral {
    entries: Mutex<Entries>,
    max_entries: usize,
    clock: SharedClock,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<String, Entry>,
    by_expiry: BTreeSet<(Timestamp, String)>,
    /// How many values there are, and their bytes together.
    kept: (usize, usize),
}

struct Entry {
    value: Value,
    expires_at: Timestamp,
}

enum Value {
    Kept(Vec<u8>),
    Mark,
    Count(u64),
}

impl Value {
    /// How many values this is, and their bytes.
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Kept(bytes) => (1, bytes.len()),
            Self::Mark | Self::Count(_) => (0, 0),
        }
    }
}

impl Entries {
    fn drop_expired(&mut self, now: Timestamp) {
        while let Some((expires_at, key)) = self.by_expiry.first()
            && *expires_at <= now
        {
            let key = key.clone();
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &str) -> Option<Value> {
        let entry = self.by_key.remove(key)?;
        self.by_expiry.remove(&(entry.expires_at, key.to_owned()));
        let (values, bytes) = entry.value.size();
        self.kept = (self.kept.0.saturating_sub(values), self.kept.1.saturating_sub(bytes));
        Some(entry.value)
    }

    fn insert(&mut self, key: &str, value: Value, expires_at: Timestamp, max: usize) -> Result<(), EphemeralError> {
        self.remove(key);
        let (values, bytes) = value.size();
        let kept = (self.kept.0 + values, self.kept.1 + bytes);
        let too_many_values = values > 0 && (kept.0 > max.div_ceil(2) || kept.1 > MAX_KEPT);
        if self.by_key.len() >= max || too_many_values {
            return Err(EphemeralError::Full);
        }
        self.kept = kept;
        self.by_expiry.insert((expires_at, key.to_owned()));
        self.by_key.insert(key.to_owned(), Entry { value, expires_at });
        Ok(())
    }
}

impl MemoryEphemeral {
    /// An empty store for at most `max_entries` entries.
    #[must_use]
    pub fn new(max_entries: usize, clock: SharedClock) -> Self {
        Self { entries: Mutex::default(), max_entries, clock }
    }

    /// Runs `work` on the entries that still live.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Entries, Timestamp) -> Result<T, EphemeralError>,
    ) -> BoxFuture<'_, Result<T, EphemeralError>> {
        let now = self.clock.now();
        let mut entries = self.entries.lock();
        entries.drop_expired(now);
        Box::pin(ready(work(&mut entries, now)))
    }
}

impl EphemeralStore for MemoryEphemeral {
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> BoxFuture<'a, Result<(), EphemeralError>> {
        if value.len() > MAX_VALUE {
            return Box::pin(ready(Err(EphemeralError::TooLarge)));
        }
        self.with(|entries, now| entries.insert(key, Value::Kept(value.to_vec()), now.plus(ttl), self.max_entries))
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>> {
        self.with(|entries, _| {
            Ok(match entries.by_key.get(key).map(|entry| &entry.value) {
                Some(Value::Kept(bytes)) => Some(bytes.clone()),
                Some(Value::Mark) => Some(Vec::new()),
                _ => None,
            })
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>> {
        self.with(|entries, _| {
            Ok(match entries.remove(key) {
                Some(Value::Kept(bytes)) => Some(bytes),
                Some(Value::Mark) => Some(Vec::new()),
                _ => None,
            })
        })
    }

    fn mark<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<bool, EphemeralError>> {
        self.with(|entries, now| {
            if entries.by_key.contains_key(key) {
                return Ok(false);
            }
            entries.insert(key, Value::Mark, now.plus(ttl), self.max_entries)?;
            Ok(true)
        })
    }

    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, Result<u64, EphemeralError>> {
        self.with(|entries, now| {
            if let Some(Entry { value: Value::Count(count), .. }) = entries.by_key.get_mut(key) {
                *count = count.saturating_add(1);
                return Ok(*count);
            }
            entries.insert(key, Value::Count(1), now.plus(window), self.max_entries)?;
            Ok(1)
        })
    }

    fn peek<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, EphemeralError>> {
        self.with(|entries, _| {
            Ok(match entries.by_key.get(key).map(|entry| &entry.value) {
                Some(Value::Count(count)) => *count,
                _ => 0,
            })
        })
    }

    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), EphemeralError>> {
        self.with(|entries, _| {
            entries.remove(key);
            Ok(())
        })
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), EphemeralError>> {
        Box::pin(ready(Ok(())))
    }

    fn engine(&self) -> &'static str {
        "memory"
    }
}
