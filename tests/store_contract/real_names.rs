//! `store::real_names`.

use hufu::base::id::AccountId;
use hufu::store::real_names::{RealNameRow, StoredProof};
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A confirmed name of this account.
pub fn real_name(account: &AccountId, index: &str) -> RealNameRow {
    RealNameRow {
        account_id: account.clone(),
        level: 2,
        name: vec![1, 0, 255],
        document_type: "resident_identity_card".into(),
        document: vec![0; 47],
        document_index: index.to_owned(),
        method: "two_items".into(),
        source: "population".into(),
        reference: "A1".into(),
        verified_at: NOW,
        proofs: JsonText(vec![StoredProof {
            level: 2,
            document_type: "resident_identity_card".into(),
            method: "two_items".into(),
            source: "population".into(),
            reference: "A1".into(),
            verified_at: NOW,
        }]),
        birth: Some(vec![7, 0]),
    }
}

#[tokio::test]
async fn a_confirmation_stands_in_place_of_the_earlier() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let first = real_name(&account, "index-1");
        assert!(write!(bench, real_names::put, &first, None).unwrap());
        assert_same(&read!(bench, real_names::find, &account).unwrap().unwrap(), &first);
        let second = RealNameRow {
            level: 3,
            name: vec![9],
            document_type: "foreign_permanent_residence".into(),
            document: vec![8],
            document_index: "index-2".into(),
            method: "three_items".into(),
            source: "another".into(),
            reference: "A2".into(),
            verified_at: later(60),
            proofs: JsonText(Vec::new()),
            birth: None,
            ..first.clone()
        };
        assert!(!write!(bench, real_names::put, &second, None).unwrap(), "another document");
        assert!(!write!(bench, real_names::put, &second, Some("another")).unwrap(), "in place of one it does not hold");
        assert_same(&read!(bench, real_names::find, &account).unwrap().unwrap(), &first);
        assert!(write!(bench, real_names::put, &second, Some("index-1")).unwrap());
        let kept = RealNameRow { birth: first.birth.clone(), ..second.clone() };
        assert_same(&read!(bench, real_names::find, &account).unwrap().unwrap(), &kept);
        assert!(read!(bench, real_names::find, &AccountId::from("nobody")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_document_belongs_to_one_account() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        write!(bench, real_names::put, &real_name(&one, "index"), None).unwrap();
        let taken = write!(bench, real_names::put, &real_name(&two, "index"), None);
        assert!(matches!(taken, Err(StoreError::Conflict)));
        assert!(read!(bench, real_names::find, &two).unwrap().is_none());
        assert!(write!(bench, real_names::delete, &one).unwrap());
        assert!(!write!(bench, real_names::delete, &one).unwrap());
        write!(bench, real_names::put, &real_name(&two, "index"), None).unwrap();
    })
    .await;
}
