//! Mandates: who may act for which company, in what, and until when. The name of somebody invited is sealed.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, EntityId, MandateId};

/// One row of `mandates`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MandateRow {
    /// The mandate.
    pub id: MandateId,
    /// For which company.
    pub entity_id: EntityId,
    /// Whose; none for an invitation by code that nobody has accepted.
    pub account_id: Option<AccountId>,
    /// `legal_representative` or `agent`.
    pub role: String,
    /// What it reaches; empty: everything.
    pub matters: JsonText<Vec<String>>,
    /// `invited`, `active` or `ended`.
    pub state: String,
    /// Whether the person is offered this company first.
    pub preferred: bool,
    /// The sealed real name of who was invited.
    pub invitee: Option<Vec<u8>>,
    /// Keyed hash of the invitation's code; unique.
    pub code_hash: Option<String>,
    /// Who invited.
    pub invited_by: Option<AccountId>,
    /// From when it is good.
    pub valid_from: Timestamp,
    /// Until when it is good.
    pub valid_until: Timestamp,
    /// When it was written: the invitation.
    pub created_at: Timestamp,
    /// When the person accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// When the row may go: only after it has ended.
    pub expires_at: Timestamp,
}

/// A mandate that is good now, with its company.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StandingRow {
    /// The mandate.
    pub mandate_id: MandateId,
    /// The company.
    pub entity_id: EntityId,
    /// Its code.
    pub uscc: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// `legal_representative` or `agent`.
    pub role: String,
    /// What the mandate reaches; empty: everything.
    pub matters: JsonText<Vec<String>>,
    /// Whether the person is offered this company first.
    pub preferred: bool,
    /// Until when the mandate is good.
    pub valid_until: Timestamp,
}

/// Adds a mandate; [`StoreError::Conflict`] when this person has an active one for this company.
pub async fn insert(db: &mut impl Connection, row: &MandateRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO mandates (id, entity_id, account_id, role, matters, state, preferred, invitee, code_hash, \
         invited_by, valid_from, valid_until, created_at, accepted_at, ended_at, end_reason, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        &row.id,
        &row.entity_id,
        &row.account_id,
        &row.role,
        &row.matters,
        &row.state,
        row.preferred,
        &row.invitee,
        &row.code_hash,
        &row.invited_by,
        row.valid_from,
        row.valid_until,
        row.created_at,
        row.accepted_at,
        row.ended_at,
        &row.end_reason,
        row.expires_at
    )?;
    Ok(())
}

/// The mandate, whatever its state.
pub async fn find(db: &mut impl Connection, id: &MandateId) -> Result<Option<MandateRow>, StoreError> {
    fetch_optional!(db, MandateRow, "SELECT * FROM mandates WHERE id = $1", id)
}

/// The invitation that a code opens.
pub async fn find_by_code(db: &mut impl Connection, code_hash: &str) -> Result<Option<MandateRow>, StoreError> {
    fetch_optional!(db, MandateRow, "SELECT * FROM mandates WHERE code_hash = $1", code_hash)
}

/// A person's mandates and invitations that have not ended, latest first.
pub async fn of_account(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<MandateRow>, StoreError> {
    fetch_all!(
        db,
        MandateRow,
        "SELECT * FROM mandates WHERE account_id = $1 AND state <> 'ended' ORDER BY created_at DESC, id DESC LIMIT 200",
        account_id
    )
}

/// A person's mandates and invitations on record, ended or not, the latest first.
pub async fn on_record(
    db: &mut impl Connection,
    account_id: &AccountId,
    limit: i64,
) -> Result<Vec<MandateRow>, StoreError> {
    fetch_all!(
        db,
        MandateRow,
        "SELECT * FROM mandates WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        account_id,
        limit
    )
}

/// A company's mandates and invitations: those that have not ended first, then the latest.
pub async fn of_entity(
    db: &mut impl Connection,
    entity_id: &EntityId,
    limit: i64,
) -> Result<Vec<MandateRow>, StoreError> {
    fetch_all!(
        db,
        MandateRow,
        "SELECT * FROM mandates WHERE entity_id = $1 \
         ORDER BY CASE WHEN state = 'ended' THEN 1 ELSE 0 END, created_at DESC, id DESC LIMIT $2",
        entity_id,
        limit
    )
}

/// How many mandates and invitations of a company have not ended.
pub async fn count_open(db: &mut impl Connection, entity_id: &EntityId) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM mandates WHERE entity_id = $1 AND state <> 'ended'";
    Ok(fetch_one!(db, (i64,), sql, entity_id)?.0)
}

/// For whom a person may act now, by name; a suspended company is not among them.
pub async fn standings(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Vec<StandingRow>, StoreError> {
    fetch_all!(
        db,
        StandingRow,
        "SELECT m.id AS mandate_id, m.entity_id, e.uscc, e.name, e.kind, m.role, m.matters, m.preferred, \
         m.valid_until FROM mandates m JOIN entities e ON e.id = m.entity_id \
         WHERE m.account_id = $1 AND m.state = 'active' AND m.valid_from <= $2 AND m.valid_until > $2 \
         AND e.state = 'active' ORDER BY e.name, e.id LIMIT 200",
        account_id,
        now
    )
}

/// The mandate if it is good now, held until the transaction ends, so that a revocation comes wholly before or wholly after.
pub async fn hold(db: &mut impl Connection, id: &MandateId, now: Timestamp) -> Result<Option<MandateRow>, StoreError> {
    fetch_optional!(
        db,
        MandateRow,
        "UPDATE mandates SET state = state WHERE id = $1 AND state = 'active' AND valid_from <= $2 \
         AND valid_until > $2 RETURNING *",
        id,
        now
    )
}

/// Holds every active mandate of a company until the transaction ends: whoever issues by one waits, or has committed.
pub async fn hold_all(db: &mut impl Connection, entity_id: &EntityId) -> Result<Vec<MandateRow>, StoreError> {
    fetch_all!(
        db,
        MandateRow,
        "UPDATE mandates SET state = state WHERE entity_id = $1 AND state = 'active' RETURNING *",
        entity_id
    )
}

/// The person accepts an invitation; false when it was accepted, withdrawn or has lapsed. The code is spent with it.
/// [`StoreError::Conflict`] when the person has an active mandate for this company.
pub async fn accept(
    db: &mut impl Connection,
    id: &MandateId,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE mandates SET state = 'active', account_id = $2, accepted_at = $3, code_hash = NULL, \
         expires_at = $4 WHERE id = $1 AND state = 'invited' AND expires_at > $3 AND valid_until > $3 \
         AND (account_id IS NULL OR account_id = $2)",
        id,
        account_id,
        now,
        Timestamp::NEVER
    )?;
    Ok(rows == 1)
}

/// Ends a mandate or an invitation, and gives it as it was then; `None` when it had ended, so that exactly one caller goes
/// on to tell the clients.
pub async fn end(
    db: &mut impl Connection,
    id: &MandateId,
    now: Timestamp,
    reason: &str,
    keep_until: Timestamp,
) -> Result<Option<MandateRow>, StoreError> {
    fetch_optional!(
        db,
        MandateRow,
        "UPDATE mandates SET state = 'ended', ended_at = $2, end_reason = $3, code_hash = NULL, expires_at = $4 \
         WHERE id = $1 AND state <> 'ended' RETURNING *",
        id,
        now,
        reason,
        keep_until
    )
}

/// Mandates past their end, and invitations past theirs, that nobody has closed yet; oldest first.
pub async fn list_expired(db: &mut impl Connection, now: Timestamp, limit: i64) -> Result<Vec<MandateRow>, StoreError> {
    fetch_all!(
        db,
        MandateRow,
        "SELECT * FROM mandates WHERE (state = 'active' AND valid_until <= $1) \
         OR (state = 'invited' AND (expires_at <= $1 OR valid_until <= $1)) ORDER BY valid_until LIMIT $2",
        now,
        limit
    )
}

/// Lets a person be offered this company first, or nobody's when there is none: they themselves.
pub async fn prefer(
    db: &mut impl Connection,
    account_id: &AccountId,
    entity_id: Option<&EntityId>,
) -> Result<(), StoreError> {
    let entity_id = entity_id.map_or("", EntityId::as_str);
    execute!(
        db,
        "UPDATE mandates SET preferred = (entity_id = $2) WHERE account_id = $1 AND state = 'active'",
        account_id,
        entity_id
    )?;
    Ok(())
}

/// Gives a mandate or an invitation that has not ended to another account of the same person; it is preferred no longer.
/// False when it has ended or is not `from`'s. [`StoreError::Conflict`] when `to` has an active one for this company.
pub async fn hand_over(
    db: &mut impl Connection,
    id: &MandateId,
    from: &AccountId,
    to: &AccountId,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE mandates SET account_id = $3, preferred = FALSE WHERE id = $1 AND account_id = $2 AND state <> 'ended'",
        id,
        from,
        to
    )?;
    Ok(rows == 1)
}

/// Ends the invitations that an account has written and nobody has accepted; gives whom they waited for, where an account was
/// named.
pub async fn end_invitations_by(
    db: &mut impl Connection,
    account_id: &AccountId,
    (now, reason): (Timestamp, &str),
    keep_until: Timestamp,
) -> Result<Vec<AccountId>, StoreError> {
    let rows = fetch_all!(
        db,
        (Option<AccountId>,),
        "UPDATE mandates SET state = 'ended', ended_at = $2, end_reason = $3, code_hash = NULL, expires_at = $4 \
         WHERE invited_by = $1 AND state = 'invited' RETURNING account_id",
        account_id,
        now,
        reason,
        keep_until
    )?;
    Ok(rows.into_iter().filter_map(|(id,)| id).collect())
}

/// An appointment that an account has given, as its owner looks through them.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GivenRow {
    /// The company's name.
    pub company: String,
    /// When the agent was invited.
    pub created_at: Timestamp,
    /// Until when the agent may act.
    pub valid_until: Timestamp,
}

/// The appointments that an account has given since a moment and that have not ended, the latest first.
pub async fn given_since(
    db: &mut impl Connection,
    account_id: &AccountId,
    since: Timestamp,
) -> Result<Vec<GivenRow>, StoreError> {
    fetch_all!(
        db,
        GivenRow,
        "SELECT e.name AS company, m.created_at, m.valid_until FROM mandates m JOIN entities e ON e.id = m.entity_id \
         WHERE m.invited_by = $1 AND m.state = 'active' AND m.created_at > $2 \
         ORDER BY m.created_at DESC, m.id DESC LIMIT 200",
        account_id,
        since
    )
}

/// Lets open invitations that one account has written be another's, with whose standing they end; how many there were.
pub async fn hand_over_invitations(
    db: &mut impl Connection,
    from: &AccountId,
    to: &AccountId,
) -> Result<u64, StoreError> {
    execute!(db, "UPDATE mandates SET invited_by = $2 WHERE invited_by = $1 AND state = 'invited'", from, to)
}
