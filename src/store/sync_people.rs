//! Of whom the node above is to be told: a row a person, put there by triggers in the transaction that changes an account
//! (`migrations/*/0015_registrations.sql`). A row is leased to one worker at a time, whatever changes meanwhile.

use super::backend::dialect;
use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `sync_targets`: the node above, and how far the initial load has come.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SyncTargetRow {
    /// The issuer of the node above.
    pub issuer: String,
    /// The last account that the load has put into the queue; empty: none.
    pub load_cursor: String,
    /// How many accounts the load has passed.
    pub loaded: i64,
    /// Whether it has passed all.
    pub load_ended: bool,
    /// Since when changes are told.
    pub since: Timestamp,
}

/// One row of `sync_people`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SyncPersonRow {
    /// The account here.
    pub account_id: AccountId,
    /// `due`, `told` or `rejected`.
    pub state: String,
    /// Counts the changes here.
    pub version: i64,
    /// The registration at the node above, once known.
    pub remote_id: Option<String>,
    /// How often it was tried in vain since the last change.
    pub tries: i32,
    /// When it is to be tried next.
    pub due_at: Timestamp,
    /// Until when a worker has it.
    pub leased_until: Timestamp,
    /// The code by which it was rejected, or put off.
    pub code: Option<String>,
    /// Why, in the words of the node above.
    pub reason: Option<String>,
    /// When the account last changed.
    pub changed_at: Timestamp,
    /// When the node above was last told.
    pub told_at: Option<Timestamp>,
}

/// Lets changes be told to this node above from now on, and to no other.
pub async fn set_target(db: &mut impl Connection, issuer: &str, now: Timestamp) -> Result<(), StoreError> {
    execute!(db, "DELETE FROM sync_targets WHERE issuer <> $1", issuer)?;
    execute!(
        db,
        "INSERT INTO sync_targets (issuer, load_cursor, loaded, load_ended, since) VALUES ($1, '', 0, FALSE, $2) \
         ON CONFLICT (issuer) DO NOTHING",
        issuer,
        now
    )?;
    Ok(())
}

/// Lets no change be told any more; true when there was a target.
pub async fn clear_target(db: &mut impl Connection) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM sync_targets")? > 0)
}

/// The target, and how far the load has come.
pub async fn target(db: &mut impl Connection) -> Result<Option<SyncTargetRow>, StoreError> {
    fetch_optional!(db, SyncTargetRow, "SELECT * FROM sync_targets LIMIT 1")
}

/// Writes how far the load has come.
pub async fn put_load(
    db: &mut impl Connection,
    issuer: &str,
    (cursor, loaded): (&str, i64),
    ended: bool,
) -> Result<(), StoreError> {
    let sql = "UPDATE sync_targets SET load_cursor = $2, loaded = $3, load_ended = $4 WHERE issuer = $1";
    execute!(db, sql, issuer, cursor, loaded, ended)?;
    Ok(())
}

/// Accounts that are not closed, after `after` in the order of their ids.
pub async fn accounts_after(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<AccountId>, StoreError> {
    let sql = "SELECT id FROM accounts WHERE id > $1 AND state <> 'closed' ORDER BY id LIMIT $2";
    let rows = fetch_all!(db, (AccountId,), sql, after, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many accounts are not closed.
pub async fn count_accounts(db: &mut impl Connection) -> Result<i64, StoreError> {
    let (count,) = fetch_one!(db, (i64,), "SELECT COUNT(*) FROM accounts WHERE state <> 'closed'")?;
    Ok(count)
}

/// Puts a person into the queue who is not in it yet; false when she is.
pub async fn enqueue(db: &mut impl Connection, account_id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO sync_people (account_id, state, version, tries, due_at, leased_until, changed_at) \
         VALUES ($1, 'due', 1, 0, $2, 0, $2) ON CONFLICT (account_id) DO NOTHING",
        account_id,
        now
    )?;
    Ok(rows == 1)
}

/// Takes up to `limit` people who are due, each for this worker alone until `until`.
pub async fn claim(
    db: &mut impl Connection,
    (now, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<SyncPersonRow>, StoreError> {
    let sql = dialect(
        db,
        "UPDATE sync_people SET leased_until = $2 WHERE account_id IN (SELECT account_id FROM sync_people \
         WHERE state = 'due' AND due_at <= $1 AND leased_until <= $1 ORDER BY due_at, account_id LIMIT $3) RETURNING *",
        "UPDATE sync_people SET leased_until = $2 WHERE account_id IN (SELECT account_id FROM sync_people \
         WHERE state = 'due' AND due_at <= $1 AND leased_until <= $1 ORDER BY due_at, account_id LIMIT $3 \
         FOR UPDATE SKIP LOCKED) RETURNING *",
    );
    fetch_all!(db, SyncPersonRow, sql, now, until, limit)
}

/// The node above was told of this version; a person who has changed meanwhile stays due.
pub async fn told(
    db: &mut impl Connection,
    (account_id, version): (&AccountId, i64),
    remote_id: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        db,
        "UPDATE sync_people SET leased_until = 0, remote_id = $3, tries = 0, code = NULL, reason = NULL, told_at = $4, \
         state = CASE WHEN version = $2 THEN 'told' ELSE 'due' END WHERE account_id = $1",
        account_id,
        version,
        remote_id,
        now
    )?;
    Ok(())
}

/// Nothing is left to be told of this person: closed here and there.
pub async fn forget(db: &mut impl Connection, account_id: &AccountId) -> Result<(), StoreError> {
    execute!(db, "DELETE FROM sync_people WHERE account_id = $1", account_id)?;
    Ok(())
}

/// The node above has rejected this version; a person who has changed meanwhile stays due.
pub async fn rejected(
    db: &mut impl Connection,
    (account_id, version): (&AccountId, i64),
    (code, reason): (&str, &str),
) -> Result<(), StoreError> {
    execute!(
        db,
        "UPDATE sync_people SET leased_until = 0, code = $3, reason = $4, \
         state = CASE WHEN version = $2 THEN 'rejected' ELSE 'due' END WHERE account_id = $1",
        account_id,
        version,
        code,
        reason
    )?;
    Ok(())
}

/// Puts a person off until `due_at`; `remote_id` is what is known by now of the registration there.
pub async fn put_off(
    db: &mut impl Connection,
    account_id: &AccountId,
    (due_at, remote_id): (Timestamp, Option<&str>),
    (code, reason): (&str, &str),
) -> Result<(), StoreError> {
    execute!(
        db,
        "UPDATE sync_people SET leased_until = 0, tries = tries + 1, due_at = $2, remote_id = $3, code = $4, reason = $5 \
         WHERE account_id = $1",
        account_id,
        due_at,
        remote_id,
        code,
        reason
    )?;
    Ok(())
}

/// Who was rejected, after `after` in the order of ids.
pub async fn rejects(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<SyncPersonRow>, StoreError> {
    let sql = "SELECT * FROM sync_people WHERE state = 'rejected' AND account_id > $1 ORDER BY account_id LIMIT $2";
    fetch_all!(db, SyncPersonRow, sql, after, limit)
}

/// Sends those again who were rejected: one, or all where `account_id` is empty. How many there were.
pub async fn resend(db: &mut impl Connection, account_id: &str, now: Timestamp) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE sync_people SET state = 'due', due_at = $2, tries = 0 \
         WHERE state = 'rejected' AND ($1 = '' OR account_id = $1)",
        account_id,
        now
    )
}

/// How many people are in which state.
pub async fn counts(db: &mut impl Connection) -> Result<Vec<(String, i64)>, StoreError> {
    fetch_all!(db, (String, i64), "SELECT state, COUNT(*) FROM sync_people GROUP BY state ORDER BY state")
}

/// Since when the one waits who waits longest.
pub async fn waiting_since(db: &mut impl Connection) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(changed_at) FROM sync_people WHERE state = 'due'";
    let (at,) = fetch_one!(db, (Option<i64>,), sql)?;
    Ok(at.map(Timestamp))
}
