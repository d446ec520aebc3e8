//! Whether the level reached is enough, and whether a proof of the real name can raise it (standard 6.4, card).
//!
//! A demand (essential `acr`, the client's minimum) must be met or the request ends; a wish (`acr_values`) is offered once
//! and may be declined.

use std::time::Duration;

use super::super::{AuthorizationRequest, Outcome, RealNameQuestion, SignedIn};
use super::second_factor::{self, counted};
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::Acr;
use crate::realname::{RealNameLevel, acr};
use crate::session::strength;

pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    let reached = reached(request, signed_in);
    if let Some(demand) = request.acr_demand
        && !reached.satisfies(demand)
    {
        return demanded(provider, request, signed_in, demand).await.map(Some);
    }
    if let Some((limit, insists)) = request.proof_max_age
        && !fresh_enough(provider, request, signed_in, limit)
        && let Some(outcome) = renew(provider, request, signed_in, insists).await?
    {
        return Ok(Some(outcome));
    }
    let within = reachable(provider, request, signed_in);
    let wish = request.acr_wishes.iter().copied().filter(|wish| *wish > reached && *wish <= within).max();
    match wish {
        Some(wish) if !request.silent() && !request.flow.declined_real_name && lacks_name(signed_in, wish) => {
            page(provider, request, (wish, false), false).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// The `acr` of a sign-in: the lowest of the real-name level, the cap of what of the login counts at this client, and what the
/// node above vouches for where the session came from there.
pub(in crate::oidc::authorize) fn reached(request: &AuthorizationRequest, signed_in: &SignedIn) -> Acr {
    let login = strength(&counted(request, signed_in.session.methods()));
    let level = login.map_or(RealNameLevel::L0, |login| acr(signed_in.person.level(), login));
    let most = signed_in.session.ceiling.unwrap_or(i32::MAX);
    Acr::from_number(i32::from(i16::from(level)).min(most))
}

/// The `acr` that is reported: the highest requested one that is reached, or what is reached when none was requested.
pub(in crate::oidc::authorize) fn reported(request: &AuthorizationRequest, reached: Acr) -> Acr {
    reached.answering(&request.acr_wishes)
}

async fn demanded(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    demand: Acr,
) -> Result<Outcome, OAuthError> {
    if request.silent() {
        return Err(OAuthError::new(ErrorCode::InteractionRequired, "a higher level is demanded than is reached"));
    }
    if demand <= reachable(provider, request, signed_in) && lacks_name(signed_in, demand) {
        return page(provider, request, (demand, true), false).await;
    }
    Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, "the level demanded cannot be reached here"))
}

/// The highest level that the real-name page can lead to with a login as strong as this one.
fn reachable(provider: &Provider, request: &AuthorizationRequest, signed_in: &SignedIn) -> Acr {
    Acr::from_number(i32::from(i16::from(provider.0.by_page)).min(second_factor::strength(request, signed_in)))
}

/// Whether a proof of the level in question is at most `limit` seconds old. One that was made on the way of this very
/// request always counts.
fn fresh_enough(provider: &Provider, request: &AuthorizationRequest, signed_in: &SignedIn, limit: u64) -> bool {
    let least = asked_level(request).number();
    let now = provider.0.clock.now();
    signed_in
        .person
        .proofs()
        .into_iter()
        .filter(|proof| i32::from(i16::from(proof.level)) >= least)
        .any(|proof| request.answered_by(proof.verified_at) || proof.is_fresh(Duration::from_secs(limit), now))
}

/// The level of which a fresh proof is asked: the one demanded, or that of name and number.
fn asked_level(request: &AuthorizationRequest) -> Acr {
    request.acr_demand.unwrap_or(Acr::L2).max(Acr::L2)
}

/// Asks for a fresh proof: a demand ends the request when it cannot be met, a wish may be declined.
async fn renew(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    insists: bool,
) -> Result<Option<Outcome>, OAuthError> {
    if request.silent() {
        return if insists {
            Err(OAuthError::new(ErrorCode::InteractionRequired, "a fresher proof of the real name is demanded"))
        } else {
            Ok(None)
        };
    }
    let level = asked_level(request);
    if i32::from(i16::from(provider.0.by_page)) < level.number() {
        return if insists {
            Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, "the proof cannot be renewed here"))
        } else {
            Ok(None)
        };
    }
    if !insists && request.flow.declined_real_name {
        return Ok(None);
    }
    let again = signed_in.person.real_name.is_some();
    page(provider, request, (level, insists), again).await.map(Some)
}

fn lacks_name(signed_in: &SignedIn, level: Acr) -> bool {
    i32::from(i16::from(signed_in.person.level())) < level.number()
}

async fn page(
    provider: &Provider,
    request: &AuthorizationRequest,
    (level, required): (Acr, bool),
    again: bool,
) -> Result<Outcome, OAuthError> {
    let level = u8::try_from(level.number()).unwrap_or(0);
    Ok(Outcome::NeedRealName(request.asked(provider, RealNameQuestion { level, required, again }).await?))
}
