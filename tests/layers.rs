//! The walls of the house, read from its sources: which room may call which, and what is known in one room only.
//!
//! A new room is a new line in [`ROOMS`]; an edge that points up is a design to think about again, not a line to add.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each room of the first floor of `src`, and the rooms that it may call, from the ground up; [`FLOORS`] says what stands for
/// several.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("proto", &["base"]),
    ("outbound", &["base"]),
    ("store", &["base"]),
    ("ephemeral", &["base"]),
    ("jobs", &["outbound", STATE]),
    ("keys", &["jobs", "outbound", STATE]),
    ("realname", &["ephemeral", "outbound", LANGUAGE]),
    ("messages", &["realname", "outbound", MACHINERY]),
    ("accounts", &["messages", "realname", "outbound", MACHINERY]),
    ("session", &["realname", MACHINERY]),
    ("challenge", &["keys", "ephemeral", "base"]),
    ("factors", &["messages", "outbound", PEOPLE]),
    ("entities", &["accounts", "realname", MACHINERY]),
    ("federation", &["outbound", MACHINERY]),
    ("oidc", &["entities", "factors", "federation", "outbound", PEOPLE]),
    ("logout", &["oidc", "entities", "session", "outbound", MACHINERY]),
    ("signon", &["factors", "messages", "logout", "entities", PEOPLE]),
    ("delegation", &["logout", "oidc", "entities", "messages", PEOPLE]),
    ("verification", &["accounts", "realname", MACHINERY]),
    ("registrations", &["verification", "realname", MACHINERY]),
    ("centre", &["delegation", "signon", "logout", "oidc", "entities", "factors", "messages", PEOPLE]),
    ("trust", &["delegation", "signon", "oidc", "logout", "entities", "factors", "outbound", PEOPLE]),
    (
        "config",
        &[
            "federation",
            "trust",
            "centre",
            "verification",
            "signon",
            "oidc",
            "delegation",
            "logout",
            "factors",
            "messages",
            "outbound",
            PEOPLE,
        ],
    ),
    ("telemetry", &["config", "base"]),
    ("app", &[ABOVE_ALL_ROOMS]),
    ("http", &["app", ABOVE_ALL_ROOMS]),
    ("demo", &["http", "app", ABOVE_ALL_ROOMS]),
    ("cli", &["demo", "http", "app", ABOVE_ALL_ROOMS]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Rooms that are called together: each floor adds to the one below it.
const FLOORS: &[(&str, &[&str])] = &[
    (LANGUAGE, &["proto", "base"]),
    (STATE, &["store", "ephemeral", LANGUAGE]),
    (MACHINERY, &["keys", "jobs", STATE]),
    (PEOPLE, &["accounts", "session", "realname", MACHINERY]),
];
const LANGUAGE: &str = "the language";
const STATE: &str = "the state";
const MACHINERY: &str = "the machinery";
const PEOPLE: &str = "people and their sessions";

/// Every room below `app`.
const ABOVE_ALL_ROOMS: &str = "every room below app";

/// Crates in `Cargo.lock` that are not released, and why each is there: docs/adr/0020 says when they go.
const NOT_RELEASED: &[(&str, &str)] = &[
    (
        "rsa",
        "crypto-glue 0.2 verifies RS256 with it, for passkeys of Windows Hello: it asks a feature that 0.10.0 has not",
    ),
    ("kbkdf", "crypto-glue 0.2 has it; no part of webauthn-rs-core calls it"),
];

/// Rooms that know the web.
const WEB: &[&str] = &["http", "demo", "cli"];

/// A source file: its path below `src`, and its code without comments.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn room(&self) -> String {
        let first = self.path.components().next().unwrap().as_os_str().to_string_lossy();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Whether the file is compiled for tests only.
    fn is_test(&self) -> bool {
        let parts = self.path.iter().map(|part| part.to_string_lossy());
        parts.into_iter().any(|part| matches!(&*part, "tests" | "tests.rs" | "testing.rs" | "testing"))
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter(|line| !line.trim_start().starts_with("//"))
    }

    /// The code that runs in a node: no comment, no test.
    fn code(&self) -> String {
        let lines: Vec<&str> = self.lines().collect();
        let tests = lines.windows(2).position(|pair| {
            pair.first().is_some_and(|line| *line == "#[cfg(test)]")
                && pair.last().is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
        });
        if self.is_test() { String::new() } else { lines.get(..tests.unwrap_or(lines.len())).unwrap().join("\n") }
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), text });
            }
        }
    }
    assert!(found.len() > 100, "only {} sources were found", found.len());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The rooms that a line of code calls: what stands after `crate::`, or in the binary after `hufu::`.
fn called(room: &str, line: &str) -> Vec<String> {
    let root = if room == "main" { "hufu::" } else { "crate::" };
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect() };
    let mut rooms = Vec::new();
    for after in line.split(root).skip(1) {
        match after.strip_prefix('{') {
            Some(list) => rooms.extend(list.split(',').map(|item| word(item.trim_start()))),
            None => rooms.push(word(after)),
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

fn may_call(room: &str) -> BTreeSet<&'static str> {
    let below_app = || ROOMS.iter().map(|(name, _)| *name).take_while(|name| *name != "app");
    let (_, listed) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} has no line here"));
    let (mut all, mut open) = (BTreeSet::new(), listed.to_vec());
    while let Some(name) = open.pop() {
        match FLOORS.iter().find(|(floor, _)| *floor == name) {
            Some((_, rooms)) => open.extend(*rooms),
            None if name == ABOVE_ALL_ROOMS => all.extend(below_app()),
            None => _ = all.insert(name),
        }
    }
    all
}

#[test]
fn nothing_points_up() {
    let mut wrong = Vec::new();
    for source in sources() {
        let room = source.room();
        let allowed = may_call(&room);
        for line in source.lines() {
            let strange =
                called(&room, line).into_iter().filter(|other| *other != room && !allowed.contains(other.as_str()));
            let known = strange.filter(|other| ROOMS.iter().any(|(name, _)| name == other));
            wrong.extend(known.map(|other| format!("{}: {room} calls {other}", source.shown())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_a_line_and_every_line_a_room() {
    let here: BTreeSet<String> = sources().iter().map(Source::room).collect();
    let listed: BTreeSet<String> = ROOMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(here, listed);
}

#[test]
fn the_table_itself_has_no_way_round() {
    let order: BTreeMap<&str, usize> = ROOMS.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    for (name, _) in ROOMS.iter().filter(|(name, _)| !matches!(*name, "main" | "lib")) {
        for below in may_call(name) {
            let (above, below_at) = (order.get(name), order.get(below));
            assert!(below_at.is_some() && below_at < above, "{name} may call {below}, which is not below it");
        }
    }
}

/// That `words` stand in no file but those that `may` have them.
fn only_in(words: &[&str], may: impl Fn(&Source) -> bool) {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !may(source)) {
        let code = source.code();
        wrong.extend(
            words.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", source.shown())),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_web_knows_axum_and_askama() {
    let words = ["axum::", "axum_server::", "askama::", "tower_http::", "cookie::Cookie"];
    only_in(&words, |source| WEB.contains(&source.room().as_str()));
}

#[test]
fn only_the_store_and_the_types_of_its_columns_know_sqlx() {
    only_in(&["sqlx::"], |source| source.room() == "store" || source.room() == "base");
    only_in(&["sqlx::Type"], |source| {
        matches!(source.shown().as_str(), "base/id.rs" | "base/clock.rs" | "store/json_text.rs")
    });
}

#[test]
fn only_the_backend_knows_which_database_answers() {
    let words = ["Sqlite", "Postgres", "PgPool", "PgConnection", "SqlitePool"];
    only_in(&words, |source| ["store/backend.rs", "store/sqlite.rs"].iter().any(|path| source.path == Path::new(path)));
}

#[test]
fn only_redis_rs_knows_redis() {
    only_in(&["redis::"], |source| source.room() == "ephemeral");
}

#[test]
fn only_outbound_opens_connections_to_other_servers() {
    let words = ["TcpStream::connect", "TcpSocket", "hyper_util::client", "hyper::client", "reqwest"];
    only_in(&words, |source| source.room() == "outbound");
}

/// Threat 15: levels come from the verifier alone.
#[test]
fn only_the_verifier_writes_real_names() {
    let writes = ["real_names::put", "identity_documents::claim", "network_identities::put"];
    only_in(&writes, |source| source.path.starts_with("accounts/proof"));
    let imported = sources().into_iter().filter(|source| source.code().contains("real_names::{")).count();
    assert_eq!(imported, 0, "import real_names as a whole, so that every call can be seen");
    only_in(&["INTO real_names", "UPDATE real_names"], |source| source.path == Path::new("store/real_names.rs"));
}

/// Randomness and time are arguments (`base::clock`, `base::random`).
#[test]
fn nobody_takes_the_time_from_the_machine() {
    let clocks = ["SystemTime::now", "OffsetDateTime::now", "UtcDateTime::now"];
    only_in(&clocks, |source| source.path == Path::new("base/clock.rs"));
    only_in(&["use rand::", "rand::rngs"], |source| source.path == Path::new("base/random.rs"));
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let silent = sources().into_iter().filter(|source| !source.text.starts_with("//! "));
    let silent: Vec<String> = silent.map(|source| source.shown()).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn nothing_is_allowed_and_nothing_is_left_to_do() {
    for source in sources() {
        for line in source.text.lines() {
            let lint = ["#[allow", "#![allow"].iter().any(|mark| line.contains(mark));
            assert!(!lint, "{}: use #[expect(lint, reason)]: {line}", source.shown());
            let open = ["TODO", "FIXME", "XXX", "HACK"].iter().any(|mark| line.contains(mark));
            assert!(!open, "{}: {line}", source.shown());
        }
    }
}

/// Style: a file has one concept. Tests in it do not count, nor does a table that is longer than a file should be.
#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let table = |source: &Source| source.path == Path::new("proto/oauth/client_metadata.rs");
    let files = sources().into_iter().filter(|source| !table(source));
    let long = files.map(|source| (source.code().lines().count(), source));
    let long: Vec<String> =
        long.filter(|(lines, _)| *lines > 400).map(|(lines, source)| format!("{}: {lines}", source.shown())).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn folders_are_named_after_capabilities() {
    for source in sources() {
        for part in source.path.iter().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned()) {
            let vague = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];
            assert!(!vague.contains(&part.as_str()), "{}", source.shown());
        }
    }
}

/// What is built in is released, but for a list that is looked at.
#[test]
fn no_crate_that_is_not_released_comes_in_unnoticed() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let value = |line: &str, name: &str| Some(line.strip_prefix(name)?.trim_matches(['=', ' ', '"']).to_owned());
    let (mut name, mut seen, mut found) = (String::new(), 0, BTreeSet::new());
    for line in lock.lines() {
        if let Some(crate_name) = value(line, "name = ") {
            name = crate_name;
        }
        let Some(version) = value(line, "version = ").filter(|version| version.contains('.')) else { continue };
        seen += 1;
        // Build metadata (`+…`) may have a hyphen; what stands before it makes a pre-release.
        if version.split('+').next().unwrap().contains('-') {
            found.insert(name.clone());
        }
    }
    assert!(seen > 100, "only {seen} crates were read");
    let allowed: BTreeSet<String> = NOT_RELEASED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, allowed, "a pre-release came in, or one of the list is released by now");
}
