//! Trust marks that this node has issued, so that it can say whether one still holds.

use super::{Connection, StoreError};
use crate::base::Timestamp;

/// One row of `issued_trust_marks`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IssuedTrustMarkRow {
    /// SHA-256 of the mark, base64url.
    pub id: String,
    /// `trust_mark_type`.
    pub mark_type: String,
    /// Whose it is.
    pub subject: String,
    /// The signed mark.
    pub mark: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// When the row may go; until then the mark's end can be told.
    pub expires_at: Timestamp,
}

/// Adds a mark.
pub async fn insert(db: &mut impl Connection, row: &IssuedTrustMarkRow) -> Result<(), StoreError> {
    execute!(
        db,
        "INSERT INTO issued_trust_marks (id, mark_type, subject, mark, issued_at, revoked_at, valid_until, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &row.id,
        &row.mark_type,
        &row.subject,
        &row.mark,
        row.issued_at,
        row.revoked_at,
        row.valid_until,
        row.expires_at
    )?;
    Ok(())
}

/// The mark, whatever has become of it.
pub async fn find(db: &mut impl Connection, id: &str) -> Result<Option<IssuedTrustMarkRow>, StoreError> {
    fetch_optional!(db, IssuedTrustMarkRow, "SELECT * FROM issued_trust_marks WHERE id = $1", id)
}

/// The latest mark of this type that holds for `subject` at `now`.
pub async fn standing(
    db: &mut impl Connection,
    mark_type: &str,
    subject: &str,
    now: Timestamp,
) -> Result<Option<IssuedTrustMarkRow>, StoreError> {
    fetch_optional!(
        db,
        IssuedTrustMarkRow,
        "SELECT * FROM issued_trust_marks WHERE mark_type = $1 AND subject = $2 AND revoked_at IS NULL \
         AND valid_until > $3 ORDER BY issued_at DESC, id LIMIT 1",
        mark_type,
        subject,
        now
    )
}

/// Who holds a mark at `now`: of this type, or of any when it is empty. In order of entity id.
pub async fn holders(
    db: &mut impl Connection,
    mark_type: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = fetch_all!(
        db,
        (String,),
        "SELECT DISTINCT subject FROM issued_trust_marks WHERE (mark_type = $1 OR $1 = '') AND revoked_at IS NULL \
         AND valid_until > $2 ORDER BY subject LIMIT $3",
        mark_type,
        now,
        limit
    )?;
    Ok(rows.into_iter().map(|(subject,)| subject).collect())
}

/// Marks after `after` in order of id, whatever has become of them, at most `limit`.
pub async fn list(db: &mut impl Connection, after: &str, limit: i64) -> Result<Vec<IssuedTrustMarkRow>, StoreError> {
    let sql = "SELECT * FROM issued_trust_marks WHERE id > $1 ORDER BY id LIMIT $2";
    fetch_all!(db, IssuedTrustMarkRow, sql, after, limit)
}

/// Revokes every mark of this type that `subject` holds; how many there were.
pub async fn revoke(
    db: &mut impl Connection,
    mark_type: &str,
    subject: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        db,
        "UPDATE issued_trust_marks SET revoked_at = $3 WHERE mark_type = $1 AND subject = $2 AND revoked_at IS NULL",
        mark_type,
        subject,
        now
    )
}
