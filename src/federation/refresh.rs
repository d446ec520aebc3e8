//! What is done from time to time so that trust stays fresh without anybody waiting for it: the anchors are heard, the
//! issuers of marks and known entities are looked at again, keys of subordinates roll over.
//!
//! Whoever cannot be reached stays trusted until the chain ends; whoever's superior says that it vouches no more is trusted
//! no more, at once.

use std::time::Duration;

use futures::future::BoxFuture;

use super::Federation;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use crate::jobs::Chore;
use crate::store::{StoreError, trust_chains};

/// Chains looked at again in one round.
const BATCH: i64 = 50;

/// Issuers of marks that are known ahead, of all anchors together.
const MOST_ISSUERS: usize = 64;

/// How soon a chain that could not be fetched again is tried once more.
const RETRY: Duration = Duration::from_secs(60);

impl Federation {
    /// One round.
    pub async fn refresh(&self) -> Result<(), FederationError> {
        if !self.config().enabled {
            return Ok(());
        }
        let due = self.now().minus(Duration::from_secs(self.config().refresh_seconds));
        self.hear_anchors(due).await?;
        self.know_issuers().await?;
        self.look_again(due).await
    }

    /// The issuers that the anchors name: their marks are judged without asking anybody, so they are known ahead.
    async fn know_issuers(&self) -> Result<(), FederationError> {
        let anchors = self.anchors();
        let issuers = anchors.iter().flat_map(super::anchors::AnchorView::all_issuers);
        let others =
            issuers.filter(|issuer| issuer != self.id() && !anchors.iter().any(|view| view.anchor.id == *issuer));
        for issuer in others.take(MOST_ISSUERS) {
            if let Err(error) = self.trusted(&issuer).await {
                tracing::warn!(%issuer, %error, "an issuer of trust marks is not trusted");
            }
        }
        Ok(())
    }

    /// Fetches chains again that are older than `due`.
    async fn look_again(&self, due: crate::base::Timestamp) -> Result<(), FederationError> {
        let rows = trust_chains::list_stale(&mut self.0.on.store.read().await?, due, BATCH).await?;
        for mut row in rows {
            let anchor = self.0.anchors.load().iter().any(|view| view.anchor.id.as_str() == row.entity_id);
            let Some(entity) = EntityIdentifier::parse(&row.entity_id).filter(|_| !anchor) else { continue };
            match self.search(&entity, None).await {
                Ok(_) => {}
                Err(FederationError::NoTrust(no)) if no.is_final() => {
                    tracing::warn!(%entity, "an entity is vouched for no more");
                    self.end_trust_in(&entity).await?;
                }
                Err(error) => {
                    tracing::warn!(%entity, %error, "a chain could not be fetched again; it holds until it ends");
                    row.fetched_at = due.plus(RETRY);
                    let mut tx = self.0.on.store.begin().await?;
                    trust_chains::put(&mut tx, &row).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// Looks whether subordinates have announced new keys.
    pub async fn roll_subordinates(&self) -> Result<(), FederationError> {
        if self.config().enabled { self.roll_subordinate_keys().await } else { Ok(()) }
    }
}

/// The chore of [`Federation::refresh`].
pub struct RefreshTrust(pub Federation);

impl Chore for RefreshTrust {
    fn name(&self) -> &'static str {
        "federation refresh"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { finished(self.0.refresh().await) })
    }
}

/// The chore of [`Federation::roll_subordinates`].
pub struct RollSubordinates(pub Federation);

impl Chore for RollSubordinates {
    fn name(&self) -> &'static str {
        "keys of subordinates"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { finished(self.0.roll_subordinates().await) })
    }
}

fn finished(result: Result<(), FederationError>) -> Result<(), StoreError> {
    match result {
        Err(FederationError::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a round of the federation was not finished");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
