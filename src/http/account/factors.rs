//! Adding factors: an authenticator app, recovery codes, a verified mobile number.

use std::sync::Arc;

use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::protected::protected;
use super::security::done;
use crate::accounts::Person;
use crate::base::Secret;
use crate::factors::{Browser, CodeFor, FactorError, Sending, TotpSetup};
use crate::http::error;
use crate::http::interaction::second::{is_answer, problem, status};
use crate::http::interaction::sign_in::{FlowQuery, optional_step};
use crate::http::interaction::{OwnForm, Step, resume};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::second_factor::SecondFactorProblem;
use crate::http::pages::view::{MobilePage, RecoveryCodesPage, TotpSetupPage};
use crate::http::qr;
use crate::http::visit::{Visit, shown_name};
use crate::messages::CodePurpose;
use crate::realname::MobileNumber;

/// Shows a new secret.
pub async fn totp(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let (person, step) = match adding(&mut visit, &query.flow).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match visit.app().factors.begin_totp(&person, issuer(&visit)) {
        Ok(setup) => {
            let page = setup_page(&visit, &person, (&setup, step.as_ref()));
            visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
        }
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

/// Adds the app when it shows the right code.
pub async fn add_totp(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (person, step) = match adding(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let text = |name| fields.get(name).unwrap_or_default();
    let (sealed, label, code) = (text("setup"), text("label"), Secret::new(text("code")));
    let found = if code.expose().trim().is_empty() {
        SecondFactorProblem::Missing
    } else {
        match try_totp(&visit, &person, (sealed, label), &code).await {
            Ok(()) => return added(&visit, step.as_ref(), "totp").await,
            Err(FactorError::Over | FactorError::TooMany) => return visit.to(paths::SECURITY),
            Err(failure) => match problem(failure) {
                Ok(found) => found,
                Err(failure) => return error::page(&visit, &failure, None),
            },
        }
    };
    let Ok(setup) = visit.app().factors.totp_again(sealed, &person, issuer(&visit)) else {
        return visit.to(paths::TOTP);
    };
    let page = TotpSetupPage {
        app_name: label.to_owned(),
        problem: Some(found),
        ..setup_page(&visit, &person, (&setup, step.as_ref()))
    };
    visit.page(status(found), &page, FormTargets::Anywhere)
}

async fn try_totp(visit: &Visit, person: &Person, setup: (&str, &str), code: &Secret) -> Result<(), FactorError> {
    visit.app().signon.add_totp(person, setup, code).await.map(|_| ())
}

/// The name under which an app lists the account.
fn issuer(visit: &Visit) -> &str {
    visit.app().config.node.name(visit.lang.tag())
}

fn setup_page(visit: &Visit, person: &Person, (setup, step): (&TotpSetup, Option<&Step>)) -> TotpSetupPage {
    let mut ctx = visit.context(&here(step, paths::TOTP));
    ctx.person = Some(shown_name(person));
    TotpSetupPage {
        ctx,
        csrf: visit.csrf(),
        flow: step.map_or_else(String::new, |step| step.sealed.clone()),
        setup: setup.sealed.clone(),
        secret: setup.typed.expose().to_owned(),
        qr: qr::draw(setup.uri.expose()),
        app_name: String::new(),
        problem: None,
    }
}

/// Makes recovery codes and shows them, once.
pub async fn make_recovery_codes(OwnForm { visit, .. }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let codes = match visit.app().signon.make_recovery_codes(&person).await {
        Ok(codes) => codes,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    let codes: Vec<String> = codes.iter().map(|code| code.expose().to_owned()).collect();
    let mut ctx = visit.context(paths::SECURITY);
    ctx.person = Some(shown_name(&person));
    let sealed = visit.app().factors.seal_shown_codes(&person.id, &codes);
    let page = RecoveryCodesPage { ctx, csrf: visit.csrf(), codes, sealed };
    visit.page(StatusCode::OK, &page, FormTargets::ThisNode)
}

/// The codes just shown, as a text file.
pub async fn recovery_file(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let sealed = fields.get("codes").unwrap_or_default();
    let Some(codes) = visit.app().factors.open_shown_codes(&person.id, sealed) else {
        return visit.to(paths::SECURITY);
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"recovery-codes.txt\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, format!("{}\r\n", codes.join("\r\n"))).into_response()
}

/// Asks for the number.
pub async fn mobile(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let (person, step) = match adding(&mut visit, &query.flow).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let unverified = person.mobile.as_ref().filter(|_| person.verified_mobile().is_none());
    let known = unverified.map(|mobile| mobile.expose().to_owned()).unwrap_or_default();
    visit.page(StatusCode::OK, &mobile_page(&visit, &person, (&known, step.as_ref())), FormTargets::Anywhere)
}

/// Sends a code, or verifies the number with it.
pub async fn verify_mobile(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (person, step) = match adding(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let typed = fields.get("mobile").unwrap_or_default();
    let Ok(number) = MobileNumber::parse(typed) else {
        let page = MobilePage { bad_number: true, ..mobile_page(&visit, &person, (typed, step.as_ref())) };
        return visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page, FormTargets::Anywhere);
    };
    let page = MobilePage { sent: true, ..mobile_page(&visit, &person, (number.expose(), step.as_ref())) };
    let code = fields.get("code").filter(|code| !code.trim().is_empty());
    let outcome = match code {
        Some(code) => verify(&visit, &person, &number, &Secret::new(code)).await,
        None if is_answer(&fields) => {
            let problem = Some(SecondFactorProblem::Missing);
            return visit.page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &MobilePage { problem, ..page },
                FormTargets::Anywhere,
            );
        }
        None => send(&visit, &person, &number).await,
    };
    match outcome {
        Ok(()) if code.is_some() => added(&visit, step.as_ref(), "mobile").await,
        Ok(()) => visit.page(StatusCode::OK, &page, FormTargets::Anywhere),
        Err(failure) => match problem(failure) {
            Ok(found) => {
                let page = MobilePage { sent: code.is_some(), problem: Some(found), ..page };
                visit.page(status(found), &page, FormTargets::Anywhere)
            }
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

fn what<'a>(person: &'a Person, number: &'a MobileNumber) -> CodeFor<'a> {
    CodeFor { purpose: CodePurpose::VerifyMobile, subject: person.id.as_str(), number }
}

async fn send(visit: &Visit, person: &Person, number: &MobileNumber) -> Result<(), FactorError> {
    let browser = Browser { id: visit.browser_id(), address: &visit.device.address };
    visit.app().factors.send_code(what(person, number), Sending::Awaited, browser, visit.lang.tag()).await
}

async fn verify(visit: &Visit, person: &Person, number: &MobileNumber, code: &Secret) -> Result<(), FactorError> {
    let browser = Browser { id: visit.browser_id(), address: &visit.device.address };
    if !visit.app().factors.check_code(what(person, number), code, browser).await? {
        return Err(FactorError::Wrong);
    }
    visit.app().signon.set_mobile(person, number, &visit.device).await
}

fn mobile_page(visit: &Visit, person: &Person, (mobile, step): (&str, Option<&Step>)) -> MobilePage {
    let mut ctx = visit.context(&here(step, paths::MOBILE));
    ctx.person = Some(shown_name(person));
    let (csrf, flow) = (visit.csrf(), step.map_or_else(String::new, |step| step.sealed.clone()));
    MobilePage { ctx, csrf, flow, mobile: mobile.to_owned(), sent: false, bad_number: false, problem: None }
}

/// Where a GET shows a page again.
pub(super) fn here(step: Option<&Step>, page: &str) -> String {
    step.map_or_else(|| page.to_owned(), |step| step.here(page))
}

/// Who adds a factor, and on which way: in the account centre, or to a service that demands it.
pub(super) async fn adding(visit: &mut Visit, flow: &str) -> Result<(Arc<Person>, Option<Step>), Response> {
    let step = optional_step(visit, flow).await?;
    let (_, person) = protected(visit).await?;
    Ok((person, step))
}

/// On to the service, which now asks for what was added; or back to the account centre.
pub(super) async fn added(visit: &Visit, step: Option<&Step>, what: &str) -> Response {
    match step {
        Some(step) => resume(visit, &step.flow).await,
        None => done(visit, what),
    }
}
