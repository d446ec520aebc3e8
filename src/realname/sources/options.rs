//! How one source is configured: whom it can be asked about, how to reach it, and how often.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::{Secret, Timestamp};
use crate::outbound::BreakerPolicy;
use crate::realname::authority::VerificationMethod;
use crate::realname::document::DocumentType;

/// One row of `[[realname.sources]]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceOptions {
    /// What this source is called in verdicts, records and metrics.
    pub name: String,
    /// What people read.
    #[serde(default)]
    pub title: Title,
    /// How it is asked.
    #[serde(default)]
    pub via: Via,
    /// What it can be asked about: kinds of document, `legal_person`, `network_identity`. Everything when not set.
    #[serde(default = "defaults::kinds")]
    pub kinds: Vec<SourceKind>,
    /// What it compares about a person: `two_items`, `three_items`, `four_items`, `face`.
    #[serde(default = "defaults::items")]
    pub items: Vec<VerificationMethod>,
    /// Its base URL; `/v1/verify` and the like are appended. Only an authority has one, as the two that follow.
    #[serde(default)]
    pub url: String,
    /// The access party that asks.
    #[serde(default)]
    pub party_id: String,
    /// The secret that it shares with the source.
    #[serde(default = "defaults::secret", serialize_with = "Secret::hidden")]
    pub secret: Secret,
    /// Questions that may be asked in one minute; 0 is no limit.
    #[serde(default)]
    pub quota_per_minute: u64,
    /// Questions that may be asked in one day, which begins at midnight in China; 0 is no limit.
    #[serde(default)]
    pub quota_per_day: u64,
    /// Milliseconds for one try.
    #[serde(default = "defaults::attempt_timeout_ms", alias = "timeout_ms")]
    pub attempt_timeout_ms: u64,
    /// Tries for one question.
    #[serde(default = "defaults::attempts")]
    pub attempts: u32,
    /// Milliseconds before the second try; they double.
    #[serde(default = "defaults::backoff_ms")]
    pub backoff_ms: u64,
    /// Questions under way at once; further ones hear at once that the source cannot answer.
    #[serde(default = "defaults::max_in_flight")]
    pub max_in_flight: usize,
    /// When to leave it alone.
    #[serde(default)]
    pub breaker: BreakerPolicy,
    /// A stop that was announced.
    #[serde(default)]
    pub outage: Option<Outage>,
}

/// How a source is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// An authority that speaks our protocol, under a secret that the two share.
    #[default]
    Authority,
    /// The node above, which offers its verification system to the nodes below (standard 6.4 a). It knows people, not
    /// companies and no tickets.
    NodeAbove,
}

impl SourceOptions {
    /// What it can be asked about: the node above about people alone.
    #[must_use]
    pub fn knows(&self) -> Vec<SourceKind> {
        let people_only = self.via == Via::NodeAbove;
        let fits = |kind: &&SourceKind| !people_only || matches!(kind, SourceKind::Document(_));
        self.kinds.iter().filter(fits).copied().collect()
    }

    /// Whether address, party and secret are there where they are needed, and nowhere else.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        let given = [self.url.as_str(), &self.party_id, self.secret.expose()].map(|text| !text.is_empty());
        given.into_iter().all(|given| given == (self.via == Via::Authority))
    }
}

mod defaults {
    use super::{DocumentType, Secret, SourceKind, VerificationMethod};

    pub(super) fn secret() -> Secret {
        Secret::new("")
    }

    pub(super) fn kinds() -> Vec<SourceKind> {
        let others = [SourceKind::LegalPerson, SourceKind::NetworkIdentity];
        DocumentType::all().map(SourceKind::Document).chain(others).collect()
    }

    pub(super) fn items() -> Vec<VerificationMethod> {
        use VerificationMethod::{Face, FourItems, ThreeItems, TwoItems};
        vec![TwoItems, ThreeItems, FourItems, Face]
    }

    pub(super) const fn attempt_timeout_ms() -> u64 {
        1_500
    }
    pub(super) const fn attempts() -> u32 {
        3
    }
    pub(super) const fn backoff_ms() -> u64 {
        100
    }
    pub(super) const fn max_in_flight() -> usize {
        64
    }
}

/// What a source can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// People with documents of this kind.
    Document(DocumentType),
    /// Companies.
    LegalPerson,
    /// Tickets of the network identity service.
    NetworkIdentity,
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(kind) => write!(f, "{kind}"),
            Self::LegalPerson => f.write_str("legal_person"),
            Self::NetworkIdentity => f.write_str("network_identity"),
        }
    }
}

impl FromStr for SourceKind {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "legal_person" => Ok(Self::LegalPerson),
            "network_identity" => Ok(Self::NetworkIdentity),
            kind => kind
                .parse()
                .map(Self::Document)
                .map_err(|_| "must be a kind of document, `legal_person` or `network_identity`"),
        }
    }
}

impl Serialize for SourceKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SourceKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Title {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Default for Title {
    fn default() -> Self {
        Self { zh_cn: "国家人口基础信息库".to_owned(), en: "National Population Register".to_owned() }
    }
}

impl Title {
    /// The text in a language.
    #[must_use]
    pub fn text(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh_cn }
    }
}

/// A stop that was announced: while it lasts the source is not asked, and people read why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// When it begins, RFC 3339; at once when not set.
    #[serde(default)]
    pub from: Option<String>,
    /// When it ends, RFC 3339; when the setting is removed, if not set.
    #[serde(default)]
    pub until: Option<String>,
    /// What people read, in Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// What people read, in English.
    pub en: String,
}

impl Outage {
    /// Whether it lasts at `now`. A moment that cannot be read does not end an outage.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        let moment = |text: &Option<String>| text.as_deref().and_then(|text| read_moment(text).ok());
        moment(&self.from).is_none_or(|from| from <= now) && moment(&self.until).is_none_or(|until| now < until)
    }

    /// Whether both moments can be read, for the check of the configuration.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        [&self.from, &self.until].into_iter().flatten().all(|text| read_moment(text).is_ok())
    }

    /// What people read.
    #[must_use]
    pub fn text(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh_cn }
    }
}

fn read_moment(text: &str) -> Result<Timestamp, time::error::Parse> {
    let moment = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)?;
    Ok(Timestamp::from_seconds(moment.unix_timestamp()))
}
