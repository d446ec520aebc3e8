//! A client is suspended: its grants end, and it is told to let go of every session that it took part in. The people's
//! sessions at this node and at other services go on.

use super::{Logouts, Reason};
use crate::base::id::ClientId;
use crate::proto::oauth::OAuthError;
use crate::store::{self, StoreError};

/// Links read in one go.
const PAGE: i64 = 500;

impl Logouts {
    /// Suspends a client; false when there is none.
    pub async fn suspend_client(&self, id: &ClientId) -> Result<bool, OAuthError> {
        let inner = &*self.0;
        let mut tx = inner.store.begin().await?;
        if !store::clients::set_state(&mut tx, id, "suspended", inner.clock.now()).await? {
            return Ok(false);
        }
        store::grants::end_of_client(&mut tx, id, inner.clock.now(), Reason::ClientSuspended.as_str()).await?;
        self.notify_all_links(&mut tx, id).await?;
        tx.commit().await?;
        inner.provider.clients().changed(id);
        inner.provider.tokens_changed();
        inner.wake.wake();
        Ok(true)
    }

    async fn notify_all_links(&self, tx: &mut store::Transaction, id: &ClientId) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let links = store::sessions::list_of_client(tx, id, &after, PAGE).await?;
            let Some(last) = links.last() else { return Ok(()) };
            after = last.session_id.as_str().to_owned();
            for link in &links {
                self.notify(tx, None, link, Reason::ClientSuspended).await?;
            }
        }
    }

    /// Lets a suspended client act again; false when there is none.
    pub async fn resume_client(&self, id: &ClientId) -> Result<bool, OAuthError> {
        let inner = &*self.0;
        let mut tx = inner.store.begin().await?;
        let found = store::clients::set_state(&mut tx, id, "active", inner.clock.now()).await?;
        tx.commit().await?;
        inner.provider.clients().changed(id);
        Ok(found)
    }
}
