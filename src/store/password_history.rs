//! Passwords that an account had before, as hashes: the latest few are refused.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// Adds a hash that is no longer the account's password, and forgets all but the latest `keep`.
pub async fn push(
    db: &mut impl Connection,
    id: &str,
    account_id: &AccountId,
    password_hash: &str,
    now: Timestamp,
    keep: i64,
) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO password_history (id, account_id, password_hash, created_at) VALUES ($1, $2, $3, $4)",
        id,
        account_id,
        password_hash,
        now
    )?;
    execute!(
        db,
        "DELETE FROM password_history WHERE account_id = $1 AND id NOT IN \
         (SELECT id FROM password_history WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)",
        account_id,
        keep
    )?;
    Ok(())
}

/// The hashes, the latest first.
pub async fn latest(db: &mut impl Connection, account_id: &AccountId, limit: i64) -> Result<Vec<String>, StoreError> {
    let rows = fetch_all!(
        db,
        (String,),
        "SELECT password_hash FROM password_history WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )?;
    Ok(rows.into_iter().map(|(hash,)| hash).collect())
}
