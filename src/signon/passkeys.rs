//! Sign-on by passkey, and a new passkey for who is signed in.

use super::{At, Passed, SignOn};
use crate::accounts::Person;
use crate::base::id::FactorId;
use crate::factors::FactorError;
use crate::factors::passkey::{Answered, Place};
use crate::messages::NoticeKind;

impl SignOn {
    /// Signs in whoever the passkey says. The state of the account is told only to who has its passkey.
    pub async fn by_passkey(&self, answer: (Answered<'_>, Place<'_>), at: &At<'_>) -> Result<Passed, FactorError> {
        let (account, event) = self.passkeys.finish_sign_in(answer, &at.device.address).await?;
        let person = self.accounts.find(&account).await?;
        person.may_sign_in()?;
        Ok(self.first(person, &event, at).await?)
    }

    /// Adds a passkey that this person's browser has made.
    pub async fn add_passkey(
        &self,
        person: &Person,
        answer: (Answered<'_>, Place<'_>),
        label: &str,
    ) -> Result<FactorId, FactorError> {
        let mut tx = self.store.begin().await?;
        let id = self.passkeys.finish_registration(&mut tx, person, answer, label).await?;
        self.tell(&mut tx, person, NoticeKind::FactorAdded).await?;
        tx.commit().await?;
        self.told(person);
        Ok(id)
    }
}
