//! A sentence with values in it.
//!
//! Values come from people and relying parties, so they are cleaned before they go in, escaped when the sentence becomes
//! HTML, and isolated (`<bdi>`), so that a name written from right to left leaves the words around it in order.

use std::collections::HashMap;

use askama::filters::Safe;
use fluent_templates::fluent_bundle::FluentValue;

use super::escape;
use super::lang::Lang;

/// A wording key and the values for it; finished by [`Phrase::html`] or [`Phrase::plain`].
#[must_use]
pub struct Phrase<'a> {
    lang: Lang,
    key: &'a str,
    values: HashMap<&'static str, FluentValue<'static>>,
}

impl<'a> Phrase<'a> {
    /// The wording of `key` in `lang`, still without values.
    pub fn new(lang: Lang, key: &'a str) -> Self {
        Self { lang, key, values: HashMap::new() }
    }

    /// Puts text where the wording says `{ $name }`.
    pub fn with(mut self, name: &'static str, text: impl AsRef<str>) -> Self {
        let clean: String = text.as_ref().chars().filter(|c| !escape::is_treacherous(*c)).collect();
        self.values.insert(name, FluentValue::from(clean));
        self
    }

    /// Puts a number where the wording says `{ $name }`; English chooses singular or plural by it.
    pub fn count(mut self, name: &'static str, number: &u64) -> Self {
        self.values.insert(name, FluentValue::from(*number));
        self
    }

    /// The sentence as HTML, ready to be written into a page.
    #[must_use]
    pub fn html(&self) -> Safe<String> {
        let text = self.lang.formatted(self.key, Some(&self.values));
        let mut out = String::with_capacity(text.len() + 16);
        for piece in text.split_inclusive(['\u{2068}', '\u{2069}']) {
            out.push_str(&escape::escaped(piece));
            if piece.ends_with('\u{2068}') {
                out.push_str("<bdi>");
            } else if piece.ends_with('\u{2069}') {
                out.push_str("</bdi>");
            }
        }
        Safe(out)
    }

    /// The sentence as text, for a title or an attribute. The template escapes it.
    #[must_use]
    pub fn plain(&self) -> String {
        self.lang.formatted(self.key, Some(&self.values)).replace(['\u{2068}', '\u{2069}'], "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_escaped_and_isolated() {
        let phrase = Phrase::new(Lang::En, "asking-line").with("service", "\u{202e}\u{2069}<i>\"x\"");
        assert_eq!(phrase.html().0, "<bdi>&lt;i&gt;&quot;x&quot;</bdi> asks you to sign in");
        assert_eq!(phrase.plain(), "<i>\"x\" asks you to sign in");
    }

    #[test]
    fn english_counts() {
        let line = |n: u64| Phrase::new(Lang::En, "problem-too-many").count("seconds", &n).plain();
        assert!(line(1).contains("1 second."));
        assert!(line(30).contains("30 seconds."));
    }
}
