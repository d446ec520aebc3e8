//! `[node]`: what this node is called, and its place in the nation (国家、部门、省、市).

use serde::{Deserialize, Serialize};

use crate::proto::oidc::Issuer;
pub use crate::trust::{NodeLevel, Region};

/// The `[node]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    /// By which name other nodes know this one: a URL; where it is not set, the issuer.
    pub entity_id: Option<Issuer>,
    /// What people read at the head of every page.
    pub name: NodeName,
    /// Which level this node stands on.
    pub level: NodeLevel,
    /// The administrative division it serves.
    pub region: Region,
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
