//! Clients: the registered relying parties, and the tokens that let one register itself.

use serde_json::json;

use super::backend::dialect;
use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::ClientId;

/// One row of `clients`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClientRow {
    /// `client_id`.
    pub id: ClientId,
    /// `active` or `suspended`.
    pub state: String,
    /// Validated metadata as JSON (RFC 7591 §2 and hufu's own members).
    pub metadata: String,
    /// The secret: its keyed hash, or the sealed secret for HMAC methods.
    pub secret: Option<String>,
    /// Keyed hash of the registration access token (RFC 7592).
    pub registration_token_hash: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Until when the federation vouches for it; none: it was registered by hand.
    pub trusted_until: Option<Timestamp>,
}

/// Adds a client; [`StoreError::Conflict`] when the id is taken.
pub async fn insert(db: &mut impl Connection, row: &ClientRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO clients \
         (id, state, metadata, secret, registration_token_hash, created_at, updated_at, trusted_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &row.id,
        &row.state,
        &row.metadata,
        &row.secret,
        &row.registration_token_hash,
        row.created_at,
        row.updated_at,
        row.trusted_until
    )?;
    Ok(())
}

/// Writes what an existing client says of itself, and holds it until the transaction ends; false when there is none. Its state
/// is [`set_state`]'s business alone: a change of metadata never ends a suspension.
pub async fn set_metadata(
    db: &mut impl Connection,
    id: &ClientId,
    metadata: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE clients SET metadata = $2, updated_at = $3 WHERE id = $1", id, metadata, now)?;
    Ok(rows == 1)
}

/// Writes the keyed hash of a client's secret, or that it has none; false when there is no such client.
pub async fn set_secret(
    db: &mut impl Connection,
    id: &ClientId,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE clients SET secret = $2, updated_at = $3 WHERE id = $1", id, secret, now)?;
    Ok(rows == 1)
}

/// Sets the state; false when there is no such client.
pub async fn set_state(
    db: &mut impl Connection,
    id: &ClientId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE clients SET state = $2, updated_at = $3 WHERE id = $1", id, state, now)?;
    Ok(rows == 1)
}

/// The client with this id.
pub async fn find(db: &mut impl Connection, id: &ClientId) -> Result<Option<ClientRow>, StoreError> {
    fetch_optional!(db, ClientRow, "SELECT * FROM clients WHERE id = $1", id)
}

/// Those of these clients that there are, in no order.
pub async fn find_all(db: &mut impl Connection, ids: &[&str]) -> Result<Vec<ClientRow>, StoreError> {
    let sql = dialect(
        db,
        "SELECT * FROM clients WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT * FROM clients WHERE id IN (SELECT json_array_elements_text($1::json))",
    );
    fetch_all!(db, ClientRow, sql, &json!(ids).to_string())
}

/// Clients after `after` in order of id, at most `limit`.
pub async fn list(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<ClientRow>, StoreError> {
    fetch_all!(db, ClientRow, "SELECT * FROM clients WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
}

/// Removes a client and the consents given to it; false when there is none.
pub async fn delete(db: &mut impl Connection, id: &ClientId) -> Result<bool, StoreError> {
    execute!(db, "DELETE FROM consents WHERE client_id = $1", id)?;
    execute!(db, "DELETE FROM federation_clients WHERE client_id = $1", id)?;
    execute!(db, "DELETE FROM registrations WHERE client_id = $1", id)?;
    execute!(db, "DELETE FROM known_people WHERE client_id = $1", id)?;
    Ok(execute!(db, "DELETE FROM clients WHERE id = $1", id)? == 1)
}

/// Adds an initial access token (RFC 7591 §3) by its hash; the same token again only moves its end.
pub async fn put_initial_token(
    db: &mut impl Connection,
    token_hash: &str,
    label: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO initial_access_tokens (token_hash, label, created_at, expires_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at",
        token_hash,
        label,
        now,
        expires_at
    )?;
    Ok(())
}

/// Whether this hash is that of an initial access token that still holds.
pub async fn initial_token_holds(
    db: &mut impl Connection,
    token_hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        db,
        (String,),
        "SELECT token_hash FROM initial_access_tokens WHERE token_hash = $1 AND expires_at > $2",
        token_hash,
        now
    )?;
    Ok(row.is_some())
}
