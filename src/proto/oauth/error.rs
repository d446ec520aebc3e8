//! [`OAuthError`]: what a relying party is told when a request fails, and, apart from it, what our own log keeps.
//!
//! The description is public and must name no secret and no person; the detail never leaves the node. How an error
//! becomes a response (JSON, redirect, page) is decided in `crate::http`, not here.

use std::borrow::Cow;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal / $status:literal),+ $(,)?) => {
        /// Every error code that hufu answers with. RFC 6749 §4.1.2.1 and §5.2, and what later standards added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name),+
        }

        impl ErrorCode {
            /// Every code there is, in the order of the list above.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it stands in the `error` member.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }

            /// The HTTP status when the error is answered directly (not by a redirect).
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self {
                    $(Self::$name => $status),+
                }
            }
        }
    };
}

error_codes! {
    /// A parameter is missing, repeated or malformed. RFC 6749 §5.2
    InvalidRequest = "invalid_request" / 400,
    /// The client may not use this grant or response type. RFC 6749 §5.2
    UnauthorizedClient = "unauthorized_client" / 400,
    /// The person or the platform said no. RFC 6749 §4.1.2.1
    AccessDenied = "access_denied" / 400,
    /// RFC 6749 §4.1.2.1
    UnsupportedResponseType = "unsupported_response_type" / 400,
    /// RFC 6749 §5.2
    InvalidScope = "invalid_scope" / 400,
    /// A fault of ours. RFC 6749 §4.1.2.1
    ServerError = "server_error" / 500,
    /// Overload, or something we depend on is away; try again. RFC 6749 §4.1.2.1
    TemporarilyUnavailable = "temporarily_unavailable" / 503,
    /// Client authentication failed. RFC 6749 §5.2
    InvalidClient = "invalid_client" / 401,
    /// The code, refresh token, assertion or ticket is wrong, spent, expired or another's. RFC 6749 §5.2
    InvalidGrant = "invalid_grant" / 400,
    /// RFC 6749 §5.2
    UnsupportedGrantType = "unsupported_grant_type" / 400,
    /// `prompt=none`, and the person has to sign in. OIDC Core §3.1.2.6
    LoginRequired = "login_required" / 400,
    /// `prompt=none`, and a page would have to be shown. OIDC Core §3.1.2.6
    InteractionRequired = "interaction_required" / 400,
    /// `prompt=none`, and consent is missing. OIDC Core §3.1.2.6
    ConsentRequired = "consent_required" / 400,
    /// `prompt=none`, and several identities could be meant. OIDC Core §3.1.2.6
    AccountSelectionRequired = "account_selection_required" / 400,
    /// OIDC Core §3.1.2.6, RFC 9126 §2.2
    InvalidRequestUri = "invalid_request_uri" / 400,
    /// OIDC Core §3.1.2.6, RFC 9101 §7
    InvalidRequestObject = "invalid_request_object" / 400,
    /// OIDC Core §3.1.2.6
    RequestNotSupported = "request_not_supported" / 400,
    /// OIDC Core §3.1.2.6
    RequestUriNotSupported = "request_uri_not_supported" / 400,
    /// OIDC Core §3.1.2.6
    RegistrationNotSupported = "registration_not_supported" / 400,
    /// A redirect URI that may not be registered. RFC 7591 §3.2.2
    InvalidRedirectUri = "invalid_redirect_uri" / 400,
    /// Client metadata that may not be registered. RFC 7591 §3.2.2
    InvalidClientMetadata = "invalid_client_metadata" / 400,
    /// An essential level cannot be reached by this person now. OIDC Unmet Authentication Requirements §2
    UnmetAuthenticationRequirements = "unmet_authentication_requirements" / 400,
    /// The access token is wrong, expired or revoked. RFC 6750 §3.1
    InvalidToken = "invalid_token" / 401,
    /// The access token is good but not for this. RFC 6750 §3.1
    InsufficientScope = "insufficient_scope" / 403,
    /// `authorization_details` of a type or form that is not served. RFC 9396 §5
    InvalidAuthorizationDetails = "invalid_authorization_details" / 400,
    /// A `resource` or `audience` that is unknown or not allowed. RFC 8707 §2, RFC 8693 §2.2.2
    InvalidTarget = "invalid_target" / 400,
    /// The entity is not known here. OpenID Federation §8.9
    NotFound = "not_found" / 404,
    /// The trust anchor cannot be used here. OpenID Federation §8.9
    InvalidTrustAnchor = "invalid_trust_anchor" / 404,
    /// No chain of trust, or a trust mark that does not count. OpenID Federation §8.9
    InvalidTrustChain = "invalid_trust_chain" / 400,
    /// Metadata or its policy are wrong or contradict each other. OpenID Federation §8.9
    InvalidMetadata = "invalid_metadata" / 400,
    /// A parameter that is not served. OpenID Federation §8.9
    UnsupportedParameter = "unsupported_parameter" / 400,
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A refusal in the terms of OAuth. `Display` shows what is public; the detail is for the log alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// What the other side's software reads.
    pub code: ErrorCode,
    /// What the other side's developer reads, within the characters of RFC 6749 §5.2.
    pub description: Cow<'static, str>,
    detail: Option<String>,
}

impl OAuthError {
    /// An error with a public `description`. Characters outside RFC 6749 §5.2 (`%x20-21 / %x23-5B / %x5D-7E`) become
    /// `'` (quotation marks) or `?`, so that no description can break out of a header or a JSON text.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self { code, description: sanitised(description.into()), detail: None }
    }

    /// The same under another code, where a standard wants it so.
    #[must_use]
    pub fn told_as(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// Adds what only our own log may see: why it really failed. Still no secrets and no personal data.
    #[must_use]
    pub fn because(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The private detail, for the log.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{21}' | '\u{23}'..='\u{5b}' | '\u{5d}'..='\u{7e}')
}

fn sanitised(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.chars().all(is_allowed) {
        return text;
    }
    let replace = |c: char| match c {
        c if is_allowed(c) => c,
        '"' => '\'',
        _ => '?',
    };
    Cow::Owned(text.chars().map(replace).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_are_distinct_and_have_client_or_server_statuses() {
        let mut seen = std::collections::HashSet::new();
        for code in ErrorCode::ALL {
            assert!(seen.insert(code.as_str()), "{code} appears twice");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!((400..=599).contains(&code.http_status()));
        }
        assert_eq!(ErrorCode::InvalidClient.http_status(), 401);
        assert_eq!(ErrorCode::InsufficientScope.http_status(), 403);
        assert_eq!(ErrorCode::InvalidGrant.as_str(), "invalid_grant");
    }

    #[test]
    fn the_detail_stays_inside() {
        let error = OAuthError::new(ErrorCode::InvalidGrant, "the code is not valid").because("code spent at 12:00");
        assert_eq!(error.to_string(), "invalid_grant: the code is not valid");
        assert_eq!(error.detail(), Some("code spent at 12:00"));
    }

    #[test]
    fn a_description_cannot_break_out_of_a_header() {
        let error = OAuthError::new(ErrorCode::InvalidRequest, "a \"quoted\" \\ line\r\nSet-Cookie: 虎符");
        assert_eq!(error.description, "a 'quoted' ? line??Set-Cookie: ??");
    }

    proptest! {
        #[test]
        fn every_description_is_within_the_standards_characters(text in any::<String>()) {
            let error = OAuthError::new(ErrorCode::ServerError, text.clone());
            prop_assert!(error.description.bytes().all(|b| (0x20..=0x7e).contains(&b) && b != b'"' && b != b'\\'));
            prop_assert_eq!(error.description.chars().count(), text.chars().count());
        }
    }
}
