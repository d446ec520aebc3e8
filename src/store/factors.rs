//! Factors: what a person signs in with besides the password, and what she has chosen about signing in.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, FactorId};

/// One row of `factors`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FactorRow {
    /// The factor.
    pub id: FactorId,
    /// Whose.
    pub account_id: AccountId,
    /// `totp`, `recovery` or `passkey`.
    pub kind: String,
    /// What the person calls it.
    pub label: String,
    /// What the kind needs, sealed for this row.
    pub sealed: Vec<u8>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last shown.
    pub last_used_at: Option<Timestamp>,
}

/// Adds a factor.
pub async fn insert(db: &mut impl Connection, row: &FactorRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO factors (id, account_id, kind, label, sealed, created_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &row.id,
        &row.account_id,
        &row.kind,
        &row.label,
        &row.sealed,
        row.created_at,
        row.last_used_at
    )?;
    Ok(())
}

/// The factors of an account, in the order they were added.
pub async fn list(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<FactorRow>, StoreError> {
    fetch_all!(
        db,
        FactorRow,
        "SELECT * FROM factors WHERE account_id = $1 ORDER BY created_at, id LIMIT 100",
        account_id
    )
}

/// The factor of this account with this id.
pub async fn find(
    db: &mut impl Connection,
    account_id: &AccountId,
    id: &FactorId,
) -> Result<Option<FactorRow>, StoreError> {
    fetch_optional!(db, FactorRow, "SELECT * FROM factors WHERE id = $1 AND account_id = $2", id, account_id)
}

/// Writes what a factor needs anew, if it still is what the caller has read: of several at once exactly one succeeds.
pub async fn replace(
    db: &mut impl Connection,
    id: &FactorId,
    (before, after): (&[u8], &[u8]),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE factors SET sealed = $3, last_used_at = $4 WHERE id = $1 AND sealed = $2",
        id,
        before,
        after,
        now
    )?;
    Ok(rows == 1)
}

/// Records that a factor was shown; false when it is gone.
pub async fn used(db: &mut impl Connection, id: &FactorId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE factors SET last_used_at = $2 WHERE id = $1", id, now)?;
    Ok(rows == 1)
}

/// Writes what its owner calls a factor; false when there is no such one.
pub async fn rename(
    db: &mut impl Connection,
    account_id: &AccountId,
    id: &FactorId,
    label: &str,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE factors SET label = $3 WHERE id = $1 AND account_id = $2 AND kind <> 'recovery'",
        id,
        account_id,
        label
    )?;
    Ok(rows == 1)
}

/// Removes a factor of this account; false when there is no such one.
pub async fn delete(db: &mut impl Connection, account_id: &AccountId, id: &FactorId) -> Result<bool, StoreError> {
    let rows = execute!(db, "DELETE FROM factors WHERE id = $1 AND account_id = $2", id, account_id)?;
    Ok(rows == 1)
}

/// Whether the person wants to be asked for a second factor at every sign-in; `None` when they never said.
pub async fn always_ask(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<bool>, StoreError> {
    let row =
        fetch_optional!(db, (bool,), "SELECT always_ask FROM sign_in_settings WHERE account_id = $1", account_id)?;
    Ok(row.map(|(always,)| always))
}

/// Writes that wish.
pub async fn set_always_ask(
    db: &mut impl Connection,
    account_id: &AccountId,
    always_ask: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO sign_in_settings (account_id, always_ask, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO UPDATE SET always_ask = excluded.always_ask, updated_at = excluded.updated_at",
        account_id,
        always_ask,
        now
    )?;
    Ok(())
}

/// Removes every factor of an account, its passkeys among them; how many there were.
pub async fn delete_all(db: &mut impl Connection, account_id: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "DELETE FROM factors WHERE account_id = $1", account_id)
}
