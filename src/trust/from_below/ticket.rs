//! [`Ticket`]: what a node below gets for its assertion, and its person's browser presents. Sealed: it says nothing to whoever
//! carries it, and names nobody. It is good for a minute, once, in one browser.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::FromBelow;
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId};
use crate::session::{Amr, AuthEvent};

/// The type of a ticket as a token (RFC 8693 §3).
pub const LOGIN_TICKET: &str = "urn:hufu:params:oauth:token-type:login-ticket";

/// How long it is good for.
pub const TICKET_LIFE: Duration = Duration::from_secs(60);

const CONTEXT: &[u8] = b"login-ticket";

/// Somebody who has signed in at a node below, on the way to a session here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// The node.
    pub client: ClientId,
    /// The name that it gave the sign-in.
    pub sid: String,
    /// The `sub` by which it speaks of the person.
    pub subject: String,
    /// The account here.
    pub account: AccountId,
    /// Whether that account is the person's for certain; else she signs in to it first.
    pub linked: bool,
    /// Whether the account was made for this.
    pub made: bool,
    /// The hash of the nonce of her browser.
    pub nonce_hash: String,
    /// By which methods she signed in there.
    pub amr: Vec<String>,
    /// When.
    pub auth_time: Timestamp,
    /// What the session can reach at most.
    pub ceiling: i32,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Ticket {
    /// How she signed in, as it counts here.
    #[must_use]
    pub fn event(&self) -> AuthEvent {
        let methods: Vec<Amr> = self.amr.iter().filter_map(|name| Amr::parse(name)).collect();
        AuthEvent::elsewhere(&methods, self.auth_time, self.ceiling)
    }
}

impl FromBelow {
    pub(super) fn seal_ticket(&self, ticket: &Ticket) -> String {
        self.0.tickets.seal(ticket, CONTEXT)
    }

    /// The ticket of this text, when it is one of this node's and not too old.
    pub(super) fn open_ticket(&self, text: &str) -> Option<Ticket> {
        let ticket: Ticket = self.0.tickets.open(text, CONTEXT).ok()?;
        (ticket.expires_at > self.now()).then_some(ticket)
    }
}
