//! [`Purposes`]: what a client says it needs each piece of information for, in the languages that it speaks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Scope or claim → why, in the client's own words: `{"phone": "…"}` or `{"phone": {"zh-CN": "…", "en": "…"}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Purposes(BTreeMap<String, Worded>);

/// A text, in one wording or by language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Worded {
    Plain(String),
    ByLanguage(BTreeMap<String, String>),
}

impl Purposes {
    /// What `item` is needed for, in `language` where the client speaks it, else in what it does speak.
    #[must_use]
    pub fn of(&self, item: &str, language: &str) -> Option<&str> {
        match self.0.get(item)? {
            Worded::Plain(text) => Some(text),
            Worded::ByLanguage(texts) => {
                let spoken = texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
                spoken.or_else(|| texts.iter().next()).map(|(_, text)| text.as_str())
            }
        }
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Scopes and claims, each once.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Every text, with its language where it has one.
    pub fn texts(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.0.values().flat_map(|worded| -> Box<dyn Iterator<Item = (Option<&str>, &str)>> {
            match worded {
                Worded::Plain(text) => Box::new(std::iter::once((None, text.as_str()))),
                Worded::ByLanguage(texts) => {
                    Box::new(texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())))
                }
            }
        })
    }
}
