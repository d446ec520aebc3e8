//! That nothing is left out: every function of the stores is called by some test here.

use std::path::Path;

fn sources(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    })
    .collect()
}

/// The names after `mark` in `text`.
fn names_after<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let word = |rest: &'t str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next();
    text.split(mark).skip(1).filter_map(word).collect()
}

#[test]
fn every_function_of_the_durable_store_is_tested() {
    let tests: String = sources("tests/store_contract").into_iter().map(|(_, text)| text).collect();
    let mut count = 0;
    for (room, text) in
        sources("src/store").into_iter().filter(|(room, _)| !["mod", "backend", "sqlite"].contains(&room.as_str()))
    {
        for function in names_after(&text, "pub async fn ") {
            count += 1;
            let called =
                [format!("{room}::{function},"), format!("{room}::{function})"), format!("{room}::{function}(")];
            assert!(called.iter().any(|call| tests.contains(call)), "store::{room}::{function} has no test");
        }
    }
    assert!(count > 50, "only {count} functions were found");
}

#[test]
fn every_method_of_both_stores_is_tested() {
    let tests: String = sources("tests/store_contract").into_iter().map(|(_, text)| text).collect();
    let find = |folder: &str, file: &str| sources(folder).into_iter().find(|(name, _)| name == file).unwrap().1;
    let ephemeral = find("src/ephemeral", "mod");
    let contract = ephemeral.split("pub trait EphemeralStore").nth(1).unwrap().split("\n}").next().unwrap();
    let store = find("src/store", "backend");
    let store = store.split("impl Store {").nth(1).unwrap().split("\n}").next().unwrap();
    let methods =
        [names_after(contract, "    fn "), names_after(store, "pub async fn "), names_after(store, "pub fn ")];
    let methods: Vec<&str> = methods.concat();
    assert!(methods.len() >= 15, "{methods:?}");
    for method in methods {
        let called = [format!(".{method}("), format!("Store::{method}(")];
        assert!(called.iter().any(|call| tests.contains(call)), "{method} has no test");
    }
}
