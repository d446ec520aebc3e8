//! Whether the login is strong enough, and whether a further factor can make it so.
//!
//! A demand (essential `acr`, the client's minimum) must be met or the request ends; a wish (`acr_values`) is offered once,
//! when the person has the real name and the factor that it takes, and may be declined. A login that is too long ago for a
//! further factor to add to is repeated first, so that what is reported was shown together.

use super::super::{AuthorizationRequest, EnrolmentQuestion, FactorQuestion, Outcome, SignedIn};
use super::LoginReason;
use crate::factors::{Way, leading};
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError, ValidMetadata};
use crate::proto::oidc::Acr;
use crate::session::{Amr, cap};

pub(in crate::oidc::authorize) async fn ask(
    provider: &Provider,
    request: &mut AuthorizationRequest,
    signed_in: &SignedIn,
) -> Result<Option<Outcome>, OAuthError> {
    let cap = strength(request, signed_in);
    // What came from the node above is raised by nothing that is shown here: the person signs in here, or again there.
    if let (Some(ceiling), Some(demand)) = (signed_in.session.ceiling, request.acr_demand)
        && demand.number() > ceiling
    {
        if request.silent() {
            return Err(OAuthError::new(ErrorCode::InteractionRequired, "a stronger login is demanded"));
        }
        return Ok(Some(Outcome::NeedLogin(request.asked(provider, LoginReason::Again).await?)));
    }
    // Whoever names the ways that count insists on one of them at least.
    let one_of_them = (!request.client.metadata.factors.is_empty()).then_some(Acr::L1);
    let least = request.acr_demand.max(one_of_them);
    if let Some(demand) = least.filter(|demand| demand.number() > cap) {
        return demanded(provider, request, signed_in, demand).await.map(Some);
    }
    let named = i32::from(i16::from(signed_in.person.level()));
    let most = signed_in.session.ceiling.unwrap_or(i32::MAX);
    let within_reach = |wish: &Acr| wish.number() > cap && wish.number() <= named.min(most);
    let mut wishes: Vec<Acr> = request.acr_wishes.iter().copied().filter(within_reach).collect();
    let declined = request.silent() || request.flow.declined_factor;
    if wishes.is_empty() || declined || !provider.0.sessions.is_recent(&signed_in.session) {
        return Ok(None);
    }
    wishes.sort_unstable_by(|one, other| other.cmp(one));
    for wish in wishes {
        let ways = ways(provider, request, signed_in, wish).await?;
        if !ways.is_empty() {
            return page(provider, request, signed_in, (wish, ways, false)).await.map(Some);
        }
    }
    Ok(None)
}

/// What of a login counts at the client of this request: by its own policy it may leave ways out.
pub(in crate::oidc::authorize) fn counted(request: &AuthorizationRequest, shown: Vec<Amr>) -> Vec<Amr> {
    let metadata = &request.client.metadata;
    shown.into_iter().filter(|method| metadata.counts(method.as_str())).collect()
}

/// How strong the login is by that, 0 to 4.
pub(in crate::oidc::authorize) fn strength(request: &AuthorizationRequest, signed_in: &SignedIn) -> i32 {
    cap(&counted(request, signed_in.session.methods()))
}

async fn demanded(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    demand: Acr,
) -> Result<Outcome, OAuthError> {
    if request.silent() {
        return Err(OAuthError::new(ErrorCode::InteractionRequired, "a stronger login is demanded"));
    }
    let ways = ways(provider, request, signed_in, demand).await?;
    if ways.is_empty() && may_enrol(provider, request, signed_in, demand) {
        return enrolment(provider, request, signed_in, demand).await;
    }
    if ways.is_empty() {
        let none = "the login is not strong enough for the level demanded, and the person has no factor that is";
        return Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, none));
    }
    page(provider, request, signed_in, (demand, ways, true)).await
}

/// Whether the person may add a factor on the way: up to two factors, and where her name reaches the level or can reach it
/// by a page. A factor that is added has not been shown: it is asked for afterwards like every other.
fn may_enrol(provider: &Provider, request: &AuthorizationRequest, signed_in: &SignedIn, demand: Acr) -> bool {
    let named = signed_in.person.level().max(provider.0.by_page);
    let metadata = &request.client.metadata;
    let addable = [Way::Totp, Way::Passkey, Way::Sms].iter().any(|way| counts(metadata, *way));
    addable && !request.flow.declined_factor && demand <= Acr::L3 && i32::from(i16::from(named)) >= demand.number()
}

/// Asks for it, once the sign-in is fresh.
async fn enrolment(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    demand: Acr,
) -> Result<Outcome, OAuthError> {
    if !provider.0.sessions.is_recent(&signed_in.session) {
        return Ok(Outcome::NeedLogin(request.asked(provider, LoginReason::Again).await?));
    }
    let level = u8::try_from(demand.number()).unwrap_or(0);
    Ok(Outcome::NeedEnrolment(request.asked(provider, EnrolmentQuestion { level }).await?))
}

fn counts(metadata: &ValidMetadata, way: Way) -> bool {
    way.methods().iter().all(|method| metadata.counts(method.as_str()))
}

/// The person's ways to the level that count here: on top of what was shown recently, or of what she will show again.
async fn ways(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    level: Acr,
) -> Result<Vec<Way>, OAuthError> {
    let mut held = provider.0.factors.ways(&signed_in.person).await?;
    held.retain(|way| counts(&request.client.metadata, *way));
    let mut shown = provider.0.sessions.shown_recently(&signed_in.session);
    if shown.is_empty() {
        shown.push(Amr::Pwd);
    }
    let shown = counted(request, shown);
    Ok(leading(&held, &shown, level.number()))
}

async fn page(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: &SignedIn,
    (level, ways, required): (Acr, Vec<Way>, bool),
) -> Result<Outcome, OAuthError> {
    if !provider.0.sessions.is_recent(&signed_in.session) {
        return Ok(Outcome::NeedLogin(request.asked(provider, LoginReason::Again).await?));
    }
    let level = u8::try_from(level.number()).unwrap_or(0);
    Ok(Outcome::NeedFactor(request.asked(provider, FactorQuestion { level, ways, required }).await?))
}
