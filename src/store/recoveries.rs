//! Recoveries: accounts on their way back to their owners. At most one of an account is open.

use serde::{Deserialize, Serialize};

use super::real_names::StoredProof;
use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, FactorId, RecoveryId};

/// One row of `recoveries`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RecoveryRow {
    /// The recovery.
    pub id: RecoveryId,
    /// Whose account.
    pub account_id: AccountId,
    /// `open`, `finished` or `cancelled`; an open one lapses by itself.
    pub state: String,
    /// Keyed hash of the code that finishes it.
    pub claim_hash: String,
    /// Keyed hash of the code that cancels it.
    pub cancel_hash: String,
    /// What was shown besides the name.
    pub ways: JsonText<Vec<StoredWay>>,
    /// The proof of the name.
    pub proof: JsonText<StoredProof>,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it can be finished.
    pub ready_at: Timestamp,
    /// When it can be finished no longer.
    pub lapses_at: Timestamp,
    /// When it was finished or cancelled.
    pub ended_at: Option<Timestamp>,
    /// Why it was cancelled.
    pub end_reason: Option<String>,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// A way that was shown, and the factor that it was shown by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredWay {
    /// The way's word.
    pub way: String,
    /// The factor, where the way has a row of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<FactorId>,
    /// Keyed index of the mobile number that was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl StoredWay {
    /// A way that has no row of its own.
    #[must_use]
    pub fn of(way: &str) -> Self {
        Self { way: way.to_owned(), factor: None, number: None }
    }
}

/// Adds an open one; [`StoreError::Conflict`] when the account has one. One that has lapsed makes room.
pub async fn insert(db: &mut impl Connection, row: &RecoveryRow) -> Result<(), StoreError> {
    execute!(
        db,
        "UPDATE recoveries SET state = 'lapsed', ended_at = $2 \
         WHERE account_id = $1 AND state = 'open' AND lapses_at <= $2",
        &row.account_id,
        row.begun_at
    )?;
    execute!(
        db,
        "INSERT INTO recoveries (id, account_id, state, claim_hash, cancel_hash, ways, proof, begun_at, ready_at, \
         lapses_at, ended_at, end_reason, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &row.id,
        &row.account_id,
        &row.state,
        &row.claim_hash,
        &row.cancel_hash,
        &row.ways,
        &row.proof,
        row.begun_at,
        row.ready_at,
        row.lapses_at,
        row.ended_at,
        &row.end_reason,
        row.expires_at
    )?;
    Ok(())
}

/// The one that is open at an account now.
pub async fn find_open(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Option<RecoveryRow>, StoreError> {
    fetch_optional!(
        db,
        RecoveryRow,
        "SELECT * FROM recoveries WHERE account_id = $1 AND state = 'open' AND lapses_at > $2",
        account_id,
        now
    )
}

/// The one that this code finishes, in whatever state.
pub async fn find_by_claim(db: &mut impl Connection, hash: &str) -> Result<Option<RecoveryRow>, StoreError> {
    fetch_optional!(db, RecoveryRow, "SELECT * FROM recoveries WHERE claim_hash = $1", hash)
}

/// The one that this code cancels, in whatever state.
pub async fn find_by_cancel(db: &mut impl Connection, hash: &str) -> Result<Option<RecoveryRow>, StoreError> {
    fetch_optional!(db, RecoveryRow, "SELECT * FROM recoveries WHERE cancel_hash = $1", hash)
}

/// Finishes one whose time has come; of several at once exactly one succeeds.
pub async fn finish(db: &mut impl Connection, id: &RecoveryId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE recoveries SET state = 'finished', ended_at = $2 \
         WHERE id = $1 AND state = 'open' AND ready_at <= $2 AND lapses_at > $2",
        id,
        now
    )?;
    Ok(rows == 1)
}

/// Cancels the open one of an account; false when there is none.
pub async fn cancel(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE recoveries SET state = 'cancelled', ended_at = $2, end_reason = $3 \
         WHERE account_id = $1 AND state = 'open' AND lapses_at > $2",
        account_id,
        now,
        reason
    )?;
    Ok(rows == 1)
}

/// How many were begun at an account since a moment.
pub async fn count_since(
    db: &mut impl Connection,
    account_id: &AccountId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM recoveries WHERE account_id = $1 AND begun_at > $2";
    let (count,) = fetch_one!(db, (i64,), sql, account_id, since)?;
    Ok(count)
}
