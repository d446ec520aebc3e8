//! Companies (法人和其他组织) and the standing of people towards them: who may act for which company, in what, until when.
//!
//! Here is what is true now: [`Entities`] answers for whom a person may act, and holds a mandate while something is issued
//! by it. Nobody becomes a company by it: an agent stays a person who acts ([`Standing`] is read beside the person, never
//! in their place). What changes a mandate (register, invite, accept, revoke) is `delegation`'s, because an end must be
//! told to services in the same transaction; whether a client may see a company is decided in `oidc`.

mod entity;
mod mandate;

use crate::base::id::{AccountId, EntityId, MandateId, SessionId};
use crate::base::{SharedClock, Timestamp};
use crate::store::{self, Connection, Store, StoreError, Transaction};

pub use entity::{Entity, EntityState};
pub use mandate::{Mandate, MandateState, Matters, MattersError, Role, Standing};

/// The companies of this node, as they stand now; clones share everything.
#[derive(Clone)]
pub struct Entities {
    store: Store,
    clock: SharedClock,
}

impl Entities {
    /// The companies in `store`.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// For whom a person may act now, by name. Never from memory: a revocation bites at once.
    pub async fn standings(&self, account: &AccountId) -> Result<Vec<Standing>, StoreError> {
        let rows = store::mandates::standings(&mut self.store.read().await?, account, self.clock.now()).await?;
        rows.into_iter().map(Standing::from_row).collect()
    }

    /// For whom a person may act now in a session, by name: by mandates of this node, and after them by what the node above
    /// vouches for there.
    pub async fn standings_in(&self, account: &AccountId, session: &SessionId) -> Result<Vec<Standing>, StoreError> {
        let (mut db, now) = (self.store.read().await?, self.clock.now());
        let own = store::mandates::standings(&mut db, account, now).await?;
        let carried = store::carried_mandates::standings(&mut db, session, now).await?;
        let carried = carried.into_iter().map(|row| Standing::from_row(row).map(Standing::carried));
        own.into_iter().map(Standing::from_row).chain(carried).collect()
    }

    /// The standing that a mandate gives a person now, held until the caller's transaction ends: a revocation comes wholly
    /// before or wholly after. `None` when it gives none (any more): another's, not accepted, ended, out of its dates, or
    /// the company is suspended.
    pub async fn hold(
        &self,
        tx: &mut Transaction,
        mandate: &MandateId,
        account: &AccountId,
    ) -> Result<Option<Standing>, StoreError> {
        let Some(row) = store::mandates::hold(tx, mandate, self.clock.now()).await? else {
            return self.hold_carried(tx, mandate, account).await;
        };
        if row.account_id.as_ref() != Some(account) {
            return Ok(None);
        }
        let entity = self.find_in(tx, &row.entity_id).await?.filter(|entity| entity.state == EntityState::Active);
        entity.map(|entity| Standing::of(&entity, &row)).transpose()
    }

    /// The same for one that the node above vouches for: it is the person's in whose session it is.
    async fn hold_carried(
        &self,
        tx: &mut Transaction,
        mandate: &MandateId,
        account: &AccountId,
    ) -> Result<Option<Standing>, StoreError> {
        let Some(row) = store::carried_mandates::hold(tx, mandate, self.clock.now()).await? else { return Ok(None) };
        let session = store::sessions::find(tx, &row.session_id).await?;
        if session.is_none_or(|session| session.account_id != *account) {
            return Ok(None);
        }
        let entity = self.find_in(tx, &row.entity_id).await?.filter(|entity| entity.state == EntityState::Active);
        entity.map(|entity| Standing::of_carried(&entity, &row)).transpose()
    }

    /// The company with this id, on a connection that the caller holds.
    pub async fn find_in(&self, db: &mut impl Connection, id: &EntityId) -> Result<Option<Entity>, StoreError> {
        store::entities::find(db, id).await?.map(Entity::from_row).transpose()
    }

    /// The company with this code.
    pub async fn find_by_code(&self, code: &str) -> Result<Option<Entity>, StoreError> {
        let row = store::entities::find_by_code(&mut self.store.read().await?, code).await?;
        row.map(Entity::from_row).transpose()
    }

    /// Companies in the order of their codes, after `after`, at most `limit`.
    pub async fn list(&self, after: &str, limit: i64) -> Result<Vec<Entity>, StoreError> {
        let rows = store::entities::list(&mut self.store.read().await?, after, limit).await?;
        rows.into_iter().map(Entity::from_row).collect()
    }

    /// The mandates and invitations of a company, those that have not ended first.
    pub async fn mandates(&self, id: &EntityId) -> Result<Vec<Mandate>, StoreError> {
        let rows = store::mandates::of_entity(&mut self.store.read().await?, id, 1_000).await?;
        rows.into_iter().map(Mandate::from_row).collect()
    }

    /// Lets a person be offered this company first where a service serves both, or themselves. It answers no question for
    /// them.
    pub async fn prefer(&self, account: &AccountId, entity: Option<&EntityId>) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        store::mandates::prefer(&mut tx, account, entity).await?;
        tx.commit().await
    }

    /// The present moment, for callers that write with this room.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
