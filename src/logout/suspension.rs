//! A client is suspended or removed: its grants end, and it is told to let go of every session that it took part in, all in
//! one transaction. The people's sessions at this node and at other services go on.

use super::{Logouts, Reason};
use crate::base::crash;
use crate::base::id::ClientId;
use crate::proto::oauth::OAuthError;
use crate::store::{self, StoreError};

/// Links read in one go.
const PAGE: i64 = 500;

impl Logouts {
    /// Suspends a client; false when there is none.
    pub async fn suspend_client(&self, id: &ClientId) -> Result<bool, OAuthError> {
        let mut tx = self.0.store.begin().await?;
        let (now, reason) = (self.0.clock.now(), Reason::ClientSuspended);
        if !store::clients::set_state(&mut tx, id, "suspended", now).await? {
            return Ok(false);
        }
        store::grants::end_of_client(&mut tx, id, now, reason.as_str()).await?;
        self.notify_all_links(&mut tx, id, reason).await?;
        crash::point("client.suspend.before_commit");
        tx.commit().await?;
        crash::point("client.suspend.after_commit");
        self.client_changed(id);
        Ok(true)
    }

    /// Removes a client at its own wish (RFC 7592 §2.3), proven by its registration access token.
    pub async fn delete_client(&self, id: &ClientId, token: Option<&str>) -> Result<(), OAuthError> {
        self.0.provider.check_management(id, token).await?;
        self.remove_client(id).await.map(|_| ())
    }

    /// Removes a client, and the consents given to it; false when there is none.
    pub async fn remove_client(&self, id: &ClientId) -> Result<bool, OAuthError> {
        let inner = &*self.0;
        let reason = Reason::ClientRemoved;
        let mut tx = inner.store.begin().await?;
        // While the client is still there to be read: what is written now is all that its delivery will have.
        self.notify_all_links(&mut tx, id, reason).await?;
        store::grants::end_of_client(&mut tx, id, inner.clock.now(), reason.as_str()).await?;
        let found = store::clients::delete(&mut tx, id).await?;
        crash::point("client.remove.before_commit");
        tx.commit().await?;
        crash::point("client.remove.after_commit");
        self.client_changed(id);
        Ok(found)
    }

    async fn notify_all_links(
        &self,
        tx: &mut store::Transaction,
        id: &ClientId,
        reason: Reason,
    ) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let links = store::sessions::list_of_client(tx, id, &after, PAGE).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = last.sid.clone();
            for link in &links {
                self.notify(tx, None, link, reason).await?;
            }
        }
    }

    /// Lets a suspended client act again; false when there is none. A grant that slipped in beside its suspension ends first:
    /// nothing of before revives.
    pub async fn resume_client(&self, id: &ClientId) -> Result<bool, OAuthError> {
        let now = self.0.clock.now();
        let mut tx = self.0.store.begin().await?;
        store::grants::end_of_client(&mut tx, id, now, Reason::ClientSuspended.as_str()).await?;
        let found = store::clients::set_state(&mut tx, id, "active", now).await?;
        tx.commit().await?;
        self.client_changed(id);
        Ok(found)
    }

    fn client_changed(&self, id: &ClientId) {
        self.0.provider.clients().changed(id);
        self.0.provider.tokens_changed();
        self.0.wake.wake();
    }
}
