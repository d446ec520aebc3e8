//! `GET /api/v1/users/{sub}` and `GET /api/v1/users`: user information for access parties, and what has changed of it (standard 6.4 b).

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::problem::{Failure, Problem};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, from_base64url};
use crate::http::error::BearerFailure;
use crate::http::extract::{bearer, no_store_json};
use crate::http::visit::Web;
use crate::oidc::endpoints::path;
use crate::oidc::people::{KnownPerson, SCOPE};
use crate::proto::oauth::Params;
use crate::proto::scim::resource::moment;

/// Where it is.
pub const PATH: &str = path::USERS;

/// Most people of one page.
const MOST: i64 = 200;
/// People of a page where nothing is said.
const USUAL: i64 = 100;

/// Where a page ended.
#[derive(Serialize, Deserialize)]
struct Cursor {
    at: Timestamp,
    subject: String,
}

/// Somebody who has used the party.
pub async fn get(State(web): State<Web>, Path(subject): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let token = bearer(&headers).ok_or_else(BearerFailure::no_token)?;
    let party = web.app.provider.caller(token, SCOPE).await?;
    let found = web.app.provider.known_person(&party, &subject).await?;
    let found = found.ok_or_else(|| Problem::refused(StatusCode::NOT_FOUND, "not_found", "nobody whom you know"))?;
    Ok(no_store_json(&told(&found)).into_response())
}

/// Whoever has changed since the cursor; without one, everybody.
pub async fn changed(
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let token = bearer(&headers).ok_or_else(BearerFailure::no_token)?;
    let party = web.app.provider.caller(token, SCOPE).await?;
    let (after, count) = asked(query.as_deref().unwrap_or_default())?;
    let mut people = web.app.provider.changed_people(&party, (after.at, &after.subject), count + 1).await?;
    let more = i64::try_from(people.len()).unwrap_or(0) > count;
    people.truncate(usize::try_from(count).unwrap_or(0));
    let last = people.last().map(|last| Cursor { at: last.changed_at, subject: last.subject.clone() }).unwrap_or(after);
    let cursor = base64url(&serde_json::to_vec(&last).unwrap_or_default());
    let lines: Vec<Value> = people.iter().map(told).collect();
    Ok(no_store_json(&json!({"users": lines, "cursor": cursor, "more": more})).into_response())
}

fn told(person: &KnownPerson) -> Value {
    json!({
        "sub": person.subject, "state": person.standing.as_str(), "claims": person.claims,
        "changed_at": moment(person.changed_at),
    })
}

fn asked(query: &str) -> Result<(Cursor, i64), Problem> {
    let refused = |code, detail: &str| Problem::refused(StatusCode::BAD_REQUEST, code, detail);
    let params = Params::parse(query).map_err(|_| refused("bad_query", "a parameter stands twice"))?;
    let count = match params.get("count") {
        None => USUAL,
        Some(text) => text.parse().map_err(|_| refused("bad_query", "count is a number"))?,
    };
    let cursor = match params.get("cursor") {
        None => Some(Cursor { at: Timestamp(0), subject: String::new() }),
        Some(text) => from_base64url(text).and_then(|bytes| serde_json::from_slice(&bytes).ok()),
    };
    let cursor = cursor.ok_or_else(|| refused("bad_cursor", "the cursor is none of ours"))?;
    Ok((cursor, count.clamp(1, MOST)))
}
