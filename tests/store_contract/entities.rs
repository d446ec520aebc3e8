//! `store::entities`.

use hufu::base::id::{AccountId, ApplicationId, EntityId};
use hufu::store::entities::{ApplicationRow, EntityRow};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A company whose every column is set.
pub fn entity(name: &str) -> EntityRow {
    EntityRow {
        id: EntityId::from(format!("entity-{name}").as_str()),
        uscc: format!("code-{name}"),
        name: format!("虎符{name}有限公司"),
        kind: "enterprise".into(),
        state: "active".into(),
        source: "registry".into(),
        reference: "R-1".into(),
        verified_at: NOW,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A registration that waits.
pub fn application(account: &AccountId, code: &str) -> ApplicationRow {
    ApplicationRow {
        id: ApplicationId::from(format!("application-{account}-{code}").as_str()),
        account_id: account.clone(),
        uscc: code.into(),
        name: "虎符有限公司".into(),
        state: "pending".into(),
        tries: 1,
        due_at: later(30),
        created_at: NOW,
        expires_at: later(3600),
    }
}

#[tokio::test]
async fn a_company_is_confirmed_again_and_keeps_its_id_and_state() {
    on_every_engine(async |bench| {
        let first = entity("a");
        assert_same(&write!(bench, entities::put, &first).unwrap(), &first);
        assert!(write!(bench, entities::set_state, &first.id, "suspended", later(1)).unwrap());
        assert!(!write!(bench, entities::set_state, &EntityId::from("x"), "suspended", NOW).unwrap());
        let again = EntityRow {
            id: EntityId::from("another"),
            name: "新名称有限公司".into(),
            source: "other".into(),
            reference: "R-2".into(),
            verified_at: later(9),
            updated_at: later(9),
            created_at: later(9),
            ..first.clone()
        };
        let kept = EntityRow { id: first.id.clone(), state: "suspended".into(), created_at: NOW, ..again.clone() };
        assert_same(&write!(bench, entities::put, &again).unwrap(), &kept);
        assert_same(&read!(bench, entities::find, &first.id).unwrap().unwrap(), &kept);
        assert_same(&read!(bench, entities::find_by_code, "code-a").unwrap().unwrap(), &kept);
        assert!(read!(bench, entities::find, &again.id).unwrap().is_none());
        assert!(read!(bench, entities::find_by_code, "code-b").unwrap().is_none());
        write!(bench, entities::put, &entity("b")).unwrap();
        let after = async |code: &str| -> Vec<String> {
            read!(bench, entities::list, code, 10).unwrap().into_iter().map(|row| row.uscc).collect()
        };
        assert_eq!(
            (after("").await, after("code-a").await),
            (vec!["code-a".into(), "code-b".into()], vec!["code-b".into()])
        );
    })
    .await;
}

#[tokio::test]
async fn a_registration_waits_is_taken_once_and_settled() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let row = application(&account, "one");
        write!(bench, entities::apply, &row).unwrap();
        let again = ApplicationRow { id: ApplicationId::from("later"), created_at: later(5), ..row.clone() };
        write!(bench, entities::apply, &again).unwrap();
        write!(bench, entities::apply, &application(&account, "two")).unwrap();
        let codes = |rows: Vec<ApplicationRow>| rows.into_iter().map(|row| row.uscc).collect::<Vec<_>>();
        assert_eq!(codes(read!(bench, entities::applications, &account).unwrap()), ["one", "two"]);
        assert!(read!(bench, entities::applications, &AccountId::from("x")).unwrap().is_empty());
        assert!(read!(bench, entities::due_applications, later(29), 10).unwrap().is_empty());
        assert_eq!(read!(bench, entities::due_applications, later(30), 10).unwrap().len(), 2);
        assert!(write!(bench, entities::take_application, &again, later(90)).unwrap());
        assert!(!write!(bench, entities::take_application, &again, later(90)).unwrap(), "somebody was faster");
        assert_eq!(codes(read!(bench, entities::due_applications, later(30), 10).unwrap()), ["two"]);
        assert!(write!(bench, entities::settle_application, &again.id, "mismatch", later(90)).unwrap());
        assert!(!write!(bench, entities::settle_application, &row.id, "mismatch", NOW).unwrap(), "it was replaced");
        assert_eq!(codes(read!(bench, entities::due_applications, later(900), 10).unwrap()), ["two"]);
        assert!(write!(bench, entities::drop_application, &account, "one").unwrap());
        assert!(!write!(bench, entities::drop_application, &account, "one").unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_company_is_due_taken_once_and_settled() {
    on_every_engine(async |bench| {
        let (one, two, closed) = (entity("due-one"), entity("due-two"), entity("due-closed"));
        for row in [&one, &two, &closed] {
            write!(bench, entities::put, row).unwrap();
        }
        write!(bench, entities::set_state, &closed.id, "suspended", NOW).unwrap();
        assert!(write!(bench, entities::settle_recheck, &two.id, later(5), None).unwrap());
        let due = read!(bench, entities::due_rechecks, later(5), 10).unwrap();
        assert_eq!(due.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), [one.id.clone(), two.id.clone()]);
        assert_eq!(read!(bench, entities::due_rechecks, later(4), 10).unwrap().len(), 1);
        assert_eq!(read!(bench, entities::due_rechecks, later(5), 1).unwrap().len(), 1);
        let row = read!(bench, entities::find_recheck, &one.uscc).unwrap().unwrap();
        assert_eq!(row, due[0]);
        assert!(read!(bench, entities::find_recheck, "unknown").unwrap().is_none());
        assert!(write!(bench, entities::take_recheck, &row, later(60)).unwrap());
        assert!(!write!(bench, entities::take_recheck, &row, later(90)).unwrap(), "another one has it");
        assert!(write!(bench, entities::settle_recheck, &one.id, later(900), Some(later(7))).unwrap());
        let found = read!(bench, entities::find, &one.id).unwrap().unwrap();
        assert_eq!(found.verified_at, later(7));
        assert_eq!(read!(bench, entities::find, &two.id).unwrap().unwrap().verified_at, NOW);
        assert!(!write!(bench, entities::settle_recheck, &EntityId::from("nobody"), NOW, None).unwrap());
    })
    .await;
}
