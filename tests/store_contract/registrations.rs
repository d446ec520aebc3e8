//! `store::registrations`.

use hufu::base::Timestamp;
use hufu::base::id::{ClientId, RegistrationId};
use hufu::store::StoreError;
use hufu::store::identity_documents::IdentityDocumentRow;
use hufu::store::registrations::{Changed, RegistrationRow};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A registration of a party.
pub fn row(id: &str, client: &str, name: &str) -> RegistrationRow {
    RegistrationRow {
        id: RegistrationId::from(id),
        client_id: ClientId::from(client),
        resource: "User".into(),
        external_index: Some(format!("external-{name}")),
        name_index: format!("name-{name}"),
        proof_index: Some(format!("proof-{name}")),
        sealed: vec![1, 2, 3],
        level: 2,
        status: String::new(),
        source: "population".into(),
        reference: "A-1".into(),
        checked_at: Some(NOW),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

const ALWAYS: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

#[tokio::test]
async fn a_registration_is_found_by_its_party_alone() {
    on_every_engine(async |bench| {
        let first = row("r-1", "city", "a");
        let (city, county) = (ClientId::from("city"), ClientId::from("county"));
        assert!(write!(bench, registrations::insert, &first).unwrap());
        assert!(!write!(bench, registrations::insert, &row("r-2", "city", "a")).unwrap(), "name and id are taken");
        assert!(write!(bench, registrations::insert, &row("r-3", "county", "a")).unwrap(), "its own");
        let company = RegistrationRow { resource: "Company".into(), ..row("r-4", "city", "a") };
        assert!(write!(bench, registrations::insert, &company).unwrap(), "another kind");
        for name in ["b", "c"] {
            let unnamed = RegistrationRow { external_index: None, ..row(&format!("r-{name}"), "city", name) };
            assert!(write!(bench, registrations::insert, &unnamed).unwrap(), "many have no id of the party's");
        }
        let own = (&city, "User");
        assert_same(&read!(bench, registrations::find, own, &first.id).unwrap().unwrap(), &first);
        assert_same(&read!(bench, registrations::find_by_external, own, "external-a").unwrap().unwrap(), &first);
        assert_same(&read!(bench, registrations::find_by_name, own, "name-a").unwrap().unwrap(), &first);
        assert!(read!(bench, registrations::find, (&county, "User"), &first.id).unwrap().is_none());
        assert!(read!(bench, registrations::find, (&city, "Company"), &first.id).unwrap().is_none());
        assert!(read!(bench, registrations::find_by_external, (&county, "Company"), "external-a").unwrap().is_none());
        assert!(read!(bench, registrations::find_by_name, own, "name-z").unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn only_the_version_before_is_replaced_or_removed() {
    on_every_engine(async |bench| {
        let (first, city, county) = (row("r-1", "city", "a"), ClientId::from("city"), ClientId::from("county"));
        assert!(write!(bench, registrations::insert, &first).unwrap());
        assert!(write!(bench, registrations::insert, &row("r-2", "city", "b")).unwrap());
        let next = RegistrationRow { version: 2, level: 0, updated_at: later(1), ..row("r-1", "city", "c") };
        assert!(write!(bench, registrations::replace, &next).unwrap());
        assert_same(&read!(bench, registrations::find, (&city, "User"), &next.id).unwrap().unwrap(), &next);
        assert!(!write!(bench, registrations::replace, &next).unwrap(), "once");
        let foreign = RegistrationRow { version: 3, client_id: county.clone(), ..next.clone() };
        assert!(!write!(bench, registrations::replace, &foreign).unwrap(), "another party's");
        let taken = RegistrationRow { version: 3, ..row("r-1", "city", "b") };
        assert!(matches!(write!(bench, registrations::replace, &taken), Err(StoreError::Conflict)));
        assert!(!write!(bench, registrations::delete, &county, (&next.id, 2)).unwrap());
        assert!(!write!(bench, registrations::delete, &city, (&next.id, 1)).unwrap());
        assert!(write!(bench, registrations::delete, &city, (&next.id, 2)).unwrap());
        assert!(read!(bench, registrations::find, (&city, "User"), &next.id).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn pages_follow_the_order_of_change() {
    on_every_engine(async |bench| {
        let city = ClientId::from("city");
        for (name, at) in [("a", 3), ("b", 1), ("c", 2), ("d", 2)] {
            let changed = RegistrationRow { updated_at: later(at), ..row(&format!("r-{name}"), "city", name) };
            assert!(write!(bench, registrations::insert, &changed).unwrap());
        }
        assert!(write!(bench, registrations::insert, &row("r-x", "county", "x")).unwrap());
        let own = (&city, "User");
        let all = Changed { since: ALWAYS.0, until: ALWAYS.1, after: (ALWAYS.0, "") };
        let ids = async |changed: &Changed<'_>, window: (i64, i64)| {
            let found = read!(bench, registrations::page, own, changed, window).unwrap();
            found.into_iter().map(|row| row.id.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(&all, (0, 10)).await, ["r-b", "r-c", "r-d", "r-a"]);
        assert_eq!(ids(&all, (1, 2)).await, ["r-c", "r-d"]);
        let after = Changed { after: (later(2), "r-c"), ..all.clone() };
        assert_eq!(ids(&after, (0, 10)).await, ["r-d", "r-a"]);
        let between = Changed { since: later(2), until: later(2), ..all };
        assert_eq!(ids(&between, (0, 10)).await, ["r-c", "r-d"]);
        assert_eq!(read!(bench, registrations::count, own, ALWAYS).unwrap(), 4);
        assert_eq!(read!(bench, registrations::count, own, (later(2), later(2))).unwrap(), 2);
        write!(bench, clients::delete, &city).unwrap();
        assert_eq!(read!(bench, registrations::count, own, ALWAYS).unwrap(), 0, "they go with their party");
    })
    .await;
}

#[tokio::test]
async fn a_person_reads_who_has_registered_her_document() {
    on_every_engine(async |bench| {
        let (account, other) = (bench.account().await, bench.account().await);
        for (client, name) in [("city", "a"), ("county", "a"), ("city", "b")] {
            assert!(write!(bench, registrations::insert, &row(&format!("{client}-{name}"), client, name)).unwrap());
        }
        let company = RegistrationRow { resource: "Company".into(), ..row("c-1", "city", "a") };
        assert!(write!(bench, registrations::insert, &company).unwrap());
        let document = IdentityDocumentRow {
            document_index: "proof-a".into(),
            account_id: account.id.clone(),
            document_type: "resident_identity_card".into(),
            proven_at: NOW,
        };
        assert!(write!(bench, identity_documents::claim, &document).unwrap());
        let found = read!(bench, registrations::of_account, &account.id).unwrap();
        assert_eq!(found.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["city-a", "county-a"]);
        assert!(read!(bench, registrations::of_account, &other.id).unwrap().is_empty());
    })
    .await;
}
