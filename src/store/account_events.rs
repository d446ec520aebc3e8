//! What happened to accounts, for their owners to read. No name and no number stands here.

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, EventId, SessionId};

/// One row of `account_events`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountEventRow {
    /// The event; the latest has the greatest.
    pub id: EventId,
    /// To which account it happened.
    pub account_id: AccountId,
    /// `sign_in`, `acted`, `unmasked`, ….
    pub kind: String,
    /// What it was about, by the kind: the code of a company, the name of an item; empty for none.
    pub about: String,
    /// The methods of a sign-in (RFC 8176).
    pub ways: JsonText<Vec<String>>,
    /// Failed tries since the sign-in before.
    pub failures: i64,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// At which client, or on the way to it.
    pub client_id: Option<ClientId>,
    /// The address without its end.
    pub address: String,
    /// The browser.
    pub user_agent: String,
    /// When.
    pub at: Timestamp,
    /// When the record goes.
    pub expires_at: Timestamp,
}

/// Adds an event.
pub async fn insert(db: &mut impl Connection, row: &AccountEventRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO account_events (id, account_id, kind, about, ways, failures, session_id, client_id, address, \
         user_agent, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &row.id,
        &row.account_id,
        &row.kind,
        &row.about,
        &row.ways,
        row.failures,
        &row.session_id,
        &row.client_id,
        &row.address,
        &row.user_agent,
        row.at,
        row.expires_at
    )?;
    Ok(())
}

/// Lets the events of one account be another's of the same person; how many.
pub async fn move_all(db: &mut impl Connection, from: &AccountId, to: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "UPDATE account_events SET account_id = $2 WHERE account_id = $1", from, to)
}

/// An account's events before `before` (none: from the latest on), latest first: all kinds but sign-ins and acting, or only
/// those.
pub async fn list(
    db: &mut impl Connection,
    account_id: &AccountId,
    (sign_ins, before): (bool, Option<&EventId>),
    limit: i64,
) -> Result<Vec<AccountEventRow>, StoreError> {
    let before = before.map_or("zz", EventId::as_str);
    fetch_all!(
        db,
        AccountEventRow,
        "SELECT * FROM account_events WHERE account_id = $1 AND (kind IN ('sign_in', 'acted')) = $2 AND id < $3 \
         ORDER BY id DESC LIMIT $4",
        account_id,
        sign_ins,
        before,
        limit
    )
}
