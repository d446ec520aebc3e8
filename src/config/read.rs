//! Values into section types, with every problem rather than the first.
//!
//! What serde refuses is reported, taken out, and the rest is read again; so that one pass of the operator mends all.

use figment::error::Kind;
use figment::value::{Tag, Value};
use serde::de::DeserializeOwned;

use super::problem::{Place, Problem};
use super::sources::{Merged, variable_name};

/// Reads sections from the merged sources.
pub(super) struct Reader<'a> {
    merged: &'a Merged,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(merged: &'a Merged, problems: &'a mut Vec<Problem>) -> Self {
        Self { merged, problems }
    }

    /// Reports everything at the top that is not a section.
    pub(super) fn refuse_unknown_sections(&mut self, sections: &'static [&'static str]) {
        for name in self.merged.root().keys() {
            if name != "profile" && !sections.contains(&name.as_str()) {
                self.report(std::slice::from_ref(name), |reader, path| reader.unknown(path, sections));
            }
        }
    }

    /// The section `name`. What cannot be read is reported, and stands at its default in what is returned.
    pub(super) fn section<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        let Some(mut value) = self.merged.section(name) else { return T::default() };
        loop {
            let error = match value.deserialize::<T>() {
                Ok(section) => return section,
                Err(error) => error,
            };
            let path: Vec<String> = std::iter::once(name.to_owned()).chain(error.path).collect();
            if matches!(error.kind, Kind::InvalidType(..)) && self.as_text(&mut value, &path) {
                continue;
            }
            self.report(&path, |reader, path| reader.explain(error.kind, path));
            if !take_out(&mut value, path.get(1..).unwrap_or_default()) {
                return T::default();
            }
        }
    }

    /// A variable's text that looks like a number, where a text is wanted: a region code, a password. True when it was
    /// put back.
    fn as_text(&self, value: &mut Value, path: &[String]) -> bool {
        let Some(text) = self.merged.variable_text(path) else { return false };
        let Some(slot) = at(value, path.get(1..).unwrap_or_default()) else { return false };
        if matches!(slot, Value::String(..)) {
            return false;
        }
        *slot = Value::String(Tag::Default, text.to_owned());
        true
    }

    fn report(&mut self, path: &[String], message: impl FnOnce(&Self, &[String]) -> String) {
        let problem = Problem { key: path.join("."), place: self.merged.place(path), message: message(self, path) };
        self.problems.push(problem);
    }

    /// What serde found, in words, without the value.
    fn explain(&self, kind: Kind, path: &[String]) -> String {
        match kind {
            Kind::UnknownField(_, expected) => self.unknown(path, expected),
            Kind::MissingField(name) => format!("`{name}` is missing"),
            Kind::InvalidType(_, expected) if expected.starts_with("struct ") => "must be a table".to_owned(),
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("must be {expected}"),
            Kind::InvalidLength(_, expected) => format!("must be {expected}"),
            Kind::UnknownVariant(_, expected) => format!("must be one of {}", expected.join(", ")),
            Kind::DuplicateField(name) => format!("`{name}` stands here twice"),
            Kind::Message(text) => text,
            _ => "cannot be read".to_owned(),
        }
    }

    /// A key that nobody knows: the nearest of its table, or where a key of that name does exist, or all of its table.
    fn unknown(&self, path: &[String], expected: &'static [&'static str]) -> String {
        let leaf = path.last().map(String::as_str).unwrap_or_default();
        if let Some(near) = nearest(leaf, expected) {
            let above = path.get(..path.len().saturating_sub(1)).unwrap_or_default();
            return format!("unknown key; did you mean {}?", self.spelt(path, &[above, &[near.to_owned()]].concat()));
        }
        if let Some(elsewhere) = self.merged.known().keys().find(|key| key.last().is_some_and(|last| last == leaf)) {
            return format!("unknown key; did you mean {}?", self.spelt(path, elsewhere));
        }
        format!("unknown key; here there are {}", expected.join(", "))
    }

    /// A key as it would be written in the place where `path` stands.
    fn spelt(&self, path: &[String], key: &[String]) -> String {
        match self.merged.place(path) {
            Place::Variable(_) => variable_name(key),
            _ => key.join("."),
        }
    }
}

/// The nearest of `words`, when one is near enough to be meant.
fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    let far = |candidate: &&str| strsim::damerau_levenshtein(word, candidate);
    let best = words.iter().copied().min_by_key(far)?;
    let limit = 2.max(word.len() / 3).min(word.len().saturating_sub(1));
    (far(&best) <= limit).then_some(best)
}

fn at<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    match value {
        Value::Dict(_, dict) => at(dict.get_mut(first)?, rest),
        Value::Array(_, items) => at(items.get_mut(first.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

/// Removes what stands at `path`; false when nothing does.
fn take_out(value: &mut Value, path: &[String]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    match at(value, above) {
        Some(Value::Dict(_, dict)) => dict.remove(last).is_some(),
        Some(Value::Array(_, items)) => {
            let index = last.parse::<usize>().ok().filter(|index| *index < items.len());
            index.map(|index| items.remove(index)).is_some()
        }
        _ => false,
    }
}
