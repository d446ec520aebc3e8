//! Request objects (OIDC Core §6, RFC 9101): parameters signed by the client, by value (`request`) or behind a URL that it
//! registered (`request_uri`). Unsigned ones are refused.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use super::Provider;
use super::client::Client;
use crate::outbound::Limits;
use crate::proto::jose::{Audience, Expectations, Typ, Verified, peek_claims_unverified};
use crate::proto::oauth::{CLIENT_ALGS, ErrorCode, OAuthError, Params};

/// `typ` of a request object (RFC 9101 §10.8), which older clients leave out.
const TYPES: &[&str] = &["oauth-authz-req+jwt", "jwt"];

/// Claims of the JWT itself, which are no request parameters.
const JWT_CLAIMS: [&str; 9] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "trust_chain", "trust_marks"];

/// Limits on fetching a `request_uri`.
const FETCH: Limits = Limits { timeout: Duration::from_secs(3), max_body: 64 * 1024 };

impl Provider {
    /// `params` with those of its request object in place; they win over the ones outside (OIDC Core §6.1).
    pub(in crate::oidc) async fn with_request_object(
        &self,
        params: &Params,
        client: &Client,
    ) -> Result<Params, OAuthError> {
        let object = match (params.get("request"), params.get("request_uri")) {
            (Some(_), Some(_)) => {
                return Err(OAuthError::new(ErrorCode::InvalidRequest, "request and request_uri exclude each other"));
            }
            (Some(object), None) => object.to_owned(),
            (None, Some(uri)) => self.fetch_request_object(uri, client).await?,
            (None, None) if client.metadata.require_signed_request_object => {
                return Err(OAuthError::new(ErrorCode::InvalidRequest, "this client must sign its requests"));
            }
            (None, None) => return Ok(params.clone()),
        };
        let verified = self.verify_request_object(&object, client).await?;
        let named = verified.header.typ.as_deref().is_some_and(|typ| typ.ends_with("oauth-authz-req+jwt"));
        let alone = named || client.metadata.require_signed_request_object;
        merged(params, &verified.claims, (client, alone))
    }

    async fn fetch_request_object(&self, uri: &str, client: &Client) -> Result<String, OAuthError> {
        let refused =
            |why: String| OAuthError::new(ErrorCode::InvalidRequestUri, "the request_uri cannot be used").because(why);
        let without_fragment = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
        let known = client.metadata.request_uris.iter().any(|item| without_fragment(item) == without_fragment(uri));
        if !known {
            return Err(refused("it is not registered for this client".into()));
        }
        let url = Url::parse(uri).map_err(|error| refused(error.to_string()))?;
        let answer =
            self.0.outbound.get(url, FETCH, "request-uri").await.map_err(|error| refused(error.to_string()))?;
        if answer.status != http::StatusCode::OK {
            return Err(refused(format!("it answered {}", answer.status)));
        }
        String::from_utf8(answer.body.to_vec()).map(|text| text.trim().to_owned()).map_err(|e| refused(e.to_string()))
    }

    async fn verify_request_object(&self, object: &str, client: &Client) -> Result<Verified, OAuthError> {
        let registered = client.metadata.request_object_signing_alg.map(|alg| vec![alg]);
        let has_audience = peek_claims_unverified(object).is_ok_and(|claims| claims.contains_key("aud"));
        let expected = Expectations {
            algs: registered.as_deref().unwrap_or(CLIENT_ALGS),
            typ: Typ::AbsentOr(TYPES),
            iss: None,
            aud: if has_audience { Audience::Contains(&self.0.issuer) } else { Audience::Unchecked },
            required: &[],
            max_age: None,
            leeway: self.0.tokens.leeway(),
            now: self.0.clock.now(),
        };
        let verified = self.verify_by_client(client, object, &expected).await.map_err(|error| {
            OAuthError::new(ErrorCode::InvalidRequestObject, "the request object is not valid").because(error)
        })?;
        self.check_federated_request(client, &verified).await?;
        let claims = &verified.claims;
        let foreign = claims.get("iss").is_some_and(|iss| iss.as_str() != Some(client.id.as_str()));
        if foreign || claims.contains_key("request") || claims.contains_key("request_uri") {
            return Err(OAuthError::new(ErrorCode::InvalidRequestObject, "the request object is not valid"));
        }
        Ok(verified)
    }
}

/// The request: what the object says, and beside it what stands outside, unless the object is the whole request (RFC 9101 §6.3).
fn merged(
    params: &Params,
    claims: &Map<String, Value>,
    (client, alone): (&Client, bool),
) -> Result<Params, OAuthError> {
    let mut out = params.clone();
    out.retain(|name| if alone { name == "client_id" } else { name != "request" && name != "request_uri" });
    for (name, value) in claims.iter().filter(|(name, _)| !JWT_CLAIMS.contains(&name.as_str())) {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => continue,
            other => other.to_string(),
        };
        out.set(name, text);
    }
    let other_client = out.get("client_id") != Some(client.id.as_str());
    let other_type = params.get("response_type").is_some_and(|outer| out.get("response_type") != Some(outer));
    if other_client || other_type {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequestObject,
            "client_id or response_type differ inside and outside the request object",
        ));
    }
    Ok(out)
}
