//! Where the configuration is gathered from, and who set which key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Provider};
use toml_edit::{ImDocument, TableLike};

use super::problem::{Place, Problem};
use super::profile::{DIFFERENCES, Profile};

/// The file that is read when none is named and it is there.
const USUAL_FILE: &str = "hufu.toml";

/// What every variable begins with.
const PREFIX: &str = "HUFU_";

/// A key, with dots, and its value, written as in an environment variable.
pub type Override = (String, String);

/// The sources of a configuration, from weak to strong.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file.
    pub file: Option<PathBuf>,
    /// Environment variables; those that do not begin with `HUFU_` are passed over.
    pub environment: Vec<(String, String)>,
    /// Values from the command line or from the program itself.
    pub overrides: Vec<Override>,
}

impl Sources {
    /// The sources of this process.
    #[must_use]
    pub fn of_process(path: Option<&Path>, overrides: &[Override]) -> Self {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file());
        let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
        Self {
            file: path.map(Path::to_owned).or_else(usual),
            environment: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            overrides: overrides.to_vec(),
        }
    }

    /// Lays the sources over each other. `defaults` tells which keys there are, for spelling only.
    pub(super) fn merge(&self, defaults: &Dict) -> (Merged, Vec<Problem>) {
        let mut problems = Vec::new();
        let file = self.file.as_deref().map(|path| File::read(path, &mut problems)).unwrap_or_default();
        let known = Known::of(defaults);
        let variables = Variables::of(&self.environment, &known, &mut problems);
        let overrides = overrides_as_dict(&self.overrides);
        let settings = Figment::new()
            .merge(Layer(FILE, file.values.clone()))
            .merge(Layer(VARIABLE, variables.as_dict()))
            .merge(Layer(OVERRIDE, overrides));
        let mut merged = Merged { figment: settings, file, variables, known, profile: Profile::default() };
        merged.choose_profile(&mut problems);
        (merged, problems)
    }
}

const PROFILE: &str = "profile";
const FILE: &str = "file";
const VARIABLE: &str = "variable";
const OVERRIDE: &str = "override";

/// One source for figment to merge.
struct Layer(&'static str, Dict);

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<figment::Profile, Dict>, Error> {
        Ok(figment::Profile::Default.collect(self.1.clone()))
    }
}

/// The sources laid over each other.
pub(super) struct Merged {
    figment: Figment,
    file: File,
    variables: Variables,
    known: Known,
    profile: Profile,
}

impl Merged {
    /// Which profile was chosen.
    pub(super) const fn profile(&self) -> Profile {
        self.profile
    }

    /// Which keys there are.
    pub(super) const fn known(&self) -> &Known {
        &self.known
    }

    /// The text that a variable gave `path`, before it was taken for a number or a list.
    pub(super) fn variable_text(&self, path: &[String]) -> Option<&str> {
        self.variables.by_path.get(path).map(|(_, text)| text.as_str())
    }

    /// Everything that is set.
    pub(super) fn root(&self) -> Dict {
        self.figment.extract().unwrap_or_default()
    }

    /// A section as it is set.
    pub(super) fn section(&self, name: &str) -> Option<Value> {
        self.figment.find_value(name).ok()
    }

    /// Where the value of `path` comes from.
    pub(super) fn place(&self, path: &[String]) -> Place {
        let mut found = path;
        while let Some((_, above)) = found.split_last() {
            match self.figment.find_metadata(&found.join(".")).map(|data| &*data.name) {
                Some(FILE) => return Place::File { path: self.file.path.clone(), line: self.file.line(path) },
                Some(VARIABLE) => return Place::Variable(self.variables.name(path)),
                Some(OVERRIDE) => return Place::Override,
                Some(PROFILE) => return Place::Profile(self.profile.name()),
                _ => found = above,
            }
        }
        Place::Default
    }

    /// Where `path` itself was set; the default where nobody did, even if its table was begun.
    pub(super) fn set_by(&self, path: &[String]) -> Place {
        let is_set = self.figment.find_value(&path.join(".")).is_ok();
        if is_set { self.place(path) } else { Place::Default }
    }

    /// Where the value of a key with dots comes from.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.place(&key.split('.').map(str::to_owned).collect::<Vec<_>>())
    }

    fn choose_profile(&mut self, problems: &mut Vec<Problem>) {
        if let Ok(value) = self.figment.find_value(PROFILE) {
            match value.as_str().map(Profile::from_str) {
                Some(Ok(profile)) => self.profile = profile,
                _ => problems.push(Problem {
                    key: PROFILE.to_owned(),
                    place: self.place_of(PROFILE),
                    message: "must be \"production\" or \"demo\"".to_owned(),
                }),
            }
        }
        let rows = DIFFERENCES.iter().map(|row| (row.key.to_owned(), self.profile.value(row).to_owned()));
        let defaults = overrides_as_dict(&rows.collect::<Vec<_>>());
        self.figment = Figment::from(Layer(PROFILE, defaults)).merge(&self.figment);
    }
}

/// The keys there are.
pub(super) struct Known(Vec<Vec<String>>);

impl Known {
    fn of(defaults: &Dict) -> Self {
        let mut keys = vec![vec![PROFILE.to_owned()]];
        walk(defaults, &mut Vec::new(), &mut keys);
        Self(keys)
    }

    /// Every key, as its path.
    pub(super) fn keys(&self) -> impl Iterator<Item = &[String]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The key that a variable with these words means: `NAME`, `ZH_CN` is `name.zh-CN`.
    fn spelt(&self, words: &[String]) -> Option<Vec<String>> {
        let same = |key: &&[String]| {
            key.len() == words.len()
                && key.iter().zip(words).all(|(part, word)| part.replace('-', "_").eq_ignore_ascii_case(word))
        };
        self.keys().find(same).map(<[String]>::to_vec)
    }
}

fn walk(dict: &Dict, above: &mut Vec<String>, keys: &mut Vec<Vec<String>>) {
    for (name, value) in dict {
        above.push(name.clone());
        match value {
            Value::Dict(_, inner) => walk(inner, above, keys),
            _ => keys.push(above.clone()),
        }
        above.pop();
    }
}

/// The file, with its text for telling lines.
#[derive(Default)]
struct File {
    path: PathBuf,
    text: String,
    values: Dict,
}

impl File {
    fn read(path: &Path, problems: &mut Vec<Problem>) -> Self {
        let mut complain = |line, message: String| {
            let place = Place::File { path: path.to_owned(), line };
            problems.push(Problem { key: String::new(), place, message });
        };
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| {
            complain(None, format!("cannot be read: {error}"));
            String::new()
        });
        let values = Toml::from_str(&text).unwrap_or_else(|error| {
            let line = error.span().map(|span| line_at(&text, span.start));
            complain(line, format!("is not TOML: {}", error.message()));
            Dict::new()
        });
        Self { path: path.to_owned(), text, values }
    }

    /// The line on which `path`, or what holds it, is written.
    fn line(&self, path: &[String]) -> Option<usize> {
        let document = ImDocument::parse(self.text.as_str()).ok()?;
        let mut table: Option<&dyn TableLike> = Some(document.as_table());
        let mut start = None;
        for part in path {
            let Some((key, item)) = table.and_then(|table| table.get_key_value(part)) else { break };
            start = key.span().or_else(|| item.span()).map(|span| span.start).or(start);
            table = item.as_table_like();
        }
        start.map(|start| line_at(&self.text, start))
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// What the environment says.
struct Variables {
    by_path: BTreeMap<Vec<String>, (String, String)>,
}

impl Variables {
    fn of(environment: &[(String, String)], known: &Known, problems: &mut Vec<Problem>) -> Self {
        let mut by_path = BTreeMap::new();
        for (name, text) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let words: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
            if words.len() < 2 && known.spelt(&words).is_none() {
                problems.extend(mistaken(name, rest, known));
                continue;
            }
            let path = known.spelt(&words).unwrap_or(words);
            by_path.insert(path, (name.clone(), text.clone()));
        }
        Self { by_path }
    }

    fn as_dict(&self) -> Dict {
        let values = self.by_path.iter().map(|(path, (_, text))| (path.as_slice(), parse(text)));
        dict_of(values)
    }

    fn name(&self, path: &[String]) -> String {
        let holder = (0..=path.len()).rev().find_map(|end| self.by_path.get(path.get(..end)?));
        let below = || self.by_path.iter().find(|(key, _)| key.starts_with(path)).map(|(_, found)| found);
        holder.or_else(below).map_or_else(|| variable_name(path), |(name, _)| name.clone())
    }
}

/// The variable that sets `path`.
pub(super) fn variable_name(path: &[String]) -> String {
    let words: Vec<String> = path.iter().map(|part| part.replace('-', "_").to_ascii_uppercase()).collect();
    format!("{PREFIX}{}", words.join("__"))
}

/// A variable that begins with `HUFU_` and sets nothing is none of our business, unless it looks like a slip.
fn mistaken(name: &str, rest: &str, known: &Known) -> Option<Problem> {
    let squeezed = |text: &str| text.replace(['_', '-', '.'], "").to_ascii_lowercase();
    let meant = known.keys().find(|key| squeezed(&key.concat()) == squeezed(rest)).map(variable_name);
    let near = |word: &&str| *word != rest && strsim::damerau_levenshtein(word, rest) <= 2;
    let meant =
        meant.or_else(|| ["PROFILE", "CONFIG"].iter().find(|word| near(word)).map(|word| format!("{PREFIX}{word}")));
    meant.map(|meant| Problem {
        key: String::new(),
        place: Place::Variable(name.to_owned()),
        message: format!("sets nothing; did you mean {meant}?"),
    })
}

fn overrides_as_dict(overrides: &[Override]) -> Dict {
    let split = |key: &str| key.split('.').map(str::to_owned).collect::<Vec<_>>();
    let values: Vec<(Vec<String>, Value)> = overrides.iter().map(|(key, text)| (split(key), parse(text))).collect();
    dict_of(values.iter().map(|(path, value)| (path.as_slice(), value.clone())))
}

/// A value written as in a variable: a number, `true`, a text, `[a, b]` or `{key = value}`.
fn parse(text: &str) -> Value {
    Value::from_str(text).unwrap_or_else(|never| match never {})
}

fn dict_of<'p>(values: impl Iterator<Item = (&'p [String], Value)>) -> Dict {
    let mut dict = Dict::new();
    for (path, value) in values {
        put(&mut dict, path, value);
    }
    dict
}

fn put(dict: &mut Dict, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            dict.insert(last.clone(), value);
        }
        [first, rest @ ..] => {
            let slot = dict.entry(first.clone()).or_insert_with(|| Dict::new().into());
            if !matches!(slot, Value::Dict(..)) {
                *slot = Dict::new().into();
            }
            if let Value::Dict(_, inner) = slot {
                put(inner, rest, value);
            }
        }
    }
}
