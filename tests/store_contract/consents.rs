//! `store::consents`.

use hufu::base::id::{AccountId, ClientId};
use hufu::store::JsonText;
use hufu::store::consents::{ConsentRow, Stated};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A consent of this account to this client.
pub fn consent(account: &AccountId, client: &str) -> ConsentRow {
    ConsentRow {
        account_id: account.clone(),
        client_id: ClientId::from(client),
        scope: "openid realname".into(),
        claims: JsonText(vec!["identity_document".into(), "带\"引号\"".into()]),
        text_version: "2026-11".into(),
        stated: JsonText(Stated {
            version: "v1".into(),
            purpose: "办理".into(),
            items: [("phone".into(), "通知".into())].into(),
        }),
        given_at: NOW,
    }
}

#[tokio::test]
async fn the_latest_consent_stands_in_place_of_the_earlier() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let first = consent(&account, "a");
        write!(bench, consents::put, &first).unwrap();
        assert_same(&read!(bench, consents::find, &account, &first.client_id).unwrap().unwrap(), &first);
        let second = ConsentRow {
            scope: "openid".into(),
            claims: JsonText(Vec::new()),
            text_version: "2027-01".into(),
            stated: JsonText(Stated::default()),
            given_at: later(60),
            ..first
        };
        write!(bench, consents::put, &second).unwrap();
        assert_same(&read!(bench, consents::find, &account, &second.client_id).unwrap().unwrap(), &second);
        assert_eq!(read!(bench, consents::list, &account).unwrap().len(), 1);
        assert!(read!(bench, consents::find, &account, &ClientId::from("b")).unwrap().is_none());
        assert!(read!(bench, consents::find, &AccountId::from("x"), &second.client_id).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_consent_can_be_held_and_is_not_changed_by_it() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let row = consent(&account, "a");
        write!(bench, consents::put, &row).unwrap();
        assert_same(&write!(bench, consents::hold, &account, &row.client_id).unwrap().unwrap(), &row);
        assert_same(&read!(bench, consents::find, &account, &row.client_id).unwrap().unwrap(), &row);
        assert!(write!(bench, consents::hold, &account, &ClientId::from("b")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn consents_are_listed_latest_first() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for (client, at) in [("a", later(1)), ("c", later(3)), ("b", later(3)), ("d", later(2))] {
            write!(bench, consents::put, &ConsentRow { given_at: at, ..consent(&account, client) }).unwrap();
        }
        let listed = read!(bench, consents::list, &account).unwrap();
        assert_eq!(listed.iter().map(|row| row.client_id.as_str()).collect::<Vec<_>>(), ["b", "c", "d", "a"]);
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_withdrawn_once() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let (a, b) = (consent(&account, "a"), consent(&account, "b"));
        write!(bench, consents::put, &a).unwrap();
        write!(bench, consents::put, &b).unwrap();
        assert!(write!(bench, consents::withdraw, &account, &a.client_id).unwrap());
        assert!(!write!(bench, consents::withdraw, &account, &a.client_id).unwrap());
        assert!(read!(bench, consents::find, &account, &a.client_id).unwrap().is_none());
        assert!(read!(bench, consents::find, &account, &b.client_id).unwrap().is_some());
        assert_eq!(write!(bench, consents::withdraw_all, &account).unwrap(), 1);
        assert!(read!(bench, consents::list, &account).unwrap().is_empty());
    })
    .await;
}
