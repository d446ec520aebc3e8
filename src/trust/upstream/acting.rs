//! Acting here for a company that is registered at the node above: the person chooses there, or the company was named, and what
//! that node vouches for is good in the session here, for the person to whom it is linked, and nobody else.
//!
//! Nobody signs in by it. The session at the node above under which somebody acts there has a `sid` of its own: when that ends,
//! the acting here ends, and the person stays signed in.

use serde::{Deserialize, Serialize};

use super::Upstream;
use super::callback::Came;
use crate::accounts::AccountError;
use crate::base::id::EntityId;
use crate::delegation::{CarryError, LEAST_LEVEL, Vouched};
use crate::proto::oauth::ActingFor;
use crate::session::Session;
use crate::store::{self, StoreError};

/// For whom the person is to act, as the node above is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// For whom they choose there, be it themselves.
    Chosen,
    /// For the company with this code.
    Named(String),
}

impl Wanted {
    /// The `authorization_details` that say so.
    pub(super) fn details(&self) -> Option<String> {
        match self {
            Self::Chosen => None,
            Self::Named(code) => Some(ActingFor::granted(code).to_string()),
        }
    }

    /// Whether what came is what was asked: a company where one may come, the named one where one was named.
    pub(super) fn is_met(wanted: Option<&Self>, came: Option<&Vouched>) -> bool {
        match (wanted, came) {
            (None, came) => came.is_none(),
            (Some(Self::Chosen), _) => true,
            (Some(Self::Named(code)), came) => came.is_some_and(|told| told.code.as_str() == code),
        }
    }
}

/// Why nobody acts by what came.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// Somebody has come back by this way before.
    #[error("this way back has been used")]
    Used,
    /// What the node above vouched for has ended meanwhile.
    #[error("the mandate at the node above has ended")]
    Ended,
    /// Whoever has come back is not who is signed in here.
    #[error("another person has come back, or nobody is signed in here")]
    OtherPerson,
    /// It is not certain enough here who the person is.
    #[error("the real name of the person is not confirmed well enough")]
    Unverified,
    /// This node takes no companies from there, or not this one.
    #[error("the company is not taken over: {0}")]
    Company(String),
    /// The account may not be used, or something failed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for ActError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<CarryError> for ActError {
    fn from(error: CarryError) -> Self {
        match error {
            CarryError::Store(error) => error.into(),
            other => Self::Company(other.to_string()),
        }
    }
}

impl Upstream {
    /// Lets the person of this session act for the company that somebody has come back with; `None` when they chose to act for
    /// themselves.
    ///
    /// # Errors
    /// [`ActError`].
    pub async fn act(&self, came: &Came, session: Option<&Session>) -> Result<Option<EntityId>, ActError> {
        if !self.0.config.companies {
            return Err(ActError::Company("this node takes none from above".to_owned()));
        }
        let session = session.ok_or(ActError::OtherPerson)?;
        self.is_same_person(came, session).await?;
        let on = &self.0.on;
        on.accounts.changed(&session.account_id);
        let person = on.accounts.find(&session.account_id).await?;
        person.may_sign_in()?;
        if person.level() < LEAST_LEVEL {
            return Err(ActError::Unverified);
        }
        let Some(told) = &came.told.company else { return self.use_up(came).await.map(|()| None) };
        let name = (self.issuer(), came.told.sid.as_str());
        let mut tx = on.store.begin().await?;
        if !store::marks::set(&mut tx, &came.pending.mark(), came.pending.until()).await? {
            return Err(ActError::Used);
        }
        if store::upstream_sessions::hold(&mut tx, name, self.remembered_until()).await?.is_some() {
            return Err(ActError::Ended);
        }
        on.accounts.hold_active(&mut tx, &session.account_id).await?;
        let entity = on.delegation.mirror(&mut tx, self.issuer(), told).await?;
        if !on.signon.is_alive(&mut tx, session).await? {
            return Err(ActError::OtherPerson);
        }
        on.delegation.carry(&mut tx, &session.id, name, (&entity, told)).await?;
        tx.commit().await?;
        on.delegation.acting_ended();
        tracing::info!(account = %person.id, entity = %entity, "somebody acts for a company of the node above");
        Ok(Some(entity))
    }

    /// Whoever acts there must be who is signed in here.
    async fn is_same_person(&self, came: &Came, session: &Session) -> Result<(), ActError> {
        let link = self.linked(&came.told.subject).await?;
        let same = link.is_some_and(|link| link.account_id == session.account_id);
        if same { Ok(()) } else { Err(ActError::OtherPerson) }
    }

    async fn use_up(&self, came: &Came) -> Result<(), ActError> {
        let mut tx = self.0.on.store.begin().await?;
        if !store::marks::set(&mut tx, &came.pending.mark(), came.pending.until()).await? {
            return Err(ActError::Used);
        }
        Ok(tx.commit().await?)
    }
}
