//! What a person sees of companies: for whom they act, who invites them, and, as legal representative, whom the company has
//! appointed.

use super::{Delegation, DelegationError};
use crate::accounts::Person;
use crate::base::id::EntityId;
use crate::entities::{Entity, Mandate, MandateState, Role};
use crate::store;

/// A person's own side.
pub struct Overview {
    /// Mandates that they have, good now or not (not begun, out of date, company suspended), with the company.
    pub mandates: Vec<(Mandate, Entity)>,
    /// Invitations that wait for them.
    pub invitations: Vec<(Mandate, Entity)>,
}

/// One agent or invitation of a company.
pub struct AgentLine {
    /// The mandate.
    pub mandate: Mandate,
    /// The agent's name, masked.
    pub name: String,
}

impl Delegation {
    /// A person's own side.
    pub async fn overview(&self, person: &Person) -> Result<Overview, DelegationError> {
        let mut db = self.0.on.store.read().await?;
        let mut overview = Overview { mandates: Vec::new(), invitations: Vec::new() };
        for row in store::mandates::of_account(&mut db, &person.id).await? {
            let Some(entity) = self.0.on.entities.find_in(&mut db, &row.entity_id).await? else { continue };
            let mandate = Mandate::from_row(row)?;
            match mandate.state {
                MandateState::Invited if mandate.answer_until > self.now() => {
                    overview.invitations.push((mandate, entity));
                }
                MandateState::Active => overview.mandates.push((mandate, entity)),
                _ => {}
            }
        }
        Ok(overview)
    }

    /// The company, and its agents and invitations, those in force first, for its legal representative.
    pub async fn agents(&self, by: &Person, entity: &EntityId) -> Result<(Entity, Vec<AgentLine>), DelegationError> {
        let standing = self.0.on.entities.standings(&by.id).await?;
        let represents = |entity: &EntityId| {
            standing.iter().any(|own| own.entity_id == *entity && own.role == Role::LegalRepresentative)
        };
        if !represents(entity) {
            return Err(DelegationError::NotRepresentative);
        }
        let mut db = self.0.on.store.read().await?;
        let company = self.0.on.entities.find_in(&mut db, entity).await?.ok_or(DelegationError::Unknown)?;
        let rows = store::mandates::of_entity(&mut db, entity, 200).await?;
        drop(db);
        let mut lines = Vec::new();
        for row in rows {
            let name = self.invited_name(&row)?;
            let mandate = Mandate::from_row(row)?;
            if mandate.role == Role::Agent {
                lines.push(AgentLine { name: name.map(|name| name.masked()).unwrap_or_default(), mandate });
            }
        }
        Ok((company, lines))
    }
}
