//! Whether what a person shows as a further factor is right. Tries are counted before they are looked at, per account, so
//! that a code of six digits cannot be guessed by trying, side by side or one after the other.

use super::{CodeFor, FactorError, FactorKind, Factors, Sending, Way};
use crate::accounts::{AccountError, Person};
use crate::base::Secret;
use crate::base::id::{AccountId, FactorId};
use crate::messages::{CodePurpose, NoticeKind};
use crate::realname::MobileNumber;
use crate::session::AuthEvent;
use crate::store::Transaction;

/// The browser that shows something.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// Its own name: the value of its browser cookie.
    pub id: &'a str,
    /// Its address, for the limits.
    pub address: &'a str,
}

impl Factors {
    /// Checks what was typed for one way, and uses it up where it is good for once.
    ///
    /// # Errors
    /// [`FactorError::Wrong`], or the limits of [`crate::accounts::AccountError`].
    pub async fn show(
        &self,
        person: &Person,
        way: Way,
        answer: &Secret,
        from: Browser<'_>,
    ) -> Result<AuthEvent, FactorError> {
        let limits = self.0.accounts.limits();
        if way == Way::Password {
            self.0.accounts.confirm_password(&person.id, answer, from.address).await?;
            return Ok(AuthEvent::further(way.methods()));
        }
        limits.second_factor_begins(person.id.as_str()).await?;
        let right = match way {
            Way::Totp => self.find_right(person, FactorKind::Totp, answer).await?.is_some(),
            Way::Recovery => self.find_right(person, FactorKind::Recovery, answer).await?.is_some(),
            Way::Sms => self.is_right_code(person, answer, from).await?,
            Way::Passkey | Way::Password => false,
        };
        if !right {
            limits.sign_in_failed(from.address).await?;
            limits.failed_at(Some(person.id.as_str())).await?;
            limits.second_factor_failed(person.id.as_str()).await?;
            return Err(FactorError::Wrong);
        }
        limits.second_factor_succeeded(person.id.as_str()).await?;
        Ok(AuthEvent::further(way.methods()))
    }

    /// Sends a code to the verified number of this person, as a second factor.
    pub async fn send_second(&self, person: &Person, from: Browser<'_>, locale: &str) -> Result<(), FactorError> {
        let number = verified_number(person).ok_or(FactorError::Wrong)?;
        self.send_code(second_factor(person, &number), Sending::Awaited, from, locale).await
    }

    async fn is_right_code(&self, person: &Person, code: &Secret, from: Browser<'_>) -> Result<bool, FactorError> {
        let Some(number) = verified_number(person) else { return Ok(false) };
        self.check_code(second_factor(person, &number), code, from).await
    }

    /// A recovery code that was not used by its owner means that somebody has the paper.
    async fn tell_of_recovery(&self, tx: &mut Transaction, person: &Person) -> Result<(), FactorError> {
        self.0.notices.tell(tx, person.addressee(), NoticeKind::RecoveryUsed).await?;
        Ok(())
    }

    /// The factor of an account that this code is right for; it is used up. Nothing for an account that does not exist. The
    /// caller counts tries.
    pub async fn recognise(
        &self,
        account: &AccountId,
        kind: FactorKind,
        code: &Secret,
    ) -> Result<Option<FactorId>, FactorError> {
        match self.0.accounts.find(account).await {
            Ok(person) => self.find_right(&person, kind, code).await,
            Err(AccountError::Unknown) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    async fn find_right(
        &self,
        person: &Person,
        kind: FactorKind,
        answer: &Secret,
    ) -> Result<Option<FactorId>, FactorError> {
        for factor in self.list(&person.id).await?.iter().filter(|factor| factor.kind == kind) {
            let data = self.open(factor)?;
            let after = match kind {
                FactorKind::Totp => self.totp_after(&data, answer)?,
                FactorKind::Recovery => self.recovery_after(&person.id, &data, answer)?,
                FactorKind::Passkey => None,
            };
            let Some(after) = after else { continue };
            let mut tx = self.0.store.begin().await?;
            let first = self.replace(&mut tx, factor, &after).await?;
            if first && kind == FactorKind::Recovery {
                self.tell_of_recovery(&mut tx, person).await?;
            }
            tx.commit().await?;
            // Somebody else has just shown the same: this one comes second.
            return Ok(first.then(|| factor.id.clone()));
        }
        Ok(None)
    }
}

fn verified_number(person: &Person) -> Option<MobileNumber> {
    person.verified_mobile().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok())
}

fn second_factor<'a>(person: &'a Person, number: &'a MobileNumber) -> CodeFor<'a> {
    CodeFor { purpose: CodePurpose::SecondFactor, subject: person.id.as_str(), number }
}
