//! Verified real names (实名): what an authority source confirmed, written by the verifier alone.

use serde::{Deserialize, Serialize};

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `real_names`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RealNameRow {
    /// Whose name it is.
    pub account_id: AccountId,
    /// The level reached, 1 to 4: that of the best proof, whose method, source, reference and time stand here too.
    pub level: i32,
    /// Sealed name.
    pub name: Vec<u8>,
    /// The kind of document, by its name (`resident_identity_card`).
    pub document_type: String,
    /// Sealed document number.
    pub document: Vec<u8>,
    /// Keyed index of kind and number, the present one of those in `identity_documents`.
    pub document_index: String,
    /// How it was checked, for `verified_claims`.
    pub method: String,
    /// Which authority answered.
    pub source: String,
    /// The authority's own reference of its answer.
    pub reference: String,
    /// When the authority confirmed it: the proof clock.
    pub verified_at: Timestamp,
    /// The latest proof of each level.
    pub proofs: JsonText<Vec<StoredProof>>,
    /// Sealed date of birth (`2014-05-06`), where an authority has told it and the number does not.
    pub birth: Option<Vec<u8>>,
}

/// A proof as it is stored, one a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProof {
    /// The level that it proves, 1 to 4.
    pub level: i32,
    /// The kind of document that was shown, by its name.
    pub document_type: String,
    /// How it was checked.
    pub method: String,
    /// Which authority answered.
    pub source: String,
    /// The authority's own reference of its answer.
    pub reference: String,
    /// When.
    pub verified_at: Timestamp,
}

/// Records a confirmation, in place of an earlier one of the same account by the same document or by `replaced`. False
/// when the account is confirmed for another document; [`StoreError::Conflict`] when another account holds this one. A date of birth that is told once stays: it is the same person.
pub async fn put(db: &mut impl Connection, row: &RealNameRow, replaced: Option<&str>) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO real_names (account_id, level, name, document_type, document, document_index, method, source, \
         reference, verified_at, proofs, birth) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (account_id) DO UPDATE SET level = excluded.level, name = excluded.name, \
         document_type = excluded.document_type, document = excluded.document, \
         document_index = excluded.document_index, method = excluded.method, source = excluded.source, \
         reference = excluded.reference, verified_at = excluded.verified_at, proofs = excluded.proofs, \
         birth = COALESCE(excluded.birth, real_names.birth) \
         WHERE real_names.document_index = excluded.document_index OR real_names.document_index = $13",
        &row.account_id,
        row.level,
        &row.name,
        &row.document_type,
        &row.document,
        &row.document_index,
        &row.method,
        &row.source,
        &row.reference,
        row.verified_at,
        &row.proofs,
        &row.birth,
        replaced
    )?;
    Ok(rows == 1)
}

/// What is confirmed of this account.
pub async fn find(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<RealNameRow>, StoreError> {
    fetch_optional!(db, RealNameRow, "SELECT * FROM real_names WHERE account_id = $1", account_id)
}

/// Forgets what is confirmed of this account; false when nothing was.
pub async fn delete(db: &mut impl Connection, account_id: &AccountId) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM real_names WHERE account_id = $1", account_id)? == 1)
}
