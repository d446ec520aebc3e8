//! Delegation: where companies, people and logout meet. What a person or an administrator does about acting for a company,
//! each as one transaction: register it, invite an agent (经办人), accept, give back, revoke, suspend, ask the registry again.
//!
//! An end bites at once: the mandate, the parts of sessions that were played by it, their tokens, and the notices to the
//! services are written together. Only a legal representative whom the registry confirmed invites; an agent never passes on
//! what they hold. What the node above vouches for stands beside it ([`Vouched`]). Reading what stands is `entities`'; which client may see it is decided in `oidc`.

mod administration;
mod carried;
mod ending;
mod invitation;
mod overview;
mod recheck;
mod register;

use std::sync::Arc;
use std::time::Duration;

use crate::accounts::{AccountError, Accounts, Person};
use crate::base::id::{AccountId, EntityId, MandateId};
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::entities::{Entities, MattersError, Role, Standing};
use crate::keys::{MasterKey, Sealer, SecretHasher};
use crate::logout::Logouts;
use crate::messages::{NoticeKind, Notices};
use crate::realname::{NameError, RealNameLevel, SharedCompanyRegistry};
use crate::store::mandates::MandateRow;
use crate::store::{JsonText, Store, StoreError, Transaction};

pub use carried::{Carried, CarryError, Vouched};
pub use ending::ExpiredMandates;
pub use invitation::{Invitation, InvitationKey, Invited};
pub use overview::{AgentLine, Overview};
pub use recheck::{CompanyConfig, Rechecked, Rechecks};
pub use register::{Registered, RegistrationError, WaitingCompanies};

/// The level of real name from which a person may act for a company.
pub const LEAST_LEVEL: RealNameLevel = RealNameLevel::L2;

/// How long an invitation can be accepted.
pub const INVITATION_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Longest time for which an agent can be appointed.
pub const LONGEST_TERM: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

/// Most agents and open invitations of one company.
const MOST_AGENTS: i64 = 200;

/// How long ended mandates stay on record: three years, as PIPL art. 56 asks of records.
const KEEP: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

/// Why something about acting for a company failed.
#[derive(Debug, thiserror::Error)]
pub enum DelegationError {
    /// The person's real name is not confirmed.
    #[error("the person's real name is not confirmed")]
    NotVerified,
    /// Only the company's legal representative may do this.
    #[error("only the legal representative may do this")]
    NotRepresentative,
    /// There is no such mandate or invitation for this person; whether it is another's, ended or lapsed is not told.
    #[error("no such mandate or invitation")]
    Unknown,
    /// The invitation is for somebody of another name.
    #[error("the invitation is for somebody else")]
    OtherName,
    /// Nobody appoints themselves, and who represents the company needs no appointment.
    #[error("the person acts for this company already")]
    ActsAlready,
    /// Nobody may act for the company now.
    #[error("the company is suspended")]
    Suspended,
    /// The name of the person invited cannot be one.
    #[error("the name is malformed: {0}")]
    Name(#[from] NameError),
    /// The matters cannot be such a list.
    #[error("the matters are malformed: {0}")]
    Matters(#[from] MattersError),
    /// The end lies in the past, before the beginning, or too far away.
    #[error("the dates are impossible")]
    Dates,
    /// The company has as many agents and invitations as it can have.
    #[error("the company has too many agents and invitations")]
    TooMany,
    /// Anything that is not about the company.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for DelegationError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

/// What this room stands on.
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// What stands.
    pub entities: Entities,
    /// Who people are.
    pub accounts: Accounts,
    /// Ends what was done by a mandate.
    pub logouts: Logouts,
    /// Who knows companies.
    pub registry: SharedCompanyRegistry,
    /// When they are asked again.
    pub companies: CompanyConfig,
    /// Tells people of it.
    pub notices: Notices,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
}

/// Delegation; clones share everything.
#[derive(Clone)]
pub struct Delegation(Arc<Inner>);

struct Inner {
    on: Foundations,
    invitees: Sealer,
    codes: SecretHasher,
}

impl Delegation {
    /// On these rooms.
    #[must_use]
    pub fn new(on: Foundations, master: &MasterKey) -> Self {
        Self(Arc::new(Inner { on, invitees: Sealer::new(master, "invitee"), codes: SecretHasher::new(master) }))
    }

    fn now(&self) -> Timestamp {
        self.0.on.clock.now()
    }

    /// Nobody acts for a company before it is certain who they are.
    fn verified(person: &Person) -> Result<(), DelegationError> {
        if person.level() >= LEAST_LEVEL { Ok(()) } else { Err(DelegationError::NotVerified) }
    }

    /// The person's standing as legal representative, held until the transaction ends.
    async fn representing(
        &self,
        tx: &mut Transaction,
        person: &Person,
        entity: &EntityId,
    ) -> Result<Standing, DelegationError> {
        let mandates = crate::store::mandates::of_account(tx, &person.id).await?;
        let own = |row: &&MandateRow| row.entity_id == *entity && row.role == Role::LegalRepresentative.as_str();
        let mandate = mandates.iter().find(own).ok_or(DelegationError::NotRepresentative)?;
        let held = self.0.on.entities.hold(tx, &mandate.id, &person.id).await?;
        held.ok_or(DelegationError::NotRepresentative)
    }

    /// Tells the agent, and whoever represents the company, in the caller's transaction. Call `told` after the commit.
    async fn tell(&self, tx: &mut Transaction, row: &MandateRow, kind: NoticeKind) -> Result<(), AccountError> {
        let all = crate::store::mandates::of_entity(tx, &row.entity_id, MOST_AGENTS).await?;
        let active = crate::entities::MandateState::Active.as_str();
        let heads = all.into_iter().filter(|other| other.role == Role::LegalRepresentative.as_str());
        let heads = heads.filter(|head| head.state == active).filter_map(|head| head.account_id);
        let mut people: Vec<AccountId> = heads.chain(row.account_id.clone()).collect();
        people.sort();
        people.dedup();
        for id in people {
            match self.0.on.accounts.find_in(tx, &id).await {
                Ok(person) => self.0.on.notices.tell(tx, person.addressee(), kind).await?,
                Err(AccountError::Unknown) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn told(&self) {
        self.0.on.notices.committed();
    }

    /// An empty row for a new mandate.
    fn row(&self, entity: &EntityId, role: Role) -> MandateRow {
        let now = self.now();
        MandateRow {
            id: MandateId::new(now, &self.0.on.random),
            entity_id: entity.clone(),
            account_id: None,
            role: role.as_str().into(),
            matters: JsonText(Vec::new()),
            state: crate::entities::MandateState::Invited.as_str().into(),
            preferred: false,
            invitee: None,
            code_hash: None,
            invited_by: None,
            valid_from: now,
            valid_until: Timestamp::NEVER,
            created_at: now,
            accepted_at: None,
            ended_at: None,
            end_reason: None,
            expires_at: Timestamp::NEVER,
        }
    }
}
