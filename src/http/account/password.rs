//! Change the password: the present one, the new one twice; every other session ends. Whoever has a second factor shows it
//! first: the password alone would else change itself, end every session of its owner, and cancel her recovery.

use axum::http::StatusCode;
use axum::response::Response;

use super::protected::{Errand, protected_beyond_password};
use crate::accounts::{AccountError, Person};
use crate::base::Secret;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::interaction::register::{password_problem, password_rule};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::PasswordPage;
use crate::http::pages::view::form::PasswordProblem;
use crate::http::pages::view::password::PasswordChangeProblem;
use crate::http::visit::{Visit, shown_name};
use crate::proto::oauth::{OAuthError, Params};

/// Shows the page.
pub async fn get(visit: Visit) -> Response {
    match protected_beyond_password(&visit, Errand::Password, None).await {
        Ok((_, person)) => visit.page(StatusCode::OK, &page(&visit, &person, Vec::new()), FormTargets::ThisNode),
        Err(response) => response,
    }
}

/// Changes the password.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_beyond_password(&visit, Errand::Password, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let found = match missing(&fields) {
        found if !found.is_empty() => found,
        _ => {
            let text = |name| Secret::new(fields.get(name).unwrap_or_default());
            let change = (&text("current_password"), &text("password"));
            match visit.app().signon.change_password(&person, change, &visit.at()).await {
                Ok(()) => return visit.to(&format!("{}?done=password", paths::ACCOUNT)),
                Err(failure) => match problem(failure) {
                    Ok(problem) => vec![problem],
                    Err(failure) => return error::page(&visit, &failure, None),
                },
            }
        }
    };
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page(&visit, &person, found), FormTargets::ThisNode)
}

fn missing(fields: &Params) -> Vec<PasswordChangeProblem> {
    let (present, wanted, again) =
        (fields.get("current_password"), fields.get("password"), fields.get("password_again"));
    let mut found = Vec::new();
    if present.is_none() {
        found.push(PasswordChangeProblem::CurrentMissing);
    }
    match wanted {
        None => found.push(PasswordChangeProblem::New(PasswordProblem::Missing)),
        Some(_) if wanted != again => found.push(PasswordChangeProblem::New(PasswordProblem::Differs)),
        Some(_) if wanted == present => found.push(PasswordChangeProblem::Same),
        Some(_) => {}
    }
    found
}

fn page(visit: &Visit, person: &Person, found: Vec<PasswordChangeProblem>) -> PasswordPage {
    let mut ctx = visit.context(paths::PASSWORD);
    ctx.person = Some(shown_name(person));
    PasswordPage { ctx, csrf: visit.csrf(), username: person.username.clone(), rule: password_rule(visit), found }
}

fn problem(failure: AccountError) -> Result<PasswordChangeProblem, OAuthError> {
    Ok(match failure {
        AccountError::WrongCredentials => PasswordChangeProblem::CurrentWrong,
        AccountError::Password(fault) => PasswordChangeProblem::New(password_problem(fault)),
        AccountError::Throttled { retry_after } | AccountError::Locked { retry_after } => {
            PasswordChangeProblem::TooMany { seconds: retry_after.as_secs() }
        }
        AccountError::Busy => PasswordChangeProblem::Busy,
        other => return Err(other.into()),
    })
}
