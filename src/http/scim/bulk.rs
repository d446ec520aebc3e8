//! `POST /scim/v2/Bulk` (RFC 7644 §3.7).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::answer::{Failure, message};
use super::{party, resources};
use crate::http::visit::Web;
use crate::registrations::WRITE_SCOPE;

/// Many operations, each with an answer of its own.
pub async fn post(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let party = party(&web, &headers, WRITE_SCOPE).await?;
    let told = web.app.registrations.bulk(&party, &resources::json(&body)?).await?;
    Ok(message(StatusCode::OK, &told))
}
