//! [`Passage`]: somebody whose ticket was taken, and who is asked something first: whether another person's session in this
//! browser may end, or whether an account that was here before is hers, which she shows by signing in to it (threat 7).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::enter::{of, refused};
use super::ticket::Ticket;
use super::{FromBelow, Party};
use crate::base::Timestamp;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::session::Session;
use crate::signon::{At, SignedOn};
use crate::store::upstream_links::UpstreamLinkRow;
use crate::trust::upstream::state::browser_hash;

/// How long somebody may think about it.
pub const WAIT: Duration = Duration::from_secs(900);

const CONTEXT: &[u8] = b"login-passage";

/// Somebody who is asked. Sealed into a cookie of the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Passage {
    ticket: Ticket,
    state: String,
    browser: String,
    at: Timestamp,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Whether another person's session here may end.
    OtherPerson,
    /// To sign in to the account that was here before.
    SignIn,
    /// Whether that account is to be linked, now that she has signed in to it.
    Link,
    /// The same, but the account is protected by more than was shown.
    ShowMore,
}

/// What came of an answer.
pub enum Decided {
    /// Back to the node below, in a new session of this browser.
    In(Box<SignedOn>, String),
    /// Back to the node below.
    Back(String),
}

impl Passage {
    /// The entity id of the node below.
    #[must_use]
    pub fn node(&self) -> &str {
        self.ticket.client.as_str()
    }
}

impl FromBelow {
    pub(super) fn passage(&self, ticket: Ticket, state: &str, browser: &str) -> Passage {
        Passage { ticket, state: state.to_owned(), browser: browser_hash(browser), at: self.now() }
    }

    /// Seals a passage for the browser's cookie.
    #[must_use]
    pub fn seal_passage(&self, passage: &Passage) -> String {
        self.0.tickets.seal(passage, CONTEXT)
    }

    /// The passage in a cookie of this browser, while it holds.
    #[must_use]
    pub fn open_passage(&self, sealed: &str, browser: &str) -> Option<Passage> {
        let passage: Passage = self.0.tickets.open(sealed, CONTEXT).ok()?;
        let young = self.now().since(passage.at) <= WAIT;
        (young && passage.browser == browser_hash(browser)).then_some(passage)
    }

    /// Whether a session is a sign-in to the account that was here before, made since the person came.
    #[must_use]
    pub fn has_signed_in(&self, passage: &Passage, session: &Session) -> bool {
        !passage.ticket.linked
            && session.account_id == passage.ticket.account
            && session.ceiling.is_none()
            && session.auth_time >= passage.at
    }

    /// What is asked of the person in this browser now.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn standing(&self, passage: &Passage, session: Option<&Session>) -> Result<Standing, OAuthError> {
        if passage.ticket.linked {
            return Ok(Standing::OtherPerson);
        }
        let Some(session) = session.filter(|session| self.has_signed_in(passage, session)) else {
            return Ok(Standing::SignIn);
        };
        let person = self.0.on.accounts.find(&session.account_id).await?;
        let all = self.0.on.signon.has_shown_all(&person, session).await?;
        Ok(if all { Standing::Link } else { Standing::ShowMore })
    }

    /// The person says yes.
    ///
    /// # Errors
    /// What a page tells: nobody may pass from there any more, or something failed. What the node below is to hear goes back.
    pub async fn agree(&self, passage: &Passage, at: &At<'_>) -> Result<Decided, OAuthError> {
        let party = self.party_of(passage).await?;
        let decided = match self.standing(passage, at.current).await? {
            Standing::OtherPerson => self
                .open_session(&party, (&passage.ticket, true), &passage.state, at)
                .await
                .map(|(signed_on, location)| Decided::In(Box::new(signed_on), location)),
            Standing::Link => self.link(&party, passage, at.current).await.map(Decided::Back),
            Standing::SignIn | Standing::ShowMore => Err(not_signed_in()),
        };
        decided.or_else(|error| self.back_with(&party, passage, &error))
    }

    /// The person says no: the node below goes on without.
    ///
    /// # Errors
    /// When nobody may pass from there any more.
    pub async fn decline(&self, passage: &Passage) -> Result<Decided, OAuthError> {
        let party = self.party_of(passage).await?;
        let declined = OAuthError::new(ErrorCode::AccessDenied, "the person has declined");
        self.back_with(&party, passage, &declined)
    }

    async fn party_of(&self, passage: &Passage) -> Result<Party<'_>, OAuthError> {
        let gone = || OAuthError::new(ErrorCode::UnauthorizedClient, "the node below may not pass sign-ins up");
        let party = self.party(&passage.ticket.client).await?;
        party.filter(|party| party.node.passes_sign_ins).ok_or_else(gone)
    }

    fn back_with(&self, party: &Party<'_>, passage: &Passage, error: &OAuthError) -> Result<Decided, OAuthError> {
        match self.turned(party, &passage.state, error) {
            super::Turned::Back(location) => Ok(Decided::Back(location)),
            super::Turned::Page(error) => Err(error),
        }
    }

    async fn link(
        &self,
        party: &Party<'_>,
        passage: &Passage,
        session: Option<&Session>,
    ) -> Result<String, OAuthError> {
        let session = session.ok_or_else(not_signed_in)?;
        let on = &self.0.on;
        on.accounts.changed(&session.account_id);
        let person = on.accounts.find(&session.account_id).await?;
        let ticket = &passage.ticket;
        let now = self.now();
        let link = UpstreamLinkRow {
            issuer: ticket.client.to_string(),
            subject: ticket.subject.clone(),
            account_id: person.id.clone(),
            created_at: now,
            activated_at: Some(now),
        };
        let subject = self.subject(ticket, &party.client);
        let linked = on.signon.link_below(&person, session, (of(ticket, &subject, true), &link)).await;
        let sid = linked.map_err(refused)?;
        tracing::info!(account = %person.id, node = %party.client.id, "an account was linked to a node below");
        self.done(party, ticket, &passage.state, (&subject, &sid))
    }
}

fn not_signed_in() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, "the person has not signed in to the account")
}
