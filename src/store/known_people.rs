//! Whom an access party that reads people knows by which name. Triggers mark a row when something of its person changes
//! (`migrations/*/0015_registrations.sql`); it gets the moment of the change when the party asks.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId};

/// One row of `known_people`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownPersonRow {
    /// The party.
    pub client_id: ClientId,
    /// The `sub` by which it knows the person.
    pub subject: String,
    /// The account.
    pub account_id: AccountId,
    /// What was granted at the last sign-in there: scope, space-separated.
    pub scope: String,
    /// And claims, as JSON (the engine's own shape).
    pub claims: String,
    /// Whether something has changed since the party last asked.
    pub dirty: bool,
    /// When it was first seen to have changed.
    pub changed_at: Timestamp,
    /// When the person first used the party.
    pub created_at: Timestamp,
}

/// The person uses the party, and has granted this: what was granted before is replaced.
pub async fn note(db: &mut impl Connection, row: &KnownPersonRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO known_people (client_id, subject, account_id, scope, claims, dirty, changed_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id, subject) DO UPDATE SET \
         account_id = excluded.account_id, scope = excluded.scope, claims = excluded.claims, dirty = TRUE \
         WHERE known_people.account_id <> excluded.account_id OR known_people.scope <> excluded.scope \
         OR known_people.claims <> excluded.claims",
        &row.client_id,
        &row.subject,
        &row.account_id,
        &row.scope,
        &row.claims,
        row.dirty,
        row.changed_at,
        row.created_at
    )?;
    Ok(())
}

/// Whom the party knows by this name.
pub async fn find(
    db: &mut impl Connection,
    client_id: &ClientId,
    subject: &str,
) -> Result<Option<KnownPersonRow>, StoreError> {
    let sql = "SELECT * FROM known_people WHERE client_id = $1 AND subject = $2";
    fetch_optional!(db, KnownPersonRow, sql, client_id, subject)
}

/// Gives everybody of the party who has changed a moment that is later than all before: `now`, or just after the last.
pub async fn stamp(db: &mut impl Connection, client_id: &ClientId, now: Timestamp) -> Result<u64, StoreError> {
    let sql = "SELECT COALESCE(MAX(changed_at), 0) FROM known_people WHERE client_id = $1";
    let (last,) = fetch_one!(db, (Timestamp,), sql, client_id)?;
    let at = now.max(Timestamp(last.0.saturating_add(1)));
    execute!(db, "UPDATE known_people SET dirty = FALSE, changed_at = $2 WHERE client_id = $1 AND dirty", client_id, at)
}

/// People of the party in the order of change, at most `limit` after the one of `after`.
pub async fn page(
    db: &mut impl Connection,
    client_id: &ClientId,
    (at, subject): (Timestamp, &str),
    limit: i64,
) -> Result<Vec<KnownPersonRow>, StoreError> {
    fetch_all!(
        db,
        KnownPersonRow,
        "SELECT * FROM known_people WHERE client_id = $1 AND NOT dirty AND changed_at >= $2 \
         AND (changed_at > $2 OR subject > $3) ORDER BY changed_at, subject LIMIT $4",
        client_id,
        at,
        subject,
        limit
    )
}
