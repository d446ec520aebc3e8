//! Accounts of one person that became one: which, when, and by which two sessions.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, SessionId};

/// One row of `account_merges`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountMergeRow {
    /// The account that is closed.
    pub absorbed_id: AccountId,
    /// The account that goes on.
    pub survivor_id: AccountId,
    /// In which session the person asked for it.
    pub absorbed_session_id: SessionId,
    /// In which session the person confirmed it.
    pub survivor_session_id: SessionId,
    /// When.
    pub merged_at: Timestamp,
}

/// Records a merge; [`StoreError::Conflict`] when the account was absorbed before.
pub async fn insert(db: &mut impl Connection, row: &AccountMergeRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO account_merges (absorbed_id, survivor_id, absorbed_session_id, survivor_session_id, merged_at) \
         VALUES ($1, $2, $3, $4, $5)",
        &row.absorbed_id,
        &row.survivor_id,
        &row.absorbed_session_id,
        &row.survivor_session_id,
        row.merged_at
    )?;
    Ok(())
}

/// What became of an account that was absorbed.
pub async fn find(db: &mut impl Connection, absorbed: &AccountId) -> Result<Option<AccountMergeRow>, StoreError> {
    fetch_optional!(db, AccountMergeRow, "SELECT * FROM account_merges WHERE absorbed_id = $1", absorbed)
}
