//! Challenges on the sign-in form: posed after several failures, and judged before a password is looked at.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::accounts::AccountError;
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
    Ok(wanted.then(|| {
        let posed = visit.app().challenge.pose(visit.lang.tag());
        ChallengeAsked {
            picture: posed.picture.map(|_| format!("{}?c={}", paths::CHALLENGE, posed.sealed)),
            sealed: posed.sealed,
            question: posed.question,
        }
    }))
}

/// Whether a try may go on: no challenge is due, or the one that came was answered rightly.
pub async fn passed(visit: &Visit, login: &str, fields: &Params) -> Result<bool, AccountError> {
    if !visit.app().accounts.wants_challenge(login, &visit.device.address).await? {
        return Ok(true);
    }
    let text = |name| fields.get(name).unwrap_or_default();
    Ok(visit.app().challenge.judge(text("challenge"), text("answer")).await?)
}
