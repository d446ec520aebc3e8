//! `docs/OPERATIONS.md` against the configuration: every key is explained, and the profiles differ as it says.

use std::fs;
use std::path::Path;

use hufu::config::{Config, Sources, differences_as_markdown};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/OPERATIONS.md")).unwrap_or_default()
}

/// Every key there is, with dots: read from a shown configuration, whose lines are `key = value` or `# key is not set`.
fn keys(shown: &str) -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in shown.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            continue;
        }
        let set = line.split_once(" = ").map(|(key, _)| key);
        let unset = line.strip_prefix("# ").and_then(|rest| rest.strip_suffix(" is not set"));
        if let Some(key) = set.or(unset).filter(|_| !section.is_empty()) {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

/// The text of the chapter about one section.
fn chapter<'d>(document: &'d str, section: &str) -> &'d str {
    let heading = format!("### `[{section}]`");
    let (_, after) = document.split_once(&heading).unwrap_or_default();
    after.split("\n#").next().unwrap_or_default()
}

#[test]
fn the_profiles_differ_as_the_table_says() {
    let document = document();
    let (_, after) = document.split_once("<!-- profiles: begin -->\n").unwrap_or_default();
    let (table, _) = after.split_once("<!-- profiles: end -->").unwrap_or_default();
    assert_eq!(table, differences_as_markdown());
}

#[test]
fn every_key_is_explained() {
    let issuer = ("server.issuer".to_owned(), "http://localhost:9000".to_owned());
    let sources = Sources { file: None, environment: Vec::new(), overrides: vec![issuer] };
    let shown = Config::from_sources(&sources).unwrap().show(&sources);
    let (document, keys) = (document(), keys(&shown));
    assert!(keys.len() > 60, "{keys:?}");
    let missing: Vec<&String> = keys
        .iter()
        .filter(|key| {
            let (section, rest) = key.split_once('.').unwrap_or_default();
            !chapter(&document, section).contains(&format!("`{rest}`"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_bound_that_redis_must_have_by_itself_is_told() {
    let document = document();
    let (_, after) = document.split_once("## Several processes").unwrap_or_default();
    let chapter = after.split("\n## ").next().unwrap_or_default();
    let value = format!("{} kB", hufu::ephemeral::MAX_VALUE / 1024);
    for words in ["`maxmemory` alone", "maxmemory-policy noeviction", &value] {
        assert!(chapter.contains(words), "{words}");
    }
}
