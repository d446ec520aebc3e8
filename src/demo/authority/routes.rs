//! The service's routes: each parses, asks one of its neighbours, and writes the answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{ConnectInfo, DefaultBodyLimit, OriginalUri, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::AuthorityOptions;
use super::answer::Register;
use super::faults::{Counts, Faults, Mode, Switches};
use super::gate::{Admitted, Gate};
use super::problem::Problem;
use crate::base::encoding::sha256;
use crate::base::{Cache, SharedClock, SharedRandom};
use crate::demo::people::Person;
use crate::realname::Outcome;
use crate::realname::sources::signature::sign_response;
use crate::realname::sources::wire::{Answer, Question, VERIFY_PATH};

/// A question is a few hundred bytes.
const MAX_QUESTION: usize = 4 * 1024;
const MOST_PEOPLE_AT_ONCE: usize = 500;
const ANSWERS_REMEMBERED: usize = 10_000;

pub(super) struct Service {
    register: Register,
    gate: Gate,
    switches: Switches,
    /// Answers by access party and idempotency key, with the digest of their question.
    given: Cache<(String, String), ([u8; 32], Answer)>,
    clock: SharedClock,
    random: SharedRandom,
    stop: CancellationToken,
}

impl Service {
    pub(super) fn new(options: &AuthorityOptions, stop: CancellationToken) -> Self {
        Self {
            register: Register::new(options.seed, options.people),
            gate: Gate::new(options),
            switches: Switches::new(options.random.clone()),
            given: Cache::lasting(ANSWERS_REMEMBERED),
            clock: options.clock.clone(),
            random: options.random.clone(),
            stop,
        }
    }

    /// The same answer for the same question under the same key; `mismatch_all` is played, not remembered.
    fn answer(&self, admitted: &Admitted<'_>, body: &[u8], mode: Mode) -> Result<Answer, Problem> {
        let (place, digest) = ((admitted.party.id.clone(), admitted.idempotency_key.clone()), sha256(body));
        if let Some((before, answer)) = self.given.get(&place) {
            return if before == digest { Ok(answer) } else { Err(Problem::IdempotencyConflict) };
        }
        let question: Question = serde_json::from_slice(body).map_err(|_| Problem::Malformed)?;
        let checked_at = self.clock.now();
        let (outcome, method) = self.register.answer(&question, checked_at)?;
        let reference = format!("A{}", self.random.short_token());
        let answer = Answer { outcome, method, reference, checked_at };
        if mode == Mode::MismatchAll {
            return Ok(Answer { outcome: Outcome::Mismatch, ..answer });
        }
        self.given.insert(place, (digest, answer.clone()));
        Ok(answer)
    }

    fn count(&self, answer: Result<&Answer, &Problem>) {
        let mut counts = self.switches.counts.lock();
        match answer.map(|answer| answer.outcome) {
            Ok(Outcome::Match) => counts.matched += 1,
            Ok(Outcome::Mismatch) => counts.mismatched += 1,
            Ok(Outcome::NotFound) => counts.not_found += 1,
            Err(_) => counts.refused += 1,
        }
    }
}

pub(super) fn router(service: Arc<Service>) -> Router {
    let watched = Router::new()
        .route("/v1/faults", get(read_faults).post(set_faults))
        .route("/v1/people", get(list_people))
        .layer(middleware::from_fn(loopback_only));
    Router::new()
        .route(VERIFY_PATH, post(verify))
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(watched)
        .layer(DefaultBodyLimit::max(MAX_QUESTION))
        .with_state(service)
}

async fn verify(
    State(service): State<Arc<Service>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (mode, latency) = service.switches.draw();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match mode {
        Mode::Error500 => return Problem::Fault.into_response(),
        Mode::Quota => return Problem::Quota.into_response(),
        Mode::Garbage => return (StatusCode::OK, "\u{1F405}<html>{\"outcome\":").into_response(),
        Mode::Hang => {
            service.stop.cancelled().await;
            return Problem::Fault.into_response();
        }
        Mode::Ok | Mode::MismatchAll => {}
    }
    let target = uri.path_and_query().map_or(VERIFY_PATH, |target| target.as_str());
    let result = service.gate.admit(("POST", target, &body), &headers).and_then(|admitted| {
        let answer = service.answer(&admitted, &body, mode)?;
        Ok((admitted, answer))
    });
    service.count(result.as_ref().map(|(_, answer)| answer));
    match result {
        Ok((admitted, answer)) => signed(&service, &admitted, &answer),
        Err(problem) => problem.into_response(),
    }
}

fn signed(service: &Service, admitted: &Admitted<'_>, answer: &Answer) -> Response {
    let body = serde_json::to_vec(answer).unwrap_or_default();
    let now = service.clock.now();
    let Some(headers) = sign_response(admitted.party, 200, &body, &admitted.signature, now) else {
        return Problem::Fault.into_response();
    };
    let mut response = (StatusCode::OK, headers, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Serialize)]
struct Watched {
    #[serde(flatten)]
    faults: Faults,
    counts: Counts,
}

async fn read_faults(State(service): State<Arc<Service>>) -> Response {
    let counts = *service.switches.counts.lock();
    Json(Watched { faults: service.switches.get(), counts }).into_response()
}

async fn set_faults(State(service): State<Arc<Service>>, faults: Result<Json<Faults>, JsonRejection>) -> Response {
    match faults {
        Ok(Json(faults)) if service.switches.set(faults) => read_faults(State(service)).await,
        _ => Problem::Malformed.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Page {
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

async fn list_people(State(service): State<Arc<Service>>, page: Result<Query<Page>, QueryRejection>) -> Response {
    let Ok(Query(page)) = page else { return Problem::Malformed.into_response() };
    let all = service.register.people();
    let people = all.iter().skip(page.offset).take(page.limit.min(MOST_PEOPLE_AT_ONCE)).collect();
    Json(PeopleList { total: all.len(), offset: page.offset, people }).into_response()
}

/// Deny by default: a caller whose address is not known is not local.
async fn loopback_only(request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if caller.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback()) {
        next.run(request).await
    } else {
        Problem::NotLocal.into_response()
    }
}
