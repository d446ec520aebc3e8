//! [`ScimError`]: an error as RFC 7644 §3.12 tells it, with a code of ours that stays what it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ERROR, ERROR_CODE};

/// `scimType` (RFC 7644 §3.12, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter cannot be read.
    InvalidFilter,
    /// More than can be looked at for one answer.
    TooMany,
    /// Another resource has the value.
    Uniqueness,
    /// An attribute that only the service provider writes.
    Mutability,
    /// The body is not the message that it should be.
    InvalidSyntax,
    /// The path of an operation cannot be read, or means nothing here.
    InvalidPath,
    /// There is nothing where the operation points.
    NoTarget,
    /// A value is missing or cannot be one.
    InvalidValue,
}

impl ScimType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
        }
    }
}

/// An error. Its texts hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct ScimError {
    /// HTTP status.
    pub status: u16,
    /// The kind, where the standard has one.
    pub scim_type: Option<ScimType>,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, for whoever reads logs of the caller.
    pub detail: String,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl ScimError {
    /// What is wrong with what was sent: 400.
    #[must_use]
    pub fn bad(scim_type: ScimType, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: 400, scim_type: Some(scim_type), code, detail: detail.into(), retry_after: None }
    }

    /// A value that cannot be one: 400.
    #[must_use]
    pub fn value(code: &'static str, detail: impl Into<String>) -> Self {
        Self::bad(ScimType::InvalidValue, code, detail)
    }

    /// Any other refusal.
    #[must_use]
    pub fn refused(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, code, detail: detail.into(), retry_after: None }
    }

    /// There is no such resource of this party.
    #[must_use]
    pub fn not_found() -> Self {
        Self::refused(404, "not_found", "no such resource")
    }

    /// Another resource of this party has the value: 409.
    #[must_use]
    pub fn taken(code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: 409, scim_type: Some(ScimType::Uniqueness), code, detail: detail.into(), retry_after: None }
    }

    /// What may well be done later: nothing was changed.
    #[must_use]
    pub fn later(status: u16, code: &'static str, detail: impl Into<String>, after: Duration) -> Self {
        Self { retry_after: Some(after), ..Self::refused(status, code, detail) }
    }

    /// The message (RFC 7644 §3.12), with our code in a schema of its own.
    #[must_use]
    pub fn message(&self) -> Value {
        let mut extra = json!({"code": self.code});
        if let (Some(after), Some(extra)) = (self.retry_after, extra.as_object_mut()) {
            extra.insert("retryAfter".into(), json!(whole_seconds(after)));
        }
        let mut message = json!({
            "schemas": [ERROR, ERROR_CODE], "status": self.status.to_string(), "detail": self.detail, ERROR_CODE: extra,
        });
        if let (Some(kind), Some(message)) = (self.scim_type, message.as_object_mut()) {
            message.insert("scimType".into(), json!(kind.as_str()));
        }
        message
    }
}

/// Seconds, never fewer than were meant.
#[must_use]
pub fn whole_seconds(span: Duration) -> u64 {
    (span.as_secs() + u64::from(span.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_its_kind_its_code_and_when_to_come_back() {
        let message = ScimError::value("bad_name", "the name is empty").message();
        assert_eq!((&message["status"], &message["scimType"]), (&json!("400"), &json!("invalidValue")));
        assert_eq!(message[ERROR_CODE], json!({"code": "bad_name"}));
        let message = ScimError::later(503, "authority_unavailable", "later", Duration::from_millis(1_500)).message();
        assert_eq!(message[ERROR_CODE]["retryAfter"], 2);
        assert!(message.get("scimType").is_none());
    }
}
