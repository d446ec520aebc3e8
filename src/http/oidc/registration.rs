//! `POST /oauth2/register` (RFC 7591) and `GET`, `PUT`, `DELETE /oauth2/register/{client_id}` (RFC 7592).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::base::id::ClientId;
use crate::http::error::BearerFailure;
use crate::http::extract::{bearer, no_store_json};
use crate::http::middleware::ClientAddress;
use crate::http::visit::Web;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Registers a client.
pub async fn post(
    State(web): State<Web>,
    address: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, BearerFailure> {
    let address = address.map_or(String::new(), |Extension(found)| found.0.to_string());
    let registered = web.app.provider.register_client(bearer(&headers), &address, json(&body)?).await?;
    Ok((StatusCode::CREATED, no_store_json(&registered.answer)).into_response())
}

/// Reads a client's registration.
pub async fn get(
    State(web): State<Web>,
    Path(id): Path<ClientId>,
    headers: HeaderMap,
) -> Result<Response, BearerFailure> {
    let answer = web.app.provider.read_client(&id, bearer(&headers)).await?;
    Ok(no_store_json(&answer).into_response())
}

/// Replaces a client's metadata.
pub async fn put(
    State(web): State<Web>,
    Path(id): Path<ClientId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, BearerFailure> {
    let body: Map<String, Value> = json(&body)?;
    let answer = web.app.provider.update_client(&id, bearer(&headers), body).await?;
    Ok(no_store_json(&answer).into_response())
}

/// Removes a client.
pub async fn delete(
    State(web): State<Web>,
    Path(id): Path<ClientId>,
    headers: HeaderMap,
) -> Result<StatusCode, BearerFailure> {
    web.app.logouts.delete_client(&id, bearer(&headers)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, OAuthError> {
    serde_json::from_slice(body).map_err(|error| {
        OAuthError::new(ErrorCode::InvalidClientMetadata, "the body is not the JSON of a registration")
            .because(error.to_string())
    })
}
