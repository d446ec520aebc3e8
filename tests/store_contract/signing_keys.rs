//! `store::signing_keys`.

use hufu::store::StoreError;
use hufu::store::signing_keys::{PastKeyRow, SigningKeyRow};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

fn key(kid: &str) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        purpose: "tokens".into(),
        alg: "ES256".into(),
        sealed: (0..=255).collect(),
        created_at: NOW,
        publish_at: later(1),
        activate_at: later(2),
        retire_at: None,
        remove_at: None,
    }
}

#[tokio::test]
async fn keys_come_retire_and_go() {
    on_every_engine(async |bench| {
        for kid in ["b", "a"] {
            write!(bench, signing_keys::insert, &key(kid)).unwrap();
        }
        assert!(matches!(write!(bench, signing_keys::insert, &key("a")), Err(StoreError::Conflict)));
        let listed = read!(bench, signing_keys::list, "tokens").unwrap();
        assert_eq!(listed.iter().map(|row| row.kid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let found = &listed[0];
        assert_eq!((found.alg.as_str(), &found.sealed), ("ES256", &key("a").sealed));
        assert_eq!((found.created_at, found.publish_at, found.activate_at), (NOW, later(1), later(2)));
        assert_eq!((found.retire_at, found.remove_at), (None, None));
        assert!(write!(bench, signing_keys::retire, "a", later(10), later(20)).unwrap());
        let found = &read!(bench, signing_keys::list, "tokens").unwrap()[0];
        assert_eq!((found.retire_at, found.remove_at), (Some(later(10)), Some(later(20))));
        assert!(write!(bench, signing_keys::delete, "a").unwrap());
        assert!(!write!(bench, signing_keys::delete, "a").unwrap());
        assert!(!write!(bench, signing_keys::retire, "a", later(1), later(2)).unwrap());
        assert_eq!(read!(bench, signing_keys::list, "tokens").unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn keys_of_one_purpose_are_not_those_of_another() {
    on_every_engine(async |bench| {
        write!(bench, signing_keys::insert, &key("a")).unwrap();
        let other = SigningKeyRow { purpose: "federation".into(), ..key("b") };
        write!(bench, signing_keys::insert, &other).unwrap();
        for (purpose, kid) in [("tokens", "a"), ("federation", "b")] {
            let listed = read!(bench, signing_keys::list, purpose).unwrap();
            assert_eq!(listed.iter().map(|row| row.kid.as_str()).collect::<Vec<_>>(), [kid]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_gone_is_remembered_as_it_was_first_told() {
    on_every_engine(async |bench| {
        let past = |kid: &str, at: u64| PastKeyRow {
            kid: kid.to_owned(),
            jwk: "{}".into(),
            created_at: NOW,
            ended_at: later(at),
            revoked: at > 5,
        };
        for row in [past("early", 1), past("late", 9), past("early", 7)] {
            write!(bench, signing_keys::remember, &row).unwrap();
        }
        assert_same(&read!(bench, signing_keys::past, 10).unwrap(), &vec![past("late", 9), past("early", 1)]);
        assert_eq!(read!(bench, signing_keys::past, 1).unwrap().len(), 1);
    })
    .await;
}
