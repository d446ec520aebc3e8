//! Sessions at the node above, and which sessions here they stand behind.
//!
//! A sign-in and a logout of one session there meet at its row in `upstream_sessions`, which both hold: whichever comes
//! second sees the other, so that a logout which overtakes its sign-in wins.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::SessionId;

/// One row of `session_upstreams`: a session there behind a session here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionUpstreamRow {
    /// The session here.
    pub session_id: SessionId,
    /// The issuer of the node above.
    pub issuer: String,
    /// The `sid` that it has told.
    pub sid: String,
    /// The `sub` that it has told.
    pub subject: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// Holds a session there until the transaction ends; when it has ended, if it has.
pub async fn hold(
    db: &mut impl Connection,
    (issuer, sid): (&str, &str),
    expires_at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let (ended_at,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "INSERT INTO upstream_sessions (issuer, sid, expires_at) VALUES ($1, $2, $3) \
         ON CONFLICT (issuer, sid) DO UPDATE SET expires_at = excluded.expires_at RETURNING ended_at",
        issuer,
        sid,
        expires_at
    )?;
    Ok(ended_at)
}

/// A session there has ended, known here or not; false when that was known. Holds it as [`hold`] does.
pub async fn end(
    db: &mut impl Connection,
    (issuer, sid): (&str, &str),
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO upstream_sessions (issuer, sid, ended_at, expires_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (issuer, sid) DO UPDATE SET ended_at = excluded.ended_at, expires_at = excluded.expires_at \
         WHERE upstream_sessions.ended_at IS NULL",
        issuer,
        sid,
        now,
        expires_at
    )?;
    Ok(rows == 1)
}

/// Records that a session there stands behind a session here; the first record of a pair stays.
pub async fn join(db: &mut impl Connection, row: &SessionUpstreamRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO session_upstreams (session_id, issuer, sid, subject, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (session_id, issuer, sid) DO NOTHING",
        &row.session_id,
        &row.issuer,
        &row.sid,
        &row.subject,
        row.created_at
    )?;
    Ok(())
}

/// A name under which a session here was known there counts no more: another one has come in its place.
pub async fn part(db: &mut impl Connection, row: &SessionUpstreamRow) -> Result<bool, StoreError> {
    let sql = "DELETE FROM session_upstreams WHERE session_id = $1 AND issuer = $2 AND sid = $3";
    Ok(execute!(db, sql, &row.session_id, &row.issuer, &row.sid)? == 1)
}

/// What stands behind a session here.
pub async fn behind(db: &mut impl Connection, session: &SessionId) -> Result<Vec<SessionUpstreamRow>, StoreError> {
    let sql = "SELECT * FROM session_upstreams WHERE session_id = $1 ORDER BY created_at, sid";
    fetch_all!(db, SessionUpstreamRow, sql, session)
}

/// The live sessions here that a session there stands behind.
pub async fn before(
    db: &mut impl Connection,
    (issuer, sid): (&str, &str),
) -> Result<Vec<SessionUpstreamRow>, StoreError> {
    fetch_all!(
        db,
        SessionUpstreamRow,
        "SELECT u.* FROM session_upstreams u JOIN sessions s ON s.id = u.session_id \
         WHERE u.issuer = $1 AND u.sid = $2 AND s.ended_at IS NULL ORDER BY u.session_id",
        issuer,
        sid
    )
}

/// The live sessions here that any session of this person there stands behind.
pub async fn before_subject(
    db: &mut impl Connection,
    (issuer, subject): (&str, &str),
) -> Result<Vec<SessionUpstreamRow>, StoreError> {
    fetch_all!(
        db,
        SessionUpstreamRow,
        "SELECT u.* FROM session_upstreams u JOIN sessions s ON s.id = u.session_id \
         WHERE u.issuer = $1 AND u.subject = $2 AND s.ended_at IS NULL ORDER BY u.session_id",
        issuer,
        subject
    )
}

/// The live sessions here that came from this node above, the latest first.
pub async fn live(db: &mut impl Connection, issuer: &str, limit: i64) -> Result<Vec<SessionUpstreamRow>, StoreError> {
    fetch_all!(
        db,
        SessionUpstreamRow,
        "SELECT u.* FROM session_upstreams u JOIN sessions s ON s.id = u.session_id \
         WHERE u.issuer = $1 AND s.ended_at IS NULL ORDER BY u.created_at DESC, u.session_id LIMIT $2",
        issuer,
        limit
    )
}
