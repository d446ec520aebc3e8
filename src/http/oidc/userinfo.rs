//! `GET` and `POST /oauth2/userinfo` (OIDC Core §5.3, RFC 6750): the token in the Authorization header, or in the form.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::http::error::BearerFailure;
use crate::http::extract::{bearer, is_form, no_store_json};
use crate::http::visit::Web;
use crate::oidc::userinfo::UserInfo;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// Answers a UserInfo request whose token is in the header.
pub async fn get(State(web): State<Web>, headers: HeaderMap) -> Result<Response, BearerFailure> {
    let token = bearer(&headers).ok_or_else(BearerFailure::no_token)?;
    answer(&web, token).await
}

/// Answers a UserInfo request whose token is in the header or in the form, not in both (RFC 6750 §2).
pub async fn post(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Result<Response, BearerFailure> {
    let form = form_token(&headers, &body)?;
    match (bearer(&headers), form) {
        (Some(_), Some(_)) => Err(OAuthError::new(ErrorCode::InvalidRequest, "the token came twice").into()),
        (Some(token), None) => answer(&web, token).await,
        (None, Some(token)) => answer(&web, &token).await,
        (None, None) => Err(BearerFailure::no_token()),
    }
}

fn form_token(headers: &HeaderMap, body: &[u8]) -> Result<Option<String>, BearerFailure> {
    if !is_form(headers) {
        return Ok(None);
    }
    let text = std::str::from_utf8(body).unwrap_or_default();
    Ok(Params::parse(text)?.get("access_token").map(str::to_owned))
}

async fn answer(web: &Web, token: &str) -> Result<Response, BearerFailure> {
    Ok(match web.app.provider.userinfo(token).await? {
        UserInfo::Json(claims) => no_store_json(&claims).into_response(),
        UserInfo::Jwt(token) => {
            ([(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, "no-store")], token).into_response()
        }
    })
}
