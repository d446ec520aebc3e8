//! Makes a passkey (添加通行密钥). Like everything that adds protection, it needs what protects the account now to be shown
//! first, and recently.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::centre::device;
use super::factors::{added, adding, here};
use crate::accounts::Person;
use crate::factors::passkey::{Answered, Place};
use crate::http::error;
use crate::http::interaction::passkey::{ask, problem, status};
use crate::http::interaction::sign_in::FlowQuery;
use crate::http::interaction::{OwnForm, Step};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::PasskeySetupPage;
use crate::http::pages::view::passkey::PasskeyProblem;
use crate::http::visit::{Visit, shown_name};

/// Asks the browser for a passkey.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match adding(&mut visit, &query.flow).await {
        Ok((person, step)) => {
            let label = device(&visit.device.user_agent);
            show(&visit, &person, (&label, step.as_ref()), None).await
        }
        Err(response) => response,
    }
}

/// Adds it.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (person, step) = match adding(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let text = |name| fields.get(name).unwrap_or_default();
    let answered = Answered { sealed: text("challenge"), credential: text("credential") };
    match visit.app().signon.add_passkey(&person, (answered, place(&visit)), text("label")).await {
        Ok(_) => added(&visit, step.as_ref(), "passkey").await,
        Err(failure) => match problem(failure) {
            Ok(problem) => show(&visit, &person, (text("label"), step.as_ref()), Some(problem)).await,
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

fn place(visit: &Visit) -> Place<'_> {
    Place { browser: visit.browser_id(), passage: "" }
}

async fn show(
    visit: &Visit,
    person: &Person,
    (label, step): (&str, Option<&Step>),
    problem: Option<PasskeyProblem>,
) -> Response {
    let passkeys = &visit.app().passkeys;
    if !passkeys.are_possible() {
        return visit.to(paths::SECURITY);
    }
    let ceremony = match passkeys.begin_registration(person, place(visit)).await {
        Ok(ceremony) => ceremony,
        Err(failure) => return error::page(visit, &failure.into(), None),
    };
    let mut ctx = visit.context(&here(step, paths::PASSKEY));
    ctx.person = Some(shown_name(person));
    let flow = step.map_or_else(String::new, |step| step.sealed.clone());
    let page =
        PasskeySetupPage { ctx, csrf: visit.csrf(), flow, ask: ask(ceremony), called: label.to_owned(), problem };
    visit.page(problem.map_or(StatusCode::OK, status), &page, FormTargets::Anywhere)
}
