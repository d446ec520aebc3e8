//! `response_type` and `response_mode` (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode).

use serde::{Deserialize, Serialize};

/// A `response_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResponseType {
    /// The authorization code flow.
    #[serde(rename = "code")]
    Code,
}

impl ResponseType {
    /// The type with this text; `None` for every type that is not served.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text == "code").then_some(Self::Code)
    }
}

/// How a response travels to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseMode {
    /// In the query of the redirect.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// The mode with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            "form_post" => Self::FormPost,
            _ => return None,
        })
    }
}
