//! `store::offered_verifications`.

use hufu::base::id::{ClientId, VerificationId};
use hufu::store::offered_verifications::OfferedVerificationRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A question of a party.
pub fn row(id: &str, client: &str, reference: &str) -> OfferedVerificationRow {
    OfferedVerificationRow {
        id: VerificationId::from(id),
        client_id: ClientId::from(client),
        reference: reference.into(),
        binding: "keyed-hash".into(),
        document_type: "resident_identity_card".into(),
        method: "two_items".into(),
        outcome: "match".into(),
        level: 2,
        source: "population".into(),
        source_reference: "A-1".into(),
        purpose: "注册市平台账号".into(),
        consent_hash: "hash".into(),
        consent_at: NOW,
        checked_at: later(1),
        valid_until: later(3_600),
        asked_at: later(2),
        expires_at: later(9_000),
        same_person: true,
        birth: Some(vec![0, 9, 255]),
    }
}

#[tokio::test]
async fn a_reference_stands_for_one_question_of_its_party() {
    on_every_engine(async |bench| {
        let first = row("v-1", "city", "r-1");
        assert!(write!(bench, offered_verifications::insert, &first).unwrap());
        assert!(!write!(bench, offered_verifications::insert, &row("v-2", "city", "r-1")).unwrap(), "taken");
        assert!(write!(bench, offered_verifications::insert, &row("v-3", "county", "r-1")).unwrap(), "its own");
        let found = read!(bench, offered_verifications::find, &first.client_id, "r-1").unwrap().unwrap();
        assert_same(&found, &first);
        assert_same(&read!(bench, offered_verifications::by_id, &first.id).unwrap().unwrap(), &first);
        assert!(read!(bench, offered_verifications::find, &first.client_id, "r-2").unwrap().is_none());
        assert!(read!(bench, offered_verifications::by_id, &VerificationId::from("v-2")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn questions_are_counted_by_party_from_a_moment_on() {
    on_every_engine(async |bench| {
        for (number, at) in [0_u64, 10, 20].into_iter().enumerate() {
            let asked = OfferedVerificationRow {
                asked_at: later(at),
                ..row(&format!("v-{number}"), "city", &format!("r-{number}"))
            };
            assert!(write!(bench, offered_verifications::insert, &asked).unwrap());
        }
        let city = ClientId::from("city");
        for (since, count) in [(0, 3), (10, 2), (11, 1), (21, 0)] {
            assert_eq!(read!(bench, offered_verifications::count_since, &city, later(since)).unwrap(), count);
        }
        let county = ClientId::from("county");
        assert_eq!(read!(bench, offered_verifications::count_since, &county, NOW).unwrap(), 0);
    })
    .await;
}
