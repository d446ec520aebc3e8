//! What becomes of a recovery or an appeal, by its code; and the new password, once the time has come.

use axum::http::StatusCode;
use axum::response::Response;

use super::{limit, status_page, told};
use crate::accounts::AccountError;
use crate::base::Secret;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::interaction::register::password_problem;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RecoverStatusPage;
use crate::http::pages::view::form::PasswordProblem;
use crate::http::pages::view::recover::{GivenAgent, RecoverState};
use crate::http::visit::Visit;
use crate::signon::{AppealState, Progress, RecoveryError, RecoveryStanding};

/// Asks for the code.
pub async fn get(visit: Visit) -> Response {
    told(&visit, &Secret::new(""), RecoverState::Asking { wrong: false })
}

/// Shows how it stands, or sets the new password.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let code = Secret::new(fields.get("code").unwrap_or_default());
    if code.expose().trim().is_empty() {
        return told(&visit, &code, RecoverState::CodeMissing);
    }
    let state = match progress(&visit, &code).await {
        Ok(state) => state,
        Err(response) => return response,
    };
    let sets = fields.get("answering").or_else(|| fields.get("password")).is_some();
    if !sets || !matches!(state, RecoverState::Ready { .. }) {
        return told(&visit, &code, state);
    }
    let password = fields.get("password").unwrap_or_default();
    let found = if password.is_empty() {
        PasswordProblem::Missing
    } else if fields.get("password_again") != Some(password) {
        PasswordProblem::Differs
    } else {
        match finish(&visit, &code, &Secret::new(password)).await {
            Ok(found) => found,
            Err(response) => return response,
        }
    };
    let page = RecoverStatusPage { found: Some(found), ..status_page(&visit, &code, state) };
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page, FormTargets::ThisNode)
}

async fn progress(visit: &Visit, code: &Secret) -> Result<RecoverState, Response> {
    match visit.app().recoveries.progress(code, &visit.device.address).await {
        Ok(progress) => Ok(match progress {
            Progress::Recovery(RecoveryStanding::Waiting { ready_at }) => RecoverState::Waiting { ready: ready_at },
            Progress::Recovery(RecoveryStanding::Ready { lapses_at }) => RecoverState::Ready { lapses: lapses_at },
            Progress::Recovery(RecoveryStanding::Finished | RecoveryStanding::Over)
            | Progress::Appeal(AppealState::Accepted) => RecoverState::Over,
            Progress::Appeal(AppealState::Waiting) => RecoverState::AppealWaiting,
            Progress::Appeal(AppealState::Refused) => RecoverState::AppealRefused,
        }),
        Err(failure) => Err(refuse(visit, code, failure)),
    }
}

fn refuse(visit: &Visit, code: &Secret, failure: RecoveryError) -> Response {
    if let Some(seconds) = limit(&failure) {
        return told(visit, code, RecoverState::Throttled { seconds });
    }
    match failure {
        RecoveryError::Wrong => told(visit, code, RecoverState::Asking { wrong: true }),
        RecoveryError::Account(AccountError::State(_) | AccountError::Unknown)
        | RecoveryError::Over
        | RecoveryError::TooEarly => told(visit, code, RecoverState::Over),
        RecoveryError::Account(other) => error::page(visit, &other.into(), None),
        _ => told(visit, code, RecoverState::Asking { wrong: true }),
    }
}

/// The password's fault, or the page of the end.
async fn finish(visit: &Visit, code: &Secret, password: &Secret) -> Result<PasswordProblem, Response> {
    match visit.app().recoveries.finish(code, password, &visit.device.address).await {
        Ok(given) => {
            let given = given.into_iter().map(|row| GivenAgent { company: row.company, at: row.created_at }).collect();
            let page = RecoverStatusPage { given, ..status_page(visit, code, RecoverState::Done) };
            Err(visit.page(StatusCode::OK, &page, FormTargets::ThisNode))
        }
        Err(RecoveryError::Account(AccountError::Password(fault))) => Ok(password_problem(fault)),
        Err(failure) => Err(refuse(visit, code, failure)),
    }
}
