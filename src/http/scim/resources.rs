//! People and companies: `/scim/v2/Users`, `/scim/v2/Companies`. Each handler parses, calls `registrations`, and tells.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::answer::{Failure, message, resource, text};
use super::party;
use crate::http::visit::Web;
use crate::proto::oauth::Params;
use crate::proto::scim::resource::member;
use crate::proto::scim::{Kind, Projection, SEARCH_REQUEST, ScimError, ScimType};
use crate::registrations::{Query, READ_SCOPE, Target, WRITE_SCOPE};

/// A kind of resource, as a type of the router's.
pub trait Resources: Send + Sync + 'static {
    /// Which.
    const KIND: Kind;
}

/// `/Users`.
pub struct Users;
/// `/Companies`.
pub struct Companies;

impl Resources for Users {
    const KIND: Kind = Kind::User;
}

impl Resources for Companies {
    const KIND: Kind = Kind::Company;
}

/// Lists.
pub async fn list<R: Resources>(
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, READ_SCOPE).await?;
    let query = asked(query.as_deref())?;
    let page = web.app.registrations.list(&party, R::KIND, &query).await?;
    Ok(message(StatusCode::OK, &page.told(&query.projection)))
}

/// Lists by a search in the body, so that no filter stands in an address (RFC 7644 §3.4.3).
pub async fn search<R: Resources>(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, READ_SCOPE).await?;
    let query = searched(&json(&body)?)?;
    let page = web.app.registrations.list(&party, R::KIND, &query).await?;
    Ok(message(StatusCode::OK, &page.told(&query.projection)))
}

/// Registers.
pub async fn create<R: Resources>(
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, WRITE_SCOPE).await?;
    let projection = asked(query.as_deref())?.projection;
    let created = web.app.registrations.create(&party, R::KIND, &json(&body)?).await?;
    Ok(resource(StatusCode::CREATED, created.into_resource(), &projection))
}

/// One.
pub async fn read<R: Resources>(
    State(web): State<Web>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, READ_SCOPE).await?;
    let projection = asked(query.as_deref())?.projection;
    let found = web.app.registrations.read(&party, R::KIND, &id).await?;
    let same = text(&headers, header::IF_NONE_MATCH).is_some_and(|tags| found.version.is_among(tags));
    if same {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, found.version.tag())]).into_response());
    }
    Ok(resource(StatusCode::OK, found, &projection))
}

/// Replaces.
pub async fn replace<R: Resources>(
    State(web): State<Web>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, WRITE_SCOPE).await?;
    let projection = asked(query.as_deref())?.projection;
    let target = Target { party: &party, kind: R::KIND, id: &id, if_match: text(&headers, header::IF_MATCH) };
    let found = web.app.registrations.replace(target, &json(&body)?).await?;
    Ok(resource(StatusCode::OK, found, &projection))
}

/// Changes.
pub async fn patch<R: Resources>(
    State(web): State<Web>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, WRITE_SCOPE).await?;
    let projection = asked(query.as_deref())?.projection;
    let target = Target { party: &party, kind: R::KIND, id: &id, if_match: text(&headers, header::IF_MATCH) };
    let found = web.app.registrations.patch(target, &json(&body)?).await?;
    Ok(resource(StatusCode::OK, found, &projection))
}

/// Closes.
pub async fn remove<R: Resources>(
    State(web): State<Web>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let party = party(&web, &headers, WRITE_SCOPE).await?;
    let target = Target { party: &party, kind: R::KIND, id: &id, if_match: text(&headers, header::IF_MATCH) };
    web.app.registrations.remove(target).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A body as JSON.
pub(super) fn json(body: &[u8]) -> Result<Value, ScimError> {
    serde_json::from_slice(body).map_err(|error| ScimError::bad(ScimType::InvalidSyntax, "bad_json", place(&error)))
}

/// Where the JSON breaks off, and nothing of what stands there.
fn place(error: &serde_json::Error) -> String {
    format!("the body is no JSON at line {}, column {}", error.line(), error.column())
}

/// What the parameters of an address ask for.
fn asked(query: Option<&str>) -> Result<Query, ScimError> {
    let params = Params::parse(query.unwrap_or_default());
    let params =
        params.map_err(|_| ScimError::bad(ScimType::InvalidSyntax, "bad_query", "a parameter stands twice"))?;
    let number = |name: &str| match params.get(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| ScimError::value("bad_query", format!("{name} is a number"))),
    };
    let names = |name: &str| params.get(name).map(Projection::names).unwrap_or_default();
    Ok(Query {
        filter: params.get("filter").map(str::to_owned),
        start_index: number("startIndex")?,
        count: number("count")?,
        cursor: cursor(query.unwrap_or_default()),
        projection: Projection::of(names("attributes"), names("excludedAttributes")),
    })
}

/// An empty cursor is one: it asks for the first page (RFC 9865 §2.1).
fn cursor(query: &str) -> Option<String> {
    let mut params = url::form_urlencoded::parse(query.as_bytes());
    params.find(|(name, _)| name == "cursor").map(|(_, value)| value.into_owned())
}

/// What a search asks for.
fn searched(message: &Value) -> Result<Query, ScimError> {
    let syntax = |detail: &str| ScimError::bad(ScimType::InvalidSyntax, "bad_json", detail);
    let members = message.as_object().ok_or_else(|| syntax("a search is a JSON object"))?;
    let schemas = member(members, "schemas").and_then(Value::as_array);
    if !schemas.is_some_and(|list| list.iter().any(|urn| urn == SEARCH_REQUEST)) {
        return Err(syntax("schemas does not name SearchRequest"));
    }
    let text = |name: &str| member(members, name).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| member(members, name).and_then(Value::as_i64);
    Ok(Query {
        filter: text("filter"),
        start_index: number("startIndex"),
        count: number("count"),
        cursor: text("cursor"),
        projection: Projection::of(names(members, "attributes"), names(members, "excludedAttributes")),
    })
}

fn names(members: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = member(members, name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
