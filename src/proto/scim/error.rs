//! [`ScimError`]: an error as RFC 7644 §3.12 tells it, with a code of ours that stays what it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::ERROR;

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

    /// The message (RFC 7644 §3.12). Clients in the field refuse members that the standard does not know: our code stands before
    /// the detail, as in [`ScimError`]'s own text.
    #[must_use]
    pub fn message(&self) -> Value {
        let mut message = json!({"schemas": [ERROR], "status": self.status.to_string(), "detail": self.to_string()});
        if let (Some(kind), Some(message)) = (self.scim_type, message.as_object_mut()) {
            message.insert("scimType".into(), json!(kind.as_str()));
        }
        message
    }

    /// Code and detail of a message like ours; a message of somebody else has no code.
    #[must_use]
    pub fn read_detail(message: &Value) -> (Option<&str>, &str) {
        let detail = message.get("detail").and_then(Value::as_str).unwrap_or_default();
        let is_code =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match detail.split_once(": ").filter(|(code, _)| is_code(code)) {
            Some((code, rest)) => (Some(code), rest),
            None => (None, detail),
        }
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
    fn an_error_tells_its_kind_and_its_code_and_nothing_that_the_standard_does_not_know() {
        let message = ScimError::value("bad_name", "the name is empty").message();
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "scimType": "invalidValue",
            "detail": "bad_name: the name is empty",
        });
        assert_eq!(message, expected);
        assert_eq!(ScimError::read_detail(&message), (Some("bad_name"), "the name is empty"));
        assert_eq!(ScimError::read_detail(&json!({"detail": "Oh no: it broke"})), (None, "Oh no: it broke"));
        let message = ScimError::later(503, "unavailable", "later", Duration::from_millis(1_500)).message();
        assert!(message.get("scimType").is_none());
        assert_eq!(whole_seconds(Duration::from_millis(1_500)), 2);
    }
}
