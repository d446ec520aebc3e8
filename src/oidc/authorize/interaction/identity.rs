//! As whom the person is here: for themselves, or for a company that they may act for (登录身份: 个人或法人).
//!
//! The client says whom it serves and may name a company; of what is left the person chooses, unless one identity is left
//! or this session has chosen at this client before. Nothing that a form says is believed: the choice counts only while it
//! is among what the person may choose, at every visit, and once more when the code is redeemed.

use super::super::{AboveQuestion, AuthorizationRequest, Outcome, SignedIn};
use crate::base::id::EntityId;
use crate::entities::Standing;
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::Prompt;
use crate::session::Session;

/// Whom a person may be here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Themselves.
    Oneself,
    /// One who acts for a company.
    Company(Standing),
}

impl Identity {
    /// What the page posts: `self`, or the company's id.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Oneself => ONESELF,
            Self::Company(standing) => standing.entity_id.as_str(),
        }
    }

    /// The company, as it is stored: empty for oneself.
    #[must_use]
    pub fn acting_for(&self) -> &str {
        self.entity().map_or("", EntityId::as_str)
    }

    fn is_given_here(&self) -> bool {
        matches!(self, Self::Company(standing) if !standing.carried)
    }

    fn entity(&self) -> Option<&EntityId> {
        match self {
            Self::Oneself => None,
            Self::Company(standing) => Some(&standing.entity_id),
        }
    }
}

/// The value of the identity that is no company.
pub const ONESELF: &str = "self";

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityQuestion {
    /// Whom the person may be; the one they prefer first. Empty when the client serves companies and there is none.
    pub identities: Vec<Identity>,
    /// Whether the client serves companies at all.
    pub companies: bool,
    /// Whether the person may choose among those that are registered at the node above.
    pub above: bool,
}

/// The page, if the person must choose; otherwise the request knows the identity.
pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    if asks_for_person(request) {
        request.identity = Identity::Oneself;
        return Ok(None);
    }
    let mut identities = candidates(provider, request, &signed_in.session);
    if let Some(known) = known(provider, request, signed_in, &identities).await? {
        request.identity = identities.swap_remove(known);
        return Ok(None);
    }
    if let Some(question) = for_above(provider, request, signed_in, &identities) {
        return Ok(Some(Outcome::AskAbove(request.asked(provider, question).await?)));
    }
    if identities.is_empty() && request.named_company.is_some() {
        return Err(OAuthError::new(ErrorCode::AccessDenied, "the person may not act for this company here"));
    }
    if request.silent() {
        return Err(silent(identities.len()));
    }
    let question = IdentityQuestion {
        identities,
        companies: request.client.metadata.subject.serves_entities(),
        above: companies_above(provider, signed_in),
    };
    Ok(Some(Outcome::NeedAccount(request.asked(provider, question).await?)))
}

/// Which of the identities it is, if nobody needs to be asked.
async fn known(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    identities: &[Identity],
) -> Result<Option<usize>, OAuthError> {
    if let Some(answer) = answered(request, identities, &signed_in.session) {
        return Ok(Some(answer));
    }
    if wants_choice(request, &signed_in.session, identities.len()) {
        return Ok(None);
    }
    match identities {
        [_] => Ok(Some(0)),
        _ => chosen_before(provider, request, signed_in, identities).await,
    }
}

/// Whether a node below asks who the person is: for whom they act it asks apart.
fn asks_for_person(request: &AuthorizationRequest) -> bool {
    let names = request.named_company.is_some() || request.prompts.contains(Prompt::SelectAccount);
    request.client.metadata.carries_companies && !names
}

/// Whether the person may act here for companies that are registered at the node above: this session came from there.
fn companies_above(provider: &Provider, signed_in: &SignedIn) -> bool {
    let session = &signed_in.session;
    provider.0.companies_above && session.ceiling.is_some() && session.isolated_for.is_none()
}

/// What the node above is asked before the person is: for a company that is named and not known here; and, for a node below
/// that wants the person to choose, for all of them, where this node has no company of its own to add.
fn for_above(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    identities: &[Identity],
) -> Option<AboveQuestion> {
    if request.flow.asked_company || !companies_above(provider, signed_in) {
        return None;
    }
    match request.named_company.as_ref().or(request.hinted_company.as_ref()) {
        Some(code) => identities.is_empty().then(|| AboveQuestion::Company(code.clone())),
        None => {
            let carries = request.client.metadata.carries_companies && !request.silent();
            (carries && !identities.iter().any(Identity::is_given_here)).then_some(AboveQuestion::Companies)
        }
    }
}

fn silent(choices: usize) -> OAuthError {
    if choices == 0 {
        return OAuthError::new(ErrorCode::InteractionRequired, "the person may act for no company here");
    }
    OAuthError::new(ErrorCode::AccountSelectionRequired, "the person has several identities, and none is named")
}

/// Whom the person may be at this client, less what the client rules out by naming a company or a subject.
fn candidates(provider: &Provider, request: &AuthorizationRequest, session: &Session) -> Vec<Identity> {
    let mut all = Vec::new();
    if request.client.metadata.subject.serves_persons() {
        all.push(Identity::Oneself);
    }
    all.extend(request.standings.iter().cloned().map(Identity::Company));
    if let Some(code) = &request.named_company {
        all.retain(|identity| matches!(identity, Identity::Company(standing) if standing.code == code.as_str()));
    }
    if let Some(subject) = &request.expected_subject {
        all.retain(|identity| *subject == subject_of(provider, request, session, identity));
    }
    all.sort_by_key(|identity| !matches!(identity, Identity::Company(standing) if standing.preferred));
    all
}

/// The `sub` of an identity at the client that asks.
fn subject_of(provider: &Provider, request: &AuthorizationRequest, session: &Session, identity: &Identity) -> String {
    match identity.entity() {
        None => provider.0.subjects.of(&session.account_id, &request.client),
        Some(entity) => provider.0.subjects.of_entity(entity, &request.client),
    }
}

/// What the person chose on the page of this very request, in this session, if they may still be that.
fn answered(request: &AuthorizationRequest, identities: &[Identity], session: &Session) -> Option<usize> {
    let chosen = request.flow.identity.as_ref().filter(|_| request.flow.chosen.as_ref() == Some(&session.id))?;
    identities.iter().position(|identity| identity.value() == chosen)
}

/// Whether the client wants the person to choose, and they have not; or whether what they chose is none (any more): nobody
/// finds themselves as somebody else than they chose. Who has just signed in has chosen an account; if they have several
/// identities, that says nothing of these.
fn wants_choice(request: &AuthorizationRequest, session: &Session, choices: usize) -> bool {
    let asked = request.prompts.contains(Prompt::SelectAccount);
    let here = request.flow.chosen.as_ref() == Some(&session.id);
    let in_vain = here && request.flow.identity.is_some();
    in_vain || asked && (choices > 1 || !(here || request.answered_by(session.auth_time)))
}

/// As whom this session entered this client last, when the client asks for nothing else: no new sign-in and no choice.
async fn chosen_before(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    identities: &[Identity],
) -> Result<Option<usize>, OAuthError> {
    let anew = [Prompt::SelectAccount, Prompt::Login, Prompt::Create];
    if anew.into_iter().any(|prompt| request.prompts.contains(prompt)) {
        return Ok(None);
    }
    let links = provider.0.sessions.links_at(&signed_in.session.id, &request.client.id).await?;
    let last = links.last().map(|link| link.acting_for.as_str());
    Ok(identities.iter().position(|identity| Some(identity.acting_for()) == last))
}
