//! What was asked of authorities about people, and answered: never with name or number.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, VerificationId};

/// One row of `verifications`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VerificationRow {
    /// The question.
    pub id: VerificationId,
    /// Whom it was about.
    pub account_id: AccountId,
    /// The kind of document, by its name; empty for a network identity.
    pub document_type: String,
    /// How it was asked: `two_items`, `face`, ….
    pub method: String,
    /// Which authority answered; empty when none did.
    pub source: String,
    /// `match`, `mismatch`, `not_found`, `invalid`, `unavailable`, `quota_spent`, `held_elsewhere`, `other_person`, ….
    pub outcome: String,
    /// The authority's own reference of its answer; empty when there was none.
    pub reference: String,
    /// When.
    pub asked_at: Timestamp,
    /// The person's level before; none where that was not written down.
    pub level_before: Option<i32>,
    /// The person's level after.
    pub level_after: Option<i32>,
    /// When the record goes.
    pub expires_at: Timestamp,
}

/// Adds a record.
pub async fn insert(db: &mut impl Connection, row: &VerificationRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO verifications (id, account_id, document_type, method, source, outcome, reference, asked_at, \
         level_before, level_after, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &row.id,
        &row.account_id,
        &row.document_type,
        &row.method,
        &row.source,
        &row.outcome,
        &row.reference,
        row.asked_at,
        row.level_before,
        row.level_after,
        row.expires_at
    )?;
    Ok(())
}

/// The latest `limit` records about an account, latest first.
pub async fn list(
    db: &mut impl Connection,
    account_id: &AccountId,
    limit: i64,
) -> Result<Vec<VerificationRow>, StoreError> {
    fetch_all!(
        db,
        VerificationRow,
        "SELECT * FROM verifications WHERE account_id = $1 ORDER BY asked_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )
}

/// An account's records before `before` (none: from the latest on), latest first.
pub async fn page(
    db: &mut impl Connection,
    account_id: &AccountId,
    before: Option<&VerificationId>,
    limit: i64,
) -> Result<Vec<VerificationRow>, StoreError> {
    let before = before.map_or("zz", VerificationId::as_str);
    fetch_all!(
        db,
        VerificationRow,
        "SELECT * FROM verifications WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        before,
        limit
    )
}

/// Gives every record about one account to another; how many there were.
pub async fn move_all(db: &mut impl Connection, from: &AccountId, to: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "UPDATE verifications SET account_id = $2 WHERE account_id = $1", from, to)
}
