//! `store::grants`.

use hufu::base::id::{AccountId, ClientId, EntityId, GrantId, SessionId};
use hufu::store::grants::{GrantRow, Rotation, While};
use hufu::store::sessions::SessionClientRow;

use crate::bench::{Bench, NOW, assert_same, grant, later, on_every_engine, read, write};
use crate::consents::consent;

async fn put(bench: &Bench, row: &GrantRow) {
    assert!(write!(bench, grants::insert, row).unwrap());
}

async fn find(bench: &Bench, id: &GrantId) -> GrantRow {
    read!(bench, grants::find, id).unwrap().unwrap()
}

#[tokio::test]
async fn a_grant_reads_back_as_it_was_written_and_is_written_once() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let online = grant("online", "account", "client", Some(&session.id));
        let bare =
            GrantRow { refresh_hash: None, refresh_expires_at: None, ..grant("bare", "account", "client", None) };
        for row in [&online, &bare] {
            put(bench, row).await;
            assert_same(&find(bench, &row.id).await, row);
        }
        let again = GrantRow { scope: "openid more".into(), ..online.clone() };
        assert!(!write!(bench, grants::insert, &again).unwrap(), "its code was used before");
        assert_same(&find(bench, &online.id).await, &online);
        assert!(read!(bench, grants::find, &GrantId::from("unknown")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_grant_is_written_in_one_statement_only_while_session_and_consent_stand() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let consent = consent(&session.account_id, "client");
        write!(bench, consents::put, &consent).unwrap();
        let row = |id: &str| grant(id, session.account_id.as_str(), "client", Some(&session.id));
        let alive = While { session_id: &session.id, agreed_at: None };
        let agreed = While { agreed_at: Some(consent.given_at), ..alive };
        let another = While { agreed_at: Some(later(1)), ..alive };
        let nowhere = While { session_id: &SessionId::from("unknown"), agreed_at: None };
        assert!(write!(bench, grants::insert_while, &row("plain"), alive).unwrap());
        assert_same(&find(bench, &row("plain").id).await, &row("plain"));
        assert!(!write!(bench, grants::insert_while, &row("plain"), alive).unwrap(), "its code was used before");
        assert!(write!(bench, grants::insert_while, &row("agreed"), agreed).unwrap());
        assert_same(&find(bench, &row("agreed").id).await, &row("agreed"));
        assert!(!write!(bench, grants::insert_while, &row("other"), another).unwrap(), "another consent stands");
        assert!(!write!(bench, grants::insert_while, &row("other"), nowhere).unwrap());
        write!(bench, consents::withdraw, &session.account_id, &consent.client_id).unwrap();
        assert!(!write!(bench, grants::insert_while, &row("other"), agreed).unwrap(), "it was withdrawn");
        let late = GrantRow { created_at: session.expires_at, ..row("other") };
        assert!(!write!(bench, grants::insert_while, &late, alive).unwrap(), "the session has run out");
        assert!(write!(bench, sessions::end, &session.id, later(1), "person", later(9)).unwrap());
        assert!(!write!(bench, grants::insert_while, &row("other"), alive).unwrap(), "the session has ended");
        assert!(read!(bench, grants::find, &row("other").id).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_rotated_only_while_it_and_its_session_live() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let row = grant("online", session.account_id.as_str(), "client", Some(&session.id));
        put(bench, &row).await;
        let rotation = |now| Rotation {
            from: "refresh-online-0",
            generation: 0,
            to: "next",
            now,
            refresh_expires_at: later(90_000),
            expires_at: later(90_000),
        };
        assert!(!write!(bench, grants::rotate, &row.id, rotation(row.refresh_expires_at.unwrap())).unwrap());
        assert!(!write!(bench, grants::rotate, &row.id, rotation(session.expires_at)).unwrap());
        let wrong = Rotation { generation: 1, ..rotation(NOW) };
        assert!(!write!(bench, grants::rotate, &row.id, wrong).unwrap());
        assert!(write!(bench, sessions::end, &session.id, NOW, "person", later(9)).unwrap());
        assert!(!write!(bench, grants::rotate, &row.id, rotation(NOW)).unwrap(), "the session has ended");
    })
    .await;
}

#[tokio::test]
async fn a_rotation_takes_only_the_token_that_is_good_now() {
    on_every_engine(async |bench| {
        let row = grant("a", "account", "client", None);
        put(bench, &row).await;
        let rotation = |(from, generation), to, now| Rotation {
            from,
            generation,
            to,
            now,
            refresh_expires_at: later(7200),
            expires_at: later(7300),
        };
        assert!(!write!(bench, grants::rotate, &row.id, rotation(("guess", 0), "x", NOW)).unwrap());
        assert!(write!(bench, grants::rotate, &row.id, rotation(("refresh-a-0", 0), "one", later(5))).unwrap());
        assert!(!write!(bench, grants::rotate, &row.id, rotation(("refresh-a-0", 0), "two", later(6))).unwrap());
        assert!(write!(bench, grants::rotate, &row.id, rotation(("one", 1), "two", later(9))).unwrap());
        let wanted = GrantRow {
            refresh_hash: Some("two".into()),
            refresh_previous_hash: Some("one".into()),
            refresh_generation: 2,
            refresh_rotated_at: Some(later(9)),
            refresh_expires_at: Some(later(7200)),
            expires_at: later(7300),
            ..row
        };
        assert_same(&find(bench, &wanted.id).await, &wanted);
        assert!(write!(bench, grants::end, &wanted.id, later(10), "revoked").unwrap());
        assert!(!write!(bench, grants::rotate, &wanted.id, rotation(("two", 2), "three", later(11))).unwrap());
        assert!(!write!(bench, grants::rotate, &GrantId::from("unknown"), rotation(("a", 0), "b", NOW)).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_grant_ends_once_and_keeps_its_first_reason() {
    on_every_engine(async |bench| {
        let row = grant("a", "account", "client", None);
        put(bench, &row).await;
        assert!(write!(bench, grants::end, &row.id, later(1), "revoked").unwrap());
        assert!(!write!(bench, grants::end, &row.id, later(2), "code_reused").unwrap());
        let found = find(bench, &row.id).await;
        assert_eq!((found.ended_at, found.end_reason.as_deref()), (Some(later(1)), Some("revoked")));
        assert!(!write!(bench, grants::end, &GrantId::from("unknown"), NOW, "x").unwrap());
    })
    .await;
}

/// Three people, two clients, one session each, one offline grant of the first.
async fn a_population(bench: &Bench) -> Vec<GrantRow> {
    let mut rows = Vec::new();
    for person in ["p", "q", "r"] {
        let session = bench.session().await;
        for client in ["a", "b"] {
            rows.push(grant(&format!("{person}{client}"), person, client, Some(&session.id)));
        }
    }
    let session = rows[0].session_id.clone();
    rows.push(GrantRow { offline: true, session_id: session, ..grant("pa-offline", "p", "a", None) });
    for row in &rows {
        put(bench, row).await;
    }
    rows
}

async fn ended(bench: &Bench, rows: &[GrantRow]) -> Vec<String> {
    let mut names = Vec::new();
    for row in rows {
        if find(bench, &row.id).await.ended_at.is_some() {
            names.push(row.id.as_str().trim_start_matches("grant-").to_owned());
        }
    }
    names
}

#[tokio::test]
async fn a_session_ends_its_own_grants_and_leaves_offline_ones() {
    on_every_engine(async |bench| {
        let rows = a_population(bench).await;
        let session = rows[0].session_id.clone().unwrap();
        assert_eq!(write!(bench, grants::end_of_session, &session, NOW, "logout").unwrap(), 2);
        assert_eq!(write!(bench, grants::end_of_session, &session, NOW, "logout").unwrap(), 0);
        assert_eq!(ended(bench, &rows).await, ["pa", "pb"]);
    })
    .await;
}

#[tokio::test]
async fn an_account_ends_all_its_grants_offline_ones_too() {
    on_every_engine(async |bench| {
        let rows = a_population(bench).await;
        let count = write!(bench, grants::end_of_account, &AccountId::from("p"), NOW, "locked").unwrap();
        assert_eq!(count, 3);
        assert_eq!(ended(bench, &rows).await, ["pa", "pb", "pa-offline"]);
    })
    .await;
}

#[tokio::test]
async fn a_pair_ends_what_one_person_gave_one_client() {
    on_every_engine(async |bench| {
        let rows = a_population(bench).await;
        let (person, client) = (AccountId::from("p"), ClientId::from("a"));
        assert_eq!(write!(bench, grants::end_of_pair, &person, &client, NOW, "withdrawn").unwrap(), 2);
        assert_eq!(ended(bench, &rows).await, ["pa", "pa-offline"]);
    })
    .await;
}

#[tokio::test]
async fn a_client_ends_everything_it_holds() {
    on_every_engine(async |bench| {
        let rows = a_population(bench).await;
        let client = ClientId::from("a");
        assert_eq!(write!(bench, grants::end_of_client, &client, NOW, "suspended").unwrap(), 4);
        assert_eq!(ended(bench, &rows).await, ["pa", "qa", "ra", "pa-offline"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_holds_while_grant_and_session_live_and_it_is_not_revoked() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let online = grant("online", "account", "client", Some(&session.id));
        let offline = grant("offline", "account", "client", None);
        put(bench, &online).await;
        put(bench, &offline).await;
        let holds = async |row: &GrantRow, mark: &str| read!(bench, grants::token_holds, &row.id, mark).unwrap();
        assert!(holds(&online, "revoked:j").await && holds(&offline, "revoked:j").await);
        write!(bench, marks::set, "revoked:j", later(60)).unwrap();
        assert!(!holds(&online, "revoked:j").await, "this token is revoked");
        assert!(holds(&online, "revoked:k").await, "its sister is not");
        write!(bench, sessions::end, &session.id, NOW, "person", later(60)).unwrap();
        assert!(!holds(&online, "revoked:k").await, "the session has ended");
        assert!(holds(&offline, "revoked:k").await);
        write!(bench, grants::end, &offline.id, NOW, "revoked").unwrap();
        assert!(!holds(&offline, "revoked:k").await, "the grant has ended");
        assert!(!read!(bench, grants::token_holds, &GrantId::from("unknown"), "m").unwrap());
    })
    .await;
}

#[tokio::test]
async fn grants_end_by_the_company_and_by_the_part_they_were_played_in() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let acting = |name: &str, company: &str, client: &str, session| GrantRow {
            acting_for: company.into(),
            ..grant(name, "p", client, session)
        };
        let rows = [
            acting("own", "", "a", Some(&session.id)),
            acting("x", "x", "a", Some(&session.id)),
            acting("x-offline", "x", "a", None),
            acting("x-b", "x", "b", Some(&session.id)),
            acting("y", "y", "a", Some(&session.id)),
            GrantRow { account_id: AccountId::from("q"), ..acting("q-x", "x", "a", None) },
        ];
        for row in &rows {
            put(bench, row).await;
        }
        let ended = async || -> Vec<String> {
            let mut ended = Vec::new();
            for row in &rows {
                if find(bench, &row.id).await.ended_at.is_some() {
                    ended.push(row.id.0.trim_start_matches("grant-").to_owned());
                }
            }
            ended
        };
        let link = SessionClientRow { acting_for: "x".into(), ..crate::sessions::link(&session.id, "a") };
        assert_eq!(write!(bench, grants::end_of_participation, &link, later(1), "changed").unwrap(), 1);
        assert_eq!(ended().await, ["x"]);
        let (p, x) = (AccountId::from("p"), EntityId::from("x"));
        assert_eq!(write!(bench, grants::end_of_acting, &p, &x, later(1), "mandate_ended").unwrap(), 2);
        assert_eq!(ended().await, ["x", "x-offline", "x-b"]);
        let nobody = EntityId::from("");
        assert_eq!(write!(bench, grants::end_of_acting, &p, &nobody, later(1), "x").unwrap(), 0, "never oneself");
    })
    .await;
}
