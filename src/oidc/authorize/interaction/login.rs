//! Who is there, and whether they signed in recently enough, as the right person.

use std::time::Duration;

use super::super::{AboveQuestion, AuthorizationRequest, Browser, Outcome, SignedIn};
use super::Answer;
use crate::accounts::{AccountError, AccountState};
use crate::entities::Standing;
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::Prompt;
use crate::session::Session;

/// Why a sign-in page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is signed in.
    NoSession,
    /// The client wants a fresh sign-in (`prompt=login`, `max_age`, or registered so).
    Again,
    /// The client knows another person.
    OtherPerson,
    /// The client wants a new account to be made (`prompt=create`).
    Create,
}

/// The person who is signed in well enough for this request, or the page that must ask.
pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    browser: &Browser,
) -> Result<Answer, OAuthError> {
    let Some(session) = browser.session_at(&request.client) else {
        if is_for_above(provider, request, browser) {
            return Ok(Answer::Ask(Outcome::AskAbove(request.asked(provider, AboveQuestion::Who).await?)));
        }
        let reason = match browser.session {
            _ if request.prompts.contains(Prompt::Create) => LoginReason::Create,
            Some(_) => LoginReason::Again,
            None => LoginReason::NoSession,
        };
        return page(provider, request, reason).await;
    };
    request.interacted = request.answered_in(session) || request.flow.chosen.is_some();
    if let Some(reason) = stale(provider, request, session) {
        // The session above, from which this one came, may be younger by now.
        if reason == LoginReason::Again && session.ceiling.is_some() && may_ask_above(provider, request) {
            return Ok(Answer::Ask(Outcome::AskAbove(request.asked(provider, AboveQuestion::Who).await?)));
        }
        return page(provider, request, reason).await;
    }
    let person = match provider.0.accounts.find(&session.account_id).await {
        Err(AccountError::Unknown) => None,
        found => Some(found?),
    };
    let Some(person) = person.filter(|person| person.state == AccountState::Active) else {
        return page(provider, request, LoginReason::NoSession).await;
    };
    request.standings = provider.standings_at(session, &request.client).await?;
    if let Some(answer) = wrong_person(provider, request, session).await? {
        return Ok(answer);
    }
    Ok(Answer::Known(SignedIn { session: session.clone(), person }))
}

/// Whether the node above is asked without a page who sits there: nobody is known here.
fn is_for_above(provider: &Provider, request: &AuthorizationRequest, browser: &Browser) -> bool {
    browser.session.is_none() && may_ask_above(provider, request)
}

/// Whether it may be: it was not asked before, and nothing is asked that a session there could not answer. A client that keeps
/// out of the sign-on keeps out of this too.
fn may_ask_above(provider: &Provider, request: &AuthorizationRequest) -> bool {
    let asks_page = [Prompt::Login, Prompt::Create, Prompt::SelectAccount].iter().any(|p| request.prompts.contains(*p));
    let metadata = &request.client.metadata;
    let own = metadata.isolated || metadata.reauthenticates_always();
    provider.0.asks_above && !request.flow.asked_above && !asks_page && !own
}

async fn page(provider: &Provider, request: &AuthorizationRequest, reason: LoginReason) -> Result<Answer, OAuthError> {
    if request.silent() {
        return Err(OAuthError::new(ErrorCode::LoginRequired, "the person is not signed in, or not recently enough"));
    }
    Ok(Answer::Ask(Outcome::NeedLogin(request.asked(provider, reason).await?)))
}

/// Whether the sign-in must be repeated. A sign-in made on the way of this very request always counts.
fn stale(provider: &Provider, request: &AuthorizationRequest, session: &Session) -> Option<LoginReason> {
    if request.answered_in(session) {
        return None;
    }
    if request.prompts.contains(Prompt::Create) {
        return Some(LoginReason::Create);
    }
    let age = provider.0.clock.now().since(session.auth_time);
    let too_old = request.max_age.is_some_and(|limit| age > Duration::from_secs(limit));
    let always = request.client.metadata.reauthenticates_always();
    (request.prompts.contains(Prompt::Login) || too_old || always).then_some(LoginReason::Again)
}

/// What happens when the session is not that of the person whom the client names (OIDC Core §3.1.2.2).
async fn wrong_person(
    provider: &Provider,
    request: &AuthorizationRequest,
    session: &Session,
) -> Result<Option<Answer>, OAuthError> {
    if is_meant(provider, request, session) {
        return Ok(None);
    }
    if request.silent() || request.answered_in(session) {
        return Err(OAuthError::new(ErrorCode::LoginRequired, "another person is signed in"));
    }
    page(provider, request, LoginReason::OtherPerson).await.map(Some)
}

/// Whether this session's person is whom the client names: by themselves, or as one who acts for a company.
fn is_meant(provider: &Provider, request: &AuthorizationRequest, session: &Session) -> bool {
    let own = || provider.0.subjects.of(&session.account_id, &request.client);
    match (&request.expected_actor, &request.expected_subject) {
        (Some(actor), _) => *actor == own(),
        (None, None) => true,
        (None, Some(subject)) => {
            let company =
                |standing: &Standing| provider.0.subjects.of_entity(&standing.entity_id, &request.client) == *subject;
            *subject == own() || request.standings.iter().any(company)
        }
    }
}
