//! `store::mandates`.

use hufu::base::Timestamp;
use hufu::base::id::{AccountId, EntityId, MandateId};
use hufu::store::mandates::MandateRow;
use hufu::store::{JsonText, StoreError};

use crate::bench::{Bench, NOW, assert_same, later, on_every_engine, read, write};
use crate::entities::entity;

/// A mandate in force.
pub fn mandate(name: &str, entity: &EntityId, account: Option<&AccountId>) -> MandateRow {
    MandateRow {
        id: MandateId::from(format!("mandate-{name}").as_str()),
        entity_id: entity.clone(),
        account_id: account.cloned(),
        role: "agent".into(),
        matters: JsonText(vec!["tax:file".into()]),
        state: "active".into(),
        preferred: false,
        invitee: Some(vec![0, 1, 254, 255]),
        code_hash: None,
        invited_by: Some(AccountId::from("inviter")),
        valid_from: NOW,
        valid_until: later(1000),
        created_at: NOW,
        accepted_at: Some(NOW),
        ended_at: None,
        end_reason: None,
        expires_at: Timestamp::NEVER,
    }
}

fn invitation(name: &str, entity: &EntityId, account: Option<&AccountId>) -> MandateRow {
    let code_hash = account.is_none().then(|| format!("code-{name}"));
    let row = mandate(name, entity, account);
    MandateRow { state: "invited".into(), accepted_at: None, expires_at: later(100), code_hash, ..row }
}

async fn company(bench: &Bench, name: &str) -> EntityId {
    write!(bench, entities::put, &entity(name)).unwrap().id
}

#[tokio::test]
async fn a_mandate_reads_back_and_one_person_has_one_in_force() {
    on_every_engine(async |bench| {
        let (account, entity) = (bench.account().await.id, company(bench, "a").await);
        let row = mandate("one", &entity, Some(&account));
        write!(bench, mandates::insert, &row).unwrap();
        assert_same(&read!(bench, mandates::find, &row.id).unwrap().unwrap(), &row);
        assert!(read!(bench, mandates::find, &MandateId::from("x")).unwrap().is_none());
        let twin = mandate("twin", &entity, Some(&account));
        assert!(matches!(write!(bench, mandates::insert, &twin), Err(StoreError::Conflict)));
        write!(bench, mandates::insert, &invitation("next", &entity, Some(&account))).unwrap();
        let other = bench.account().await.id;
        write!(bench, mandates::insert, &mandate("other", &entity, Some(&other))).unwrap();
        assert_eq!(read!(bench, mandates::of_account, &account).unwrap().len(), 2);
        assert_eq!(read!(bench, mandates::of_entity, &entity, 10).unwrap().len(), 3);
        assert_eq!(read!(bench, mandates::count_open, &entity).unwrap(), 3);
        let ended = write!(bench, mandates::end, &row.id, later(5), "revoked", later(500)).unwrap().unwrap();
        let wanted = MandateRow {
            state: "ended".into(),
            ended_at: Some(later(5)),
            end_reason: Some("revoked".into()),
            expires_at: later(500),
            ..row.clone()
        };
        assert_same(&ended, &wanted);
        assert!(write!(bench, mandates::end, &row.id, later(6), "revoked", later(500)).unwrap().is_none());
        assert_eq!(read!(bench, mandates::of_account, &account).unwrap().len(), 1);
        assert_eq!(read!(bench, mandates::count_open, &entity).unwrap(), 2);
        let last = read!(bench, mandates::of_entity, &entity, 10).unwrap().pop().unwrap();
        assert_eq!(last.id, row.id, "what has ended stands last");
        write!(bench, mandates::insert, &twin).unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_whom_it_is_for() {
    on_every_engine(async |bench| {
        let (account, other) = (bench.account().await.id, bench.account().await.id);
        let (a, b, c) = (company(bench, "a").await, company(bench, "b").await, company(bench, "c").await);
        let named = invitation("named", &a, Some(&account));
        let open = invitation("open", &b, None);
        for row in [&named, &open] {
            write!(bench, mandates::insert, row).unwrap();
        }
        assert_same(&read!(bench, mandates::find_by_code, "code-open").unwrap().unwrap(), &open);
        assert!(read!(bench, mandates::find_by_code, "guess").unwrap().is_none());
        assert!(!write!(bench, mandates::accept, &named.id, &other, later(1)).unwrap(), "another's");
        assert!(write!(bench, mandates::accept, &named.id, &account, later(1)).unwrap());
        assert!(!write!(bench, mandates::accept, &named.id, &account, later(2)).unwrap(), "once");
        assert!(write!(bench, mandates::accept, &open.id, &other, later(1)).unwrap());
        assert!(read!(bench, mandates::find_by_code, "code-open").unwrap().is_none(), "the code is spent");
        let accepted = read!(bench, mandates::find, &open.id).unwrap().unwrap();
        assert_eq!(accepted.expires_at, Timestamp::NEVER);
        let late = invitation("late", &c, Some(&account));
        write!(bench, mandates::insert, &late).unwrap();
        assert!(!write!(bench, mandates::accept, &late.id, &account, later(100)).unwrap(), "it has lapsed");
        let second = invitation("second", &a, Some(&account));
        write!(bench, mandates::insert, &second).unwrap();
        let twice = write!(bench, mandates::accept, &second.id, &account, later(2));
        assert!(matches!(twice, Err(StoreError::Conflict)), "one in force for one company");
    })
    .await;
}

#[tokio::test]
async fn what_stands_is_in_force_in_its_dates_and_of_an_active_company() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let mut ids = Vec::new();
        for name in ["good", "early", "over", "suspended", "invited"] {
            let entity = company(bench, name).await;
            let row = match name {
                "early" => MandateRow { valid_from: later(10), ..mandate(name, &entity, Some(&account)) },
                "over" => MandateRow { valid_until: later(5), ..mandate(name, &entity, Some(&account)) },
                "invited" => invitation(name, &entity, Some(&account)),
                _ => mandate(name, &entity, Some(&account)),
            };
            write!(bench, mandates::insert, &row).unwrap();
            ids.push((row.id, entity));
        }
        write!(bench, entities::set_state, &ids[3].1, "suspended", NOW).unwrap();
        let names = async |at: u64| -> Vec<String> {
            let rows = read!(bench, mandates::standings, &account, later(at)).unwrap();
            rows.into_iter().map(|row| row.mandate_id.0).collect()
        };
        assert_eq!(names(5).await, ["mandate-good"]);
        assert_eq!(names(10).await, ["mandate-early", "mandate-good"]);
        assert_eq!(names(4).await, ["mandate-good", "mandate-over"]);
        assert!(names(1000).await.is_empty());
        let row = &read!(bench, mandates::standings, &account, later(5)).unwrap()[0];
        assert_eq!((row.uscc.as_str(), row.role.as_str(), &row.entity_id), ("code-good", "agent", &ids[0].1));
        assert_eq!((row.matters.0.as_slice(), row.valid_until), (&["tax:file".to_owned()][..], later(1000)));
        for ((id, _), held) in ids.iter().zip([true, false, false, true, false]) {
            assert_eq!(write!(bench, mandates::hold, id, later(5)).unwrap().is_some(), held, "{id}");
        }
        assert_eq!(write!(bench, mandates::hold_all, &ids[0].1).unwrap().len(), 1);
        assert!(write!(bench, mandates::hold_all, &ids[4].1).unwrap().is_empty(), "an invitation holds nothing");
        let expired = read!(bench, mandates::list_expired, later(100), 10).unwrap();
        let expired: Vec<String> = expired.into_iter().map(|row| row.id.0).collect();
        assert_eq!(expired, ["mandate-over", "mandate-invited"]);
        assert!(read!(bench, mandates::list_expired, later(4), 10).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_company_is_preferred_or_none() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let (a, b) = (company(bench, "a").await, company(bench, "b").await);
        for (name, entity) in [("a", &a), ("b", &b)] {
            write!(bench, mandates::insert, &mandate(name, entity, Some(&account))).unwrap();
        }
        for (wish, wanted) in [(Some(&a), [true, false]), (Some(&b), [false, true]), (None, [false, false])] {
            write!(bench, mandates::prefer, &account, wish).unwrap();
            let rows = read!(bench, mandates::standings, &account, later(1)).unwrap();
            assert_eq!(rows.iter().map(|row| row.preferred).collect::<Vec<_>>(), wanted);
        }
    })
    .await;
}

#[tokio::test]
async fn what_an_account_has_sent_ends_and_what_it_has_given_is_read() {
    on_every_engine(async |bench| {
        let (inviter, agent) = (bench.account().await.id, bench.account().await.id);
        let (a, b) = (company(bench, "a").await, company(bench, "b").await);
        let by = |row: MandateRow| MandateRow { invited_by: Some(inviter.clone()), ..row };
        write!(bench, mandates::insert, &by(mandate("given", &a, Some(&agent)))).unwrap();
        write!(bench, mandates::insert, &by(invitation("named", &b, Some(&agent)))).unwrap();
        write!(bench, mandates::insert, &by(invitation("open", &b, None))).unwrap();
        write!(bench, mandates::insert, &invitation("others", &a, None)).unwrap();
        let given = read!(bench, mandates::given_since, &inviter, Timestamp(NOW.0 - 1)).unwrap();
        assert_eq!(given.len(), 1);
        assert_eq!((given[0].created_at, given[0].valid_until), (NOW, later(1000)));
        assert!(read!(bench, mandates::given_since, &inviter, NOW).unwrap().is_empty());
        let ended = write!(bench, mandates::end_invitations_by, &inviter, (later(1), "recovered"), later(90)).unwrap();
        assert_eq!(ended, std::slice::from_ref(&agent), "whom one of them waited for");
        assert!(read!(bench, mandates::find_by_code, "code-open").unwrap().is_none());
        assert!(read!(bench, mandates::find_by_code, "code-others").unwrap().is_some());
        assert_eq!(read!(bench, mandates::given_since, &inviter, Timestamp(NOW.0 - 1)).unwrap().len(), 1);
    })
    .await;
}
