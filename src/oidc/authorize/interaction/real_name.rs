//! Whether the level reached is enough, and whether a proof of the real name can raise it (standard 6.4, card).
//!
//! A demand (essential `acr`, the client's minimum) must be met or the request ends; a wish (`acr_values`) is offered once
//! and may be declined.

use super::super::{AuthorizationRequest, Outcome, RealNameQuestion, SignedIn};
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::proto::oidc::Acr;

/// The highest level that the real-name page can reach: name and number matched with the authority.
const BY_PAGE: Acr = Acr::L2;

pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    let reached = reached(signed_in);
    if let Some(demand) = request.acr_demand
        && !reached.satisfies(demand)
    {
        return demanded(provider, request, signed_in, demand).await.map(Some);
    }
    let wish = request.acr_wishes.iter().copied().filter(|wish| *wish > reached && *wish <= BY_PAGE).max();
    match wish {
        Some(wish) if !request.silent() && !request.flow.declined_real_name && lacks_name(signed_in, wish) => {
            page(provider, request, wish, false).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// The `acr` of a sign-in: the lower of the real-name level and the cap of the login.
pub(in crate::oidc::authorize) fn reached(signed_in: &SignedIn) -> Acr {
    Acr::from_number(i32::from(i16::from(signed_in.person.level())).min(signed_in.session.strength))
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
    if demand <= BY_PAGE && lacks_name(signed_in, demand) {
        return page(provider, request, demand, true).await;
    }
    Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, "the level demanded cannot be reached here"))
}

fn lacks_name(signed_in: &SignedIn, level: Acr) -> bool {
    i32::from(i16::from(signed_in.person.level())) < level.number()
}

async fn page(
    provider: &Provider,
    request: &AuthorizationRequest,
    level: Acr,
    required: bool,
) -> Result<Outcome, OAuthError> {
    let level = u8::try_from(level.number()).unwrap_or(0);
    Ok(Outcome::NeedRealName(request.asked(provider, RealNameQuestion { level, required }).await?))
}
