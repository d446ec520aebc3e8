//! Clients that the federation vouches for: whose registration each is, and through whom it is trusted.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::ClientId;

/// One row of `federation_clients`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FederationClientRow {
    /// The client, a row of `clients`.
    pub client_id: ClientId,
    /// The entity whose registration it is.
    pub entity_id: String,
    /// `automatic` or `explicit`.
    pub registration: String,
    /// Entity ids from the entity to its anchor.
    pub path: JsonText<Vec<String>>,
    /// When it was first registered.
    pub created_at: Timestamp,
}

/// Writes a client's place in the federation, in place of an earlier one.
pub async fn put(db: &mut impl Connection, row: &FederationClientRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO federation_clients (client_id, entity_id, registration, path, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO UPDATE SET \
         entity_id = excluded.entity_id, registration = excluded.registration, path = excluded.path",
        &row.client_id,
        &row.entity_id,
        &row.registration,
        &row.path,
        row.created_at
    )?;
    Ok(())
}

/// The registrations of an entity.
pub async fn of_entity(db: &mut impl Connection, entity_id: &str) -> Result<Vec<FederationClientRow>, StoreError> {
    fetch_all!(
        db,
        FederationClientRow,
        "SELECT * FROM federation_clients WHERE entity_id = $1 ORDER BY client_id",
        entity_id
    )
}

/// Registrations after `after` in order of client, at most `limit`.
pub async fn list(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<FederationClientRow>, StoreError> {
    fetch_all!(
        db,
        FederationClientRow,
        "SELECT * FROM federation_clients WHERE client_id > $1 ORDER BY client_id LIMIT $2",
        after,
        limit
    )
}

/// Moves the end of a client's trust; false when it is no client of the federation.
pub async fn trust_until(
    db: &mut impl Connection,
    client_id: &ClientId,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE clients SET trusted_until = $2, updated_at = $3 WHERE id = $1 AND trusted_until IS NOT NULL",
        client_id,
        until,
        now
    )?;
    Ok(rows == 1)
}
