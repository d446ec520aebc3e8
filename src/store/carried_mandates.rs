//! Mandates that the node above vouches for: each good in one session here, while that of the same name there lasts. What has
//! ended is gone; what was done by it stands in the history of the account.

use super::mandates::StandingRow;
use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, EntityId, MandateId, SessionId};

/// One row of `carried_mandates`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CarriedMandateRow {
    /// The mandate.
    pub id: MandateId,
    /// The session here.
    pub session_id: SessionId,
    /// For which company.
    pub entity_id: EntityId,
    /// The issuer of the node above.
    pub issuer: String,
    /// The `sid` by which it knows that the person acts for the company here.
    pub sid: String,
    /// `legal_representative` or `agent`.
    pub role: String,
    /// What it reaches; empty: everything.
    pub matters: JsonText<Vec<String>>,
    /// Until when it is good.
    pub valid_until: Timestamp,
    /// When it was told.
    pub created_at: Timestamp,
}

/// Adds a mandate; [`StoreError::Conflict`] when the session has one for this company.
pub async fn insert(db: &mut impl Connection, row: &CarriedMandateRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO carried_mandates (id, session_id, entity_id, issuer, sid, role, matters, valid_until, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &row.id,
        &row.session_id,
        &row.entity_id,
        &row.issuer,
        &row.sid,
        &row.role,
        &row.matters,
        row.valid_until,
        row.created_at
    )?;
    Ok(())
}

/// What the node above says now of a mandate that it has told before by the same `sid`; false when there is none.
pub async fn renew(db: &mut impl Connection, row: &CarriedMandateRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE carried_mandates SET role = $5, matters = $6, valid_until = $7 \
         WHERE session_id = $1 AND entity_id = $2 AND issuer = $3 AND sid = $4",
        &row.session_id,
        &row.entity_id,
        &row.issuer,
        &row.sid,
        &row.role,
        &row.matters,
        row.valid_until
    )?;
    Ok(rows == 1)
}

/// The mandate if it is good now and its session lives, held until the transaction ends, so that an end comes wholly before or
/// wholly after.
pub async fn hold(
    db: &mut impl Connection,
    id: &MandateId,
    now: Timestamp,
) -> Result<Option<CarriedMandateRow>, StoreError> {
    fetch_optional!(
        db,
        CarriedMandateRow,
        "UPDATE carried_mandates SET sid = sid WHERE id = $1 AND valid_until > $2 \
         AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.ended_at IS NULL) RETURNING *",
        id,
        now
    )
}

/// For whom a person may act now in a session by what the node above says, by name; a suspended company is not among them.
pub async fn standings(
    db: &mut impl Connection,
    session: &SessionId,
    now: Timestamp,
) -> Result<Vec<StandingRow>, StoreError> {
    fetch_all!(
        db,
        StandingRow,
        "SELECT m.id AS mandate_id, m.entity_id, e.uscc, e.name, e.kind, m.role, m.matters, FALSE AS preferred, \
         m.valid_until FROM carried_mandates m JOIN entities e ON e.id = m.entity_id \
         JOIN sessions s ON s.id = m.session_id WHERE m.session_id = $1 AND m.valid_until > $2 \
         AND s.ended_at IS NULL AND e.state = 'active' ORDER BY e.name, e.id LIMIT 200",
        session,
        now
    )
}

/// The mandates of a `sid` there.
pub async fn of_sid(
    db: &mut impl Connection,
    (issuer, sid): (&str, &str),
) -> Result<Vec<CarriedMandateRow>, StoreError> {
    let sql = "SELECT * FROM carried_mandates WHERE issuer = $1 AND sid = $2 ORDER BY id";
    fetch_all!(db, CarriedMandateRow, sql, issuer, sid)
}

/// The mandates for a company, in any session.
pub async fn of_entity(db: &mut impl Connection, entity: &EntityId) -> Result<Vec<CarriedMandateRow>, StoreError> {
    fetch_all!(db, CarriedMandateRow, "SELECT * FROM carried_mandates WHERE entity_id = $1 ORDER BY id", entity)
}

/// The mandates of a session.
pub async fn of_session(db: &mut impl Connection, session: &SessionId) -> Result<Vec<CarriedMandateRow>, StoreError> {
    fetch_all!(db, CarriedMandateRow, "SELECT * FROM carried_mandates WHERE session_id = $1 ORDER BY id", session)
}

/// The mandates in the live sessions of an account.
pub async fn of_account(db: &mut impl Connection, account: &AccountId) -> Result<Vec<CarriedMandateRow>, StoreError> {
    fetch_all!(
        db,
        CarriedMandateRow,
        "SELECT m.* FROM carried_mandates m JOIN sessions s ON s.id = m.session_id \
         WHERE s.account_id = $1 AND s.ended_at IS NULL ORDER BY m.created_at, m.id LIMIT 200",
        account
    )
}

/// Mandates whose time is over, oldest first.
pub async fn list_expired(
    db: &mut impl Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<CarriedMandateRow>, StoreError> {
    let sql = "SELECT * FROM carried_mandates WHERE valid_until <= $1 ORDER BY valid_until LIMIT $2";
    fetch_all!(db, CarriedMandateRow, sql, now, limit)
}

/// Ends a mandate; false when it had ended, so that exactly one caller goes on to tell the clients.
pub async fn end(db: &mut impl Connection, id: &MandateId) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM carried_mandates WHERE id = $1", id)? == 1)
}
