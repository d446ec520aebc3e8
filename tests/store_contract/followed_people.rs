//! `store::followed_people`.

use hufu::store::followed_people::FollowedPeopleRow;

use crate::bench::{NOW, later, on_every_engine, read, write};

#[tokio::test]
async fn each_node_above_has_a_place_of_its_own() {
    on_every_engine(async |bench| {
        let row = |issuer: &str, cursor: &str, at| FollowedPeopleRow {
            issuer: issuer.into(),
            cursor: cursor.into(),
            read_at: at,
        };
        assert!(read!(bench, followed_people::find, "https://nation.example").unwrap().is_none());
        write!(bench, followed_people::put, &row("https://nation.example", "c-1", NOW)).unwrap();
        write!(bench, followed_people::put, &row("https://other.example", "c-9", NOW)).unwrap();
        let further = row("https://nation.example", "c-2", later(60));
        write!(bench, followed_people::put, &further).unwrap();
        assert_eq!(read!(bench, followed_people::find, "https://nation.example").unwrap(), Some(further));
        let other = read!(bench, followed_people::find, "https://other.example").unwrap().unwrap();
        assert_eq!(other.cursor, "c-9");
    })
    .await;
}
