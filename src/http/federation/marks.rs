//! `POST /federation/trust-mark-status`, `GET /federation/trust-mark-list`, `GET /federation/trust-mark` (OpenID Federation
//! 1.0 §8.4 to §8.6).

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{Asked, failed, on, signed};
use crate::federation::FederationError;
use crate::http::error::OAuthFailure;
use crate::http::extract::{Form, no_store_json};
use crate::http::visit::Web;

/// Whether a mark of this node still holds.
pub async fn status(State(web): State<Web>, Form(params): Form) -> Result<Response, OAuthFailure> {
    let federation = on(&web)?;
    let answer = federation.status_answer(params.require("trust_mark")?).await.map_err(failed)?;
    let answer = answer.ok_or_else(|| failed(FederationError::NotFound))?;
    Ok(signed("application/trust-mark-status-response+jwt", answer))
}

/// Who holds a mark of this node.
pub async fn list(asked: Asked) -> Result<Response, OAuthFailure> {
    let mut holders = asked.federation.mark_holders(asked.required("trust_mark_type")?).await.map_err(failed)?;
    if let Some(subject) = asked.one("sub")? {
        holders.retain(|holder| holder == subject);
    }
    Ok(no_store_json(&holders).into_response())
}

/// A mark of this node.
pub async fn get(asked: Asked) -> Result<Response, OAuthFailure> {
    let (mark_type, subject) = (asked.required("trust_mark_type")?, asked.required("sub")?);
    let mark = asked.federation.mark_of(mark_type, subject).await.map_err(failed)?;
    let mark = mark.ok_or_else(|| failed(FederationError::NotFound))?;
    Ok(signed("application/trust-mark+jwt", mark))
}
