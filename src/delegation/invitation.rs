//! An agent (经办人) is invited by the company and accepts: two people, two signatures.
//!
//! The invitation says the agent's real name, and only a verified person of that name can take it up: a code that is
//! overheard, or an account that somebody made under another's mobile number, is of no use.

use super::{Delegation, DelegationError, INVITATION_LIFE, LONGEST_TERM, MOST_AGENTS};
use crate::accounts::{AccountError, Person};
use crate::base::id::{EntityId, MandateId};
use crate::base::{Secret, Timestamp};
use crate::entities::{Entity, EntityState, MandateState, Matters, Role};
use crate::messages::NoticeKind;
use crate::realname::PersonName;
use crate::store::mandates::MandateRow;
use crate::store::{self, JsonText, StoreError, Transaction};

/// A wish to appoint an agent.
pub struct Invitation<'a> {
    /// The company.
    pub entity: &'a EntityId,
    /// The agent's real name.
    pub name: &'a str,
    /// Their username or mobile number; none: whoever of that name has the code.
    pub login: Option<&'a str>,
    /// What they may act in, divided by spaces or commas; empty: everything.
    pub matters: &'a str,
    /// From when; none: at once.
    pub valid_from: Option<Timestamp>,
    /// Until when.
    pub valid_until: Timestamp,
}

/// What came of it.
pub enum Invited {
    /// It waits in the account that was named. The answer is the same when there is no such account.
    InAccount,
    /// Whoever has this code, and the name, can accept. It is shown once.
    ByCode(Secret),
}

/// How a person finds the invitation that they answer.
pub enum InvitationKey<'a> {
    /// It waits in their account.
    Waiting(&'a MandateId),
    /// By its code.
    Code(&'a Secret),
}

impl Delegation {
    /// The company's legal representative invites an agent.
    pub async fn invite(&self, by: &Person, wish: &Invitation<'_>) -> Result<Invited, DelegationError> {
        Self::verified(by)?;
        let name = PersonName::parse(wish.name)?;
        let matters = Matters::parse(wish.matters)?;
        let (from, now) = (wish.valid_from.unwrap_or_default().max(self.now()), self.now());
        if wish.valid_until <= from || wish.valid_until > now.plus(LONGEST_TERM) {
            return Err(DelegationError::Dates);
        }
        let invitee = self.invitee(by, wish.login).await?;
        let code = wish.login.is_none().then(|| self.0.on.random.short_token());
        let mut row = MandateRow {
            matters: JsonText(matters.list().to_vec()),
            account_id: invitee,
            code_hash: code.as_deref().map(|code| self.0.codes.hash(code)),
            invited_by: Some(by.id.clone()),
            valid_from: from,
            valid_until: wish.valid_until,
            expires_at: now.plus(INVITATION_LIFE),
            ..self.row(wish.entity, Role::Agent)
        };
        row.invitee = Some(self.0.invitees.seal_bytes(name.expose().as_bytes(), row.id.as_str().as_bytes()));
        let mut tx = self.0.on.store.begin().await?;
        self.representing(&mut tx, by, wish.entity).await?;
        if store::mandates::count_open(&mut tx, wish.entity).await? >= MOST_AGENTS {
            return Err(DelegationError::TooMany);
        }
        store::mandates::insert(&mut tx, &row).await?;
        self.tell(&mut tx, &row, NoticeKind::AgentInvited).await?;
        tx.commit().await?;
        self.told();
        tracing::info!(entity = %wish.entity, mandate = %row.id, "an agent was invited");
        Ok(code.map_or(Invited::InAccount, |code| Invited::ByCode(Secret::new(code))))
    }

    /// The account that is named. One that nobody has gives an invitation that nobody can accept: the same answer.
    async fn invitee(
        &self,
        by: &Person,
        login: Option<&str>,
    ) -> Result<Option<crate::base::id::AccountId>, DelegationError> {
        let Some(login) = login else { return Ok(None) };
        match self.0.on.accounts.find_by_name(login).await {
            Ok(found) if found.id == by.id => Err(DelegationError::ActsAlready),
            Ok(found) => Ok(Some(found.id.clone())),
            Err(AccountError::Unknown) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The person accepts an invitation. An earlier appointment by the same company ends with it, and all that was done
    /// by that one.
    pub async fn accept(&self, person: &Person, key: &InvitationKey<'_>) -> Result<Entity, DelegationError> {
        Self::verified(person)?;
        let mut tx = self.0.on.store.begin().await?;
        let row = self.invitation(&mut tx, person, key).await?;
        self.is_named(person, &row)?;
        let entity = self.0.on.entities.find_in(&mut tx, &row.entity_id).await?.ok_or(DelegationError::Unknown)?;
        if entity.state == EntityState::Suspended {
            return Err(DelegationError::Suspended);
        }
        self.replace_earlier(&mut tx, person, &entity.id).await?;
        match store::mandates::accept(&mut tx, &row.id, &person.id, self.now()).await {
            Ok(true) => {}
            Ok(false) => return Err(DelegationError::Unknown),
            Err(StoreError::Conflict) => return Err(DelegationError::ActsAlready),
            Err(other) => return Err(other.into()),
        }
        let row = MandateRow { account_id: Some(person.id.clone()), ..row };
        self.tell(&mut tx, &row, NoticeKind::AgentAccepted).await?;
        tx.commit().await?;
        self.told();
        self.0.on.logouts.acting_ended();
        tracing::info!(entity = %entity.id, mandate = %row.id, account = %person.id, "an agent accepted");
        Ok(entity)
    }

    async fn invitation(
        &self,
        tx: &mut Transaction,
        person: &Person,
        key: &InvitationKey<'_>,
    ) -> Result<MandateRow, DelegationError> {
        let row = match key {
            InvitationKey::Waiting(id) => store::mandates::find(tx, id).await?,
            InvitationKey::Code(code) => {
                store::mandates::find_by_code(tx, &self.0.codes.hash(code.expose().trim())).await?
            }
        };
        let theirs = |row: &MandateRow| match key {
            InvitationKey::Waiting(_) => row.account_id.as_ref() == Some(&person.id),
            InvitationKey::Code(_) => row.account_id.is_none(),
        };
        let open = |row: &MandateRow| row.state == MandateState::Invited.as_str() && row.expires_at > self.now();
        row.filter(|row| theirs(row) && open(row)).ok_or(DelegationError::Unknown)
    }

    /// Whether the person has the name that the company wrote.
    fn is_named(&self, person: &Person, row: &MandateRow) -> Result<(), DelegationError> {
        let invited = self.invited_name(row)?;
        let own = person.real_name.as_ref().and_then(|found| PersonName::parse(found.name.expose()).ok());
        match (own, invited) {
            (Some(own), Some(invited)) if own.is(&invited) => Ok(()),
            _ => Err(DelegationError::OtherName),
        }
    }

    /// The name that an invitation is for.
    pub(super) fn invited_name(&self, row: &MandateRow) -> Result<Option<PersonName>, DelegationError> {
        let Some(sealed) = &row.invitee else { return Ok(None) };
        let opened = self.0.invitees.open_bytes(sealed, row.id.as_str().as_bytes());
        let bytes = opened.map_err(|_| AccountError::Sealed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| AccountError::Sealed)?;
        Ok(PersonName::parse(text).ok())
    }

    /// Ends an earlier appointment of the same person by the same company; whoever represents it needs none.
    async fn replace_earlier(
        &self,
        tx: &mut Transaction,
        person: &Person,
        entity: &EntityId,
    ) -> Result<(), DelegationError> {
        let mandates = store::mandates::of_account(tx, &person.id).await?;
        let active = |row: &&MandateRow| row.entity_id == *entity && row.state == MandateState::Active.as_str();
        let Some(earlier) = mandates.iter().find(active) else { return Ok(()) };
        if earlier.role == Role::LegalRepresentative.as_str() {
            return Err(DelegationError::ActsAlready);
        }
        self.end(tx, earlier, "replaced").await?;
        Ok(())
    }
}
