//! Security of the account (登录安全): what there is, and small changes. Whatever weakens or adds protection needs what
//! protects it now to be shown first, and recently; everything that changes is told by message.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::centre::device;
use super::protected::protected;
use super::signed_in;
use crate::accounts::Person;
use crate::base::id::{DeviceId, FactorId};
use crate::factors::{FactorError, FactorKind};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SecurityPage;
use crate::http::pages::view::security::{DeviceLine, FactorLine, SecurityNotice};
use crate::http::visit::{Visit, shown_name};
use crate::realname::MobileNumber;

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
        has_second: factors.has_second(person).await?,
        always: factors.always_asks(&person.id).await?,
        devices: devices.collect(),
    })
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
        "renamed" => SecurityNotice::Renamed,
        "saved" => SecurityNotice::Saved,
        "distrusted" => SecurityNotice::Distrusted,
        _ => return None,
    })
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

/// Writes what the person calls a passkey or an app.
pub async fn rename(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let id = FactorId::from(fields.get("factor").unwrap_or_default());
    match visit.app().factors.rename(&person.id, &id, fields.get("label").unwrap_or_default()).await {
        Ok(true) => done(&visit, "renamed"),
        Ok(false) => visit.to(paths::SECURITY),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

/// Writes whether the second step is asked at every sign-in.
pub async fn always_ask(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match visit.app().signon.set_always_asks(&person, fields.get("always") == Some("yes")).await {
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
    match visit.app().signon.distrust(&person, &id).await {
        Ok(_) => done(&visit, "distrusted"),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}
