//! Many at once: exactly one wins, and nothing is lost between two transactions.

use std::collections::HashSet;
use std::sync::Arc;

use hufu::base::Timestamp;
use hufu::base::id::{ClientId, SessionId};
use hufu::store::grants::{self, Rotation};
use hufu::store::{Store, StoreError, consents, marks, outbox, sessions};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::bench::{NOW, grant, job, later, on_every_engine, read, write};

/// How many run at once.
const CROWD: usize = 50;

/// How many of [`CROWD`] tasks that start together get true.
async fn winners<W, F>(store: &Store, work: W) -> usize
where
    W: Fn(usize, Store) -> F,
    F: Future<Output = Result<bool, StoreError>> + Send + 'static,
{
    let gate = Arc::new(Barrier::new(CROWD));
    let mut all = JoinSet::new();
    for number in 0..CROWD {
        let (gate, work) = (gate.clone(), work(number, store.clone()));
        all.spawn(async move {
            gate.wait().await;
            work.await.unwrap()
        });
    }
    all.join_all().await.into_iter().filter(|won| *won).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_of_a_code_one_writes_the_grant() {
    on_every_engine(async |bench| {
        let won = winners(&bench.store, |number, store| async move {
            let row = grant("same", "account", &format!("client-{number}"), None);
            let mut tx = store.begin().await?;
            let first = grants::insert(&mut tx, &row).await?;
            tx.commit().await?;
            Ok(first)
        });
        assert_eq!(won.await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_rotations_of_a_refresh_token_one_succeeds() {
    on_every_engine(async |bench| {
        let row = grant("a", "account", "client", None);
        write!(bench, grants::insert, &row).unwrap();
        let id = row.id.clone();
        let won = winners(&bench.store, move |number, store| {
            let id = id.clone();
            async move {
                let to = format!("next-{number}");
                let rotation = Rotation {
                    from: "refresh-a-0",
                    generation: 0,
                    to: &to,
                    now: NOW,
                    refresh_expires_at: later(60),
                    expires_at: later(60),
                };
                let mut tx = store.begin().await?;
                let first = grants::rotate(&mut tx, &id, rotation).await?;
                tx.commit().await?;
                Ok(first)
            }
        });
        assert_eq!(won.await, 1);
        assert_eq!(read!(bench, grants::find, &row.id).unwrap().unwrap().refresh_generation, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_an_assertion_one_sets_the_mark() {
    on_every_engine(async |bench| {
        let won = winners(&bench.store, |_, store| async move {
            let mut tx = store.begin().await?;
            let first = marks::set(&mut tx, "assertion:x", later(60)).await?;
            tx.commit().await?;
            Ok(first)
        });
        assert_eq!(won.await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_logouts_of_a_session_one_goes_on_to_tell_the_clients() {
    on_every_engine(async |bench| {
        let session = bench.session().await.id;
        let won = winners(&bench.store, move |_, store| {
            let session = session.clone();
            async move {
                let mut tx = store.begin().await?;
                let first = sessions::end(&mut tx, &session, NOW, "person", later(60)).await?;
                tx.commit().await?;
                Ok(first)
            }
        });
        assert_eq!(won.await, 1);
    })
    .await;
}

/// A redemption: holds the session, records the client, writes the grant. True when it was written.
async fn redeem(store: &Store, session: &SessionId, name: &str) -> bool {
    let mut tx = store.begin().await.unwrap();
    if !sessions::touch(&mut tx, session, later(1), later(1801)).await.unwrap() {
        return false;
    }
    sessions::join(&mut tx, &crate::sessions::link(session, name)).await.unwrap();
    let row = grant(name, "account", name, Some(session));
    assert!(grants::insert(&mut tx, &row).await.unwrap());
    tx.commit().await.unwrap();
    true
}

/// A logout: ends the session and its grants. The clients that it goes on to tell.
async fn log_out(store: &Store, session: &SessionId) -> Vec<String> {
    let mut tx = store.begin().await.unwrap();
    assert!(sessions::end(&mut tx, session, later(1), "person", later(9000)).await.unwrap());
    grants::end_of_session(&mut tx, session, later(1), "person").await.unwrap();
    let told = sessions::clients(&mut tx, session).await.unwrap();
    tx.commit().await.unwrap();
    told.into_iter().map(|row| row.client_id.0).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_redemption_and_a_logout_at_once_never_leave_a_live_grant_or_an_untold_client() {
    on_every_engine(async |bench| {
        let (mut before, mut after) = (0, 0);
        for round in 0..40 {
            let session = bench.session().await.id;
            let name = format!("r{round}");
            let gate = Arc::new(Barrier::new(2));
            let redemption = {
                let (store, session, name, gate) = (bench.store.clone(), session.clone(), name.clone(), gate.clone());
                tokio::spawn(async move {
                    gate.wait().await;
                    redeem(&store, &session, &name).await
                })
            };
            gate.wait().await;
            let told = log_out(&bench.store, &session).await;
            if redemption.await.unwrap() {
                before += 1;
                assert_eq!(told, std::slice::from_ref(&name), "the client took part and is told");
                let row = read!(bench, grants::find, &grant(&name, "", "", None).id).unwrap().unwrap();
                assert!(row.ended_at.is_some(), "a live grant on an ended session");
            } else {
                after += 1;
                assert!(told.is_empty());
            }
        }
        assert_eq!(before + after, 40);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_redemption_and_a_withdrawal_at_once_never_leave_a_live_grant_without_consent() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for round in 0..40 {
            let (client, name) = (ClientId::from(format!("c{round}").as_str()), format!("w{round}"));
            write!(bench, consents::put, &crate::consents::consent(&account, client.as_str())).unwrap();
            let gate = Arc::new(Barrier::new(2));
            let redemption = {
                let (store, gate) = (bench.store.clone(), gate.clone());
                let row = grant(&name, account.as_str(), client.as_str(), None);
                tokio::spawn(async move {
                    gate.wait().await;
                    let mut tx = store.begin().await.unwrap();
                    if consents::hold(&mut tx, &row.account_id, &row.client_id).await.unwrap().is_some() {
                        assert!(grants::insert(&mut tx, &row).await.unwrap());
                    }
                    tx.commit().await.unwrap();
                })
            };
            gate.wait().await;
            let mut tx = bench.begin().await;
            assert!(consents::withdraw(&mut tx, &account, &client).await.unwrap());
            grants::end_of_pair(&mut tx, &account, &client, later(1), "withdrawn").await.unwrap();
            tx.commit().await.unwrap();
            redemption.await.unwrap();
            let found = read!(bench, grants::find, &grant(&name, "", "", None).id).unwrap();
            assert!(found.is_none_or(|row| row.ended_at.is_some()), "a live grant without consent");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_never_claim_a_job_twice_and_miss_none() {
    const JOBS: usize = 200;
    on_every_engine(async |bench| {
        let mut tx = bench.begin().await;
        for number in 0..JOBS {
            outbox::insert(&mut tx, &job(&format!("{number:04}"), NOW)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let gate = Arc::new(Barrier::new(8));
        let mut workers = JoinSet::new();
        for _ in 0..8 {
            let (store, gate) = (bench.store.clone(), gate.clone());
            workers.spawn(async move {
                gate.wait().await;
                claim_until_none(&store, NOW).await
            });
        }
        let claimed: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), JOBS, "claimed in all");
        assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), JOBS, "different ones");
    })
    .await;
}

async fn claim_until_none(store: &Store, now: Timestamp) -> Vec<String> {
    let mut claimed = Vec::new();
    loop {
        let mut tx = store.begin().await.unwrap();
        let rows = outbox::claim(&mut tx, now, later(60), 7).await.unwrap();
        tx.commit().await.unwrap();
        // A worker that finds the others' rows locked sees none of its own; it looks again until nothing is due.
        let none_due = outbox::next_due(&mut store.read().await.unwrap()).await.unwrap() > Some(now);
        if rows.is_empty() && none_due {
            return claimed;
        }
        claimed.extend(rows.into_iter().map(|row| row.id.0));
    }
}
