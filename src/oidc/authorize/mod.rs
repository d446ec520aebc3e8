//! The authorization endpoint (OIDC Core §3.1.2, RFC 6749 §4.1.1): a visible list of named checks, then the questions
//! that only a person can answer, then the response.
//!
//! Every visit runs the whole list again on sealed, unchanged parameters: nothing that a browser carries is believed, and
//! a step cannot be skipped, repeated or reordered. The outcome is a value; `http` makes a page or a redirect of it.

mod answer;
mod checks;
mod flow;
mod interaction;
mod locate;
mod request;
mod respond;

use std::sync::Arc;

use crate::accounts::Person;
use crate::factors::Way;
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::SocialCreditCode;
use crate::session::Session;

pub use answer::ConsentAnswer;
pub(in crate::oidc) use flow::REMEMBER_PUSHED;
pub use flow::{Flow, FlowError, OpenFlow};
pub use interaction::{ConsentQuestion, Identity, IdentityQuestion, LoginReason, ONESELF};
pub(in crate::oidc) use interaction::{agreement, still_agreed};
pub(in crate::oidc) use locate::PUSHED;
pub use request::AuthorizationRequest;
pub(in crate::oidc) use respond::CODE_CONTEXT;
pub use respond::{AuthorizationResponse, Code};

/// A check of the request: passes, or names the error to send back to the client.
type Check = fn(&Provider, &mut AuthorizationRequest) -> Result<(), OAuthError>;

/// What is checked of a request once its client and redirect URI are known, in this order. The mode comes first: every
/// later error travels by it.
const REQUEST_CHECKS: [(&str, Check); 12] = [
    ("response_mode", checks::response_mode::check),
    ("response_type", checks::response_type::check),
    ("unsupported", checks::unsupported::check),
    ("scope", checks::scope::check),
    ("prompt", checks::prompt::check),
    ("nonce", checks::nonce::check),
    ("pkce", checks::pkce::check),
    ("max_age", checks::max_age::check),
    ("acr_values", checks::acr_values::check),
    ("claims", checks::claims::check),
    ("id_token_hint", checks::id_token_hint::check),
    ("authorization_details", checks::authorization_details::check),
];

/// How a request arrives.
pub enum Entry {
    /// As parameters, from the client by way of the browser.
    Request(Params),
    /// Again, from a page of ours that has sealed it.
    Flow(String),
}

/// What is to happen next.
pub enum Outcome {
    /// Send the browser to the client with this response.
    Respond(AuthorizationResponse),
    /// The node above may know what is not known here.
    AskAbove(Asked<AboveQuestion>),
    /// The person must sign in (or register, or choose another account).
    NeedLogin(Asked<LoginReason>),
    /// The person must choose an account, or as whom they are here.
    NeedAccount(Asked<IdentityQuestion>),
    /// The person must show a further factor.
    NeedFactor(Asked<FactorQuestion>),
    /// The person must add a further factor, for she has none that leads on.
    NeedEnrolment(Asked<EnrolmentQuestion>),
    /// The person must prove their real name.
    NeedRealName(Asked<RealNameQuestion>),
    /// The person is a child under 14, and no guardian agrees for it yet.
    NeedGuardian(Asked<()>),
    /// The person must agree to give something.
    NeedConsent(Asked<ConsentQuestion>),
    /// Nobody may be redirected: tell the person.
    Refuse(Refusal),
}

/// A question for the person, and all that its page needs to know.
pub struct Asked<T> {
    /// The sealed flow, to come back with.
    pub flow: String,
    /// Who asks.
    pub client: Arc<Client>,
    /// `login_hint` of the request.
    pub login_hint: Option<String>,
    /// `ui_locales` of the request.
    pub ui_locales: Option<String>,
    /// The question.
    pub question: T,
}

/// What the node above is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AboveQuestion {
    /// Who sits there, without a page.
    Who,
    /// Whether the person may act for this company, without a page.
    Company(SocialCreditCode),
    /// For which company that is registered there: by a page of it.
    Companies,
}

/// Which further factor is asked, and how urgently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorQuestion {
    /// The level to reach, 1 to 4.
    pub level: u8,
    /// The person's ways that lead there, the best first; never empty.
    pub ways: Vec<Way>,
    /// Whether the service insists; otherwise the person may go on without.
    pub required: bool,
}

/// Which level a factor that is still to be added must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentQuestion {
    /// The level to reach, 1 to 4.
    pub level: u8,
}

/// Why and how far a real name is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealNameQuestion {
    /// The level to reach, 1 to 4.
    pub level: u8,
    /// Whether the service insists; otherwise the person may go on without.
    pub required: bool,
    /// Whether there is a proof, and the service wants a fresh one.
    pub again: bool,
}

/// An error that must not be redirected (unknown client or redirect URI: threat 1).
pub struct Refusal {
    /// The error.
    pub error: OAuthError,
    /// Whose request it was, when that is known, for the way back.
    pub client: Option<Arc<Client>>,
    /// Set when it is the flow that cannot go on.
    pub flow: Option<FlowError>,
}

impl Refusal {
    fn of(error: OAuthError) -> Self {
        Self { error, client: None, flow: None }
    }
}

/// Who sits before the browser.
#[derive(Clone, Default)]
pub struct Browser {
    /// The live sign-on session of the browser's cookie.
    pub session: Option<Session>,
    /// The live sessions that it has for isolated clients, whichever they are.
    pub isolated: Vec<Session>,
}

impl Browser {
    /// The session that counts at `client`: the sign-on session, or for an isolated client the one that is its own.
    #[must_use]
    pub fn session_at(&self, client: &Client) -> Option<&Session> {
        if client.metadata.isolated {
            return self.isolated.iter().find(|session| session.is_isolated_for(&client.id));
        }
        self.session.as_ref().filter(|session| session.isolated_for.is_none())
    }
}

/// The person and session that a response is for.
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub person: Arc<Person>,
}

impl Provider {
    /// Answers one visit to the authorization endpoint.
    pub async fn authorize(&self, entry: Entry, browser: &Browser) -> Outcome {
        let flow = match self.enter(entry).await {
            Ok(flow) => flow,
            Err(refusal) => return Outcome::Refuse(refusal),
        };
        let mut request = match self.locate(flow).await {
            Ok(request) => request,
            Err(refusal) => return Outcome::Refuse(refusal),
        };
        match self.proceed(&mut request, browser).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Respond(respond::error(self.issuer(), &request, &error)),
        }
    }

    /// Everything that can be told of a request without a person.
    fn check(&self, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
        REQUEST_CHECKS.iter().try_for_each(|(name, check)| {
            tracing::trace!(check = name);
            check(self, request)
        })
    }

    /// Everything after the redirect URI is known: errors go back to the client.
    async fn proceed(&self, request: &mut AuthorizationRequest, browser: &Browser) -> Result<Outcome, OAuthError> {
        self.check(request)?;
        let signed_in = match interaction::login::ask(self, request, browser).await? {
            interaction::Answer::Known(signed_in) => signed_in,
            interaction::Answer::Ask(outcome) => return Ok(outcome),
        };
        if let Some(outcome) = interaction::second_factor::ask(self, request, &signed_in).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = interaction::identity::ask(self, request, &signed_in).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = interaction::real_name::ask(self, request, &signed_in).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = interaction::guardian::ask(self, request, &signed_in).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = interaction::consent::ask(self, request, &signed_in).await? {
            return Ok(outcome);
        }
        Ok(Outcome::Respond(respond::code(self, request, signed_in).await?))
    }
}
