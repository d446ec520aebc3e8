//! `…/access_token`, `…/tokeninfo`, `…/codetosession`, `…/sidtosession` under `/tif/sso/connect`: the session exchange. Every
//! call is signed by four headers; `x-tif-signature` is over timestamp, nonce, method, path, query and body.

use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{MAX_BODY, coded, one, served};
use crate::http::error::OAuthFailure;
use crate::http::extract::{is_form, no_store_json};
use crate::http::visit::Web;
use crate::oidc::facade::Presented;
use crate::proto::facade::{Encoding, FacadeError, SignedCall, exchange, moment, signature};
use crate::proto::oauth::{FacadeKind, Params};

/// What a handler here is given.
type Asked = (State<Web>, OriginalUri, HeaderMap, Bytes);

/// The members of an answer.
type Members = Result<Map<String, Value>, FacadeError>;

/// A code for a token.
pub async fn access_token((State(web), OriginalUri(uri), headers, body): Asked) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::SessionExchange)?;
    let answered = async {
        let (id, call) = signed("POST", &uri, &headers, &body)?;
        let form = form(&headers, &body, id)?;
        if form.get("grant_type") != Some("authorization_code") {
            return Err(FacadeError::Format("grant_type is authorization_code"));
        }
        let presented =
            Presented { code: required(&form, "code")?, redirect_uri: Some(required(&form, "redirect_uri")?) };
        web.app.provider.exchange_code(id, &presented, &call).await
    };
    Ok(merged(answered.await))
}

/// A token for the person.
pub async fn token_info((State(web), OriginalUri(uri), headers, body): Asked) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::SessionExchange)?;
    let answered = async {
        let (id, call) = signed("GET", &uri, &headers, &body)?;
        let query = Params::parse(uri.query().unwrap_or_default()).map_err(|_| malformed())?;
        web.app.provider.token_info(id, required(&query, "access_token")?, &call).await
    };
    Ok(merged(answered.await))
}

/// A code for a session.
pub async fn code_to_session((State(web), OriginalUri(uri), headers, body): Asked) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::SessionExchange)?;
    let answered = async {
        let (id, call) = signed("POST", &uri, &headers, &body)?;
        let form = form(&headers, &body, id)?;
        web.app.provider.code_to_session(id, required(&form, "code")?, &call).await
    };
    Ok(enveloped(answered.await))
}

/// A session again.
pub async fn sid_to_session((State(web), OriginalUri(uri), headers, body): Asked) -> Result<Response, OAuthFailure> {
    served(&web, FacadeKind::SessionExchange)?;
    let answered = async {
        let (id, call) = signed("POST", &uri, &headers, &body)?;
        let form = form(&headers, &body, id)?;
        web.app.provider.sid_to_session(id, required(&form, "sid")?, &call).await
    };
    Ok(enveloped(answered.await))
}

fn malformed() -> FacadeError {
    FacadeError::Format("the request is malformed")
}

fn required<'a>(params: &'a Params, name: &str) -> Result<&'a str, FacadeError> {
    params.get(name).ok_or(FacadeError::Format("a parameter is missing"))
}

/// The access party, and the call as it is signed.
fn signed<'a>(
    method: &str,
    uri: &Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
) -> Result<(&'a str, SignedCall<'a>), FacadeError> {
    if body.len() > MAX_BODY {
        return Err(malformed());
    }
    let id = one(headers, "x-tif-paasid").ok_or(FacadeError::UnknownService)?;
    let timestamp = one(headers, "x-tif-timestamp").ok_or(FacadeError::Clock)?;
    let nonce = one(headers, "x-tif-nonce").filter(|nonce| (8..=64).contains(&nonce.len()));
    let nonce = nonce.ok_or(FacadeError::Format("x-tif-nonce has 8 to 64 characters"))?;
    let place = (method, uri.path(), uri.query().unwrap_or_default());
    let call = SignedCall {
        text: signature::tif_text(timestamp, nonce, place, body),
        signature: one(headers, "x-tif-signature").ok_or(FacadeError::Signature)?,
        encoding: Encoding::UpperHex,
        at: moment::epoch_seconds(timestamp).ok_or(FacadeError::Clock)?,
        body,
    };
    Ok((id, call))
}

/// The form of a call: whose `client_id`, where it names one, is the access party's. A secret in it is not looked at: the
/// signature proves it.
fn form(headers: &HeaderMap, body: &[u8], id: &str) -> Result<Params, FacadeError> {
    if !is_form(headers) {
        return Err(FacadeError::Format("the body is a form"));
    }
    let form = Params::parse(std::str::from_utf8(body).map_err(|_| malformed())?).map_err(|_| malformed())?;
    if form.get("client_id").is_some_and(|client| client != id) {
        return Err(FacadeError::Format("client_id is not x-tif-paasid"));
    }
    Ok(form)
}

/// `errcode` and `errmsg` beside the members, where OAuth 2.0 has them.
fn merged(answered: Members) -> Response {
    match answered {
        Ok(mut members) => {
            members.insert("errcode".to_owned(), json!(0));
            members.insert("errmsg".to_owned(), json!("成功"));
            no_store_json(&members).into_response()
        }
        Err(error) => coded(&error, &exchange::enveloped(Err(&error))),
    }
}

/// The members within `data`.
fn enveloped(answered: Members) -> Response {
    match answered {
        Ok(members) => no_store_json(&exchange::enveloped(Ok(members.into()))).into_response(),
        Err(error) => coded(&error, &exchange::enveloped(Err(&error))),
    }
}
