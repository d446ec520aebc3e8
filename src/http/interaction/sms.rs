//! Sign in (登录) by a code by text message. A number that nobody has verified gets the same answers, in the same time.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::{FlowQuery, optional_step};
use super::{OwnForm, Step, arrived, challenge, hidden, second};
use crate::accounts::{AccountError, Challenged};
use crate::base::Secret;
use crate::factors::{Browser, FactorError};
use crate::http::account::closing;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SmsSignInPage;
use crate::http::pages::view::second_factor::SecondFactorProblem;
use crate::http::pages::view::sms_sign_in::SmsProblem;
use crate::http::visit::Visit;
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::MobileNumber;
use crate::signon::Passed;

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match optional_step(&mut visit, &query.flow).await {
        Ok(step) => {
            let mut page = page(&visit, step.as_ref(), "");
            page.challenge = challenge::due_to(&visit, Challenged::Code).await.unwrap_or_default();
            visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
        }
        Err(response) => response,
    }
}

/// Sends a code, or signs in with it.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let typed = fields.get("mobile").unwrap_or_default();
    let Ok(number) = MobileNumber::parse(typed) else {
        return refuse(&visit, step.as_ref(), typed, (false, SmsProblem::Number)).await;
    };
    match fields.get("code").filter(|code| !code.trim().is_empty()) {
        Some(code) => sign_in(visit, step, &number, &Secret::new(code)).await,
        None if second::is_answer(&fields) => {
            refuse(&visit, step.as_ref(), typed, (true, SmsProblem::Code(SecondFactorProblem::Missing))).await
        }
        None => send(&visit, step.as_ref(), (&number, &fields)).await,
    }
}

async fn send(visit: &Visit, step: Option<&Step>, (number, fields): (&MobileNumber, &Params)) -> Response {
    // By the address alone, and before anybody is looked up: it tells nothing of whose number it is.
    match may_send(visit, fields).await {
        Ok(true) => {}
        Ok(false) => return refuse(visit, step, number.expose(), (false, SmsProblem::Challenge)).await,
        Err(failure) => return error::page(visit, &failure.into(), None),
    }
    let browser = Browser { id: visit.browser_id(), address: &visit.device.address };
    match visit.app().signon.send_sign_in_code(number, browser, visit.lang.tag()).await {
        Ok(()) => {
            let page = SmsSignInPage { sent: true, ..page(visit, step, number.expose()) };
            visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
        }
        Err(failure) => match problem(failure) {
            Ok(problem) => refuse(visit, step, number.expose(), (false, problem)).await,
            Err(failure) => error::page(visit, &failure, None),
        },
    }
}

async fn sign_in(mut visit: Visit, step: Option<Step>, number: &MobileNumber, code: &Secret) -> Response {
    let device = visit.device.clone();
    let browser = Browser { id: visit.browser_id(), address: &device.address };
    match visit.app().signon.by_sms(number, code, browser, &visit.at()).await {
        Ok(Passed::In(signed_on)) => {
            visit.signed_on(&signed_on);
            arrived(&visit, step.as_ref()).await
        }
        Ok(Passed::Half(half)) => second::begin(&mut visit, &half, step.as_ref()),
        Err(FactorError::Account(AccountError::Closing(account))) => closing::choice(&visit, &account).await,
        Err(failure) => match problem(failure) {
            Ok(problem) => refuse(&visit, step.as_ref(), number.expose(), (true, problem)).await,
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

fn page(visit: &Visit, step: Option<&Step>, mobile: &str) -> SmsSignInPage {
    SmsSignInPage {
        ctx: visit.context(&step.map_or_else(|| paths::SMS_SIGN_IN.to_owned(), |step| step.here(paths::SMS_SIGN_IN))),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, None)),
        mobile: mobile.to_owned(),
        sent: false,
        problem: None,
        challenge: None,
    }
}

/// Whether a code may be sent from here: counted whether or not it arrives anywhere.
async fn may_send(visit: &Visit, fields: &Params) -> Result<bool, AccountError> {
    if !challenge::passed_to(visit, Challenged::Code, fields).await? {
        return Ok(false);
    }
    visit.app().accounts.limits().counts_towards(Challenged::Code, &visit.device.address).await?;
    Ok(true)
}

async fn refuse(visit: &Visit, step: Option<&Step>, mobile: &str, (sent, problem): (bool, SmsProblem)) -> Response {
    let status = match problem {
        SmsProblem::Code(problem) => second::status(problem),
        SmsProblem::Number | SmsProblem::Disabled | SmsProblem::Challenge => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut page = SmsSignInPage { sent, problem: Some(problem), ..page(visit, step, mobile) };
    if !sent {
        page.challenge = challenge::due_to(visit, Challenged::Code).await.unwrap_or_default();
    }
    visit.page(status, &page, FormTargets::Anywhere)
}

fn problem(failure: FactorError) -> Result<SmsProblem, OAuthError> {
    match failure {
        FactorError::Account(AccountError::State(_) | AccountError::Closing(_)) => Ok(SmsProblem::Disabled),
        other => second::problem(other).map(SmsProblem::Code),
    }
}
