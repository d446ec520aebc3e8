//! The store itself: opening, reading, transactions, and what is said when the database cannot answer.

use std::time::Duration;

use hufu::base::id::AccountId;
use hufu::store::{Store, StoreConfig, StoreError, accounts, marks};

use crate::bench::{later, on_every_engine, read, write};
use crate::engines::Engine;

#[tokio::test]
async fn a_store_says_its_engine_and_answers_a_ping() {
    on_every_engine(async |bench| {
        let (engine, ephemeral) = match bench.engine {
            Engine::Embedded => ("sqlite", "memory"),
            Engine::Networked => ("postgresql", "redis"),
        };
        assert_eq!((bench.store.engine(), bench.ephemeral.engine()), (engine, ephemeral));
        bench.store.ping().await.unwrap();
        bench.ephemeral.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_store_opens_again_with_what_it_held() {
    on_every_engine(async |bench| {
        write!(bench, marks::set, "kept", later(60)).unwrap();
        let again = Store::open(&bench.home.store()).await.unwrap();
        assert!(hufu::store::marks::is_set(&mut again.read().await.unwrap(), "kept").await.unwrap());
        again.close().await;
        assert!(matches!(again.ping().await, Err(StoreError::Unavailable(_))), "a closed store says so");
    })
    .await;
}

#[tokio::test]
async fn a_single_statement_is_there_when_its_commit_says_so() {
    on_every_engine(async |bench| {
        let mut single = bench.store.begin_single().await.unwrap();
        assert!(marks::set(&mut single, "single", later(60)).await.unwrap());
        single.commit().await.unwrap();
        assert!(read!(bench, marks::is_set, "single").unwrap());
        // One that is dropped, and one dropped in the same group by another, take nothing else along.
        let kept = futures::future::join_all((0..20).map(|number| async move {
            let name = format!("group-{number}");
            if number % 2 == 0 {
                let mut tx = bench.begin().await;
                marks::set(&mut tx, &name, later(60)).await.unwrap();
                return None;
            }
            let mut single = bench.store.begin_single().await.unwrap();
            marks::set(&mut single, &name, later(60)).await.unwrap();
            single.commit().await.unwrap();
            Some(name)
        }));
        for name in kept.await.into_iter().flatten() {
            assert!(read!(bench, marks::is_set, &name).unwrap(), "{name}");
        }
        assert!(!read!(bench, marks::is_set, "group-0").unwrap());
    })
    .await;
}

#[tokio::test]
async fn nobody_reads_what_is_not_committed() {
    on_every_engine(async |bench| {
        let mut tx = bench.begin().await;
        hufu::store::marks::set(&mut tx, "a", later(60)).await.unwrap();
        assert!(hufu::store::marks::is_set(&mut tx, "a").await.unwrap(), "its own transaction does");
        assert!(!read!(bench, marks::is_set, "a").unwrap());
        tx.commit().await.unwrap();
        assert!(read!(bench, marks::is_set, "a").unwrap());
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_connection_is_told_that_the_store_is_unavailable() {
    on_every_engine(async |bench| {
        let config = StoreConfig { connections: 2, wait_ms: 50, ..bench.home.store() };
        let narrow = Store::open(&config).await.unwrap();
        let mut held = Vec::new();
        let refused = loop {
            match narrow.begin().await {
                Ok(tx) => held.push(tx),
                Err(error) => break error,
            }
            assert!(held.len() < 10, "there is no bound");
        };
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        drop(held);
        tokio::time::timeout(Duration::from_secs(20), async { while narrow.begin().await.is_err() {} }).await.unwrap();
        narrow.close().await;
    })
    .await;
}

/// SQLite has one writer, and no deadlock; PostgreSQL ends one of the two, who may try again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_chosen_to_end_a_deadlock_is_told_that_the_store_is_unavailable() {
    on_every_engine(async |bench| {
        if bench.engine == Engine::Embedded {
            return;
        }
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        let gate = std::sync::Arc::new(tokio::sync::Barrier::new(2));
        let change = |first: AccountId, second: AccountId| {
            let (store, gate) = (bench.store.clone(), gate.clone());
            tokio::spawn(async move {
                let mut tx = store.begin().await?;
                accounts::set_state(&mut tx, &first, "locked", later(1)).await?;
                gate.wait().await;
                accounts::set_state(&mut tx, &second, "locked", later(2)).await?;
                tx.commit().await
            })
        };
        let (there, back) = (change(one.clone(), two.clone()), change(two, one));
        let outcomes = [there.await.unwrap(), back.await.unwrap()];
        let ended: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert!(matches!(ended[..], [StoreError::Unavailable(_)]), "{ended:?}");
    })
    .await;
}
