//! `store::signing_keys`.

use hufu::store::StoreError;
use hufu::store::signing_keys::SigningKeyRow;

use crate::bench::{NOW, later, on_every_engine, read, write};

fn key(kid: &str) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
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
        let listed = read!(bench, signing_keys::list).unwrap();
        assert_eq!(listed.iter().map(|row| row.kid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let found = &listed[0];
        assert_eq!((found.alg.as_str(), &found.sealed), ("ES256", &key("a").sealed));
        assert_eq!((found.created_at, found.publish_at, found.activate_at), (NOW, later(1), later(2)));
        assert_eq!((found.retire_at, found.remove_at), (None, None));
        assert!(write!(bench, signing_keys::retire, "a", later(10), later(20)).unwrap());
        let found = &read!(bench, signing_keys::list).unwrap()[0];
        assert_eq!((found.retire_at, found.remove_at), (Some(later(10)), Some(later(20))));
        assert!(write!(bench, signing_keys::delete, "a").unwrap());
        assert!(!write!(bench, signing_keys::delete, "a").unwrap());
        assert!(!write!(bench, signing_keys::retire, "a", later(1), later(2)).unwrap());
        assert_eq!(read!(bench, signing_keys::list).unwrap().len(), 1);
    })
    .await;
}
