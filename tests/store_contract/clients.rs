//! `store::clients`.

use hufu::base::Timestamp;
use hufu::base::id::ClientId;
use hufu::store::StoreError;
use hufu::store::clients::ClientRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

fn client(id: &str) -> ClientRow {
    ClientRow {
        id: ClientId::from(id),
        state: "active".into(),
        metadata: r#"{"client_name#zh-CN":"电子证照"}"#.into(),
        secret: Some("secret-hash".into()),
        registration_token_hash: Some("token-hash".into()),
        created_at: NOW,
        updated_at: NOW,
        trusted_until: Some(later(9)),
    }
}

#[tokio::test]
async fn a_client_reads_back_as_it_was_written() {
    on_every_engine(async |bench| {
        let full = client("full");
        let bare = ClientRow { secret: None, registration_token_hash: None, trusted_until: None, ..client("bare") };
        for row in [&full, &bare] {
            write!(bench, clients::insert, row).unwrap();
            assert_same(&read!(bench, clients::find, &row.id).unwrap().unwrap(), row);
        }
        assert!(matches!(write!(bench, clients::insert, &full), Err(StoreError::Conflict)));
        assert!(read!(bench, clients::find, &ClientId::from("FULL")).unwrap().is_none(), "ids are exact");
    })
    .await;
}

#[tokio::test]
async fn many_clients_are_read_at_once() {
    on_every_engine(async |bench| {
        for id in ["a", "b", "c"] {
            write!(bench, clients::insert, &client(id)).unwrap();
        }
        let mut rows = read!(bench, clients::find_all, &["c", "a", "unknown", "a", "B"]).unwrap();
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(rows.len(), 2);
        assert_same(&rows[0], &client("a"));
        assert_same(&rows[1], &client("c"));
        assert!(read!(bench, clients::find_all, &[]).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn metadata_and_secret_are_set_alone_and_never_end_a_suspension() {
    on_every_engine(async |bench| {
        let (row, unknown) = (ClientRow { state: "suspended".into(), ..client("a") }, ClientId::from("unknown"));
        write!(bench, clients::insert, &row).unwrap();
        assert!(write!(bench, clients::set_metadata, &row.id, "{}", later(7)).unwrap());
        let changed = ClientRow { metadata: "{}".into(), updated_at: later(7), ..row };
        assert_same(&read!(bench, clients::find, &changed.id).unwrap().unwrap(), &changed);
        for secret in [Some("another"), None] {
            assert!(write!(bench, clients::set_secret, &changed.id, secret, later(8)).unwrap());
            let wanted = ClientRow { secret: secret.map(str::to_owned), updated_at: later(8), ..changed.clone() };
            assert_same(&read!(bench, clients::find, &changed.id).unwrap().unwrap(), &wanted);
        }
        assert!(!write!(bench, clients::set_metadata, &unknown, "{}", NOW).unwrap());
        assert!(!write!(bench, clients::set_secret, &unknown, None, NOW).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_state_is_set_alone() {
    on_every_engine(async |bench| {
        let row = client("a");
        write!(bench, clients::insert, &row).unwrap();
        assert!(write!(bench, clients::set_state, &row.id, "suspended", later(3)).unwrap());
        let wanted = ClientRow { state: "suspended".into(), updated_at: later(3), ..row };
        assert_same(&read!(bench, clients::find, &wanted.id).unwrap().unwrap(), &wanted);
        assert!(!write!(bench, clients::set_state, &ClientId::from("unknown"), "active", NOW).unwrap());
    })
    .await;
}

#[tokio::test]
async fn clients_are_listed_page_by_page_in_order_of_id() {
    on_every_engine(async |bench| {
        for id in ["delta", "alpha", "charlie", "bravo"] {
            write!(bench, clients::insert, &client(id)).unwrap();
        }
        let page = async |after: &str| -> Vec<String> {
            read!(bench, clients::list, after, 3).unwrap().into_iter().map(|row| row.id.0).collect()
        };
        assert_eq!(page("").await, ["alpha", "bravo", "charlie"]);
        assert_eq!(page("charlie").await, ["delta"]);
        assert!(page("delta").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_client_takes_the_consents_given_to_it_along() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for id in ["a", "b"] {
            write!(bench, clients::insert, &client(id)).unwrap();
            write!(bench, consents::put, &crate::consents::consent(&account, id)).unwrap();
        }
        assert!(write!(bench, clients::delete, &ClientId::from("a")).unwrap());
        assert!(!write!(bench, clients::delete, &ClientId::from("a")).unwrap());
        assert!(read!(bench, clients::find, &ClientId::from("a")).unwrap().is_none());
        let left = read!(bench, consents::list, &account).unwrap();
        assert_eq!(left.iter().map(|row| row.client_id.as_str()).collect::<Vec<_>>(), ["b"]);
    })
    .await;
}

#[tokio::test]
async fn an_initial_token_holds_until_its_end_and_can_be_prolonged() {
    on_every_engine(async |bench| {
        let holds = async |at: Timestamp| read!(bench, clients::initial_token_holds, "hash", at).unwrap();
        assert!(!holds(NOW).await);
        write!(bench, clients::put_initial_token, "hash", "for tests", NOW, later(10)).unwrap();
        assert!(holds(later(9)).await);
        assert!(!holds(later(10)).await);
        write!(bench, clients::put_initial_token, "hash", "for tests", later(10), Timestamp::NEVER).unwrap();
        assert!(holds(later(1_000_000_000)).await);
        assert!(!read!(bench, clients::initial_token_holds, "other", NOW).unwrap());
    })
    .await;
}
