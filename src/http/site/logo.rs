//! `GET /services/{client_id}/logo`: the logo of a service, from this node's own address.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::base::id::ClientId;
use crate::http::error::OAuthFailure;
use crate::http::visit::Web;
use crate::oidc::client::Client;
use crate::proto::oauth::OAuthError;

/// The route.
pub const ROUTE: &str = "/services/{client_id}/logo";

/// How long a browser keeps it.
const CACHE_CONTROL: &str = "public, max-age=600";

/// How long a browser keeps the stand-in.
const STAND_IN_CACHE_CONTROL: &str = "public, max-age=60";

/// What stands for a service whose logo cannot be had: the building of the pages' own icons.
const STAND_IN: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-4 -4 32 32\"><path fill=\"none\" stroke=\"#0b5cad\" \
                        stroke-width=\"1.7\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
                        d=\"M3 10 12 4l9 6M5 10v8m4.7-8v8m4.6-8v8m4.7-8v8M3 20h18\"/></svg>";

/// Where pages find the logo of a service, below the base path.
#[must_use]
pub fn address(client: &Client) -> Option<String> {
    client.metadata.logo_uri.as_ref()?;
    let id: String = url::form_urlencoded::byte_serialize(client.id.as_str().as_bytes()).collect();
    Some(format!("/services/{id}/logo"))
}

/// The picture, or a stand-in where it cannot be had: a service that is down must not leave a broken picture on our page.
/// 404 for a service that names none.
pub async fn get(State(web): State<Web>, Path(id): Path<ClientId>) -> Result<Response, OAuthFailure> {
    let client = web.app.provider.clients().find(&id).await.map_err(OAuthError::from)?;
    if client.and_then(|client| address(&client)).is_none() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let Some(logo) = web.app.provider.logo(&id).await? else {
        let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, STAND_IN_CACHE_CONTROL)];
        return Ok((headers, STAND_IN).into_response());
    };
    let headers = [(header::CONTENT_TYPE, logo.content_type), (header::CACHE_CONTROL, CACHE_CONTROL)];
    Ok((headers, logo.bytes).into_response())
}
