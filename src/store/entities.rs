//! Companies (法人和其他组织), and registrations that wait for the registry. What is here of a company is public; nothing is
//! sealed.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ApplicationId, EntityId};

/// One row of `entities`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EntityRow {
    /// The company; what its `sub` is made of.
    pub id: EntityId,
    /// 统一社会信用代码, unique.
    pub uscc: String,
    /// The name that the registry confirmed.
    pub name: String,
    /// The kind of legal person, by its code.
    pub kind: String,
    /// `active` or `suspended`.
    pub state: String,
    /// Which registry answered.
    pub source: String,
    /// The registry's own reference of its answer.
    pub reference: String,
    /// When the registry confirmed it.
    pub verified_at: Timestamp,
    /// When it was registered here.
    pub created_at: Timestamp,
    /// When any column last changed.
    pub updated_at: Timestamp,
}

/// Records what the registry confirmed. A company that is here already keeps its id and state; gives the row as it is now.
pub async fn put(db: &mut impl Connection, row: &EntityRow) -> Result<EntityRow, StoreError> {
    fetch_one!(
        db,
        EntityRow,
        "INSERT INTO entities (id, uscc, name, kind, state, source, reference, verified_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (uscc) DO UPDATE SET name = excluded.name, kind = excluded.kind, source = excluded.source, \
         reference = excluded.reference, verified_at = excluded.verified_at, updated_at = excluded.updated_at RETURNING *",
        &row.id,
        &row.uscc,
        &row.name,
        &row.kind,
        &row.state,
        &row.source,
        &row.reference,
        row.verified_at,
        row.created_at,
        row.updated_at
    )
}

/// Records a company that another node has told of. One that is here already keeps its id, its state and what the registry here
/// confirmed: only what came from the same source is renewed. The registry is not asked about it. Gives the row as it is now.
pub async fn mirror(db: &mut impl Connection, row: &EntityRow) -> Result<EntityRow, StoreError> {
    fetch_one!(
        db,
        EntityRow,
        "INSERT INTO entities (id, uscc, name, kind, state, source, reference, verified_at, created_at, updated_at, \
         recheck_due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (uscc) DO UPDATE SET \
         name = CASE WHEN entities.source = excluded.source THEN excluded.name ELSE entities.name END, \
         verified_at = CASE WHEN entities.source = excluded.source THEN excluded.verified_at \
         ELSE entities.verified_at END RETURNING *",
        &row.id,
        &row.uscc,
        &row.name,
        &row.kind,
        &row.state,
        &row.source,
        &row.reference,
        row.verified_at,
        row.created_at,
        row.updated_at,
        Timestamp::NEVER
    )
}

/// The company with this id.
pub async fn find(db: &mut impl Connection, id: &EntityId) -> Result<Option<EntityRow>, StoreError> {
    fetch_optional!(db, EntityRow, "SELECT * FROM entities WHERE id = $1", id)
}

/// The company with this code.
pub async fn find_by_code(db: &mut impl Connection, uscc: &str) -> Result<Option<EntityRow>, StoreError> {
    fetch_optional!(db, EntityRow, "SELECT * FROM entities WHERE uscc = $1", uscc)
}

/// Companies in the order of their codes, after `after`, at most `limit`.
pub async fn list(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<EntityRow>, StoreError> {
    fetch_all!(db, EntityRow, "SELECT * FROM entities WHERE uscc > $1 ORDER BY uscc LIMIT $2", after, limit)
}

/// Sets the state; false when there is no such company.
pub async fn set_state(
    db: &mut impl Connection,
    id: &EntityId,
    state: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "UPDATE entities SET state = $2, updated_at = $3 WHERE id = $1", id, state, now)?;
    Ok(rows == 1)
}

/// One row of `company_applications`: a wish to register a company that the registry has not confirmed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApplicationRow {
    /// The application.
    pub id: ApplicationId,
    /// Whose: the person who says to be the legal representative.
    pub account_id: AccountId,
    /// The code as normalised.
    pub uscc: String,
    /// The name as typed.
    pub name: String,
    /// `pending`, or the registry's refusal in one word.
    pub state: String,
    /// How often the registry was asked.
    pub tries: i32,
    /// When it is asked next.
    pub due_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// Keeps an application, in place of the person's earlier one for this code.
pub async fn apply(db: &mut impl Connection, row: &ApplicationRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO company_applications (id, account_id, uscc, name, state, tries, due_at, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, uscc) DO UPDATE SET id = excluded.id, \
         name = excluded.name, state = excluded.state, tries = excluded.tries, due_at = excluded.due_at, \
         created_at = excluded.created_at, expires_at = excluded.expires_at",
        &row.id,
        &row.account_id,
        &row.uscc,
        &row.name,
        &row.state,
        row.tries,
        row.due_at,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// A person's applications, latest first.
pub async fn applications(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<ApplicationRow>, StoreError> {
    fetch_all!(
        db,
        ApplicationRow,
        "SELECT * FROM company_applications WHERE account_id = $1 ORDER BY created_at DESC, id DESC LIMIT 50",
        account_id
    )
}

/// Applications that are due to be asked about again, oldest first.
pub async fn due_applications(
    db: &mut impl Connection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ApplicationRow>, StoreError> {
    fetch_all!(
        db,
        ApplicationRow,
        "SELECT * FROM company_applications WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT $2",
        now,
        limit
    )
}

/// Takes a pending application to ask about it until `due_at`: of several at once exactly one gets true.
pub async fn take_application(
    db: &mut impl Connection,
    row: &ApplicationRow,
    due_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE company_applications SET tries = tries + 1, due_at = $3 \
         WHERE id = $1 AND tries = $2 AND state = 'pending'",
        &row.id,
        row.tries,
        due_at
    )?;
    Ok(rows == 1)
}

/// Writes down what came of asking: the state, and when to ask again.
pub async fn settle_application(
    db: &mut impl Connection,
    id: &ApplicationId,
    state: &str,
    due_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows =
        execute!(db, "UPDATE company_applications SET state = $2, due_at = $3 WHERE id = $1", id, state, due_at)?;
    Ok(rows == 1)
}

/// Forgets a person's application for a code: it was confirmed, or withdrawn. False when there is none.
pub async fn drop_application(
    db: &mut impl Connection,
    account_id: &AccountId,
    uscc: &str,
) -> Result<bool, StoreError> {
    let rows = execute!(db, "DELETE FROM company_applications WHERE account_id = $1 AND uscc = $2", account_id, uscc)?;
    Ok(rows == 1)
}

/// Gives the applications of one account to another; where both have one for a code, the other's own stays.
pub async fn hand_over_applications(
    db: &mut impl Connection,
    from: &AccountId,
    to: &AccountId,
) -> Result<u64, StoreError> {
    let rows = execute!(
        db,
        "UPDATE company_applications SET account_id = $2 WHERE account_id = $1 \
         AND uscc NOT IN (SELECT uscc FROM company_applications WHERE account_id = $2)",
        from,
        to
    )?;
    execute!(db, "DELETE FROM company_applications WHERE account_id = $1", from)?;
    Ok(rows)
}

/// A company, and when the registry is asked about it again.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RecheckRow {
    /// The company.
    pub id: EntityId,
    /// Its code.
    pub uscc: String,
    /// Its name.
    pub name: String,
    /// When it is due.
    pub recheck_due_at: Timestamp,
}

/// Companies that are due to be asked about again, the longest due first.
pub async fn due_rechecks(db: &mut impl Connection, now: Timestamp, limit: i64) -> Result<Vec<RecheckRow>, StoreError> {
    fetch_all!(
        db,
        RecheckRow,
        "SELECT id, uscc, name, recheck_due_at FROM entities WHERE recheck_due_at <= $1 AND state = 'active' \
         ORDER BY recheck_due_at, id LIMIT $2",
        now,
        limit
    )
}

/// When the company with this code is due.
pub async fn find_recheck(db: &mut impl Connection, uscc: &str) -> Result<Option<RecheckRow>, StoreError> {
    fetch_optional!(db, RecheckRow, "SELECT id, uscc, name, recheck_due_at FROM entities WHERE uscc = $1", uscc)
}

/// Takes a company to ask about it until `due_at`: of several at once exactly one gets true.
pub async fn take_recheck(db: &mut impl Connection, row: &RecheckRow, due_at: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE entities SET recheck_due_at = $3 WHERE id = $1 AND recheck_due_at = $2",
        &row.id,
        row.recheck_due_at,
        due_at
    )?;
    Ok(rows == 1)
}

/// Writes down when to ask again, and that the registry has confirmed the company at a moment, if it has.
pub async fn settle_recheck(
    db: &mut impl Connection,
    id: &EntityId,
    due_at: Timestamp,
    confirmed_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "UPDATE entities SET recheck_due_at = $2, verified_at = COALESCE($3, verified_at) WHERE id = $1",
        id,
        due_at,
        confirmed_at
    )?;
    Ok(rows == 1)
}
