//! What somebody shows besides the name. Every way is offered to everybody; a way that the account does not have is refused
//! like a wrong code.

use axum::http::StatusCode;
use axum::response::Response;

use super::{application, limit, told};
use crate::base::Secret;
use crate::factors::Browser;
use crate::factors::passkey::{Answered, Place};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::interaction::passkey::ask;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RecoverWaysPage;
use crate::http::pages::view::recover::{RecoverProblem, RecoverState};
use crate::http::pages::view::second_factor::SecondFactorProblem;
use crate::http::visit::Visit;
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::MobileNumber;
use crate::signon::{Application, OwnWay, RecoveryError, Shown};

/// Takes a choice, an answer, or the application.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let Some(mut application) = application(&visit, &fields) else { return visit.to(paths::RECOVER) };
    match fields.get("step") {
        Some("apply") => return hand_in(&visit, &application).await,
        Some("cancel") => {
            let cancelled = visit.app().recoveries.cancel_by_application(&application).await;
            return match cancelled.map_err(problem) {
                Ok(_) => show(&visit, &application, None).await,
                Err(Ok(problem)) => show(&visit, &application, Some(problem)).await,
                Err(Err(failure)) => error::page(&visit, &failure, None),
            };
        }
        _ => {}
    }
    let way = fields.get("way").and_then(OwnWay::parse).filter(|way| offered(&visit, &application).contains(way));
    let Some(way) = way else { return show(&visit, &application, None).await };
    // A field that was left empty is said to be empty: nothing is counted, and no further code is sent.
    if let Some((sent, problem)) = left_empty(way, &fields) {
        return field(&visit, &application, (way, sent), (&fields, Some(problem))).await;
    }
    let outcome = match (way, fields.get("code")) {
        (OwnWay::Device, _) | (_, Some(_)) => answer(&visit, &mut application, way, &fields).await,
        (OwnWay::Mobile, None) => send(&visit, &application, &fields).await,
        _ => Ok(Next::Field(false)),
    };
    match outcome {
        Ok(Next::Shown) => show(&visit, &application, None).await,
        Ok(Next::Field(sent)) => field(&visit, &application, (way, sent), (&fields, None)).await,
        Err(failure) => match problem(failure) {
            Ok(problem) => {
                let sent = fields.get("code").is_some();
                field(&visit, &application, (way, sent), (&fields, Some(problem))).await
            }
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

/// What is missing in a form that answers; with whether its code was sent before.
fn left_empty(way: OwnWay, fields: &Params) -> Option<(bool, RecoverProblem)> {
    fields.get("answering")?;
    let is_empty = |name| fields.get(name).is_none_or(|value| value.trim().is_empty());
    match way {
        OwnWay::Mobile if is_empty("mobile") => Some((false, RecoverProblem::Number)),
        // The form that asks for a code has no field for it.
        OwnWay::Mobile if fields.get("sending").is_some() => None,
        OwnWay::Device | OwnWay::Passkey => None,
        _ => is_empty("code").then_some((true, RecoverProblem::Way(SecondFactorProblem::Missing))),
    }
}

/// What comes next.
enum Next {
    /// The field of the way; whether a code was sent.
    Field(bool),
    /// The way was shown.
    Shown,
}

async fn send(visit: &Visit, application: &Application, fields: &Params) -> Result<Next, RecoveryError> {
    let Some(typed) = fields.get("mobile") else { return Ok(Next::Field(false)) };
    let Ok(number) = MobileNumber::parse(typed) else { return Ok(Next::Field(false)) };
    visit.app().recoveries.send_code(application, &number, browser(visit), visit.lang.tag()).await?;
    Ok(Next::Field(true))
}

async fn answer(
    visit: &Visit,
    application: &mut Application,
    way: OwnWay,
    fields: &Params,
) -> Result<Next, RecoveryError> {
    let text = |name| fields.get(name).unwrap_or_default();
    let code = Secret::new(text("code"));
    let passage = application.id().to_owned();
    let number = MobileNumber::parse(text("mobile"));
    let shown = match (way, &number) {
        (OwnWay::Passkey, _) => {
            let answered = Answered { sealed: text("challenge"), credential: text("code") };
            Shown::Passkey(answered, Place { browser: visit.browser_id(), passage: &passage })
        }
        (OwnWay::Totp, _) => Shown::Totp(&code),
        (OwnWay::RecoveryCode, _) => Shown::RecoveryCode(&code),
        (OwnWay::Password, _) => Shown::Password(&code),
        (OwnWay::Device, _) => Shown::Device(&visit.device),
        (OwnWay::Mobile, Ok(number)) => Shown::Mobile(number, &code),
        _ => return Err(RecoveryError::Wrong),
    };
    visit.app().recoveries.show(application, shown, browser(visit)).await?;
    Ok(Next::Shown)
}

fn browser(visit: &Visit) -> Browser<'_> {
    Browser { id: visit.browser_id(), address: &visit.device.address }
}

async fn hand_in(visit: &Visit, application: &Application) -> Response {
    match visit.app().recoveries.begin(application).await {
        Ok(begun) => told(visit, &begun.code, RecoverState::Begun { ready: begun.ready_at, lapses: begun.lapses_at }),
        Err(RecoveryError::Over) => visit.to(paths::RECOVER),
        Err(failure) => match problem(failure) {
            Ok(problem) => show(visit, application, Some(problem)).await,
            Err(failure) => error::page(visit, &failure, None),
        },
    }
}

/// The ways that are offered: all that this node has, whatever the account has.
fn offered(visit: &Visit, application: &Application) -> Vec<OwnWay> {
    let shown = application.shown();
    let possible = |way: &OwnWay| match way {
        OwnWay::Face => false,
        OwnWay::Passkey => visit.app().passkeys.are_possible(),
        OwnWay::Mobile => visit.app().factors.can_send_codes(),
        OwnWay::Device => visit.app().factors.trust_days().is_some(),
        OwnWay::Totp | OwnWay::RecoveryCode | OwnWay::Password => true,
    };
    OwnWay::ALL.into_iter().filter(|way| possible(way) && !shown.contains(way)).collect()
}

/// The page on which a way is chosen, and the application handed in when enough was shown.
pub async fn show(visit: &Visit, application: &Application, problem: Option<RecoverProblem>) -> Response {
    match page(visit, application).await {
        Ok(page) => respond(visit, &RecoverWaysPage { problem, ..page }),
        Err(failure) => error::page(visit, &failure, None),
    }
}

async fn field(
    visit: &Visit,
    application: &Application,
    (way, sent): (OwnWay, bool),
    (fields, problem): (&Params, Option<RecoverProblem>),
) -> Response {
    let mobile = fields.get("mobile").unwrap_or_default().to_owned();
    let malformed = way == OwnWay::Mobile && !mobile.is_empty() && MobileNumber::parse(&mobile).is_err();
    let passkey = match way {
        OwnWay::Passkey => {
            let place = Place { browser: visit.browser_id(), passage: application.id() };
            visit.app().passkeys.begin_sign_in(place).ok().map(ask)
        }
        _ => None,
    };
    match page(visit, application).await {
        Ok(page) => {
            let problem = problem.or(malformed.then_some(RecoverProblem::Number));
            let sent = sent && way == OwnWay::Mobile && !malformed;
            respond(visit, &RecoverWaysPage { chosen: Some(way), passkey, mobile, sent, problem, ..page })
        }
        Err(failure) => error::page(visit, &failure, None),
    }
}

async fn page(visit: &Visit, application: &Application) -> Result<RecoverWaysPage, OAuthError> {
    let recoveries = &visit.app().recoveries;
    let cooling = match recoveries.judge(application).await {
        Ok(cooling) => cooling,
        Err(RecoveryError::Account(failure)) => return Err(failure.into()),
        Err(_) => None,
    };
    Ok(RecoverWaysPage {
        ctx: visit.context(paths::RECOVER),
        csrf: visit.csrf(),
        application: recoveries.seal(application, visit.browser_id()),
        ways: offered(visit, application),
        shown: application.shown(),
        chosen: None,
        passkey: None,
        mobile: String::new(),
        sent: false,
        minutes: cooling.map(|cooling| recoveries.cooling(cooling).as_secs().div_ceil(60)),
        problem: None,
    })
}

fn respond(visit: &Visit, page: &RecoverWaysPage) -> Response {
    let status = match page.problem {
        None => StatusCode::OK,
        Some(RecoverProblem::Way(problem)) => crate::http::interaction::second::status(problem),
        Some(RecoverProblem::Number) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(RecoverProblem::AlreadyOpen) => StatusCode::CONFLICT,
        Some(RecoverProblem::TooManyToday) => StatusCode::TOO_MANY_REQUESTS,
    };
    visit.page(status, page, FormTargets::ThisNode)
}

/// What the person is told, or the error that is not about her.
fn problem(failure: RecoveryError) -> Result<RecoverProblem, OAuthError> {
    if let Some(seconds) = limit(&failure) {
        return Ok(RecoverProblem::Way(SecondFactorProblem::TooMany { seconds }));
    }
    Ok(match failure {
        RecoveryError::AlreadyOpen => RecoverProblem::AlreadyOpen,
        RecoveryError::TooMany => RecoverProblem::TooManyToday,
        RecoveryError::NotSent => RecoverProblem::Way(SecondFactorProblem::NotSent),
        RecoveryError::Account(crate::accounts::AccountError::Busy) => RecoverProblem::Way(SecondFactorProblem::Busy),
        // An account that was locked or closed meanwhile has no way either.
        RecoveryError::Account(crate::accounts::AccountError::State(_) | crate::accounts::AccountError::Unknown)
        | RecoveryError::Wrong
        | RecoveryError::Over
        | RecoveryError::NotEnough
        | RecoveryError::TooEarly => RecoverProblem::Way(SecondFactorProblem::Wrong),
        RecoveryError::Account(other) => return Err(other.into()),
    })
}
