//! Bounded removal of what has expired: a batch a table a round, so that no statement holds the database for long.

use super::{Connection, StoreError};
use crate::base::Timestamp;

/// A table that grows, and the statement that removes one batch of its expired rows.
type Broom = (&'static str, &'static str);

/// Every table with an `expires_at`. Sessions and grants wait for `ended_at` or their end to have been acted on.
const BROOMS: &[Broom] = &[
    (
        "sessions",
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 AND ended_at IS NOT NULL LIMIT $2)",
    ),
    ("grants", "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at <= $1 LIMIT $2)"),
    ("marks", "DELETE FROM marks WHERE id IN (SELECT id FROM marks WHERE expires_at <= $1 LIMIT $2)"),
    ("devices", "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE expires_at <= $1 LIMIT $2)"),
    ("recoveries", "DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries WHERE expires_at <= $1 LIMIT $2)"),
    ("appeals", "DELETE FROM appeals WHERE id IN (SELECT id FROM appeals WHERE expires_at <= $1 LIMIT $2)"),
    ("appeal_acts", "DELETE FROM appeal_acts WHERE id IN (SELECT id FROM appeal_acts WHERE expires_at <= $1 LIMIT $2)"),
    ("notices", "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE expires_at <= $1 LIMIT $2)"),
    (
        "upstream_sessions",
        "DELETE FROM upstream_sessions WHERE (issuer, sid) IN \
         (SELECT issuer, sid FROM upstream_sessions WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "passed_sessions",
        "DELETE FROM passed_sessions WHERE (client_id, sid) IN \
         (SELECT client_id, sid FROM passed_sessions WHERE expires_at <= $1 LIMIT $2)",
    ),
    ("logouts", "DELETE FROM logouts WHERE id IN (SELECT id FROM logouts WHERE expires_at <= $1 LIMIT $2)"),
    (
        "outbox",
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE expires_at <= $1 AND state <> 'pending' LIMIT $2)",
    ),
    (
        "mandates",
        "DELETE FROM mandates WHERE id IN (SELECT id FROM mandates WHERE expires_at <= $1 AND state = 'ended' LIMIT $2)",
    ),
    (
        "company_applications",
        "DELETE FROM company_applications WHERE id IN \
         (SELECT id FROM company_applications WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "verifications",
        "DELETE FROM verifications WHERE id IN (SELECT id FROM verifications WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "offered_verifications",
        "DELETE FROM offered_verifications WHERE id IN \
         (SELECT id FROM offered_verifications WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "account_events",
        "DELETE FROM account_events WHERE id IN (SELECT id FROM account_events WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "consent_records",
        "DELETE FROM consent_records WHERE id IN \
         (SELECT id FROM consent_records WHERE expires_at <= $1 AND ended_at IS NOT NULL LIMIT $2)",
    ),
    (
        "correction_requests",
        "DELETE FROM correction_requests WHERE id IN \
         (SELECT id FROM correction_requests WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "guardianships",
        "DELETE FROM guardianships WHERE id IN (SELECT id FROM guardianships WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "issued_trust_marks",
        "DELETE FROM issued_trust_marks WHERE id IN (SELECT id FROM issued_trust_marks WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "trust_chains",
        "DELETE FROM trust_chains WHERE entity_id IN \
         (SELECT entity_id FROM trust_chains WHERE expires_at <= $1 LIMIT $2)",
    ),
    (
        "initial_access_tokens",
        "DELETE FROM initial_access_tokens WHERE token_hash IN \
         (SELECT token_hash FROM initial_access_tokens WHERE expires_at <= $1 LIMIT $2)",
    ),
];

/// Names of the tables that are swept.
pub fn tables() -> impl Iterator<Item = &'static str> {
    BROOMS.iter().map(|(table, _)| *table)
}

/// Removes at most `batch` expired rows of `table`; gives how many went.
pub async fn sweep(db: &mut impl Connection, table: &str, now: Timestamp, batch: i64) -> Result<u64, StoreError> {
    let Some((_, sql)) = BROOMS.iter().find(|(name, _)| *name == table) else { return Ok(0) };
    execute!(db, *sql, now, batch)
}
