//! What goes when an account is closed for good. What stays is a row without a name: identifiers are never given out
//! again, and records that the law wants kept still have somebody to hang on until their own time is over.

use super::{Connection, StoreError};
use crate::base::Timestamp;
use crate::base::id::AccountId;

/// Each table that holds something of a person, and the statement that removes it. `passkeys` go with `factors`.
const ERASED: &[(&str, &str)] = &[
    ("real_names", "DELETE FROM real_names WHERE account_id = $1"),
    ("identity_documents", "DELETE FROM identity_documents WHERE account_id = $1"),
    ("network_identities", "DELETE FROM network_identities WHERE account_id = $1"),
    ("upstream_links", "DELETE FROM upstream_links WHERE account_id = $1"),
    ("factors", "DELETE FROM factors WHERE account_id = $1"),
    ("passkey_users", "DELETE FROM passkey_users WHERE account_id = $1"),
    ("sign_in_settings", "DELETE FROM sign_in_settings WHERE account_id = $1"),
    ("devices", "DELETE FROM devices WHERE account_id = $1"),
    ("password_history", "DELETE FROM password_history WHERE account_id = $1"),
    ("consents", "DELETE FROM consents WHERE account_id = $1"),
    ("company_applications", "DELETE FROM company_applications WHERE account_id = $1"),
    ("correction_requests", "DELETE FROM correction_requests WHERE account_id = $1"),
    ("guardianships", "DELETE FROM guardianships WHERE child_id = $1 OR guardian_id = $1"),
    ("mandates", "UPDATE mandates SET invitee = NULL WHERE account_id = $1"),
];

/// The tables, in the order in which they are emptied of a person.
pub fn tables() -> impl Iterator<Item = &'static str> {
    ERASED.iter().map(|(table, _)| *table)
}

/// Removes everything that is the person's, and leaves a row that is closed and nobody's: its user name, mobile number and
/// document are free. False when there is no such account.
pub async fn erase(db: &mut impl Connection, id: &AccountId, now: Timestamp) -> Result<bool, StoreError> {
    for (_, sql) in ERASED {
        execute!(db, *sql, id)?;
    }
    let rows = execute!(
        db,
        "UPDATE accounts SET state = 'closed', username = '', username_key = '#' || id, password_hash = '', \
         mobile = NULL, mobile_index = NULL, mobile_verified_at = NULL, locale = NULL, updated_at = $2 WHERE id = $1",
        id,
        now
    )?;
    Ok(rows == 1)
}
