//! `[realname]`: who confirms real names, and what people read of it.

use serde::{Deserialize, Serialize};

use crate::realname::sources::HttpSourceOptions;

/// The `[realname]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RealNameConfig {
    /// What the authority is called on pages.
    pub title: Title,
    /// The authority; without one, nobody can prove a name here.
    pub source: Option<HttpSourceOptions>,
}

/// The authority's name in both languages.
#[derive(Clone, Debug, Deserialize, Serialize)]
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

impl RealNameConfig {
    /// The authority's name in a language.
    #[must_use]
    pub fn title(&self, lang: &str) -> &str {
        if lang == "en" { &self.title.en } else { &self.title.zh_cn }
    }
}
