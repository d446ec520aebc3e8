//! What can be watched and switched from this machine: faults, and whom one can be.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::faults::{Counts, Faults};
use super::problem::Problem;
use super::routes::Service;
use crate::demo::people::Person;
use crate::realname::sources::wire::Document;

const MOST_PEOPLE_AT_ONCE: usize = 500;

#[derive(Serialize)]
struct Watched {
    #[serde(flatten)]
    faults: Faults,
    counts: Counts,
}

pub(super) async fn read_faults(State(service): State<Arc<Service>>) -> Response {
    let counts = *service.switches.counts.lock();
    Json(Watched { faults: service.switches.get(), counts }).into_response()
}

pub(super) async fn set_faults(
    State(service): State<Arc<Service>>,
    faults: Result<Json<Faults>, JsonRejection>,
) -> Response {
    match faults {
        Ok(Json(faults)) if service.switches.set(faults) => read_faults(State(service)).await,
        _ => Problem::Malformed.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Page {
    offset: usize,
    limit: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: 50 }
    }
}

#[derive(Serialize)]
struct PeopleList<'a> {
    total: usize,
    offset: usize,
    people: Vec<&'a Person>,
}

pub(super) async fn list_people(
    State(service): State<Arc<Service>>,
    page: Result<Query<Page>, QueryRejection>,
) -> Response {
    let Ok(Query(page)) = page else { return Problem::Malformed.into_response() };
    let all = service.register.people();
    let people = all.iter().skip(page.offset).take(page.limit.min(MOST_PEOPLE_AT_ONCE)).collect();
    Json(PeopleList { total: all.len(), offset: page.offset, people }).into_response()
}

pub(super) async fn list_papers(State(service): State<Arc<Service>>) -> Response {
    Json(service.register.papers()).into_response()
}

pub(super) async fn list_companies(State(service): State<Arc<Service>>) -> Response {
    Json(service.register.companies()).into_response()
}

/// A person changes their name, as people do.
#[derive(Deserialize)]
pub(super) struct Rename {
    #[serde(flatten)]
    document: Document,
    name: String,
}

pub(super) async fn rename(
    State(service): State<Arc<Service>>,
    rename: Result<Json<Rename>, JsonRejection>,
) -> Response {
    let Ok(Json(rename)) = rename else { return Problem::Malformed.into_response() };
    match service.register.rename(&rename.document, &rename.name, service.clock.now()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem.into_response(),
    }
}
