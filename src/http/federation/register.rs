//! `POST /federation/register`: explicit registration (OpenID Federation 1.0 §12.2).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::{on, request, signed};
use crate::federation::RegistrationType;
use crate::http::error::OAuthFailure;
use crate::http::visit::Web;
use crate::oidc::federated::ExplicitRequest;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Registers the service whose entity configuration or trust chain the body is.
pub async fn post(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Result<Response, OAuthFailure> {
    let federation = on(&web)?;
    if !federation.config().registers(RegistrationType::Explicit) {
        return Err(OAuthError::new(ErrorCode::NotFound, "nobody registers explicitly here").into());
    }
    let answer = Box::pin(web.app.provider.register_explicitly(read(&headers, &body)?)).await?;
    Ok(signed("application/explicit-registration-response+jwt", answer))
}

fn read<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<ExplicitRequest<'a>, OAuthFailure> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(|_| request("the body is not UTF-8"))?;
    match media_type.split(';').next().unwrap_or_default().trim() {
        "application/entity-statement+jwt" => Ok(ExplicitRequest::Configuration(text.trim())),
        "application/trust-chain+json" => {
            let chain = serde_json::from_str(text).map_err(|_| request("the body is not an array of statements"))?;
            Ok(ExplicitRequest::Chain(chain))
        }
        _ => Err(request("the body is an entity-statement+jwt or a trust-chain+json")),
    }
}
