//! `store::sessions`.

use hufu::base::id::{AccountId, ClientId, EntityId, SessionId};
use hufu::store::sessions::{SessionClientRow, SessionRow};
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, session, write};

/// A client that takes part in a session.
pub fn link(session: &SessionId, client: &str) -> SessionClientRow {
    SessionClientRow {
        session_id: session.clone(),
        client_id: ClientId::from(client),
        acting_for: String::new(),
        sid: format!("sid-{session}-{client}"),
        subject: format!("subject-{client}"),
        created_at: NOW,
    }
}

#[tokio::test]
async fn a_session_reads_back_by_id_and_by_cookie() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        assert_same(&read!(bench, sessions::find, &row.id).unwrap().unwrap(), &row);
        assert_same(&read!(bench, sessions::find_by_cookie, &row.cookie_hash).unwrap().unwrap(), &row);
        assert!(read!(bench, sessions::find, &SessionId::from("unknown")).unwrap().is_none());
        assert!(read!(bench, sessions::find_by_cookie, "unknown").unwrap().is_none());
        let twin = SessionRow { cookie_hash: row.cookie_hash.clone(), ..session("twin", &row.account_id) };
        assert!(matches!(write!(bench, sessions::insert, &twin), Err(StoreError::Conflict)), "cookies are unique");
    })
    .await;
}

#[tokio::test]
async fn a_live_session_is_held_as_it_is_and_an_ended_one_is_not() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        assert!(write!(bench, sessions::hold, &row.id).unwrap());
        assert_same(&read!(bench, sessions::find, &row.id).unwrap().unwrap(), &row);
        write!(bench, sessions::end, &row.id, NOW, "person", later(100)).unwrap();
        assert!(!write!(bench, sessions::hold, &row.id).unwrap());
        assert!(!write!(bench, sessions::hold, &SessionId::from("unknown")).unwrap());
    })
    .await;
}

#[tokio::test]
async fn live_sessions_are_listed_latest_first() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let with = |name: &str, seen: u64, expires: u64| SessionRow {
            seen_at: later(seen),
            expires_at: later(expires),
            ..session(name, &account)
        };
        for row in [with("a", 1, 100), with("c", 5, 100), with("b", 5, 100), with("over", 9, 10), with("ended", 9, 100)]
        {
            write!(bench, sessions::insert, &row).unwrap();
        }
        bench.session().await;
        write!(bench, sessions::end, &SessionId::from("session-ended"), NOW, "person", later(100)).unwrap();
        let live = async |account: &AccountId| -> Vec<String> {
            read!(bench, sessions::list_live, account, later(10)).unwrap().into_iter().map(|row| row.id.0).collect()
        };
        assert_eq!(live(&account).await, ["session-c", "session-b", "session-a"]);
        assert!(live(&AccountId::from("nobody")).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn sessions_that_ran_out_are_listed_until_they_are_closed() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for (name, expires) in [("b", 20), ("a", 10), ("c", 30), ("later", 31)] {
            let row = SessionRow { expires_at: later(expires), ..session(name, &account) };
            write!(bench, sessions::insert, &row).unwrap();
        }
        let expired = async |limit: i64| -> Vec<String> {
            read!(bench, sessions::list_expired, later(30), limit).unwrap().into_iter().map(|row| row.id.0).collect()
        };
        assert_eq!(expired(2).await, ["session-a", "session-b"]);
        for name in ["session-a", "session-b"] {
            write!(bench, sessions::end, &SessionId::from(name), later(30), "expired", later(90)).unwrap();
        }
        assert_eq!(expired(10).await, ["session-c"]);
    })
    .await;
}

#[tokio::test]
async fn a_touch_extends_a_live_session_and_no_other() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        assert!(write!(bench, sessions::touch, &row.id, later(60), later(1860)).unwrap());
        let found = read!(bench, sessions::find, &row.id).unwrap().unwrap();
        assert_eq!((found.seen_at, found.expires_at), (later(60), later(1860)));
        assert!(!write!(bench, sessions::touch, &row.id, later(1860), later(9999)).unwrap(), "it has run out");
        write!(bench, sessions::end, &row.id, later(61), "person", later(9999)).unwrap();
        assert!(!write!(bench, sessions::touch, &row.id, later(62), later(1862)).unwrap(), "it has ended");
        assert!(!write!(bench, sessions::touch, &SessionId::from("unknown"), NOW, later(1)).unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_authentication_turns_the_cookie_and_keeps_the_session() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        let stepped_up = SessionRow {
            cookie_hash: "new cookie".into(),
            strength: 4,
            amr: JsonText(vec!["pwd".into(), "hwk".into()]),
            auth_time: later(30),
            seen_at: later(30),
            expires_at: later(1830),
            ..row.clone()
        };
        assert!(write!(bench, sessions::authenticate, &stepped_up).unwrap());
        assert_same(&read!(bench, sessions::find, &row.id).unwrap().unwrap(), &stepped_up);
        assert!(read!(bench, sessions::find_by_cookie, &row.cookie_hash).unwrap().is_none());
        write!(bench, sessions::end, &row.id, later(31), "person", later(90)).unwrap();
        assert!(!write!(bench, sessions::authenticate, &stepped_up).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_once_and_keeps_its_first_reason() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        assert!(write!(bench, sessions::end, &row.id, later(1), "person", later(700)).unwrap());
        assert!(!write!(bench, sessions::end, &row.id, later(2), "admin", later(800)).unwrap());
        let found = read!(bench, sessions::find, &row.id).unwrap().unwrap();
        assert_eq!((found.ended_at, found.end_reason.as_deref()), (Some(later(1)), Some("person")));
        assert_eq!(found.expires_at, later(700));
        assert!(!write!(bench, sessions::end, &SessionId::from("unknown"), NOW, "x", NOW).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_client_joins_a_session_once_for_each_it_acts_for() {
    on_every_engine(async |bench| {
        let session = bench.session().await.id;
        let first = link(&session, "b");
        let company = SessionClientRow { acting_for: "91350100M000100Y43".into(), sid: "s".into(), ..first.clone() };
        let early = SessionClientRow { created_at: NOW, ..link(&session, "a") };
        for row in [&first, &company, &early] {
            write!(bench, sessions::join, row).unwrap();
        }
        let again = SessionClientRow { sid: "another".into(), created_at: later(9), ..first.clone() };
        write!(bench, sessions::join, &again).unwrap();
        let found = read!(bench, sessions::clients, &session).unwrap();
        assert_eq!(found.len(), 3);
        assert_same(&found[0], &early);
        let of_person = found.iter().find(|row| row.client_id == first.client_id && row.acting_for.is_empty());
        assert_same(of_person.unwrap(), &first);
        assert_same(&read!(bench, sessions::find_sid, &first.sid).unwrap().unwrap(), &first);
        assert!(read!(bench, sessions::find_sid, "another").unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_client_is_found_in_the_live_sessions_it_took_part_in() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let client = ClientId::from("a");
        for name in ["1", "2", "3", "4"] {
            let row = session(name, &account);
            write!(bench, sessions::insert, &row).unwrap();
            write!(bench, sessions::join, &link(&row.id, if name == "4" { "b" } else { "a" })).unwrap();
        }
        write!(bench, sessions::end, &SessionId::from("session-2"), NOW, "person", later(9)).unwrap();
        let page = async |after: &str| -> Vec<String> {
            let rows = read!(bench, sessions::list_of_client, &client, after, 1).unwrap();
            rows.into_iter().map(|row| row.sid).collect()
        };
        // A node below may be several identities in one session: none is left out where a page ends.
        let twin = SessionClientRow {
            acting_for: "company".into(),
            sid: "sid-session-1-z".into(),
            ..link(&"session-1".into(), "a")
        };
        write!(bench, sessions::join, &twin).unwrap();
        let (mut after, mut found) = (String::new(), Vec::new());
        while let Some(sid) = page(&after).await.pop() {
            found.push(sid.clone());
            after = sid;
        }
        assert_eq!(found, ["sid-session-1-a", "sid-session-1-z", "sid-session-3-a"]);
    })
    .await;
}

#[tokio::test]
async fn a_client_takes_part_as_somebody_until_it_parts() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let company = EntityId::from("company");
        let oneself = link(&session.id, "a");
        let acting = SessionClientRow {
            acting_for: company.0.clone(),
            sid: "sid-acting".into(),
            created_at: later(1),
            ..link(&session.id, "a")
        };
        for row in [&oneself, &acting, &link(&session.id, "b")] {
            write!(bench, sessions::join, row).unwrap();
        }
        let links = read!(bench, sessions::links_at, &session.id, &ClientId::from("a")).unwrap();
        assert_same(&links, &vec![oneself.clone(), acting.clone()]);
        let links = read!(bench, sessions::links_acting, &session.account_id, &company).unwrap();
        assert_same(&links, &vec![acting.clone()]);
        let nobody = EntityId::from("");
        assert!(read!(bench, sessions::links_acting, &session.account_id, &nobody).unwrap().is_empty(), "not oneself");
        assert!(read!(bench, sessions::links_acting, &AccountId::from("x"), &company).unwrap().is_empty());
        assert!(write!(bench, sessions::part, &oneself).unwrap());
        assert!(!write!(bench, sessions::part, &oneself).unwrap());
        let links = read!(bench, sessions::links_at, &session.id, &ClientId::from("a")).unwrap();
        assert_same(&links, &vec![acting]);
        write!(bench, sessions::end, &session.id, later(2), "person", later(100)).unwrap();
        assert!(read!(bench, sessions::links_acting, &session.account_id, &company).unwrap().is_empty());
    })
    .await;
}
