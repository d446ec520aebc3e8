//! What an administrator does about a company: nobody may act for it, or everybody with a mandate may again.

use super::{Delegation, DelegationError};
use crate::base::crash;
use crate::entities::EntityState;
use crate::store;

impl Delegation {
    /// Suspends the company with this code: whoever acts for it stops, everywhere and at once. The mandates of this node stay; people
    /// stay signed in as themselves.
    pub async fn suspend(&self, code: &str) -> Result<(), DelegationError> {
        let mut tx = self.0.on.store.begin().await?;
        let entity = store::entities::find_by_code(&mut tx, code).await?.ok_or(DelegationError::Unknown)?;
        store::entities::set_state(&mut tx, &entity.id, EntityState::Suspended.as_str(), self.now()).await?;
        for mandate in store::mandates::hold_all(&mut tx, &entity.id).await? {
            if let Some(account) = &mandate.account_id {
                self.0.on.logouts.end_acting(&mut tx, account, &entity.id).await?;
            }
        }
        for mandate in store::carried_mandates::of_entity(&mut tx, &entity.id).await? {
            self.end_carried(&mut tx, &mandate).await?;
        }
        crash::point("company.suspend.before_commit");
        tx.commit().await?;
        crash::point("company.suspend.after_commit");
        self.0.on.logouts.acting_ended();
        tracing::warn!(entity = %entity.id, "a company is suspended");
        Ok(())
    }

    /// Lets whoever has a mandate act for the company again.
    pub async fn resume(&self, code: &str) -> Result<(), DelegationError> {
        let mut tx = self.0.on.store.begin().await?;
        let entity = store::entities::find_by_code(&mut tx, code).await?.ok_or(DelegationError::Unknown)?;
        store::entities::set_state(&mut tx, &entity.id, EntityState::Active.as_str(), self.now()).await?;
        tx.commit().await?;
        tracing::info!(entity = %entity.id, "a company is no longer suspended");
        Ok(())
    }
}
