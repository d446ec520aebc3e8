//! Makes a passkey (添加通行密钥). Like everything that adds protection, it needs what protects the account now to be shown
//! first, and recently.

use axum::http::StatusCode;
use axum::response::Response;

use super::centre::device;
use super::security::{done, protected};
use crate::accounts::Person;
use crate::factors::passkey::{Answered, Place};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::interaction::passkey::{ask, problem, status};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::PasskeySetupPage;
use crate::http::pages::view::passkey::PasskeyProblem;
use crate::http::visit::{Visit, shown_name};

/// Asks the browser for a passkey.
pub async fn get(visit: Visit) -> Response {
    match protected(&visit).await {
        Ok((_, person)) => {
            let label = device(&visit.device.user_agent);
            show(&visit, &person, &label, None).await
        }
        Err(response) => response,
    }
}

/// Adds it.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let text = |name| fields.get(name).unwrap_or_default();
    let answered = Answered { sealed: text("challenge"), credential: text("credential") };
    match visit.app().signon.add_passkey(&person, (answered, place(&visit)), text("label")).await {
        Ok(_) => done(&visit, "passkey"),
        Err(failure) => match problem(failure) {
            Ok(problem) => show(&visit, &person, text("label"), Some(problem)).await,
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

fn place(visit: &Visit) -> Place<'_> {
    Place { browser: visit.browser_id(), passage: "" }
}

async fn show(visit: &Visit, person: &Person, label: &str, problem: Option<PasskeyProblem>) -> Response {
    let passkeys = &visit.app().passkeys;
    if !passkeys.are_possible() {
        return visit.to(paths::SECURITY);
    }
    let ceremony = match passkeys.begin_registration(person, place(visit)).await {
        Ok(ceremony) => ceremony,
        Err(failure) => return error::page(visit, &failure.into(), None),
    };
    let mut ctx = visit.context(paths::PASSKEY);
    ctx.person = Some(shown_name(person));
    let page = PasskeySetupPage { ctx, csrf: visit.csrf(), ask: ask(ceremony), called: label.to_owned(), problem };
    visit.page(problem.map_or(StatusCode::OK, status), &page, FormTargets::ThisNode)
}
