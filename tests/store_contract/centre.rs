//! The account centre's tables: `store::account_events`, `consent_records`, `account_closings`, `account_erasure`,
//! `correction_requests`, `guardianships`, and what it reads of others.

use hufu::base::Timestamp;
use hufu::base::id::{AccountId, ClientId, ConsentId, CorrectionId, EventId, GuardianshipId, SessionId};
use hufu::store::account_closings::AccountClosingRow;
use hufu::store::account_events::AccountEventRow;
use hufu::store::consent_records::ConsentRecordRow;
use hufu::store::consents::Stated;
use hufu::store::correction_requests::CorrectionRow;
use hufu::store::guardianships::GuardianshipRow;
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A sign-in of this account.
pub fn event(name: &str, account: &AccountId) -> AccountEventRow {
    AccountEventRow {
        id: EventId::from(name),
        account_id: account.clone(),
        kind: "sign_in".into(),
        about: "关于".into(),
        ways: JsonText(vec!["pwd".into(), "otp".into()]),
        failures: 3,
        session_id: Some(SessionId::from("session")),
        client_id: Some(ClientId::from("client")),
        address: "192.0.2.*".into(),
        user_agent: "Mozilla/5.0 (虎符)".into(),
        at: NOW,
        expires_at: later(1_000),
    }
}

/// A consent of this account as it was given.
pub fn record(name: &str, account: &AccountId, client: &str) -> ConsentRecordRow {
    ConsentRecordRow {
        id: ConsentId::from(name),
        account_id: account.clone(),
        client_id: ClientId::from(client),
        scope: "openid realname".into(),
        claims: JsonText(vec!["identity_document".into()]),
        separate: JsonText(vec!["identity_document".into()]),
        stated: JsonText(Stated { version: "v1".into(), purpose: "办理".into(), ..Stated::default() }),
        text_version: "2026-11".into(),
        text_hash: "hash".into(),
        language: "zh-CN".into(),
        guardian_id: Some(AccountId::from("guardian")),
        given_at: NOW,
        ended_at: None,
        end_reason: None,
        expires_at: Timestamp::NEVER,
    }
}

/// An open request of this account.
pub fn correction(name: &str, account: &AccountId) -> CorrectionRow {
    CorrectionRow {
        id: CorrectionId::from(name),
        account_id: account.clone(),
        item: "other".into(),
        wish: vec![0, 1, 255],
        state: "open".into(),
        answer: None,
        asked_at: NOW,
        decided_at: None,
        expires_at: Timestamp::NEVER,
    }
}

/// A guardianship that was asked for.
pub fn guardianship(name: &str, child: &AccountId, guardian: &AccountId) -> GuardianshipRow {
    GuardianshipRow {
        id: GuardianshipId::from(name),
        child_id: child.clone(),
        guardian_id: guardian.clone(),
        state: "asked".into(),
        asked_at: NOW,
        accepted_at: None,
        ended_at: None,
        end_reason: None,
        valid_until: later(100),
        expires_at: later(100),
    }
}

#[tokio::test]
async fn events_are_paged_by_key_the_latest_first_and_by_kind() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        for name in ["01", "02", "03", "05"] {
            write!(bench, account_events::insert, &event(name, &one)).unwrap();
        }
        write!(bench, account_events::insert, &AccountEventRow { kind: "unmasked".into(), ..event("04", &one) })
            .unwrap();
        write!(bench, account_events::insert, &AccountEventRow { kind: "acted".into(), ..event("06", &one) }).unwrap();
        write!(bench, account_events::insert, &event("07", &two)).unwrap();
        let names = |rows: &[AccountEventRow]| rows.iter().map(|row| row.id.0.clone()).collect::<Vec<_>>();
        let first = read!(bench, account_events::list, &one, (true, None), 3).unwrap();
        assert_eq!(names(&first), ["06", "05", "03"]);
        assert_same(&first[1], &event("05", &one));
        let rest = read!(bench, account_events::list, &one, (true, Some(&first[2].id)), 3).unwrap();
        assert_eq!(names(&rest), ["02", "01"]);
        assert_eq!(names(&read!(bench, account_events::list, &one, (false, None), 9).unwrap()), ["04"]);
        assert_eq!(write!(bench, account_events::move_all, &two, &one).unwrap(), 1);
        assert!(read!(bench, account_events::list, &two, (true, None), 9).unwrap().is_empty());
        write!(bench, accounts::delete, &one).unwrap();
        assert_eq!(read!(bench, account_events::list, &one, (true, None), 9).unwrap().len(), 6, "they outlive it");
    })
    .await;
}

#[tokio::test]
async fn a_consent_on_record_ends_once_and_stays() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for (name, client) in [("01", "a"), ("02", "b"), ("03", "a")] {
            write!(bench, consent_records::insert, &record(name, &account, client)).unwrap();
        }
        let a = ClientId::from("a");
        let end = (later(1), "withdrawn");
        assert_eq!(write!(bench, consent_records::end, &account, Some(&a), end, later(9)).unwrap(), 2);
        let again = (later(2), "closed");
        assert_eq!(write!(bench, consent_records::end, &account, None, again, later(10)).unwrap(), 1);
        let listed = read!(bench, consent_records::list, &account, None, 2).unwrap();
        let ended = |row: ConsentRecordRow, at, why: &str, until| ConsentRecordRow {
            ended_at: Some(at),
            end_reason: Some(why.into()),
            expires_at: until,
            ..row
        };
        assert_same(&listed[0], &ended(record("03", &account, "a"), later(1), "withdrawn", later(9)));
        assert_same(&listed[1], &ended(record("02", &account, "b"), later(2), "closed", later(10)));
        let rest = read!(bench, consent_records::list, &account, Some(&listed[1].id), 2).unwrap();
        assert_eq!(rest.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_closing_is_due_once_and_taken_back_once() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        let row =
            |account: &AccountId, due| AccountClosingRow { account_id: account.clone(), asked_at: NOW, due_at: due };
        write!(bench, account_closings::insert, &row(&one, later(10))).unwrap();
        write!(bench, account_closings::insert, &row(&two, later(5))).unwrap();
        let again = write!(bench, account_closings::insert, &row(&one, later(20)));
        assert!(matches!(again, Err(StoreError::Conflict)));
        assert_same(&read!(bench, account_closings::find, &one).unwrap().unwrap(), &row(&one, later(10)));
        assert!(read!(bench, account_closings::due, later(4), 9).unwrap().is_empty());
        let due = read!(bench, account_closings::due, later(10), 9).unwrap();
        assert_eq!(due.iter().map(|row| &row.account_id).collect::<Vec<_>>(), [&two, &one]);
        assert!(write!(bench, account_closings::delete, &one).unwrap());
        assert!(!write!(bench, account_closings::delete, &one).unwrap());
        assert!(read!(bench, account_closings::find, &one).unwrap().is_none());
        let turn = ("active", "closing");
        assert!(write!(bench, accounts::turn_state, &two, turn, later(1)).unwrap());
        assert!(!write!(bench, accounts::turn_state, &two, turn, later(1)).unwrap(), "of two one decides");
    })
    .await;
}

/// What is left of a person is a row without a name; user name, number and document are free.
#[tokio::test]
async fn erasing_leaves_a_row_without_a_name_and_frees_what_was_taken() {
    on_every_engine(async |bench| {
        let (row, other) = (bench.account().await, bench.account().await);
        let id = &row.id;
        let company = write!(bench, entities::put, &crate::entities::entity("erased")).unwrap().id;
        write!(bench, mandates::insert, &crate::mandates::mandate("erased", &company, Some(id))).unwrap();
        write!(bench, consents::put, &crate::consents::consent(id, "a")).unwrap();
        write!(bench, devices::see, &crate::devices::device("erased", id)).unwrap();
        write!(bench, correction_requests::insert, &correction("erased", id)).unwrap();
        write!(bench, guardianships::insert, &guardianship("erased", &other.id, id)).unwrap();
        write!(bench, account_events::insert, &event("erased", id)).unwrap();
        let session = bench.session_of(id).await;
        assert!(write!(bench, account_erasure::erase, id, later(1)).unwrap());
        let left = read!(bench, accounts::find, id).unwrap().unwrap();
        assert_eq!((left.state.as_str(), left.username.as_str(), left.password_hash.as_str()), ("closed", "", ""));
        assert!(left.mobile.is_none() && left.mobile_index.is_none() && left.locale.is_none());
        assert!(read!(bench, accounts::find_by_login, &row.username_key, "").unwrap().is_none());
        assert!(read!(bench, consents::list, id).unwrap().is_empty());
        assert!(read!(bench, devices::list, id).unwrap().is_empty());
        assert!(read!(bench, correction_requests::of_account, id).unwrap().is_empty());
        assert!(read!(bench, guardianships::of_account, &other.id, NOW).unwrap().is_empty());
        let mandates = read!(bench, mandates::on_record, id, 9).unwrap();
        assert!(mandates.len() == 1 && mandates[0].invitee.is_none(), "who acted stays on record, by no name");
        assert_eq!(read!(bench, account_events::list, id, (true, None), 9).unwrap().len(), 1);
        assert_eq!(read!(bench, sessions::on_record, id, 9).unwrap()[0].id, session.id);
        assert!(!write!(bench, account_erasure::erase, &AccountId::from("nobody"), NOW).unwrap());
        // A second one is erased as well: what is left of them does not collide.
        assert!(write!(bench, account_erasure::erase, &other.id, later(1)).unwrap());
    })
    .await;
}

#[tokio::test]
async fn erasing_forgets_every_table_that_knows_a_person() {
    let wanted = ["real_names", "identity_documents", "network_identities", "factors", "passkey_users", "devices"];
    for table in wanted {
        assert!(hufu::store::account_erasure::tables().any(|erased| erased == table), "{table}");
    }
}

#[tokio::test]
async fn a_user_name_can_be_changed_and_belongs_to_one() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await, bench.account().await);
        let name = bench.name();
        let names = ("Li", name.as_str());
        assert!(write!(bench, accounts::set_username, &one.id, names, later(1)).unwrap());
        assert!(matches!(write!(bench, accounts::set_username, &two.id, names, later(1)), Err(StoreError::Conflict)));
        assert_eq!(read!(bench, accounts::find_by_login, &name, "").unwrap().unwrap().id, one.id);
        assert!(read!(bench, accounts::find_by_login, &one.username_key, "").unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_correction_is_decided_once() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for name in ["01", "02"] {
            write!(bench, correction_requests::insert, &correction(name, &account)).unwrap();
        }
        let id = CorrectionId::from("01");
        let decision = ("accepted", &[7_u8][..]);
        assert!(write!(bench, correction_requests::decide, &id, decision, later(1), later(9)).unwrap());
        assert!(
            !write!(bench, correction_requests::decide, &id, ("refused", &[8_u8][..]), later(2), later(9)).unwrap()
        );
        let decided = CorrectionRow {
            state: "accepted".into(),
            answer: Some(vec![7]),
            decided_at: Some(later(1)),
            expires_at: later(9),
            ..correction("01", &account)
        };
        assert_same(&read!(bench, correction_requests::find, &id).unwrap().unwrap(), &decided);
        let own = read!(bench, correction_requests::of_account, &account).unwrap();
        assert_eq!(own.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["02", "01"]);
        let open = read!(bench, correction_requests::list, "open", "", 9).unwrap();
        assert_eq!(open.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["02"]);
        assert!(read!(bench, correction_requests::list, "open", "02", 9).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_guardianship_is_accepted_by_its_guardian_and_ends_by_itself() {
    on_every_engine(async |bench| {
        let [child, guardian, stranger] =
            [bench.account().await.id, bench.account().await.id, bench.account().await.id];
        let id = GuardianshipId::from("g");
        write!(bench, guardianships::insert, &guardianship("g", &child, &guardian)).unwrap();
        let twice = write!(bench, guardianships::insert, &guardianship("h", &child, &guardian));
        assert!(matches!(twice, Err(StoreError::Conflict)));
        assert!(read!(bench, guardianships::guardian_of, &child, NOW).unwrap().is_none(), "asked is not agreed");
        let times = (later(1), later(50));
        assert!(!write!(bench, guardianships::accept, &id, &stranger, times, later(90)).unwrap());
        assert!(write!(bench, guardianships::accept, &id, &guardian, times, later(90)).unwrap());
        assert!(!write!(bench, guardianships::accept, &id, &guardian, times, later(90)).unwrap());
        let now = read!(bench, guardianships::guardian_of, &child, later(2)).unwrap().unwrap();
        assert_eq!((now.guardian_id, now.accepted_at), (guardian.clone(), Some(later(1))));
        assert!(read!(bench, guardianships::guardian_of, &child, later(50)).unwrap().is_none(), "the birthday");
        assert!(read!(bench, guardianships::of_account, &guardian, later(50)).unwrap().is_empty());
        write!(bench, accounts::set_state, &guardian, "locked", later(2)).unwrap();
        assert!(read!(bench, guardianships::guardian_of, &child, later(3)).unwrap().is_none(), "a locked guardian");
        let end = (later(3), "withdrawn");
        assert!(write!(bench, guardianships::end, &id, end, later(9)).unwrap().is_some());
        assert!(write!(bench, guardianships::end, &id, end, later(9)).unwrap().is_none());
        assert_eq!(read!(bench, guardianships::find, &id).unwrap().unwrap().state, "ended");
        // A wish that waited in vain makes room for the next one.
        write!(bench, guardianships::insert, &guardianship("i", &child, &guardian)).unwrap();
        assert_eq!(write!(bench, guardianships::drop_lapsed, (&child, &guardian), later(99)).unwrap(), 0);
        assert_eq!(write!(bench, guardianships::drop_lapsed, (&child, &guardian), later(100)).unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn where_somebody_took_part_is_known_while_sessions_are_on_record() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let other = bench.session().await;
        for (of, client) in [(&session, "a"), (&session, "b"), (&other, "c")] {
            write!(bench, sessions::join, &crate::sessions::link(&of.id, client)).unwrap();
        }
        write!(bench, sessions::end, &session.id, later(1), "person", later(9)).unwrap();
        let links = read!(bench, sessions::links_of, &session.account_id).unwrap();
        assert_eq!(links.iter().map(|link| link.client_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(read!(bench, sessions::on_record, &session.account_id, 9).unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_an_account_goes_to_another_of_the_same_person() {
    on_every_engine(async |bench| {
        let (from, to) = (bench.account().await.id, bench.account().await.id);
        let (child, guardian) = (bench.account().await.id, bench.account().await.id);
        // Of two with the same other side that of the account that goes on stays.
        for (name, child, guardian) in [("own", &child, &to), ("twice", &child, &from), ("agrees", &from, &guardian)] {
            let row = GuardianshipRow {
                state: "active".into(),
                accepted_at: Some(NOW),
                ..guardianship(name, child, guardian)
            };
            write!(bench, guardianships::insert, &row).unwrap();
        }
        write!(bench, guardianships::hand_over, (&from, &to), later(1), later(90)).unwrap();
        let of_child = read!(bench, guardianships::of_account, &child, NOW).unwrap();
        assert_eq!(of_child.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["own"]);
        let ended = read!(bench, guardianships::find, &"twice".into()).unwrap().unwrap();
        assert_eq!((ended.state.as_str(), ended.end_reason.as_deref()), ("ended", Some("merged")));
        assert_eq!(read!(bench, guardianships::guardian_of, &to, later(2)).unwrap().unwrap().guardian_id, guardian);
        assert!(read!(bench, guardianships::of_account, &from, NOW).unwrap().is_empty());
        // A wish comes sealed anew.
        write!(bench, correction_requests::insert, &correction("moves", &from)).unwrap();
        let id = CorrectionId::from("moves");
        let texts: (&[u8], Option<&[u8]>) = (&[7, 7], Some(&[8]));
        assert!(write!(bench, correction_requests::hand_over, &id, &to, texts).unwrap());
        let moved = read!(bench, correction_requests::find, &id).unwrap().unwrap();
        assert_eq!((&moved.account_id, moved.wish, moved.answer), (&to, vec![7, 7], Some(vec![8])));
    })
    .await;
}
