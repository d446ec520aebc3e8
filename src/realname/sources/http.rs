//! An authority asked over HTTP: signed question, signed answer, short timeouts, few tries, and a circuit breaker.
//!
//! An answer counts only when its signature fits this very question. Everything else (silence, 5xx, garbage, an unsigned or
//! foreign answer) is tried again under the same idempotency key and ends as [`AuthorityError::Unavailable`]. When the
//! authority fails repeatedly it is left alone, and people hear at once that it cannot answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use tokio::sync::Semaphore;
use url::Url;

use super::options::SourceOptions;
use super::signature::{Party, sign_request, verify_response};
use super::wire::{
    Answer, COMPANY_PATH, CompanyAnswer, CompanyQuestionBody, NETWORK_IDENTITY_PATH, NetworkAnswer, Question,
    TicketBody, VERIFY_PATH,
};
use crate::base::{Secret, SharedClock, SharedRandom, Timestamp};
use crate::outbound::{
    Backoff, Breaker, Limits, Outbound, OutboundError, OutboundRequest, OutboundResponse, Refusal, retry_after,
};
use crate::realname::authority::{
    Authority, AuthorityError, Outcome, Verdict, VerificationMethod, VerificationRequest,
};
use crate::realname::company::{CompanyOutcome, CompanyQuestion, CompanyRegistry, CompanyVerdict};
use crate::realname::level::RealNameLevel;
use crate::realname::network_identity::{NetworkIdentity, NetworkIdentityProvider};
use crate::realname::today_in_china;

const PURPOSE: &str = "authority";
/// An answer is a few hundred bytes.
const MAX_ANSWER: usize = 16 * 1024;
const LONGEST_REFERENCE: usize = 128;
/// What people are told when nothing better is known.
const COME_BACK: Duration = Duration::from_secs(5);
const LONGEST_COME_BACK: Duration = Duration::from_secs(3600);

/// An authority behind HTTP.
pub struct HttpSource {
    name: String,
    base: Url,
    party: Party,
    limits: Limits,
    attempts: u32,
    backoff: Backoff,
    in_flight: Semaphore,
    breaker: Arc<Breaker>,
    outbound: Outbound,
    clock: SharedClock,
    random: SharedRandom,
}

/// What one try came to.
enum Attempt<A> {
    /// A believed answer.
    Answered(A),
    /// A definite refusal: trying again changes nothing.
    Refused(AuthorityError),
    /// No answer; a word for metrics, and when the authority wants to be asked again.
    Failed(&'static str, Option<Duration>),
}

/// One question on its way: where, what, and how its answer is read.
struct Ask<A> {
    url: Url,
    body: Bytes,
    key: String,
    /// `None` when the answer is not one to this question.
    read: fn(&Self, &HttpSource, &[u8]) -> Option<A>,
    method: VerificationMethod,
}

impl HttpSource {
    /// A source that asks through `outbound`.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] when the URL is none, or leads where the guard lets nothing out.
    pub fn new(
        options: &SourceOptions,
        outbound: Outbound,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, OutboundError> {
        let base: Url = options.url.trim_end_matches('/').parse().map_err(|_| OutboundError::from(Refusal::Url))?;
        if base.query().is_some() || base.fragment().is_some() || base.cannot_be_a_base() {
            return Err(Refusal::Url.into());
        }
        outbound.check_url(&base)?;
        let cap = Duration::from_millis(options.attempt_timeout_ms);
        Ok(Self {
            name: options.name.clone(),
            base,
            party: Party { id: options.party_id.clone(), secret: options.secret.clone() },
            limits: Limits { timeout: cap, max_body: MAX_ANSWER },
            attempts: options.attempts,
            backoff: Backoff { first: Duration::from_millis(options.backoff_ms), cap },
            in_flight: Semaphore::new(options.max_in_flight),
            breaker: Breaker::new(options.breaker, clock.clone()),
            outbound,
            clock,
            random,
        })
    }

    fn question<A>(
        &self,
        path: &str,
        body: &impl Serialize,
        read: fn(&Ask<A>, &Self, &[u8]) -> Option<A>,
    ) -> Result<Ask<A>, AuthorityError> {
        let body = serde_json::to_vec(body).map_err(|_| AuthorityError::NotAccepted)?.into();
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        Ok(Ask { url, body, key: self.random.short_token(), read, method: VerificationMethod::TwoItems })
    }

    /// Asks, and tells the metrics what came of it.
    async fn ask<A>(&self, question: &Ask<A>, label: fn(&A) -> &'static str) -> Result<A, AuthorityError> {
        let started = Instant::now();
        let result = self.try_often(question).await;
        let answer = result.as_ref().map_or_else(AuthorityError::label, label);
        metrics::counter!("hufu_authority_questions_total", "source" => self.name.clone(), "answer" => answer)
            .increment(1);
        metrics::histogram!("hufu_authority_seconds", "source" => self.name.clone())
            .record(started.elapsed().as_secs_f64());
        metrics::gauge!("hufu_authority_left_alone", "source" => self.name.clone()).set(if self.breaker.is_closed() {
            0.0
        } else {
            1.0
        });
        result
    }

    async fn try_often<A>(&self, question: &Ask<A>) -> Result<A, AuthorityError> {
        let Ok(_slot) = self.in_flight.try_acquire() else {
            return Err(AuthorityError::Unavailable { retry_after: COME_BACK });
        };
        for attempt in 0..self.attempts.max(1) {
            if attempt > 0 {
                tokio::time::sleep(self.backoff.delay(attempt - 1, &self.random)).await;
            }
            let admission = self.breaker.admit().map_err(|open| unavailable(Some(open.retry_after)))?;
            match self.attempt(question).await {
                Attempt::Answered(answer) => {
                    admission.succeeded();
                    return Ok(answer);
                }
                Attempt::Refused(error) => {
                    admission.succeeded();
                    return Err(error);
                }
                Attempt::Failed(why, wait) => {
                    admission.failed();
                    metrics::counter!("hufu_authority_failed_tries_total", "source" => self.name.clone(), "why" => why)
                        .increment(1);
                    tracing::warn!(source = self.name, why, attempt, "the authority gave no answer");
                    if wait.is_some() {
                        return Err(unavailable(wait));
                    }
                }
            }
        }
        Err(unavailable(None))
    }

    async fn attempt<A>(&self, question: &Ask<A>) -> Attempt<A> {
        let nonce = self.random.short_token();
        let message = ("POST", question.url.path(), &question.body[..]);
        let Some(signed) = sign_request(&self.party, message, &question.key, (self.clock.now(), &nonce)) else {
            tracing::error!(source = self.name, "the party_id cannot stand in a header");
            return Attempt::Refused(AuthorityError::Rejected);
        };
        let mut headers = signed.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (url, body, limits) = (question.url.clone(), question.body.clone(), self.limits);
        let message = OutboundRequest { method: Method::POST, url, headers, body, limits, purpose: PURPOSE };
        match self.outbound.send(message).await {
            Ok(response) => self.judge(question, &response, &signed),
            Err(error @ OutboundError::Refused { .. }) => {
                tracing::error!(source = self.name, %error, "the authority's address is not allowed");
                Attempt::Refused(AuthorityError::Rejected)
            }
            Err(error) => Attempt::Failed(error.label(), None),
        }
    }

    fn judge<A>(&self, question: &Ask<A>, response: &OutboundResponse, sent: &HeaderMap) -> Attempt<A> {
        let wait = retry_after(&response.headers, self.clock.now(), LONGEST_COME_BACK);
        match response.status {
            StatusCode::OK => self.believe(question, response, sent),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Attempt::Refused(AuthorityError::NotAccepted),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                tracing::error!(source = self.name, "the authority does not accept our signature");
                Attempt::Refused(AuthorityError::Rejected)
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = wait.unwrap_or(Duration::from_secs(60));
                Attempt::Refused(AuthorityError::QuotaSpent { retry_after })
            }
            _ => Attempt::Failed("status", wait),
        }
    }

    fn believe<A>(&self, question: &Ask<A>, response: &OutboundResponse, sent: &HeaderMap) -> Attempt<A> {
        let message = (response.status.as_u16(), &response.body[..]);
        if verify_response(&self.party, message, &response.headers, sent).is_err() {
            return Attempt::Failed("signature", None);
        }
        match (question.read)(question, self, &response.body) {
            Some(answer) => Attempt::Answered(answer),
            None => Attempt::Failed("garbage", None),
        }
    }

    /// A proof that claims to be younger than now would outlive its time.
    fn not_ahead(&self, checked_at: Timestamp) -> Timestamp {
        checked_at.min(self.clock.now())
    }
}

impl Authority for HttpSource {
    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        Box::pin(async move {
            let question = self.question(VERIFY_PATH, &Question::from(&request), read_verdict)?;
            let question = Ask { method: request.method(), ..question };
            self.ask(&question, |verdict| verdict.outcome.label()).await
        })
    }
}

impl CompanyRegistry for HttpSource {
    fn verify_company(&self, question: CompanyQuestion) -> BoxFuture<'_, Result<CompanyVerdict, AuthorityError>> {
        Box::pin(async move {
            let question = self.question(COMPANY_PATH, &CompanyQuestionBody::from(&question), read_company)?;
            self.ask(&question, |verdict| verdict.outcome.label()).await
        })
    }
}

impl NetworkIdentityProvider for HttpSource {
    fn redeem(&self, ticket: Secret) -> BoxFuture<'_, Result<Option<NetworkIdentity>, AuthorityError>> {
        Box::pin(async move {
            let body = TicketBody { ticket: ticket.expose().to_owned() };
            let question = self.question(NETWORK_IDENTITY_PATH, &body, read_network_identity)?;
            self.ask(&question, |found| if found.is_some() { "match" } else { "not_found" }).await
        })
    }
}

fn read_verdict(question: &Ask<Verdict>, source: &HttpSource, body: &[u8]) -> Option<Verdict> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    // Nobody is born after the day of the answer, and nothing is told of somebody who does not match.
    let today = today_in_china(source.not_ahead(answer.checked_at));
    let possible = answer.birth.is_none_or(|birth| answer.outcome == Outcome::Match && birth <= today);
    (possible && is_reference(&answer.reference) && answer.method == question.method).then(|| Verdict {
        outcome: answer.outcome,
        birth: answer.birth,
        reference: answer.reference,
        method: answer.method,
        same_person: answer.same_person,
        source: source.name.clone(),
        checked_at: source.not_ahead(answer.checked_at),
    })
}

fn read_company(_: &Ask<CompanyVerdict>, source: &HttpSource, body: &[u8]) -> Option<CompanyVerdict> {
    let answer: CompanyAnswer = serde_json::from_slice(body).ok()?;
    // A match whose status is not told is no answer: nobody may act for a company that may be gone.
    let whole = answer.status.is_some() == (answer.outcome == CompanyOutcome::Match);
    (whole && is_reference(&answer.reference)).then(|| CompanyVerdict {
        outcome: answer.outcome,
        status: answer.status,
        reference: answer.reference,
        source: source.name.clone(),
        checked_at: source.not_ahead(answer.checked_at),
    })
}

fn read_network_identity(
    _: &Ask<Option<NetworkIdentity>>,
    source: &HttpSource,
    body: &[u8],
) -> Option<Option<NetworkIdentity>> {
    let answer: NetworkAnswer = serde_json::from_slice(body).ok()?;
    let Some(person) = answer.person else { return Some(None) };
    let known = is_reference(&answer.reference) && is_reference(&person.pairwise_id);
    known.then(|| {
        Some(NetworkIdentity {
            pairwise_id: Secret::new(person.pairwise_id),
            // No upstream may tell of a proof in person: the highest it can vouch for is face.
            level: person.level.min(RealNameLevel::L3),
            reference: answer.reference,
            source: source.name.clone(),
            checked_at: source.not_ahead(answer.checked_at),
        })
    })
}

fn is_reference(text: &str) -> bool {
    (1..=LONGEST_REFERENCE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unavailable(wait: Option<Duration>) -> AuthorityError {
    AuthorityError::Unavailable { retry_after: wait.unwrap_or(COME_BACK).max(Duration::from_secs(1)) }
}
