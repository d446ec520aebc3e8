//! [`ResponseType`] and [`ResponseMode`]: what comes back from the authorization endpoint, and how.
//!
//! OAuth 2.0 Multiple Response Type Encoding Practices; OAuth 2.0 Form Post Response Mode. `token` alone is not offered:
//! an access token without an ID token beside it can be swapped unnoticed.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::proto::oauth::{ErrorCode, OAuthError};

/// A response type that hufu knows. The words may stand in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// `code`
    Code,
    /// `id_token`
    IdToken,
    /// `id_token token`
    IdTokenToken,
    /// `code id_token`
    CodeIdToken,
    /// `code token`
    CodeToken,
    /// `code id_token token`
    CodeIdTokenToken,
}

impl ResponseType {
    /// Every response type.
    pub const ALL: &'static [Self] =
        &[Self::Code, Self::IdToken, Self::IdTokenToken, Self::CodeIdToken, Self::CodeToken, Self::CodeIdTokenToken];

    /// Those that this server answers.
    pub const SERVED: &'static [Self] = &[Self::Code];

    /// Parses the value of a `response_type` parameter, whatever the order of its words.
    ///
    /// # Errors
    /// `unsupported_response_type`.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        match words.as_slice() {
            ["code"] => Ok(Self::Code),
            ["id_token"] => Ok(Self::IdToken),
            ["id_token", "token"] => Ok(Self::IdTokenToken),
            ["code", "id_token"] => Ok(Self::CodeIdToken),
            ["code", "token"] => Ok(Self::CodeToken),
            ["code", "id_token", "token"] => Ok(Self::CodeIdTokenToken),
            _ => Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type is not supported")),
        }
    }

    /// The value in its usual order.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
        }
    }

    /// Whether a code comes back.
    #[must_use]
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether an ID token comes back from the authorization endpoint.
    #[must_use]
    pub const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken)
    }

    /// Whether an access token comes back from the authorization endpoint.
    #[must_use]
    pub const fn has_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether some token passes through the browser: the `implicit` grant (RFC 7591 §2.1).
    #[must_use]
    pub const fn is_implicit(self) -> bool {
        !matches!(self, Self::Code)
    }
}

impl std::fmt::Display for ResponseType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ResponseType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResponseType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// How the answer reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment.
    Fragment,
    /// By a form that posts itself.
    FormPost,
}

impl ResponseMode {
    /// Every response mode.
    pub const ALL: &'static [Self] = &[Self::Query, Self::Fragment, Self::FormPost];

    /// The value as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// The mode when none is asked: query for a code alone, fragment for tokens (Multiple Response Types §5).
    #[must_use]
    pub const fn default_for(response_type: ResponseType) -> Self {
        if response_type.is_implicit() { Self::Fragment } else { Self::Query }
    }

    /// The mode for a request: `response_mode` as given, or the default.
    ///
    /// # Errors
    /// `invalid_request`: an unknown mode, or tokens in a query, where servers log them (Multiple Response Types §5).
    pub fn resolve(requested: Option<&str>, response_type: ResponseType) -> Result<Self, OAuthError> {
        let Some(text) = requested else { return Ok(Self::default_for(response_type)) };
        let mode = Self::ALL.iter().copied().find(|mode| mode.as_str() == text);
        match mode {
            None => Err(OAuthError::new(ErrorCode::InvalidRequest, "response_mode is not supported")),
            Some(Self::Query) if response_type.is_implicit() => {
                Err(OAuthError::new(ErrorCode::InvalidRequest, "tokens are not sent in a query"))
            }
            Some(mode) => Ok(mode),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_stand_in_any_order() {
        for kind in ResponseType::ALL {
            let mut words: Vec<_> = kind.as_str().split(' ').collect();
            for _ in 0..words.len() {
                words.rotate_left(1);
                assert_eq!(ResponseType::parse(&words.join(" ")).unwrap(), *kind);
            }
            words.reverse();
            assert_eq!(ResponseType::parse(&words.join(" ")).unwrap(), *kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.has_code(), kind.as_str().contains("code"));
            assert_eq!(kind.has_id_token(), kind.as_str().contains("id_token"));
            assert_eq!(kind.has_token(), kind.as_str().split(' ').any(|word| word == "token"));
        }
    }

    #[test]
    fn other_types_are_refused() {
        for text in ["", "token", "none", "code code", "code none", "Code", "code,id_token", "id_token id_token token"]
        {
            assert_eq!(ResponseType::parse(text).unwrap_err().code, ErrorCode::UnsupportedResponseType, "{text}");
        }
    }

    #[test]
    fn tokens_never_travel_in_a_query() {
        for kind in ResponseType::ALL {
            let default = ResponseMode::resolve(None, *kind).unwrap();
            assert_eq!(default == ResponseMode::Query, *kind == ResponseType::Code);
            assert_eq!(ResponseMode::resolve(Some("query"), *kind).is_ok(), *kind == ResponseType::Code);
            assert_eq!(ResponseMode::resolve(Some("form_post"), *kind).unwrap(), ResponseMode::FormPost);
            assert_eq!(ResponseMode::resolve(Some("fragment"), *kind).unwrap(), ResponseMode::Fragment);
            for bad in ["", "Query", "web_message", "query.jwt"] {
                assert_eq!(ResponseMode::resolve(Some(bad), *kind).unwrap_err().code, ErrorCode::InvalidRequest);
            }
        }
    }

    #[test]
    fn modes_are_stored_as_they_are_written() {
        for mode in ResponseMode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.as_str());
        }
    }
}
