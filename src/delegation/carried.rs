//! Mandates that the node above vouches for (授权随信任下传): the company as it was told, and the power to act for it in one
//! session here, for as long as the one of the same name there lasts. They stand beside the mandates of this node and are never
//! mixed with them: what ends one leaves the other.
//!
//! A company is one and the same by its code, whoever has told of it: what the registry here confirmed is not overwritten, and
//! a company that is suspended here is suspended for whoever comes from above.

use super::{Delegation, DelegationError, LONGEST_TERM};
use crate::base::Timestamp;
use crate::base::id::{EntityId, MandateId, SessionId};
use crate::entities::{Entity, EntityState, Matters, Role};
use crate::realname::{CompanyName, SocialCreditCode};
use crate::store::carried_mandates::CarriedMandateRow;
use crate::store::entities::EntityRow;
use crate::store::upstream_companies::UpstreamCompanyRow;
use crate::store::{self, JsonText, StoreError, Transaction};

/// What the node above says of a company and of the person's power to act for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The `sub` by which it knows the company.
    pub subject: String,
    /// The company's code.
    pub code: SocialCreditCode,
    /// Its name.
    pub name: CompanyName,
    /// As what the person acts.
    pub role: Role,
    /// In what.
    pub matters: Matters,
    /// Until when; none: without end.
    pub valid_until: Option<Timestamp>,
}

/// By what the node above knows it: its issuer, and the `sid`.
pub type Name<'a> = (&'a str, &'a str);

/// Why a mandate is not carried on.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The name by which the node above speaks of the company was another company's.
    #[error("the node above called another company so")]
    OtherCompany,
    /// Nobody may act for the company here now.
    #[error("the company is suspended here")]
    Suspended,
    /// Its time is over.
    #[error("the mandate is over")]
    Over,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Delegation {
    /// Lets the person of a session act for this company by what the node above vouches for, in the caller's transaction, which
    /// holds the session. Told again by the same `sid`, it stands as it is told now. Tell `acting_ended` after the commit.
    pub async fn carry(
        &self,
        tx: &mut Transaction,
        session: &SessionId,
        (issuer, sid): Name<'_>,
        (entity, told): (&EntityId, &Vouched),
    ) -> Result<(), CarryError> {
        let valid_until = self.end_of(told);
        if valid_until <= self.now() {
            return Err(CarryError::Over);
        }
        let row = CarriedMandateRow {
            id: MandateId::new(self.now(), &self.0.on.random),
            session_id: session.clone(),
            entity_id: entity.clone(),
            issuer: issuer.to_owned(),
            sid: sid.to_owned(),
            role: told.role.as_str().to_owned(),
            matters: JsonText(told.matters.list().to_vec()),
            valid_until,
            created_at: self.now(),
        };
        if !store::carried_mandates::renew(tx, &row).await? {
            for former in store::carried_mandates::of_session(tx, session).await? {
                if former.entity_id == *entity {
                    self.end_carried(tx, &former).await?;
                }
            }
            store::carried_mandates::insert(tx, &row).await?;
        }
        Ok(())
    }

    /// The earlier of what is told and the longest for which an agent can be appointed here.
    fn end_of(&self, told: &Vouched) -> Timestamp {
        let until = told.valid_until.unwrap_or(Timestamp::NEVER);
        match told.role {
            Role::LegalRepresentative => until,
            Role::Agent => until.min(self.now().plus(LONGEST_TERM)),
        }
    }

    /// The company here, which may be new; in the caller's transaction, before it holds a session.
    pub async fn mirror(&self, tx: &mut Transaction, issuer: &str, told: &Vouched) -> Result<EntityId, CarryError> {
        let now = self.now();
        let row = EntityRow {
            id: EntityId::new(now, &self.0.on.random),
            uscc: told.code.as_str().into(),
            name: told.name.as_str().into(),
            kind: told.code.kind().as_str().into(),
            state: EntityState::Active.as_str().into(),
            source: format!("upstream:{issuer}"),
            reference: String::new(),
            verified_at: now,
            created_at: now,
            updated_at: now,
        };
        let row = store::entities::mirror(tx, &row).await?;
        let known = store::upstream_companies::find(tx, (issuer, &told.subject)).await?;
        if known.is_some_and(|known| known.entity_id != row.id) {
            return Err(CarryError::OtherCompany);
        }
        if row.state != EntityState::Active.as_str() {
            return Err(CarryError::Suspended);
        }
        let (subject, entity_id) = (told.subject.clone(), row.id);
        let name = UpstreamCompanyRow { issuer: issuer.to_owned(), subject, entity_id, created_at: now };
        store::upstream_companies::put(tx, &name).await?;
        Ok(name.entity_id)
    }

    /// The node above has ended what it vouched for by this `sid`, in the caller's transaction; how many mandates ended here. Tell
    /// `acting_ended` after the commit.
    pub async fn end_carried_by(&self, tx: &mut Transaction, name: Name<'_>) -> Result<usize, StoreError> {
        let mut ended = 0;
        for row in store::carried_mandates::of_sid(tx, name).await? {
            ended += usize::from(self.end_carried(tx, &row).await?);
        }
        Ok(ended)
    }

    /// Ends one in the caller's transaction, and all that was done by it; false when it had ended already, by itself or with its
    /// session. The session is held first, as where something is bought by the mandate.
    pub(super) async fn end_carried(&self, tx: &mut Transaction, row: &CarriedMandateRow) -> Result<bool, StoreError> {
        let live = store::sessions::hold(tx, &row.session_id).await?;
        if !store::carried_mandates::end(tx, &row.id).await? || !live {
            return Ok(false);
        }
        self.0.on.logouts.end_acting_in(tx, &row.session_id, &row.entity_id).await?;
        tracing::info!(mandate = %row.id, entity = %row.entity_id, "a mandate of the node above ended");
        Ok(true)
    }

    /// For which companies a person acts now by what the node above says, and until when, in any session.
    pub async fn carried(&self, person: &crate::accounts::Person) -> Result<Vec<Carried>, DelegationError> {
        let mut db = self.0.on.store.read().await?;
        let mut all: Vec<Carried> = Vec::new();
        for row in store::carried_mandates::of_account(&mut db, &person.id).await? {
            let Some(company) = self.0.on.entities.find_in(&mut db, &row.entity_id).await? else { continue };
            let good = row.valid_until > self.now() && company.state == EntityState::Active;
            if !good || all.iter().any(|known| known.company.id == company.id) {
                continue;
            }
            all.push(Carried {
                role: Role::named(&row.role).ok_or(StoreError::Damaged("role of a mandate"))?,
                matters: Matters::told(&row.matters.0)?,
                valid_until: (row.valid_until != Timestamp::NEVER).then_some(row.valid_until),
                company,
            });
        }
        Ok(all)
    }
}

/// A company for which somebody acts by what the node above says.
pub struct Carried {
    /// The company.
    pub company: Entity,
    /// As what the person acts.
    pub role: Role,
    /// In what.
    pub matters: Matters,
    /// Until when; none: without end.
    pub valid_until: Option<Timestamp>,
}
