//! `POST /oauth2/revoke` (RFC 7009): 200 with an empty body, whatever the token was.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::http::error::OAuthFailure;
use crate::http::extract::{Form, authorization};
use crate::http::visit::Web;
use crate::oidc::client_auth::Credentials;

/// Answers a revocation request.
pub async fn post(State(web): State<Web>, headers: HeaderMap, Form(params): Form) -> Result<StatusCode, OAuthFailure> {
    let refused = OAuthFailure::answering(&headers);
    let credentials = Credentials::read(authorization(&headers), &params).map_err(&refused)?;
    web.app.provider.revoke(&credentials, &params).await.map_err(refused)?;
    Ok(StatusCode::OK)
}
