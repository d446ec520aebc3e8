//! The bodies of questions and answers: JSON both ways, personal data only in the body, never in the URL.
//!
//! ```text
//! POST /v1/verify
//! {"name":"王小明","document_type":"resident_identity_card","document_number":"11010519491231002X","mobile":"13800135021"}
//! {"outcome":"match","method":"three_items","reference":"…","checked_at":1800000000000}
//! {"outcome":"match","method":"two_items","birth":"2014-05-06","reference":"…","checked_at":1800000000000}   a passport
//!
//! POST /v1/verify-company
//! {"name":"…","code":"91350100M000100Y43","representative":"王小明","document_type":"…","document_number":"…"}
//! {"outcome":"match","status":"active","reference":"…","checked_at":1800000000000}
//!
//! POST /v1/network-identity
//! {"ticket":"…"}
//! {"person":{"pairwise_id":"…","level":3},"reference":"…","checked_at":1800000000000}
//! ```
//!
//! Kinds of document go by their names here ([`crate::realname::DocumentType`]). Errors are problem+json (RFC 9457) with a
//! stable `code`: 400 and 422 (the question), 401 (the signature), 429 (the quota, with `Retry-After`), 5xx.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::base::Timestamp;
use crate::realname::authority::{Further, Outcome, VerificationMethod, VerificationRequest};
use crate::realname::company::{CompanyOutcome, CompanyQuestion, CompanyStatus};
use crate::realname::level::RealNameLevel;

/// Where a question about a person is posted, below the authority's URL.
pub const VERIFY_PATH: &str = "/v1/verify";
/// Where a question about a company is posted.
pub const COMPANY_PATH: &str = "/v1/verify-company";
/// Where a ticket of the network identity service is redeemed.
pub const NETWORK_IDENTITY_PATH: &str = "/v1/network-identity";

/// A document on the wire. No `Debug`: it is all personal data.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The name of its kind.
    pub document_type: String,
    /// The number, normalised.
    pub document_number: String,
}

/// The question about a person. No `Debug`: it is all personal data.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name, normalised.
    pub name: String,
    /// The name of the document's kind.
    pub document_type: String,
    /// The number, normalised.
    pub document_number: String,
    /// Eleven digits; present when three or four items are to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Digits; present when four items are to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_card: Option<String>,
    /// The token of a face check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<String>,
    /// The document under which the person is known so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Document>,
}

impl From<&VerificationRequest> for Question {
    fn from(request: &VerificationRequest) -> Self {
        let (mobile, bank_card, face) = match &request.further {
            Further::Nothing => (None, None, None),
            Further::Mobile(mobile) => (Some(mobile), None, None),
            Further::MobileAndBankCard(mobile, card) => (Some(mobile), Some(card), None),
            Further::Face(token) => (None, None, Some(token)),
        };
        Self {
            name: request.name.expose().to_owned(),
            document_type: request.document.kind().name().to_owned(),
            document_number: request.document.expose().to_owned(),
            mobile: mobile.map(|mobile| mobile.expose().to_owned()),
            bank_card: bank_card.map(|card| card.expose().to_owned()),
            face: face.map(|token| token.expose().to_owned()),
            held: request.held.as_ref().map(|held| Document {
                document_type: held.kind().name().to_owned(),
                document_number: held.expose().to_owned(),
            }),
        }
    }
}

/// The answer. Fields that later versions add are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// match, mismatch, not_found or invalid.
    pub outcome: Outcome,
    /// What was compared.
    pub method: VerificationMethod,
    /// Whether `held` is the same person's document; only where it was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub same_person: bool,
    /// The date of birth, with a match whose number does not tell it: children are asked for a guardian by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth: Option<Date>,
    /// The authority's number for this answer; at most 128 visible ASCII characters.
    pub reference: String,
    /// Milliseconds since the epoch.
    pub checked_at: Timestamp,
}

/// The question about a company. No `Debug`: it names a person.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyQuestionBody {
    /// The company's name, normalised.
    pub name: String,
    /// Its code.
    pub code: String,
    /// The name of its legal representative.
    pub representative: String,
    /// The name of the kind of the representative's document.
    pub document_type: String,
    /// The number on it.
    pub document_number: String,
}

impl From<&CompanyQuestion> for CompanyQuestionBody {
    fn from(question: &CompanyQuestion) -> Self {
        Self {
            name: question.name.as_str().to_owned(),
            code: question.code.as_str().to_owned(),
            representative: question.representative.expose().to_owned(),
            document_type: question.representative_document.kind().name().to_owned(),
            document_number: question.representative_document.expose().to_owned(),
        }
    }
}

/// The answer about a company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CompanyAnswer {
    /// match, mismatch or not_found.
    pub outcome: CompanyOutcome,
    /// Whether it still exists; with a match only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CompanyStatus>,
    /// The register's number for this answer.
    pub reference: String,
    /// Milliseconds since the epoch.
    pub checked_at: Timestamp,
}

/// A ticket of the network identity service. No `Debug`: whoever holds it is the person.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketBody {
    /// The ticket.
    pub ticket: String,
}

/// The person behind a ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NetworkPerson {
    /// The person at this access party.
    pub pairwise_id: String,
    /// How well the service has proven the person.
    pub level: RealNameLevel,
}

/// The answer to a ticket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NetworkAnswer {
    /// Nobody when the ticket is unknown, used or too old.
    #[serde(default)]
    pub person: Option<NetworkPerson>,
    /// The service's number for this answer.
    pub reference: String,
    /// Milliseconds since the epoch.
    pub checked_at: Timestamp,
}
