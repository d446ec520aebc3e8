//! `POST /sso/servlet/simpleauth`: the form of the ticket flow. `method=ticketValidation` gives a token for a ticket,
//! `method=getUserInfo` the person for a token; `result` and `errmsg` say how it went.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{MAX_BODY, coded, served};
use crate::http::error::OAuthFailure;
use crate::http::extract::{is_form, no_store_json};
use crate::http::visit::Web;
use crate::oidc::Provider;
use crate::proto::facade::{Encoding, FacadeError, SignedCall, moment, signature, ticket};
use crate::proto::oauth::{FacadeKind, Params};

/// Answers a form.
pub async fn post(
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::Ticket)?;
    let bare = query.is_none_or(|query| query.is_empty()) && is_form(&headers);
    let answered = if bare { answer(&web.app.provider, &body).await } else { Err(FacadeError::Format("not a form")) };
    Ok(match answered {
        Ok(members) => no_store_json(&ticket::granted(members)).into_response(),
        Err(error) => coded(&error, &ticket::refusal(&error)),
    })
}

async fn answer(provider: &Provider, body: &[u8]) -> Result<Map<String, Value>, FacadeError> {
    let form = read(body)?;
    let required = |name: &'static str| form.get(name).ok_or(FacadeError::Format("a parameter is missing"));
    if form.get("datatype").is_some_and(|kind| kind != "json") {
        return Err(FacadeError::Format("datatype: json is what is served"));
    }
    let method = required("method")?;
    let subject = match method {
        "ticketValidation" => required("st")?,
        "getUserInfo" => required("token")?,
        _ => return Err(FacadeError::Format("method is unknown")),
    };
    let (code, time) = (required("servicecode")?, required("time")?);
    let call = SignedCall {
        text: signature::ticket_text(code, time, subject),
        signature: form.get("sign").ok_or(FacadeError::Signature)?,
        encoding: Encoding::LowerHex,
        at: moment::compact(time).ok_or(FacadeError::Format("time is not yyyyMMddHHmmss"))?,
        body: method.as_bytes(),
    };
    if method == "getUserInfo" {
        return provider.person_of_token(code, subject, &call).await;
    }
    let validated = provider.validate_ticket(code, subject, &call).await?;
    let mut members = validated.person;
    members.insert("token".to_owned(), json!(validated.token));
    Ok(members)
}

fn read(body: &[u8]) -> Result<Params, FacadeError> {
    let malformed = FacadeError::Format("the form is malformed");
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= MAX_BODY).ok_or(malformed.clone())?;
    Params::parse(text).map_err(|_| malformed)
}
