//! `POST /oauth2/token` (RFC 6749 §3.2).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::http::error::OAuthFailure;
use crate::http::extract::{Form, authorization, no_store_json};
use crate::http::visit::Web;
use crate::oidc::client_auth::Credentials;
use crate::trust::from_below::exchange;

/// Answers a token request.
pub async fn post(State(web): State<Web>, headers: HeaderMap, Form(params): Form) -> Result<Response, OAuthFailure> {
    let refused = OAuthFailure::answering(&headers);
    let credentials = Credentials::read(authorization(&headers), &params).map_err(&refused)?;
    let answered = if exchange::is_asked(&params) {
        web.app.from_below.ticket(&credentials, &params).await
    } else {
        web.app.provider.token(&credentials, &params).await
    };
    let answer = answered.map_err(refused)?;
    Ok(no_store_json(&answer).into_response())
}
