//! Register a company (法人注册): the person is verified first; then code, name and they as legal representative (法定代表人)
//! are checked with the registry.
//!
//! A registry that cannot answer is a status and no answer: the registration is kept, and asked about again by a chore or
//! by the person. Only the registry makes a legal representative, and a new one takes the place of the former.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Delegation, DelegationError};
use crate::accounts::{AccountError, AccountState, Person};
use crate::base::id::{AccountId, ApplicationId, EntityId};
use crate::base::{Timestamp, crash};
use crate::entities::{Entity, EntityState, MandateState, Role};
use crate::jobs::Chore;
use crate::realname::{
    AuthorityError, CompanyName, CompanyNameError, CompanyOutcome, CompanyQuestion, CompanyStatus, CompanyVerdict,
    CreditCodeError, PersonName, SocialCreditCode,
};
use crate::store::entities::{ApplicationRow, EntityRow};
use crate::store::mandates::MandateRow;
use crate::store::{self, StoreError, Transaction};

/// How long a registration that the registry has not confirmed is kept.
const KEEP_APPLICATION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Longest wait between two questions about one registration.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Registrations asked about in one round.
const BATCH: i64 = 20;

/// Why a company was not registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The code cannot be one; nobody was asked.
    #[error("the code is malformed: {0}")]
    Code(#[from] CreditCodeError),
    /// The name cannot be one; nobody was asked.
    #[error("the name is malformed: {0}")]
    Name(#[from] CompanyNameError),
    /// The registry knows the code with another name or another representative.
    #[error("name, code and representative do not belong together")]
    Mismatch,
    /// The registry does not know the code.
    #[error("the code is not known")]
    NotFound,
    /// The company's licence is revoked, or it exists no longer.
    #[error("the company exists no longer")]
    Closed,
    /// No registry is configured, or it does not accept such questions.
    #[error("no registry can be asked")]
    NotOffered,
    /// Anything else.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
}

impl From<StoreError> for RegistrationError {
    fn from(error: StoreError) -> Self {
        Self::Delegation(error.into())
    }
}

impl From<AccountError> for RegistrationError {
    fn from(error: AccountError) -> Self {
        Self::Delegation(error.into())
    }
}

/// What came of a registration.
pub enum Registered {
    /// The registry confirmed it: the person is the company's legal representative.
    Confirmed(Entity),
    /// The registry cannot answer now; it will be asked again.
    Pending,
}

/// A company as somebody claims it.
struct Claim<'a> {
    person: &'a Person,
    code: SocialCreditCode,
    name: CompanyName,
}

impl Delegation {
    /// Registers a company of which the person is the legal representative.
    pub async fn register(&self, person: &Person, code: &str, name: &str) -> Result<Registered, RegistrationError> {
        Self::verified(person)?;
        let claim = Claim { person, code: SocialCreditCode::parse(code)?, name: CompanyName::parse(name)? };
        self.0.on.accounts.limits().proof(person.id.as_str()).await?;
        match self.ask(&claim).await {
            Ok(verdict) => Ok(Registered::Confirmed(self.confirmed(&claim, &verdict).await?)),
            Err(NoAnswer::Refused(error)) => Err(error),
            Err(NoAnswer::Later(wait)) => {
                self.keep(&claim, wait).await?;
                Ok(Registered::Pending)
            }
        }
    }

    /// Asks the registry about a company and this person as its legal representative.
    pub(super) async fn ask_about(
        &self,
        person: &Person,
        code: SocialCreditCode,
        name: CompanyName,
    ) -> Result<CompanyVerdict, NoAnswer> {
        self.ask(&Claim { person, code, name }).await
    }

    /// Asks the registry; a match of a company that exists, or why not.
    async fn ask(&self, claim: &Claim<'_>) -> Result<CompanyVerdict, NoAnswer> {
        let refused = |error: RegistrationError| Err(NoAnswer::Refused(error));
        let question = match self.question(claim) {
            Ok(question) => question,
            Err(error) => return refused(error.into()),
        };
        match self.0.on.registry.verify_company(question).await {
            Ok(verdict) => match (verdict.outcome, verdict.status) {
                (CompanyOutcome::Match, Some(CompanyStatus::Active | CompanyStatus::Dormant)) => Ok(verdict),
                (CompanyOutcome::Match, _) => refused(RegistrationError::Closed),
                (CompanyOutcome::Mismatch, _) => refused(RegistrationError::Mismatch),
                (CompanyOutcome::NotFound, _) => refused(RegistrationError::NotFound),
            },
            Err(AuthorityError::Unavailable { retry_after } | AuthorityError::QuotaSpent { retry_after }) => {
                Err(NoAnswer::Later(retry_after))
            }
            Err(AuthorityError::Rejected) => {
                tracing::error!("the registry of companies does not accept us");
                Err(NoAnswer::Later(LONGEST_WAIT))
            }
            Err(AuthorityError::NobodyToAsk | AuthorityError::NotAccepted) => refused(RegistrationError::NotOffered),
        }
    }

    fn question(&self, claim: &Claim<'_>) -> Result<CompanyQuestion, DelegationError> {
        let real_name = claim.person.real_name.as_ref().ok_or(DelegationError::NotVerified)?;
        let sealed = || DelegationError::Account(AccountError::Sealed);
        Ok(CompanyQuestion {
            name: claim.name.clone(),
            code: claim.code.clone(),
            representative: PersonName::parse(real_name.name.expose()).map_err(|_| sealed())?,
            representative_document: real_name.document().ok_or_else(sealed)?,
        })
    }

    /// Writes what the registry confirmed: the company, and the person as its legal representative in place of the former.
    async fn confirmed(&self, claim: &Claim<'_>, verdict: &CompanyVerdict) -> Result<Entity, DelegationError> {
        let now = self.now();
        let row = EntityRow {
            id: EntityId::new(now, &self.0.on.random),
            uscc: claim.code.as_str().into(),
            name: claim.name.as_str().into(),
            kind: claim.code.kind().as_str().into(),
            state: EntityState::Active.as_str().into(),
            source: verdict.source.clone(),
            reference: verdict.reference.clone(),
            verified_at: Timestamp(verdict.checked_at.0.min(now.0)),
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.0.on.store.begin().await?;
        let row = store::entities::put(&mut tx, &row).await?;
        if !self.succeed_representative(&mut tx, &row.id, &claim.person.id).await? {
            let mandate = MandateRow {
                account_id: Some(claim.person.id.clone()),
                state: MandateState::Active.as_str().into(),
                accepted_at: Some(now),
                ..self.row(&row.id, Role::LegalRepresentative)
            };
            store::mandates::insert(&mut tx, &mandate).await?;
        }
        store::entities::drop_application(&mut tx, &claim.person.id, &row.uscc).await?;
        let next = now.plus(self.0.on.companies.interval());
        store::entities::settle_recheck(&mut tx, &row.id, next, None).await?;
        crash::point("company.before_commit");
        tx.commit().await?;
        crash::point("company.after_commit");
        self.0.on.logouts.acting_ended();
        self.0.on.notices.committed();
        let company = self.0.on.entities.find_in(&mut self.0.on.store.read().await?, &row.id).await?;
        tracing::info!(entity = %row.id, account = %claim.person.id, source = verdict.source, "a company was registered");
        company.ok_or(DelegationError::Unknown)
    }

    /// Ends the mandate of a former representative and their open invitations, and an appointment as agent that the new one
    /// had; true when the person represents the company already. Agents whom the company has appointed stay.
    async fn succeed_representative(
        &self,
        tx: &mut Transaction,
        entity: &EntityId,
        person: &AccountId,
    ) -> Result<bool, StoreError> {
        let mut already = false;
        for mandate in store::mandates::hold_all(tx, entity).await? {
            let (own, represents) =
                (mandate.account_id.as_ref() == Some(person), mandate.role == Role::LegalRepresentative.as_str());
            match (own, represents) {
                (true, true) => already = true,
                (true, false) => _ = self.end(tx, &mandate, "became_representative").await?,
                (false, true) => {
                    self.end(tx, &mandate, "representative_changed").await?;
                    self.end_invitations(tx, entity, mandate.account_id.as_ref()).await?;
                    // Both are told: who was it, and who is it now.
                    for account in mandate.account_id.iter().chain([person]) {
                        self.tell_account(tx, account).await?;
                    }
                }
                (false, false) => {}
            }
        }
        Ok(already)
    }

    pub(super) async fn end_invitations(
        &self,
        tx: &mut Transaction,
        entity: &EntityId,
        by: Option<&AccountId>,
    ) -> Result<(), StoreError> {
        for row in store::mandates::of_entity(tx, entity, 1_000).await? {
            if row.state == MandateState::Invited.as_str() && row.invited_by.as_ref() == by {
                self.end(tx, &row, "representative_changed").await?;
            }
        }
        Ok(())
    }

    async fn keep(&self, claim: &Claim<'_>, wait: Duration) -> Result<(), StoreError> {
        let now = self.now();
        let row = ApplicationRow {
            id: ApplicationId::new(now, &self.0.on.random),
            account_id: claim.person.id.clone(),
            uscc: claim.code.as_str().into(),
            name: claim.name.as_str().into(),
            state: PENDING.into(),
            tries: 1,
            due_at: now.plus(wait.min(LONGEST_WAIT)),
            created_at: now,
            expires_at: now.plus(KEEP_APPLICATION),
        };
        let mut tx = self.0.on.store.begin().await?;
        store::entities::apply(&mut tx, &row).await?;
        tx.commit().await
    }

    /// A person's registrations that the registry has not confirmed, latest first.
    pub async fn applications(&self, person: &AccountId) -> Result<Vec<ApplicationRow>, StoreError> {
        let now = self.now();
        let mut rows = store::entities::applications(&mut self.0.on.store.read().await?, person).await?;
        rows.retain(|row| row.expires_at > now);
        Ok(rows)
    }

    /// Forgets one of them.
    pub async fn withdraw_application(&self, person: &AccountId, code: &str) -> Result<(), StoreError> {
        let mut tx = self.0.on.store.begin().await?;
        store::entities::drop_application(&mut tx, person, code).await?;
        tx.commit().await
    }

    /// Asks about one that is due.
    async fn ask_again(&self, row: &ApplicationRow) -> Result<(), StoreError> {
        let wait = Duration::from_secs(30 << row.tries.clamp(0, 7)).min(LONGEST_WAIT);
        let due_at = self.now().plus(wait);
        let mut tx = self.0.on.store.begin().await?;
        let taken = store::entities::take_application(&mut tx, row, due_at).await?;
        tx.commit().await?;
        if !taken {
            return Ok(());
        }
        let state = match self.again(row).await {
            Ok(()) => return Ok(()),
            Err(NoAnswer::Later(_)) => return Ok(()),
            Err(NoAnswer::Refused(RegistrationError::Delegation(DelegationError::Account(AccountError::Store(
                error,
            ))))) => {
                return Err(error);
            }
            Err(NoAnswer::Refused(error)) => refusal(&error),
        };
        let mut tx = self.0.on.store.begin().await?;
        store::entities::settle_application(&mut tx, &row.id, state, due_at).await?;
        tx.commit().await
    }

    async fn again(&self, row: &ApplicationRow) -> Result<(), NoAnswer> {
        let refused = |error: RegistrationError| NoAnswer::Refused(error);
        let person = self.0.on.accounts.find(&row.account_id).await.map_err(|error| refused(error.into()))?;
        if person.state != AccountState::Active {
            return Err(refused(DelegationError::NotVerified.into()));
        }
        let claim = Claim {
            person: &person,
            code: SocialCreditCode::parse(&row.uscc).map_err(|error| refused(error.into()))?,
            name: CompanyName::parse(&row.name).map_err(|error| refused(error.into()))?,
        };
        let verdict = self.ask(&claim).await?;
        self.confirmed(&claim, &verdict).await.map_err(|error| refused(error.into()))?;
        Ok(())
    }
}

/// `state` of a registration that waits.
const PENDING: &str = "pending";

/// The word that is kept of a refusal.
const fn refusal(error: &RegistrationError) -> &'static str {
    match error {
        RegistrationError::NotFound => "not_found",
        RegistrationError::Closed => "closed",
        _ => "mismatch",
    }
}

/// Why a company is not confirmed.
pub(super) enum NoAnswer {
    /// It will not be, as it was claimed.
    Refused(RegistrationError),
    /// The registry cannot answer before this time.
    Later(Duration),
}

/// The chore that asks again about registrations that wait.
pub struct WaitingCompanies(pub Delegation);

impl Chore for WaitingCompanies {
    fn name(&self) -> &'static str {
        "waiting companies"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let on = &self.0.0.on;
            let due = store::entities::due_applications(&mut on.store.read().await?, self.0.now(), BATCH).await?;
            for row in due {
                self.0.ask_again(&row).await?;
            }
            Ok(())
        })
    }
}
