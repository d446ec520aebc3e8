//! Those who were here before anybody was told: put into the queue in the order of their ids, a bounded number at a time, and told.
//! How far it has come is durable, so that it can be stopped and goes on where it stopped.

use super::{Round, SyncError, Synchroniser};
use crate::store::{self, StoreError};

/// Accounts that are put into the queue in one transaction.
const STEP: i64 = 500;

/// How far the load has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Accounts that were passed.
    pub loaded: i64,
    /// Accounts in all.
    pub of: i64,
    /// Whether all were passed.
    pub ended: bool,
    /// What came of those that were told since the step before.
    pub round: Round,
}

impl Synchroniser {
    /// One step of the load: some accounts into the queue, and everybody told who is due.
    ///
    /// # Errors
    /// The node above does not answer: what waits, waits, and the load goes on where it stopped.
    pub async fn load_step(&self) -> Result<Progress, SyncError> {
        // First who waits already: the queue never grows by more than a step.
        let before = self.run_due().await?;
        let (loaded, ended) = self.put_next().await?;
        let after = self.run_due().await?;
        if before.put_off + after.put_off > 0 && before.told + after.told + before.rejected + after.rejected == 0 {
            return Err(SyncError::Refused("that everything has to wait".to_owned()));
        }
        let round = Round {
            told: before.told + after.told,
            rejected: before.rejected + after.rejected,
            put_off: before.put_off + after.put_off,
        };
        let of = store::sync_people::count_accounts(&mut self.store().read().await?).await?;
        Ok(Progress { loaded, of, ended, round })
    }

    /// Begins the load from the first account again.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn load_again(&self) -> Result<(), StoreError> {
        let mut tx = self.store().begin().await?;
        store::sync_people::put_load(&mut tx, self.0.upstream.issuer(), ("", 0), false).await?;
        tx.commit().await
    }

    async fn put_next(&self) -> Result<(i64, bool), StoreError> {
        let issuer = self.0.upstream.issuer();
        let mut tx = self.store().begin().await?;
        let Some(target) = store::sync_people::target(&mut tx).await? else { return Ok((0, true)) };
        if target.load_ended {
            return Ok((target.loaded, true));
        }
        let accounts = store::sync_people::accounts_after(&mut tx, &target.load_cursor, STEP).await?;
        let now = self.now();
        for account in &accounts {
            store::sync_people::enqueue(&mut tx, account, now).await?;
        }
        let passed = i64::try_from(accounts.len()).unwrap_or(0);
        let (loaded, ended) = (target.loaded + passed, passed < STEP);
        let cursor = accounts.last().map_or(target.load_cursor.as_str(), |last| last.as_str());
        store::sync_people::put_load(&mut tx, issuer, (cursor, loaded), ended).await?;
        tx.commit().await?;
        Ok((loaded, ended))
    }
}
