//! Passkeys: by which credential a factor is found, and by which handle authenticators know an account.

use super::factors::FactorRow;
use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, FactorId};

/// Lets a factor be found by the hash of its credential id; [`StoreError::Conflict`] when any account has that credential.
pub async fn insert(db: &mut impl Connection, credential: &str, factor: &FactorId) -> Result<(), StoreError> {
    execute!(db, "INSERT INTO passkeys (credential, factor_id) VALUES ($1, $2)", credential, factor)?;
    Ok(())
}

/// The factor with this credential, whosever it is.
pub async fn find(db: &mut impl Connection, credential: &str) -> Result<Option<FactorRow>, StoreError> {
    fetch_optional!(
        db,
        FactorRow,
        "SELECT factors.* FROM passkeys JOIN factors ON factors.id = passkeys.factor_id WHERE passkeys.credential = $1",
        credential
    )
}

/// The handle of an account, base64url; `None` before its first passkey.
pub async fn handle(db: &mut impl Connection, account_id: &AccountId) -> Result<Option<String>, StoreError> {
    let row = fetch_optional!(db, (String,), "SELECT handle FROM passkey_users WHERE account_id = $1", account_id)?;
    Ok(row.map(|(handle,)| handle))
}

/// Gives an account its handle, if it has none; the handle that it has now.
pub async fn keep_handle(
    db: &mut impl Connection,
    account_id: &AccountId,
    handle: &str,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    execute!(
        db,
        "INSERT INTO passkey_users (account_id, handle, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id) DO NOTHING",
        account_id,
        handle,
        now
    )?;
    self::handle(db, account_id).await
}
