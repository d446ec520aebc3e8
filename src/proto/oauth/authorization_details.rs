//! `authorization_details` (RFC 9396) of the one type that is served: `acting_for`, by which a client names the company
//! that the person is to act for.
//!
//! RFC 9396 §5: an unknown type, an unknown or missing member and a wrong type are refused, never passed over. Whether the
//! code is one, and whether the person may act for its company, is decided in `crate::oidc`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};

/// The one type (RFC 9396 §2).
pub const ACTING_FOR: &str = "acting_for";

/// Longest parameter, in bytes.
const LONGEST: usize = 4096;

/// The company that a client asks for, or that was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActingFor {
    /// 统一社会信用代码, as the client wrote it.
    pub uscc: String,
}

impl ActingFor {
    /// Reads the parameter: a JSON array with one element.
    ///
    /// # Errors
    /// `invalid_authorization_details`.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return Err(refused("authorization_details is too long"));
        }
        let details: Vec<Map<String, Value>> =
            serde_json::from_str(text).map_err(|_| refused("authorization_details is not a JSON array of objects"))?;
        let [detail] = details.as_slice() else {
            return Err(refused("authorization_details names one company: nobody acts for several at once"));
        };
        if detail.get("type").and_then(Value::as_str) != Some(ACTING_FOR) {
            return Err(refused("authorization_details has a type that is not served"));
        }
        if detail.keys().any(|name| !matches!(name.as_str(), "type" | "uscc")) {
            return Err(refused("authorization_details has a member that acting_for does not have"));
        }
        let uscc = detail.get("uscc").and_then(Value::as_str);
        let uscc = uscc.ok_or_else(|| refused("authorization_details: acting_for needs uscc, a text"))?;
        Ok(Self { uscc: uscc.to_owned() })
    }

    /// What was granted, as token answers say it (RFC 9396 §7).
    #[must_use]
    pub fn granted(uscc: &str) -> Value {
        serde_json::json!([{"type": ACTING_FOR, "uscc": uscc}])
    }
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_is_read() {
        let named = ActingFor::parse(r#"[{"type":"acting_for","uscc":"91350100M000100Y43"}]"#).unwrap();
        assert_eq!(named.uscc, "91350100M000100Y43");
        assert_eq!(
            ActingFor::granted(&named.uscc).to_string(),
            r#"[{"type":"acting_for","uscc":"91350100M000100Y43"}]"#
        );
    }

    #[test]
    fn everything_else_is_refused() {
        let company = r#"{"type":"acting_for","uscc":"91350100M000100Y43"}"#;
        let refused = [
            String::new(),
            "[]".into(),
            "{}".into(),
            company.into(),
            "null".into(),
            format!("[{company},{company}]"),
            r#"[{"uscc":"91350100M000100Y43"}]"#.into(),
            r#"[{"type":"payment","uscc":"91350100M000100Y43"}]"#.into(),
            r#"[{"type":"acting_for"}]"#.into(),
            r#"[{"type":"acting_for","uscc":18}]"#.into(),
            r#"[{"type":"acting_for","uscc":"91350100M000100Y43","role":"legal_representative"}]"#.into(),
            format!("[{company}]{}", " ".repeat(5000)),
        ];
        for text in refused {
            assert_eq!(ActingFor::parse(&text).unwrap_err().code, ErrorCode::InvalidAuthorizationDetails, "{text:.80}");
        }
    }
}
