//! What access parties have registered: a row a resource, found by its party alone.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{ClientId, RegistrationId};

/// One row of `registrations`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RegistrationRow {
    /// The registration.
    pub id: RegistrationId,
    /// The access party whose it is.
    pub client_id: ClientId,
    /// `User` or `Company`.
    pub resource: String,
    /// Keyed index of the party's own id for it.
    pub external_index: Option<String>,
    /// Keyed index of the value that no other registration of the party has: user name, or code of a company.
    pub name_index: String,
    /// Keyed index of the document, as in `identity_documents`, once the authority has confirmed it; of a company its code.
    pub proof_index: Option<String>,
    /// Sealed: what the party has sent.
    pub sealed: Vec<u8>,
    /// The level that this node's authority confirms, 0 to 4; of a company 1 when the register confirms it.
    pub level: i32,
    /// What the register says of a company; empty otherwise.
    pub status: String,
    /// Which authority answered; empty when none was asked.
    pub source: String,
    /// The authority's own reference of its answer.
    pub reference: String,
    /// When it answered.
    pub checked_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Which registrations of a party: changed from `since` to `until`, after `after` in the order of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<'a> {
    /// Not before.
    pub since: Timestamp,
    /// Not after.
    pub until: Timestamp,
    /// The last one of the page before, by moment and id.
    pub after: (Timestamp, &'a str),
}

/// Adds a registration; false when the party has another with the same name or id of its own.
pub async fn insert(db: &mut impl Connection, row: &RegistrationRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO registrations (id, client_id, resource, external_index, name_index, proof_index, sealed, level, status, \
         source, reference, checked_at, version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        &row.id,
        &row.client_id,
        &row.resource,
        &row.external_index,
        &row.name_index,
        &row.proof_index,
        &row.sealed,
        row.level,
        &row.status,
        &row.source,
        &row.reference,
        row.checked_at,
        row.version,
        row.created_at,
        row.updated_at
    )?;
    Ok(rows == 1)
}

/// Writes a registration anew where it still has the version before; false when it has changed meanwhile or is gone.
/// [`StoreError::Conflict`] when the party has another with the same name or id of its own.
pub async fn replace(db: &mut impl Connection, row: &RegistrationRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE registrations SET external_index = $3, name_index = $4, proof_index = $5, sealed = $6, level = $7, \
         status = $8, source = $9, reference = $10, checked_at = $11, version = $12, updated_at = $13 \
         WHERE id = $1 AND client_id = $2 AND version = $12 - 1",
        &row.id,
        &row.client_id,
        &row.external_index,
        &row.name_index,
        &row.proof_index,
        &row.sealed,
        row.level,
        &row.status,
        &row.source,
        &row.reference,
        row.checked_at,
        row.version,
        row.updated_at
    )?;
    Ok(rows == 1)
}

/// Removes a registration of a party where it has this version; false when it has not.
pub async fn delete(
    db: &mut impl Connection,
    client_id: &ClientId,
    (id, version): (&RegistrationId, i64),
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM registrations WHERE id = $1 AND client_id = $2 AND version = $3";
    Ok(execute!(db, sql, id, client_id, version)? == 1)
}

/// A registration of a party.
pub async fn find(
    db: &mut impl Connection,
    (client_id, resource): (&ClientId, &str),
    id: &RegistrationId,
) -> Result<Option<RegistrationRow>, StoreError> {
    let sql = "SELECT * FROM registrations WHERE id = $1 AND client_id = $2 AND resource = $3";
    fetch_optional!(db, RegistrationRow, sql, id, client_id, resource)
}

/// The registration to which the party gives this id of its own.
pub async fn find_by_external(
    db: &mut impl Connection,
    (client_id, resource): (&ClientId, &str),
    index: &str,
) -> Result<Option<RegistrationRow>, StoreError> {
    let sql = "SELECT * FROM registrations WHERE client_id = $1 AND resource = $2 AND external_index = $3";
    fetch_optional!(db, RegistrationRow, sql, client_id, resource, index)
}

/// The registration of a party with this user name or code.
pub async fn find_by_name(
    db: &mut impl Connection,
    (client_id, resource): (&ClientId, &str),
    index: &str,
) -> Result<Option<RegistrationRow>, StoreError> {
    let sql = "SELECT * FROM registrations WHERE client_id = $1 AND resource = $2 AND name_index = $3";
    fetch_optional!(db, RegistrationRow, sql, client_id, resource, index)
}

/// Registrations of a party in the order of change, at most `limit` from the `offset`th on.
pub async fn page(
    db: &mut impl Connection,
    (client_id, resource): (&ClientId, &str),
    changed: &Changed<'_>,
    (offset, limit): (i64, i64),
) -> Result<Vec<RegistrationRow>, StoreError> {
    fetch_all!(
        db,
        RegistrationRow,
        "SELECT * FROM registrations WHERE client_id = $1 AND resource = $2 AND updated_at >= $3 AND updated_at <= $4 \
         AND (updated_at > $5 OR (updated_at = $5 AND id > $6)) ORDER BY updated_at, id LIMIT $7 OFFSET $8",
        client_id,
        resource,
        changed.since.max(changed.after.0),
        changed.until,
        changed.after.0,
        changed.after.1,
        limit,
        offset
    )
}

/// How many registrations of a party were changed from `since` to `until`.
pub async fn count(
    db: &mut impl Connection,
    (client_id, resource): (&ClientId, &str),
    (since, until): (Timestamp, Timestamp),
) -> Result<i64, StoreError> {
    let (count,) = fetch_one!(
        db,
        (i64,),
        "SELECT COUNT(*) FROM registrations WHERE client_id = $1 AND resource = $2 AND updated_at >= $3 AND updated_at <= $4",
        client_id,
        resource,
        since,
        until
    )?;
    Ok(count)
}

/// The registrations beside an account: whoever has registered a document of it, the latest first.
pub async fn of_account(
    db: &mut impl Connection,
    account_id: &crate::base::id::AccountId,
) -> Result<Vec<RegistrationRow>, StoreError> {
    fetch_all!(
        db,
        RegistrationRow,
        "SELECT registrations.* FROM registrations JOIN identity_documents \
         ON identity_documents.document_index = registrations.proof_index \
         WHERE identity_documents.account_id = $1 AND registrations.resource = 'User' \
         ORDER BY registrations.created_at DESC, registrations.id LIMIT 200",
        account_id
    )
}
