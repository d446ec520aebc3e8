//! [`VerifyAbove`]: the real-name verification system of the node above as an authority source here (standard 6.4 a), so that
//! a person's name is proven on this node's own page before any account of theirs is known there.
//!
//! What is asked says by which words the person agreed; without that nothing is asked. Doubt is never an answer.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use time::Date;

use super::above::{AboveError, LIMITS};
use super::party::Party;
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::outbound::{OutboundRequest, OutboundResponse, retry_after};
use crate::realname::{
    Agreement, Authority, AuthorityError, Further, Outcome, VERIFY_SCOPE, Verdict, VerificationMethod,
    VerificationRequest, today_in_china,
};

/// What people are told to wait when the node above says nothing of it.
const COME_BACK: Duration = Duration::from_secs(60);
/// The longest that they are told.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// The node above, as an authority.
pub struct VerifyAbove {
    party: Arc<Party>,
    clock: SharedClock,
    random: SharedRandom,
}

#[derive(Deserialize)]
struct Told {
    id: String,
    reference: String,
    outcome: Outcome,
    method: VerificationMethod,
    checked_at: i64,
    #[serde(default)]
    same_person: bool,
    #[serde(default)]
    birth: Option<Date>,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
}

impl VerifyAbove {
    /// The verification system that `party` may ask.
    #[must_use]
    pub fn new(party: Arc<Party>, (clock, random): (SharedClock, SharedRandom)) -> Self {
        Self { party, clock, random }
    }

    async fn ask(&self, request: &VerificationRequest) -> Result<Verdict, AuthorityError> {
        let Some(agreed) = &request.agreed else { return Err(AuthorityError::NobodyToAsk) };
        let metadata = self.party.above().metadata().await.map_err(unreachable)?;
        let Some(url) = metadata.hufu_realname_verification_endpoint.clone() else {
            return Err(AuthorityError::NobodyToAsk);
        };
        let reference = self.random.short_token();
        let body = question(request, agreed, &reference);
        let message = OutboundRequest::json(url, &body, LIMITS, "upstream-verification");
        let message = message.map_err(|_| AuthorityError::NotAccepted)?;
        let answer = self.party.send(message, VERIFY_SCOPE).await.map_err(unreachable)?;
        match answer.status {
            StatusCode::OK => self.believe(&answer, request, &reference).ok_or_else(|| {
                tracing::error!("the node above answers a question about a person with what cannot be read");
                unavailable(None)
            }),
            _ => Err(self.refused(&answer)),
        }
    }

    /// The verdict, if it is one about this very question.
    fn believe(&self, answer: &OutboundResponse, request: &VerificationRequest, reference: &str) -> Option<Verdict> {
        let told: Told = answer.json().ok()?;
        let now = self.clock.now();
        let possible = told.birth.is_none_or(|birth| told.outcome == Outcome::Match && birth <= today_in_china(now));
        let is_answer = told.reference == reference && told.method == request.method() && possible;
        is_answer.then(|| Verdict {
            outcome: told.outcome,
            reference: told.id,
            method: told.method,
            same_person: told.same_person && told.outcome == Outcome::Match && request.held.is_some(),
            birth: told.birth,
            source: String::new(),
            checked_at: Timestamp::from_seconds(told.checked_at).min(now),
        })
    }

    fn refused(&self, answer: &OutboundResponse) -> AuthorityError {
        let wait = retry_after(&answer.headers, self.clock.now(), LONGEST_WAIT);
        let code = answer.json::<Problem>().map(|problem| problem.code).unwrap_or_default();
        match (answer.status, code.as_str()) {
            (StatusCode::TOO_MANY_REQUESTS, _) | (StatusCode::SERVICE_UNAVAILABLE, "authority_quota_spent") => {
                AuthorityError::QuotaSpent { retry_after: wait.unwrap_or(COME_BACK) }
            }
            (StatusCode::UNPROCESSABLE_ENTITY, "nobody_to_ask") => AuthorityError::NobodyToAsk,
            (StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY, _) => {
                tracing::error!(code, "the node above does not accept a question about a person");
                AuthorityError::NotAccepted
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
                tracing::error!("the node above does not let this node ask about people");
                AuthorityError::Rejected
            }
            _ => unavailable(wait),
        }
    }
}

impl Authority for VerifyAbove {
    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        Box::pin(async move { self.ask(&request).await })
    }
}

fn question(request: &VerificationRequest, agreed: &Agreement, reference: &str) -> Value {
    let document = |kind: &str, number: &str| json!({ "type": kind, "number": number });
    let mut body = json!({
        "reference": reference,
        "name": request.name.expose(),
        "document": document(request.document.kind().name(), request.document.expose()),
        "purpose": agreed.purpose,
        "consent": { "given_at": agreed.at.seconds(), "text_hash": agreed.words },
    });
    let mut add = |name: &str, value: Value| body.as_object_mut().map(|members| members.insert(name.to_owned(), value));
    match &request.further {
        Further::Nothing => {}
        Further::Mobile(mobile) => drop(add("mobile", json!(mobile.expose()))),
        Further::MobileAndBankCard(mobile, card) => {
            add("mobile", json!(mobile.expose()));
            add("bank_card", json!(card.expose()));
        }
        Further::Face(token) => drop(add("face", json!(token.expose()))),
    }
    if let Some(held) = &request.held {
        add("held", document(held.kind().name(), held.expose()));
    }
    body
}

fn unavailable(wait: Option<Duration>) -> AuthorityError {
    AuthorityError::Unavailable { retry_after: wait.unwrap_or(COME_BACK) }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unreachable(error: AboveError) -> AuthorityError {
    tracing::warn!(%error, "the node above cannot be asked about a person");
    unavailable(None)
}
