//! `[node]`: what this node is called, and its place in the nation (国家、部门、省、市).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Issuer;

/// The `[node]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    /// What people read at the head of every page.
    pub name: NodeName,
    /// Which level this node stands on.
    pub level: NodeLevel,
    /// The administrative division it serves.
    pub region: Region,
    /// The entity id by which other nodes know this one; the issuer where it is not set.
    pub entity_id: Option<Issuer>,
}

/// The node's name in both languages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeName {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Default for NodeName {
    fn default() -> Self {
        Self { zh_cn: "政务服务统一身份认证".to_owned(), en: "Government services sign-on".to_owned() }
    }
}

impl NodeConfig {
    /// The node's name in a language.
    #[must_use]
    pub fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.name.en } else { &self.name.zh_cn }
    }
}

/// The level of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeLevel {
    /// 国家平台
    #[default]
    Nation,
    /// 国务院部门平台
    Ministry,
    /// 省级平台
    Province,
    /// 市级平台
    City,
    /// 县级平台
    County,
}

impl NodeLevel {
    /// The name, as in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Ministry => "ministry",
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
        }
    }
}

/// 行政区划代码, the six digits of an administrative division (GB/T 2260); `000000` is the whole country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("000000".to_owned())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err("must be the six digits of an administrative division (GB/T 2260)")
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
