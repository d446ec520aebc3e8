//! The mobile number of an account: whose it was shown to be, and who holds it no longer.

use std::sync::Arc;

use super::{AccountError, Accounts, Person};
use crate::base::id::AccountId;
use crate::realname::MobileNumber;
use crate::store::{self, Transaction};

impl Accounts {
    /// Whether an account has shown this mobile number to be its own; the same work whether or not.
    pub async fn knows_mobile(&self, number: &MobileNumber) -> Result<bool, AccountError> {
        let index = self.0.mobile_index.of(number.expose());
        let row = store::accounts::find_by_mobile(&mut self.0.store.read().await?, &index).await?;
        Ok(row.is_some_and(|row| row.mobile_verified_at.is_some()))
    }

    /// The keyed index of a mobile number, by which two are compared without being kept.
    #[must_use]
    pub fn mobile_index(&self, number: &MobileNumber) -> String {
        self.0.mobile_index.of(number.expose())
    }

    /// The account that has shown this mobile number to be its own.
    pub async fn find_by_verified_mobile(&self, number: &MobileNumber) -> Result<Option<Arc<Person>>, AccountError> {
        let index = self.0.mobile_index.of(number.expose());
        let mut db = self.0.store.read().await?;
        let row = store::accounts::find_by_mobile(&mut db, &index).await?;
        let Some(row) = row.filter(|row| row.mobile_verified_at.is_some()) else { return Ok(None) };
        self.load_row(&mut db, row).await.map(Some)
    }

    /// Writes a mobile number that was shown to be this account's, in the caller's transaction; gives the accounts that
    /// held it before and hold it no longer.
    pub async fn hold_mobile(
        &self,
        tx: &mut Transaction,
        id: &AccountId,
        number: &MobileNumber,
    ) -> Result<Vec<AccountId>, AccountError> {
        let (now, index) = (self.0.clock.now(), self.0.mobile_index.of(number.expose()));
        let before = store::accounts::release_mobile(tx, &index, id, now).await?;
        let sealed = self.seal(id, number.expose());
        let found = store::accounts::set_mobile(tx, id, (&sealed, &index), now).await?;
        if found { Ok(before) } else { Err(AccountError::Unknown) }
    }

    /// Removes the mobile number in the caller's transaction; false when there is none.
    pub async fn drop_mobile(&self, tx: &mut Transaction, id: &AccountId) -> Result<bool, AccountError> {
        Ok(store::accounts::remove_mobile(tx, id, self.0.clock.now()).await?)
    }
}
