//! Security of the account (登录安全): what there is, and small changes. Whatever weakens or adds protection needs what
//! protects it now to be shown first, and recently; everything that changes is told by message.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::centre::device;
use super::signed_in;
use crate::accounts::Person;
use crate::base::id::{DeviceId, FactorId};
use crate::factors::{FactorError, FactorKind, Way, leading};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::interaction::second::TWO_FACTORS;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SecurityPage;
use crate::http::pages::view::security::{DeviceLine, FactorLine, SecurityNotice};
use crate::http::visit::{Visit, shown_name};
use crate::realname::MobileNumber;
use crate::session::{Amr, Session};

/// What was just done, to be told once.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// Shows the page.
pub async fn get(visit: Visit, Query(query): Query<Done>) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match page(&visit, &person, &query.done).await {
        Ok(page) => visit.page(StatusCode::OK, &page, FormTargets::ThisNode),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

async fn page(visit: &Visit, person: &Person, done: &str) -> Result<SecurityPage, FactorError> {
    let factors = &visit.app().factors;
    let mut ctx = visit.context(paths::SECURITY);
    ctx.person = Some(shown_name(person));
    let held = factors.ways(person).await?;
    let mobile = person.mobile.as_ref().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok());
    let lines = factors.list(&person.id).await?.into_iter().filter(|factor| factor.kind != FactorKind::Recovery);
    let devices = factors.trusted_devices(&person.id).await?.into_iter().map(|line| DeviceLine {
        id: line.id.0,
        device: device(&line.label),
        seen: line.seen_at,
        until: line.until,
    });
    Ok(SecurityPage {
        ctx,
        csrf: visit.csrf(),
        notice: notice(done),
        mobile: mobile.map(|mobile| mobile.masked()).unwrap_or_default(),
        mobile_verified: person.verified_mobile().is_some(),
        can_send: factors.can_send_codes(),
        passkeys_possible: visit.app().passkeys.are_possible(),
        factors: lines.map(line).collect(),
        recovery_left: factors.recovery_codes_left(&person.id).await?.map(|left| u64::try_from(left).unwrap_or(0)),
        has_second: has_second(&held),
        always: factors.always_asks(&person.id).await?,
        devices: devices.collect(),
    })
}

/// Whether there is anything to show besides the password.
fn has_second(held: &[Way]) -> bool {
    !leading(held, &[Amr::Pwd], TWO_FACTORS).is_empty()
}

fn line(factor: crate::factors::Factor) -> FactorLine {
    FactorLine {
        id: factor.id.0,
        passkey: factor.kind == FactorKind::Passkey,
        label: factor.label,
        added: factor.created_at,
        used: factor.last_used_at,
    }
}

fn notice(done: &str) -> Option<SecurityNotice> {
    Some(match done {
        "totp" => SecurityNotice::AppAdded,
        "passkey" => SecurityNotice::PasskeyAdded,
        "mobile" => SecurityNotice::MobileVerified,
        "removed" => SecurityNotice::Removed,
        "saved" => SecurityNotice::Saved,
        "distrusted" => SecurityNotice::Distrusted,
        _ => return None,
    })
}

/// Lets through whoever has shown, recently, all that this account is protected by: two factors when it has a second one,
/// else the password. Anyone else is sent to show it.
pub async fn protected(visit: &Visit) -> Result<(Session, std::sync::Arc<Person>), Response> {
    let (session, person) = signed_in(visit).await?;
    if !visit.app().sessions.is_recent(&session) {
        return Err(visit.to(&format!("{}?why=again", paths::SIGN_IN)));
    }
    match visit.app().factors.has_shown_all(&person, &session.methods()).await {
        Ok(true) => return Ok((session, person)),
        Ok(false) => {}
        Err(failure) => return Err(error::page(visit, &failure.into(), None)),
    }
    Err(visit.to(&format!("{}?why=step-up", paths::SECOND_FACTOR)))
}

/// Back to the page, with what was done.
pub fn done(visit: &Visit, what: &str) -> Response {
    visit.to(&format!("{}?done={what}", paths::SECURITY))
}

/// Removes a factor, or the mobile number.
pub async fn remove(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let signon = &visit.app().signon;
    let result = match fields.get("factor").unwrap_or_default() {
        "mobile" => signon.remove_mobile(&person).await,
        id => signon.remove_factor(&person, &FactorId::from(id)).await.map(|_| ()),
    };
    match result {
        Ok(()) => done(&visit, "removed"),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

/// Writes whether the second step is asked at every sign-in.
pub async fn always_ask(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match visit.app().factors.set_always_asks(&person.id, fields.get("always") == Some("yes")).await {
        Ok(()) => done(&visit, "saved"),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

/// Trusts a device no longer. Taking trust back needs no more than being signed in.
pub async fn distrust(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let id = DeviceId::from(fields.get("device").unwrap_or_default());
    match visit.app().factors.distrust(&person.id, &id).await {
        Ok(_) => done(&visit, "distrusted"),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}
