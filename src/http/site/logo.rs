//! `GET /services/{client_id}/logo`: the logo of a service, from this node's own address.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::base::id::ClientId;
use crate::http::error::OAuthFailure;
use crate::http::visit::Web;
use crate::oidc::client::Client;

/// The route.
pub const ROUTE: &str = "/services/{client_id}/logo";

/// How long a browser keeps it.
const CACHE_CONTROL: &str = "public, max-age=600";

/// Where pages find the logo of a service, below the base path.
#[must_use]
pub fn address(client: &Client) -> Option<String> {
    client.metadata.logo_uri.as_ref()?;
    let id: String = url::form_urlencoded::byte_serialize(client.id.as_str().as_bytes()).collect();
    Some(format!("/services/{id}/logo"))
}

/// The picture, or 404 where there is none.
pub async fn get(State(web): State<Web>, Path(id): Path<ClientId>) -> Result<Response, OAuthFailure> {
    let Some(logo) = web.app.provider.logo(&id).await? else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let headers = [(header::CONTENT_TYPE, logo.content_type), (header::CACHE_CONTROL, CACHE_CONTROL)];
    Ok((headers, logo.bytes).into_response())
}
