//! `POST …/uc/sso/access_token` and `POST …/uc/sso/getUserInfo`: the ticket flow behind a gateway, whose four headers sign the
//! call. The gateway refuses with 401 and `{message}`; what stands behind it answers `{success, errorCode, errorMsg, data}`.
//!
//! The field's signature leaves the body out. What the body carries, a ticket or a token, is a secret of its own, bound to the
//! client that signs; and the same body under the same signature counts once.

use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MAX_BODY, coded, one, served};
use crate::http::error::OAuthFailure;
use crate::http::extract::no_store_json;
use crate::http::visit::Web;
use crate::proto::facade::ticket::Gateway;
use crate::proto::facade::{Encoding, FacadeError, SignedCall, moment, signature, ticket};
use crate::proto::oauth::FacadeKind;

/// The body of a ticket's validation; other members are passed over.
#[derive(Deserialize)]
struct TicketBody {
    #[serde(rename = "ticketId")]
    ticket_id: String,
    #[serde(rename = "appId")]
    app_id: Option<String>,
}

/// The body of a question about a person; other members are passed over.
#[derive(Deserialize)]
struct TokenBody {
    token: String,
}

/// A ticket for a token.
pub async fn access_token(
    State(web): State<Web>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::Ticket)?;
    let answered = async {
        let (code, call) = signed(&uri, &headers, &body)?;
        let asked: TicketBody = read(&body)?;
        if asked.app_id.is_some_and(|app_id| app_id != code) {
            return Err(FacadeError::Format("appId is not the access key's"));
        }
        let validated = web.app.provider.validate_ticket(code, &asked.ticket_id, &call).await?;
        Ok(json!({"accessToken": validated.token}))
    };
    Ok(render(answered.await))
}

/// Whom a token speaks for.
pub async fn user_info(
    State(web): State<Web>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::Ticket)?;
    let answered = async {
        let (code, call) = signed(&uri, &headers, &body)?;
        let asked: TokenBody = read(&body)?;
        web.app.provider.person_info_of_token(code, &asked.token, &call).await
    };
    Ok(render(answered.await))
}

/// The access key, and the call as it is signed.
fn signed<'a>(
    uri: &axum::http::Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
) -> Result<(&'a str, SignedCall<'a>), FacadeError> {
    let signature = one(headers, "x-bg-hmac-signature").ok_or(FacadeError::Signature)?;
    let code = one(headers, "x-bg-hmac-access-key").ok_or(FacadeError::UnknownService)?;
    let date = one(headers, "x-bg-date-time").ok_or(FacadeError::Clock)?;
    if one(headers, "x-bg-hmac-algorithm") != Some("hmac-sha256") {
        return Err(FacadeError::Signature);
    }
    let text = signature::gateway_text("POST", uri.path(), uri.query().unwrap_or_default(), code, date);
    let at = moment::http_date(date).ok_or(FacadeError::Clock)?;
    Ok((code, SignedCall { text, signature, encoding: Encoding::Base64, at, body }))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, FacadeError> {
    let malformed = FacadeError::Format("the body is malformed");
    if body.len() > MAX_BODY {
        return Err(malformed);
    }
    serde_json::from_slice(body).map_err(|_| malformed)
}

fn render(answered: Result<Value, FacadeError>) -> Response {
    let error = match answered {
        Ok(data) => return no_store_json(&ticket::enveloped(Ok(data))).into_response(),
        Err(error) => error,
    };
    match ticket::gateway(&error) {
        Gateway::Unauthorized(message) => {
            tracing::info!(why = %error, "a façade refuses a call");
            (StatusCode::UNAUTHORIZED, no_store_json(&json!({ "message": message }))).into_response()
        }
        Gateway::Coded(code, text) => coded(&error, &ticket::enveloped(Err((code, text)))),
    }
}
