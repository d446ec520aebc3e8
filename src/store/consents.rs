//! Consents: what a person agreed to give to a client, and to which text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId};

/// What a client said when a person agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// Names the wording of all its purposes; empty when it said none.
    #[serde(default)]
    pub version: String,
    /// What it needs the information for as a whole; may be empty.
    #[serde(default)]
    pub purpose: String,
    /// And by scope or claim.
    #[serde(default)]
    pub items: BTreeMap<String, String>,
}

/// One row of `consents`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ConsentRow {
    /// Who consented.
    pub account_id: AccountId,
    /// To whom.
    pub client_id: ClientId,
    /// Scopes agreed to, space-separated.
    pub scope: String,
    /// Claims agreed to one by one, and the sensitive ones ticked apart.
    pub claims: JsonText<Vec<String>>,
    /// Version of the text that was shown.
    pub text_version: String,
    /// What the client said the information is for, as it was shown.
    pub stated: JsonText<Stated>,
    /// When.
    pub given_at: Timestamp,
}

/// Records a consent, in place of the earlier one for the same client.
pub async fn put(db: &mut impl Connection, row: &ConsentRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO consents (account_id, client_id, scope, claims, text_version, stated, given_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, client_id) DO UPDATE SET scope = excluded.scope, \
         claims = excluded.claims, text_version = excluded.text_version, stated = excluded.stated, \
         given_at = excluded.given_at",
        &row.account_id,
        &row.client_id,
        &row.scope,
        &row.claims,
        &row.text_version,
        &row.stated,
        row.given_at
    )?;
    Ok(())
}

/// What this account agreed to for this client.
pub async fn find(
    db: &mut impl Connection,
    account_id: &AccountId,
    client_id: &ClientId,
) -> Result<Option<ConsentRow>, StoreError> {
    fetch_optional!(
        db,
        ConsentRow,
        "SELECT * FROM consents WHERE account_id = $1 AND client_id = $2",
        account_id,
        client_id
    )
}

/// What this account agreed to for this client, held until the transaction ends, so that a withdrawal comes wholly before
/// or wholly after.
pub async fn hold(
    db: &mut impl Connection,
    account_id: &AccountId,
    client_id: &ClientId,
) -> Result<Option<ConsentRow>, StoreError> {
    fetch_optional!(
        db,
        ConsentRow,
        "UPDATE consents SET given_at = given_at WHERE account_id = $1 AND client_id = $2 RETURNING *",
        account_id,
        client_id
    )
}

/// Every consent of an account, latest first.
pub async fn list(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<ConsentRow>, StoreError> {
    fetch_all!(
        db,
        ConsentRow,
        "SELECT * FROM consents WHERE account_id = $1 ORDER BY given_at DESC, client_id LIMIT 500",
        account_id
    )
}

/// Withdraws a consent; false when there was none.
pub async fn withdraw(
    db: &mut impl Connection,
    account_id: &AccountId,
    client_id: &ClientId,
) -> Result<bool, StoreError> {
    Ok(execute!(db, "DELETE FROM consents WHERE account_id = $1 AND client_id = $2", account_id, client_id)? == 1)
}

/// Withdraws every consent of an account; how many there were.
pub async fn withdraw_all(db: &mut impl Connection, account_id: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "DELETE FROM consents WHERE account_id = $1", account_id)
}

/// The clients that hold a consent or a grant of an account, as itself, and take part, as that, in no session that lives:
/// whom the end of its sessions does not tell.
pub async fn clients_elsewhere(
    db: &mut impl Connection,
    account_id: &AccountId,
    now: Timestamp,
) -> Result<Vec<ClientId>, StoreError> {
    let rows = fetch_all!(
        db,
        (ClientId,),
        "SELECT client_id FROM consents WHERE account_id = $1 \
         UNION SELECT client_id FROM grants WHERE account_id = $1 AND acting_for = '' AND ended_at IS NULL \
         EXCEPT SELECT c.client_id FROM session_clients c JOIN sessions s ON s.id = c.session_id \
         WHERE s.account_id = $1 AND c.acting_for = '' AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY 1",
        account_id,
        now
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
