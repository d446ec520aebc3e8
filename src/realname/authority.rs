//! The seam to those who know who people are (权威数据源): one question, four answers, or none.
//!
//! An implementation never turns doubt into an answer: a garbled, late or unsigned reply is [`AuthorityError`], so that
//! identity is decided by a verdict or not at all. The caller keeps mismatch, not found, invalid and unavailable apart,
//! because the person has something else to do in each case.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use time::Date;

use super::bank_card::BankCard;
use super::document_number::DocumentNumber;
use super::mobile::MobileNumber;
use super::name::PersonName;
use crate::base::{Secret, Timestamp};

/// Who is asked about.
#[derive(Clone, Debug)]
pub struct VerificationRequest {
    /// The name.
    pub name: PersonName,
    /// The document: its kind and number.
    pub document: DocumentNumber,
    /// What else is compared.
    pub further: Further,
    /// The document under which the person is known already, when it is another one: the authority is asked whether both
    /// are one person's, so that a replaced document keeps its account.
    pub held: Option<DocumentNumber>,
    /// How the person agreed that this is asked; none where nobody has recorded it. A source that is another platform wants
    /// to know.
    pub agreed: Option<Agreement>,
}

/// How a person agreed that name and document are checked (PIPL art. 14, 29).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the words that were agreed to, base64url.
    pub words: String,
    /// What for, as the person was told.
    pub purpose: String,
}

/// What is compared besides name and number.
#[derive(Clone, Debug, Default)]
pub enum Further {
    /// Nothing.
    #[default]
    Nothing,
    /// The mobile number registered with an operator under this name.
    Mobile(MobileNumber),
    /// Mobile number and bank card.
    MobileAndBankCard(MobileNumber, BankCard),
    /// The result of a face check made elsewhere: the token that stands for it.
    Face(Secret),
}

impl VerificationRequest {
    /// How the question is asked: by what it contains.
    #[must_use]
    pub const fn method(&self) -> VerificationMethod {
        match self.further {
            Further::Nothing => VerificationMethod::TwoItems,
            Further::Mobile(_) => VerificationMethod::ThreeItems,
            Further::MobileAndBankCard(..) => VerificationMethod::FourItems,
            Further::Face(_) => VerificationMethod::Face,
        }
    }
}

/// How a person was proven to be who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationMethod {
    /// Name and number (两要素).
    TwoItems,
    /// Name, number and mobile (三要素).
    ThreeItems,
    /// Name, number, mobile and bank card (四要素).
    FourItems,
    /// Name, number and face (实人).
    Face,
    /// Through the national network identity service (网络身份认证); the level is the one that it tells.
    NetworkIdentity,
    /// At a counter, the document in hand (窗口).
    InPerson,
    /// By digital certificate (数字证书).
    Certificate,
    /// By electronic identity (eID).
    ElectronicIdentity,
    /// Taken over from the node above, at the level that it tells (上级平台传递).
    NodeAbove,
}

/// A word that is no method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such way of verification")]
pub struct NotAMethod;

impl VerificationMethod {
    /// Every method.
    pub const ALL: [Self; 9] = [
        Self::TwoItems,
        Self::ThreeItems,
        Self::FourItems,
        Self::Face,
        Self::NetworkIdentity,
        Self::InPerson,
        Self::Certificate,
        Self::ElectronicIdentity,
        Self::NodeAbove,
    ];

    /// The stored word, also on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoItems => "two_items",
            Self::ThreeItems => "three_items",
            Self::FourItems => "four_items",
            Self::Face => "face",
            Self::NetworkIdentity => "network_identity",
            Self::InPerson => "in_person",
            Self::Certificate => "certificate",
            Self::ElectronicIdentity => "electronic_identity",
            Self::NodeAbove => "node_above",
        }
    }
}

impl std::str::FromStr for VerificationMethod {
    type Err = NotAMethod;

    fn from_str(word: &str) -> Result<Self, NotAMethod> {
        Self::ALL.into_iter().find(|method| method.as_str() == word).ok_or(NotAMethod)
    }
}

impl std::fmt::Display for VerificationMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
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
    /// The number is known, and its document is no longer good: expired, replaced, reported lost.
    Invalid,
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
    /// Whether the document held so far is the same person's; `false` when that was not asked, or not known there.
    pub same_person: bool,
    /// The date of birth, where the authority tells it with a match.
    pub birth: Option<Date>,
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
    /// Nobody is configured for this kind of document and these items.
    #[error("no authority is configured for this question")]
    NobodyToAsk,
    /// It does not accept the question, though it passed our own checks.
    #[error("the authority does not accept the question")]
    NotAccepted,
    /// It does not accept us: key, clock or permission. The operator must act.
    #[error("the authority does not accept this access party")]
    Rejected,
}

impl AuthorityError {
    /// The word of metrics and of the record of verifications.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::NobodyToAsk => "nobody_to_ask",
            Self::NotAccepted => "not_accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl Outcome {
    /// The word of metrics and of the record of verifications.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::NotFound => "not_found",
            Self::Invalid => "invalid",
        }
    }
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
