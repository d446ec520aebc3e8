//! Devices: browsers that a person has signed in with, and those that are trusted for a time.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, DeviceId};

/// One row of `devices`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeviceRow {
    /// The device.
    pub id: DeviceId,
    /// Whose.
    pub account_id: AccountId,
    /// SHA-256 of its cookie, base64url.
    pub cookie_hash: String,
    /// Its User-Agent header, cut.
    pub label: String,
    /// Until when a second factor is not asked of it by policy.
    pub trusted_until: Option<Timestamp>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub seen_at: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Adds a device, or marks one that is there as seen; a trust that it has stays. True when it is new.
pub async fn see(db: &mut impl Connection, row: &DeviceRow) -> Result<bool, StoreError> {
    let known = execute!(
        db,
        "UPDATE devices SET seen_at = $3, expires_at = $4 WHERE account_id = $1 AND cookie_hash = $2",
        &row.account_id,
        &row.cookie_hash,
        row.seen_at,
        row.expires_at
    )?;
    if known > 0 {
        return Ok(false);
    }
    let added = execute!(
        db,
        "INSERT INTO devices (id, account_id, cookie_hash, label, trusted_until, created_at, seen_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, cookie_hash) DO NOTHING",
        &row.id,
        &row.account_id,
        &row.cookie_hash,
        &row.label,
        row.trusted_until,
        row.created_at,
        row.seen_at,
        row.expires_at
    )?;
    Ok(added == 1)
}

/// The device of this account with this cookie.
pub async fn find(
    db: &mut impl Connection,
    account_id: &AccountId,
    cookie_hash: &str,
) -> Result<Option<DeviceRow>, StoreError> {
    fetch_optional!(
        db,
        DeviceRow,
        "SELECT * FROM devices WHERE account_id = $1 AND cookie_hash = $2",
        account_id,
        cookie_hash
    )
}

/// The devices of an account that are trusted now, the latest seen first.
pub async fn list_trusted(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Vec<DeviceRow>, StoreError> {
    fetch_all!(
        db,
        DeviceRow,
        "SELECT * FROM devices WHERE account_id = $1 AND trusted_until > $2 ORDER BY seen_at DESC, id LIMIT 100",
        account_id,
        now
    )
}

/// Trusts a device until a moment; false when it is not there.
pub async fn trust(
    db: &mut impl Connection,
    account_id: &AccountId,
    cookie_hash: &str,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE devices SET trusted_until = $3 WHERE account_id = $1 AND cookie_hash = $2",
        account_id,
        cookie_hash,
        until
    )?;
    Ok(rows == 1)
}

/// Trusts a device no longer; false when it is not this account's.
pub async fn distrust(db: &mut impl Connection, account_id: &AccountId, id: &DeviceId) -> Result<bool, StoreError> {
    let rows =
        execute!(db, "UPDATE devices SET trusted_until = NULL WHERE account_id = $1 AND id = $2", account_id, id)?;
    Ok(rows == 1)
}

/// Trusts no device of an account any longer; gives how many it were.
pub async fn distrust_all(db: &mut impl Connection, account_id: &AccountId) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE devices SET trusted_until = NULL WHERE account_id = $1 AND trusted_until IS NOT NULL",
        account_id
    )
}

/// Every browser that an account has signed in with and that is still known, the latest seen first.
pub async fn list(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<DeviceRow>, StoreError> {
    fetch_all!(
        db,
        DeviceRow,
        "SELECT * FROM devices WHERE account_id = $1 ORDER BY seen_at DESC, id DESC LIMIT 500",
        account_id
    )
}

/// Forgets every device of an account; how many there were.
pub async fn delete_all(db: &mut impl Connection, account_id: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "DELETE FROM devices WHERE account_id = $1", account_id)
}
