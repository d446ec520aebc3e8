//! A session here that came from the node above ends: the node above is told (standard 6.4 d), by an outbox row in the
//! transaction of the end. `trust` delivers it.

use serde::{Deserialize, Serialize};

use super::Logouts;
use crate::base::id::{JobId, LogoutId};
use crate::store::outbox::{JobRow, LogoutRow};
use crate::store::{self, StoreError, Transaction};

/// `kind` of the outbox rows.
pub const UPWARD: &str = "upward_logout";

/// What such a row says: all that a delivery needs.
#[derive(Serialize, Deserialize)]
pub struct UpwardNotice {
    /// The issuer of the node above.
    pub issuer: String,
    /// The `sid` as it has told it.
    pub sid: String,
    /// The `sub` as it has told it.
    pub subject: String,
    /// The logout of the whole tree of nodes that it is part of.
    pub tree: LogoutId,
}

impl Logouts {
    /// Writes a notice for each session at the node above that stands behind the one which has ended.
    pub(super) async fn tell_above(&self, tx: &mut Transaction, logout: &LogoutRow) -> Result<(), StoreError> {
        let inner = &*self.0;
        let now = logout.created_at;
        for behind in store::upstream_sessions::behind(tx, &logout.session_id).await? {
            let tree = logout.tree_id.clone();
            let notice = UpwardNotice { issuer: behind.issuer, sid: behind.sid, subject: behind.subject, tree };
            let job = JobRow {
                id: JobId::new(now, &inner.random),
                kind: UPWARD.into(),
                destination: notice.issuer.clone(),
                logout_id: Some(logout.id.clone()),
                payload: serde_json::to_string(&notice).unwrap_or_default(),
                state: "pending".into(),
                tries: 0,
                due_at: now,
                last_error: None,
                created_at: now,
                ended_at: None,
                expires_at: now.plus(inner.jobs.give_up_after() + inner.jobs.keep_dead()),
            };
            store::outbox::insert(tx, &job).await?;
        }
        Ok(())
    }
}
