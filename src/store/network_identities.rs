//! People known by the national network identity service (网号): an identifier and a level, no name.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `network_identities`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NetworkIdentityRow {
    /// Whose it is.
    pub account_id: AccountId,
    /// Keyed index of the identifier; unique, so that one person has one account.
    pub pairwise_index: String,
    /// The level that the service told, 1 to 3.
    pub level: i32,
    /// Which upstream answered.
    pub source: String,
    /// Its own reference of its answer.
    pub reference: String,
    /// When it answered.
    pub verified_at: Timestamp,
    /// How: `network_identity`, or `node_above`.
    pub method: String,
    /// Sealed name, where one was told.
    pub name: Option<Vec<u8>>,
}

/// Records an identity, in place of an earlier answer about the same one. False when the account has another identity;
/// [`StoreError::Conflict`] when another account has this one.
pub async fn put(db: &mut impl Connection, row: &NetworkIdentityRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO network_identities (account_id, pairwise_index, level, source, reference, verified_at, method, name) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id) DO UPDATE SET level = excluded.level, \
         source = excluded.source, reference = excluded.reference, verified_at = excluded.verified_at, \
         method = excluded.method, name = excluded.name \
         WHERE network_identities.pairwise_index = excluded.pairwise_index",
        &row.account_id,
        &row.pairwise_index,
        row.level,
        &row.source,
        &row.reference,
        row.verified_at,
        &row.method,
        &row.name
    )?;
    Ok(rows == 1)
}

/// The identity of this account.
pub async fn find(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<NetworkIdentityRow>, StoreError> {
    fetch_optional!(db, NetworkIdentityRow, "SELECT * FROM network_identities WHERE account_id = $1", account_id)
}

/// The account with this identity.
pub async fn find_by_index(
    db: &mut impl Connection,
    pairwise_index: &str,
) -> Result<Option<NetworkIdentityRow>, StoreError> {
    fetch_optional!(
        db,
        NetworkIdentityRow,
        "SELECT * FROM network_identities WHERE pairwise_index = $1",
        pairwise_index
    )
}

/// Forgets the identity of this account; false when it has none.
pub async fn delete(db: &mut impl Connection, account_id: &AccountId) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM network_identities WHERE account_id = $1", account_id)? == 1)
}
