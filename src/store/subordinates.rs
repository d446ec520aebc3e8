//! Entities that this node vouches for in its federation.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;

/// One row of `subordinates`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SubordinateRow {
    /// Its entity id.
    pub entity_id: String,
    /// `active` or `suspended`.
    pub state: String,
    /// Its entity types, for lists.
    pub entity_types: JsonText<Vec<String>>,
    /// Whether it vouches for others itself.
    pub intermediate: bool,
    /// Its federation keys, a JWK Set.
    pub jwks: String,
    /// Metadata in place of its own, as JSON; `{}`: none.
    pub metadata: String,
    /// Policy for its and its subordinates' metadata, as JSON; `{}`: none.
    pub metadata_policy: String,
    /// Constraints, as JSON; `{}`: none.
    pub constraints: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Adds an entity, or writes it anew; what is kept of an earlier row is when it was added.
pub async fn put(db: &mut impl Connection, row: &SubordinateRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO subordinates (entity_id, state, entity_types, intermediate, jwks, metadata, metadata_policy, \
         constraints, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (entity_id) DO UPDATE SET state = excluded.state, entity_types = excluded.entity_types, \
         intermediate = excluded.intermediate, jwks = excluded.jwks, metadata = excluded.metadata, \
         metadata_policy = excluded.metadata_policy, constraints = excluded.constraints, \
         updated_at = excluded.updated_at",
        &row.entity_id,
        &row.state,
        &row.entity_types,
        row.intermediate,
        &row.jwks,
        &row.metadata,
        &row.metadata_policy,
        &row.constraints,
        row.created_at,
        row.updated_at
    )?;
    Ok(())
}

/// The entity, whatever its state.
pub async fn find(db: &mut impl Connection, entity_id: &str) -> Result<Option<SubordinateRow>, StoreError> {
    fetch_optional!(db, SubordinateRow, "SELECT * FROM subordinates WHERE entity_id = $1", entity_id)
}

/// Entities after `after` in order of id, whatever their state, at most `limit`.
pub async fn list(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<SubordinateRow>, StoreError> {
    fetch_all!(
        db,
        SubordinateRow,
        "SELECT * FROM subordinates WHERE entity_id > $1 ORDER BY entity_id LIMIT $2",
        after,
        limit
    )
}

/// Sets the state; false when there is no such entity.
pub async fn set_state(
    db: &mut impl Connection,
    entity_id: &str,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE subordinates SET state = $2, updated_at = $3 WHERE entity_id = $1";
    Ok(execute!(db, sql, entity_id, state, now)? == 1)
}

/// Takes over an entity's new keys if the ones known are still these; false when they are not.
pub async fn roll_keys(
    db: &mut impl Connection,
    entity_id: &str,
    (known, next): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE subordinates SET jwks = $3, updated_at = $4 WHERE entity_id = $1 AND jwks = $2";
    Ok(execute!(db, sql, entity_id, known, next, now)? == 1)
}

/// Removes an entity; false when there is none.
pub async fn delete(db: &mut impl Connection, entity_id: &str) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM subordinates WHERE entity_id = $1", entity_id)? == 1)
}
