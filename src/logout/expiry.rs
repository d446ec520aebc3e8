//! Sessions that have run out: ended like any other, so that clients which ask for it are told of expiry too.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Logouts, Reason};
use crate::jobs::Chore;
use crate::store::{self, StoreError};

/// Sessions read in one go; while there are as many, the next follow at once.
const BATCH: usize = 200;

/// The chore that ends what has run out.
pub struct ExpiredSessions(pub Logouts);

impl ExpiredSessions {
    /// Ends what was the longest over; how many were found. What another process has ended meanwhile counts as found.
    async fn end_batch(&self) -> Result<usize, StoreError> {
        let inner = &*self.0.0;
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let expired = store::sessions::list_expired(&mut inner.store.read().await?, inner.clock.now(), limit).await?;
        for session in &expired {
            self.0.end_session(&session.id, Reason::Expired).await?;
        }
        Ok(expired.len())
    }
}

impl Chore for ExpiredSessions {
    fn name(&self) -> &'static str {
        "expired sessions"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            while self.end_batch().await? == BATCH {}
            Ok(())
        })
    }
}
