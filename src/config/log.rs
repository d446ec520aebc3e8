//! `[log]`: what is logged, and how.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tracing_subscriber::EnvFilter;

use crate::base::within;

/// The `[log]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// A level, or levels by module as `info,hufu::oidc=debug`.
    pub level: LogLevel,
    /// How a line looks.
    pub format: LogFormat,
    /// Which requests get a line; the metrics count all.
    pub requests: LoggedRequests,
    /// From how many milliseconds on a request is slow, and notable.
    #[serde(deserialize_with = "within::<_, 1, 600_000>")]
    pub slow_ms: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: LogLevel("info".to_owned()),
            format: LogFormat::Json,
            requests: LoggedRequests::Notable,
            slow_ms: 1_000,
        }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Which requests get a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LoggedRequests {
    /// Every one.
    All,
    /// Those that were refused, failed or took long.
    Notable,
    /// None.
    Off,
}

/// Directives for the log's filter, known to parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevel(String);

impl LogLevel {
    /// The directives.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogLevel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |directive: &str| !directive.trim().is_empty();
        if text.split(',').all(named) && EnvFilter::builder().parse(text).is_ok() && !is_a_lone_word(text) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be error, warn, info, debug, trace or off, or levels by module as `info,hufu::oidc=debug`")
    }
}

/// The filter takes any lone word for a module's name; a misspelt level would then silence everything.
fn is_a_lone_word(text: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    text.split(',')
        .any(|part| !part.contains('=') && !levels.iter().any(|level| part.trim().eq_ignore_ascii_case(level)))
}

impl Serialize for LogLevel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
