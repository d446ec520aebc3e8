//! What people want corrected and cannot change themselves, and what was answered. Both texts are sealed.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, CorrectionId};

/// One row of `correction_requests`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CorrectionRow {
    /// The request; the latest has the greatest.
    pub id: CorrectionId,
    /// Who asks.
    pub account_id: AccountId,
    /// What is wrong, by its name.
    pub item: String,
    /// Sealed: what is wrong with it, and why.
    pub wish: Vec<u8>,
    /// `open`, `accepted` or `refused`.
    pub state: String,
    /// Sealed: what the person is told.
    pub answer: Option<Vec<u8>>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When the row may go: some time after the decision.
    pub expires_at: Timestamp,
}

/// Adds a request.
pub async fn insert(db: &mut impl Connection, row: &CorrectionRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO correction_requests (id, account_id, item, wish, state, answer, asked_at, decided_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &row.id,
        &row.account_id,
        &row.item,
        &row.wish,
        &row.state,
        &row.answer,
        row.asked_at,
        row.decided_at,
        row.expires_at
    )?;
    Ok(())
}

/// The request.
pub async fn find(db: &mut impl Connection, id: &CorrectionId) -> Result<Option<CorrectionRow>, StoreError> {
    fetch_optional!(db, CorrectionRow, "SELECT * FROM correction_requests WHERE id = $1", id)
}

/// Decides an open request; of several at once exactly one gets true.
pub async fn decide(
    db: &mut impl Connection,
    id: &CorrectionId,
    (state, answer): (&str, &[u8]),
    now: Timestamp,
    keep_until: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE correction_requests SET state = $2, answer = $3, decided_at = $4, expires_at = $5 \
         WHERE id = $1 AND state = 'open'",
        id,
        state,
        answer,
        now,
        keep_until
    )?;
    Ok(rows == 1)
}

/// A person's requests, latest first.
pub async fn of_account(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<CorrectionRow>, StoreError> {
    fetch_all!(
        db,
        CorrectionRow,
        "SELECT * FROM correction_requests WHERE account_id = $1 ORDER BY id DESC LIMIT 200",
        account_id
    )
}

/// Gives a request to another account of the same person, its texts sealed for that one.
pub async fn hand_over(
    db: &mut impl Connection,
    id: &CorrectionId,
    to: &AccountId,
    (wish, answer): (&[u8], Option<&[u8]>),
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE correction_requests SET account_id = $2, wish = $3, answer = $4 WHERE id = $1",
        id,
        to,
        wish,
        answer
    )?;
    Ok(rows == 1)
}

/// Requests in one state, oldest first, after `after`.
pub async fn list(
    db: &mut impl Connection,
    state: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<CorrectionRow>, StoreError> {
    fetch_all!(
        db,
        CorrectionRow,
        "SELECT * FROM correction_requests WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
        state,
        after,
        limit
    )
}
