//! Showing a way. Tries are counted by the document, which is the same whether or not there is an account: nobody learns by
//! a limit what is not told by an answer. What is looked up and compared is the same, too: an account that does not exist has
//! nothing that could be right.

use super::{Application, OwnWay, Recoveries, RecoveryError};
use crate::accounts::{AccountError, Person};
use crate::base::Secret;
use crate::base::id::FactorId;
use crate::factors::passkey::{Answered, Place};
use crate::factors::{Browser, CodeFor, FactorKind, Sending};
use crate::messages::CodePurpose;
use crate::realname::MobileNumber;
use crate::session::Device;
use crate::store::recoveries::StoredWay;

/// What somebody shows.
pub enum Shown<'a> {
    /// A passkey's answer, and where its challenge is good.
    Passkey(Answered<'a>, Place<'a>),
    /// The code of an authenticator app.
    Totp(&'a Secret),
    /// A recovery code.
    RecoveryCode(&'a Secret),
    /// The code sent to a number.
    Mobile(&'a MobileNumber, &'a Secret),
    /// This browser.
    Device(&'a Device),
    /// The password.
    Password(&'a Secret),
}

impl Shown<'_> {
    const fn way(&self) -> OwnWay {
        match self {
            Self::Passkey(..) => OwnWay::Passkey,
            Self::Totp(_) => OwnWay::Totp,
            Self::RecoveryCode(_) => OwnWay::RecoveryCode,
            Self::Mobile(..) => OwnWay::Mobile,
            Self::Device(_) => OwnWay::Device,
            Self::Password(_) => OwnWay::Password,
        }
    }
}

impl Recoveries {
    /// Sends a code to a number. It goes out only when the number is the account's, or the one that the authority has just
    /// confirmed; the answer and its time are the same otherwise.
    pub async fn send_code(
        &self,
        application: &Application,
        number: &MobileNumber,
        from: Browser<'_>,
        locale: &str,
    ) -> Result<(), RecoveryError> {
        let hers = self.is_hers(application, number).await?;
        let sending = if hers { Sending::Unawaited } else { Sending::Nobody };
        Ok(self.0.on.factors.send_code(code_for(application, number), sending, from, locale).await?)
    }

    async fn is_hers(&self, application: &Application, number: &MobileNumber) -> Result<bool, AccountError> {
        let Some(person) = self.person(application).await? else { return Ok(false) };
        let of_account = person.verified_mobile().is_some_and(|mobile| mobile.is(number.expose()));
        Ok(of_account || application.reproof.mobile() == Some(number.expose()))
    }

    async fn person(&self, application: &Application) -> Result<Option<std::sync::Arc<Person>>, AccountError> {
        match self.0.on.accounts.find(&application.reproof.account).await {
            Ok(person) => Ok(Some(person)),
            Err(AccountError::Unknown) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Checks what is shown, and adds it to the application.
    pub async fn show(
        &self,
        application: &mut Application,
        shown: Shown<'_>,
        from: Browser<'_>,
    ) -> Result<(), RecoveryError> {
        let (on, account) = (&self.0.on, application.reproof.account.clone());
        on.accounts.limits().recovery_shows(&application.reproof.document, from.address).await?;
        let way = shown.way();
        let number = match &shown {
            Shown::Mobile(number, _) => Some(on.accounts.mobile_index(number)),
            _ => None,
        };
        let factor: Option<Option<FactorId>> = match shown {
            Shown::Totp(code) => on.factors.recognise(&account, FactorKind::Totp, code).await?.map(Some),
            Shown::RecoveryCode(code) => on.factors.recognise(&account, FactorKind::Recovery, code).await?.map(Some),
            Shown::Passkey(answered, place) => {
                let (owner, factor) = on.passkeys.recognise((answered, place), from.address).await?;
                (owner == account).then_some(Some(factor))
            }
            Shown::Mobile(number, code) => {
                let right = on.factors.check_code(code_for(application, number), code, from).await?;
                (right && self.is_hers(application, number).await?).then_some(None)
            }
            Shown::Device(device) => on.factors.is_trusted(&account, device).await?.then_some(None),
            Shown::Password(password) => on.accounts.knows_password(&account, password).await?.then_some(None),
        };
        let Some(factor) = factor else {
            on.accounts.limits().recovery_failed(&application.reproof.document, from.address).await?;
            return Err(RecoveryError::Wrong);
        };
        let stored = StoredWay { factor, number, ..StoredWay::of(way.as_str()) };
        if !application.shown.contains(&stored) {
            application.shown.push(stored);
        }
        Ok(())
    }
}

fn code_for<'a>(application: &'a Application, number: &'a MobileNumber) -> CodeFor<'a> {
    CodeFor { purpose: CodePurpose::Recover, subject: application.id(), number }
}
