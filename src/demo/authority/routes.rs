//! The service's routes: each parses, asks one of its neighbours, and writes the answer.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::AuthorityOptions;
use super::answer::Register;
use super::faults::{Mode, Switches};
use super::gate::{Admitted, Gate};
use super::phone;
use super::problem::Problem;
use super::tokens::Tokens;
use super::watch;
use crate::base::encoding::sha256;
use crate::base::{Cache, SharedClock, SharedRandom, Timestamp};
use crate::realname::sources::signature::sign_response;
use crate::realname::sources::wire::{
    Answer, COMPANY_PATH, CompanyAnswer, CompanyQuestionBody, NETWORK_IDENTITY_PATH, NetworkAnswer, NetworkPerson,
    Question, TicketBody, VERIFY_PATH,
};
use crate::realname::{CompanyOutcome, Outcome, RealNameLevel};

/// A question is a few hundred bytes.
const MAX_QUESTION: usize = 4 * 1024;
const ANSWERS_REMEMBERED: usize = 10_000;

pub(super) struct Service {
    pub(super) register: Register,
    pub(super) tokens: Tokens,
    pub(super) switches: Switches,
    pub(super) clock: SharedClock,
    gate: Gate,
    /// Answers by access party and idempotency key, with the digest of their question.
    given: Cache<(String, String), ([u8; 32], Bytes)>,
    random: SharedRandom,
    stop: CancellationToken,
}

/// An answer's body, and how it is counted.
type Given = (Bytes, Outcome);

/// How one kind of question is answered: the question's body, whether everything is to mismatch, and the party.
type Answers = fn(&Service, &[u8], Mode, &str) -> Result<Given, Problem>;

impl Service {
    pub(super) fn new(options: &AuthorityOptions, stop: CancellationToken) -> Self {
        Self {
            register: Register::new(options.seed, options.people, options.clock.now()),
            tokens: Tokens::new(options.seed, options.random.clone()),
            gate: Gate::new(options),
            switches: Switches::new(options.random.clone()),
            given: Cache::lasting(ANSWERS_REMEMBERED),
            clock: options.clock.clone(),
            random: options.random.clone(),
            stop,
        }
    }

    /// The same answer for the same question under the same key; `mismatch_all` is played, not remembered.
    fn answer(&self, admitted: &Admitted<'_>, body: &[u8], mode: Mode, answers: Answers) -> Result<Bytes, Problem> {
        let (place, digest) = ((admitted.party.id.clone(), admitted.idempotency_key.clone()), sha256(body));
        if let Some((before, answer)) = self.given.get(&place) {
            return if before == digest { Ok(answer) } else { Err(Problem::IdempotencyConflict) };
        }
        let (answer, outcome) = answers(self, body, mode, &admitted.party.id)?;
        self.count(Ok(outcome));
        if mode != Mode::MismatchAll {
            self.given.insert(place, (digest, answer.clone()));
        }
        Ok(answer)
    }

    fn stamp(&self) -> (String, Timestamp) {
        (format!("A{}", self.random.short_token()), self.clock.now())
    }

    fn count(&self, answer: Result<Outcome, Problem>) {
        let mut counts = self.switches.counts.lock();
        match answer {
            Ok(Outcome::Match) => counts.matched += 1,
            Ok(Outcome::Mismatch) => counts.mismatched += 1,
            Ok(Outcome::NotFound) => counts.not_found += 1,
            Ok(Outcome::Invalid) => counts.invalid += 1,
            Err(_) => counts.refused += 1,
        }
    }
}

pub(super) fn router(service: Arc<Service>) -> Router {
    let watched = Router::new()
        .route("/v1/faults", get(watch::read_faults).post(watch::set_faults))
        .route("/v1/people", get(watch::list_people))
        .route("/v1/papers", get(watch::list_papers))
        .route("/v1/companies", get(watch::list_companies))
        .route("/v1/renames", post(watch::rename))
        .route("/v1/phone", post(phone::token))
        .route("/phone", get(phone::page).post(phone::page_token))
        .layer(middleware::from_fn(loopback_only));
    Router::new()
        .route(VERIFY_PATH, question(about_person))
        .route(COMPANY_PATH, question(about_company))
        .route(NETWORK_IDENTITY_PATH, question(about_ticket))
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(watched)
        .layer(DefaultBodyLimit::max(MAX_QUESTION))
        .with_state(service)
}

fn question(answers: Answers) -> axum::routing::MethodRouter<Arc<Service>> {
    post(move |service: State<Arc<Service>>, uri: OriginalUri, headers: HeaderMap, body: Bytes| async move {
        respond(&service.0, &uri, &headers, &body, answers).await
    })
}

async fn respond(
    service: &Service,
    OriginalUri(uri): &OriginalUri,
    headers: &HeaderMap,
    body: &Bytes,
    answers: Answers,
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
    let result = service.gate.admit(("POST", target, body), headers).and_then(|admitted| {
        let answer = service.answer(&admitted, body, mode, answers)?;
        Ok((admitted, answer))
    });
    match result {
        Ok((admitted, answer)) => signed(service, &admitted, answer),
        Err(problem) => {
            service.count(Err(problem));
            problem.into_response()
        }
    }
}

fn about_person(service: &Service, body: &[u8], mode: Mode, _: &str) -> Result<Given, Problem> {
    let question: Question = read(body)?;
    let (reference, checked_at) = service.stamp();
    let said = service.register.answer(&question, &service.tokens, checked_at)?;
    let outcome = if mode == Mode::MismatchAll { Outcome::Mismatch } else { said.outcome };
    let same_person = said.same_person && outcome == Outcome::Match;
    let birth = said.birth.filter(|_| outcome == Outcome::Match);
    let answer = Answer { outcome, method: said.method, same_person, birth, reference, checked_at };
    Ok((write(&answer)?, outcome))
}

fn about_company(service: &Service, body: &[u8], mode: Mode, _: &str) -> Result<Given, Problem> {
    let question: CompanyQuestionBody = read(body)?;
    let (reference, checked_at) = service.stamp();
    let (outcome, status) = match service.register.company(&question, checked_at)? {
        _ if mode == Mode::MismatchAll => (CompanyOutcome::Mismatch, None),
        said => said,
    };
    let counted = match outcome {
        CompanyOutcome::Match => Outcome::Match,
        CompanyOutcome::Mismatch => Outcome::Mismatch,
        CompanyOutcome::NotFound => Outcome::NotFound,
    };
    Ok((write(&CompanyAnswer { outcome, status, reference, checked_at })?, counted))
}

fn about_ticket(service: &Service, body: &[u8], mode: Mode, party: &str) -> Result<Given, Problem> {
    let TicketBody { ticket } = read(body)?;
    let (reference, checked_at) = service.stamp();
    let person = service
        .tokens
        .redeem(&ticket, party, checked_at)
        .filter(|_| mode != Mode::MismatchAll)
        .map(|pairwise_id| NetworkPerson { pairwise_id, level: RealNameLevel::L3 });
    let counted = if person.is_some() { Outcome::Match } else { Outcome::NotFound };
    Ok((write(&NetworkAnswer { person, reference, checked_at })?, counted))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::Malformed)
}

fn write(answer: &impl Serialize) -> Result<Bytes, Problem> {
    serde_json::to_vec(answer).map(Bytes::from).map_err(|_| Problem::Fault)
}

fn signed(service: &Service, admitted: &Admitted<'_>, body: Bytes) -> Response {
    let now = service.clock.now();
    let Some(headers) = sign_response(admitted.party, 200, &body, &admitted.signature, now) else {
        return Problem::Fault.into_response();
    };
    let mut response = (StatusCode::OK, headers, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
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
