//! Signs on whoever the node above knows: the way back is used up, and the session there is held while the one here begins,
//! so that a logout which overtakes its sign-in wins; all in one transaction.

use super::{At, SignOn, SignedOn};
use crate::accounts::{AccountError, Person};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::factors::FactorError;
use crate::session::{AuthEvent, Session};
use crate::store::upstream_sessions::SessionUpstreamRow;
use crate::store::{self, StoreError, Transaction};

/// By what the node above knows a session.
#[derive(Clone, Copy)]
pub struct FromAbove<'a> {
    /// Its issuer.
    pub issuer: &'a str,
    /// The `sid`.
    pub sid: &'a str,
    /// The `sub`.
    pub subject: &'a str,
    /// How long it is remembered.
    pub until: Timestamp,
    /// The mark of the way back, and until when it must stand.
    pub way: (&'a str, Timestamp),
    /// Whether the account was made just now: then the browser is no news to its owner.
    pub new_account: bool,
}

/// Why nobody signs on from there.
#[derive(Debug, thiserror::Error)]
pub enum FromAboveError {
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

impl From<StoreError> for FromAboveError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl SignOn {
    /// Whether a session has shown all that protects the account.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn has_shown_all(&self, person: &Person, session: &Session) -> Result<bool, FactorError> {
        self.factors.has_shown_all(person, &session.methods()).await
    }

    /// Signs in by what the node above says of its session.
    ///
    /// # Errors
    /// [`FromAboveError`].
    pub async fn from_above(
        &self,
        account: &AccountId,
        event: &AuthEvent,
        above: FromAbove<'_>,
        at: &At<'_>,
    ) -> Result<SignedOn, FromAboveError> {
        self.accounts.changed(account);
        let person = self.accounts.find(account).await?;
        let mut tx = self.store.begin().await?;
        if !store::marks::set(&mut tx, above.way.0, above.way.1).await? {
            return Err(FromAboveError::Used);
        }
        if store::upstream_sessions::hold(&mut tx, (above.issuer, above.sid), above.until).await?.is_some() {
            return Err(FromAboveError::Ended);
        }
        self.accounts.hold_active(&mut tx, account).await?;
        let placed = self.open_in_place(&mut tx, &person, event, at).await?;
        store::upstream_sessions::join(&mut tx, &joined(&placed.session, above, self.accounts.now())).await?;
        if above.new_account {
            self.factors.see_device(&mut tx, &person.id, at.device).await.map_err(AccountError::from)?;
        } else {
            self.note_device(&mut tx, &person, at.device).await?;
        }
        self.note_sign_in(&mut tx, (&placed.session, event), at).await?;
        tx.commit().await?;
        let (session, cookie) = self.placed(placed);
        Ok(SignedOn { person, session, cookie })
    }

    /// Holds a session until the transaction ends; false when it has ended.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn is_alive(&self, tx: &mut Transaction, session: &Session) -> Result<bool, StoreError> {
        self.sessions.touch(tx, &session.id, session.created_at).await
    }

    /// Lets a session there stand behind one that began here: a logout of either ends both. False when that there has ended.
    pub async fn join_above(&self, session: &Session, above: FromAbove<'_>) -> Result<bool, FromAboveError> {
        let mut tx = self.store.begin().await?;
        if !store::marks::set(&mut tx, above.way.0, above.way.1).await? {
            return Err(FromAboveError::Used);
        }
        if store::upstream_sessions::hold(&mut tx, (above.issuer, above.sid), above.until).await?.is_some() {
            return Ok(false);
        }
        if !self.sessions.touch(&mut tx, &session.id, session.created_at).await? {
            return Ok(false);
        }
        store::upstream_sessions::join(&mut tx, &joined(session, above, self.accounts.now())).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn joined(session: &Session, above: FromAbove<'_>, now: Timestamp) -> SessionUpstreamRow {
    SessionUpstreamRow {
        session_id: session.id.clone(),
        issuer: above.issuer.to_owned(),
        sid: above.sid.to_owned(),
        subject: above.subject.to_owned(),
        created_at: now,
    }
}
