//! `store::recoveries`.

use hufu::base::id::{AccountId, RecoveryId};
use hufu::store::real_names::StoredProof;
use hufu::store::recoveries::{RecoveryRow, StoredWay};
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A proof.
pub fn proof() -> StoredProof {
    StoredProof {
        level: 2,
        document_type: "resident_identity_card".into(),
        method: "two_items".into(),
        source: "population".into(),
        reference: "r-1".into(),
        verified_at: NOW,
    }
}

/// An open recovery of this account.
pub fn recovery(name: &str, account: &AccountId) -> RecoveryRow {
    RecoveryRow {
        id: RecoveryId::from(format!("recovery-{name}").as_str()),
        account_id: account.clone(),
        state: "open".into(),
        claim_hash: format!("claim-{name}"),
        cancel_hash: format!("cancel-{name}"),
        ways: JsonText(vec![StoredWay { factor: Some("factor".into()), ..StoredWay::of("totp") }]),
        proof: JsonText(proof()),
        begun_at: NOW,
        ready_at: later(100),
        lapses_at: later(200),
        ended_at: None,
        end_reason: None,
        expires_at: later(1000),
    }
}

#[tokio::test]
async fn an_account_has_one_open_recovery_until_it_lapses() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let row = recovery(&bench.name(), &wang);
        write!(bench, recoveries::insert, &row).unwrap();
        assert_same(&read!(bench, recoveries::find_open, &wang, later(199)).unwrap().unwrap(), &row);
        assert_same(&read!(bench, recoveries::find_by_claim, &row.claim_hash).unwrap().unwrap(), &row);
        assert_same(&read!(bench, recoveries::find_by_cancel, &row.cancel_hash).unwrap().unwrap(), &row);
        assert!(read!(bench, recoveries::find_open, &wang, later(200)).unwrap().is_none());
        let second = RecoveryRow { begun_at: later(199), ..recovery(&bench.name(), &wang) };
        assert!(matches!(write!(bench, recoveries::insert, &second), Err(StoreError::Conflict)));
        write!(bench, recoveries::insert, &recovery(&bench.name(), &li)).unwrap();
        let third = RecoveryRow { begun_at: later(200), lapses_at: later(400), ..second };
        write!(bench, recoveries::insert, &third).unwrap();
        let lapsed = read!(bench, recoveries::find_by_claim, &row.claim_hash).unwrap().unwrap();
        assert_eq!((lapsed.state.as_str(), lapsed.ended_at), ("lapsed", Some(later(200))));
        assert_eq!(read!(bench, recoveries::count_since, &wang, NOW).unwrap(), 1);
        assert_eq!(read!(bench, recoveries::count_since, &wang, hufu::base::Timestamp(0)).unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_recovery_is_finished_in_its_time_and_once_and_not_after_it_was_cancelled() {
    on_every_engine(async |bench| {
        let wang = bench.account().await.id;
        let row = recovery(&bench.name(), &wang);
        write!(bench, recoveries::insert, &row).unwrap();
        assert!(!write!(bench, recoveries::finish, &row.id, later(99)).unwrap(), "too early");
        assert!(!write!(bench, recoveries::finish, &row.id, later(200)).unwrap(), "too late");
        assert!(write!(bench, recoveries::finish, &row.id, later(100)).unwrap());
        assert!(!write!(bench, recoveries::finish, &row.id, later(101)).unwrap(), "twice");
        assert!(!write!(bench, recoveries::cancel, &wang, later(101), "person").unwrap(), "it has ended");
        let row = recovery(&bench.name(), &wang);
        write!(bench, recoveries::insert, &row).unwrap();
        assert!(write!(bench, recoveries::cancel, &wang, later(50), "person").unwrap());
        assert!(!write!(bench, recoveries::finish, &row.id, later(150)).unwrap(), "cancelled");
        let ended = read!(bench, recoveries::find_by_claim, &row.claim_hash).unwrap().unwrap();
        assert_eq!((ended.state.as_str(), ended.end_reason.as_deref()), ("cancelled", Some("person")));
    })
    .await;
}
