//! Identity documents by which people were found: each belongs to one account, also after it was replaced.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `identity_documents`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdentityDocumentRow {
    /// Keyed index of kind and number.
    pub document_index: String,
    /// Whose it is.
    pub account_id: AccountId,
    /// The kind of document, by its name.
    pub document_type: String,
    /// When it was last proven.
    pub proven_at: Timestamp,
}

/// Records that a document is this account's; false when it is another's.
pub async fn claim(db: &mut impl Connection, row: &IdentityDocumentRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO identity_documents (document_index, account_id, document_type, proven_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (document_index) DO UPDATE SET proven_at = excluded.proven_at \
         WHERE identity_documents.account_id = excluded.account_id",
        &row.document_index,
        &row.account_id,
        &row.document_type,
        row.proven_at
    )?;
    Ok(rows == 1)
}

/// Whose document this is.
pub async fn find(db: &mut impl Connection, document_index: &str) -> Result<Option<IdentityDocumentRow>, StoreError> {
    fetch_optional!(
        db,
        IdentityDocumentRow,
        "SELECT * FROM identity_documents WHERE document_index = $1",
        document_index
    )
}

/// Gives every document of one account to another; how many there were.
pub async fn move_all(db: &mut impl Connection, from: &AccountId, to: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "UPDATE identity_documents SET account_id = $2 WHERE account_id = $1", from, to)
}

/// The documents of an account, the latest proven first.
pub async fn of_account(
    db: &mut impl Connection,
    account_id: &AccountId,
) -> Result<Vec<IdentityDocumentRow>, StoreError> {
    fetch_all!(
        db,
        IdentityDocumentRow,
        "SELECT * FROM identity_documents WHERE account_id = $1 ORDER BY proven_at DESC, document_index LIMIT 100",
        account_id
    )
}
