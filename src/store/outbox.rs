//! The outbox: effects outside the database, written in the transaction that causes them, done at least once.
//!
//! A claim moves `due_at` ahead by a lease; a worker that dies leaves the row to be claimed again when the lease is over.

use serde_json::{Value, json};

use super::backend::dialect;
use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, JobId, LogoutId, SessionId};

/// One row of `outbox`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobRow {
    /// The job.
    pub id: JobId,
    /// What kind of effect (`backchannel_logout`).
    pub kind: String,
    /// Whom it goes to: jobs to one destination share a breaker and a bound on concurrency.
    pub destination: String,
    /// The logout that it belongs to.
    pub logout_id: Option<LogoutId>,
    /// What the worker needs, as JSON.
    pub payload: String,
    /// `pending`, `done` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub tries: i32,
    /// When it is to be tried next.
    pub due_at: Timestamp,
    /// What went wrong last, without personal data.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub ended_at: Option<Timestamp>,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Adds a job to the transaction that causes it.
pub async fn insert(db: &mut impl Connection, row: &JobRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO outbox (id, kind, destination, logout_id, payload, state, tries, due_at, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &row.id,
        &row.kind,
        &row.destination,
        &row.logout_id,
        &row.payload,
        &row.state,
        row.tries,
        row.due_at,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// Adds many jobs by one statement.
pub async fn insert_all(db: &mut impl Connection, rows: &[JobRow]) -> Result<(), StoreError> {
    let sql = dialect(
        db,
        "INSERT INTO outbox (id, kind, destination, logout_id, payload, state, tries, due_at, created_at, expires_at) \
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, \
         value->>9 FROM json_each($1)",
        "INSERT INTO outbox (id, kind, destination, logout_id, payload, state, tries, due_at, created_at, expires_at) \
         SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, (value->>6)::int, (value->>7)::bigint, \
         (value->>8)::bigint, (value->>9)::bigint FROM json_array_elements($1::json)",
    );
    let rows: Vec<_> = rows.iter().map(as_json).collect();
    execute!(db, sql, &json!(rows).to_string())?;
    Ok(())
}

/// The columns that a new row has, in their order.
fn as_json(row: &JobRow) -> Value {
    json!([
        row.id.as_str(),
        row.kind,
        row.destination,
        row.logout_id.as_ref().map(LogoutId::as_str),
        row.payload,
        row.state,
        row.tries,
        row.due_at.0,
        row.created_at.0,
        row.expires_at.0
    ])
}

/// Takes up to `limit` jobs that are due, each for this worker alone until `lease_until`; counts the try.
pub async fn claim(
    db: &mut impl Connection,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<JobRow>, StoreError> {
    let sql = dialect(
        db,
        "UPDATE outbox SET due_at = $2, tries = tries + 1 WHERE id IN \
         (SELECT id FROM outbox WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT $3) RETURNING *",
        "UPDATE outbox SET due_at = $2, tries = tries + 1 WHERE id IN \
         (SELECT id FROM outbox WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT $3 \
         FOR UPDATE SKIP LOCKED) RETURNING *",
    );
    fetch_all!(db, JobRow, sql, now, lease_until, limit)
}

/// When the next pending job is due.
pub async fn next_due(db: &mut impl Connection) -> Result<Option<Timestamp>, StoreError> {
    let (due,) = fetch_one!(db, (Option<Timestamp>,), "SELECT MIN(due_at) FROM outbox WHERE state = 'pending'")?;
    Ok(due)
}

/// Marks jobs as done by one statement; gives how many were pending.
pub async fn done(
    db: &mut impl Connection,
    ids: &[&str],
    now: Timestamp,
    keep_until: Timestamp,
) -> Result<u64, StoreError> {
    let sql = dialect(
        db,
        "UPDATE outbox SET state = 'done', ended_at = $2, expires_at = $3 \
         WHERE id IN (SELECT value FROM json_each($1)) AND state = 'pending'",
        "UPDATE outbox SET state = 'done', ended_at = $2, expires_at = $3 \
         WHERE id IN (SELECT json_array_elements_text($1::json)) AND state = 'pending'",
    );
    execute!(db, sql, &json!(ids).to_string(), now, keep_until)
}

/// Puts a job back to be tried again at `due_at`.
pub async fn retry(
    db: &mut impl Connection,
    id: &JobId,
    due_at: Timestamp,
    last_error: &str,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE outbox SET due_at = $2, last_error = $3 WHERE id = $1 AND state = 'pending'",
        id,
        due_at,
        last_error
    )?;
    Ok(rows == 1)
}

/// Puts a job back untried: its destination's breaker is open or its places are taken.
pub async fn postpone(db: &mut impl Connection, id: &JobId, due_at: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE outbox SET due_at = $2, tries = tries - 1 WHERE id = $1 AND state = 'pending'",
        id,
        due_at
    )?;
    Ok(rows == 1)
}

/// Gives a job up: it stays, visible and replayable, until `keep_until`.
pub async fn bury(
    db: &mut impl Connection,
    id: &JobId,
    now: Timestamp,
    keep_until: Timestamp,
    last_error: &str,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE outbox SET state = 'dead', ended_at = $2, expires_at = $3, last_error = $4 \
         WHERE id = $1 AND state = 'pending'",
        id,
        now,
        keep_until,
        last_error
    )?;
    Ok(rows == 1)
}

/// Sets a dead job to be tried again from the start; false when there is no such dead job.
pub async fn replay(
    db: &mut impl Connection,
    id: &JobId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE outbox SET state = 'pending', tries = 0, due_at = $2, created_at = $2, ended_at = NULL, \
         expires_at = $3 WHERE id = $1 AND state = 'dead'",
        id,
        now,
        expires_at
    )?;
    Ok(rows == 1)
}

/// The jobs in one state, oldest first, after the job `after`.
pub async fn list(db: &mut impl Connection, state: &str, after: &str, limit: i64) -> Result<Vec<JobRow>, StoreError> {
    fetch_all!(
        db,
        JobRow,
        "SELECT * FROM outbox WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
        state,
        after,
        limit
    )
}

/// How many jobs are in a state (for metrics).
pub async fn count(db: &mut impl Connection, state: &str) -> Result<i64, StoreError> {
    let (rows,) = fetch_one!(db, (i64,), "SELECT COUNT(*) FROM outbox WHERE state = $1", state)?;
    Ok(rows)
}

/// The deliveries of one logout, in the order they were written.
pub async fn of_logout(db: &mut impl Connection, logout_id: &LogoutId) -> Result<Vec<JobRow>, StoreError> {
    fetch_all!(db, JobRow, "SELECT * FROM outbox WHERE logout_id = $1 ORDER BY id", logout_id)
}

/// One row of `logouts`: a session that ended, and why.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LogoutRow {
    /// The logout.
    pub id: LogoutId,
    /// Whose session.
    pub account_id: AccountId,
    /// Which session.
    pub session_id: SessionId,
    /// What set it off.
    pub reason: String,
    /// The logout of the whole tree of nodes that it is part of: the id that it has where it began.
    pub tree_id: LogoutId,
    /// When.
    pub created_at: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Records a logout in the transaction that ends the session.
pub async fn insert_logout(db: &mut impl Connection, row: &LogoutRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO logouts (id, account_id, session_id, reason, created_at, expires_at, tree_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &row.id,
        &row.account_id,
        &row.session_id,
        &row.reason,
        row.created_at,
        row.expires_at,
        &row.tree_id
    )?;
    Ok(())
}

/// An account's logouts of which somebody had to be told, as far as that is still on record, the latest first.
pub async fn recent_logouts(
    db: &mut impl Connection,
    account_id: &AccountId,
    limit: i64,
) -> Result<Vec<LogoutRow>, StoreError> {
    fetch_all!(
        db,
        LogoutRow,
        "SELECT * FROM logouts WHERE account_id = $1 AND EXISTS (SELECT 1 FROM outbox WHERE logout_id = logouts.id) \
         ORDER BY created_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )
}

/// The logout with this id.
pub async fn find_logout(db: &mut impl Connection, id: &LogoutId) -> Result<Option<LogoutRow>, StoreError> {
    fetch_optional!(db, LogoutRow, "SELECT * FROM logouts WHERE id = $1", id)
}

/// The logouts here that are part of a logout of the whole tree, the oldest first.
pub async fn of_tree(db: &mut impl Connection, tree_id: &LogoutId) -> Result<Vec<LogoutRow>, StoreError> {
    fetch_all!(db, LogoutRow, "SELECT * FROM logouts WHERE tree_id = $1 ORDER BY created_at, id LIMIT 500", tree_id)
}

/// The logouts since a moment, the latest first.
pub async fn latest_logouts(
    db: &mut impl Connection,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<LogoutRow>, StoreError> {
    let sql = "SELECT * FROM logouts WHERE created_at >= $1 ORDER BY created_at DESC, id DESC LIMIT $2";
    fetch_all!(db, LogoutRow, sql, since, limit)
}

/// How one notice of a logout went: when it was written, and done or given up.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct NoticeTimes {
    /// `pending`, `done` or `dead`.
    pub state: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub ended_at: Option<Timestamp>,
}

/// How the notices of logouts since a moment went, the latest first.
pub async fn told_since(
    db: &mut impl Connection,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<NoticeTimes>, StoreError> {
    fetch_all!(
        db,
        NoticeTimes,
        "SELECT state, created_at, ended_at FROM outbox WHERE created_at >= $1 AND logout_id IS NOT NULL \
         ORDER BY created_at DESC, id DESC LIMIT $2",
        since,
        limit
    )
}
