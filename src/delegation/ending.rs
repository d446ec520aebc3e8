//! The end of a mandate: revoked by the company, given back or declined by the agent, or its time is over. Each ends, in one
//! transaction, all that was done by it.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Delegation, DelegationError, KEEP};
use crate::accounts::{AccountError, Person};
use crate::base::crash;
use crate::base::id::{AccountId, MandateId};
use crate::entities::{MandateState, Role};
use crate::jobs::Chore;
use crate::messages::NoticeKind;
use crate::store::mandates::MandateRow;
use crate::store::{self, StoreError, Transaction};

/// Mandates ended in one round.
const BATCH: i64 = 200;

impl Delegation {
    /// The legal representative takes an agent's mandate or invitation back, or the agent gives theirs back.
    pub async fn revoke(&self, by: &Person, mandate: &MandateId) -> Result<(), DelegationError> {
        let mut tx = self.0.on.store.begin().await?;
        let row = store::mandates::find(&mut tx, mandate).await?.ok_or(DelegationError::Unknown)?;
        if row.role == Role::LegalRepresentative.as_str() {
            return Err(DelegationError::Unknown);
        }
        let own = row.account_id.as_ref() == Some(&by.id);
        if !own {
            // Whose mandate it is, and whether it is one, is told to nobody else.
            self.representing(&mut tx, by, &row.entity_id).await.map_err(|error| match error {
                DelegationError::NotRepresentative => DelegationError::Unknown,
                other => other,
            })?;
        }
        let reason = match (own, row.state == MandateState::Invited.as_str()) {
            (true, true) => "declined",
            (true, false) => "given_back",
            (false, _) => "revoked",
        };
        if !self.end(&mut tx, &row, reason).await? {
            return Err(DelegationError::Unknown);
        }
        self.tell(&mut tx, &row, NoticeKind::AgentRevoked).await?;
        crash::point("mandate.end.before_commit");
        tx.commit().await?;
        crash::point("mandate.end.after_commit");
        self.told();
        self.0.on.logouts.acting_ended();
        tracing::info!(mandate = %row.id, entity = %row.entity_id, reason, "a mandate ended");
        Ok(())
    }

    /// Ends a mandate in the caller's transaction, and all that was done by it; false when it had ended already. Tell
    /// `acting_ended` after the commit.
    pub(super) async fn end(&self, tx: &mut Transaction, row: &MandateRow, reason: &str) -> Result<bool, StoreError> {
        let now = self.now();
        // Whose it is may have come just now, by a code that was accepted meanwhile.
        let ended = store::mandates::end(tx, &row.id, now, reason, now.plus(KEEP)).await?;
        let Some(ended) = ended else { return Ok(false) };
        if let Some(account) = &ended.account_id {
            self.0.on.logouts.end_acting(tx, account, &ended.entity_id).await?;
        }
        Ok(true)
    }

    /// Ends everything that an account could do for companies, in the caller's transaction: its own mandates, and for a
    /// company that it represents those of every agent, because nobody stands behind them any more. Tell `acting_ended` after
    /// the commit.
    pub async fn end_all_of(&self, tx: &mut Transaction, account: &AccountId, reason: &str) -> Result<(), StoreError> {
        for row in store::mandates::of_account(tx, account).await? {
            if row.role == Role::LegalRepresentative.as_str() {
                for agent in store::mandates::of_entity(tx, &row.entity_id, 1_000).await? {
                    self.end(tx, &agent, reason).await?;
                }
            }
            self.end(tx, &row, reason).await?;
        }
        Ok(())
    }

    /// What follows the commit: caches forget, the worker wakes.
    pub fn acting_ended(&self) {
        self.0.on.logouts.acting_ended();
    }

    /// Ends one that has run out.
    async fn run_out(&self, row: &MandateRow) -> Result<(), StoreError> {
        let lapsed = row.state == MandateState::Invited.as_str();
        let mut tx = self.0.on.store.begin().await?;
        if self.end(&mut tx, row, if lapsed { "lapsed" } else { "expired" }).await? {
            self.tell(&mut tx, row, NoticeKind::AgentExpired).await.map_err(unreadable)?;
        }
        tx.commit().await?;
        self.told();
        self.0.on.logouts.acting_ended();
        Ok(())
    }
}

fn unreadable(error: AccountError) -> StoreError {
    match error {
        AccountError::Store(error) => error,
        _ => StoreError::Damaged("an account"),
    }
}

/// The chore that ends mandates whose time is over, and invitations that nobody answered.
pub struct ExpiredMandates(pub Delegation);

impl Chore for ExpiredMandates {
    fn name(&self) -> &'static str {
        "expired mandates"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let on = &self.0.0.on;
            let expired = store::mandates::list_expired(&mut on.store.read().await?, self.0.now(), BATCH).await?;
            for row in expired {
                self.0.run_out(&row).await?;
            }
            let expired =
                store::carried_mandates::list_expired(&mut on.store.read().await?, self.0.now(), BATCH).await?;
            for row in expired {
                let mut tx = on.store.begin().await?;
                self.0.end_carried(&mut tx, &row).await?;
                tx.commit().await?;
                self.0.acting_ended();
            }
            Ok(())
        })
    }
}
