//! `store::appeals`.

use hufu::base::id::{AccountId, AppealId};
use hufu::store::appeals::{AppealActRow, AppealRow};
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};
use crate::recoveries::proof;

/// An open appeal.
pub fn appeal(name: &str, account: Option<&AccountId>) -> AppealRow {
    AppealRow {
        id: AppealId::from(format!("appeal-{name}").as_str()),
        account_id: account.cloned(),
        state: "open".into(),
        code_hash: format!("code-{name}"),
        document: format!("document-{name}"),
        sealed: vec![0, 1, 254, 255],
        proof: account.map(|_| JsonText(proof())),
        proposed_by: None,
        decided_by: None,
        created_at: NOW,
        decided_at: None,
        expires_at: later(1000),
    }
}

/// What an operator did with it.
pub fn act(name: &str, appeal: &AppealId) -> AppealActRow {
    AppealActRow {
        id: format!("act-{name}"),
        appeal_id: appeal.clone(),
        act: "shown".into(),
        operator: "chen".into(),
        created_at: NOW,
        expires_at: later(1000),
    }
}

#[tokio::test]
async fn one_appeal_about_a_document_waits() {
    on_every_engine(async |bench| {
        let wang = bench.account().await.id;
        let row = appeal(&bench.name(), Some(&wang));
        write!(bench, appeals::insert, &row).unwrap();
        assert_same(&read!(bench, appeals::find, &row.id).unwrap().unwrap(), &row);
        assert_same(&read!(bench, appeals::find_by_code, &row.code_hash).unwrap().unwrap(), &row);
        let same = AppealRow { document: row.document.clone(), ..appeal(&bench.name(), None) };
        assert!(matches!(write!(bench, appeals::insert, &same), Err(StoreError::Conflict)));
        let other = appeal(&bench.name(), None);
        write!(bench, appeals::insert, &other).unwrap();
        assert_same(&read!(bench, appeals::find, &other.id).unwrap().unwrap(), &other);
        assert_eq!(read!(bench, appeals::count_waiting).unwrap(), 2);
        assert_eq!(read!(bench, appeals::list_waiting, "", 10).unwrap().len(), 2);
        assert_eq!(read!(bench, appeals::list_waiting, "", 1).unwrap().len(), 1);
        assert!(write!(bench, appeals::refuse, &row.id, "chen", later(5)).unwrap());
        assert_eq!(read!(bench, appeals::count_waiting).unwrap(), 1);
        write!(bench, appeals::insert, &same).unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_appeal_is_accepted_by_another_operator_than_the_one_who_proposes_it() {
    on_every_engine(async |bench| {
        let wang = bench.account().await.id;
        let row = appeal(&bench.name(), Some(&wang));
        write!(bench, appeals::insert, &row).unwrap();
        assert!(!write!(bench, appeals::accept, &row.id, "zhao", later(1)).unwrap(), "not proposed");
        assert!(write!(bench, appeals::propose, &row.id, "chen").unwrap());
        assert!(!write!(bench, appeals::propose, &row.id, "zhao").unwrap(), "proposed already");
        assert!(!write!(bench, appeals::accept, &row.id, "chen", later(1)).unwrap(), "the same operator");
        assert!(write!(bench, appeals::accept, &row.id, "zhao", later(2)).unwrap());
        assert!(!write!(bench, appeals::refuse, &row.id, "chen", later(3)).unwrap(), "decided");
        let found = read!(bench, appeals::find, &row.id).unwrap().unwrap();
        let who = (found.proposed_by.as_deref(), found.decided_by.as_deref(), found.decided_at);
        assert_eq!(who, (Some("chen"), Some("zhao"), Some(later(2))));
    })
    .await;
}

#[tokio::test]
async fn what_operators_do_is_kept_in_order() {
    on_every_engine(async |bench| {
        let id = AppealId::from(bench.name().as_str());
        let first = act(&bench.name(), &id);
        let second = AppealActRow { created_at: later(1), act: "refused".into(), ..act(&bench.name(), &id) };
        for row in [&second, &first] {
            write!(bench, appeals::record, row).unwrap();
        }
        let found = read!(bench, appeals::acts, &id).unwrap();
        assert_eq!(found.len(), 2);
        assert_same(&found[0], &first);
        assert_same(&found[1], &second);
    })
    .await;
}
