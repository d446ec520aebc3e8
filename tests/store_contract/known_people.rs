//! `store::known_people`, and the triggers that mark who has changed.

use hufu::base::Timestamp;
use hufu::base::id::{AccountId, ClientId};
use hufu::store::known_people::KnownPersonRow;
use hufu::store::{accounts, consents, real_names};

use crate::bench::{Bench, NOW, later, on_every_engine, read, write};
use crate::consents::consent;
use crate::sync_people::real_name;

fn row(client: &str, subject: &str, account: &AccountId) -> KnownPersonRow {
    KnownPersonRow {
        client_id: ClientId::from(client),
        subject: subject.into(),
        account_id: account.clone(),
        scope: "openid realname".into(),
        claims: "{}".into(),
        dirty: true,
        changed_at: NOW,
        created_at: NOW,
    }
}

/// Where a party's last look ended.
type Cursor = (Timestamp, String);

/// Who has changed since the last look, as the party would ask.
async fn changed(bench: &Bench, client: &ClientId, at: u64, cursor: &mut Cursor) -> Vec<String> {
    write!(bench, known_people::stamp, client, later(at)).unwrap();
    let found = read!(bench, known_people::page, client, (cursor.0, &cursor.1), 100).unwrap();
    if let Some(last) = found.last() {
        *cursor = (last.changed_at, last.subject.clone());
    }
    found.into_iter().map(|row| row.subject).collect()
}

#[tokio::test]
async fn whatever_changes_of_a_person_is_told_once_to_each_party_that_knows_her() {
    on_every_engine(async |bench| {
        let (id, other) = (bench.account().await.id, bench.account().await.id);
        let (city, county) = (ClientId::from("city"), ClientId::from("county"));
        let (mut of_city, mut of_county) = ((Timestamp(0), String::new()), (Timestamp(0), String::new()));
        for (client, subject, account) in [("city", "s-1", &id), ("county", "s-9", &id), ("city", "s-2", &other)] {
            write!(bench, known_people::note, &row(client, subject, account)).unwrap();
        }
        let found = read!(bench, known_people::find, &city, "s-1").unwrap().unwrap();
        assert_eq!((&found.account_id, found.scope.as_str()), (&id, "openid realname"));
        assert!(read!(bench, known_people::find, &county, "s-1").unwrap().is_none());
        assert_eq!(changed(bench, &city, 1, &mut of_city).await, ["s-1", "s-2"]);
        assert!(changed(bench, &city, 2, &mut of_city).await.is_empty());
        for change in 0..6_u64 {
            let mut tx = bench.begin().await;
            match change {
                0 => assert!(accounts::set_state(&mut tx, &id, "locked", later(2)).await.unwrap()),
                1 => assert!(accounts::remove_mobile(&mut tx, &id, later(2)).await.unwrap()),
                2 => assert!(real_names::put(&mut tx, &real_name(&id, 2), None).await.unwrap()),
                3 => assert!(real_names::delete(&mut tx, &id).await.unwrap()),
                4 => consents::put(&mut tx, &consent(&id, "city")).await.unwrap(),
                _ => assert!(consents::withdraw(&mut tx, &id, &city).await.unwrap()),
            }
            tx.commit().await.unwrap();
            // The clock stands still: what comes later is still told later.
            assert_eq!(changed(bench, &city, 2, &mut of_city).await, ["s-1"], "change {change}");
            assert!(changed(bench, &city, 2, &mut of_city).await.is_empty(), "once");
        }
        write!(bench, known_people::note, &row("city", "s-2", &other)).unwrap();
        assert!(changed(bench, &city, 3, &mut of_city).await.is_empty(), "the same again is no change");
        let more = KnownPersonRow { scope: "openid".into(), ..row("city", "s-2", &other) };
        write!(bench, known_people::note, &more).unwrap();
        assert_eq!(changed(bench, &city, 4, &mut of_city).await, ["s-2"]);
        write!(bench, accounts::set_state, &other, "locked", later(4)).unwrap();
        assert_eq!(
            changed(bench, &city, 4, &mut of_city).await,
            ["s-2"],
            "the last one again, the clock standing still"
        );
        write!(bench, accounts::delete, &other).unwrap();
        assert_eq!(changed(bench, &city, 5, &mut of_city).await, ["s-2"], "also that an account has gone");
        write!(bench, clients::delete, &city).unwrap();
        assert!(read!(bench, known_people::page, &city, (NOW, ""), 9).unwrap().is_empty(), "they go with the party");
        assert_eq!(changed(bench, &county, 6, &mut of_county).await, ["s-9"], "each party asks for itself");
    })
    .await;
}
