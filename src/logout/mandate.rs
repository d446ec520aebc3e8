//! A person may no longer act for a company: everywhere that they do, that part of the session and its tokens end, and the
//! services are told. The person's session goes on, and so does what they do for themselves and for other companies.

use super::{Logouts, Reason};
use crate::base::id::{AccountId, EntityId};
use crate::store::{self, StoreError, Transaction};

impl Logouts {
    /// Ends it in the caller's transaction, offline grants too. The caller has ended the mandate in it before, so that
    /// nobody can begin anew; tell [`Logouts::acting_ended`] after the commit.
    pub async fn end_acting(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        entity: &EntityId,
    ) -> Result<(), StoreError> {
        let reason = Reason::MandateEnded;
        let links = store::sessions::links_acting(tx, account, entity).await?;
        self.notify(tx, None, &links, reason).await?;
        for link in &links {
            store::sessions::part(tx, link).await?;
        }
        store::grants::end_of_acting(tx, account, entity, self.0.clock.now(), reason.as_str()).await?;
        Ok(())
    }

    /// What follows the commit: caches forget, the worker wakes.
    pub fn acting_ended(&self) {
        self.0.provider.notices_committed();
    }
}
