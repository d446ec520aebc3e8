//! Accounts that are to be closed: asked for, and when it is due. Whoever takes it back is faster than the job, or is not.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `account_closings`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountClosingRow {
    /// Which account.
    pub account_id: AccountId,
    /// When its owner asked.
    pub asked_at: Timestamp,
    /// When it is closed for good.
    pub due_at: Timestamp,
}

/// Records the wish; [`StoreError::Conflict`] when there is one.
pub async fn insert(db: &mut impl Connection, row: &AccountClosingRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO account_closings (account_id, asked_at, due_at) VALUES ($1, $2, $3)",
        &row.account_id,
        row.asked_at,
        row.due_at
    )?;
    Ok(())
}

/// The wish to close this account.
pub async fn find(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<AccountClosingRow>, StoreError> {
    fetch_optional!(db, AccountClosingRow, "SELECT * FROM account_closings WHERE account_id = $1", account_id)
}

/// Takes the wish away: it was taken back, or done. Of several callers exactly one gets true.
pub async fn delete(db: &mut impl Connection, account_id: &AccountId) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM account_closings WHERE account_id = $1", account_id)? == 1)
}

/// What is due, oldest first.
pub async fn due(db: &mut impl Connection, now: Timestamp, limit: i64) -> Result<Vec<AccountClosingRow>, StoreError> {
    fetch_all!(
        db,
        AccountClosingRow,
        "SELECT * FROM account_closings WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
        now,
        limit
    )
}
