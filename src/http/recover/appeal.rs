//! An appeal (申诉) of somebody who has none of the ways. It is taken whether or not there is such an account.

use axum::http::StatusCode;
use axum::response::Response;

use super::{application, limit, told};
use crate::base::Secret;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::AppealPage;
use crate::http::pages::view::recover::RecoverState;
use crate::http::pages::view::recover_cancel::AppealProblem;
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::signon::{AppealError, RecoveryError};

/// Shows the form, or takes what was written.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let Some(application) = application(&visit, &fields) else { return visit.to(paths::RECOVER) };
    let sealed = visit.app().recoveries.seal(&application, visit.browser_id());
    let text = |name| fields.get(name).unwrap_or_default().to_owned();
    let mut page = AppealPage {
        ctx: visit.context(paths::RECOVER),
        csrf: visit.csrf(),
        application: sealed,
        contact: text("contact"),
        written: text("text"),
        problem: None,
    };
    if let Some(problem) = left_empty(&fields) {
        page.problem = problem;
        return respond(&visit, &page);
    }
    let letter = (page.contact.as_str(), page.written.as_str());
    match visit.app().recoveries.appeal(&application, letter, visit.lang.tag(), &visit.device.address).await {
        Ok(code) => return told(&visit, &code, RecoverState::AppealFiled),
        Err(AppealError::Shape) => {
            let contact = page.contact.trim();
            let bad_contact = contact.is_empty() || contact.chars().count() > crate::signon::LONGEST_CONTACT;
            page.problem = Some(if bad_contact { AppealProblem::Contact } else { AppealProblem::Text });
        }
        Err(AppealError::AlreadyOpen) => page.problem = Some(AppealProblem::AlreadyOpen),
        Err(AppealError::Full) => page.problem = Some(AppealProblem::Full),
        Err(AppealError::Recovery(failure)) => match limit(&failure) {
            Some(seconds) => return told(&visit, &Secret::new(""), RecoverState::Throttled { seconds }),
            None => return broken(&visit, failure),
        },
        Err(_) => return visit.to(paths::RECOVER),
    }
    respond(&visit, &page)
}

/// Whether nothing was written yet, or which field was left empty.
fn left_empty(fields: &Params) -> Option<Option<AppealProblem>> {
    let is_empty = |name| fields.get(name).is_none_or(|value| value.trim().is_empty());
    let answers = ["answering", "contact", "text"].iter().any(|name| fields.get(name).is_some());
    match (answers, is_empty("contact"), is_empty("text")) {
        (false, ..) => Some(None),
        (true, true, _) => Some(Some(AppealProblem::Contact)),
        (true, false, true) => Some(Some(AppealProblem::Text)),
        (true, false, false) => None,
    }
}

fn broken(visit: &Visit, failure: RecoveryError) -> Response {
    match failure {
        RecoveryError::Account(failure) => error::page(visit, &failure.into(), None),
        _ => visit.to(paths::RECOVER),
    }
}

fn respond(visit: &Visit, page: &AppealPage) -> Response {
    let status = match page.problem {
        None => StatusCode::OK,
        Some(AppealProblem::AlreadyOpen) => StatusCode::CONFLICT,
        Some(AppealProblem::Full) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    visit.page(status, page, FormTargets::ThisNode)
}
