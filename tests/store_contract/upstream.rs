//! `store::upstream_links`, `store::upstream_sessions`, and a logout of the whole tree.

use hufu::base::id::{AccountId, LogoutId, SessionId};
use hufu::store::outbox::LogoutRow;
use hufu::store::upstream_links::UpstreamLinkRow;
use hufu::store::upstream_sessions::SessionUpstreamRow;

use crate::bench::{NOW, later, on_every_engine, read, session, write};

const NATION: &str = "https://nation.example";

fn link(account: &AccountId, subject: &str) -> UpstreamLinkRow {
    UpstreamLinkRow {
        issuer: NATION.into(),
        subject: subject.into(),
        account_id: account.clone(),
        created_at: NOW,
        activated_at: None,
    }
}

#[tokio::test]
async fn one_person_above_is_one_account_here_and_the_other_way_round() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await.id, bench.account().await.id);
        assert!(write!(bench, upstream_links::insert, &link(&one, "a")).unwrap());
        assert!(!write!(bench, upstream_links::insert, &link(&two, "a")).unwrap(), "the person is another account");
        assert!(!write!(bench, upstream_links::insert, &link(&one, "b")).unwrap(), "the account is another person");
        assert!(write!(bench, upstream_links::insert, &link(&two, "b")).unwrap());
        let found = read!(bench, upstream_links::find, NATION, "a").unwrap();
        assert_eq!(found, Some(link(&one, "a")));
        assert_eq!(read!(bench, upstream_links::find, "https://other.example", "a").unwrap(), None);
        assert_eq!(write!(bench, upstream_links::activate, &one, later(5)).unwrap(), 1);
        assert_eq!(write!(bench, upstream_links::activate, &one, later(9)).unwrap(), 0, "once");
        let links = read!(bench, upstream_links::of_account, &one).unwrap();
        assert_eq!(links[0].activated_at, Some(later(5)));
        assert_eq!(write!(bench, upstream_links::delete_of_account, &one).unwrap(), 1);
        assert!(read!(bench, upstream_links::of_account, &one).unwrap().is_empty());
        assert!(write!(bench, upstream_links::insert, &link(&one, "a")).unwrap(), "and may begin anew");
        assert!(!write!(bench, upstream_links::delete, NATION, "another").unwrap());
        assert!(!write!(bench, upstream_links::delete, "https://other.example", "a").unwrap());
        assert!(write!(bench, upstream_links::delete, NATION, "a").unwrap());
        assert_eq!(read!(bench, upstream_links::find, NATION, "a").unwrap(), None);
        assert!(read!(bench, upstream_links::find, NATION, "b").unwrap().is_some(), "the other one stays");
    })
    .await;
}

#[tokio::test]
async fn a_session_above_that_has_ended_is_known_before_and_after_its_sign_in() {
    on_every_engine(async |bench| {
        assert_eq!(write!(bench, upstream_sessions::hold, (NATION, "s"), later(60)).unwrap(), None);
        assert!(write!(bench, upstream_sessions::end, (NATION, "s"), NOW, later(60)).unwrap());
        assert!(!write!(bench, upstream_sessions::end, (NATION, "s"), later(1), later(60)).unwrap(), "once");
        assert_eq!(write!(bench, upstream_sessions::hold, (NATION, "s"), later(60)).unwrap(), Some(NOW));
        assert!(write!(bench, upstream_sessions::end, (NATION, "early"), NOW, later(60)).unwrap(), "overtaking");
        assert_eq!(write!(bench, upstream_sessions::hold, (NATION, "early"), later(60)).unwrap(), Some(NOW));
        assert_eq!(write!(bench, upstream_sessions::hold, ("https://o.example", "early"), later(60)).unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn sessions_here_and_above_find_each_other_while_they_live() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        let twin = session("twin", &row.account_id);
        write!(bench, sessions::insert, &twin).unwrap();
        let behind = |session: &SessionId, sid: &str| SessionUpstreamRow {
            session_id: session.clone(),
            issuer: NATION.into(),
            sid: sid.into(),
            subject: "person".into(),
            created_at: NOW,
        };
        for joined in [behind(&row.id, "s"), behind(&row.id, "s"), behind(&twin.id, "t")] {
            write!(bench, upstream_sessions::join, &joined).unwrap();
        }
        assert_eq!(read!(bench, upstream_sessions::behind, &row.id).unwrap(), [behind(&row.id, "s")]);
        assert_eq!(read!(bench, upstream_sessions::before, (NATION, "s")).unwrap(), [behind(&row.id, "s")]);
        assert_eq!(read!(bench, upstream_sessions::before_subject, (NATION, "person")).unwrap().len(), 2);
        assert_eq!(read!(bench, upstream_sessions::live, NATION, 10).unwrap().len(), 2);
        write!(bench, sessions::end, &row.id, NOW, "person", later(900)).unwrap();
        assert!(read!(bench, upstream_sessions::before, (NATION, "s")).unwrap().is_empty());
        assert_eq!(read!(bench, upstream_sessions::before_subject, (NATION, "person")).unwrap().len(), 1);
        assert_eq!(read!(bench, upstream_sessions::live, NATION, 10).unwrap().len(), 1);
        assert_eq!(read!(bench, upstream_sessions::behind, &row.id).unwrap().len(), 1, "for who must be told");
    })
    .await;
}

#[tokio::test]
async fn logouts_of_one_tree_are_found_together_and_listed_latest_first() {
    on_every_engine(async |bench| {
        for (id, tree, at) in [("one", "tree", 0), ("two", "tree", 5), ("three", "three", 9)] {
            let row = LogoutRow {
                id: LogoutId::from(id),
                account_id: "account".into(),
                session_id: "session".into(),
                reason: "person".into(),
                tree_id: LogoutId::from(tree),
                created_at: later(at),
                expires_at: later(900),
            };
            write!(bench, outbox::insert_logout, &row).unwrap();
        }
        let ids = |rows: Vec<LogoutRow>| rows.into_iter().map(|row| row.id.0).collect::<Vec<_>>();
        assert_eq!(ids(read!(bench, outbox::of_tree, &"tree".into()).unwrap()), ["one", "two"]);
        assert_eq!(ids(read!(bench, outbox::latest_logouts, later(0), 2).unwrap()), ["three", "two"]);
        assert_eq!(ids(read!(bench, outbox::latest_logouts, later(6), 9).unwrap()), ["three"]);
        assert!(read!(bench, outbox::told_since, later(0), 9).unwrap().is_empty());
    })
    .await;
}
