//! The seam to those who know who people are (权威数据源): one question, three answers, or none.
//!
//! An implementation never turns doubt into an answer: a garbled, late or unsigned reply is [`AuthorityError`], so that
//! identity is decided by a verdict or not at all. The caller keeps mismatch, not found and unavailable apart, because
//! the person has something else to do in each case.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::document::{DocumentType, IdentityNumber};
use super::mobile::MobileNumber;
use super::name::PersonName;
use crate::base::Timestamp;

/// Who is asked about.
#[derive(Clone, Debug)]
pub struct VerificationRequest {
    /// The name.
    pub name: PersonName,
    /// The kind of document.
    pub document_type: DocumentType,
    /// The number on it.
    pub document_number: IdentityNumber,
    /// The mobile number, when three items are compared.
    pub mobile: Option<MobileNumber>,
}

impl VerificationRequest {
    /// How the question is asked: by what it contains.
    #[must_use]
    pub const fn method(&self) -> VerificationMethod {
        if self.mobile.is_some() { VerificationMethod::ThreeItems } else { VerificationMethod::TwoItems }
    }
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationMethod {
    /// Name and number (两要素).
    TwoItems,
    /// Name, number and mobile (三要素).
    ThreeItems,
}

/// The authority's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All items belong to one person.
    Match,
    /// The number is known; something else does not belong to it.
    Mismatch,
    /// The number is not known.
    NotFound,
}

/// An answer, with what is kept about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// The authority's own number for this answer, to ask it about later.
    pub reference: String,
    /// What was compared.
    pub method: VerificationMethod,
    /// Which authority answered, as configured.
    pub source: String,
    /// When it answered: the real-name clock starts here. Never in the future.
    pub checked_at: Timestamp,
}

/// Why there is no answer. None of these says anything about the person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// It is down, slow, garbled or being left alone. The person is asked to come back; 503 with Retry-After.
    #[error("the authority cannot answer now")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// We have asked as often as we may.
    #[error("the authority's quota is spent")]
    QuotaSpent {
        /// When to try again.
        retry_after: Duration,
    },
    /// It does not accept the question, though it passed our own checks.
    #[error("the authority does not accept the question")]
    Invalid,
    /// It does not accept us: key, clock or permission. The operator must act.
    #[error("the authority does not accept this access party")]
    Rejected,
}

/// One who knows.
pub trait Authority: Send + Sync + 'static {
    /// Asks about a person.
    ///
    /// # Errors
    /// Why there is no answer.
    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>>;
}

/// An authority that can be handed around.
pub type SharedAuthority = Arc<dyn Authority>;
