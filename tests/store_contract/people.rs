//! `store::identity_documents`, `network_identities`, `verifications`, `account_merges`.

use hufu::base::id::{AccountId, SessionId, VerificationId};
use hufu::store::StoreError;
use hufu::store::account_merges::AccountMergeRow;
use hufu::store::identity_documents::IdentityDocumentRow;
use hufu::store::network_identities::NetworkIdentityRow;
use hufu::store::verifications::VerificationRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

fn document(account: &AccountId, index: &str) -> IdentityDocumentRow {
    IdentityDocumentRow {
        document_index: index.into(),
        account_id: account.clone(),
        document_type: "taiwan_travel_permit".into(),
        proven_at: NOW,
    }
}

fn identity(account: &AccountId, index: &str) -> NetworkIdentityRow {
    NetworkIdentityRow {
        account_id: account.clone(),
        pairwise_index: index.into(),
        level: 3,
        source: "network".into(),
        reference: "N1".into(),
        verified_at: NOW,
        method: "network_identity".into(),
        name: Some(vec![1, 2]),
    }
}

#[tokio::test]
async fn a_document_belongs_to_the_account_that_claimed_it_first() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        assert!(write!(bench, identity_documents::claim, &document(&one, "index")).unwrap());
        let again = IdentityDocumentRow { proven_at: later(60), ..document(&one, "index") };
        assert!(write!(bench, identity_documents::claim, &again).unwrap(), "its own, once more");
        assert!(!write!(bench, identity_documents::claim, &document(&two, "index")).unwrap());
        assert_same(&read!(bench, identity_documents::find, "index").unwrap().unwrap(), &again);
        assert!(write!(bench, identity_documents::claim, &document(&one, "another")).unwrap());
        let held = read!(bench, identity_documents::of_account, &one).unwrap();
        assert_eq!(held.iter().map(|row| row.document_index.as_str()).collect::<Vec<_>>(), ["index", "another"]);
        assert_eq!(write!(bench, identity_documents::move_all, &one, &two).unwrap(), 2);
        assert_eq!(read!(bench, identity_documents::find, "another").unwrap().unwrap().account_id, two);
        write!(bench, accounts::delete, &two).unwrap();
        assert!(read!(bench, identity_documents::find, "index").unwrap().is_none(), "it goes with its account");
    })
    .await;
}

#[tokio::test]
async fn an_account_has_one_network_identity_and_an_identity_one_account() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        assert!(write!(bench, network_identities::put, &identity(&one, "a")).unwrap());
        let renewed =
            NetworkIdentityRow { level: 2, reference: "N2".into(), verified_at: later(60), ..identity(&one, "a") };
        assert!(write!(bench, network_identities::put, &renewed).unwrap());
        assert!(!write!(bench, network_identities::put, &identity(&one, "b")).unwrap(), "somebody else");
        let taken = write!(bench, network_identities::put, &identity(&two, "a"));
        assert!(matches!(taken, Err(StoreError::Conflict)));
        assert_same(&read!(bench, network_identities::find, &one).unwrap().unwrap(), &renewed);
        assert_eq!(read!(bench, network_identities::find_by_index, "a").unwrap().unwrap().account_id, one);
        assert!(read!(bench, network_identities::find_by_index, "b").unwrap().is_none());
        assert!(write!(bench, network_identities::delete, &one).unwrap());
        assert!(!write!(bench, network_identities::delete, &one).unwrap());
        assert!(write!(bench, network_identities::put, &identity(&two, "a")).unwrap(), "it is free again");
    })
    .await;
}

/// A record about this account.
pub fn verification(name: &str, account: &AccountId, at: u64) -> VerificationRow {
    VerificationRow {
        id: VerificationId::from(name),
        account_id: account.clone(),
        document_type: "resident_identity_card".into(),
        method: "two_items".into(),
        source: "population".into(),
        outcome: "mismatch".into(),
        reference: "A1".into(),
        asked_at: later(at),
        level_before: Some(0),
        level_after: Some(2),
        expires_at: later(at + 1_000),
    }
}

#[tokio::test]
async fn what_was_asked_is_listed_latest_first() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        for (name, account, at) in [("v1", &one, 1), ("v2", &one, 3), ("v3", &one, 2), ("v4", &two, 4)] {
            write!(bench, verifications::insert, &verification(name, account, at)).unwrap();
        }
        let listed = read!(bench, verifications::list, &one, 2).unwrap();
        assert_eq!(listed.len(), 2);
        assert_same(&listed[0], &verification("v2", &one, 3));
        assert_same(&listed[1], &verification("v3", &one, 2));
        assert_eq!(read!(bench, verifications::list, &one, 10).unwrap().len(), 3);
        let first = read!(bench, verifications::page, &one, None, 2).unwrap();
        assert_eq!(first.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["v3", "v2"]);
        let rest = read!(bench, verifications::page, &one, Some(&first[1].id), 2).unwrap();
        assert_eq!(rest.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["v1"]);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_absorbed_once() {
    on_every_engine(async |bench| {
        let row = AccountMergeRow {
            absorbed_id: AccountId::from("absorbed"),
            survivor_id: AccountId::from("survivor"),
            absorbed_session_id: SessionId::from("first"),
            survivor_session_id: SessionId::from("second"),
            merged_at: NOW,
        };
        write!(bench, account_merges::insert, &row).unwrap();
        let again = AccountMergeRow { survivor_id: AccountId::from("another"), ..row.clone() };
        assert!(matches!(write!(bench, account_merges::insert, &again), Err(StoreError::Conflict)));
        assert_same(&read!(bench, account_merges::find, &row.absorbed_id).unwrap().unwrap(), &row);
        assert!(read!(bench, account_merges::find, &row.survivor_id).unwrap().is_none());
    })
    .await;
}
