//! Leg 2: the browser presents its ticket. Ticket and nonce must belong together; then the session opens, and the browser goes
//! back to the node below with a receipt, by which that knows the session here.

use std::time::Duration;

use serde_json::json;

use super::begin::nonce_hash;
use super::passage::Passage;
use super::ticket::Ticket;
use super::{FromBelow, LONGEST_STATE, Party};
use crate::accounts::AccountError;
use crate::base::id::ClientId;
use crate::oidc::client::Client;
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};
use crate::signon::{self, At, FromBelowError, SignedOn};

/// `typ` of a receipt.
pub const RECEIPT_TYPE: &str = "login-receipt+jwt";

/// How long a receipt is good for.
const RECEIPT_LIFE: Duration = Duration::from_secs(60);

/// A browser with a ticket.
pub struct Presented<'a> {
    /// `client_id`, `ticket` and `state`.
    pub params: &'a Params,
    /// The nonce in its cookie.
    pub nonce: Option<&'a str>,
    /// The name of the browser.
    pub browser: &'a str,
}

/// What becomes of it.
pub enum Entry {
    /// In a session, and on to this address.
    In(Box<SignedOn>, String),
    /// The person is asked first.
    Asks(Box<Passage>),
}

/// Why it opens nothing.
pub enum Turned {
    /// Nobody knows where it came from: a page says so.
    Page(OAuthError),
    /// Back to the node below, which goes on without.
    Back(String),
}

impl From<OAuthError> for Turned {
    fn from(error: OAuthError) -> Self {
        Self::Page(error)
    }
}

impl FromBelow {
    /// Takes a ticket.
    ///
    /// # Errors
    /// [`Turned`].
    pub async fn enter(&self, presented: Presented<'_>, at: &At<'_>) -> Result<Entry, Turned> {
        let params = presented.params;
        let id = ClientId::from(params.require("client_id")?);
        let stranger = || OAuthError::new(ErrorCode::UnauthorizedClient, "no such node stands below this one");
        let party = self.party(&id).await?.ok_or_else(stranger)?;
        let state = params.require("state")?;
        if state.len() > LONGEST_STATE {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "state is too long").into());
        }
        let entered = match self.good_ticket(&party, &presented) {
            Ok(ticket) => self.use_ticket(&party, ticket, (state, presented.browser), at).await,
            Err(why) => Err(OAuthError::new(ErrorCode::InvalidGrant, why)),
        };
        entered.map_err(|error| self.turned(&party, state, &error))
    }

    pub(super) fn turned(&self, party: &Party<'_>, state: &str, error: &OAuthError) -> Turned {
        let detail = error.detail().unwrap_or_default();
        tracing::warn!(node = %party.client.id, %error, detail, "a sign-in at a node below opens no session");
        let told = [("error", error.code.as_str()), ("error_description", &*error.description)];
        Turned::Back(self.back(party.node, state, &told))
    }

    /// Threat 25: of this node, of the node below that is named, in time, and of this very browser.
    fn good_ticket(&self, party: &Party<'_>, presented: &Presented<'_>) -> Result<Ticket, &'static str> {
        let text = presented.params.get("ticket").ok_or("there is no ticket")?;
        let ticket = self.open_ticket(text).ok_or("the ticket is not one of this node, or too old")?;
        if ticket.client != party.client.id || !party.node.passes_sign_ins {
            return Err("the ticket is of another node");
        }
        match presented.nonce {
            Some(nonce) if nonce_hash(nonce) == ticket.nonce_hash => Ok(ticket),
            _ => Err("the ticket was made for another browser"),
        }
    }

    async fn use_ticket(
        &self,
        party: &Party<'_>,
        ticket: Ticket,
        (state, browser): (&str, &str),
        at: &At<'_>,
    ) -> Result<Entry, OAuthError> {
        let another = at.current.is_some_and(|session| session.account_id != ticket.account);
        if ticket.linked && !another {
            let (signed_on, location) = self.open_session(party, (&ticket, false), state, at).await?;
            return Ok(Entry::In(Box::new(signed_on), location));
        }
        let subject = self.subject(&ticket, &party.client);
        let held = self.0.on.signon.hold_below(of(&ticket, &subject, false)).await;
        held.map_err(refused)?;
        Ok(Entry::Asks(Box::new(self.passage(ticket, state, browser))))
    }

    /// Opens the session that a ticket leads to; the way back.
    pub(super) async fn open_session(
        &self,
        party: &Party<'_>,
        (ticket, taken): (&Ticket, bool),
        state: &str,
        at: &At<'_>,
    ) -> Result<(SignedOn, String), OAuthError> {
        let subject = self.subject(ticket, &party.client);
        let below = of(ticket, &subject, taken);
        let entered = self.0.on.signon.from_below(&ticket.account, &ticket.event(), below, at).await;
        let entered = entered.map_err(refused)?;
        metrics::counter!("hufu_passed_sign_ins_total", "side" => "target", "result" => "in").increment(1);
        let location = self.done(party, ticket, state, (&subject, &entered.sid))?;
        Ok((entered.signed_on, location))
    }

    /// The `sub` by which the node below knows the account from now on.
    pub(super) fn subject(&self, ticket: &Ticket, client: &Client) -> String {
        self.0.on.provider.subjects().of(&ticket.account, client)
    }

    /// The way back with a receipt.
    pub(super) fn done(
        &self,
        party: &Party<'_>,
        ticket: &Ticket,
        state: &str,
        (subject, sid): (&str, &str),
    ) -> Result<String, OAuthError> {
        let now = self.now();
        let claims = json!({
            "iss": self.issuer(),
            "aud": party.client.id,
            "sub": subject,
            "sid": sid,
            "asserted_sid": ticket.sid,
            "iat": now.seconds(),
            "exp": now.plus(RECEIPT_LIFE).seconds(),
            "jti": self.0.on.random.short_token(),
        });
        let receipt = self.0.on.keys.sign(SigningAlg::ES256, RECEIPT_TYPE, &claims)?;
        Ok(self.back(party.node, state, &[("receipt", &receipt)]))
    }
}

/// A ticket as `signon` takes it.
pub(super) fn of<'a>(ticket: &'a Ticket, subject: &'a str, taken: bool) -> signon::FromBelow<'a> {
    signon::FromBelow { client: &ticket.client, sid: &ticket.sid, subject, taken, new_account: ticket.made }
}

/// What the node below is told.
pub(super) fn refused(error: FromBelowError) -> OAuthError {
    match error {
        FromBelowError::Over => {
            OAuthError::new(ErrorCode::InvalidGrant, "the ticket was used, or its session has ended")
        }
        FromBelowError::Taken => OAuthError::new(ErrorCode::InvalidGrant, "the account is linked to somebody else"),
        FromBelowError::Account(AccountError::State(_) | AccountError::Closing(_)) => {
            OAuthError::new(ErrorCode::AccessDenied, "the account at this node may not sign in")
        }
        FromBelowError::Account(failure) => failure.into(),
    }
}
