//! The person's phone (手机): a stand-in for the app of a face check and for that of the network identity service. It asks
//! who one is and gives a code to type where the real app would hand it over.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::routes::Service;
use crate::realname::sources::wire::Document;

/// What the phone is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    /// A face check has been passed.
    Face,
    /// The network identity service vouches for the person.
    NetworkIdentity,
}

/// Who holds the phone, and what for.
#[derive(Deserialize)]
pub(super) struct InHand {
    #[serde(flatten)]
    document: Document,
    purpose: Purpose,
}

#[derive(Serialize)]
struct Issued {
    token: String,
}

pub(super) async fn token(State(service): State<Arc<Service>>, hand: Result<Json<InHand>, JsonRejection>) -> Response {
    let Ok(Json(hand)) = hand else { return Problem::Malformed.into_response() };
    match issue(&service, &hand) {
        Ok(token) => Json(Issued { token }).into_response(),
        Err(problem) => problem.into_response(),
    }
}

pub(super) async fn page() -> Response {
    html("")
}

pub(super) async fn page_token(
    State(service): State<Arc<Service>>,
    hand: Result<Form<InHand>, FormRejection>,
) -> Response {
    let said = match hand.map_err(|_| Problem::Malformed).and_then(|Form(hand)| issue(&service, &hand)) {
        Ok(token) => format!("<p>代码 / Code: <strong id=\"token\">{token}</strong></p>"),
        Err(problem) => format!("<p role=\"alert\">{problem}</p>"),
    };
    html(&said)
}

fn issue(service: &Service, hand: &InHand) -> Result<String, Problem> {
    let now = service.clock.now();
    let holder = service.register.holder(&hand.document, now)?.ok_or(Problem::DocumentNumber)?;
    Ok(match hand.purpose {
        Purpose::Face => service.tokens.face(&holder, now),
        Purpose::NetworkIdentity => service.tokens.ticket(&holder, now),
    })
}

/// `said` is ours: a token of base64url, or a problem's title.
fn html(said: &str) -> Response {
    let page = include_str!("phone.html").replace("<!-- said -->", said);
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], page)
        .into_response()
}
