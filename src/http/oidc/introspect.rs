//! `POST /oauth2/introspect` (RFC 7662).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::http::error::OAuthFailure;
use crate::http::extract::{Form, authorization, no_store_json};
use crate::http::visit::Web;
use crate::oidc::client_auth::Credentials;

/// Answers an introspection request.
pub async fn post(State(web): State<Web>, headers: HeaderMap, Form(params): Form) -> Result<Response, OAuthFailure> {
    let refused = OAuthFailure::answering(&headers);
    let credentials = Credentials::read(authorization(&headers), &params).map_err(&refused)?;
    let answer = web.app.provider.introspect(&credentials, &params).await.map_err(refused)?;
    Ok(no_store_json(&answer).into_response())
}
