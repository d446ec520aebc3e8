//! Asking again (法定代表人复核): does the registry still name this person as the company's legal representative?
//!
//! What comes of an answer, and only of an answer:
//!
//! | the registry says | then |
//! |---|---|
//! | a match, of a company that exists | nothing changes; it is asked again after `[companies] recheck_days` |
//! | name, code and representative no longer belong together | her mandate ends (`representative_changed`), with what she did by it, her open invitations and her tokens; she is told. Agents stay: they act for the company and not for her (Civil Code art. 61, 165). Whoever represents it now registers it, and is told too; so does she where only the name is another |
//! | the licence is revoked, the company is deregistered or not known | the company is suspended: nobody acts for it |
//! | nothing: away, slow, spent, refused | nothing. It is asked again later; an outage is never an answer |
//!
//! Several processes share the work: each company is taken for a while before it is asked about. A round is bounded, and ends
//! at the first sign that the registry is away.

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::register::{LONGEST_WAIT, NoAnswer, RegistrationError};
use super::{Delegation, DelegationError};
use crate::accounts::{AccountError, Person};
use crate::base::id::AccountId;
use crate::base::within;
use crate::entities::{EntityState, MandateState, Role};
use crate::jobs::Chore;
use crate::messages::NoticeKind;
use crate::realname::{CompanyName, SocialCreditCode};
use crate::store::entities::RecheckRow;
use crate::store::mandates::MandateRow;
use crate::store::{self, StoreError, Transaction};

/// How long a company is taken while it is asked about: longer than any answer takes.
const LEASE: Duration = Duration::from_secs(120);

/// The `[companies]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyConfig {
    /// After how many days the registry is asked again who represents a company.
    #[serde(deserialize_with = "within::<_, 1, 3660>")]
    pub recheck_days: u64,
    /// How many companies are asked about in one round, a minute apart.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub recheck_batch: u64,
}

impl Default for CompanyConfig {
    fn default() -> Self {
        Self { recheck_days: 30, recheck_batch: 20 }
    }
}

impl CompanyConfig {
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(self.recheck_days * 24 * 3600)
    }
}

/// What came of asking about one company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rechecked {
    /// It stands as it was confirmed.
    Confirmed,
    /// Its legal representative, or its name, is another one now: the mandate of the former has ended.
    Changed,
    /// It exists no longer: it is suspended.
    Closed,
    /// Nobody answered; it is asked again later.
    NoAnswer,
    /// Nobody represents it here, or she cannot be asked about: there is nothing to ask.
    NothingToAsk,
}

impl Rechecked {
    /// The word that is printed and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Changed => "changed",
            Self::Closed => "closed",
            Self::NoAnswer => "no_answer",
            Self::NothingToAsk => "nothing_to_ask",
        }
    }
}

impl Delegation {
    /// Asks about the company with this code now, whether it is due or not.
    pub async fn recheck(&self, code: &str) -> Result<Rechecked, DelegationError> {
        let found = store::entities::find_recheck(&mut self.0.on.store.read().await?, code).await?;
        let row = found.ok_or(DelegationError::Unknown)?;
        Ok(self.recheck_one(&row).await?.unwrap_or(Rechecked::NoAnswer))
    }

    /// Asks about the companies that are due, a bounded number of them; gives each that was asked about, and what came of it.
    pub async fn recheck_due(&self) -> Result<Vec<(String, Rechecked)>, DelegationError> {
        let limit = i64::try_from(self.0.on.companies.recheck_batch).unwrap_or(i64::MAX);
        let due = store::entities::due_rechecks(&mut self.0.on.store.read().await?, self.now(), limit).await?;
        let mut all = Vec::new();
        for row in due {
            let Some(came) = self.recheck_one(&row).await? else { continue };
            all.push((row.uscc, came));
            // The registry is away: to go on asking would only keep it so. What is left stays due.
            if came == Rechecked::NoAnswer {
                break;
            }
        }
        Ok(all)
    }

    /// Takes one company and asks; `None` when another process has taken it.
    async fn recheck_one(&self, row: &RecheckRow) -> Result<Option<Rechecked>, DelegationError> {
        let mut tx = self.0.on.store.begin().await?;
        let taken = store::entities::take_recheck(&mut tx, row, self.now().plus(LEASE)).await?;
        tx.commit().await?;
        if !taken {
            return Ok(None);
        }
        let (came, wait) = self.answer(row).await?;
        let mut tx = self.0.on.store.begin().await?;
        let confirmed = (came == Rechecked::Confirmed).then(|| self.now());
        store::entities::settle_recheck(&mut tx, &row.id, self.now().plus(wait), confirmed).await?;
        tx.commit().await?;
        tracing::info!(entity = %row.id, outcome = came.as_str(), "a company was checked again");
        Ok(Some(came))
    }

    /// Asks, and does what follows; with it, for how long nobody need ask again.
    async fn answer(&self, row: &RecheckRow) -> Result<(Rechecked, Duration), DelegationError> {
        let interval = self.0.on.companies.interval();
        let Some((mandate, person)) = self.representative_of(row).await? else {
            return Ok((Rechecked::NothingToAsk, interval));
        };
        let parsed = (SocialCreditCode::parse(&row.uscc), CompanyName::parse(&row.name));
        let (Ok(code), Ok(name)) = parsed else { return Ok((Rechecked::NothingToAsk, interval)) };
        match self.ask_about(&person, code, name).await {
            Ok(_) => Ok((Rechecked::Confirmed, interval)),
            Err(NoAnswer::Later(wait)) => Ok((Rechecked::NoAnswer, wait.min(LONGEST_WAIT))),
            Err(NoAnswer::Refused(RegistrationError::Mismatch)) => {
                self.no_longer_represents(&mandate, &person).await?;
                Ok((Rechecked::Changed, interval))
            }
            Err(NoAnswer::Refused(RegistrationError::Closed | RegistrationError::NotFound)) => {
                self.suspend(&row.uscc).await?;
                Ok((Rechecked::Closed, interval))
            }
            Err(NoAnswer::Refused(RegistrationError::NotOffered)) => Ok((Rechecked::NoAnswer, LONGEST_WAIT)),
            Err(NoAnswer::Refused(RegistrationError::Delegation(DelegationError::Account(error)))) => Err(error.into()),
            Err(NoAnswer::Refused(_)) => Ok((Rechecked::NothingToAsk, interval)),
        }
    }

    /// Who represents the company here; nobody when it is suspended, or her account or name is not there to be asked about.
    async fn representative_of(
        &self,
        row: &RecheckRow,
    ) -> Result<Option<(MandateRow, std::sync::Arc<Person>)>, DelegationError> {
        let mandates = {
            let mut db = self.0.on.store.read().await?;
            let entity = self.0.on.entities.find_in(&mut db, &row.id).await?;
            if entity.is_none_or(|entity| entity.state == EntityState::Suspended) {
                return Ok(None);
            }
            store::mandates::of_entity(&mut db, &row.id, 1_000).await?
        };
        let represents = |row: &MandateRow| {
            row.state == MandateState::Active.as_str() && row.role == Role::LegalRepresentative.as_str()
        };
        let Some(mandate) = mandates.into_iter().find(represents) else { return Ok(None) };
        let Some(account) = &mandate.account_id else { return Ok(None) };
        match self.0.on.accounts.find(account).await {
            Ok(person) => Ok(person.real_name.is_some().then_some((mandate, person))),
            Err(AccountError::Unknown) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends her mandate, what she did by it, and the invitations that nobody has taken up; she is told.
    async fn no_longer_represents(&self, mandate: &MandateRow, person: &Person) -> Result<(), StoreError> {
        let mut tx = self.0.on.store.begin().await?;
        if self.end(&mut tx, mandate, "representative_changed").await? {
            self.end_invitations(&mut tx, &mandate.entity_id, Some(&person.id)).await?;
            self.tell_of_change(&mut tx, person).await?;
        }
        tx.commit().await?;
        self.0.on.logouts.acting_ended();
        self.0.on.notices.committed();
        tracing::warn!(entity = %mandate.entity_id, account = %person.id, "a legal representative no longer is one");
        Ok(())
    }

    /// Tells somebody that a company of hers has another legal representative.
    pub(super) async fn tell_of_change(&self, tx: &mut Transaction, person: &Person) -> Result<(), StoreError> {
        self.0.on.notices.tell(tx, person.addressee(), NoticeKind::RepresentativeChanged).await
    }

    /// The same for an account.
    pub(super) async fn tell_account(&self, tx: &mut Transaction, id: &AccountId) -> Result<(), StoreError> {
        match self.0.on.accounts.find_in(tx, id).await {
            Ok(person) => self.tell_of_change(tx, &person).await,
            Err(AccountError::Store(error)) => Err(error),
            Err(_) => Ok(()),
        }
    }
}

/// The chore that asks about the companies that are due.
pub struct Rechecks(pub Delegation);

impl Chore for Rechecks {
    fn name(&self) -> &'static str {
        "companies to check again"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            match self.0.recheck_due().await {
                Err(DelegationError::Account(AccountError::Store(error))) => Err(error),
                Err(error) => {
                    tracing::error!(%error, "companies could not be checked again");
                    Ok(())
                }
                Ok(_) => Ok(()),
            }
        })
    }
}
