//! Each consent as it was given, to which words, and how it ended. What stands now is in `consents`.

use super::consents::Stated;
use super::{Connection, JsonText, StoreError};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, ConsentId};

/// One row of `consent_records`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ConsentRecordRow {
    /// The record; the latest has the greatest.
    pub id: ConsentId,
    /// Who consented.
    pub account_id: AccountId,
    /// To whom.
    pub client_id: ClientId,
    /// Scopes agreed to, space-separated.
    pub scope: String,
    /// Claims agreed to one by one.
    pub claims: JsonText<Vec<String>>,
    /// Sensitive claims, each agreed to apart (PIPL art. 29).
    pub separate: JsonText<Vec<String>>,
    /// What the client said it is for, as it was shown.
    pub stated: JsonText<Stated>,
    /// Version of the text that was shown.
    pub text_version: String,
    /// SHA-256 of the words that were shown, base64url.
    pub text_hash: String,
    /// In which language, a BCP 47 tag.
    pub language: String,
    /// The guardian by whose acceptance a child under 14 could agree.
    pub guardian_id: Option<AccountId>,
    /// When it was given.
    pub given_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `renewed`, `withdrawn`, `closed`, `merged`, `guardian`, or `once` for what was agreed to for one check.
    pub end_reason: Option<String>,
    /// When the record goes: some time after the end.
    pub expires_at: Timestamp,
}

/// Adds a record.
pub async fn insert(db: &mut impl Connection, row: &ConsentRecordRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO consent_records (id, account_id, client_id, scope, claims, separate, stated, text_version, \
         text_hash, language, guardian_id, given_at, ended_at, end_reason, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &row.id,
        &row.account_id,
        &row.client_id,
        &row.scope,
        &row.claims,
        &row.separate,
        &row.stated,
        &row.text_version,
        &row.text_hash,
        &row.language,
        &row.guardian_id,
        row.given_at,
        row.ended_at,
        &row.end_reason,
        row.expires_at
    )?;
    Ok(())
}

/// Ends what an account has agreed to: for one client, or for all.
pub async fn end(
    db: &mut impl Connection,
    account_id: &AccountId,
    client_id: Option<&ClientId>,
    (now, reason): (Timestamp, &str),
    keep_until: Timestamp,
) -> Result<u64, StoreError> {
    let client_id = client_id.map_or("", ClientId::as_str);
    execute!(
        db,
        "UPDATE consent_records SET ended_at = $3, end_reason = $4, expires_at = $5 \
         WHERE account_id = $1 AND (client_id = $2 OR $2 = '') AND ended_at IS NULL",
        account_id,
        client_id,
        now,
        reason,
        keep_until
    )
}

/// An account's records before `before` (none: from the latest on), latest first.
pub async fn list(
    db: &mut impl Connection,
    account_id: &AccountId,
    before: Option<&ConsentId>,
    limit: i64,
) -> Result<Vec<ConsentRecordRow>, StoreError> {
    let before = before.map_or("zz", ConsentId::as_str);
    fetch_all!(
        db,
        ConsentRecordRow,
        "SELECT * FROM consent_records WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        before,
        limit
    )
}
