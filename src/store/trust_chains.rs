//! Trust chains that were found good. They are read back as what they are, signed texts, and judged anew.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;

/// One row of `trust_chains`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrustChainRow {
    /// The chain's subject.
    pub entity_id: String,
    /// The signed statements, from the subject's own to the anchor's.
    pub statements: JsonText<Vec<String>>,
    /// When they were fetched.
    pub fetched_at: Timestamp,
    /// The chain's end.
    pub valid_until: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Writes a chain, in place of an earlier one of its subject.
pub async fn put(db: &mut impl Connection, row: &TrustChainRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO trust_chains (entity_id, statements, fetched_at, valid_until, expires_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (entity_id) DO UPDATE SET statements = excluded.statements, \
         fetched_at = excluded.fetched_at, valid_until = excluded.valid_until, expires_at = excluded.expires_at",
        &row.entity_id,
        &row.statements,
        row.fetched_at,
        row.valid_until,
        row.expires_at
    )?;
    Ok(())
}

/// The chain of this subject, ended or not.
pub async fn find(db: &mut impl Connection, entity_id: &str) -> Result<Option<TrustChainRow>, StoreError> {
    fetch_optional!(db, TrustChainRow, "SELECT * FROM trust_chains WHERE entity_id = $1", entity_id)
}

/// Chains fetched before `before`, the oldest first, at most `limit`.
pub async fn list_stale(
    db: &mut impl Connection,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<TrustChainRow>, StoreError> {
    let sql = "SELECT * FROM trust_chains WHERE fetched_at < $1 ORDER BY fetched_at, entity_id LIMIT $2";
    fetch_all!(db, TrustChainRow, sql, before, limit)
}

/// Removes a chain; false when there is none.
pub async fn delete(db: &mut impl Connection, entity_id: &str) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM trust_chains WHERE entity_id = $1", entity_id)? == 1)
}
