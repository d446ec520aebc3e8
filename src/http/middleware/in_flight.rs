//! How many requests are worked on at once: beyond the limit a request is refused at once, so that those inside finish.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The requests under way; clones share the count.
#[derive(Clone)]
pub(super) struct InFlight {
    count: Arc<AtomicUsize>,
    limit: usize,
}

impl InFlight {
    pub(super) fn new(limit: usize) -> Self {
        Self { count: Arc::default(), limit }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// A place for one more; `None` when there is none. `always` takes one beyond the limit.
    pub(super) fn enter(&self, always: bool) -> Option<Place> {
        let place = Place(Arc::clone(&self.count));
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        (always || before < self.limit).then_some(place)
    }
}

/// A place that is given back when dropped.
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back_also_by_those_who_got_none() {
        let in_flight = InFlight::new(1);
        let first = in_flight.enter(false).expect("there is room");
        assert!(in_flight.enter(false).is_none());
        assert!(in_flight.enter(true).is_some());
        assert_eq!(in_flight.count(), 1);
        drop(first);
        assert!(in_flight.enter(false).is_some());
        assert_eq!(in_flight.count(), 0);
    }
}
