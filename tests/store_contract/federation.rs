//! `store::subordinates`, `store::issued_trust_marks`, `store::trust_chains`, `store::federation_clients`.

use hufu::base::Timestamp;
use hufu::base::id::ClientId;
use hufu::store::clients::ClientRow;
use hufu::store::federation_clients::FederationClientRow;
use hufu::store::issued_trust_marks::IssuedTrustMarkRow;
use hufu::store::subordinates::SubordinateRow;
use hufu::store::trust_chains::TrustChainRow;
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

fn subordinate(entity: &str) -> SubordinateRow {
    SubordinateRow {
        entity_id: entity.to_owned(),
        state: "active".into(),
        entity_types: JsonText(vec!["openid_provider".into()]),
        intermediate: true,
        jwks: r#"{"keys":[]}"#.into(),
        metadata: "{}".into(),
        metadata_policy: r#"{"openid_relying_party":{}}"#.into(),
        constraints: r#"{"max_path_length":1}"#.into(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A mark that ends after ten seconds.
pub fn mark(name: &str, mark_type: &str, subject: &str) -> IssuedTrustMarkRow {
    IssuedTrustMarkRow {
        id: name.to_owned(),
        mark_type: mark_type.to_owned(),
        subject: subject.to_owned(),
        mark: format!("signed {name}"),
        issued_at: NOW,
        revoked_at: None,
        valid_until: later(10),
        expires_at: later(1000),
    }
}

/// A chain that ends after ten seconds.
pub fn chain(entity: &str) -> TrustChainRow {
    TrustChainRow {
        entity_id: entity.to_owned(),
        statements: JsonText(vec!["one".into(), "two".into()]),
        fetched_at: NOW,
        valid_until: later(10),
        expires_at: later(10),
    }
}

#[tokio::test]
async fn a_subordinate_reads_back_changes_and_goes() {
    on_every_engine(async |bench| {
        let (a, b) = (subordinate("https://a.example"), subordinate("https://b.example"));
        for row in [&b, &a] {
            write!(bench, subordinates::put, row).unwrap();
        }
        assert_same(&read!(bench, subordinates::find, &a.entity_id).unwrap().unwrap(), &a);
        assert!(read!(bench, subordinates::find, "https://c.example").unwrap().is_none());
        let listed = read!(bench, subordinates::list, "", 10).unwrap();
        assert_eq!(listed.iter().map(|row| row.entity_id.as_str()).collect::<Vec<_>>(), [&a.entity_id, &b.entity_id]);
        assert_eq!(read!(bench, subordinates::list, &a.entity_id, 10).unwrap().len(), 1);
        let again = SubordinateRow { intermediate: false, created_at: later(5), updated_at: later(5), ..a.clone() };
        write!(bench, subordinates::put, &again).unwrap();
        let kept = read!(bench, subordinates::find, &a.entity_id).unwrap().unwrap();
        assert_same(&kept, &SubordinateRow { created_at: NOW, ..again });
        assert!(write!(bench, subordinates::set_state, &a.entity_id, "suspended", later(6)).unwrap());
        assert!(!write!(bench, subordinates::set_state, "nobody", "suspended", later(6)).unwrap());
        assert_eq!(read!(bench, subordinates::find, &a.entity_id).unwrap().unwrap().state, "suspended");
        let (known, next) = (a.jwks.as_str(), "{\"keys\":[1]}");
        assert!(write!(bench, subordinates::roll_keys, &a.entity_id, (known, next), later(7)).unwrap());
        assert!(
            !write!(bench, subordinates::roll_keys, &a.entity_id, (known, "x"), later(8)).unwrap(),
            "known no more"
        );
        assert_eq!(read!(bench, subordinates::find, &a.entity_id).unwrap().unwrap().jwks, next);
        assert!(write!(bench, subordinates::delete, &a.entity_id).unwrap());
        assert!(!write!(bench, subordinates::delete, &a.entity_id).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_mark_holds_until_it_ends_or_is_revoked() {
    on_every_engine(async |bench| {
        let (a, b) = (mark("a", "type-1", "https://a.example"), mark("b", "type-2", "https://b.example"));
        let late = IssuedTrustMarkRow { issued_at: later(1), ..mark("late", "type-1", "https://a.example") };
        for row in [&a, &b, &late] {
            write!(bench, issued_trust_marks::insert, row).unwrap();
        }
        assert!(matches!(write!(bench, issued_trust_marks::insert, &a), Err(StoreError::Conflict)));
        assert_same(&read!(bench, issued_trust_marks::find, "a").unwrap().unwrap(), &a);
        assert!(read!(bench, issued_trust_marks::find, "x").unwrap().is_none());
        let standing = |kind: &'static str, subject: &'static str, at: u64| async move {
            read!(bench, issued_trust_marks::standing, kind, subject, later(at)).unwrap().map(|row| row.id)
        };
        assert_eq!(standing("type-1", "https://a.example", 2).await.as_deref(), Some("late"), "the latest");
        assert_eq!(standing("type-1", "https://b.example", 2).await, None);
        assert_eq!(standing("type-1", "https://a.example", 10).await, None, "it has ended");
        let holders = read!(bench, issued_trust_marks::holders, "", later(1), 10).unwrap();
        assert_eq!(holders, ["https://a.example", "https://b.example"]);
        assert_eq!(read!(bench, issued_trust_marks::holders, "type-2", later(1), 10).unwrap(), ["https://b.example"]);
        assert_eq!(write!(bench, issued_trust_marks::revoke, "type-1", "https://a.example", later(2)).unwrap(), 2);
        assert_eq!(write!(bench, issued_trust_marks::revoke, "type-1", "https://a.example", later(3)).unwrap(), 0);
        assert_eq!(standing("type-1", "https://a.example", 3).await, None);
        let revoked = read!(bench, issued_trust_marks::find, "a").unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(later(2)));
        let listed = read!(bench, issued_trust_marks::list, "", 10).unwrap();
        assert_eq!(listed.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b", "late"]);
    })
    .await;
}

#[tokio::test]
async fn a_chain_is_kept_and_found_again_when_it_is_old() {
    on_every_engine(async |bench| {
        let row = chain("https://a.example");
        write!(bench, trust_chains::put, &row).unwrap();
        assert_same(&read!(bench, trust_chains::find, &row.entity_id).unwrap().unwrap(), &row);
        assert!(read!(bench, trust_chains::list_stale, NOW, 10).unwrap().is_empty());
        assert_eq!(read!(bench, trust_chains::list_stale, later(1), 10).unwrap().len(), 1);
        let next = TrustChainRow {
            statements: JsonText(vec!["three".into()]),
            fetched_at: later(5),
            valid_until: later(20),
            expires_at: Timestamp::NEVER,
            ..row.clone()
        };
        write!(bench, trust_chains::put, &next).unwrap();
        assert_same(&read!(bench, trust_chains::find, &row.entity_id).unwrap().unwrap(), &next);
        assert!(write!(bench, trust_chains::delete, &row.entity_id).unwrap());
        assert!(!write!(bench, trust_chains::delete, &row.entity_id).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_client_of_the_federation_has_an_end_and_others_have_none() {
    on_every_engine(async |bench| {
        let client = |id: &str, until| ClientRow {
            id: ClientId::from(id),
            state: "active".into(),
            metadata: "{}".into(),
            secret: None,
            registration_token_hash: None,
            created_at: NOW,
            updated_at: NOW,
            trusted_until: until,
        };
        let (trusted, own) = (client("https://a.example", Some(later(10))), client("own", None));
        for row in [&trusted, &own] {
            write!(bench, clients::insert, row).unwrap();
        }
        let place = FederationClientRow {
            client_id: trusted.id.clone(),
            entity_id: "https://a.example".into(),
            registration: "automatic".into(),
            path: JsonText(vec!["https://a.example".into(), "https://nation.example".into()]),
            created_at: NOW,
        };
        write!(bench, federation_clients::put, &place).unwrap();
        let next = FederationClientRow { path: JsonText(vec!["x".into()]), created_at: later(1), ..place.clone() };
        write!(bench, federation_clients::put, &next).unwrap();
        let found = read!(bench, federation_clients::of_entity, "https://a.example").unwrap();
        assert_same(&found, &vec![FederationClientRow { created_at: NOW, ..next }]);
        assert!(read!(bench, federation_clients::of_entity, "https://b.example").unwrap().is_empty());
        assert_eq!(read!(bench, federation_clients::list, "", 10).unwrap().len(), 1);
        assert!(read!(bench, federation_clients::list, "https://a.example", 10).unwrap().is_empty());
        assert!(write!(bench, federation_clients::trust_until, &trusted.id, later(3), later(2)).unwrap());
        assert!(!write!(bench, federation_clients::trust_until, &own.id, later(3), later(2)).unwrap(), "by hand");
        let ended = read!(bench, clients::find, &trusted.id).unwrap().unwrap();
        assert_eq!((ended.trusted_until, ended.updated_at), (Some(later(3)), later(2)));
        assert!(write!(bench, clients::delete, &trusted.id).unwrap());
        assert!(read!(bench, federation_clients::list, "", 10).unwrap().is_empty(), "it goes with its client");
    })
    .await;
}
