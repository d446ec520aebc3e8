//! `EphemeralStore`: memory and Redis behave alike.

use std::time::Duration;

use hufu::ephemeral::{EphemeralError, MAX_VALUE};
use tokio::task::JoinSet;

use crate::bench::on_every_engine;
use crate::engines::Engine;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_value_is_kept_for_its_life_and_replaced_by_a_later_one() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        assert_eq!(store.get("par:a").await.unwrap(), None);
        store.put("par:a", "一\0二".as_bytes(), MINUTE).await.unwrap();
        store.put("par:b", b"", MINUTE).await.unwrap();
        assert_eq!(store.get("par:a").await.unwrap().unwrap(), "一\0二".as_bytes());
        assert_eq!(store.get("par:b").await.unwrap().unwrap(), b"");
        bench.pass(MINUTE / 2);
        store.put("par:a", b"later", MINUTE).await.unwrap();
        bench.pass(MINUTE / 2);
        assert_eq!(store.get("par:a").await.unwrap().unwrap(), b"later", "its life began anew");
        assert_eq!(store.get("par:b").await.unwrap(), None);
        bench.pass(MINUTE / 2);
        assert_eq!(store.get("par:a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_value_is_taken_once() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        store.put("par:a", b"x", MINUTE).await.unwrap();
        assert_eq!(store.take("par:a").await.unwrap().unwrap(), b"x");
        assert_eq!(store.take("par:a").await.unwrap(), None);
        assert_eq!(store.get("par:a").await.unwrap(), None);
        store.put("par:a", b"y", MINUTE).await.unwrap();
        bench.pass(MINUTE);
        assert_eq!(store.take("par:a").await.unwrap(), None, "it has expired");
    })
    .await;
}

#[tokio::test]
async fn a_mark_is_set_once_in_its_life() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        assert!(store.mark("done:a", MINUTE).await.unwrap());
        assert!(!store.mark("done:a", MINUTE).await.unwrap());
        assert!(store.get("done:a").await.unwrap().is_some(), "a mark can be looked at");
        bench.pass(MINUTE / 2);
        assert!(!store.mark("done:a", MINUTE).await.unwrap(), "asking does not prolong it");
        bench.pass(MINUTE / 2);
        assert!(store.mark("done:a", MINUTE).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_counter_counts_within_the_window_of_its_first_count() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        assert_eq!(store.peek("limit:a").await.unwrap(), 0);
        for wanted in 1..=3 {
            assert_eq!(store.count("limit:a", MINUTE).await.unwrap(), wanted);
        }
        assert_eq!(store.peek("limit:a").await.unwrap(), 3);
        bench.pass(MINUTE / 2);
        assert_eq!(store.count("limit:a", MINUTE).await.unwrap(), 4);
        bench.pass(MINUTE / 2);
        assert_eq!(store.peek("limit:a").await.unwrap(), 0, "the window began with the first count");
        assert_eq!(store.count("limit:a", MINUTE).await.unwrap(), 1);
        assert_eq!(store.peek("limit:b").await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn whatever_a_key_held_is_forgotten() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        store.put("a", b"x", MINUTE).await.unwrap();
        store.count("b", MINUTE).await.unwrap();
        store.mark("c", MINUTE).await.unwrap();
        for key in ["a", "b", "c", "never there"] {
            store.forget(key).await.unwrap();
        }
        assert_eq!(store.get("a").await.unwrap(), None);
        assert_eq!(store.peek("b").await.unwrap(), 0);
        assert!(store.mark("c", MINUTE).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_value_may_not_be_too_large() {
    on_every_engine(async |bench| {
        let store = &bench.ephemeral;
        store.put("a", &vec![7; MAX_VALUE], MINUTE).await.unwrap();
        assert_eq!(store.get("a").await.unwrap().unwrap().len(), MAX_VALUE);
        let refused = store.put("a", &vec![7; MAX_VALUE + 1], MINUTE).await;
        assert!(matches!(refused, Err(EphemeralError::TooLarge)));
        assert_eq!(store.get("a").await.unwrap().unwrap().len(), MAX_VALUE, "the earlier value stands");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_at_once_one_takes_one_marks_and_all_count() {
    on_every_engine(async |bench| {
        bench.ephemeral.put("take", b"x", MINUTE).await.unwrap();
        let mut all = JoinSet::new();
        for _ in 0..50 {
            let store = bench.ephemeral.clone();
            all.spawn(async move {
                let taken = store.take("take").await.unwrap().is_some();
                let marked = store.mark("mark", MINUTE).await.unwrap();
                (taken, marked, store.count("count", MINUTE).await.unwrap())
            });
        }
        let answers = all.join_all().await;
        assert_eq!(answers.iter().filter(|(taken, ..)| *taken).count(), 1);
        assert_eq!(answers.iter().filter(|(_, marked, _)| *marked).count(), 1);
        let mut counts: Vec<u64> = answers.iter().map(|(.., count)| *count).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<_>>());
    })
    .await;
}

/// Only memory must bound itself: Redis has `maxmemory`.
#[tokio::test]
async fn memory_bounds_its_entries_and_takes_new_ones_when_old_ones_expire() {
    on_every_engine(async |bench| {
        if bench.engine != Engine::Embedded {
            return;
        }
        let config = hufu::ephemeral::EphemeralConfig { max_entries: 4, ..bench.home.ephemeral() };
        let clock = std::sync::Arc::new(bench.clock.clone());
        let store = hufu::ephemeral::open(&config, clock).await.unwrap();
        store.put("a", b"x", MINUTE).await.unwrap();
        store.put("b", b"x", MINUTE).await.unwrap();
        assert!(
            matches!(store.put("c", b"x", MINUTE).await, Err(EphemeralError::Full)),
            "values have half of the room"
        );
        store.put("a", b"in its own place", MINUTE).await.unwrap();
        assert_eq!(store.count("d", MINUTE).await.unwrap(), 1, "the other half is for marks and counters");
        assert!(store.mark("e", MINUTE).await.unwrap());
        assert!(matches!(store.mark("f", MINUTE).await, Err(EphemeralError::Full)));
        assert!(matches!(store.count("g", MINUTE).await, Err(EphemeralError::Full)));
        assert_eq!(store.count("d", MINUTE).await.unwrap(), 2);
        assert_eq!(store.take("a").await.unwrap().unwrap(), b"in its own place");
        store.put("c", b"x", MINUTE).await.unwrap();
        bench.pass(MINUTE);
        for key in ["h", "i"] {
            store.put(key, b"x", MINUTE).await.unwrap();
            store.count(&format!("{key}-count"), MINUTE).await.unwrap();
        }
    })
    .await;
}
