//! Links an account that was here before to somebody whom the node above knows: the document is the same, and the person
//! has signed in to the account since then, here, with all that protects it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Upstream;
use super::callback::Came;
use super::state::browser_hash;
use crate::accounts::AccountError;
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::factors::FactorError;
use crate::session::Session;
use crate::signon::{FromAbove, FromAboveError};
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, StoreError};

/// How long somebody may take to sign in to the account that was here before.
pub const WAIT: Duration = Duration::from_secs(900);

const CONTEXT: &[u8] = b"upstream-link";

/// Somebody whom the node above knows, before an account that was here before. Sealed into a cookie of the browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    issuer: String,
    subject: String,
    sid: String,
    /// The account.
    pub account: AccountId,
    /// The sealed flow to go on with; empty when the person came on their own.
    pub flow: String,
    browser: String,
    way: (String, Timestamp),
    at: Timestamp,
}

/// Why an account is not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing waits: too long ago, done already, or another browser's.
    #[error("nothing waits to be linked")]
    Nothing,
    /// The person has not signed in to that account, here, since they came.
    #[error("the person has not signed in to the account")]
    SignIn,
    /// The account is protected by more than was shown.
    #[error("the second factor was not shown")]
    ShowMore,
    /// The account is linked to somebody else there.
    #[error("the account is linked to somebody else")]
    Taken,
    /// Something failed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for LinkError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl Upstream {
    pub(super) fn ticket(&self, came: &Came, account: AccountId) -> Ticket {
        Ticket {
            issuer: self.issuer().to_owned(),
            subject: came.told.subject.clone(),
            sid: came.told.sid.clone(),
            account,
            flow: came.pending.flow.clone(),
            browser: came.pending.browser.clone(),
            way: (came.pending.mark(), self.0.on.clock.now().plus(WAIT * 2)),
            at: self.0.on.clock.now(),
        }
    }

    /// Seals a ticket for the browser's cookie.
    #[must_use]
    pub fn seal_ticket(&self, ticket: &Ticket) -> String {
        self.0.links.seal(ticket, CONTEXT)
    }

    /// The ticket in a cookie of this browser, while it holds.
    #[must_use]
    pub fn open_ticket(&self, sealed: &str, browser: &str) -> Option<Ticket> {
        let ticket: Ticket = self.0.links.open(sealed, CONTEXT).ok()?;
        let young = self.0.on.clock.now().since(ticket.at) <= WAIT;
        (young && ticket.browser == browser_hash(browser) && ticket.issuer == self.issuer()).then_some(ticket)
    }

    /// Whether a session is a sign-in to the ticket's account, here, made since the person came from the node above.
    #[must_use]
    pub fn has_signed_in(&self, ticket: &Ticket, session: &Session) -> bool {
        session.account_id == ticket.account && session.ceiling.is_none() && session.auth_time >= ticket.at
    }

    /// Links the account of this session, at the person's wish. From now on a logout of either session ends both.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn link(&self, ticket: &Ticket, session: &Session) -> Result<(), LinkError> {
        if !self.has_signed_in(ticket, session) {
            return Err(LinkError::SignIn);
        }
        let on = &self.0.on;
        on.accounts.changed(&session.account_id);
        let person = on.accounts.find(&session.account_id).await?;
        person.may_sign_in()?;
        let shown = on.signon.has_shown_all(&person, session).await.map_err(|error| match error {
            FactorError::Account(error) => LinkError::Account(error),
            other => LinkError::Account(AccountError::Hasher(other.to_string())),
        })?;
        if !shown {
            return Err(LinkError::ShowMore);
        }
        let above = FromAbove {
            issuer: self.issuer(),
            sid: &ticket.sid,
            subject: &ticket.subject,
            until: self.remembered_until(),
            way: (&ticket.way.0, ticket.way.1),
            new_account: false,
        };
        match on.signon.join_above(session, above).await {
            Ok(_) => {}
            Err(FromAboveError::Account(error)) => return Err(error.into()),
            Err(FromAboveError::Used | FromAboveError::Ended) => return Err(LinkError::Nothing),
        }
        self.write_link(ticket, session).await
    }

    async fn write_link(&self, ticket: &Ticket, session: &Session) -> Result<(), LinkError> {
        let on = &self.0.on;
        let now = on.clock.now();
        let row = UpstreamLinkRow {
            issuer: self.issuer().to_owned(),
            subject: ticket.subject.clone(),
            account_id: session.account_id.clone(),
            created_at: now,
            activated_at: Some(now),
        };
        let mut tx = on.store.begin().await?;
        on.accounts.hold_active(&mut tx, &session.account_id).await?;
        let linked = store::upstream_links::insert(&mut tx, &row).await?;
        tx.commit().await?;
        let own = self.linked(&ticket.subject).await?.is_some_and(|link| link.account_id == session.account_id);
        if !linked && !own {
            return Err(LinkError::Taken);
        }
        tracing::info!(account = %session.account_id, "an account was linked to the node above");
        Ok(())
    }
}
