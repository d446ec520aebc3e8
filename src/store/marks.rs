//! Marks of what is used up: assertion ids, revoked access tokens. Written before the answer, so a crash forgets none.

use super::{Connection, StoreError};
use crate::base::Timestamp;

/// Sets the mark `id` until `expires_at`; false when it was set already. Of several at once exactly one gets true.
pub async fn set(db: &mut impl Connection, id: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
    let rows =
        execute!(db, "INSERT INTO marks (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", id, expires_at)?;
    Ok(rows == 1)
}

/// Whether the mark is set.
pub async fn is_set(db: &mut impl Connection, id: &str) -> Result<bool, StoreError> {
    Ok(fetch_optional!(db, (String,), "SELECT id FROM marks WHERE id = $1", id)?.is_some())
}

/// Holds the named lock until the transaction ends: of several processes one goes on, the others wait.
pub async fn lock(db: &mut impl Connection, name: &str) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO marks (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
        format!("lock:{name}"),
        Timestamp::NEVER
    )?;
    Ok(())
}
