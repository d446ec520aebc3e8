//! Sign-ins at nodes below that were passed up to this one: each has a ticket that is taken once, and leads to one session.
//!
//! The node below has given each a name of its own, by which it may tell that it has ended: before its ticket is taken, or
//! whenever after. A ticket and a logout meet at the row here, so that a logout which overtakes its sign-in wins.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{ClientId, SessionId};

/// One row of `passed_sessions`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PassedSessionRow {
    /// The node below.
    pub client_id: ClientId,
    /// The name that it gave.
    pub sid: String,
    /// The `sub` by which it speaks of the person.
    pub subject: String,
    /// When the ticket was taken.
    pub taken_at: Option<Timestamp>,
    /// The session here that came of it.
    pub session_id: Option<SessionId>,
    /// When it was told that the session there has ended.
    pub ended_at: Option<Timestamp>,
    /// Until when this is remembered: longer than any session lives.
    pub expires_at: Timestamp,
}

/// A sign-in there is announced; false when the name was used before.
pub async fn announce(db: &mut impl Connection, row: &PassedSessionRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO passed_sessions (client_id, sid, subject, expires_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (client_id, sid) DO NOTHING",
        &row.client_id,
        &row.sid,
        &row.subject,
        row.expires_at
    )?;
    Ok(rows == 1)
}

/// Takes its ticket; false when that was taken before, or the session there has ended.
pub async fn take(
    db: &mut impl Connection,
    (client, sid): (&ClientId, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE passed_sessions SET taken_at = $3 \
               WHERE client_id = $1 AND sid = $2 AND taken_at IS NULL AND ended_at IS NULL";
    Ok(execute!(db, sql, client, sid, now)? == 1)
}

/// Its session here, once the ticket is taken; false when it has one, or the session there has ended meanwhile.
pub async fn open(
    db: &mut impl Connection,
    (client, sid): (&ClientId, &str),
    session: &SessionId,
) -> Result<bool, StoreError> {
    let sql = "UPDATE passed_sessions SET session_id = $3 \
               WHERE client_id = $1 AND sid = $2 AND taken_at IS NOT NULL AND session_id IS NULL AND ended_at IS NULL";
    Ok(execute!(db, sql, client, sid, session)? == 1)
}

/// The session there has ended; what is known of it here. Holds the row until the transaction ends.
pub async fn end(
    db: &mut impl Connection,
    (client, sid): (&ClientId, &str),
    now: Timestamp,
) -> Result<Option<PassedSessionRow>, StoreError> {
    let sql =
        "UPDATE passed_sessions SET ended_at = COALESCE(ended_at, $3) WHERE client_id = $1 AND sid = $2 RETURNING *";
    fetch_optional!(db, PassedSessionRow, sql, client, sid, now)
}
