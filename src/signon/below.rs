//! Signs on whoever has signed in at a node below, which passes that up (信任传递): the ticket is used up, the node below takes
//! part, and its session stands beside the one here, all in one transaction, so that a logout of either ends both.

use super::{At, SignOn, SignedOn};
use crate::accounts::{AccountError, Person};
use crate::base::id::{AccountId, ClientId};
use crate::base::{Timestamp, crash};
use crate::factors::FactorError;
use crate::session::{AuthEvent, Session};
use crate::store::sessions::SessionClientRow;
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, StoreError, Transaction};

/// A sign-in at a node below.
#[derive(Clone, Copy)]
pub struct FromBelow<'a> {
    /// The node.
    pub client: &'a ClientId,
    /// The name that it gave the sign-in.
    pub sid: &'a str,
    /// The `sub` by which it is told of the person from now on.
    pub subject: &'a str,
    /// Whether the ticket was taken before, for a page that asked.
    pub taken: bool,
    /// Whether the account was made for this sign-in: then the browser is no news to its owner.
    pub new_account: bool,
}

/// Somebody who has signed on, and the `sid` by which the node below takes part.
pub struct Entered {
    /// Who, and where.
    pub signed_on: SignedOn,
    /// The `sid`.
    pub sid: String,
}

/// Why nobody signs on.
#[derive(Debug, thiserror::Error)]
pub enum FromBelowError {
    /// The ticket was used before, or the session there has ended meanwhile.
    #[error("the ticket has been used, or the session it came from has ended")]
    Over,
    /// The account is linked to somebody else of that node, or that person to another account.
    #[error("one of both is linked to another one")]
    Taken,
    /// The account may not sign in, or something failed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for FromBelowError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FactorError> for FromBelowError {
    fn from(error: FactorError) -> Self {
        Self::Account(match error {
            FactorError::Account(error) => error,
            other => AccountError::Hasher(other.to_string()),
        })
    }
}

impl SignOn {
    /// Signs in by what a node below says. Whoever else has a session in this browser is signed out of it: the caller has
    /// asked the person first.
    ///
    /// # Errors
    /// [`FromBelowError`].
    pub async fn from_below(
        &self,
        account: &AccountId,
        event: &AuthEvent,
        below: FromBelow<'_>,
        at: &At<'_>,
    ) -> Result<Entered, FromBelowError> {
        self.accounts.changed(account);
        let person = self.accounts.find(account).await?;
        person.may_sign_in()?;
        let mut tx = self.store.begin().await?;
        self.take(&mut tx, below).await?;
        self.accounts.hold_active(&mut tx, account).await?;
        let placed = self.open_in_place(&mut tx, &person, event, at).await?;
        let sid = self.passed(&mut tx, &placed.session, below).await?;
        if below.new_account {
            self.factors.see_device(&mut tx, &person.id, at.device).await?;
        } else {
            self.note_device(&mut tx, &person, at.device).await?;
        }
        self.note_sign_in(&mut tx, (&placed.session, event), at).await?;
        crash::point("signon.below.before_commit");
        tx.commit().await?;
        crash::point("signon.below.after_commit");
        self.sessions.joined(&sid);
        let (session, cookie) = self.placed(placed);
        Ok(Entered { signed_on: SignedOn { person, session, cookie }, sid })
    }

    /// Links the account of this session, here since before, to somebody whom a node below knows, and lets that node take
    /// part. The ticket was taken for the page that asked. Gives the `sid`.
    ///
    /// # Errors
    /// [`FromBelowError`].
    pub async fn link_below(
        &self,
        person: &Person,
        session: &Session,
        (below, link): (FromBelow<'_>, &UpstreamLinkRow),
    ) -> Result<String, FromBelowError> {
        let mut tx = self.store.begin().await?;
        self.accounts.hold_active(&mut tx, &person.id).await?;
        if !self.sessions.touch(&mut tx, &session.id, session.created_at).await? {
            return Err(FromBelowError::Over);
        }
        let linked = store::upstream_links::insert(&mut tx, link).await?;
        let held = store::upstream_links::find(&mut tx, &link.issuer, &link.subject).await?;
        if !linked && held.is_none_or(|held| held.account_id != person.id) {
            return Err(FromBelowError::Taken);
        }
        let sid = self.passed(&mut tx, session, below).await?;
        tx.commit().await?;
        self.sessions.joined(&sid);
        Ok(sid)
    }

    /// Takes the ticket for a page that asks the person something first.
    ///
    /// # Errors
    /// [`FromBelowError::Over`].
    pub async fn hold_below(&self, below: FromBelow<'_>) -> Result<(), FromBelowError> {
        let mut tx = self.store.begin().await?;
        self.take(&mut tx, below).await?;
        Ok(tx.commit().await?)
    }

    async fn take(&self, tx: &mut Transaction, below: FromBelow<'_>) -> Result<(), FromBelowError> {
        let taken =
            below.taken || store::passed_sessions::take(tx, (below.client, below.sid), self.accounts.now()).await?;
        if taken { Ok(()) } else { Err(FromBelowError::Over) }
    }

    /// The sign-in there has led to this session: from now on a logout of either ends both.
    async fn passed(
        &self,
        tx: &mut Transaction,
        session: &Session,
        below: FromBelow<'_>,
    ) -> Result<String, FromBelowError> {
        if !store::passed_sessions::open(tx, (below.client, below.sid), &session.id).await? {
            return Err(FromBelowError::Over);
        }
        let sid = self.sessions.sid(&session.id, below.client, "");
        let now: Timestamp = self.accounts.now();
        let link = SessionClientRow {
            session_id: session.id.clone(),
            client_id: below.client.clone(),
            acting_for: String::new(),
            sid: sid.clone(),
            subject: below.subject.to_owned(),
            created_at: now,
        };
        self.sessions.join(tx, link).await?;
        Ok(sid)
    }
}
