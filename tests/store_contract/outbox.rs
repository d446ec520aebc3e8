//! `store::outbox`: jobs and logouts.

use hufu::base::Timestamp;
use hufu::base::id::{AccountId, JobId, LogoutId, SessionId};
use hufu::store::outbox::{JobRow, LogoutRow};

use crate::bench::{Bench, NOW, assert_same, job, later, on_every_engine, read, write};

/// How long a claim lasts in these tests: until this moment.
const LEASE: u64 = 60;

async fn claim(bench: &Bench, now: Timestamp, limit: i64) -> Vec<JobRow> {
    let until = Timestamp(now.0 + i64::try_from(LEASE).unwrap() * 1000);
    write!(bench, outbox::claim, now, until, limit).unwrap()
}

async fn only(bench: &Bench, state: &str) -> JobRow {
    let mut rows = read!(bench, outbox::list, state, "", 10).unwrap();
    assert_eq!(rows.len(), 1, "{state}");
    rows.remove(0)
}

#[tokio::test]
async fn a_job_reads_back_as_it_was_written() {
    on_every_engine(async |bench| {
        let row = JobRow { logout_id: Some(LogoutId::from("logout-1")), ..job("a", NOW) };
        write!(bench, outbox::insert, &row).unwrap();
        assert_same(&only(bench, "pending").await, &row);
    })
    .await;
}

#[tokio::test]
async fn many_jobs_are_written_at_once_and_all_or_none() {
    on_every_engine(async |bench| {
        let first = JobRow { logout_id: Some(LogoutId::from("logout-1")), ..job("a", NOW) };
        let awkward = JobRow { payload: r#"{"name":"诸葛\"亮\\","n":[1,null]}"#.into(), ..job("b", later(1)) };
        write!(bench, outbox::insert_all, &[first.clone(), awkward.clone()]).unwrap();
        let rows = read!(bench, outbox::list, "pending", "", 10).unwrap();
        assert_eq!(rows.len(), 2);
        assert_same(&rows[0], &first);
        assert_same(&rows[1], &awkward);
        write!(bench, outbox::insert_all, &[]).unwrap();
        assert!(write!(bench, outbox::insert_all, &[job("c", NOW), first]).is_err(), "an id there already");
        assert_eq!(read!(bench, outbox::count, "pending").unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn due_jobs_are_claimed_in_their_order_for_the_lease_and_counted() {
    on_every_engine(async |bench| {
        let second = bench.job(later(2)).await;
        let first = bench.job(later(1)).await;
        let ahead = bench.job(later(500)).await;
        assert!(claim(bench, NOW, 10).await.is_empty());
        assert_eq!(read!(bench, outbox::next_due).unwrap(), Some(later(1)));
        let taken = claim(bench, later(3), 1).await;
        assert_eq!(taken.len(), 1);
        let wanted = JobRow { tries: 1, due_at: later(3 + LEASE), ..first.clone() };
        assert_same(&taken[0], &wanted);
        let taken: Vec<_> = claim(bench, later(3), 10).await.into_iter().map(|row| row.id).collect();
        assert_eq!(taken, std::slice::from_ref(&second.id));
        assert!(claim(bench, later(3 + LEASE - 1), 10).await.is_empty(), "the lease holds");
        let mut again: Vec<_> = claim(bench, later(3 + LEASE), 10).await;
        again.sort_by(|a, b| a.id.0.cmp(&b.id.0));
        let mut wanted = [first.id, second.id];
        wanted.sort();
        assert_eq!(again.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), wanted);
        assert!(again.iter().all(|row| row.tries == 2));
        assert_eq!(read!(bench, outbox::next_due).unwrap(), Some(later(3 + 2 * LEASE)));
        assert_eq!(read!(bench, outbox::count, "pending").unwrap(), 3);
        assert_eq!(read!(bench, outbox::list, "pending", ahead.id.as_str(), 10).unwrap().len(), {
            let after = [&wanted[0], &wanted[1]];
            after.into_iter().filter(|id| **id > ahead.id).count()
        });
    })
    .await;
}

#[tokio::test]
async fn a_job_is_done_once_and_is_not_claimed_again() {
    on_every_engine(async |bench| {
        let row = bench.job(NOW).await;
        assert_eq!(claim(bench, NOW, 10).await.len(), 1);
        let ids = [row.id.as_str(), "nobody's"];
        assert_eq!(write!(bench, outbox::done, &ids, later(1), later(700)).unwrap(), 1);
        assert_eq!(write!(bench, outbox::done, &ids, later(2), later(800)).unwrap(), 0);
        assert_eq!(write!(bench, outbox::done, &[], later(2), later(800)).unwrap(), 0);
        let found = only(bench, "done").await;
        assert_eq!((found.ended_at, found.expires_at), (Some(later(1)), later(700)));
        assert!(!write!(bench, outbox::retry, &row.id, NOW, "x").unwrap());
        assert!(!write!(bench, outbox::postpone, &row.id, NOW).unwrap());
        assert!(!write!(bench, outbox::bury, &row.id, NOW, NOW, "x").unwrap());
        assert!(!write!(bench, outbox::replay, &row.id, NOW, NOW).unwrap());
        assert!(claim(bench, later(1_000_000), 10).await.is_empty());
        assert_eq!(read!(bench, outbox::next_due).unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_retry_counts_and_a_postponement_does_not() {
    on_every_engine(async |bench| {
        let row = bench.job(NOW).await;
        claim(bench, NOW, 10).await;
        assert!(write!(bench, outbox::retry, &row.id, later(8), "the client answered 503").unwrap());
        let found = only(bench, "pending").await;
        assert_eq!((found.tries, found.due_at), (1, later(8)));
        assert_eq!(found.last_error.as_deref(), Some("the client answered 503"));
        claim(bench, later(8), 10).await;
        assert!(write!(bench, outbox::postpone, &row.id, later(9)).unwrap());
        let found = only(bench, "pending").await;
        assert_eq!((found.tries, found.due_at), (1, later(9)));
        for unknown in [
            write!(bench, outbox::retry, &JobId::from("unknown"), NOW, "x"),
            write!(bench, outbox::postpone, &JobId::from("unknown"), NOW),
        ] {
            assert!(!unknown.unwrap());
        }
    })
    .await;
}

#[tokio::test]
async fn a_dead_job_stays_and_is_replayed_from_the_start() {
    on_every_engine(async |bench| {
        let row = bench.job(NOW).await;
        claim(bench, NOW, 10).await;
        assert!(!write!(bench, outbox::replay, &row.id, NOW, NOW).unwrap(), "it is not dead yet");
        assert!(write!(bench, outbox::bury, &row.id, later(5), later(9000), "the client answered 400").unwrap());
        let dead = only(bench, "dead").await;
        assert_eq!((dead.ended_at, dead.expires_at), (Some(later(5)), later(9000)));
        assert_eq!(dead.last_error.as_deref(), Some("the client answered 400"));
        assert!(claim(bench, later(100_000), 10).await.is_empty());
        assert!(write!(bench, outbox::replay, &row.id, later(50), later(9999)).unwrap());
        assert!(!write!(bench, outbox::replay, &row.id, later(51), later(9999)).unwrap());
        let found = only(bench, "pending").await;
        let wanted = JobRow {
            due_at: later(50),
            created_at: later(50),
            expires_at: later(9999),
            last_error: Some("the client answered 400".into()),
            ..row
        };
        assert_same(&found, &wanted);
        assert_eq!(claim(bench, later(50), 10).await[0].tries, 1);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_counted_and_listed_by_state() {
    on_every_engine(async |bench| {
        for name in ["c", "a", "b"] {
            write!(bench, outbox::insert, &job(name, NOW)).unwrap();
        }
        write!(bench, outbox::done, &["job-b"], NOW, NOW).unwrap();
        assert_eq!(read!(bench, outbox::count, "pending").unwrap(), 2);
        assert_eq!(read!(bench, outbox::count, "done").unwrap(), 1);
        assert_eq!(read!(bench, outbox::count, "dead").unwrap(), 0);
        let page = async |after: &str| -> Vec<String> {
            read!(bench, outbox::list, "pending", after, 1).unwrap().into_iter().map(|row| row.id.0).collect()
        };
        assert_eq!(page("").await, ["job-a"]);
        assert_eq!(page("job-a").await, ["job-c"]);
        assert!(page("job-c").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_logout_knows_its_deliveries_in_order() {
    on_every_engine(async |bench| {
        let id = LogoutId::from("logout-1");
        for name in ["b", "a"] {
            write!(bench, outbox::insert, &JobRow { logout_id: Some(id.clone()), ..job(name, NOW) }).unwrap();
        }
        bench.job(NOW).await;
        let rows = read!(bench, outbox::of_logout, &id).unwrap();
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["job-a", "job-b"]);
        let logout = LogoutRow {
            id,
            account_id: AccountId::from("account"),
            session_id: SessionId::from("session"),
            reason: "person".into(),
            tree_id: LogoutId::from("tree"),
            created_at: NOW,
            expires_at: later(60),
        };
        write!(bench, outbox::insert_logout, &logout).unwrap();
        assert_same(&read!(bench, outbox::find_logout, &logout.id).unwrap().unwrap(), &logout);
        assert!(read!(bench, outbox::find_logout, &LogoutId::from("unknown")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_accounts_latest_logouts_of_which_somebody_was_told_are_listed() {
    on_every_engine(async |bench| {
        for (name, account, at) in
            [("a", "wang", 1), ("b", "wang", 3), ("c", "wang", 3), ("d", "li", 4), ("nobody-to-tell", "wang", 5)]
        {
            let logout = LogoutRow {
                id: LogoutId::from(format!("logout-{name}").as_str()),
                account_id: AccountId::from(account),
                session_id: SessionId::from("session"),
                reason: "person".into(),
                tree_id: LogoutId::from("tree"),
                created_at: later(at),
                expires_at: later(60),
            };
            write!(bench, outbox::insert_logout, &logout).unwrap();
            if name != "nobody-to-tell" {
                write!(bench, outbox::insert, &JobRow { logout_id: Some(logout.id), ..job(name, NOW) }).unwrap();
            }
        }
        let listed = async |limit: i64| -> Vec<String> {
            let rows = read!(bench, outbox::recent_logouts, &AccountId::from("wang"), limit).unwrap();
            rows.into_iter().map(|row| row.id.0).collect()
        };
        assert_eq!(listed(10).await, ["logout-c", "logout-b", "logout-a"]);
        assert_eq!(listed(2).await, ["logout-c", "logout-b"]);
    })
    .await;
}
