//! An account is taken into another one of the same person: whoever holds a consent or a grant of it, and takes part in no
//! session that could be named, is told that this subject is gone.

use super::Logouts;
use crate::base::id::AccountId;
use crate::store::{self, StoreError, Transaction};

impl Logouts {
    /// Writes these notices in the caller's transaction, before it ends sessions, grants and consents; tell
    /// [`Logouts::acting_ended`] after the commit.
    pub async fn tell_by_subject(&self, tx: &mut Transaction, account: &AccountId) -> Result<(), StoreError> {
        for client in store::consents::clients_elsewhere(tx, account, self.0.clock.now()).await? {
            self.0.provider.write_notice_of_subject(tx, &client, account).await?;
        }
        Ok(())
    }
}
