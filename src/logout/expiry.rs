//! Sessions that have run out: ended like any other, so that clients which ask for it are told of expiry too.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Logouts, Reason};
use crate::jobs::Chore;
use crate::store::{self, StoreError};

/// Sessions ended in one round.
const BATCH: i64 = 200;

/// The chore that ends what has run out.
pub struct ExpiredSessions(pub Logouts);

impl Chore for ExpiredSessions {
    fn name(&self) -> &'static str {
        "expired sessions"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let inner = &*self.0.0;
            let now = inner.clock.now();
            let expired = store::sessions::list_expired(&mut inner.store.read().await?, now, BATCH).await?;
            for session in expired {
                self.0.end_session(&session.id, Reason::Expired).await?;
            }
            Ok(())
        })
    }
}
