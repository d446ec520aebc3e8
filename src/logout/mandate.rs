//! A person may no longer act for a company: everywhere that they do, that part of the session and its tokens end, and the
//! services are told. The person's session goes on, and so does what they do for themselves and for other companies.

use super::{Logouts, Reason};
use crate::base::id::{AccountId, EntityId, SessionId};
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

    /// The same in one session alone, where the node above had vouched for it: nothing offline came of that.
    pub async fn end_acting_in(
        &self,
        tx: &mut Transaction,
        session: &SessionId,
        entity: &EntityId,
    ) -> Result<(), StoreError> {
        let (now, reason) = (self.0.clock.now(), Reason::MandateEnded);
        let mut links = store::sessions::clients(tx, session).await?;
        links.retain(|link| link.acting_for == entity.as_str());
        self.notify(tx, None, &links, reason).await?;
        for link in &links {
            store::grants::end_of_participation(tx, link, now, reason.as_str()).await?;
            store::sessions::part(tx, link).await?;
        }
        Ok(())
    }

    /// What follows the commit: caches forget, the worker wakes.
    pub fn acting_ended(&self) {
        self.0.provider.notices_committed();
    }
}
