//! By which name the node above speaks of a company that is known here.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::EntityId;

/// One row of `upstream_companies`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UpstreamCompanyRow {
    /// The issuer of the node above.
    pub issuer: String,
    /// The `sub` by which it knows the company.
    pub subject: String,
    /// The company here.
    pub entity_id: EntityId,
    /// When it was first told.
    pub created_at: Timestamp,
}

/// Records the name of a company there, in place of an earlier one. [`StoreError::Conflict`] when the name is another
/// company's.
pub async fn put(db: &mut impl Connection, row: &UpstreamCompanyRow) -> Result<(), StoreError> {
    let renamed = "UPDATE upstream_companies SET subject = $3 WHERE entity_id = $1 AND issuer = $2";
    if execute!(db, renamed, &row.entity_id, &row.issuer, &row.subject)? == 1 {
        return Ok(());
    }
    execute!(
        db,
        "INSERT INTO upstream_companies (issuer, subject, entity_id, created_at) VALUES ($1, $2, $3, $4)",
        &row.issuer,
        &row.subject,
        &row.entity_id,
        row.created_at
    )?;
    Ok(())
}

/// The company of this name there.
pub async fn find(
    db: &mut impl Connection,
    (issuer, subject): (&str, &str),
) -> Result<Option<UpstreamCompanyRow>, StoreError> {
    let sql = "SELECT * FROM upstream_companies WHERE issuer = $1 AND subject = $2";
    fetch_optional!(db, UpstreamCompanyRow, sql, issuer, subject)
}
