//! Register (注册): a new account for a natural person, signed in at once.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::{FlowQuery, optional_step};
use super::{OwnForm, Step, arrived, challenge, hidden};
use crate::accounts::{AccountError, Challenged, PasswordFault, Registration};
use crate::base::Secret;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::form::PasswordProblem;
use crate::http::pages::view::register::RegisterProblem;
use crate::http::pages::view::{PasswordRule, RegisterPage};
use crate::http::visit::Visit;
use crate::proto::oauth::{OAuthError, Params};
use crate::signon::SignedOn;

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match optional_step(&mut visit, &query.flow).await {
        Ok(step) => {
            let mut page = page(&visit, step.as_ref());
            // Whether one is due is decided again when the form comes; the page itself needs no store.
            page.challenge = challenge::due_to(&visit, Challenged::Registration).await.unwrap_or_default();
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
    let password = Secret::new(fields.get("password").unwrap_or_default());
    let wish = wish(&visit, &fields, &password);
    let found = match to_put_right(&visit, &fields, &wish) {
        found if !found.is_empty() => found,
        _ => match register(&visit, &wish, &fields).await {
            Ok(Some(signed_on)) => {
                visit.signed_on(&signed_on);
                return arrived(&visit, step.as_ref()).await;
            }
            Ok(None) => vec![RegisterProblem::Challenge],
            Err(failure) => match problem(failure) {
                Ok(problem) => vec![problem],
                Err(failure) => return error::page(&visit, &failure, None),
            },
        },
    };
    let status = status(&found);
    let mut page = page(&visit, step.as_ref());
    page.challenge = match challenge::due_to(&visit, Challenged::Registration).await {
        Ok(challenge) => challenge,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    page.username = fields.get("username").unwrap_or_default().to_owned();
    page.mobile = fields.get("mobile").unwrap_or_default().to_owned();
    page.found = found;
    visit.page(status, &page, FormTargets::Anywhere)
}

fn wish<'a>(visit: &'a Visit, fields: &'a Params, password: &'a Secret) -> Registration<'a> {
    Registration {
        username: fields.get("username").unwrap_or_default(),
        mobile: fields.get("mobile"),
        password,
        locale: visit.lang.tag(),
        address: &visit.device.address,
    }
}

/// Nobody, when a challenge is due that was not answered: no name is looked up before.
async fn register(visit: &Visit, wish: &Registration<'_>, fields: &Params) -> Result<Option<SignedOn>, AccountError> {
    if !challenge::passed_to(visit, Challenged::Registration, fields).await? {
        return Ok(None);
    }
    visit.app().signon.register(wish, &visit.at()).await.map(Some)
}

/// Everything that can be told before anybody is looked up: one problem a field, in the order of the page.
fn to_put_right(visit: &Visit, fields: &Params, wish: &Registration<'_>) -> Vec<RegisterProblem> {
    let named = |fault| match fault {
        AccountError::Username(_) if wish.username.is_empty() => Some(RegisterProblem::UsernameMissing),
        AccountError::Password(_) if wish.password.expose().is_empty() => {
            Some(RegisterProblem::Password(PasswordProblem::Missing))
        }
        other => problem(other).ok(),
    };
    let mut found: Vec<RegisterProblem> = visit.app().accounts.faults(wish).into_iter().filter_map(named).collect();
    let password_will_do = !found.iter().any(|problem| matches!(problem, RegisterProblem::Password(_)));
    if password_will_do && fields.get("password_again") != fields.get("password") {
        found.push(RegisterProblem::Password(PasswordProblem::Differs));
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
        challenge: None,
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
        PasswordFault::Common => PasswordProblem::Common,
        PasswordFault::Used => PasswordProblem::Used,
        PasswordFault::TooSimple => PasswordProblem::Simple,
        PasswordFault::ContainsUsername => PasswordProblem::Personal,
    }
}

fn problem(failure: AccountError) -> Result<RegisterProblem, OAuthError> {
    Ok(match failure {
        AccountError::Taken => RegisterProblem::UsernameTaken,
        AccountError::Username(_) => RegisterProblem::UsernameShape,
        AccountError::Mobile => RegisterProblem::MobileShape,
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
