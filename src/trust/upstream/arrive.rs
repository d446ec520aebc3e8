//! Whom the node above knows is somebody here: the account that is linked to them; else one that their document names, after
//! a sign-in to it; else a new one (threat 7: never one that merely has the same name, number of a telephone or address).

use super::Upstream;
use super::callback::Came;
use super::link::Ticket;
use crate::accounts::{AccountError, Person, ProofError, TakenOver};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::signon::{At, FromAbove, FromAboveError, SignedOn};
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, StoreError};
use crate::trust::Told;

/// Where somebody arrives.
pub enum Arrival {
    /// In a session.
    In {
        /// The session.
        signed_on: SignedOn,
        /// Whether the account is new to the person and is to be shown before it is used.
        activate: bool,
    },
    /// At an account that was here before: they must sign in to it first.
    Link(Ticket),
}

/// Why nobody arrives.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// A page would be needed, and none may be shown.
    #[error("the person must be asked first")]
    PageNeeded,
    /// Somebody has come back by this way before.
    #[error("this way back has been used")]
    Used,
    /// The session there has ended meanwhile.
    #[error("the session at the node above has ended")]
    Ended,
    /// The account may not sign in, or something failed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for ArrivalError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FromAboveError> for ArrivalError {
    fn from(error: FromAboveError) -> Self {
        match error {
            FromAboveError::Used => Self::Used,
            FromAboveError::Ended => Self::Ended,
            FromAboveError::Account(error) => Self::Account(error),
        }
    }
}

impl From<ProofError> for ArrivalError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Account(error) => Self::Account(error),
            other => Self::Account(AccountError::Hasher(other.to_string())),
        }
    }
}

/// The account of somebody who has come back.
enum Found {
    /// Linked, and whether that was made just now.
    Linked(UpstreamLinkRow, bool),
    /// It was here before, and is not linked.
    Here(AccountId),
}

impl Upstream {
    /// Signs somebody in who has come back, or says what is needed first.
    ///
    /// # Errors
    /// [`ArrivalError`].
    pub async fn arrive(&self, came: &Came, at: &At<'_>, locale: &str) -> Result<Arrival, ArrivalError> {
        let (link, new_account) = match self.find_or_make(&came.told, locale).await? {
            Found::Linked(link, new) => (link, new),
            Found::Here(_) if came.pending.silent => return Err(ArrivalError::PageNeeded),
            Found::Here(account) => return Ok(Arrival::Link(self.ticket(came, account))),
        };
        // Nobody is put in another person's place without a page.
        if came.pending.silent && at.current.is_some_and(|session| session.account_id != link.account_id) {
            return Err(ArrivalError::PageNeeded);
        }
        let mark = came.pending.mark();
        let above = FromAbove {
            issuer: self.issuer(),
            sid: &came.told.sid,
            subject: &came.told.subject,
            until: self.remembered_until(),
            way: (&mark, came.pending.until()),
            new_account,
        };
        let signed_on = self.0.on.signon.from_above(&link.account_id, &came.told.event(), above, at).await?;
        Ok(Arrival::In { signed_on, activate: link.activated_at.is_none() && !came.pending.silent })
    }

    /// How long it is remembered of a session there whether it has ended: longer than any session here lives.
    pub(super) fn remembered_until(&self) -> Timestamp {
        self.0.on.clock.now().plus(self.0.on.session_cap * 2)
    }

    async fn find_or_make(&self, told: &Told, locale: &str) -> Result<Found, ArrivalError> {
        if let Some(link) = self.linked(&told.subject).await? {
            self.refresh(&link, told).await?;
            return Ok(Found::Linked(link, false));
        }
        if let Some(holder) = self.0.on.verifier.holder_of(&told.real_name(self.issuer())).await? {
            return Ok(Found::Here(holder));
        }
        match self.make(told, locale).await? {
            Some(link) => Ok(Found::Linked(link, true)),
            // Two came at once: the other one has made it.
            None => {
                let link = self.linked(&told.subject).await?.ok_or(ArrivalError::Ended)?;
                Ok(Found::Linked(link, false))
            }
        }
    }

    pub(super) async fn linked(&self, subject: &str) -> Result<Option<UpstreamLinkRow>, StoreError> {
        store::upstream_links::find(&mut self.0.on.store.read().await?, self.issuer(), subject).await
    }

    /// Takes over what the node above says now of somebody who is known.
    async fn refresh(&self, link: &UpstreamLinkRow, told: &Told) -> Result<(), ArrivalError> {
        let accounts = &self.0.on.accounts;
        accounts.changed(&link.account_id);
        let person = accounts.find(&link.account_id).await?;
        person.may_sign_in()?;
        let mut tx = self.0.on.store.begin().await?;
        accounts.hold_active(&mut tx, &person.id).await?;
        self.take_over(&mut tx, &person, told).await?;
        tx.commit().await?;
        accounts.changed(&person.id);
        Ok(())
    }

    pub(super) async fn take_over(
        &self,
        tx: &mut store::Transaction,
        person: &Person,
        told: &Told,
    ) -> Result<(), ArrivalError> {
        let taken = self.0.on.verifier.take_over(tx, person, &told.real_name(self.issuer())).await?;
        if matches!(taken, TakenOver::OtherPerson | TakenOver::HeldElsewhere) {
            tracing::warn!(account = %person.id, ?taken, "what the node above says of a name is not taken over");
        }
        Ok(())
    }

    /// A new account, linked and with what is said of its person; `None` when somebody else was faster.
    async fn make(&self, told: &Told, locale: &str) -> Result<Option<UpstreamLinkRow>, ArrivalError> {
        let on = &self.0.on;
        let mut tx = on.store.begin().await?;
        let person = on.accounts.make_without_credentials(&mut tx, told.mobile.as_ref(), locale).await?;
        let link = UpstreamLinkRow {
            issuer: self.issuer().to_owned(),
            subject: told.subject.clone(),
            account_id: person.id.clone(),
            created_at: on.clock.now(),
            activated_at: None,
        };
        if !store::upstream_links::insert(&mut tx, &link).await? {
            return Ok(None);
        }
        self.take_over(&mut tx, &person, told).await?;
        tx.commit().await?;
        tracing::info!(account = %person.id, "an account was made for somebody whom the node above knows");
        Ok(Some(link))
    }
}
