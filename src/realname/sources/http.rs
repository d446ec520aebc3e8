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
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use url::Url;

use super::signature::{Party, sign_request, verify_response};
use super::wire::{Answer, Question, VERIFY_PATH};
use crate::base::{Secret, SharedClock, SharedRandom};
use crate::outbound::{
    Backoff, Breaker, BreakerPolicy, Limits, Outbound, OutboundError, OutboundRequest, OutboundResponse, Refusal,
    retry_after,
};
use crate::realname::authority::{Authority, AuthorityError, Outcome, Verdict, VerificationRequest};

const PURPOSE: &str = "authority";
/// An answer is a few hundred bytes.
const MAX_ANSWER: usize = 16 * 1024;
const LONGEST_REFERENCE: usize = 128;
/// What people are told when nothing better is known.
const COME_BACK: Duration = Duration::from_secs(5);
const LONGEST_COME_BACK: Duration = Duration::from_secs(3600);

/// How to reach an authority.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSourceOptions {
    /// What this authority is called in verdicts and metrics.
    pub name: String,
    /// Its base URL; `/v1/verify` is appended.
    pub url: String,
    /// The access party that asks.
    pub party_id: String,
    /// The secret that it shares with the authority.
    #[serde(serialize_with = "Secret::hidden")]
    pub secret: Secret,
    /// Milliseconds for one try.
    #[serde(default = "defaults::attempt_timeout_ms")]
    pub attempt_timeout_ms: u64,
    /// Tries for one question.
    #[serde(default = "defaults::attempts")]
    pub attempts: u32,
    /// Milliseconds before the second try; they double.
    #[serde(default = "defaults::backoff_ms")]
    pub backoff_ms: u64,
    /// Questions under way at once; further ones hear at once that the authority cannot answer.
    #[serde(default = "defaults::max_in_flight")]
    pub max_in_flight: usize,
    /// When to leave it alone.
    #[serde(default)]
    pub breaker: BreakerPolicy,
}

mod defaults {
    pub(super) const fn attempt_timeout_ms() -> u64 {
        1_500
    }
    pub(super) const fn attempts() -> u32 {
        3
    }
    pub(super) const fn backoff_ms() -> u64 {
        100
    }
    pub(super) const fn max_in_flight() -> usize {
        64
    }
}

/// An authority behind HTTP.
pub struct HttpSource {
    name: String,
    url: Url,
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
enum Attempt {
    /// A believed answer.
    Answered(Verdict),
    /// A definite refusal: trying again changes nothing.
    Refused(AuthorityError),
    /// No answer; a word for metrics, and when the authority wants to be asked again.
    Failed(&'static str, Option<Duration>),
}

impl HttpSource {
    /// A source that asks through `outbound`.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] when the URL is none, or leads where the guard lets nothing out.
    pub fn new(
        options: HttpSourceOptions,
        outbound: Outbound,
        clock: SharedClock,
        random: SharedRandom,
    ) -> Result<Self, OutboundError> {
        let url = format!("{}{VERIFY_PATH}", options.url.trim_end_matches('/'));
        let url: Url = url.parse().map_err(|_| OutboundError::from(Refusal::Url))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Refusal::Url.into());
        }
        outbound.check_url(&url)?;
        let cap = Duration::from_millis(options.attempt_timeout_ms);
        Ok(Self {
            name: options.name,
            url,
            party: Party { id: options.party_id, secret: options.secret },
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

    async fn ask(&self, request: &VerificationRequest) -> Result<Verdict, AuthorityError> {
        let Ok(_slot) = self.in_flight.try_acquire() else {
            return Err(AuthorityError::Unavailable { retry_after: COME_BACK });
        };
        let body: Bytes = serde_json::to_vec(&Question::from(request)).map_err(|_| AuthorityError::Invalid)?.into();
        let key = self.random.short_token();
        for attempt in 0..self.attempts.max(1) {
            if attempt > 0 {
                tokio::time::sleep(self.backoff.delay(attempt - 1, &self.random)).await;
            }
            let admission = self.breaker.admit().map_err(|open| unavailable(Some(open.retry_after)))?;
            match self.attempt(request, body.clone(), &key).await {
                Attempt::Answered(verdict) => {
                    admission.succeeded();
                    return Ok(verdict);
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

    async fn attempt(&self, request: &VerificationRequest, body: Bytes, key: &str) -> Attempt {
        let nonce = self.random.short_token();
        let message = ("POST", self.url.path(), &body[..]);
        let Some(signed) = sign_request(&self.party, message, key, (self.clock.now(), &nonce)) else {
            tracing::error!(source = self.name, "the party_id cannot stand in a header");
            return Attempt::Refused(AuthorityError::Rejected);
        };
        let mut headers = signed.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (url, limits) = (self.url.clone(), self.limits);
        let message = OutboundRequest { method: Method::POST, url, headers, body, limits, purpose: PURPOSE };
        match self.outbound.send(message).await {
            Ok(response) => self.judge(request, &response, &signed),
            Err(error @ OutboundError::Refused { .. }) => {
                tracing::error!(source = self.name, %error, "the authority's address is not allowed");
                Attempt::Refused(AuthorityError::Rejected)
            }
            Err(error) => Attempt::Failed(error.label(), None),
        }
    }

    fn judge(&self, request: &VerificationRequest, response: &OutboundResponse, sent: &HeaderMap) -> Attempt {
        let wait = retry_after(&response.headers, self.clock.now(), LONGEST_COME_BACK);
        match response.status {
            StatusCode::OK => self.believe(request, response, sent),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Attempt::Refused(AuthorityError::Invalid),
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

    fn believe(&self, request: &VerificationRequest, response: &OutboundResponse, sent: &HeaderMap) -> Attempt {
        let message = (response.status.as_u16(), &response.body[..]);
        if verify_response(&self.party, message, &response.headers, sent).is_err() {
            return Attempt::Failed("signature", None);
        }
        let Ok(answer) = response.json::<Answer>() else { return Attempt::Failed("garbage", None) };
        let readable = !answer.reference.is_empty()
            && answer.reference.len() <= LONGEST_REFERENCE
            && answer.reference.bytes().all(|byte| byte.is_ascii_graphic());
        if !readable || answer.method != request.method() {
            return Attempt::Failed("garbage", None);
        }
        Attempt::Answered(Verdict {
            outcome: answer.outcome,
            reference: answer.reference,
            method: answer.method,
            source: self.name.clone(),
            // A proof that claims to be younger than now would outlive its time.
            checked_at: answer.checked_at.min(self.clock.now()),
        })
    }
}

impl Authority for HttpSource {
    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        Box::pin(async move {
            let started = Instant::now();
            let result = self.ask(&request).await;
            let answer = label(&result);
            metrics::counter!("hufu_authority_questions_total", "source" => self.name.clone(), "answer" => answer)
                .increment(1);
            metrics::histogram!("hufu_authority_seconds", "source" => self.name.clone())
                .record(started.elapsed().as_secs_f64());
            metrics::gauge!("hufu_authority_left_alone", "source" => self.name.clone())
                .set(if self.breaker.is_closed() { 0.0 } else { 1.0 });
            result
        })
    }
}

fn unavailable(wait: Option<Duration>) -> AuthorityError {
    AuthorityError::Unavailable { retry_after: wait.unwrap_or(COME_BACK).max(Duration::from_secs(1)) }
}

const fn label(result: &Result<Verdict, AuthorityError>) -> &'static str {
    match result {
        Ok(verdict) => match verdict.outcome {
            Outcome::Match => "match",
            Outcome::Mismatch => "mismatch",
            Outcome::NotFound => "not_found",
        },
        Err(AuthorityError::Unavailable { .. }) => "unavailable",
        Err(AuthorityError::QuotaSpent { .. }) => "quota_spent",
        Err(AuthorityError::Invalid) => "invalid",
        Err(AuthorityError::Rejected) => "rejected",
    }
}
