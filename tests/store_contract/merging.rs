//! What moves from one account to another, and what of one ends: the functions that a merge calls.

use hufu::base::id::{AccountId, ClientId};
use hufu::store::StoreError;
use hufu::store::mandates::MandateRow;

use crate::bench::{NOW, grant, on_every_engine, read, write};
use crate::consents::consent;
use crate::devices::device;
use crate::entities::{application, entity};
use crate::factors::factor;
use crate::mandates::mandate;
use crate::people::verification;
use crate::sessions::link;

#[tokio::test]
async fn mandates_invitations_applications_and_records_are_handed_over() {
    on_every_engine(async |bench| {
        let (from, to) = (bench.account().await.id, bench.account().await.id);
        let (one, two) = (entity("merge-one"), entity("merge-two"));
        for company in [&one, &two] {
            write!(bench, entities::put, company).unwrap();
        }
        let row = MandateRow { preferred: true, ..mandate("merge-1", &one.id, Some(&from)) };
        let rival = mandate("merge-2", &two.id, Some(&from));
        let own = mandate("merge-3", &two.id, Some(&to));
        let sent =
            MandateRow { state: "invited".into(), invited_by: Some(from.clone()), ..mandate("merge-4", &one.id, None) };
        for mandate in [&row, &rival, &own, &sent] {
            write!(bench, mandates::insert, mandate).unwrap();
        }
        assert!(write!(bench, mandates::hand_over, &row.id, &from, &to).unwrap());
        assert!(!write!(bench, mandates::hand_over, &row.id, &from, &to).unwrap(), "it is not hers any more");
        let clash = write!(bench, mandates::hand_over, &rival.id, &from, &to);
        assert!(matches!(clash, Err(StoreError::Conflict)), "one in force for one company");
        let moved = read!(bench, mandates::find, &row.id).unwrap().unwrap();
        assert_eq!((moved.account_id.as_ref(), moved.preferred), (Some(&to), false));
        assert_eq!(write!(bench, mandates::hand_over_invitations, &from, &to).unwrap(), 1);
        assert_eq!(read!(bench, mandates::find, &sent.id).unwrap().unwrap().invited_by, Some(to.clone()));
        for (account, code) in [(&from, "code-a"), (&from, "code-b"), (&to, "code-b")] {
            write!(bench, entities::apply, &application(account, code)).unwrap();
        }
        assert_eq!(write!(bench, entities::hand_over_applications, &from, &to).unwrap(), 1);
        assert!(read!(bench, entities::applications, &from).unwrap().is_empty());
        let mut codes: Vec<String> =
            read!(bench, entities::applications, &to).unwrap().into_iter().map(|row| row.uscc).collect();
        codes.sort();
        assert_eq!(codes, ["code-a", "code-b"]);
        write!(bench, verifications::insert, &verification(&bench.name(), &from, 1)).unwrap();
        assert_eq!(write!(bench, verifications::move_all, &from, &to).unwrap(), 1);
        assert_eq!(read!(bench, verifications::list, &to, 10).unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn factors_devices_and_consents_of_one_account_end_together() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        for account in [&wang, &wang, &li] {
            write!(bench, factors::insert, &factor(&bench.name(), account)).unwrap();
        }
        for account in [&wang, &li] {
            write!(bench, devices::see, &device(&bench.name(), account)).unwrap();
            write!(bench, consents::put, &consent(account, "matters")).unwrap();
        }
        assert_eq!(write!(bench, factors::delete_all, &wang).unwrap(), 2);
        assert_eq!(read!(bench, factors::list, &li).unwrap().len(), 1);
        assert_eq!(write!(bench, devices::delete_all, &wang).unwrap(), 1);
        assert_eq!(write!(bench, devices::delete_all, &wang).unwrap(), 0);
        assert_eq!(write!(bench, consents::withdraw_all, &wang).unwrap(), 1);
        assert!(read!(bench, consents::list, &wang).unwrap().is_empty());
        assert_eq!(read!(bench, consents::list, &li).unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn clients_that_know_an_account_and_take_part_in_nothing_that_lives() {
    on_every_engine(async |bench| {
        let live = bench.session().await;
        let account = live.account_id.clone();
        let past = bench.session_of(&account).await;
        write!(bench, sessions::end, &past.id, NOW, "person", crate::bench::later(9000)).unwrap();
        for (session, client) in [(&live.id, "here"), (&past.id, "here"), (&past.id, "before")] {
            write!(bench, sessions::join, &link(session, client)).unwrap();
        }
        let acting =
            hufu::store::sessions::SessionClientRow { acting_for: "company".into(), ..link(&past.id, "company") };
        write!(bench, sessions::join, &acting).unwrap();
        write!(bench, consents::put, &consent(&account, "agreed")).unwrap();
        let offline = grant(&bench.name(), account.as_str(), "offline", None);
        write!(bench, grants::insert, &offline).unwrap();
        let found = read!(bench, consents::clients_elsewhere, &account, NOW).unwrap();
        let wanted: Vec<ClientId> = ["agreed", "offline"].map(ClientId::from).to_vec();
        assert_eq!(found, wanted);
        let nobody = AccountId::from("nobody");
        assert!(read!(bench, consents::clients_elsewhere, &nobody, NOW).unwrap().is_empty());
    })
    .await;
}
