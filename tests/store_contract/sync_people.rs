//! `store::sync_people`, and the triggers that put people into its queue.

use hufu::base::id::AccountId;
use hufu::store::real_names::{self, RealNameRow};
use hufu::store::sync_people::SyncPersonRow;
use hufu::store::{JsonText, accounts};

use crate::bench::{Bench, NOW, account, later, on_every_engine, read, write};

const ABOVE: &str = "https://province.example";

async fn due(bench: &Bench, at: u64) -> Vec<SyncPersonRow> {
    write!(bench, sync_people::claim, (later(at), later(at + 60)), 10).unwrap()
}

async fn told(bench: &Bench, row: &SyncPersonRow, at: u64) {
    let this = (&row.account_id, row.version);
    write!(bench, sync_people::told, this, Some("remote"), later(at)).unwrap();
}

/// A name of this level.
pub fn real_name(id: &AccountId, level: i32) -> RealNameRow {
    RealNameRow {
        account_id: id.clone(),
        level,
        name: vec![1],
        document_type: "resident_identity_card".into(),
        document: vec![2],
        document_index: format!("index-{id}"),
        method: "two_items".into(),
        source: "population".into(),
        reference: "A-1".into(),
        verified_at: NOW,
        proofs: JsonText(Vec::new()),
        birth: None,
    }
}

#[tokio::test]
async fn what_changes_an_account_puts_its_person_into_the_queue_in_the_same_transaction() {
    on_every_engine(async |bench| {
        let early = bench.account().await.id;
        assert!(due(bench, 1).await.is_empty(), "without a target nothing happens");
        write!(bench, sync_people::set_target, ABOVE, NOW).unwrap();
        let mut tx = bench.begin().await;
        accounts::insert(&mut tx, &account("undone")).await.unwrap();
        drop(tx);
        assert!(due(bench, 1).await.is_empty(), "what was not committed did not happen");
        let id = bench.account().await.id;
        let first = due(bench, 1).await;
        assert_eq!((first.len(), &first[0].account_id, first[0].version), (1, &id, 1));
        told(bench, &first[0], 1).await;
        let mut version = 1;
        for change in 0..5 {
            let mut tx = bench.begin().await;
            match change {
                0 => assert!(accounts::set_state(&mut tx, &id, "locked", later(2)).await.unwrap()),
                1 => assert!(accounts::remove_mobile(&mut tx, &id, later(2)).await.unwrap()),
                2 => assert!(real_names::put(&mut tx, &real_name(&id, 2), None).await.unwrap()),
                3 => assert!(real_names::put(&mut tx, &real_name(&id, 3), None).await.unwrap()),
                _ => assert!(real_names::delete(&mut tx, &id).await.unwrap()),
            }
            tx.commit().await.unwrap();
            let found = due(bench, 5).await;
            version += 1;
            assert_eq!((found.len(), found[0].version), (1, version), "change {change}");
            assert_eq!(found[0].remote_id.as_deref(), Some("remote"));
            told(bench, &found[0], 5).await;
        }
        // What nobody above must know puts nobody into the queue.
        write!(bench, accounts::hold, &id).unwrap();
        write!(bench, accounts::set_password, &id, "another", later(6)).unwrap();
        assert!(due(bench, 9).await.is_empty());
        // An account that goes.
        write!(bench, accounts::delete, &id).unwrap();
        write!(bench, accounts::delete, &early).unwrap();
        assert_eq!(due(bench, 10_000).await.len(), 2);
        assert!(write!(bench, sync_people::clear_target).unwrap());
        assert!(!write!(bench, sync_people::clear_target).unwrap());
    })
    .await;
}

#[tokio::test]
async fn one_worker_has_a_person_at_a_time_and_what_changed_meanwhile_stays_due() {
    on_every_engine(async |bench| {
        write!(bench, sync_people::set_target, ABOVE, NOW).unwrap();
        let id = bench.account().await.id;
        let held = due(bench, 1).await;
        write!(bench, accounts::set_state, &id, "locked", later(2)).unwrap();
        assert!(due(bench, 3).await.is_empty(), "the newer change waits for the older one");
        told(bench, &held[0], 4).await;
        let next = due(bench, 5).await;
        assert_eq!((next[0].version, next[0].told_at), (2, Some(later(4))));
        // A worker that died leaves it to be taken again.
        assert_eq!(due(bench, 100).await.len(), 1);
        write!(bench, sync_people::rejected, (&id, 1), ("mismatch", "no")).unwrap();
        assert_eq!(due(bench, 200).await.len(), 1, "an old version was rejected: the new one is due");
        write!(bench, sync_people::rejected, (&id, 2), ("mismatch", "no")).unwrap();
        assert!(due(bench, 300).await.is_empty());
        let rejects = read!(bench, sync_people::rejects, "", 10).unwrap();
        assert_eq!(
            (rejects.len(), rejects[0].code.as_deref(), rejects[0].reason.as_deref()),
            (1, Some("mismatch"), Some("no"))
        );
        assert!(read!(bench, sync_people::rejects, id.as_str(), 10).unwrap().is_empty());
        assert_eq!(write!(bench, sync_people::resend, "nobody", later(300)).unwrap(), 0);
        assert_eq!(write!(bench, sync_people::resend, "", later(300)).unwrap(), 1);
        assert_eq!(due(bench, 301).await.len(), 1);
        write!(bench, sync_people::put_off, &id, (later(500), Some("there")), ("busy", "later")).unwrap();
        assert!(due(bench, 400).await.is_empty());
        let late = due(bench, 500).await;
        assert_eq!((late[0].tries, late[0].remote_id.as_deref()), (1, Some("there")));
        write!(bench, sync_people::forget, &id).unwrap();
        assert!(read!(bench, sync_people::counts).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_load_goes_through_all_accounts_and_remembers_how_far() {
    on_every_engine(async |bench| {
        let mut ids = [bench.account().await.id, bench.account().await.id, bench.account().await.id];
        ids.sort();
        assert!(read!(bench, sync_people::target).unwrap().is_none());
        write!(bench, sync_people::set_target, "https://other.example", NOW).unwrap();
        write!(bench, sync_people::set_target, ABOVE, later(1)).unwrap();
        let target = read!(bench, sync_people::target).unwrap().unwrap();
        assert_eq!((target.issuer.as_str(), target.loaded, target.load_ended), (ABOVE, 0, false), "one, and the last");
        let page = read!(bench, sync_people::accounts_after, "", 2).unwrap();
        assert_eq!(page, ids[..2]);
        assert_eq!(read!(bench, sync_people::accounts_after, page[1].as_str(), 2).unwrap(), ids[2..]);
        assert_eq!(read!(bench, sync_people::count_accounts).unwrap(), 3);
        assert!(write!(bench, sync_people::enqueue, &ids[0], later(1)).unwrap());
        assert!(!write!(bench, sync_people::enqueue, &ids[0], later(9)).unwrap(), "in the queue already");
        assert_eq!(read!(bench, sync_people::waiting_since).unwrap(), Some(later(1)));
        assert_eq!(read!(bench, sync_people::counts).unwrap(), [("due".to_owned(), 1)]);
        write!(bench, sync_people::put_load, ABOVE, (page[1].as_str(), 2), true).unwrap();
        let target = read!(bench, sync_people::target).unwrap().unwrap();
        assert_eq!((target.load_cursor.as_str(), target.loaded, target.load_ended), (page[1].as_str(), 2, true));
        write!(bench, sync_people::set_target, ABOVE, later(9)).unwrap();
        assert_eq!(read!(bench, sync_people::target).unwrap().unwrap(), target, "a restart changes nothing");
    })
    .await;
}
