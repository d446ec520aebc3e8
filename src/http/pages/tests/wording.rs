//! The wording is complete: the same keys and values in both languages, every key used, every used key there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::http::pages::Lang;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found
}

fn read(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let read = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    files(&root().join(folder), extension).into_iter().map(read).collect()
}

/// Key → wording, with the lines of a selection joined.
fn wording(lang: Lang) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in read(&format!("templates/locales/{}", lang.tag()), "ftl") {
        let mut key = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let (Some((name, value)), true) = (line.split_once(" = "), line.starts_with(char::is_alphabetic)) {
                key = name.to_owned();
                assert!(found.insert(key.clone(), value.to_owned()).is_none(), "{key} twice, again in {path:?}");
            } else {
                found.get_mut(&key).unwrap().push_str(line);
            }
        }
    }
    found
}

/// Templates and the code that chooses keys.
fn sources() -> Vec<(PathBuf, String)> {
    [read("templates", "html"), read("src/http/pages", "rs"), read("src/demo", "rs")].concat()
}

fn values(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    text.split('$').skip(1).map(name).collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let [chinese, english] = Lang::ALL.map(wording);
    let keys = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&chinese), keys(&english));
    for (key, text) in &chinese {
        assert_eq!(values(text), values(&english[key]), "{key}: the same values in both languages");
    }
}

#[test]
fn each_language_is_in_its_language() {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (key, text) in wording(Lang::En) {
        assert!(!text.contains(is_han) && !text.contains(['，', '。', '；']), "{key}: {text}");
    }
    for (key, text) in wording(Lang::ZhCn) {
        let words = text.split(['{', '}']).step_by(2).collect::<String>();
        assert!(words.contains(is_han) || !words.contains(char::is_alphabetic) || words == "Cookie", "{key}: {text}");
        assert!(!words.contains([',', ';', '!', '?', '(', ')', '"']), "{key}: Chinese punctuation: {text}");
    }
}

#[test]
fn every_key_is_used() {
    let used: String = sources().into_iter().map(|(_, text)| text).collect();
    let unused: Vec<String> =
        wording(Lang::ZhCn).into_keys().filter(|key| !used.contains(&format!("\"{key}\""))).collect();
    assert!(unused.is_empty(), "used by no page: {unused:?}");
}

#[test]
fn every_used_key_exists() {
    let known = wording(Lang::ZhCn);
    for (path, text) in sources() {
        for call in [".t(\"", ".say(\"", ".text(\"", ".step(\""] {
            for key in text.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(known.contains_key(key), "{path:?}: {key}");
            }
        }
    }
}

#[test]
fn keys_chosen_in_code_exist() {
    let known = wording(Lang::ZhCn);
    let families: BTreeSet<&str> = known.keys().filter_map(|key| key.split('-').next()).collect();
    for (path, text) in read("src/http/pages/view", "rs") {
        for literal in text.split('"').skip(1).step_by(2) {
            let like_a_key = literal.contains('-') && literal.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if like_a_key && literal.split('-').next().is_some_and(|family| families.contains(family)) {
                assert!(known.contains_key(literal), "{path:?}: {literal}");
            }
        }
    }
}

#[test]
fn a_missing_key_is_seen_at_once() {
    assert_eq!(Lang::En.text("no-such-key"), "⟦no-such-key⟧");
}
