//! Challenges on forms: posed after several failures or many tries, and judged before anything else is looked at, a password, a
//! number or a name.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::accounts::{AccountError, Challenged};
use crate::http::pages::paths;
use crate::http::pages::view::sign_in::ChallengeAsked;
use crate::http::visit::Visit;
use crate::http::visit::Web;
use crate::proto::oauth::Params;

/// Which challenge.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    c: String,
}

/// The picture of a challenge.
pub async fn get(State(web): State<Web>, Query(which): Query<Which>) -> Response {
    let Some(picture) = web.app.challenge.picture(&which.c) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, picture).into_response()
}

/// A new challenge, when a try by this name must come with one.
pub async fn due(visit: &Visit, login: &str) -> Result<Option<ChallengeAsked>, AccountError> {
    let wanted = visit.app().accounts.wants_challenge(login, &visit.device.address).await?;
    Ok(wanted.then(|| posed(visit)))
}

/// Whether a try may go on: no challenge is due, or the one that came was answered rightly.
pub async fn passed(visit: &Visit, login: &str, fields: &Params) -> Result<bool, AccountError> {
    Ok(!visit.app().accounts.wants_challenge(login, &visit.device.address).await? || answered(visit, fields).await?)
}

/// The same for what is no sign-in by name: a new challenge when this must come with one.
pub async fn due_to(visit: &Visit, what: Challenged) -> Result<Option<ChallengeAsked>, AccountError> {
    let wanted = visit.app().accounts.limits().wants_challenge_to(what, &visit.device.address).await?;
    Ok(wanted.then(|| posed(visit)))
}

/// Whether it may go on.
pub async fn passed_to(visit: &Visit, what: Challenged, fields: &Params) -> Result<bool, AccountError> {
    let limits = visit.app().accounts.limits();
    Ok(!limits.wants_challenge_to(what, &visit.device.address).await? || answered(visit, fields).await?)
}

fn posed(visit: &Visit) -> ChallengeAsked {
    let posed = visit.app().challenge.pose(visit.lang.tag());
    ChallengeAsked {
        picture: posed.picture.map(|_| format!("{}?c={}", paths::CHALLENGE, posed.sealed)),
        sealed: posed.sealed,
        question: posed.question,
    }
}

async fn answered(visit: &Visit, fields: &Params) -> Result<bool, AccountError> {
    let text = |name| fields.get(name).unwrap_or_default();
    Ok(visit.app().challenge.judge(text("challenge"), text("answer")).await?)
}
