//! Sign in (登录) with a name and a password.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{OwnForm, Step, arrived, challenge, hidden, level, passkey, second};
use crate::accounts::AccountError;
use crate::base::Secret;
use crate::http::account::closing;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SignInPage;
use crate::http::pages::view::sign_in::{AboveButton, OtherWays, SignInNotice, SignInProblem};
use crate::http::visit::Visit;
use crate::oidc::authorize::{Asked, LoginReason};
use crate::proto::oauth::OAuthError;
use crate::signon::Passed;

/// What a page of a flow is called with.
#[derive(Deserialize)]
pub struct FlowQuery {
    /// The sealed flow; none when the person came on their own.
    #[serde(default)]
    pub flow: String,
    /// Why the page is shown.
    #[serde(default)]
    pub why: String,
}

/// Sends the browser to this page, or to registration when the client asks for a new account.
pub fn start(visit: &Visit, asked: &Asked<LoginReason>) -> Response {
    let page = if asked.question == LoginReason::Create { paths::REGISTER } else { paths::SIGN_IN };
    let why = if asked.question == LoginReason::Again { "&why=again" } else { "" };
    visit.to(&format!("{page}?flow={}{why}", asked.flow))
}

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let hint = step.as_ref().and_then(|step| step.flow.params.get("login_hint")).unwrap_or_default().to_owned();
    let mut page = page(&visit, step.as_ref(), hint);
    if let Some(above) = &mut page.above
        && query.why == "again"
    {
        above.href.push_str(if step.is_some() { "&why=again" } else { "?why=again" });
    }
    // Whether one is due is decided again when the form comes; the page itself needs no store.
    page.challenge = challenge::due(&visit, "").await.unwrap_or_default();
    page.notice = match query.why.as_str() {
        "again" => Some(SignInNotice::ShowAgain),
        "password" => Some(SignInNotice::PasswordChanged),
        _ => None,
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}

/// Signs in.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let username = fields.get("username").unwrap_or_default().to_owned();
    let passed = match challenge::passed(&visit, &username, &fields).await {
        Ok(passed) => passed,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    let found = match (username.as_str(), fields.get("password")) {
        ("", _) => Err(SignInProblem::UsernameMissing),
        (_, None) => Err(SignInProblem::PasswordMissing),
        _ if !passed => Err(SignInProblem::Challenge),
        (name, Some(password)) => {
            match visit.app().signon.by_password(name, &Secret::new(password), &visit.at()).await {
                Ok(passed) => Ok(passed),
                Err(AccountError::Closing(account)) => return closing::choice(&visit, &account).await,
                Err(failure) => match problem(failure) {
                    Ok(problem) => Err(problem),
                    Err(failure) => return error::page(&visit, &failure, None),
                },
            }
        }
    };
    match found {
        Ok(Passed::In(signed_on)) => {
            visit.signed_on(&signed_on);
            arrived(&visit, step.as_ref()).await
        }
        Ok(Passed::Half(half)) => second::begin(&mut visit, &half, step.as_ref()),
        Err(problem) => {
            let challenge = match challenge::due(&visit, &username).await {
                Ok(challenge) => challenge,
                Err(failure) => return error::page(&visit, &failure.into(), None),
            };
            let mut page = page(&visit, step.as_ref(), username);
            page.challenge = challenge;
            page.problem = Some(problem);
            visit.page(status(problem), &page, FormTargets::Anywhere)
        }
    }
}

/// The step that a sealed flow names, if there is one.
pub async fn optional_step(visit: &mut Visit, sealed: &str) -> Result<Option<Step>, Response> {
    if sealed.is_empty() { Ok(None) } else { Step::open(visit, sealed).await.map(Some) }
}

fn page(visit: &Visit, step: Option<&Step>, username: String) -> SignInPage {
    let required = step.and_then(|step| step.client.metadata.minimum_acr).map(|acr| level(acr.number()));
    let passkey = passkey::offered(visit, step);
    SignInPage {
        ctx: visit.context(&step.map_or_else(|| paths::SIGN_IN.to_owned(), |step| step.here(paths::SIGN_IN))),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, required)),
        username,
        notice: None,
        problem: None,
        ways: other_ways(visit, step, passkey.is_some()),
        passkey,
        above: above(visit, step),
        challenge: None,
        registration_open: true,
    }
}

/// The button of the node above, on with the same flow.
fn above(visit: &Visit, step: Option<&Step>) -> Option<AboveButton> {
    let upstream = visit.app().upstream.as_ref()?;
    let href = step.map_or_else(|| paths::ABOVE.to_owned(), |step| step.here(paths::ABOVE));
    Some(AboveButton { href, name: upstream.name(visit.lang.tag()).to_owned() })
}

/// The other ways that are open here, on with the same flow.
fn other_ways(visit: &Visit, step: Option<&Step>, passkeys: bool) -> OtherWays {
    let leading = |page: &str| step.map_or_else(|| page.to_owned(), |step| step.here(page));
    let passkey = passkeys.then(|| leading(paths::PASSKEY_SIGN_IN));
    let sms = visit.app().factors.can_send_codes().then(|| leading(paths::SMS_SIGN_IN));
    OtherWays {
        passkey,
        sms,
        scan: Some(leading(paths::SCAN_SIGN_IN)),
        recovery: Some(paths::RECOVER.to_owned()),
        ..OtherWays::default()
    }
}

/// What the person is told, or the error that is not about them.
fn problem(failure: AccountError) -> Result<SignInProblem, OAuthError> {
    Ok(match failure {
        AccountError::WrongCredentials => SignInProblem::WrongPair,
        AccountError::Locked { retry_after } => SignInProblem::Locked { minutes: retry_after.as_secs().div_ceil(60) },
        AccountError::Throttled { retry_after } => SignInProblem::TooMany { seconds: retry_after.as_secs() },
        AccountError::State(_) | AccountError::Closing(_) => SignInProblem::Disabled,
        AccountError::Busy => SignInProblem::Busy,
        other => return Err(other.into()),
    })
}

const fn status(problem: SignInProblem) -> StatusCode {
    match problem {
        SignInProblem::Locked { .. } | SignInProblem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        SignInProblem::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
