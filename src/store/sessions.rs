//! Sign-on sessions of browsers, and which clients took part in each.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, EntityId, SessionId};

/// One row of `sessions`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// SHA-256 of the cookie value, base64url.
    pub cookie_hash: String,
    /// Who signed in.
    pub account_id: AccountId,
    /// Login strength, the cap of `acr` (0 to 4).
    pub strength: i32,
    /// Authentication methods used so far (RFC 8176).
    pub amr: JsonText<Vec<String>>,
    /// The latest active authentication: the login clock.
    pub auth_time: Timestamp,
    /// When the session began.
    pub created_at: Timestamp,
    /// When a page or a refresh last used it.
    pub seen_at: Timestamp,
    /// The address it began from.
    pub address: String,
    /// The browser it began in.
    pub user_agent: String,
    /// What it can reach at most, when it came from the node above; none when it began here.
    pub ceiling: Option<i32>,
    /// The one client that it is for; none for a sign-on session.
    pub isolated_for: Option<ClientId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// When it ends by itself: the nearer of the sliding and the hard limit. Rows go some time after it.
    pub expires_at: Timestamp,
}

/// One row of `session_clients`: a client that took part in a session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionClientRow {
    /// The session.
    pub session_id: SessionId,
    /// The client.
    pub client_id: ClientId,
    /// The company acted for, empty for oneself.
    pub acting_for: String,
    /// The `sid` that the client knows (OIDC Back-Channel Logout §2.1).
    pub sid: String,
    /// The `sub` that the client knows.
    pub subject: String,
    /// When it first took part.
    pub created_at: Timestamp,
}

/// Adds a session.
pub async fn insert(db: &mut impl Connection, row: &SessionRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO sessions (id, cookie_hash, account_id, strength, amr, auth_time, created_at, seen_at, address, \
         user_agent, isolated_for, expires_at, ceiling) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        &row.id,
        &row.cookie_hash,
        &row.account_id,
        row.strength,
        &row.amr,
        row.auth_time,
        row.created_at,
        row.seen_at,
        &row.address,
        &row.user_agent,
        &row.isolated_for,
        row.expires_at,
        row.ceiling
    )?;
    Ok(())
}

/// The session, alive or not.
pub async fn find(db: &mut impl Connection, id: &SessionId) -> Result<Option<SessionRow>, StoreError> {
    fetch_optional!(db, SessionRow, "SELECT * FROM sessions WHERE id = $1", id)
}

/// The session that a cookie names, alive or not.
pub async fn find_by_cookie(db: &mut impl Connection, cookie_hash: &str) -> Result<Option<SessionRow>, StoreError> {
    fetch_optional!(db, SessionRow, "SELECT * FROM sessions WHERE cookie_hash = $1", cookie_hash)
}

/// The live sessions of an account, latest first.
pub async fn list_live(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, StoreError> {
    fetch_all!(
        db,
        SessionRow,
        "SELECT * FROM sessions WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 \
         ORDER BY seen_at DESC, id DESC LIMIT 200",
        account_id,
        now
    )
}

/// An account's sessions on record, alive or ended, the latest first.
pub async fn on_record(
    db: &mut impl Connection,
    account_id: &AccountId,
    limit: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    fetch_all!(
        db,
        SessionRow,
        "SELECT * FROM sessions WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )
}

/// Live sessions past their end that nobody has closed yet, oldest first.
pub async fn list_expired(db: &mut impl Connection, now: Timestamp, limit: i64) -> Result<Vec<SessionRow>, StoreError> {
    fetch_all!(
        db,
        SessionRow,
        "SELECT * FROM sessions WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
        now,
        limit
    )
}

/// Marks the session as in use until `expires_at`, and holds its row until the transaction ends, so that a logout
/// comes wholly before or wholly after. False when it has ended.
pub async fn touch(
    db: &mut impl Connection,
    id: &SessionId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL AND expires_at > $2",
        id,
        now,
        expires_at
    )?;
    Ok(rows == 1)
}

/// Holds a live session until the transaction ends, and changes nothing of it; false when it has ended.
pub async fn hold(db: &mut impl Connection, id: &SessionId) -> Result<bool, StoreError> {
    Ok(execute!(db, "UPDATE sessions SET seen_at = seen_at WHERE id = $1 AND ended_at IS NULL", id)? == 1)
}

/// Adds an authentication event: the cookie turns, the session and its sids stay. False when it has ended.
pub async fn authenticate(db: &mut impl Connection, row: &SessionRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE sessions SET cookie_hash = $2, strength = $3, amr = $4, auth_time = $5, seen_at = $6, expires_at = $7, \
         ceiling = $8 WHERE id = $1 AND ended_at IS NULL",
        &row.id,
        &row.cookie_hash,
        row.strength,
        &row.amr,
        row.auth_time,
        row.seen_at,
        row.expires_at,
        row.ceiling
    )?;
    Ok(rows == 1)
}

/// Ends the session; false when it had ended already, so that exactly one caller goes on to tell the clients.
pub async fn end(
    db: &mut impl Connection,
    id: &SessionId,
    now: Timestamp,
    reason: &str,
    keep_until: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE sessions SET ended_at = $2, end_reason = $3, expires_at = $4 WHERE id = $1 AND ended_at IS NULL",
        id,
        now,
        reason,
        keep_until
    )?;
    Ok(rows == 1)
}

/// Records that a client takes part; the first record of a pair stays.
pub async fn join(db: &mut impl Connection, row: &SessionClientRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO session_clients (session_id, client_id, acting_for, sid, subject, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (session_id, client_id, acting_for) DO NOTHING",
        &row.session_id,
        &row.client_id,
        &row.acting_for,
        &row.sid,
        &row.subject,
        row.created_at
    )?;
    Ok(())
}

/// The clients that took part in a session, in the order they came.
pub async fn clients(db: &mut impl Connection, id: &SessionId) -> Result<Vec<SessionClientRow>, StoreError> {
    fetch_all!(
        db,
        SessionClientRow,
        "SELECT * FROM session_clients WHERE session_id = $1 ORDER BY created_at, client_id",
        id
    )
}

/// As whom a client takes part in a session now: once, but while somebody changes from one company to another.
pub async fn links_at(
    db: &mut impl Connection,
    id: &SessionId,
    client_id: &ClientId,
) -> Result<Vec<SessionClientRow>, StoreError> {
    fetch_all!(
        db,
        SessionClientRow,
        "SELECT * FROM session_clients WHERE session_id = $1 AND client_id = $2 ORDER BY created_at, acting_for",
        id,
        client_id
    )
}

/// Where a person acts for a company now, in any live session.
pub async fn links_acting(
    db: &mut impl Connection,
    account_id: &AccountId,
    entity_id: &EntityId,
) -> Result<Vec<SessionClientRow>, StoreError> {
    fetch_all!(
        db,
        SessionClientRow,
        "SELECT c.* FROM session_clients c JOIN sessions s ON s.id = c.session_id \
         WHERE c.acting_for = $2 AND c.acting_for <> '' AND s.account_id = $1 AND s.ended_at IS NULL \
         ORDER BY c.session_id, c.client_id",
        account_id,
        entity_id
    )
}

/// Where a person took part at all, in any session on record, the latest last.
pub async fn links_of(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<SessionClientRow>, StoreError> {
    fetch_all!(
        db,
        SessionClientRow,
        "SELECT c.* FROM session_clients c JOIN sessions s ON s.id = c.session_id WHERE s.account_id = $1 \
         ORDER BY c.created_at, c.session_id, c.client_id LIMIT 5000",
        account_id
    )
}

/// A client no longer takes part as this identity; the caller has told it. False when it was so already.
pub async fn part(db: &mut impl Connection, link: &SessionClientRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "DELETE FROM session_clients WHERE session_id = $1 AND client_id = $2 AND acting_for = $3",
        &link.session_id,
        &link.client_id,
        &link.acting_for
    )?;
    Ok(rows == 1)
}

/// The session and client that a `sid` names.
pub async fn find_sid(db: &mut impl Connection, sid: &str) -> Result<Option<SessionClientRow>, StoreError> {
    fetch_optional!(db, SessionClientRow, "SELECT * FROM session_clients WHERE sid = $1", sid)
}

/// As whom a client takes part in live sessions, in the order of the `sid`s, after `after`; for its suspension.
pub async fn list_of_client(
    db: &mut impl Connection,
    client_id: &ClientId,
    after: &str,
    limit: i64,
) -> Result<Vec<SessionClientRow>, StoreError> {
    fetch_all!(
        db,
        SessionClientRow,
        "SELECT c.* FROM session_clients c JOIN sessions s ON s.id = c.session_id \
         WHERE c.client_id = $1 AND c.sid > $2 AND s.ended_at IS NULL ORDER BY c.sid LIMIT $3",
        client_id,
        after,
        limit
    )
}
