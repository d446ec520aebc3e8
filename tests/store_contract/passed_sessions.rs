//! `store::passed_sessions`: a ticket and a logout of one sign-in meet at its row.

use hufu::base::id::{ClientId, SessionId};
use hufu::store::passed_sessions::PassedSessionRow;
use hufu::store::upstream_sessions::SessionUpstreamRow;

use crate::bench::{NOW, later, on_every_engine, read, write};

/// A sign-in at this node below.
pub fn passed(client: &str, sid: &str) -> PassedSessionRow {
    PassedSessionRow {
        client_id: ClientId::from(client),
        sid: sid.into(),
        subject: "person".into(),
        taken_at: None,
        session_id: None,
        ended_at: None,
        expires_at: later(60),
    }
}

#[tokio::test]
async fn a_ticket_is_taken_once_and_opens_one_session() {
    on_every_engine(async |bench| {
        let row = passed("city", "a");
        let (city, other) = (row.client_id.clone(), ClientId::from("other"));
        let (one, two) = (SessionId::from("one"), SessionId::from("two"));
        assert!(!write!(bench, passed_sessions::take, (&city, "a"), NOW).unwrap(), "nothing was announced");
        assert!(write!(bench, passed_sessions::announce, &row).unwrap());
        assert!(!write!(bench, passed_sessions::announce, &row).unwrap(), "once");
        assert!(
            write!(bench, passed_sessions::announce, &passed("other", "a")).unwrap(),
            "each node has its own names"
        );
        assert!(!write!(bench, passed_sessions::open, (&city, "a"), &one).unwrap(), "not before it was taken");
        assert!(write!(bench, passed_sessions::take, (&city, "a"), NOW).unwrap());
        assert!(!write!(bench, passed_sessions::take, (&city, "a"), NOW).unwrap(), "once");
        assert!(!write!(bench, passed_sessions::open, (&other, "a"), &one).unwrap(), "not by another node");
        assert!(write!(bench, passed_sessions::open, (&city, "a"), &one).unwrap());
        assert!(!write!(bench, passed_sessions::open, (&city, "a"), &two).unwrap(), "once");
        let ended = write!(bench, passed_sessions::end, (&city, "a"), later(5)).unwrap().unwrap();
        assert_eq!((ended.session_id, ended.ended_at, ended.taken_at), (Some(one), Some(later(5)), Some(NOW)));
        let again = write!(bench, passed_sessions::end, (&city, "a"), later(9)).unwrap().unwrap();
        assert_eq!(again.ended_at, Some(later(5)), "the first end stays");
        assert_eq!(write!(bench, passed_sessions::end, (&city, "b"), NOW).unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_is_neither_taken_nor_opened() {
    on_every_engine(async |bench| {
        let city = ClientId::from("city");
        for sid in ["early", "between"] {
            assert!(write!(bench, passed_sessions::announce, &passed("city", sid)).unwrap());
        }
        let ended = write!(bench, passed_sessions::end, (&city, "early"), NOW).unwrap().unwrap();
        assert_eq!((ended.session_id, ended.subject.as_str()), (None, "person"));
        assert!(!write!(bench, passed_sessions::take, (&city, "early"), NOW).unwrap());
        assert!(write!(bench, passed_sessions::take, (&city, "between"), NOW).unwrap());
        write!(bench, passed_sessions::end, (&city, "between"), NOW).unwrap();
        assert!(!write!(bench, passed_sessions::open, (&city, "between"), &SessionId::from("s")).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_name_gives_way_to_the_one_that_the_node_above_has_told() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        let named = |sid: &str| SessionUpstreamRow {
            session_id: row.id.clone(),
            issuer: "https://nation.example".into(),
            sid: sid.into(),
            subject: "person".into(),
            created_at: NOW,
        };
        write!(bench, upstream_sessions::join, &named("own")).unwrap();
        assert!(write!(bench, upstream_sessions::part, &named("own")).unwrap());
        assert!(!write!(bench, upstream_sessions::part, &named("own")).unwrap());
        write!(bench, upstream_sessions::join, &named("told")).unwrap();
        assert_eq!(read!(bench, upstream_sessions::behind, &row.id).unwrap(), [named("told")]);
    })
    .await;
}
