//! Notices: what has happened to an account, for its owner to read.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, NoticeId};

/// One row of `notices`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NoticeRow {
    /// The notice.
    pub id: NoticeId,
    /// Whose.
    pub account_id: AccountId,
    /// What has happened.
    pub kind: String,
    /// Whether a message was sent as well.
    pub messaged: bool,
    /// When it happened.
    pub created_at: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Adds a notice.
pub async fn insert(db: &mut impl Connection, row: &NoticeRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO notices (id, account_id, kind, messaged, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &row.id,
        &row.account_id,
        &row.kind,
        row.messaged,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// The notices of an account, the latest first.
pub async fn list(db: &mut impl Connection, account_id: &AccountId, limit: i64) -> Result<Vec<NoticeRow>, StoreError> {
    fetch_all!(
        db,
        NoticeRow,
        "SELECT * FROM notices WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )
}

/// How many messages of this kind an account was sent since a moment.
pub async fn count_messaged(
    db: &mut impl Connection,
    account_id: &AccountId,
    kind: &str,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM notices \
               WHERE account_id = $1 AND kind = $2 AND messaged AND created_at > $3";
    let (count,) = fetch_one!(db, (i64,), sql, account_id, kind, since)?;
    Ok(count)
}
