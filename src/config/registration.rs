//! `[registration]`: how relying parties register (RFC 7591), and what they get where they do not say.

use serde::{Deserialize, Serialize};

/// The `[registration]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationConfig {
    /// Who may register a relying party.
    pub mode: RegistrationMode,
    /// How a client that does not say knows a person.
    pub subject_type: SubjectType,
    /// When a person is asked to agree, for a client that was not told otherwise.
    pub consent: ConsentMode,
}

/// Who may register a relying party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Nobody over HTTP; only `hufu clients add`.
    Closed,
    /// Who holds an initial access token (RFC 7591 §1.2).
    #[default]
    Token,
    /// Everybody.
    Open,
}

/// How a client knows a person (OIDC Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// By a `sub` of its sector's own.
    #[default]
    Pairwise,
    /// By the same `sub` as every other client.
    Public,
}

/// When a person is asked to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// Never for what is not sensitive: a legal basis is on record.
    Statutory,
    /// At the first sign-in, and when more is asked.
    #[default]
    FirstUse,
    /// At every sign-in.
    Always,
}
