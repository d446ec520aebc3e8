//! What this node's authority says of a registration. What the party says of a name is asked again, unless the very same was
//! asked before; a level is the lower of what the party asserts and what the authority has confirmed.

use serde_json::{Map, Value};

use super::content::company_of;
use super::{Registrations, not_now, unavailable};
use crate::base::Timestamp;
use crate::base::id::ClientId;
use crate::proto::scim::resource::real_name;
use crate::proto::scim::{Kind, ScimError};
use crate::realname::{
    AuthorityError, CompanyOutcome, CompanyQuestion, CompanyStatus, DocumentNumber, Outcome, PersonName, RealNameLevel,
    today_in_china,
};
use crate::store::registrations::RegistrationRow;
use crate::verification::VerificationError;

/// What the authority says.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    pub(super) proof_index: Option<String>,
    pub(super) level: i32,
    pub(super) status: String,
    pub(super) source: String,
    pub(super) reference: String,
    pub(super) checked_at: Option<Timestamp>,
}

/// A name and a document that are said to belong together.
struct Said {
    name: PersonName,
    document: DocumentNumber,
}

impl Said {
    fn is(&self, other: &Self) -> bool {
        self.name.is(&other.name) && self.document.is(&other.document)
    }
}

impl Registrations {
    /// Judges a resource; `before` is what stood there and what was said of it.
    pub(super) async fn judge(
        &self,
        party: &ClientId,
        kind: Kind,
        content: &Map<String, Value>,
        before: Option<(&RegistrationRow, &Map<String, Value>)>,
    ) -> Result<Judged, ScimError> {
        match kind {
            Kind::User => self.judge_user(party, content, before).await,
            Kind::Company => self.judge_company(party, content, before).await,
        }
    }

    async fn judge_user(
        &self,
        party: &ClientId,
        content: &Map<String, Value>,
        before: Option<(&RegistrationRow, &Map<String, Value>)>,
    ) -> Result<Judged, ScimError> {
        let now = self.0.clock.now();
        let asserted = asserted(content)?;
        let user_name = content.get(Kind::User.unique()).and_then(Value::as_str).unwrap_or_default();
        if user_name.trim().is_empty() || user_name.chars().count() > 128 {
            return Err(ScimError::value("bad_user_name", "userName has from 1 to 128 characters"));
        }
        let Some(said) = said_of_user(content, now)? else { return Ok(Judged::default()) };
        if let Some((row, held)) = before
            && row.checked_at.is_some()
            && said_of_user(held, now).ok().flatten().is_some_and(|held| held.is(&said))
        {
            return Ok(Judged { level: level(asserted, RealNameLevel::L2), ..of_row(row) });
        }
        let found = self.0.verifications.recheck(party, &said.name, &said.document).await.map_err(refusal)?;
        match found.outcome {
            Outcome::Match => Ok(Judged {
                proof_index: Some(found.document_index),
                level: level(asserted, found.level),
                status: String::new(),
                source: found.source,
                reference: found.reference,
                checked_at: Some(found.checked_at),
            }),
            Outcome::Mismatch => {
                Err(ScimError::value("mismatch", "the authority says that name and document do not belong together"))
            }
            Outcome::NotFound => {
                Err(ScimError::value("document_not_found", "the authority does not know the document"))
            }
            Outcome::Invalid => Err(ScimError::value("document_invalid", "the document is no longer good")),
        }
    }

    async fn judge_company(
        &self,
        party: &ClientId,
        content: &Map<String, Value>,
        before: Option<(&RegistrationRow, &Map<String, Value>)>,
    ) -> Result<Judged, ScimError> {
        let now = self.0.clock.now();
        let (code, name) = company_of(content)?;
        let Some(said) = said_of_representative(content, now)? else { return Ok(Judged::default()) };
        let same = |held: &Map<String, Value>| {
            let same_company = company_of(held).is_ok_and(|held| held == (code.clone(), name.clone()));
            same_company && said_of_representative(held, now).ok().flatten().is_some_and(|held| held.is(&said))
        };
        if let Some((row, held)) = before
            && row.checked_at.is_some()
            && same(held)
        {
            return Ok(of_row(row));
        }
        self.0.verifications.count_registration(party, &said.document).await.map_err(refusal)?;
        let proof_index = self.name_index_of(Kind::Company, code.as_str());
        let question =
            CompanyQuestion { name, code, representative: said.name, representative_document: said.document };
        let asked = self.0.registry.verify_company(question).await;
        let verdict = asked.map_err(|error| refusal(VerificationError::Authority(error)))?;
        match verdict.outcome {
            CompanyOutcome::Match => Ok(Judged {
                proof_index: Some(proof_index),
                level: 1,
                status: verdict.status.map(status_word).unwrap_or_default().to_owned(),
                source: verdict.source,
                reference: verdict.reference,
                checked_at: Some(verdict.checked_at.min(now)),
            }),
            CompanyOutcome::Mismatch => Err(ScimError::value(
                "company_mismatch",
                "the register says that code, name and representative do not belong together",
            )),
            CompanyOutcome::NotFound => {
                Err(ScimError::value("company_not_found", "the register does not know the code"))
            }
        }
    }
}

fn of_row(row: &RegistrationRow) -> Judged {
    Judged {
        proof_index: row.proof_index.clone(),
        level: row.level,
        status: row.status.clone(),
        source: row.source.clone(),
        reference: row.reference.clone(),
        checked_at: row.checked_at,
    }
}

/// The level that the party asserts.
fn asserted(content: &Map<String, Value>) -> Result<Option<RealNameLevel>, ScimError> {
    let Some(number) = real_name(content).and_then(|members| members.get("assertedLevel")) else { return Ok(None) };
    let level = number.as_i64().and_then(|number| i16::try_from(number).ok());
    let level = level.and_then(|number| RealNameLevel::try_from(number).ok());
    level.map(Some).ok_or_else(|| ScimError::value("bad_level", "assertedLevel is 0 to 4"))
}

fn level(asserted: Option<RealNameLevel>, proven: RealNameLevel) -> i32 {
    i32::from(i16::from(asserted.unwrap_or(proven).min(proven)))
}

/// Name and document of a user; none where no number is sent.
fn said_of_user(content: &Map<String, Value>, now: Timestamp) -> Result<Option<Said>, ScimError> {
    let name = content.get("name").and_then(|name| name.get("formatted")).and_then(Value::as_str);
    match real_name(content) {
        Some(members) => said(name, members, now),
        None => Ok(None),
    }
}

fn said_of_representative(content: &Map<String, Value>, now: Timestamp) -> Result<Option<Said>, ScimError> {
    let Some(members) = content.get("representative").and_then(Value::as_object) else { return Ok(None) };
    said(members.get("formatted").and_then(Value::as_str), members, now)
}

fn said(name: Option<&str>, members: &Map<String, Value>, now: Timestamp) -> Result<Option<Said>, ScimError> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let Some(number) = text("documentNumber") else { return Ok(None) };
    let missing = |what: &str| ScimError::value("missing", format!("{what} is required with a documentNumber"));
    let kind = text("documentType").ok_or_else(|| missing("documentType"))?;
    let kind = kind.parse().map_err(|_| ScimError::value("bad_document_type", "no kind of document"))?;
    let name = PersonName::parse(name.ok_or_else(|| missing("the name"))?);
    let name = name.map_err(|error| ScimError::value("bad_name", error.to_string()))?;
    let document = DocumentNumber::parse(kind, number, today_in_china(now));
    let document = document.map_err(|error| ScimError::value("bad_document_number", error.to_string()))?;
    Ok(Some(Said { name, document }))
}

const fn status_word(status: CompanyStatus) -> &'static str {
    match status {
        CompanyStatus::Active => "active",
        CompanyStatus::Dormant => "dormant",
        CompanyStatus::Revoked => "revoked",
        CompanyStatus::Deregistered => "deregistered",
    }
}

/// None of these says anything about the person; nothing was kept.
fn refusal(error: VerificationError) -> ScimError {
    let text = error.to_string();
    match error {
        VerificationError::QuotaSpent { retry_after } => ScimError::later(429, "quota_spent", text, retry_after),
        VerificationError::Authority(AuthorityError::Unavailable { retry_after }) => {
            ScimError::later(503, "authority_unavailable", text, retry_after)
        }
        VerificationError::Authority(AuthorityError::QuotaSpent { retry_after }) => {
            ScimError::later(503, "authority_quota_spent", text, retry_after)
        }
        VerificationError::Authority(AuthorityError::NobodyToAsk) => ScimError::value("nobody_to_ask", text),
        VerificationError::Authority(error @ (AuthorityError::NotAccepted | AuthorityError::Rejected)) => {
            tracing::error!(outcome = error.label(), "the authority does not accept what is asked for a registration");
            ScimError::later(502, "authority_refused", text, std::time::Duration::from_secs(300))
        }
        VerificationError::Store(error) => unavailable(error),
        VerificationError::Limits(error) => {
            tracing::error!(%error, "a registration cannot be counted");
            not_now()
        }
        VerificationError::Question(_) | VerificationError::ReferenceReused => ScimError::value("bad_value", text),
    }
}
