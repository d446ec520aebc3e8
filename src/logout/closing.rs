//! An account is closed for good: every service that took part in a session on record is told once more of its `sub`, whether
//! or not anybody was signed in there lately, so that it can let go of what it keeps.

use std::collections::HashSet;

use super::{Logouts, Reason};
use crate::base::id::{AccountId, LogoutId};
use crate::store::outbox::LogoutRow;
use crate::store::{self, StoreError, Transaction};

impl Logouts {
    /// Writes a notice for each service and each `sub` that it knows, in the caller's transaction; tell
    /// [`Logouts::acting_ended`] after the commit.
    pub async fn tell_closed(&self, tx: &mut Transaction, account: &AccountId) -> Result<(), StoreError> {
        let inner = &*self.0;
        let links = store::sessions::links_of(tx, account).await?;
        let Some(latest) = links.last() else { return Ok(()) };
        let now = inner.clock.now();
        let id = LogoutId::new(now, &inner.random);
        let logout = LogoutRow {
            tree_id: id.clone(),
            id,
            account_id: account.clone(),
            session_id: latest.session_id.clone(),
            reason: Reason::AccountClosed.as_str().into(),
            created_at: now,
            expires_at: now.plus(inner.jobs.keep_dead()),
        };
        store::outbox::insert_logout(tx, &logout).await?;
        let mut told = HashSet::new();
        let latest_first = links.iter().rev();
        let each_once = latest_first.filter(|link| told.insert((&link.client_id, &link.subject)));
        self.notify(tx, Some(&logout), &each_once.cloned().collect::<Vec<_>>(), Reason::AccountClosed).await
    }
}
