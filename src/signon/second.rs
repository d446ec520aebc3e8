//! From the first factor to a session: at once, or by way of a second one; and a further factor in a session that is there.

use std::sync::Arc;

use super::{At, SignOn, SignedOn};
use crate::accounts::{AccountError, Person};
use crate::factors::{FactorError, HalfSignedOn, Way, leading};
use crate::session::{Amr, AuthEvent, Session};

/// What the first factor has led to.
pub enum Passed {
    /// A session.
    In(SignedOn),
    /// A second factor must be shown first.
    Half(HalfSignedOn),
}

/// Somebody who is to show a further factor.
pub struct Showing<'a> {
    /// Who.
    pub person: &'a Person,
    /// What counts as shown already.
    pub shown: Vec<Amr>,
}

impl SignOn {
    /// Goes on from a first factor that has been shown to be right: to a session, or to the second factor when the node's
    /// policy or the person asks for it. Every way to sign in ends here.
    pub async fn first(&self, person: Arc<Person>, event: &AuthEvent, at: &At<'_>) -> Result<Passed, AccountError> {
        if self.factors.second_is_due(&person, event, at.device).await.map_err(AccountError::from)? {
            return Ok(Passed::Half(self.factors.begin_half(&person, event)));
        }
        self.establish(person, event, at).await.map(Passed::In)
    }

    /// Finishes a half-finished sign-in by a further factor that has been shown to be right.
    pub async fn second(&self, half: &HalfSignedOn, further: &AuthEvent, at: &At<'_>) -> Result<SignedOn, FactorError> {
        self.accounts.changed(&half.account_id);
        let person = self.accounts.find(&half.account_id).await?;
        self.factors.finish_half(half, &person).await?;
        match self.establish(person, &half.with(further), at).await {
            Err(AccountError::WrongCredentials) => Err(FactorError::Over),
            other => Ok(other?),
        }
    }

    /// Adds a further factor that has been shown to be right to a session. [`FactorError::Over`] when it has ended
    /// meanwhile, or its sign-in is too long ago: the person signs in anew.
    pub async fn step_up(&self, session: &Session, further: &AuthEvent) -> Result<SignedOn, FactorError> {
        let person = self.accounts.find(&session.account_id).await?;
        if !self.sessions.is_recent(session) && !further.is_sign_in() {
            return Err(FactorError::Over);
        }
        let mut tx = self.store.begin().await?;
        let stepped_up = self.sessions.step_up(&mut tx, session, further).await?;
        let Some((session_now, cookie)) = stepped_up else { return Err(FactorError::Over) };
        tx.commit().await?;
        self.sessions.forget(&session.cookie_hash);
        Ok(SignedOn { person, session: session_now, cookie })
    }

    /// The ways that lead somebody on from what was shown to a level: none when she has none that does.
    pub async fn ways_on(&self, showing: &Showing<'_>, level: i32) -> Result<Vec<Way>, FactorError> {
        Ok(leading(&self.factors.ways(showing.person).await?, &showing.shown, level))
    }
}
