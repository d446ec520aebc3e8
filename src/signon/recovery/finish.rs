//! The end of a recovery: finished by its code once the time has come, or cancelled by whoever has the account or the
//! message. Of several at once exactly one happens.

use std::time::Duration;

use super::{AppealState, DAY, KEEP, Recoveries, RecoveryError};
use crate::accounts::{AccountError, Person};
use crate::base::id::AccountId;
use crate::base::{Secret, Timestamp, crash};
use crate::logout::Reason;
use crate::messages::NoticeKind;
use crate::realname::MobileNumber;
use crate::store::mandates::GivenRow;
use crate::store::recoveries::RecoveryRow;
use crate::store::{self, Transaction};

/// How far before a recovery appointments are looked through.
const LOOK_BACK: Duration = Duration::from_secs(30 * DAY.as_secs());

/// How a recovery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The account still waits.
    Waiting {
        /// Until when.
        ready_at: Timestamp,
    },
    /// The new password can be set.
    Ready {
        /// Until when.
        lapses_at: Timestamp,
    },
    /// It was finished.
    Finished,
    /// It was cancelled, or nobody finished it in time.
    Over,
}

/// What a code asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A recovery.
    Recovery(Standing),
    /// An appeal that has not led to one.
    Appeal(AppealState),
}

impl Recoveries {
    /// How that stands which this code belongs to.
    ///
    /// # Errors
    /// [`RecoveryError::Wrong`] for a code that nothing belongs to; the limits of the address.
    pub async fn progress(&self, code: &Secret, address: &str) -> Result<Progress, RecoveryError> {
        let limits = self.0.on.accounts.limits();
        limits.address_begins(address).await?;
        if let Some(row) = self.by_code(code).await? {
            return Ok(Progress::Recovery(standing(&row, self.0.clock.now())));
        }
        if let Some(state) = self.appeal_state(code).await? {
            return Ok(Progress::Appeal(state));
        }
        limits.sign_in_failed(address).await?;
        Err(RecoveryError::Wrong)
    }

    async fn by_code(&self, code: &Secret) -> Result<Option<RecoveryRow>, AccountError> {
        let hash = self.hash(code);
        Ok(store::recoveries::find_by_claim(&mut self.0.on.store.read().await?, &hash).await?)
    }

    /// Sets the new password. The account then has that, and what was shown to recover it: every other factor, the mobile
    /// number, trusted devices, sessions and tokens end, services are told, and the real name stands at the proof that was
    /// made. Invitations that nobody has accepted end; the appointments of the last month are given for their owner to look
    /// through: somebody else may have made them.
    pub async fn finish(
        &self,
        code: &Secret,
        password: &Secret,
        address: &str,
    ) -> Result<Vec<GivenRow>, RecoveryError> {
        let on = &self.0.on;
        on.accounts.limits().address_begins(address).await?;
        let Some(row) = self.by_code(code).await? else {
            on.accounts.limits().sign_in_failed(address).await?;
            return Err(RecoveryError::Wrong);
        };
        match standing(&row, self.0.clock.now()) {
            Standing::Ready { .. } => {}
            Standing::Waiting { .. } => return Err(RecoveryError::TooEarly),
            Standing::Finished | Standing::Over => return Err(RecoveryError::Over),
        }
        let person = on.accounts.find(&row.account_id).await?;
        let hash = on.accounts.new_password(&person, password).await?;
        let mut tx = on.store.begin().await?;
        on.accounts.hold_active(&mut tx, &row.account_id).await?;
        if !store::recoveries::finish(&mut tx, &row.id, self.0.clock.now()).await? {
            return Err(RecoveryError::Over);
        }
        on.accounts.set_password(&mut tx, &row.account_id, &hash).await?;
        // As it stands now that it is held: whoever has it may have changed the number until a moment ago.
        on.accounts.changed(&row.account_id);
        let person = on.accounts.find_in(&mut tx, &row.account_id).await?;
        self.leave_what_was_shown(&mut tx, &person, &row).await?;
        self.0.verifier.keep_only(&mut tx, &row.account_id, &row.proof.0).await?;
        let ended = on.logouts.end_all(&mut tx, &row.account_id, None, Reason::Recovered).await?;
        let now = self.0.clock.now();
        store::grants::end_of_account(&mut tx, &row.account_id, now, Reason::Recovered.as_str()).await?;
        let given = self.end_invitations(&mut tx, &row).await?;
        on.tell(&mut tx, &person, NoticeKind::RecoveryFinished).await?;
        self.tell_of_level(&mut tx, &person).await?;
        crash::point("recovery.before_commit");
        tx.commit().await?;
        crash::point("recovery.after_commit");
        on.told(&person);
        on.committed(ended);
        tracing::info!(account = %row.account_id, recovery = %row.id, "an account was recovered");
        Ok(given)
    }

    /// Tells the channels that were hers of a level that is another one now.
    async fn tell_of_level(&self, tx: &mut Transaction, before: &Person) -> Result<(), RecoveryError> {
        let on = &self.0.on;
        on.accounts.changed(&before.id);
        let after = on.accounts.find_in(tx, &before.id).await?;
        if after.level() != before.level() {
            on.tell(tx, before, NoticeKind::LevelChanged).await?;
        }
        Ok(())
    }

    async fn end_invitations(&self, tx: &mut Transaction, row: &RecoveryRow) -> Result<Vec<GivenRow>, RecoveryError> {
        let (on, now) = (&self.0.on, self.0.clock.now());
        let reason = Reason::Recovered.as_str();
        for id in store::mandates::end_invitations_by(tx, &row.account_id, (now, reason), now.plus(KEEP)).await? {
            match on.accounts.find_in(tx, &id).await {
                Ok(invited) => on.tell(tx, &invited, NoticeKind::AgentRevoked).await?,
                Err(AccountError::Unknown) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let since = Timestamp(row.begun_at.0 - i64::try_from(LOOK_BACK.as_millis()).unwrap_or(0));
        Ok(store::mandates::given_since(tx, &row.account_id, since).await?)
    }

    async fn leave_what_was_shown(
        &self,
        tx: &mut Transaction,
        person: &Person,
        row: &RecoveryRow,
    ) -> Result<(), RecoveryError> {
        let on = &self.0.on;
        for factor in on.factors.list_in(tx, &person.id).await? {
            if !row.ways.0.iter().any(|stored| stored.factor.as_ref() == Some(&factor.id)) {
                on.factors.remove(tx, &person.id, &factor.id).await?;
            }
        }
        // The number that was shown, not any: she may have shown her own while a thief's stood in the account.
        let number = person.verified_mobile().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok());
        let index = number.map(|number| on.accounts.mobile_index(&number));
        let keeps_mobile = index.is_some() && row.ways.0.iter().any(|stored| stored.number == index);
        if !keeps_mobile {
            on.accounts.drop_mobile(tx, &person.id).await?;
        }
        on.drop_what_needs_another(tx, person, keeps_mobile).await?;
        on.factors.distrust_all(tx, &person.id).await?;
        Ok(())
    }

    /// Whoever is signed in cancels what is open at the account; false when nothing is.
    pub async fn cancel(&self, person: &Person) -> Result<bool, RecoveryError> {
        self.cancel_at(&person.id, "person").await
    }

    /// Whoever has the message cancels.
    ///
    /// # Errors
    /// [`RecoveryError::Wrong`] for a code that nothing belongs to, [`RecoveryError::Over`] when it has ended already.
    pub async fn cancel_by_code(&self, code: &Secret, address: &str) -> Result<(), RecoveryError> {
        let limits = self.0.on.accounts.limits();
        limits.address_begins(address).await?;
        let hash = self.hash(code);
        let row = store::recoveries::find_by_cancel(&mut self.0.on.store.read().await?, &hash).await?;
        let Some(row) = row else {
            limits.sign_in_failed(address).await?;
            return Err(RecoveryError::Wrong);
        };
        let open = matches!(standing(&row, self.0.clock.now()), Standing::Waiting { .. } | Standing::Ready { .. });
        if open && self.cancel_at(&row.account_id, "message").await? { Ok(()) } else { Err(RecoveryError::Over) }
    }

    /// Whoever has shown enough for a recovery of their own cancels the one that is open.
    pub async fn cancel_by_application(&self, application: &super::Application) -> Result<bool, RecoveryError> {
        if self.judge(application).await?.is_none() {
            return Err(RecoveryError::NotEnough);
        }
        self.cancel_at(&application.reproof.account, "another_recovery").await
    }

    async fn cancel_at(&self, account: &AccountId, reason: &str) -> Result<bool, RecoveryError> {
        let on = &self.0.on;
        let mut tx = on.store.begin().await?;
        // First the account, as everywhere.
        store::accounts::hold(&mut tx, account).await?;
        if !super::overtake(&mut tx, account, self.0.clock.now(), reason).await? {
            return Ok(false);
        }
        let person = on.accounts.find_in(&mut tx, account).await?;
        on.tell(&mut tx, &person, NoticeKind::RecoveryCancelled).await?;
        tx.commit().await?;
        on.told(&person);
        tracing::info!(%account, reason, "the recovery of an account was cancelled");
        Ok(true)
    }
}

fn standing(row: &RecoveryRow, now: Timestamp) -> Standing {
    match row.state.as_str() {
        "finished" => Standing::Finished,
        "open" if now < row.ready_at => Standing::Waiting { ready_at: row.ready_at },
        "open" if now < row.lapses_at => Standing::Ready { lapses_at: row.lapses_at },
        _ => Standing::Over,
    }
}
