//! Register (注册): a new account for a natural person, signed in at once.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::{FlowQuery, optional_step};
use super::{OwnForm, Step, arrived, hidden};
use crate::accounts::{AccountError, PasswordFault, Registration};
use crate::base::Secret;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::form::PasswordProblem;
use crate::http::pages::view::register::RegisterProblem;
use crate::http::pages::view::{PasswordRule, RegisterPage};
use crate::http::visit::Visit;
use crate::proto::oauth::{OAuthError, Params};
use crate::signon::{At, SignedOn};

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match optional_step(&mut visit, &query.flow).await {
        Ok(step) => {
            let page = page(&visit, step.as_ref());
            visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
        }
        Err(response) => response,
    }
}

/// Registers and signs in.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let found = match missing(&fields) {
        found if !found.is_empty() => found,
        _ => match register(&visit, &fields).await {
            Ok(signed_on) => {
                visit.signed_on(&signed_on);
                return arrived(&visit, step.as_ref()).await;
            }
            Err(failure) => match problem(failure) {
                Ok(problem) => vec![problem],
                Err(failure) => return error::page(&visit, &failure, None),
            },
        },
    };
    let status = status(&found);
    let mut page = page(&visit, step.as_ref());
    page.username = fields.get("username").unwrap_or_default().to_owned();
    page.mobile = fields.get("mobile").unwrap_or_default().to_owned();
    page.found = found;
    visit.page(status, &page, FormTargets::Anywhere)
}

async fn register(visit: &Visit, fields: &Params) -> Result<SignedOn, AccountError> {
    let password = Secret::new(fields.get("password").unwrap_or_default());
    let wish = Registration {
        username: fields.get("username").unwrap_or_default(),
        mobile: fields.get("mobile"),
        password: &password,
        locale: visit.lang.tag(),
        address: &visit.device.address,
    };
    let at = At { device: &visit.device, current: visit.session.as_ref() };
    visit.app().signon.register(&wish, &at).await
}

/// What can be told before anything is asked of the accounts.
fn missing(fields: &Params) -> Vec<RegisterProblem> {
    let mut found = Vec::new();
    if fields.get("username").is_none() {
        found.push(RegisterProblem::UsernameMissing);
    }
    match (fields.get("password"), fields.get("password_again")) {
        (None, _) => found.push(RegisterProblem::Password(PasswordProblem::Missing)),
        (Some(one), other) if other != Some(one) => found.push(RegisterProblem::Password(PasswordProblem::Differs)),
        _ => {}
    }
    if fields.get("terms").is_none() {
        found.push(RegisterProblem::TermsMissing);
    }
    found
}

fn page(visit: &Visit, step: Option<&Step>) -> RegisterPage {
    RegisterPage {
        ctx: visit.context(&step.map_or_else(|| paths::REGISTER.to_owned(), |step| step.here(paths::REGISTER))),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, None)),
        username: String::new(),
        mobile: String::new(),
        rule: password_rule(visit),
        found: Vec::new(),
    }
}

/// What is told about a new password.
pub fn password_rule(visit: &Visit) -> PasswordRule {
    let shortest = visit.app().config.accounts.password.min_length;
    PasswordRule { shortest: u64::try_from(shortest).unwrap_or(8), longest: 128 }
}

/// What the person is told about a password.
pub const fn password_problem(fault: PasswordFault) -> PasswordProblem {
    match fault {
        PasswordFault::TooShort => PasswordProblem::Short,
        PasswordFault::TooLong => PasswordProblem::Long,
        PasswordFault::TooSimple => PasswordProblem::Simple,
        PasswordFault::ContainsUsername => PasswordProblem::Personal,
    }
}

fn problem(failure: AccountError) -> Result<RegisterProblem, OAuthError> {
    Ok(match failure {
        AccountError::Taken => RegisterProblem::UsernameTaken,
        AccountError::Username(_) => RegisterProblem::UsernameShape,
        AccountError::Mobile => RegisterProblem::MobileShape,
        AccountError::MobileTaken => RegisterProblem::MobileTaken,
        AccountError::Password(fault) => RegisterProblem::Password(password_problem(fault)),
        AccountError::Throttled { retry_after } | AccountError::Locked { retry_after } => {
            RegisterProblem::TooMany { seconds: retry_after.as_secs() }
        }
        AccountError::Busy => RegisterProblem::Busy,
        other => return Err(other.into()),
    })
}

fn status(found: &[RegisterProblem]) -> StatusCode {
    match found.first() {
        Some(RegisterProblem::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(RegisterProblem::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
