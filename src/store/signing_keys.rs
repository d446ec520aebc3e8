//! Signing keys, sealed: the processes of one node share them through the database; and the public halves of those that
//! are gone.

use super::{Connection, StoreError};
use crate::base::Timestamp;

/// One row of `signing_keys`.
#[derive(Clone, sqlx::FromRow)]
pub struct SigningKeyRow {
    /// The key id (RFC 7638 thumbprint).
    pub kid: String,
    /// What it signs: `tokens` or `federation`.
    pub purpose: String,
    /// Its algorithm's JOSE name.
    pub alg: String,
    /// The sealed private key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is published.
    pub publish_at: Timestamp,
    /// From when it signs.
    pub activate_at: Timestamp,
    /// From when it signs no more.
    pub retire_at: Option<Timestamp>,
    /// From when it is published no more.
    pub remove_at: Option<Timestamp>,
}

/// One row of `past_keys`: a key that signed and is gone.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PastKeyRow {
    /// The key id.
    pub kid: String,
    /// The public half, a JWK.
    pub jwk: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it was published no more.
    pub ended_at: Timestamp,
    /// Whether it went because others may have had it.
    pub revoked: bool,
}

/// Every key for this purpose.
pub async fn list(db: &mut impl Connection, purpose: &str) -> Result<Vec<SigningKeyRow>, StoreError> {
    fetch_all!(db, SigningKeyRow, "SELECT * FROM signing_keys WHERE purpose = $1 ORDER BY kid", purpose)
}

/// Adds a key.
pub async fn insert(db: &mut impl Connection, row: &SigningKeyRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO signing_keys \
         (kid, purpose, alg, sealed, created_at, publish_at, activate_at, retire_at, remove_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &row.kid,
        &row.purpose,
        &row.alg,
        &row.sealed,
        row.created_at,
        row.publish_at,
        row.activate_at,
        row.retire_at,
        row.remove_at
    )?;
    Ok(())
}

/// Sets when a key ends; false when there is no such key.
pub async fn retire(
    db: &mut impl Connection,
    kid: &str,
    retire_at: Timestamp,
    remove_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE signing_keys SET retire_at = $2, remove_at = $3 WHERE kid = $1",
        kid,
        retire_at,
        remove_at
    )?;
    Ok(rows == 1)
}

/// Removes a key whose time is over.
pub async fn delete(db: &mut impl Connection, kid: &str) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM signing_keys WHERE kid = $1", kid)? == 1)
}

/// Keeps the public half of a key that goes; one that is kept already stays as it is.
pub async fn remember(db: &mut impl Connection, row: &PastKeyRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO past_keys (kid, jwk, created_at, ended_at, revoked) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (kid) DO NOTHING",
        &row.kid,
        &row.jwk,
        row.created_at,
        row.ended_at,
        row.revoked
    )?;
    Ok(())
}

/// The keys that are gone, the latest first, at most `limit`.
pub async fn past(db: &mut impl Connection, limit: i64) -> Result<Vec<PastKeyRow>, StoreError> {
    fetch_all!(db, PastKeyRow, "SELECT * FROM past_keys ORDER BY ended_at DESC, kid LIMIT $1", limit)
}
