//! `[realname]`: who confirms real names, and what people read of it.

use serde::{Deserialize, Serialize};

use crate::realname::sources::{SourceOptions, Title};

/// The `[realname]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RealNameConfig {
    /// What the one source of `[realname.source]` is called on pages.
    pub title: Title,
    /// The only source, where there is one for everything; not together with `sources`.
    pub source: Option<Box<SourceOptions>>,
    /// The sources in the order in which they are asked; without any, nobody can prove a name here.
    pub sources: Vec<SourceOptions>,
}

impl RealNameConfig {
    /// The table of sources, whichever way it was written.
    #[must_use]
    pub fn table(&self) -> Vec<SourceOptions> {
        let only = self.source.clone().map(|source| SourceOptions { title: self.title.clone(), ..*source });
        self.sources.iter().cloned().chain(only).collect()
    }

    /// What the source called `name` is called on pages.
    #[must_use]
    pub fn title(&self, name: &str, lang: &str) -> &str {
        let named = self.sources.iter().find(|source| source.name == name);
        named.map_or(&self.title, |source| &source.title).text(lang)
    }
}
