//! Reads every logging line of the source: none may name personal data or a secret (threat 24).

use std::fs;
use std::path::Path;

/// Words that name what may not be logged, as fields or as values.
const FORBIDDEN: &[&str] = &[
    "username",
    "password",
    "secret",
    "mobile",
    "document",
    "document_number",
    "real_name",
    "nickname",
    "address",
    "ip",
    "peer",
    "user_agent",
    "cookie",
    "cookies",
    "authorization",
    "access_token",
    "refresh_token",
    "id_token",
    "query",
    "uri",
    "path_and_query",
    "form",
    "body",
    "headers",
    "expose",
];

/// The arguments of every `tracing::level!(…)` in `source`.
fn logging_lines(source: &str) -> Vec<&str> {
    let starts = ["error", "warn", "info", "debug", "trace"].map(|level| format!("tracing::{level}!("));
    let mut found = Vec::new();
    for start in &starts {
        for (at, _) in source.match_indices(start.as_str()) {
            let inside = &source[at + start.len()..];
            found.push(&inside[..end_of_arguments(inside)]);
        }
    }
    found
}

fn end_of_arguments(inside: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (at, letter) in inside.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    inside.len()
}

/// The names in `arguments`: outside of quotes, and within braces inside of them.
fn names(arguments: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted, mut braced, mut escaped) = (Vec::new(), String::new(), false, false, false);
    for letter in arguments.chars().chain([' ']) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if quoted => braced = true,
            '}' if quoted => braced = false,
            _ => {}
        }
        if (letter.is_alphanumeric() || letter == '_') && (!quoted || braced) {
            name.push(letter);
        } else if !name.is_empty() {
            names.push(std::mem::take(&mut name));
        }
    }
    names
}

fn forbidden_in(source: &str) -> Vec<String> {
    logging_lines(source).into_iter().flat_map(names).filter(|name| FORBIDDEN.contains(&name.as_str())).collect()
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("telemetry/personal.rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn the_reader_sees_fields_values_and_captures() {
    assert_eq!(forbidden_in(r#"tracing::info!(%username, "signed in");"#), ["username"]);
    assert_eq!(forbidden_in(r#"tracing::warn!(id = form.name(), "x (y)", );"#), ["form"]);
    assert_eq!(forbidden_in(r#"tracing::warn!("no such mobile: {mobile}");"#), ["mobile"]);
    assert!(
        forbidden_in(r#"tracing::error!(error = %e, "the \"password\" hasher failed"); let password = 1;"#).is_empty()
    );
}

#[test]
fn no_logging_line_names_personal_data_or_a_secret() {
    let mut all = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut all);
    let lines: usize = all.iter().map(|(_, source)| logging_lines(source).len()).sum();
    assert!(lines > 0, "the reader finds logging lines");
    let found: Vec<String> = all
        .iter()
        .filter(|(path, _)| !path.contains("/telemetry/logging.rs"))
        .flat_map(|(path, source)| forbidden_in(source).into_iter().map(move |name| format!("{path}: {name}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
