//! Appeals of people who cannot show enough for a recovery, and what operators did with them.

use super::real_names::StoredProof;
use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, AppealId};

/// One row of `appeals`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AppealRow {
    /// The appeal.
    pub id: AppealId,
    /// The account that holds the document; none when there is none, or name and number do not belong together.
    pub account_id: Option<AccountId>,
    /// `open`, `proposed`, `accepted` or `refused`.
    pub state: String,
    /// Keyed hash of the code that its author asks by.
    pub code_hash: String,
    /// Keyed index of the document and the address from which it was asked about.
    pub document: String,
    /// Contact and text, sealed for this row.
    pub sealed: Vec<u8>,
    /// The proof of the name; none when it was not confirmed.
    pub proof: Option<JsonText<StoredProof>>,
    /// The operator who proposed to accept it.
    pub proposed_by: Option<String>,
    /// The operator who decided.
    pub decided_by: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// One row of `appeal_acts`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AppealActRow {
    /// Names the act.
    pub id: String,
    /// The appeal.
    pub appeal_id: AppealId,
    /// `shown`, `proposed`, `accepted` or `refused`.
    pub act: String,
    /// Who.
    pub operator: String,
    /// When.
    pub created_at: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Adds an appeal; [`StoreError::Conflict`] when one about this document is being worked on.
pub async fn insert(db: &mut impl Connection, row: &AppealRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO appeals (id, account_id, state, code_hash, document, sealed, proof, proposed_by, decided_by, \
         created_at, decided_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &row.id,
        &row.account_id,
        &row.state,
        &row.code_hash,
        &row.document,
        &row.sealed,
        &row.proof,
        &row.proposed_by,
        &row.decided_by,
        row.created_at,
        row.decided_at,
        row.expires_at
    )?;
    Ok(())
}

/// The appeal with this id.
pub async fn find(db: &mut impl Connection, id: &AppealId) -> Result<Option<AppealRow>, StoreError> {
    fetch_optional!(db, AppealRow, "SELECT * FROM appeals WHERE id = $1", id)
}

/// The appeal that this code asks about.
pub async fn find_by_code(db: &mut impl Connection, hash: &str) -> Result<Option<AppealRow>, StoreError> {
    fetch_optional!(db, AppealRow, "SELECT * FROM appeals WHERE code_hash = $1", hash)
}

/// Appeals that wait for an operator, the oldest first, after `after`.
pub async fn list_waiting(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<AppealRow>, StoreError> {
    fetch_all!(
        db,
        AppealRow,
        "SELECT * FROM appeals WHERE state IN ('open', 'proposed') AND id > $1 ORDER BY id LIMIT $2",
        after,
        limit
    )
}

/// How many appeals wait.
pub async fn count_waiting(db: &mut impl Connection) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM appeals WHERE state IN ('open', 'proposed')";
    let (count,) = fetch_one!(db, (i64,), sql)?;
    Ok(count)
}

/// Proposes to accept an open one; false when it is not open.
pub async fn propose(db: &mut impl Connection, id: &AppealId, operator: &str) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE appeals SET state = 'proposed', proposed_by = $2 WHERE id = $1 AND state = 'open'",
        id,
        operator
    )?;
    Ok(rows == 1)
}

/// Accepts one that another operator has proposed; false when there is no such one.
pub async fn accept(
    db: &mut impl Connection,
    id: &AppealId,
    operator: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE appeals SET state = 'accepted', decided_by = $2, decided_at = $3 \
         WHERE id = $1 AND state = 'proposed' AND proposed_by <> $2",
        id,
        operator,
        now
    )?;
    Ok(rows == 1)
}

/// Refuses one that waits; false when it does not.
pub async fn refuse(
    db: &mut impl Connection,
    id: &AppealId,
    operator: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE appeals SET state = 'refused', decided_by = $2, decided_at = $3 \
         WHERE id = $1 AND state IN ('open', 'proposed')",
        id,
        operator,
        now
    )?;
    Ok(rows == 1)
}

/// Writes down what an operator did.
pub async fn record(db: &mut impl Connection, row: &AppealActRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO appeal_acts (id, appeal_id, act, operator, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &row.id,
        &row.appeal_id,
        &row.act,
        &row.operator,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// What operators did with an appeal, in order.
pub async fn acts(db: &mut impl Connection, id: &AppealId) -> Result<Vec<AppealActRow>, StoreError> {
    fetch_all!(db, AppealActRow, "SELECT * FROM appeal_acts WHERE appeal_id = $1 ORDER BY created_at, id LIMIT 200", id)
}
