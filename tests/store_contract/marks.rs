//! `store::marks`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::bench::{later, on_every_engine, read, write};

#[tokio::test]
async fn a_mark_is_set_once() {
    on_every_engine(async |bench| {
        assert!(!read!(bench, marks::is_set, "assertion:a").unwrap());
        assert!(write!(bench, marks::set, "assertion:a", later(60)).unwrap());
        assert!(!write!(bench, marks::set, "assertion:a", later(90)).unwrap());
        assert!(read!(bench, marks::is_set, "assertion:a").unwrap());
        assert!(!read!(bench, marks::is_set, "assertion:A").unwrap(), "names are exact");
    })
    .await;
}

#[tokio::test]
async fn a_mark_that_is_not_committed_was_never_set() {
    on_every_engine(async |bench| {
        let mut tx = bench.begin().await;
        assert!(hufu::store::marks::set(&mut tx, "a", later(60)).await.unwrap());
        drop(tx);
        assert!(!read!(bench, marks::is_set, "a").unwrap());
        assert!(write!(bench, marks::set, "a", later(60)).unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_lets_one_in_at_a_time() {
    on_every_engine(async |bench| {
        let (inside, entered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut all = JoinSet::new();
        for _ in 0..20 {
            let (store, inside, entered) = (bench.store.clone(), inside.clone(), entered.clone());
            all.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                hufu::store::marks::lock(&mut tx, "rotation").await.unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two are inside");
                entered.fetch_add(1, Ordering::SeqCst);
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                inside.fetch_sub(1, Ordering::SeqCst);
                tx.commit().await.unwrap();
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
        assert_eq!(entered.load(Ordering::SeqCst), 20);
    })
    .await;
}
