//! `[realname]`: who confirms real names, and what people read of it.

use serde::{Deserialize, Serialize};

use crate::oidc::Assurance;
use crate::realname::sources::{SourceKind, SourceOptions, Title};
use crate::realname::{RealNameLevel, Regions};

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
    /// What the levels are called in each region (`[realname.regions.330000]`).
    pub regions: Regions,
}

impl RealNameConfig {
    /// The table of sources, whichever way it was written.
    #[must_use]
    pub fn table(&self) -> Vec<SourceOptions> {
        let only = self.source.clone().map(|source| SourceOptions { title: self.title.clone(), ..*source });
        self.sources.iter().cloned().chain(only).collect()
    }

    /// The highest level that a person can reach on the real-name page.
    #[must_use]
    pub fn level_by_page(&self) -> RealNameLevel {
        let table = self.table();
        let people = |row: &&SourceOptions| row.kinds.iter().any(|kind| matches!(kind, SourceKind::Document(_)));
        let ways = table.iter().filter(people).flat_map(|row| &row.items);
        ways.map(|way| RealNameLevel::proven_by(*way)).max().unwrap_or_default().max(RealNameLevel::L2)
    }

    /// What is told about real names.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        let titles = self.table().into_iter().map(|row| (row.name, row.title.zh_cn));
        Assurance { regions: self.regions.clone(), by_page: self.level_by_page(), source_titles: titles.collect() }
    }

    /// What the source called `name` is called on pages.
    #[must_use]
    pub fn title(&self, name: &str, lang: &str) -> &str {
        let named = self.sources.iter().find(|source| source.name == name);
        named.map_or(&self.title, |source| &source.title).text(lang)
    }
}
