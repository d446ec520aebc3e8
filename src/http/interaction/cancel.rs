//! Leaves a sign-in: back to the service with `access_denied`.

use axum::response::Response;

use super::{OwnForm, Step, resume};
use crate::http::error;
use crate::http::oidc::authorize::respond;

/// Sends the refusal to the service.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match Step::open(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match visit.app().provider.refuse_flow(&step.flow).await {
        Ok(response) => respond(&visit, &response),
        Err(refusal) if refusal.client.is_some() => error::refusal(&visit, &refusal),
        Err(_) => resume(&visit, &step.flow).await,
    }
}
