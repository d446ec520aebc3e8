//! `store::carried_mandates` and `store::upstream_companies`; and companies that another node has told of.

use hufu::base::Timestamp;
use hufu::base::id::{EntityId, MandateId, SessionId};
use hufu::store::carried_mandates::CarriedMandateRow;
use hufu::store::entities::EntityRow;
use hufu::store::upstream_companies::UpstreamCompanyRow;
use hufu::store::{JsonText, StoreError};

use crate::bench::{NOW, assert_same, later, on_every_engine, read, session, write};
use crate::entities::entity;

const NATION: &str = "https://nation.example";

fn carried(name: &str, session: &SessionId, entity: &EntityId) -> CarriedMandateRow {
    CarriedMandateRow {
        id: MandateId::from(name),
        session_id: session.clone(),
        entity_id: entity.clone(),
        issuer: NATION.into(),
        sid: format!("sid-{name}"),
        role: "agent".into(),
        matters: JsonText(vec!["tax:file".into()]),
        valid_until: later(1000),
        created_at: NOW,
    }
}

#[tokio::test]
async fn a_carried_mandate_is_good_in_its_session_until_it_ends() {
    on_every_engine(async |bench| {
        let row = bench.session().await;
        let twin = session("twin", &row.account_id);
        write!(bench, sessions::insert, &twin).unwrap();
        let (one, two) = (entity("a"), entity("b"));
        write!(bench, entities::put, &one).unwrap();
        write!(bench, entities::put, &two).unwrap();
        let mandate = carried("m", &row.id, &one.id);
        assert!(!write!(bench, carried_mandates::renew, &mandate).unwrap(), "there is none to renew");
        write!(bench, carried_mandates::insert, &mandate).unwrap();
        let again = carried("again", &row.id, &one.id);
        assert!(matches!(write!(bench, carried_mandates::insert, &again), Err(StoreError::Conflict)), "one a session");
        write!(bench, carried_mandates::insert, &carried("other", &row.id, &two.id)).unwrap();
        write!(bench, carried_mandates::insert, &carried("twin", &twin.id, &one.id)).unwrap();
        assert_eq!(write!(bench, carried_mandates::hold, &mandate.id, NOW).unwrap(), Some(mandate.clone()));
        assert_eq!(write!(bench, carried_mandates::hold, &mandate.id, later(1000)).unwrap(), None, "it is over");
        let standings = read!(bench, carried_mandates::standings, &row.id, NOW).unwrap();
        let names: Vec<&str> = standings.iter().map(|found| found.mandate_id.as_str()).collect();
        assert_eq!(names, ["m", "other"], "of this session only");
        assert_eq!((standings[0].uscc.as_str(), standings[0].preferred), ("code-a", false));
        assert_eq!(standings[0].matters.0, ["tax:file"]);
        assert!(read!(bench, carried_mandates::standings, &row.id, later(1000)).unwrap().is_empty());
        assert_eq!(read!(bench, carried_mandates::of_sid, (NATION, "sid-m")).unwrap(), std::slice::from_ref(&mandate));
        assert!(read!(bench, carried_mandates::of_sid, ("https://o.example", "sid-m")).unwrap().is_empty());
        assert_eq!(read!(bench, carried_mandates::of_entity, &one.id).unwrap().len(), 2);
        assert_eq!(read!(bench, carried_mandates::of_session, &row.id).unwrap().len(), 2);
        assert_eq!(read!(bench, carried_mandates::of_account, &row.account_id).unwrap().len(), 3);
        write!(bench, entities::set_state, &two.id, "suspended", NOW).unwrap();
        assert_eq!(read!(bench, carried_mandates::standings, &row.id, NOW).unwrap().len(), 1);
        let less = CarriedMandateRow { valid_until: later(10), matters: JsonText(Vec::new()), ..mandate.clone() };
        assert!(write!(bench, carried_mandates::renew, &less).unwrap());
        assert_eq!(write!(bench, carried_mandates::hold, &mandate.id, NOW).unwrap(), Some(less));
        let foreign = CarriedMandateRow { sid: "another".into(), ..mandate.clone() };
        assert!(!write!(bench, carried_mandates::renew, &foreign).unwrap(), "by the same sid only");
        assert_eq!(read!(bench, carried_mandates::list_expired, later(10), 9).unwrap().len(), 1);
        assert!(read!(bench, carried_mandates::list_expired, later(9), 9).unwrap().is_empty());
        write!(bench, sessions::end, &twin.id, NOW, "person", later(900)).unwrap();
        assert_eq!(write!(bench, carried_mandates::hold, &"twin".into(), NOW).unwrap(), None, "its session is over");
        assert!(read!(bench, carried_mandates::standings, &twin.id, NOW).unwrap().is_empty());
        assert_eq!(read!(bench, carried_mandates::of_account, &row.account_id).unwrap().len(), 2);
        assert!(write!(bench, carried_mandates::end, &mandate.id).unwrap());
        assert!(!write!(bench, carried_mandates::end, &mandate.id).unwrap(), "once");
        assert_eq!(write!(bench, carried_mandates::hold, &mandate.id, NOW).unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_company_that_was_told_of_renews_what_was_told_and_never_what_was_confirmed() {
    on_every_engine(async |bench| {
        let told = EntityRow { source: "upstream:a".into(), ..entity("a") };
        assert_same(&write!(bench, entities::mirror, &told).unwrap(), &told);
        let due = read!(bench, entities::find_recheck, "code-a").unwrap().unwrap();
        assert_eq!(due.recheck_due_at, Timestamp::NEVER, "the registry here is not asked about it");
        let renamed =
            EntityRow { id: EntityId::from("x"), name: "新名称".into(), verified_at: later(5), ..told.clone() };
        let now = write!(bench, entities::mirror, &renamed).unwrap();
        assert_eq!((&now.id, now.name.as_str(), now.verified_at), (&told.id, "新名称", later(5)));
        let confirmed = EntityRow { name: "登记名称".into(), verified_at: later(9), ..entity("a") };
        write!(bench, entities::put, &confirmed).unwrap();
        write!(bench, entities::set_state, &told.id, "suspended", later(9)).unwrap();
        let now = write!(bench, entities::mirror, &renamed).unwrap();
        assert_eq!((now.name.as_str(), now.state.as_str(), now.source.as_str()), ("登记名称", "suspended", "registry"));
        assert_eq!(now.verified_at, later(9));
    })
    .await;
}

#[tokio::test]
async fn a_name_above_is_one_companys_and_a_new_name_takes_the_place_of_the_old_one() {
    on_every_engine(async |bench| {
        let (one, two) = (entity("a"), entity("b"));
        write!(bench, entities::put, &one).unwrap();
        write!(bench, entities::put, &two).unwrap();
        let name = |subject: &str, entity: &EntityRow| UpstreamCompanyRow {
            issuer: NATION.into(),
            subject: subject.into(),
            entity_id: entity.id.clone(),
            created_at: NOW,
        };
        write!(bench, upstream_companies::put, &name("s", &one)).unwrap();
        write!(bench, upstream_companies::put, &name("s", &one)).unwrap();
        assert!(matches!(write!(bench, upstream_companies::put, &name("s", &two)), Err(StoreError::Conflict)));
        assert_eq!(read!(bench, upstream_companies::find, (NATION, "s")).unwrap(), Some(name("s", &one)));
        assert_eq!(read!(bench, upstream_companies::find, ("https://o.example", "s")).unwrap(), None);
        write!(bench, upstream_companies::put, &name("new", &one)).unwrap();
        assert_eq!(read!(bench, upstream_companies::find, (NATION, "s")).unwrap(), None);
        assert_eq!(read!(bench, upstream_companies::find, (NATION, "new")).unwrap(), Some(name("new", &one)));
    })
    .await;
}
