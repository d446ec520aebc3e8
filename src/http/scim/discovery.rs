//! What there is (RFC 7644 §4): `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`. It tells nothing of anybody and needs no token.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::{Failure, message};
use crate::http::visit::Web;
use crate::proto::scim::resource::schema_documents;
use crate::proto::scim::{Kind, LIST_RESPONSE, ScimError, bulk};

/// What is supported (RFC 7643 §5, RFC 9865 §3).
pub async fn config(State(web): State<Web>) -> Response {
    let base = web.app.registrations.base();
    let told = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": bulk::MOST, "maxPayloadSize": web.app.config.server.body_bytes},
        "filter": {"supported": true, "maxResults": crate::registrations::MOST},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true, "index": true, "defaultPaginationMethod": "index",
            "defaultPageSize": crate::registrations::USUAL, "maxPageSize": crate::registrations::MOST,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "OAuth 2.0 bearer token", "primary": true,
            "description": "client_credentials with the scopes scim.read and scim.write",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    });
    message(StatusCode::OK, &told)
}

/// The kinds of resource.
pub async fn resource_types(State(web): State<Web>) -> Response {
    let base = web.app.registrations.base();
    list(&Kind::ALL.map(|kind| kind.description(base)))
}

/// One kind of resource.
pub async fn resource_type(State(web): State<Web>, Path(name): Path<String>) -> Result<Response, Failure> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(ScimError::not_found)?;
    Ok(message(StatusCode::OK, &kind.description(web.app.registrations.base())))
}

/// The schemas.
pub async fn schemas(State(web): State<Web>) -> Response {
    list(&schema_documents(web.app.registrations.base()))
}

/// One schema.
pub async fn schema(State(web): State<Web>, Path(id): Path<String>) -> Result<Response, Failure> {
    let all = schema_documents(web.app.registrations.base());
    let found = all.into_iter().find(|schema| schema.get("id").and_then(Value::as_str) == Some(&id));
    Ok(message(StatusCode::OK, &found.ok_or_else(ScimError::not_found)?))
}

fn list(resources: &[Value]) -> Response {
    let told = json!({
        "schemas": [LIST_RESPONSE], "totalResults": resources.len(), "startIndex": 1, "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    message(StatusCode::OK, &told)
}
