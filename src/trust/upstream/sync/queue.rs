//! What waits, and what was rejected: for the operator, who sees names and numbers masked.

use serde::Serialize;

use super::{SyncError, Synchroniser};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::store::StoreError;
use crate::store::sync_people::{self as rows, SyncPersonRow};

/// How the queue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The node above.
    pub issuer: String,
    /// People of whom it knows the latest.
    pub told: i64,
    /// People of whom it is still to be told.
    pub due: i64,
    /// People whom it has rejected.
    pub rejected: i64,
    /// How long the one waits who waits longest, in seconds.
    pub lag_seconds: u64,
    /// Accounts that the load has passed.
    pub loaded: i64,
    /// Accounts in all.
    pub accounts: i64,
    /// Whether the load has passed all.
    pub load_ended: bool,
}

/// Somebody who was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The account.
    pub account: AccountId,
    /// The name, masked; empty when none is known.
    pub masked_name: String,
    /// The document number, masked; empty when none is known.
    pub masked_number: String,
    /// The code of the node above.
    pub code: String,
    /// Its reason.
    pub reason: String,
    /// When the account last changed.
    #[serde(skip)]
    pub changed_at: Timestamp,
}

impl Synchroniser {
    /// How the queue stands.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn status(&self) -> Result<Status, StoreError> {
        let mut db = self.store().read().await?;
        let counts = rows::counts(&mut db).await?;
        let count = |state: &str| counts.iter().find(|(held, _)| held == state).map_or(0, |(_, count)| *count);
        let waiting = rows::waiting_since(&mut db).await?;
        let target = rows::target(&mut db).await?;
        Ok(Status {
            issuer: self.0.upstream.issuer().to_owned(),
            told: count("told"),
            due: count("due"),
            rejected: count("rejected"),
            lag_seconds: waiting.map_or(0, |since| self.now().since(since).as_secs()),
            loaded: target.as_ref().map_or(0, |target| target.loaded),
            accounts: rows::count_accounts(&mut db).await?,
            load_ended: target.is_some_and(|target| target.load_ended),
        })
    }

    /// Who was rejected, a page after `after`.
    ///
    /// # Errors
    /// When the store or an account cannot be read.
    pub async fn rejects(&self, after: &str, limit: i64) -> Result<Vec<Reject>, SyncError> {
        let found = rows::rejects(&mut self.store().read().await?, after, limit).await?;
        let mut rejects = Vec::new();
        for row in found {
            rejects.push(self.reject(row).await?);
        }
        Ok(rejects)
    }

    async fn reject(&self, row: SyncPersonRow) -> Result<Reject, SyncError> {
        let person = self.person(&row.account_id).await?;
        let known = person.as_ref().and_then(|person| person.real_name.as_ref());
        Ok(Reject {
            masked_name: known.map(|known| known.masked_name()).unwrap_or_default(),
            masked_number: known.map(|known| known.masked_document()).unwrap_or_default(),
            account: row.account_id,
            code: row.code.unwrap_or_default(),
            reason: row.reason.unwrap_or_default(),
            changed_at: row.changed_at,
        })
    }

    /// Sends somebody who was rejected again, or everybody; how many there were.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn resend(&self, account: Option<&AccountId>) -> Result<u64, StoreError> {
        let mut tx = self.store().begin().await?;
        let sent = rows::resend(&mut tx, account.map_or("", AccountId::as_str), self.now()).await?;
        tx.commit().await?;
        Ok(sent)
    }
}
