//! `GET /federation/fetch`, `/federation/list`, `/federation/resolve`, `/federation/historical-keys` (OpenID Federation 1.0
//! §8.1 to §8.3, §8.7).

use axum::response::{IntoResponse, Response};

use super::{Asked, failed, request, signed};
use crate::federation::answers::ListFilter;
use crate::federation::{EntityIdentifier, FederationError};
use crate::http::error::OAuthFailure;
use crate::http::extract::no_store_json;

/// What this node says about a subordinate.
pub async fn fetch(asked: Asked) -> Result<Response, OAuthFailure> {
    let subject = asked.required("sub")?;
    if subject == asked.federation.id().as_str() {
        return Err(request("what this node says of itself is its entity configuration"));
    }
    let text = asked.federation.statement_about(subject).await.map_err(failed)?;
    let text = text.ok_or_else(|| failed(FederationError::NotFound))?;
    Ok(signed("application/entity-statement+jwt", text))
}

/// The subordinates of this node.
pub async fn list(asked: Asked) -> Result<Response, OAuthFailure> {
    let filter = ListFilter {
        entity_types: asked.all("entity_type").map(str::to_owned).collect(),
        trust_marked: asked.flag("trust_marked")?.unwrap_or(false),
        mark_type: asked.one("trust_mark_type")?.map(str::to_owned),
        intermediate: asked.flag("intermediate")?,
    };
    let listed = asked.federation.list(&filter).await.map_err(failed)?;
    Ok(no_store_json(&listed).into_response())
}

/// Metadata as it counts.
pub async fn resolve(asked: Asked) -> Result<Response, OAuthFailure> {
    let subject = EntityIdentifier::parse(asked.required("sub")?);
    let subject = subject.ok_or_else(|| request("sub is not an entity identifier"))?;
    let anchors: Vec<String> = asked.all("trust_anchor").map(str::to_owned).collect();
    if anchors.is_empty() {
        return Err(request("required parameter trust_anchor is missing"));
    }
    let types: Vec<String> = asked.all("entity_type").map(str::to_owned).collect();
    let text = asked.federation.resolve(&subject, &anchors, &types).await.map_err(failed)?;
    Ok(signed("application/resolve-response+jwt", text))
}

/// Federation keys of the past.
pub async fn historical_keys(asked: Asked) -> Result<Response, OAuthFailure> {
    let text = asked.federation.historical_keys().await.map_err(failed)?;
    Ok(signed("application/jwk-set+jwt", text))
}
