//! Who at the node above is who here.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// One row of `upstream_links`.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UpstreamLinkRow {
    /// The issuer of the node above.
    pub issuer: String,
    /// The `sub` by which it knows the person.
    pub subject: String,
    /// The account here.
    pub account_id: AccountId,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When the person took the account into use; none: it was made without a page and waits for that.
    pub activated_at: Option<Timestamp>,
}

/// Links a person there to an account here; false when either is linked to another one already.
pub async fn insert(db: &mut impl Connection, row: &UpstreamLinkRow) -> Result<bool, StoreError> {
    let rows = execute!(
        db,
        "INSERT INTO upstream_links (issuer, subject, account_id, created_at, activated_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        &row.issuer,
        &row.subject,
        &row.account_id,
        row.created_at,
        row.activated_at
    )?;
    Ok(rows == 1)
}

/// The link of a person there.
pub async fn find(
    db: &mut impl Connection,
    issuer: &str,
    subject: &str,
) -> Result<Option<UpstreamLinkRow>, StoreError> {
    let sql = "SELECT * FROM upstream_links WHERE issuer = $1 AND subject = $2";
    fetch_optional!(db, UpstreamLinkRow, sql, issuer, subject)
}

/// The links of an account, the oldest first.
pub async fn of_account(db: &mut impl Connection, account_id: &AccountId) -> Result<Vec<UpstreamLinkRow>, StoreError> {
    let sql = "SELECT * FROM upstream_links WHERE account_id = $1 ORDER BY created_at, issuer";
    fetch_all!(db, UpstreamLinkRow, sql, account_id)
}

/// The person has taken the account into use; how many links waited for that.
pub async fn activate(db: &mut impl Connection, account_id: &AccountId, now: Timestamp) -> Result<u64, StoreError> {
    let sql = "UPDATE upstream_links SET activated_at = $2 WHERE account_id = $1 AND activated_at IS NULL";
    execute!(db, sql, account_id, now)
}

/// This person there is nobody here any more; false when they were nobody.
pub async fn delete(db: &mut impl Connection, issuer: &str, subject: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM upstream_links WHERE issuer = $1 AND subject = $2";
    Ok(execute!(db, sql, issuer, subject)? == 1)
}

/// Nobody there is this account any more; how many links there were.
pub async fn delete_of_account(db: &mut impl Connection, account_id: &AccountId) -> Result<u64, StoreError> {
    execute!(db, "DELETE FROM upstream_links WHERE account_id = $1", account_id)
}
