//! Accounts: who can sign in. Personal columns hold sealed bytes; look-up goes by keyed index.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `accounts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    /// The account.
    pub id: AccountId,
    /// `natural` or `legal` (standard 6.3 b).
    pub kind: String,
    /// `active`, `locked`, `disabled`, `closing` or `closed`.
    pub state: String,
    /// As the person typed it.
    pub username: String,
    /// Normalised for look-up; unique.
    pub username_key: String,
    /// Argon2id in PHC string format.
    pub password_hash: String,
    /// When the password was last set.
    pub password_changed_at: Timestamp,
    /// Sealed mobile number.
    pub mobile: Option<Vec<u8>>,
    /// Keyed index of the mobile number; unique.
    pub mobile_index: Option<String>,
    /// When the person last showed a code sent to that number.
    pub mobile_verified_at: Option<Timestamp>,
    /// The language the person chose, a BCP 47 tag.
    pub locale: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When any column last changed; `updated_at` of OIDC Core §5.1.
    pub updated_at: Timestamp,
}

/// Adds an account; [`StoreError::Conflict`] when its username or mobile number is taken.
pub async fn insert(db: &mut impl Connection, row: &AccountRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO accounts (id, kind, state, username, username_key, password_hash, password_changed_at, mobile, \
         mobile_index, mobile_verified_at, locale, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &row.id,
        &row.kind,
        &row.state,
        &row.username,
        &row.username_key,
        &row.password_hash,
        row.password_changed_at,
        &row.mobile,
        &row.mobile_index,
        row.mobile_verified_at,
        &row.locale,
        row.created_at,
        row.updated_at
    )?;
    Ok(())
}

/// The account with this id.
pub async fn find(db: &mut impl Connection, id: &AccountId) -> Result<Option<AccountRow>, StoreError> {
    fetch_optional!(db, AccountRow, "SELECT * FROM accounts WHERE id = $1", id)
}

/// The account with this normalised username or this mobile index.
pub async fn find_by_login(
    db: &mut impl Connection,
    username_key: &str,
    mobile_index: &str,
) -> Result<Option<AccountRow>, StoreError> {
    fetch_optional!(
        db,
        AccountRow,
        "SELECT * FROM accounts WHERE username_key = $1 OR mobile_index = $2 \
         ORDER BY CASE WHEN username_key = $1 THEN 0 ELSE 1 END LIMIT 1",
        username_key,
        mobile_index
    )
}

/// The account with this mobile index.
pub async fn find_by_mobile(db: &mut impl Connection, index: &str) -> Result<Option<AccountRow>, StoreError> {
    fetch_optional!(db, AccountRow, "SELECT * FROM accounts WHERE mobile_index = $1", index)
}

/// Sets the password hash.
pub async fn set_password(
    db: &mut impl Connection,
    id: &AccountId,
    password_hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE accounts SET password_hash = $2, password_changed_at = $3, updated_at = $3 WHERE id = $1",
        id,
        password_hash,
        now
    )?;
    Ok(rows == 1)
}

/// Sets the state; false when there is no such account.
pub async fn set_state(
    db: &mut impl Connection,
    id: &AccountId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE accounts SET state = $2, updated_at = $3 WHERE id = $1", id, state, now)?;
    Ok(rows == 1)
}

/// An account as it stands while it is held.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldAccount {
    /// `active`, or why it may not sign in.
    pub state: String,
    /// When the password was last set.
    pub password_changed_at: Timestamp,
}

/// The account, held until the transaction ends, so that a lock, a removal or a new password comes wholly before or wholly
/// after; none when there is no such account.
pub async fn hold(db: &mut impl Connection, id: &AccountId) -> Result<Option<HeldAccount>, StoreError> {
    let sql = "UPDATE accounts SET state = state WHERE id = $1 RETURNING state, password_changed_at";
    fetch_optional!(db, HeldAccount, sql, id)
}

/// Removes the account and what hangs on it (real name, sessions, consents); false when there is none.
pub async fn delete(db: &mut impl Connection, id: &AccountId) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM accounts WHERE id = $1", id)? == 1)
}

/// Writes a mobile number that was shown to be the person's; [`StoreError::Conflict`] when another account holds it.
pub async fn set_mobile(
    db: &mut impl Connection,
    id: &AccountId,
    (sealed, index): (&[u8], &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE accounts SET mobile = $2, mobile_index = $3, mobile_verified_at = $4, updated_at = $4 WHERE id = $1",
        id,
        sealed,
        index,
        now
    )?;
    Ok(rows == 1)
}

/// Takes a mobile number away from every account but `keeper`: whoever shows a code sent to it holds it now. Gives the
/// accounts that had it.
pub async fn release_mobile(
    db: &mut impl Connection,
    index: &str,
    keeper: &AccountId,
    now: Timestamp,
) -> Result<Vec<AccountId>, StoreError> {
    let rows = fetch_all!(
        db,
        (AccountId,),
        "UPDATE accounts SET mobile = NULL, mobile_index = NULL, mobile_verified_at = NULL, updated_at = $3 \
         WHERE mobile_index = $1 AND id <> $2 RETURNING id",
        index,
        keeper,
        now
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Removes the mobile number of an account; false when it has none.
pub async fn remove_mobile(db: &mut impl Connection, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE accounts SET mobile = NULL, mobile_index = NULL, mobile_verified_at = NULL, updated_at = $2 \
         WHERE id = $1 AND mobile IS NOT NULL",
        id,
        now
    )?;
    Ok(rows == 1)
}

/// Sets the state where it is `from`; false when it is another, so that of two who decide at once one does.
pub async fn turn_state(
    db: &mut impl Connection,
    id: &AccountId,
    (from, to): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE accounts SET state = $3, updated_at = $4 WHERE id = $1 AND state = $2",
        id,
        from,
        to,
        now
    )?;
    Ok(rows == 1)
}

/// Writes another user name; [`StoreError::Conflict`] when it is taken.
pub async fn set_username(
    db: &mut impl Connection,
    id: &AccountId,
    (username, key): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE accounts SET username = $2, username_key = $3, updated_at = $4 WHERE id = $1",
        id,
        username,
        key,
        now
    )?;
    Ok(rows == 1)
}
