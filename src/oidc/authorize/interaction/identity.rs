//! As whom the person is here: for themselves, or for a company that they may act for (登录身份: 个人或法人).
//!
//! The client says whom it serves and may name a company; of what is left the person chooses, unless one identity is left
//! or this session has chosen at this client before. Nothing that a form says is believed: the choice counts only while it
//! is among what the person may choose, at every visit, and once more when the code is redeemed.

use super::super::{AuthorizationRequest, Outcome, SignedIn};
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
}

/// The page, if the person must choose; otherwise the request knows the identity.
pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    let mut identities = candidates(provider, request, &signed_in.session);
    if let Some(answer) = answered(request, &identities, &signed_in.session) {
        request.identity = identities.swap_remove(answer);
        return Ok(None);
    }
    if !wants_choice(request, &signed_in.session, identities.len()) {
        if let [_] = identities.as_slice() {
            request.identity = identities.swap_remove(0);
            return Ok(None);
        }
        if let Some(before) = chosen_before(provider, request, signed_in, &identities).await? {
            request.identity = identities.swap_remove(before);
            return Ok(None);
        }
    }
    if identities.is_empty() && request.named_company.is_some() {
        return Err(OAuthError::new(ErrorCode::AccessDenied, "the person may not act for this company here"));
    }
    if request.silent() {
        return Err(silent(identities.len()));
    }
    let question = IdentityQuestion { identities, companies: request.client.metadata.subject.serves_entities() };
    Ok(Some(Outcome::NeedAccount(request.asked(provider, question).await?)))
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
