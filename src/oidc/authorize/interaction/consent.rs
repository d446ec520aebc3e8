//! Whether the person has agreed to give what is asked.
//!
//! By client: `statutory` (a legal basis is on record, no screen), `first_use`, `always`. The identity number is always a
//! separate consent: when it is not given, the claim is left out and the sign-in goes on, unless it was essential.

use super::super::{AuthorizationRequest, Outcome, SignedIn};
use crate::accounts::Consent;
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::oidc::Provider;
use crate::oidc::claims;
use crate::oidc::client::Client;
use crate::proto::oauth::{ConsentMode, ErrorCode, OAuthError, Scope};
use crate::proto::oidc::{ClaimsRequest, Prompt};
use crate::store::{StoreError, Transaction};

/// What the consent page shows and asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentQuestion {
    /// Scopes that are given together with the button.
    pub scope: Vec<String>,
    /// Claims asked for one by one, given together with the button.
    pub claims: Vec<String>,
    /// Sensitive claims, each with a box of its own, unticked.
    pub sensitive: Vec<String>,
}

/// The consent page, if it must be shown; otherwise the request is narrowed to what was agreed.
pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    if request.flow.denied {
        return Err(OAuthError::new(ErrorCode::AccessDenied, "the person refused"));
    }
    let question = question(&request.scope, &request.claims);
    let given = provider.0.consents.find(&signed_in.person.id, &request.client.id).await?;
    // Who says another purpose is asked for another consent (PIPL art. 14).
    let given = given.filter(|given| given.stated.version == request.client.metadata.purpose_version());
    if must_ask(request, &question, given.as_ref()) {
        if request.silent() {
            return Err(OAuthError::new(ErrorCode::ConsentRequired, "the person has not agreed to what is asked"));
        }
        return Ok(Some(Outcome::NeedConsent(request.asked(provider, question).await?)));
    }
    narrow(request, &question, given.as_ref())?;
    Ok(None)
}

fn question(scope: &Scope, wishes: &ClaimsRequest) -> ConsentQuestion {
    let asked = claims::asked_one_by_one(wishes);
    let (sensitive_asked, claims): (Vec<_>, Vec<_>) = asked.into_iter().partition(|claim| claims::is_sensitive(claim));
    let sensitive_scopes = claims::SCOPES.iter().filter(|entry| entry.sensitive && scope.contains(entry.name));
    let mut sensitive: Vec<String> = sensitive_scopes.flat_map(|entry| entry.claims).map(|&c| c.to_owned()).collect();
    sensitive.extend(sensitive_asked);
    sensitive.sort();
    sensitive.dedup();
    let plain = scope.iter().filter(|item| *item != "openid" && !claims::is_sensitive_scope(item));
    ConsentQuestion { scope: plain.map(str::to_owned).collect(), claims, sensitive }
}

/// What a grant rests on.
#[derive(Clone, Copy)]
pub(in crate::oidc) enum Agreement {
    /// Nothing: no consent is needed.
    NotNeeded,
    /// A consent given then.
    Given(Timestamp),
}

impl Agreement {
    /// When the consent was given; `None` when none is needed.
    pub(in crate::oidc) const fn given_at(self) -> Option<Timestamp> {
        match self {
            Self::NotNeeded => None,
            Self::Given(at) => Some(at),
        }
    }
}

/// What a code rests on, as known here; `None` when it seems to rest on nothing, which [`still_agreed`] decides.
pub(in crate::oidc) async fn agreement(
    provider: &Provider,
    (client, account): (&Client, &AccountId),
    (scope, wishes): (&Scope, &ClaimsRequest),
) -> Result<Option<Agreement>, StoreError> {
    let Some(needed) = needed(client, scope, wishes) else { return Ok(Some(Agreement::NotNeeded)) };
    let given = provider.0.consents.find(account, &client.id).await?;
    Ok(given.filter(|given| needed.covered_by(given)).map(|given| Agreement::Given(given.given_at)))
}

/// Whether a person still agrees to what a code carries: a consent that was withdrawn since takes its codes along, and one
/// that is being withdrawn waits for the caller's transaction.
pub(in crate::oidc) async fn still_agreed(
    provider: &Provider,
    tx: &mut Transaction,
    (client, account): (&Client, &AccountId),
    (scope, wishes): (&Scope, &ClaimsRequest),
) -> Result<bool, StoreError> {
    let Some(needed) = needed(client, scope, wishes) else { return Ok(true) };
    let given = provider.0.consents.hold(tx, account, &client.id).await?;
    Ok(given.is_some_and(|given| needed.covered_by(&given)))
}

/// What needs a consent of what a code carries; `None` when nothing does.
fn needed(client: &Client, scope: &Scope, wishes: &ClaimsRequest) -> Option<ConsentQuestion> {
    let mut question = question(scope, wishes);
    if client.metadata.consent == ConsentMode::Statutory {
        question.scope.retain(|item| item == "offline_access");
        question.claims.clear();
    }
    let nothing = question.scope.is_empty() && question.claims.is_empty() && question.sensitive.is_empty();
    (!nothing).then_some(question)
}

impl ConsentQuestion {
    fn covered_by(&self, given: &Consent) -> bool {
        let claims = self.claims.iter().chain(&self.sensitive).map(String::as_str);
        given.covers(self.scope.iter().map(String::as_str), claims)
    }
}

fn must_ask(request: &AuthorizationRequest, question: &ConsentQuestion, given: Option<&Consent>) -> bool {
    let answered = given.is_some_and(|given| request.answered_by(given.given_at));
    if answered {
        return false;
    }
    let covered = given.is_some_and(|given| {
        given.covers(question.scope.iter().map(String::as_str), question.claims.iter().map(String::as_str))
    });
    let nothing = question.scope.is_empty() && question.claims.is_empty();
    let prompted = request.prompts.contains(Prompt::Consent);
    let plain = match request.client.metadata.consent {
        ConsentMode::Statutory => false,
        ConsentMode::FirstUse => !covered && !nothing,
        ConsentMode::Always => !nothing,
    };
    let sensitive_open = question
        .sensitive
        .iter()
        .any(|claim| !given.is_some_and(|given| given.claims.contains(claim)) && wants_now(request, claim, given));
    prompted || plain || sensitive_open
}

/// A sensitive claim is asked for when it is essential, or when the page can be shown and it was never answered.
fn wants_now(request: &AuthorizationRequest, claim: &str, given: Option<&Consent>) -> bool {
    if request.claims.is_essential(claim) {
        return true;
    }
    !request.silent() && given.is_none()
}

/// Leaves out the sensitive claims that were not agreed to; an essential one ends the request.
fn narrow(
    request: &mut AuthorizationRequest,
    question: &ConsentQuestion,
    given: Option<&Consent>,
) -> Result<(), OAuthError> {
    for claim in &question.sensitive {
        if given.is_some_and(|given| given.claims.contains(claim)) {
            continue;
        }
        if request.claims.is_essential(claim) {
            return Err(OAuthError::new(ErrorCode::AccessDenied, "the person did not agree to an essential claim"));
        }
        request.claims.remove(claim);
        request.scope = request.scope.filtered(|item| !claims::scope_gives(item, claim));
    }
    Ok(())
}
