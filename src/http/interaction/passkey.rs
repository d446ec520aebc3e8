//! Sign in (登录) with a passkey: no user name is typed, the passkey says who it is. The sign-in page asks for one by itself;
//! this page takes the answer, and is there for whoever has no script or did not succeed.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::{FlowQuery, optional_step};
use super::{OwnForm, Step, arrived, hidden, second};
use crate::accounts::AccountError;
use crate::factors::FactorError;
use crate::factors::passkey::{Answered, CHALLENGE_LIFE, Ceremony, Place};
use crate::http::account::closing;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::passkey::PasskeyProblem;
use crate::http::pages::view::{PasskeyAsk, PasskeySignInPage};
use crate::http::visit::Visit;
use crate::proto::oauth::OAuthError;
use crate::signon::Passed;

/// How long before a challenge is over the page asks for a new one, in seconds.
const AHEAD: u64 = 60;

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match optional_step(&mut visit, &query.flow).await {
        Ok(step) => show(&visit, step.as_ref(), None),
        Err(response) => response,
    }
}

/// Signs in.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let text = |name| fields.get(name).unwrap_or_default();
    let answered = Answered { sealed: text("challenge"), credential: text("credential") };
    match visit.app().signon.by_passkey((answered, place(&visit, step.as_ref())), &visit.at()).await {
        Ok(Passed::In(signed_on)) => {
            visit.signed_on(&signed_on);
            arrived(&visit, step.as_ref()).await
        }
        Ok(Passed::Half(half)) => second::begin(&mut visit, &half, step.as_ref()),
        Err(FactorError::Account(AccountError::Closing(account))) => closing::choice(&visit, &account).await,
        Err(failure) => match problem(failure) {
            Ok(problem) => show(&visit, step.as_ref(), Some(problem)),
            Err(failure) => error::page(&visit, &failure, None),
        },
    }
}

/// Where the challenges of a page are good: in this browser, on the way of this flow.
pub fn place<'a>(visit: &'a Visit, step: Option<&'a Step>) -> Place<'a> {
    Place { browser: visit.browser_id(), passage: step.map_or("", |step| &step.flow.id) }
}

/// A question as the page carries it.
pub fn ask(ceremony: Ceremony) -> PasskeyAsk {
    let life = CHALLENGE_LIFE.as_secs().saturating_sub(AHEAD);
    PasskeyAsk { options: ceremony.options, sealed: ceremony.sealed, life }
}

/// What the sign-in page asks for, where browsers can have passkeys for this node.
pub fn offered(visit: &Visit, step: Option<&Step>) -> Option<PasskeyAsk> {
    visit.app().passkeys.begin_sign_in(place(visit, step)).ok().map(ask)
}

fn show(visit: &Visit, step: Option<&Step>, problem: Option<PasskeyProblem>) -> Response {
    let here = || step.map_or_else(|| paths::PASSKEY_SIGN_IN.to_owned(), |step| step.here(paths::PASSKEY_SIGN_IN));
    // Without a domain name there are no passkeys: the other ways are on the sign-in page.
    let Some(ask) = offered(visit, step) else {
        return visit.to(&step.map_or_else(|| paths::SIGN_IN.to_owned(), |step| step.here(paths::SIGN_IN)));
    };
    let page = PasskeySignInPage {
        ctx: visit.context(&here()),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, None)),
        ask,
        problem,
    };
    visit.page(problem.map_or(StatusCode::OK, status), &page, FormTargets::Anywhere)
}

/// What the person is told, or the error that is not about her.
pub fn problem(failure: FactorError) -> Result<PasskeyProblem, OAuthError> {
    Ok(match failure {
        FactorError::Wrong => PasskeyProblem::Wrong,
        FactorError::Over => PasskeyProblem::TooLate,
        FactorError::TooMany => PasskeyProblem::TooMany,
        FactorError::Account(AccountError::State(_) | AccountError::Closing(_)) => PasskeyProblem::Disabled,
        FactorError::Account(AccountError::Throttled { retry_after } | AccountError::Locked { retry_after }) => {
            PasskeyProblem::Throttled { seconds: retry_after.as_secs() }
        }
        other => return Err(other.into()),
    })
}

/// The status of a page with this problem.
pub const fn status(problem: PasskeyProblem) -> StatusCode {
    match problem {
        PasskeyProblem::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
