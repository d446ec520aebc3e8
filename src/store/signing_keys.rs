//! Signing keys, sealed: the processes of one node share them through the database.

use super::{Connection, StoreError};

/// One row of `signing_keys`.
#[derive(Clone, sqlx::FromRow)]
pub struct SigningKeyRow {
    /// The key id (RFC 7638 thumbprint).
    pub kid: String,
    /// The sealed key record.
    pub sealed: Vec<u8>,
}

/// Every key.
pub async fn list(db: &mut impl Connection) -> Result<Vec<SigningKeyRow>, StoreError> {
    fetch_all!(db, SigningKeyRow, "SELECT kid, sealed FROM signing_keys ORDER BY kid")
}

/// Adds a key or writes its new dates.
pub async fn put(db: &mut impl Connection, row: &SigningKeyRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO signing_keys (kid, sealed) VALUES ($1, $2) \
         ON CONFLICT (kid) DO UPDATE SET sealed = excluded.sealed",
        &row.kid,
        &row.sealed
    )?;
    Ok(())
}

/// Removes a key whose last token has expired.
pub async fn delete(db: &mut impl Connection, kid: &str) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM signing_keys WHERE kid = $1", kid)? == 1)
}
