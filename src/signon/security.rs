//! What a person changes about signing in: mobile number, authenticator app, recovery codes. Each is one transaction with
//! the notices that tell of it, to the channels that were hers before and that are hers after.

use super::{At, SignOn};
use crate::accounts::{AccountError, Event, EventKind, Person};
use crate::base::Secret;
use crate::base::id::{AccountId, DeviceId, FactorId};
use crate::factors::{FactorError, FactorKind};
use crate::messages::NoticeKind;
use crate::realname::{MobileNumber, RealNameLevel};
use crate::session::{AuthEvent, Device, Session};
use crate::store::{StoreError, Transaction};

impl SignOn {
    /// Writes a notice for every channel that this person has shown to be hers.
    pub async fn tell(&self, tx: &mut Transaction, person: &Person, kind: NoticeKind) -> Result<(), StoreError> {
        self.factors.notices().tell(tx, person.addressee(), kind).await
    }

    /// Tells the person of a browser that is new.
    pub(super) async fn note_device(
        &self,
        tx: &mut Transaction,
        person: &Person,
        device: &Device,
    ) -> Result<(), AccountError> {
        if self.factors.see_device(tx, &person.id, device).await? {
            self.tell(tx, person, NoticeKind::NewDevice).await?;
            self.factors.notices().committed();
        }
        Ok(())
    }

    /// Writes down in the caller's transaction that somebody signs in, for the owner of the account to read.
    pub(super) async fn note_sign_in(
        &self,
        tx: &mut Transaction,
        (session, event): (&Session, &AuthEvent),
        at: &At<'_>,
    ) -> Result<(), AccountError> {
        let failures = self.accounts.limits().take_failures(session.account_id.as_str()).await?;
        let event = Event {
            ways: event.amr(),
            failures,
            session: Some(&session.id),
            client: at.on_the_way_to,
            address: &at.device.address,
            user_agent: &at.device.user_agent,
            ..Event::default()
        };
        Ok(self.accounts.record(tx, &session.account_id, EventKind::SignIn, event).await?)
    }

    /// What follows a commit that changed this person and told her of it.
    pub fn told(&self, person: &Person) {
        self.accounts.changed(&person.id);
        self.factors.notices().committed();
    }

    /// Writes a mobile number whose code the person has shown. Whoever held it before holds it no longer, nor what that
    /// stood for: it is in this person's hand. The old number and the new one are told, and who has lost it, on their page.
    pub async fn set_mobile(&self, person: &Person, number: &MobileNumber, device: &Device) -> Result<(), FactorError> {
        let same = person.mobile.as_ref().is_some_and(|mobile| mobile.is(number.expose()));
        let mut tx = self.store.begin().await?;
        let before = self.accounts.hold_mobile(&mut tx, &person.id, number).await?;
        for id in &before {
            self.lost_mobile(&mut tx, id).await?;
        }
        if !same {
            self.tell(&mut tx, person, NoticeKind::MobileChanged).await?;
        }
        let declared = RealNameLevel::L1;
        if person.level() < declared {
            self.tell(&mut tx, person, NoticeKind::LevelChanged).await?;
        }
        self.factors.see_device(&mut tx, &person.id, device).await?;
        let locale = person.locale.as_deref().unwrap_or("zh-CN");
        let new = (number.expose(), locale);
        if !same || person.mobile_verified_at.is_none() {
            self.factors.notices().message(&mut tx, new, (NoticeKind::MobileChanged, None)).await?;
        }
        tx.commit().await?;
        before.iter().for_each(|id| self.accounts.changed(id));
        self.told(person);
        Ok(())
    }

    /// Another account has taken the number of this one: what it stood for goes with it, and its owner is told on the page
    /// that is left to her; the number is in another hand.
    async fn lost_mobile(&self, tx: &mut Transaction, account: &AccountId) -> Result<(), FactorError> {
        self.accounts.changed(account);
        let person = self.accounts.find_in(tx, account).await?;
        self.drop_what_needs_another(tx, &person, false).await?;
        self.tell(tx, &person, NoticeKind::MobileTaken).await?;
        if person.best_proof().is_none() {
            self.tell(tx, &person, NoticeKind::LevelChanged).await?;
        }
        Ok(())
    }

    /// Removes the mobile number.
    pub async fn remove_mobile(&self, person: &Person) -> Result<(), FactorError> {
        let mut tx = self.store.begin().await?;
        self.accounts.drop_mobile(&mut tx, &person.id).await?;
        self.drop_what_needs_another(&mut tx, person, false).await?;
        self.tell(&mut tx, person, NoticeKind::FactorRemoved).await?;
        if person.best_proof().is_none() && person.verified_mobile().is_some() {
            self.tell(&mut tx, person, NoticeKind::LevelChanged).await?;
        }
        tx.commit().await?;
        self.told(person);
        Ok(())
    }

    /// Writes whether the second step is asked at every sign-in; the owner is told when it no longer is.
    pub async fn set_always_asks(&self, person: &Person, always: bool) -> Result<(), FactorError> {
        let mut tx = self.store.begin().await?;
        let before = self.factors.set_always_asks(&mut tx, &person.id, always).await?;
        if before && !always {
            self.tell(&mut tx, person, NoticeKind::AlwaysAskOff).await?;
        }
        tx.commit().await?;
        self.told(person);
        Ok(())
    }

    /// Trusts the browser at which this person has just shown a second factor, and tells her.
    pub async fn trust(&self, person: &Person, device: &Device) -> Result<(), FactorError> {
        let mut tx = self.store.begin().await?;
        if self.factors.trust(&mut tx, &person.id, device).await? {
            self.tell(&mut tx, person, NoticeKind::DeviceTrusted).await?;
        }
        tx.commit().await?;
        self.told(person);
        Ok(())
    }

    /// Trusts a device of this person no longer; false when it is none of hers.
    pub async fn distrust(&self, person: &Person, id: &DeviceId) -> Result<bool, FactorError> {
        let mut tx = self.store.begin().await?;
        let found = self.factors.distrust(&mut tx, &person.id, id).await?;
        if found {
            self.tell(&mut tx, person, NoticeKind::DeviceDistrusted).await?;
        }
        tx.commit().await?;
        self.told(person);
        Ok(found)
    }

    /// Adds an authenticator app that has shown the right code.
    pub async fn add_totp(&self, person: &Person, setup: (&str, &str), code: &Secret) -> Result<FactorId, FactorError> {
        let mut tx = self.store.begin().await?;
        let id = self.factors.add_totp(&mut tx, person, setup, code).await?;
        self.tell(&mut tx, person, NoticeKind::FactorAdded).await?;
        tx.commit().await?;
        self.told(person);
        Ok(id)
    }

    /// Makes new recovery codes in place of those that are left.
    pub async fn make_recovery_codes(&self, person: &Person) -> Result<Vec<Secret>, FactorError> {
        let mut tx = self.store.begin().await?;
        let codes = self.factors.make_recovery_codes(&mut tx, &person.id).await?;
        self.tell(&mut tx, person, NoticeKind::FactorAdded).await?;
        tx.commit().await?;
        self.told(person);
        Ok(codes)
    }

    /// Removes a factor of this person; false when there is no such one.
    pub async fn remove_factor(&self, person: &Person, id: &FactorId) -> Result<bool, FactorError> {
        let mut tx = self.store.begin().await?;
        let found = self.factors.remove(&mut tx, &person.id, id).await?;
        if found {
            self.drop_what_needs_another(&mut tx, person, person.verified_mobile().is_some()).await?;
            self.tell(&mut tx, person, NoticeKind::FactorRemoved).await?;
        }
        tx.commit().await?;
        self.told(person);
        Ok(found)
    }

    /// Recovery codes stand in for another factor; without one they go, and so does the wish to be always asked.
    pub(super) async fn drop_what_needs_another(
        &self,
        tx: &mut Transaction,
        person: &Person,
        has_mobile: bool,
    ) -> Result<(), FactorError> {
        let left = self.factors.list_in(tx, &person.id).await?;
        if has_mobile || left.iter().any(|factor| factor.kind != FactorKind::Recovery) {
            return Ok(());
        }
        for factor in left {
            self.factors.remove(tx, &person.id, &factor.id).await?;
        }
        self.factors.set_always_asks(tx, &person.id, false).await?;
        Ok(())
    }
}
