//! Verified real names (实名): what an authority source confirmed, written by the verifier alone.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `real_names`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RealNameRow {
    /// Whose name it is.
    pub account_id: AccountId,
    /// The level reached, 1 to 4.
    pub level: i32,
    /// Sealed name.
    pub name: Vec<u8>,
    /// The kind of document, GA/T 2000.156 code (`111` resident identity card).
    pub document_type: String,
    /// Sealed document number.
    pub document: Vec<u8>,
    /// Keyed index of kind and number; unique, so that one person has one account.
    pub document_index: String,
    /// How it was checked, for `verified_claims`.
    pub method: String,
    /// Which authority answered.
    pub source: String,
    /// The authority's own reference of its answer.
    pub reference: String,
    /// When the authority confirmed it: the proof clock.
    pub verified_at: Timestamp,
}

/// Records a confirmation, in place of an earlier one of the same account.
/// [`StoreError::Conflict`] when another account holds this document.
pub async fn put(db: &mut impl Connection, row: &RealNameRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO real_names (account_id, level, name, document_type, document, document_index, method, source, \
         reference, verified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (account_id) DO UPDATE SET level = excluded.level, name = excluded.name, \
         document_type = excluded.document_type, document = excluded.document, \
         document_index = excluded.document_index, method = excluded.method, source = excluded.source, \
         reference = excluded.reference, verified_at = excluded.verified_at",
        &row.account_id,
        row.level,
        &row.name,
        &row.document_type,
        &row.document,
        &row.document_index,
        &row.method,
        &row.source,
        &row.reference,
        row.verified_at
    )?;
    Ok(())
}

/// What is confirmed of this account.
pub async fn find(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<RealNameRow>, StoreError> {
    fetch_optional!(db, RealNameRow, "SELECT * FROM real_names WHERE account_id = $1", account_id)
}

/// Which account holds this document.
pub async fn find_by_document(
    db: &mut impl Connection,
    document_index: &str,
) -> Result<Option<RealNameRow>, StoreError> {
    fetch_optional!(db, RealNameRow, "SELECT * FROM real_names WHERE document_index = $1", document_index)
}
