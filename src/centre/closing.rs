//! Closing the account (注销): asked for, waited for, done. While it waits nobody signs in, and its owner can take it back;
//! then what is held of the person goes, and what the law wants kept stays without a name.
//!
//! Asking ends sessions and tokens at every service in its own transaction. Taking back and the job meet at the account's
//! row: one comes wholly first.

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Centre, CentreError};
use crate::accounts::{AccountError, AccountState, Event, EventKind, Person};
use crate::base::id::{AccountId, ClientId};
use crate::base::{Timestamp, crash};
use crate::entities::{Entity, Role};
use crate::jobs::Chore;
use crate::logout::Reason;
use crate::messages::NoticeKind;
use crate::session::{Device, Session};
use crate::store::account_closings::AccountClosingRow;
use crate::store::{self, StoreError};

/// Accounts closed in one round.
const BATCH: i64 = 50;

/// How long the choice to take a closing back stands after the sign-in that led to it.
const TICKET_LIFE: Duration = Duration::from_secs(600);

/// What closing the account comes to.
pub struct Consequences {
    /// The services that the person has let in.
    pub services: Vec<ClientId>,
    /// The companies that the person represents: nobody acts for them any more.
    pub companies: Vec<Entity>,
    /// When it would be done.
    pub due_at: Timestamp,
}

/// That somebody has shown that a closing account is theirs; sealed, for their browser.
#[derive(Serialize, Deserialize)]
struct Ticket {
    account: AccountId,
    until: Timestamp,
}

impl Centre {
    /// What closing would come to, for the person to read before.
    pub async fn consequences(&self, person: &Person) -> Result<Consequences, CentreError> {
        let services = self.on().consents.list(&person.id).await?.into_iter().map(|(client, _)| client).collect();
        Ok(Consequences {
            services,
            companies: self.represented(person).await?,
            due_at: self.now().plus(Duration::from_secs(self.0.config.closing_days * 24 * 3600)),
        })
    }

    async fn represented(&self, person: &Person) -> Result<Vec<Entity>, CentreError> {
        let overview = self.on().delegation.overview(person).await.map_err(|_| AccountError::Sealed)?;
        let represents = |role| role == Role::LegalRepresentative;
        let own = overview.mandates.into_iter().filter(|(mandate, _)| represents(mandate.role));
        Ok(own.map(|(_, entity)| entity).collect())
    }

    /// Begins to close the account. Whoever represents a company says that it goes too (`with_companies`): its new
    /// representative registers it again, before or after.
    pub async fn ask_closing(
        &self,
        person: &Person,
        (session, device): (&Session, &Device),
        with_companies: bool,
    ) -> Result<Timestamp, CentreError> {
        let expected = self.consequences(person).await?;
        if !expected.companies.is_empty() && !with_companies {
            return Err(CentreError::CompaniesLeft);
        }
        let on = self.on();
        let mut tx = on.store.begin().await?;
        on.accounts.hold_active(&mut tx, &person.id).await?;
        on.accounts.set_state(&mut tx, &person.id, AccountState::Closing).await?;
        let row = AccountClosingRow { account_id: person.id.clone(), asked_at: self.now(), due_at: expected.due_at };
        // An earlier wish may be left where an administrator has unlocked the account.
        store::account_closings::delete(&mut tx, &person.id).await?;
        store::account_closings::insert(&mut tx, &row).await?;
        let ended = on.logouts.end_all(&mut tx, &person.id, None, Reason::AccountState).await?;
        store::grants::end_of_account(&mut tx, &person.id, self.now(), Reason::AccountState.as_str()).await?;
        let event = Event {
            session: Some(&session.id),
            address: &device.address,
            user_agent: &device.user_agent,
            ..Event::default()
        };
        on.accounts.record(&mut tx, &person.id, EventKind::ClosingAsked, event).await?;
        on.signon.tell(&mut tx, person, NoticeKind::ClosingAsked).await?;
        crash::point("closing.asked.before_commit");
        tx.commit().await?;
        crash::point("closing.asked.after_commit");
        on.signon.told(person);
        ended.iter().for_each(|ended| on.logouts.committed(ended));
        tracing::info!(account = %person.id, "an account is to be closed");
        Ok(expected.due_at)
    }

    /// What a browser may take a closing back with: its person has just shown that the account is theirs.
    #[must_use]
    pub fn closing_ticket(&self, account: &AccountId, browser: &str) -> String {
        let ticket = Ticket { account: account.clone(), until: self.now().plus(TICKET_LIFE) };
        self.0.tickets.seal(&ticket, browser.as_bytes())
    }

    /// When a closing account is due, for whoever may take that back.
    pub async fn closing_of(&self, account: &AccountId) -> Result<Option<Timestamp>, CentreError> {
        let row = store::account_closings::find(&mut self.on().store.read().await?, account).await?;
        Ok(row.map(|row| row.due_at))
    }

    /// Takes a closing back by a ticket of this browser. The person then signs in, in the ordinary way with all factors.
    pub async fn cancel_closing(&self, ticket: &str, (browser, device): (&str, &Device)) -> Result<(), CentreError> {
        let ticket: Ticket = self.0.tickets.open(ticket, browser.as_bytes()).map_err(|_| CentreError::Nothing)?;
        let (on, account) = (self.on(), &ticket.account);
        if ticket.until <= self.now() {
            return Err(CentreError::Nothing);
        }
        let mut tx = on.store.begin().await?;
        let turn = (AccountState::Closing.as_str(), AccountState::Active.as_str());
        if !store::accounts::turn_state(&mut tx, account, turn, self.now()).await? {
            return Err(CentreError::Nothing);
        }
        store::account_closings::delete(&mut tx, account).await?;
        on.accounts.changed(account);
        let person = on.accounts.find_in(&mut tx, account).await?;
        let event = Event { address: &device.address, user_agent: &device.user_agent, ..Event::default() };
        on.accounts.record(&mut tx, account, EventKind::ClosingCancelled, event).await?;
        on.signon.tell(&mut tx, &person, NoticeKind::ClosingCancelled).await?;
        tx.commit().await?;
        on.signon.told(&person);
        tracing::info!(account = %account, "a closing was taken back");
        Ok(())
    }

    /// Closes for good what is due, if its owner has not taken it back; true when it did.
    async fn close(&self, account: &AccountId) -> Result<bool, AccountError> {
        let on = self.on();
        let now = self.now();
        let mut tx = on.store.begin().await?;
        // First the account, as everywhere: whoever takes it back waits, or was first.
        let state = store::accounts::hold(&mut tx, account).await?;
        let due = store::account_closings::find(&mut tx, account).await?.is_some_and(|row| row.due_at <= now);
        if state.is_none_or(|held| held.state != AccountState::Closing.as_str()) || !due {
            store::account_closings::delete(&mut tx, account).await?;
            tx.commit().await?;
            return Ok(false);
        }
        let person = on.accounts.find_in(&mut tx, account).await?;
        on.logouts.tell_closed(&mut tx, account).await?;
        on.delegation.end_all_of(&mut tx, account, "account_closed").await?;
        on.consents.end_all(&mut tx, account, "closed").await?;
        on.accounts.record(&mut tx, account, EventKind::Closed, Event::default()).await?;
        on.signon.tell(&mut tx, &person, NoticeKind::Closed).await?;
        store::account_closings::delete(&mut tx, account).await?;
        store::account_erasure::erase(&mut tx, account, now).await?;
        tx.commit().await?;
        on.signon.told(&person);
        on.delegation.acting_ended();
        tracing::info!(account = %account, "an account was closed for good");
        Ok(true)
    }

    /// Closes everything that is due; how many accounts were closed.
    pub async fn close_due(&self) -> Result<usize, AccountError> {
        let rows = store::account_closings::due(&mut self.on().store.read().await?, self.now(), BATCH).await?;
        let mut closed = 0;
        for row in rows {
            closed += usize::from(self.close(&row.account_id).await?);
        }
        Ok(closed)
    }
}

/// The chore that closes accounts whose waiting time is over.
pub struct DueClosings(pub Centre);

impl Chore for DueClosings {
    fn name(&self) -> &'static str {
        "due closings"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            match self.0.close_due().await {
                Ok(_) => Ok(()),
                Err(AccountError::Store(error)) => Err(error),
                Err(error) => {
                    tracing::error!(%error, "an account cannot be closed");
                    Ok(())
                }
            }
        })
    }
}
