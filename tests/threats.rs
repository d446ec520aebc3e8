//! `docs/THREATS.md` and `docs/MISSION.md` against the tree: their rows are complete, and every test that one names exists.

use std::fs;
use std::path::Path;

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// The rows of the threats, cell by cell: number, threat, control, default, test.
fn rows() -> Vec<Vec<String>> {
    let document = read("docs/THREATS.md").unwrap_or_default();
    let is_row =
        |line: &&str| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    document.lines().filter(is_row).map(cells).collect()
}

/// The tests that a cell names, as (file, name): `file::name` between backticks.
fn named(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).map(|text| text.split_once("::").unwrap_or((text, ""))).collect()
}

/// Whether a Rust source has a test of this name: a function whose attributes say so.
fn has_rust_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let line = line.trim_start_matches("async ");
        line.strip_prefix("fn ").is_some_and(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
    };
    let is_test = |(at, line): (usize, &&str)| {
        let above = lines.iter().take(at).rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
        is_it(line) && above.into_iter().any(|line| line.starts_with("#[") && line.contains("test"))
    };
    lines.iter().enumerate().any(is_test)
}

fn exists(file: &str, name: &str) -> bool {
    let Some(source) = read(file) else { return false };
    match Path::new(file).extension().and_then(|extension| extension.to_str()) {
        Some("rs") => has_rust_test(&source, name),
        Some("py") => source.contains(&format!("def {name}(")),
        Some("js" | "mjs") => ["\"", "`", "'"].iter().any(|quote| source.contains(&format!("{quote}{name}{quote}"))),
        _ => false,
    }
}

#[test]
fn all_thirty_threats_are_there_in_order() {
    let numbers: Vec<String> = rows().iter().map(|row| row[0].clone()).collect();
    assert_eq!(numbers, (1..=30).map(|number| number.to_string()).collect::<Vec<_>>());
    for row in rows() {
        assert_eq!(row.len(), 5, "row {}", row[0]);
        assert!(row[1..4].iter().all(|cell| !cell.is_empty()), "row {}", row[0]);
    }
}

#[test]
fn no_row_names_a_test_twice() {
    for row in rows() {
        let tests = named(row.last().unwrap());
        let different: std::collections::BTreeSet<_> = tests.iter().collect();
        assert_eq!(different.len(), tests.len(), "row {}", row[0]);
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let mut missing = Vec::new();
    for row in rows() {
        let tests = named(&row[4]);
        assert!(!tests.is_empty() || row[4] == "no test yet", "row {} names a test or says that there is none", row[0]);
        let absent = tests.into_iter().filter(|(file, name)| !exists(file, name));
        missing.extend(absent.map(|(file, name)| format!("row {}: {file}::{name}", row[0])));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Every id of the standard's clauses, as issues use them.
const CLAUSES: [(&str, usize); 9] =
    [("ID", 12), ("AC", 3), ("MT", 4), ("PT", 3), ("LC", 3), ("SL", 2), ("OP", 2), ("SE", 4), ("TP", 6)];

#[test]
fn the_mission_has_every_clause_and_names_tests_that_exist() {
    let document = read("docs/MISSION.md").unwrap_or_default();
    for (letters, last) in CLAUSES {
        for id in (1..=last).map(|number| format!("{letters}{number}")) {
            let row = document.lines().find(|line| line.starts_with(&format!("| {id} |")));
            let row = row.unwrap_or_else(|| panic!("{id} has no row"));
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 4, "{id}");
            let state = ["works", "partly: ", "not yet"].iter().position(|state| cells[2].starts_with(state));
            let tests = named(cells[3]);
            assert_eq!(state.is_some_and(|state| state < 2), !tests.is_empty(), "{id}: what works has a test");
            for (file, name) in tests {
                assert!(exists(file, name), "{id}: {file}::{name}");
            }
        }
    }
}

/// The reader itself: a name that is mentioned, or a function that is no test, does not count.
#[test]
fn a_mention_is_not_a_test() {
    let source = "#[test]\nfn real() {}\n\n/// see real_one\nfn real_one() {}\n#[tokio::test]\nasync fn later() {}\n";
    assert!(has_rust_test(source, "real") && has_rust_test(source, "later"));
    assert!(!has_rust_test(source, "real_one") && !has_rust_test(source, "rea"));
    assert!(exists("tests/threats.rs", "a_mention_is_not_a_test") && !exists("tests/nothing.rs", "a"));
}
