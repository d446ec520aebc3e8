//! Grants: what one client holds from one sign-in. A grant carries its refresh token, so that rotation is one UPDATE.

use super::backend::dialect;
use super::sessions::SessionClientRow;
use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, EntityId, GrantId, SessionId};

/// One row of `grants`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GrantRow {
    /// The grant: the family of its tokens. It comes from the authorization code, so a code buys once.
    pub id: GrantId,
    /// Who granted.
    pub account_id: AccountId,
    /// Who holds it.
    pub client_id: ClientId,
    /// The session it hangs on; none for an offline grant.
    pub session_id: Option<SessionId>,
    /// The company acted for, empty for oneself.
    pub acting_for: String,
    /// Granted scope, space-separated.
    pub scope: String,
    /// What the tokens say besides, as JSON (the engine's own shape).
    pub detail: String,
    /// Whether it outlives the session (`offline_access`, OIDC Core §11).
    pub offline: bool,
    /// Keyed hash of the refresh token that is good now.
    pub refresh_hash: Option<String>,
    /// Keyed hash of the one before it, good for the grace only.
    pub refresh_previous_hash: Option<String>,
    /// How often it was rotated.
    pub refresh_generation: i64,
    /// When it was last rotated.
    pub refresh_rotated_at: Option<Timestamp>,
    /// Until when the refresh token is good.
    pub refresh_expires_at: Option<Timestamp>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// When the row may go: after every token of it has expired.
    pub expires_at: Timestamp,
}

/// An INSERT of a grant; its columns are the arguments 1 to 13.
macro_rules! insert_grant {
    ($before:literal, $after:literal) => {
        concat!(
            "INSERT INTO grants (id, account_id, client_id, session_id, scope, detail, offline, refresh_hash, \
             refresh_generation, refresh_expires_at, created_at, expires_at, acting_for) ",
            $before,
            "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13",
            $after
        )
    };
}

/// Runs it, with what else it asks for behind the columns.
macro_rules! execute_with_grant {
    ($db:expr, $sql:expr, $row:expr $(, $further:expr)*) => {
        execute!(
            $db,
            $sql,
            &$row.id,
            &$row.account_id,
            &$row.client_id,
            &$row.session_id,
            &$row.scope,
            &$row.detail,
            $row.offline,
            &$row.refresh_hash,
            $row.refresh_generation,
            $row.refresh_expires_at,
            $row.created_at,
            $row.expires_at,
            &$row.acting_for
            $(, $further)*
        )
    };
}

/// Adds a grant; false when it is there already: its code was used before.
pub async fn insert(db: &mut impl Connection, row: &GrantRow) -> Result<bool, StoreError> {
    let sql = insert_grant!("VALUES (", ") ON CONFLICT (id) DO NOTHING");
    Ok(execute_with_grant!(db, sql, row)? == 1)
}

/// One INSERT that writes a grant only while its session lives (and its consent stands), and that holds both on PostgreSQL.
macro_rules! insert_while {
    ($agreed:literal, $hold:literal) => {
        concat!(
            insert_grant!("SELECT ", " FROM sessions s "),
            $agreed,
            " WHERE s.id = $14 AND s.ended_at IS NULL AND s.expires_at > $11 ",
            $hold,
            " ON CONFLICT (id) DO NOTHING"
        )
    };
}

/// What must hold for a grant to be written in one statement.
#[derive(Clone, Copy, Debug)]
pub struct While<'a> {
    /// This session lives.
    pub session_id: &'a SessionId,
    /// The consent to this client is still the one given at this time; `None` when none is needed.
    pub agreed_at: Option<Timestamp>,
}

/// Adds a grant if all of that holds, and holds it until the statement is committed: a logout or a withdrawal comes wholly
/// before or wholly after. False when it does not, or when the grant is there already.
pub async fn insert_while(db: &mut impl Connection, row: &GrantRow, condition: While<'_>) -> Result<bool, StoreError> {
    let sql = match condition.agreed_at {
        None => dialect(db, insert_while!("", ""), insert_while!("", "FOR SHARE")),
        Some(_) => {
            let (sqlite, postgres) = (
                insert_while!("JOIN consents c ON c.account_id = $2 AND c.client_id = $3 AND c.given_at = $15", ""),
                insert_while!(
                    "JOIN consents c ON c.account_id = $2 AND c.client_id = $3 AND c.given_at = $15",
                    "FOR SHARE"
                ),
            );
            dialect(db, sqlite, postgres)
        }
    };
    Ok(execute_with_grant!(db, sql, row, condition.session_id, condition.agreed_at)? == 1)
}

/// The grant, alive or not.
pub async fn find(db: &mut impl Connection, id: &GrantId) -> Result<Option<GrantRow>, StoreError> {
    fetch_optional!(db, GrantRow, "SELECT * FROM grants WHERE id = $1", id)
}

/// A rotation of a refresh token: from one hash to the next.
#[derive(Clone, Copy, Debug)]
pub struct Rotation<'a> {
    /// Hash of the token presented.
    pub from: &'a str,
    /// Its generation: how often the grant had been rotated when it was made.
    pub generation: i64,
    /// Hash of its successor.
    pub to: &'a str,
    /// The moment.
    pub now: Timestamp,
    /// Until when the successor is good.
    pub refresh_expires_at: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Rotates the refresh token if `from` is still the good one, not expired, and the session that the grant hangs on lives: of
/// several at once exactly one gets true.
pub async fn rotate(db: &mut impl Connection, id: &GrantId, rotation: Rotation<'_>) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE grants SET refresh_hash = $3, refresh_previous_hash = $2, refresh_generation = refresh_generation + 1, \
         refresh_rotated_at = $4, refresh_expires_at = $5, expires_at = $6 \
         WHERE id = $1 AND refresh_hash = $2 AND refresh_generation = $7 AND ended_at IS NULL AND refresh_expires_at > $4 \
         AND (session_id IS NULL OR EXISTS (SELECT 1 FROM sessions s \
         WHERE s.id = grants.session_id AND s.ended_at IS NULL AND s.expires_at > $4))",
        id,
        rotation.from,
        rotation.to,
        rotation.now,
        rotation.refresh_expires_at,
        rotation.expires_at,
        rotation.generation
    )?;
    Ok(rows == 1)
}

/// Ends a grant; false when it had ended or is unknown.
pub async fn end(db: &mut impl Connection, id: &GrantId, now: Timestamp, reason: &str) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE grants SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        id,
        now,
        reason
    )?;
    Ok(rows == 1)
}

/// Ends every grant that hangs on a session; gives how many.
pub async fn end_of_session(
    db: &mut impl Connection,
    session_id: &SessionId,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $2, end_reason = $3 WHERE session_id = $1 AND ended_at IS NULL AND NOT offline",
        session_id,
        now,
        reason
    )
}

/// Ends every grant of an account, offline ones too; gives how many.
pub async fn end_of_account(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $2, end_reason = $3 WHERE account_id = $1 AND ended_at IS NULL",
        account_id,
        now,
        reason
    )
}

/// Ends every grant by which an account acts for one company, offline ones too; gives how many.
pub async fn end_of_acting(
    db: &mut impl Connection,
    account_id: &AccountId,
    entity_id: &EntityId,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $3, end_reason = $4 \
         WHERE acting_for = $2 AND acting_for <> '' AND account_id = $1 AND ended_at IS NULL",
        account_id,
        entity_id,
        now,
        reason
    )
}

/// Ends the grants of one client's part in a session that hang on the session; gives how many.
pub async fn end_of_participation(
    db: &mut impl Connection,
    link: &SessionClientRow,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $4, end_reason = $5 WHERE session_id = $1 AND client_id = $2 \
         AND acting_for = $3 AND ended_at IS NULL AND NOT offline",
        &link.session_id,
        &link.client_id,
        &link.acting_for,
        now,
        reason
    )
}

/// Ends every grant that an account gave to one client; gives how many.
pub async fn end_of_pair(
    db: &mut impl Connection,
    account_id: &AccountId,
    client_id: &ClientId,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $3, end_reason = $4 WHERE account_id = $1 AND client_id = $2 AND ended_at IS NULL",
        account_id,
        client_id,
        now,
        reason
    )
}

/// Ends every grant that a client holds; gives how many.
pub async fn end_of_client(
    db: &mut impl Connection,
    client_id: &ClientId,
    now: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE grants SET ended_at = $2, end_reason = $3 WHERE client_id = $1 AND ended_at IS NULL",
        client_id,
        now,
        reason
    )
}

/// Whether tokens of a grant hold: neither it nor its session has ended, and `revoked_mark` is not set.
pub async fn token_holds(db: &mut impl Connection, id: &GrantId, revoked_mark: &str) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        db,
        (String,),
        "SELECT g.id FROM grants g LEFT JOIN sessions s ON s.id = g.session_id \
         WHERE g.id = $1 AND g.ended_at IS NULL AND s.ended_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.id = $2)",
        id,
        revoked_mark
    )?;
    Ok(row.is_some())
}
