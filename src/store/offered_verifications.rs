//! What access parties asked about people before there was an account, and what was answered: never with name or number.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{ClientId, VerificationId};

/// One row of `offered_verifications`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OfferedVerificationRow {
    /// The question.
    pub id: VerificationId,
    /// The access party.
    pub client_id: ClientId,
    /// The party's own name for it.
    pub reference: String,
    /// Keyed hash of everything that was asked: the answer is about this person and nobody else.
    pub binding: String,
    /// The kind of document, by its name.
    pub document_type: String,
    /// What was compared.
    pub method: String,
    /// `match`, `mismatch`, `not_found` or `invalid`.
    pub outcome: String,
    /// The level that a match earns; 0 otherwise.
    pub level: i32,
    /// Which authority answered.
    pub source: String,
    /// The authority's own reference of its answer.
    pub source_reference: String,
    /// What for, as the person was told.
    pub purpose: String,
    /// SHA-256 of the words that the person agreed to.
    pub consent_hash: String,
    /// When they did.
    pub consent_at: Timestamp,
    /// When the authority answered.
    pub checked_at: Timestamp,
    /// Until when the answer may be relied on.
    pub valid_until: Timestamp,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When the record goes.
    pub expires_at: Timestamp,
    /// Whether the other document that was named is the same person's.
    pub same_person: bool,
    /// Sealed date of birth of a child whose number does not tell it.
    pub birth: Option<Vec<u8>>,
}

/// Adds a question; false when the party has used its reference.
pub async fn insert(db: &mut impl Connection, row: &OfferedVerificationRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO offered_verifications (id, client_id, reference, binding, document_type, method, outcome, level, source, \
         source_reference, purpose, consent_hash, consent_at, checked_at, valid_until, asked_at, expires_at, same_person, birth) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) \
         ON CONFLICT (client_id, reference) DO NOTHING",
        &row.id,
        &row.client_id,
        &row.reference,
        &row.binding,
        &row.document_type,
        &row.method,
        &row.outcome,
        row.level,
        &row.source,
        &row.source_reference,
        &row.purpose,
        &row.consent_hash,
        row.consent_at,
        row.checked_at,
        row.valid_until,
        row.asked_at,
        row.expires_at,
        row.same_person,
        &row.birth
    )?;
    Ok(rows == 1)
}

/// The question that a party has asked under this reference.
pub async fn find(
    db: &mut impl Connection,
    client_id: &ClientId,
    reference: &str,
) -> Result<Option<OfferedVerificationRow>, StoreError> {
    fetch_optional!(
        db,
        OfferedVerificationRow,
        "SELECT * FROM offered_verifications WHERE client_id = $1 AND reference = $2",
        client_id,
        reference
    )
}

/// The question with this id.
pub async fn by_id(
    db: &mut impl Connection,
    id: &VerificationId,
) -> Result<Option<OfferedVerificationRow>, StoreError> {
    fetch_optional!(db, OfferedVerificationRow, "SELECT * FROM offered_verifications WHERE id = $1", id)
}

/// How much a party has asked by a person's consent since `since`: names of registrations, which are checked without one, are
/// counted elsewhere.
pub async fn count_since(db: &mut impl Connection, client_id: &ClientId, since: Timestamp) -> Result<i64, StoreError> {
    let (asked,) = fetch_one!(
        db,
        (i64,),
        "SELECT COUNT(*) FROM offered_verifications WHERE client_id = $1 AND asked_at >= $2 AND consent_hash <> ''",
        client_id,
        since
    )?;
    Ok(asked)
}
