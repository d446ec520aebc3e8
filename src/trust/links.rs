//! Accounts that were made without a page for somebody whom another node knows, and that wait to be taken into use (激活).

use crate::base::SharedClock;
use crate::base::id::AccountId;
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, Store, StoreError};

/// Who at another node is who here; clones share everything.
#[derive(Clone)]
pub struct Links {
    store: Store,
    clock: SharedClock,
}

impl Links {
    /// Over `store`.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// By which node an account was made that waits for its owner to take it into use; none when it does not wait.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn waiting(&self, account: &AccountId) -> Result<Option<UpstreamLinkRow>, StoreError> {
        let links = store::upstream_links::of_account(&mut self.store.read().await?, account).await?;
        Ok(links.into_iter().find(|link| link.activated_at.is_none()))
    }

    /// The person has seen the account and takes it into use.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn activate(&self, account: &AccountId) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        store::upstream_links::activate(&mut tx, account, self.clock.now()).await?;
        tx.commit().await
    }
}
