//! A new password: what it must not be, and how it takes the place of the one before. [`super::PasswordHasher`] hashes it.

use super::policy::PasswordFault;
use super::{AccountError, Accounts, Person};
use crate::base::Secret;
use crate::base::id::AccountId;
use crate::store::{self, Transaction};

impl Accounts {
    /// Checks and hashes a new password for `person`; [`Accounts::set_password`] then writes it.
    pub async fn new_password(&self, person: &Person, password: &Secret) -> Result<String, AccountError> {
        self.0.policy.check(password, &person.username)?;
        self.not_breached(password).await?;
        self.not_used_before(&person.id, password).await?;
        self.0.hasher.hash(password.clone()).await
    }

    /// That a password is on no list of leaked ones. A list that cannot be read refuses nobody, and is logged.
    pub(super) async fn not_breached(&self, password: &Secret) -> Result<(), AccountError> {
        let (list, password) = (self.0.breached.clone(), password.clone());
        let looked_up = tokio::task::spawn_blocking(move || list.contains(&password)).await;
        match looked_up.map_err(|error| AccountError::Hasher(error.to_string()))? {
            Ok(true) => Err(PasswordFault::Common.into()),
            Ok(false) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "the list of leaked passwords cannot be read");
                Ok(())
            }
        }
    }

    /// That a password is neither the present one nor one of the last few.
    async fn not_used_before(&self, id: &AccountId, password: &Secret) -> Result<(), AccountError> {
        let limit = i64::try_from(self.0.policy.history).unwrap_or(0);
        let mut db = self.0.store.read().await?;
        let row = store::accounts::find(&mut db, id).await?.ok_or(AccountError::Unknown)?;
        let mut before = store::password_history::latest(&mut db, id, limit).await?;
        drop(db);
        before.push(row.password_hash);
        for hash in before {
            if self.0.hasher.verify(password.clone(), Some(hash)).await? {
                return Err(PasswordFault::Used.into());
            }
        }
        Ok(())
    }

    /// Writes a password hash in the caller's transaction, so that ending the other sessions goes with it.
    pub async fn set_password(&self, tx: &mut Transaction, id: &AccountId, hash: &str) -> Result<(), AccountError> {
        let (now, keep) = (self.0.clock.now(), i64::try_from(self.0.policy.history).unwrap_or(0));
        let before = store::accounts::find(tx, id).await?.ok_or(AccountError::Unknown)?;
        let name = self.0.random.short_token();
        store::password_history::push(tx, &name, id, &before.password_hash, now, keep).await?;
        let found = store::accounts::set_password(tx, id, hash, now).await?;
        if found { Ok(()) } else { Err(AccountError::Unknown) }
    }
}
