//! The bodies of `POST /v1/verify`: JSON both ways, personal data only in the body, never in the URL.
//!
//! ```text
//! {"name":"王小明","document_type":"111","document_number":"11010519491231002X","mobile":"13800135021"}
//! {"outcome":"match","method":"three_items","reference":"…","checked_at":1800000000000}
//! ```
//!
//! Errors are problem+json (RFC 9457) with a stable `code`: 400 and 422 (the question), 401 (the signature), 429 (the
//! quota, with `Retry-After`), 5xx.

use serde::{Deserialize, Serialize};

use crate::base::Timestamp;
use crate::realname::authority::{Outcome, VerificationMethod, VerificationRequest};

/// Where a question is posted, below the authority's URL.
pub const VERIFY_PATH: &str = "/v1/verify";

/// The question. No `Debug`: it is all personal data.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name, normalised.
    pub name: String,
    /// GA/T 2000.156, `111` for the resident identity card.
    pub document_type: String,
    /// The number, normalised.
    pub document_number: String,
    /// Eleven digits; present when three items are to be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

impl From<&VerificationRequest> for Question {
    fn from(request: &VerificationRequest) -> Self {
        Self {
            name: request.name.expose().to_owned(),
            document_type: request.document_type.code().to_owned(),
            document_number: request.document_number.expose().to_owned(),
            mobile: request.mobile.as_ref().map(|mobile| mobile.expose().to_owned()),
        }
    }
}

/// The answer. Fields that later versions add are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// match, mismatch or not_found.
    pub outcome: Outcome,
    /// What was compared.
    pub method: VerificationMethod,
    /// The authority's number for this answer; at most 128 visible ASCII characters.
    pub reference: String,
    /// Milliseconds since the epoch.
    pub checked_at: Timestamp,
}
