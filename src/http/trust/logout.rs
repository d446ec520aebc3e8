//! Logouts that nodes tell each other: `POST /upstream/backchannel-logout` by the node above (OIDC Back-Channel Logout 1.0
//! §2.5), `POST /trust/logout` by a node below (standard 6.4 d).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::error::OAuthFailure;
use crate::http::extract::Form;
use crate::http::visit::Web;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// §2.8: 200, and nothing that a cache keeps.
fn told() -> Response {
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

/// The node above tells.
pub async fn from_above(
    State(web): State<Web>,
    headers: HeaderMap,
    Form(params): Form,
) -> Result<Response, OAuthFailure> {
    let refused = OAuthFailure::answering(&headers);
    let nobody = || OAuthError::new(ErrorCode::InvalidRequest, "there is no node above");
    let upstream = web.app.upstream.as_ref().ok_or_else(nobody).map_err(&refused)?;
    let token = params.require("logout_token").map_err(&refused)?;
    upstream.logout_from_above(token).await.map_err(refused)?;
    Ok(told())
}

/// A node below tells.
pub async fn from_below(
    State(web): State<Web>,
    headers: HeaderMap,
    Form(params): Form,
) -> Result<Response, OAuthFailure> {
    let refused = OAuthFailure::answering(&headers);
    let token = params.require("logout_token").map_err(&refused)?;
    web.app.upward.logout_from_below(token).await.map_err(refused)?;
    Ok(told())
}
