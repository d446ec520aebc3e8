//! How far this node has read what has changed, at the node above, of people who are known here.

use super::{Connection, StoreError};
use crate::base::Timestamp;

/// One row of `followed_people`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FollowedPeopleRow {
    /// The issuer of the node above.
    pub issuer: String,
    /// Where it was left off, in that node's own words.
    pub cursor: String,
    /// When.
    pub read_at: Timestamp,
}

/// How far it was read; nothing before the first time.
pub async fn find(db: &mut impl Connection, issuer: &str) -> Result<Option<FollowedPeopleRow>, StoreError> {
    fetch_optional!(db, FollowedPeopleRow, "SELECT * FROM followed_people WHERE issuer = $1", issuer)
}

/// It was read so far.
pub async fn put(db: &mut impl Connection, row: &FollowedPeopleRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO followed_people (issuer, cursor, read_at) VALUES ($1, $2, $3) \
         ON CONFLICT (issuer) DO UPDATE SET cursor = excluded.cursor, read_at = excluded.read_at",
        &row.issuer,
        &row.cursor,
        row.read_at
    )?;
    Ok(())
}
