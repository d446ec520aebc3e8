//! Guardians (监护人): who agrees for a child under 14.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, GuardianshipId};

/// One row of `guardianships`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GuardianshipRow {
    /// The guardianship.
    pub id: GuardianshipId,
    /// The child.
    pub child_id: AccountId,
    /// Who agrees for it.
    pub guardian_id: AccountId,
    /// `asked`, `active` or `ended`.
    pub state: String,
    /// When the child asked.
    pub asked_at: Timestamp,
    /// When the guardian accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it ended before its time.
    pub ended_at: Option<Timestamp>,
    /// Why.
    pub end_reason: Option<String>,
    /// While it is asked: until when it can be accepted. Once it is active: the child's 14th birthday.
    pub valid_until: Timestamp,
    /// When the row may go.
    pub expires_at: Timestamp,
}

/// Adds one; [`StoreError::Conflict`] when there is one of the two that has not ended.
pub async fn insert(db: &mut impl Connection, row: &GuardianshipRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO guardianships (id, child_id, guardian_id, state, asked_at, accepted_at, ended_at, end_reason, \
         valid_until, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &row.id,
        &row.child_id,
        &row.guardian_id,
        &row.state,
        row.asked_at,
        row.accepted_at,
        row.ended_at,
        &row.end_reason,
        row.valid_until,
        row.expires_at
    )?;
    Ok(())
}

/// The guardianship, whatever its state.
pub async fn find(db: &mut impl Connection, id: &GuardianshipId) -> Result<Option<GuardianshipRow>, StoreError> {
    fetch_optional!(db, GuardianshipRow, "SELECT * FROM guardianships WHERE id = $1", id)
}

/// The guardian who agrees for this child now; of several the first.
pub async fn guardian_of(
    db: &mut impl Connection,
    child_id: &AccountId,
    now: Timestamp,
) -> Result<Option<GuardianshipRow>, StoreError> {
    fetch_optional!(
        db,
        GuardianshipRow,
        "SELECT g.* FROM guardianships g JOIN accounts a ON a.id = g.guardian_id WHERE g.child_id = $1 \
         AND g.state = 'active' AND g.valid_until > $2 AND a.state = 'active' ORDER BY g.accepted_at, g.id LIMIT 1",
        child_id,
        now
    )
}

/// What is asked or stands of a person, as child or as guardian, latest first.
pub async fn of_account(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Vec<GuardianshipRow>, StoreError> {
    fetch_all!(
        db,
        GuardianshipRow,
        "SELECT * FROM guardianships WHERE (child_id = $1 OR guardian_id = $1) AND state <> 'ended' \
         AND valid_until > $2 ORDER BY asked_at DESC, id DESC LIMIT 100",
        account_id,
        now
    )
}

/// The guardian accepts, until the child's birthday; false when it was accepted, ended, or waits no longer.
pub async fn accept(
    db: &mut impl Connection,
    id: &GuardianshipId,
    guardian_id: &AccountId,
    (now, until): (Timestamp, Timestamp),
    keep_until: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE guardianships SET state = 'active', accepted_at = $3, valid_until = $4, expires_at = $5 \
         WHERE id = $1 AND guardian_id = $2 AND state = 'asked' AND valid_until > $3",
        id,
        guardian_id,
        now,
        until,
        keep_until
    )?;
    Ok(rows == 1)
}

/// Ends one, and gives it as it was; `None` when it had ended.
pub async fn end(
    db: &mut impl Connection,
    id: &GuardianshipId,
    (now, reason): (Timestamp, &str),
    keep_until: Timestamp,
) -> Result<Option<GuardianshipRow>, StoreError> {
    fetch_optional!(
        db,
        GuardianshipRow,
        "UPDATE guardianships SET state = 'ended', ended_at = $2, end_reason = $3, expires_at = $4 \
         WHERE id = $1 AND state <> 'ended' RETURNING *",
        id,
        now,
        reason,
        keep_until
    )
}

/// Gives what is asked or stands of one account to another of the same person, as child and as guardian, and what has ended
/// with it; how many. Where both have one with the same other side, that of the account that goes on stays and the other ends
/// (`merged`).
pub async fn hand_over(
    db: &mut impl Connection,
    (from, to): (&AccountId, &AccountId),
    now: Timestamp,
    keep_until: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE guardianships SET state = 'ended', ended_at = $3, end_reason = 'merged', expires_at = $4 \
         WHERE state <> 'ended' AND (child_id = $1 OR guardian_id = $1) AND EXISTS \
         (SELECT 1 FROM guardianships own WHERE own.state <> 'ended' AND \
         ((own.child_id = $2 AND own.guardian_id = guardianships.guardian_id) \
         OR (own.guardian_id = $2 AND own.child_id = guardianships.child_id)))",
        from,
        to,
        now,
        keep_until
    )?;
    execute!(
        db,
        "UPDATE guardianships SET child_id = CASE WHEN child_id = $1 THEN $2 ELSE child_id END, \
         guardian_id = CASE WHEN guardian_id = $1 THEN $2 ELSE guardian_id END WHERE child_id = $1 OR guardian_id = $1",
        from,
        to
    )
}

/// Forgets a wish of these two that waited in vain.
pub async fn drop_lapsed(
    db: &mut impl Connection,
    (child_id, guardian_id): (&AccountId, &AccountId),
    now: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "DELETE FROM guardianships WHERE child_id = $1 AND guardian_id = $2 AND state = 'asked' AND valid_until <= $3",
        child_id,
        guardian_id,
        now
    )
}
