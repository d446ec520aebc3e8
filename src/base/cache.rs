//! What was true a moment ago: values kept in memory for a short life, in bounded number.
//!
//! The life of a belief is the bound on how late a change made elsewhere bites here, so every cache above names its own.
//! Counted by the monotonic clock of the process, not by the clock of the domain: it is about this memory only.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::hash::{Hash, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::{Cache as Kept, DefaultLifecycle};

/// Longer than any process lives.
const ALWAYS: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

#[derive(Clone)]
struct Belief<V> {
    value: V,
    since: Instant,
}

struct Weigh<K, V>(fn(&K, &V) -> u64);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> Weighter<K, Belief<V>> for Weigh<K, V> {
    fn weight(&self, key: &K, belief: &Belief<V>) -> u64 {
        (self.0)(key, &belief.value)
    }
}

type Beliefs<K, V> = Kept<K, Belief<V>, Weigh<K, V>, RandomState, DefaultLifecycle<K, Belief<V>>>;

/// A bounded memory of values; the least used go first. Clones share it.
pub struct Cache<K, V> {
    kept: Arc<Beliefs<K, V>>,
    life: Duration,
}

impl<K, V> Clone for Cache<K, V> {
    fn clone(&self) -> Self {
        Self { kept: Arc::clone(&self.kept), life: self.life }
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// At most `capacity` values, each for `life`.
    #[must_use]
    pub fn new(capacity: usize, life: Duration) -> Self {
        Self::weighing(capacity, capacity as u64, |_, _| 1, life)
    }

    /// At most `capacity` values, until they have to make room.
    #[must_use]
    pub fn lasting(capacity: usize) -> Self {
        Self::new(capacity, ALWAYS)
    }

    /// Values that weigh at most `capacity` together, about `items` of them.
    #[must_use]
    pub fn weighing(items: usize, capacity: u64, weigh: fn(&K, &V) -> u64, life: Duration) -> Self {
        let kept = Kept::with(items, capacity, Weigh(weigh), RandomState::new(), DefaultLifecycle::default());
        Self { kept: Arc::new(kept), life }
    }

    /// The value, unless its life is over.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.kept.get(key).filter(|belief| belief.since.elapsed() < self.life).map(|belief| belief.value)
    }

    /// Keeps a value; its life begins now.
    pub fn insert(&self, key: K, value: V) {
        self.kept.insert(key, Belief { value, since: Instant::now() });
    }

    /// The value, made if there is none yet: of several at once, all get the same.
    pub fn get_or_insert_with<Q: Hash + Eq + ?Sized + ToOwned<Owned = K>>(&self, key: &Q, make: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
    {
        let made = || Ok::<_, Infallible>(Belief { value: make(), since: Instant::now() });
        match self.kept.get_or_insert_with(key, made) {
            Ok(belief) => belief.value,
            Err(never) => match never {},
        }
    }

    /// Forgets one.
    pub fn forget<Q: Hash + Eq + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.kept.remove(key);
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_belief_ends_with_its_life_or_when_forgotten() {
        let cache = Cache::new(10, Duration::from_millis(40));
        cache.insert("a".to_owned(), 1);
        cache.insert("b".to_owned(), 2);
        assert_eq!(cache.get("a"), Some(1));
        cache.forget("a");
        assert_eq!((cache.get("a"), cache.get("b")), (None, Some(2)));
        std::thread::sleep(Duration::from_millis(60));
        assert_eq!(cache.get("b"), None);
        cache.insert("b".to_owned(), 3);
        cache.forget_all();
        assert_eq!(cache.get("b"), None);
    }

    #[test]
    fn many_values_stay_bounded_by_number_and_by_weight() {
        let cache = Cache::lasting(100);
        (0..10_000).for_each(|number: u32| cache.insert(number, number));
        assert!((0..10_000_u32).filter(|number| cache.get(number).is_some()).count() <= 128);
        let heavy = Cache::weighing(32, 1_000, |_: &u32, text: &String| text.len() as u64, ALWAYS);
        (0..100).for_each(|number| heavy.insert(number, "x".repeat(100)));
        assert!((0..100_u32).filter(|number| heavy.get(number).is_some()).count() <= 10);
    }

    #[test]
    fn what_is_made_is_made_once() {
        let cache = Cache::lasting(10);
        assert_eq!(cache.get_or_insert_with("a", || 1), 1);
        assert_eq!(cache.get_or_insert_with("a", || 2), 1);
    }
}
