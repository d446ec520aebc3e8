//! What an operator sees: which source wins, and what is said when something is wrong.

use std::fs;

use super::*;
use crate::config::log::LoggedRequests;
use crate::proto::oidc::SubjectType;

/// A configuration file in a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("hufu.toml"), text).unwrap();
        Self { folder }
    }

    fn sources(&self, environment: &[(&str, &str)]) -> Sources {
        Sources { file: Some(self.folder.path().join("hufu.toml")), ..variables(environment) }
    }
}

fn variables(environment: &[(&str, &str)]) -> Sources {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Sources { environment: environment.iter().map(owned).collect(), ..Sources::default() }
}

/// The problems, each as `file-name:line: key: message` or as it is.
fn complaints(sources: &Sources) -> Vec<String> {
    let error = Config::from_sources(sources).expect_err("the configuration is refused");
    let folder = sources.file.as_deref().and_then(Path::parent).map(|folder| format!("{}/", folder.display()));
    error.problems.iter().map(|problem| problem.to_string().replace(&folder.clone().unwrap_or_default(), "")).collect()
}

const ISSUER: (&str, &str) = ("HUFU_SERVER__ISSUER", "http://localhost:9000");

#[test]
fn an_issuer_is_all_that_must_be_set() {
    let config = Config::from_sources(&variables(&[ISSUER])).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:9000");
    assert_eq!(config.profile, Profile::Production);
    let complaints = complaints(&variables(&[]));
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].starts_with("server.issuer: must be set"), "{complaints:?}");
}

#[test]
fn overrides_win_over_variables_and_variables_over_the_file() {
    let desk = Desk::with(
        "[server]\nissuer = \"http://localhost:1\"\nbody_bytes = 5000\nheader_seconds = 5\n[keys]\ndir = \"k\"",
    );
    let mut sources =
        desk.sources(&[("HUFU_SERVER__BODY_BYTES", "6000"), ("HUFU_SERVER__HEADER_SECONDS", "6"), ("PATH", "/bin")]);
    sources.overrides.push(("server.header_seconds".to_owned(), "7".to_owned()));
    let config = Config::from_sources(&sources).unwrap();
    assert_eq!(config.keys.dir, Path::new("k"));
    assert_eq!((config.server.body_bytes, config.server.header_seconds), (6000, 7));
}

#[test]
fn every_unknown_key_is_named_with_its_line_and_its_neighbour() {
    let desk = Desk::with(
        "[server]\nissuer = \"http://localhost:9000\"\nlissten = \"127.0.0.1:1\"\n\n[sever]\nx = 1\n\n[log]\nrotation_days = 4\nxyzzyx = 1\n\
         \n[node.name]\nfr = \"x\"\n",
    );
    let complaints = complaints(&desk.sources(&[]));
    assert_eq!(
        complaints,
        [
            "hufu.toml:5: sever: unknown key; did you mean server?",
            "hufu.toml:3: server.lissten: unknown key; did you mean server.listen?",
            "hufu.toml:13: node.name.fr: unknown key; here there are zh-CN, en",
            "hufu.toml:9: log.rotation_days: unknown key; did you mean keys.rotation_days?",
            "hufu.toml:10: log.xyzzyx: unknown key; here there are level, format, requests, slow_ms",
        ]
    );
}

#[test]
fn an_unknown_variable_is_named_with_its_neighbour() {
    let environment = [
        ISSUER,
        ("HUFU_SERVER__LISSTEN", "127.0.0.1:1"),
        ("HUFU_SERVER_LISTEN", "127.0.0.1:1"),
        ("HUFU_PROFIL", "demo"),
        ("HUFU_CONFIG", "/etc/hufu.toml"),
        ("HUFU_TEST_REDIS", "redis://127.0.0.1"),
    ];
    assert_eq!(
        complaints(&variables(&environment)),
        [
            "HUFU_SERVER_LISTEN: sets nothing; did you mean HUFU_SERVER__LISTEN?",
            "HUFU_PROFIL: sets nothing; did you mean HUFU_PROFILE?",
            "HUFU_SERVER__LISSTEN: server.lissten: unknown key; did you mean HUFU_SERVER__LISTEN?",
        ]
    );
}

#[test]
fn every_bad_value_is_told_at_once_and_none_is_repeated() {
    let desk = Desk::with(
        "profile = \"test\"\n[server]\nissuer = \"https://u:hunter2@a.example\"\nlisten = [\"127.0.0.1:1\", \"localhost\"]\nbody_bytes = 12\n\
         tls = { cert = \"a.pem\" }\n[keys]\nmaster = 20261124\nalgorithms = [\"RS256\", \"none\"]\n[log]\nlevel = \"inof\"\nformat = \"xml\"\n",
    );
    assert_eq!(
        complaints(&desk.sources(&[])),
        [
            "hufu.toml:1: profile: must be \"production\" or \"demo\"",
            "hufu.toml:5: server.body_bytes: must lie between 4096 and 16777216, not 12",
            "hufu.toml:3: server.issuer: must have no user, query or fragment",
            "hufu.toml:4: server.listen: `localhost`: invalid socket address syntax",
            "hufu.toml:6: server.tls: `key` is missing",
            "hufu.toml:9: keys.algorithms: `none`: must be one of RS256, ES256, EdDSA, PS256",
            "hufu.toml:8: keys.master: must be a string",
            "hufu.toml:12: log.format: must be one of json, text",
            "hufu.toml:11: log.level: must be error, warn, info, debug, trace or off, or levels by module as \
             `info,hufu::oidc=debug`",
        ]
    );
}

/// The lengths of life, the numbers of jobs and tries and what goes outside, with their bounds.
const BOUNDED: &[(&str, u64, u64)] = &[
    ("tokens.code_seconds", 1, 60),
    ("tokens.access_seconds", 10, 300),
    ("tokens.id_seconds", 10, 3600),
    ("tokens.refresh_seconds", 60, 2_592_000),
    ("tokens.offline_seconds", 60, 31_622_400),
    ("tokens.refresh_grace_seconds", 20, 60),
    ("tokens.par_seconds", 5, 600),
    ("tokens.flow_seconds", 60, 86_400),
    ("tokens.leeway_seconds", 0, 60),
    ("facades.skew_seconds", 10, 300),
    ("session.idle_seconds", 60, 86_400),
    ("session.cap_seconds", 300, 604_800),
    ("session.record_days", 184, 3660),
    ("verification.party_per_day", 0, 100_000_000),
    ("verification.document_per_day", 1, 1_000),
    ("verification.registrations_per_day", 0, 100_000_000),
    ("verification.consent_seconds", 60, 86_400),
    ("verification.answer_seconds", 60, 86_400),
    ("jobs.at_once", 1, 1024),
    ("session.unite_seconds", 60, 86_400),
    ("jobs.per_destination", 1, 256),
    ("jobs.longest_wait_seconds", 1, 3600),
    ("jobs.give_up_hours", 1, 720),
    ("jobs.keep_done_days", 1, 366),
    ("jobs.keep_dead_days", 1, 3660),
    ("accounts.limits.account_failures", 1, 1000),
    ("accounts.limits.second_factor_failures", 1, 1000),
    ("accounts.limits.account_proofs", 1, 1000),
    ("accounts.limits.account_scans", 1, 1000),
    ("accounts.limits.address_failures", 1, 1_000_000),
    ("accounts.limits.address_registrations", 1, 1_000_000),
    ("accounts.limits.address_scans", 1, 1_000_000),
    ("accounts.limits.address_recoveries", 1, 1_000_000),
    ("accounts.limits.address_appeals", 1, 1_000_000),
    ("accounts.limits.document_recoveries", 1, 1000),
    ("accounts.limits.document_ways", 1, 1000),
    ("accounts.limits.pause_after", 0, 1_000_000),
    ("accounts.limits.challenge_after", 0, 1_000_000),
    ("accounts.limits.challenge_address_after", 0, 1_000_000),
    ("accounts.limits.challenge_registrations_after", 0, 1_000_000),
    ("accounts.limits.challenge_codes_after", 0, 1_000_000),
    ("accounts.limits.challenge_proofs_after", 0, 1_000_000),
    ("accounts.limits.challenge_recoveries_after", 0, 1_000_000),
    ("accounts.limits.pause_seconds", 1, 30),
    ("accounts.limits.window_seconds", 60, 86_400),
    ("outbound.connect_timeout_ms", 100, 60_000),
    ("outbound.max_in_flight", 1, 65_536),
    ("outbound.max_open", 0, 65_536),
    ("outbound.idle_timeout_ms", 1, 600_000),
];

#[test]
fn lives_and_jobs_have_bounds_and_what_lies_beyond_is_named() {
    for (key, least, most) in BOUNDED {
        let with = |value: u64| {
            let mut sources = variables(&[ISSUER]);
            sources.overrides.push(((*key).to_owned(), value.to_string()));
            sources
        };
        for good in [*least, *most] {
            Config::from_sources(&with(good)).unwrap_or_else(|error| panic!("{key} = {good}: {error}"));
        }
        for bad in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
            let expected = format!("--set: {key}: must lie between {least} and {most}, not {bad}");
            assert_eq!(complaints(&with(bad)), [expected]);
        }
    }
    let defaults = defaults();
    for section in ["tokens", "session", "verification", "jobs"] {
        for key in defaults[section].as_dict().unwrap().keys() {
            assert!(BOUNDED.iter().any(|(name, ..)| *name == format!("{section}.{key}")), "{section}.{key}");
        }
    }
    let limits = defaults["accounts"].as_dict().unwrap()["limits"].as_dict().unwrap();
    for key in limits.keys() {
        assert!(BOUNDED.iter().any(|(name, ..)| *name == format!("accounts.limits.{key}")), "accounts.limits.{key}");
    }
}

#[test]
fn a_broken_file_is_told_by_line_without_its_text() {
    let desk = Desk::with("[keys]\nmaster = \"hunter2\n");
    let complaints = complaints(&desk.sources(&[ISSUER]));
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].starts_with("hufu.toml:2: is not TOML: "), "{complaints:?}");
    assert!(!complaints[0].contains("hunter2"));
    let missing = Sources { file: Some("/nowhere/hufu.toml".into()), ..variables(&[ISSUER]) };
    assert!(Config::from_sources(&missing).unwrap_err().to_string().starts_with("/nowhere/hufu.toml: cannot be read"));
}

#[test]
fn a_source_has_what_it_is_reached_by_and_the_node_above_has_it_elsewhere() {
    let authority = "name = \"population\"\nurl = \"https://a.example\"\nparty_id = \"p\"\nsecret = \"s\"\n";
    let above = "name = \"above\"\nvia = \"node_above\"\n";
    let upstream = "[node]\nlevel = \"city\"\n[upstream]\nissuer = \"https://above.example\"\n";
    let said = |rows: &[&str], more: &str| {
        let rows: String = rows.iter().map(|row| format!("[[realname.sources]]\n{row}")).collect();
        let desk = Desk::with(&format!("{rows}{more}"));
        Config::from_sources(&desk.sources(&[ISSUER])).map_err(|error| error.to_string())
    };
    said(&[above, authority], upstream).unwrap();
    for (rows, more, words) in [
        ([above, authority], "", "above goes by the node above: upstream.issuer must be set"),
        ([authority, "name = \"b\"\nurl = \"https://b.example\"\n"], "", "b: url, party_id and secret must be set"),
        (
            [authority, "name = \"c\"\nvia = \"node_above\"\nurl = \"https://c.example\"\n"],
            upstream,
            "c: url, party_id and secret stand in [upstream], not here",
        ),
    ] {
        let complaint = said(&rows, more).unwrap_err();
        assert!(complaint.contains(words), "{complaint}");
    }
}

#[test]
fn variables_hold_lists_names_and_texts_that_look_like_numbers() {
    let config = Config::from_sources(&variables(&[
        ISSUER,
        ("HUFU_SERVER__LISTEN", "127.0.0.1:9000, [::1]:9000"),
        ("HUFU_SERVER__TRUSTED_PROXIES", "[10.0.0.0/8, fd00::/8]"),
        ("HUFU_NODE__REGION", "110000"),
        ("HUFU_NODE__NAME__ZH_CN", "北京市"),
        ("HUFU_KEYS__MASTER", "0123456789"),
        ("HUFU_METRICS__TOKEN", "true"),
    ]))
    .unwrap();
    assert_eq!(config.server.listen.len(), 2);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert_eq!(config.node.region.as_str(), "110000");
    assert_eq!(config.node.name.zh_cn, "北京市");
    assert_eq!(config.node.name.en, node::NodeName::default().en);
    assert!(config.keys.master.unwrap().is("0123456789"));
    assert!(config.metrics.token.unwrap().is("true"));
}

#[test]
fn plain_http_is_for_loopback_or_behind_a_named_proxy() {
    let listen = |address, more: &[(&'static str, &'static str)]| {
        variables(
            &[&[("HUFU_SERVER__ISSUER", "https://id.example.gov.cn"), ("HUFU_SERVER__LISTEN", address)], more].concat(),
        )
    };
    for good in [
        listen("127.0.0.1:9000,[::1]:9000", &[]),
        listen("0.0.0.0:9000", &[("HUFU_SERVER__TRUSTED_PROXIES", "10.1.2.3/32")]),
        listen("0.0.0.0:443", &[("HUFU_SERVER__TLS__CERT", "c.pem"), ("HUFU_SERVER__TLS__KEY", "k.pem")]),
    ] {
        Config::from_sources(&good).unwrap();
    }
    for (bad, words) in [
        (listen("0.0.0.0:9000", &[]), "server.listen: plain HTTP on 0.0.0.0:9000"),
        (listen("127.0.0.1:9000,10.0.0.1:9000", &[]), "server.listen: plain HTTP on 10.0.0.1:9000"),
        (listen("[::]:9000", &[("HUFU_SERVER__TRUSTED_PROXIES", "::/0")]), "server.trusted_proxies: ::/0 is everybody"),
        (listen("", &[]), "server.listen: must name at least one address"),
        (listen("127.0.0.1:1,127.0.0.1:1", &[]), "server.listen: names 127.0.0.1:1 twice"),
    ] {
        let complaints = complaints(&bad);
        assert!(complaints.len() == 1 && complaints[0].contains(words), "{complaints:?}");
    }
}

#[test]
fn tls_wants_an_https_issuer() {
    let tls = [ISSUER, ("HUFU_SERVER__TLS__CERT", "c.pem"), ("HUFU_SERVER__TLS__KEY", "k.pem")];
    let expected = "HUFU_SERVER__ISSUER: server.issuer: must begin with https:// since [server.tls] is set";
    assert_eq!(complaints(&variables(&tls)), [expected]);
}

#[test]
fn the_algorithms_that_everybody_verifies_cannot_be_left_out() {
    let complaints = complaints(&variables(&[ISSUER, ("HUFU_KEYS__ALGORITHMS", "ES256,EdDSA")]));
    assert!(complaints.len() == 1 && complaints[0].contains("must contain RS256"), "{complaints:?}");
}

#[test]
fn the_demo_profile_is_looser_and_can_still_be_tightened() {
    let demo = [ISSUER, ("HUFU_PROFILE", "demo"), ("HUFU_REGISTRATION__SUBJECT_TYPE", "pairwise")];
    let config = Config::from_sources(&variables(&demo)).unwrap();
    assert_eq!(config.profile, Profile::Demo);
    assert!(config.registration.http_loopback);
    assert_eq!(config.registration.subject_type, SubjectType::Pairwise);
    assert_eq!(config.log.requests, LoggedRequests::All);
    assert!(!config.metrics.allow.is_empty());
    let production = Config::from_sources(&variables(&[ISSUER])).unwrap();
    assert!(!production.registration.http_loopback);
    assert!(production.metrics.allow.is_empty());
}

#[test]
fn every_row_of_the_profiles_names_a_key_and_differs() {
    let defaults = Value::from(defaults());
    for row in DIFFERENCES {
        let key = defaults.find_ref(row.key).unwrap_or_else(|| panic!("{} is no key", row.key));
        assert!(!matches!(key, Value::Dict(..)), "{} is a table", row.key);
        assert_ne!(row.production, row.demo, "{}", row.key);
        assert!(differences_as_markdown().contains(row.key));
    }
    Config::from_sources(&variables(&[ISSUER, ("HUFU_PROFILE", "demo")])).unwrap();
}

#[test]
fn production_is_what_the_sections_themselves_default_to() {
    let production = Config::from_sources(&variables(&[ISSUER])).unwrap();
    let values: Dict = production.values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (values, defaults) = (Value::from(values), Value::from(defaults()));
    for row in DIFFERENCES {
        assert_eq!(values.find_ref(row.key), defaults.find_ref(row.key), "{}", row.key);
    }
}

#[test]
fn what_is_shown_can_be_read_again_and_holds_no_secret() {
    let desk = Desk::with(
        "[server]\nissuer = \"http://localhost:9000\"\n[store]\npostgres = \"postgres://hufu:hunter2@db/hufu\"",
    );
    let sources = desk.sources(&[("HUFU_KEYS__MASTER", "hunter3"), ("HUFU_PROFILE", "demo")]);
    let shown = Config::from_sources(&sources).unwrap().show(&sources);
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(shown.contains("postgres = \"(secret)\"  # "), "{shown}");
    assert!(shown.contains("master = \"(secret)\"  # HUFU_KEYS__MASTER"), "{shown}");
    assert!(shown.contains("subject_type = \"public\"  # profile demo"), "{shown}");
    assert!(shown.contains("hufu.toml:2"), "{shown}");
    assert!(shown.contains("body_bytes = 131072\n"), "{shown}");
    assert!(shown.contains("# redis is not set"), "{shown}");
    let again = Desk::with(&shown);
    let sources = again.sources(&[]);
    let read = Config::from_sources(&sources).unwrap();
    let plain = |text: &str| text.lines().map(|line| line.split("  # ").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(plain(&read.show(&sources)), plain(&shown));
}

/// A province below a nation, with these lines besides.
fn province(more: &str) -> Desk {
    Desk::with(&format!(
        "[server]\nissuer = \"https://p.example\"\n[node]\nlevel = \"province\"\nregion = \"330000\"\n{more}"
    ))
}

const CITY: &str = "[[below]]\nentity_id = \"https://c.example\"\nname = {\"zh-CN\" = \"市\", en = \"city\"}\nlevel = \
                    \"city\"\nregion = \"330100\"\n";

#[test]
fn nodes_above_and_below_are_read_and_shown() {
    let desk = province(&format!("{CITY}[upstream]\nissuer = \"https://n.example\"\nmaximum_level = 2\n"));
    let sources = desk.sources(&[]);
    let config = Config::from_sources(&sources).unwrap();
    assert_eq!(config.below.0[0].issuer().as_str(), "https://c.example");
    assert_eq!(config.upstream.issuer.as_ref().map(Issuer::as_str), Some("https://n.example"));
    assert_eq!(i16::from(config.upstream.maximum_level), 2);
    let shown = Desk::with(&config.show(&sources));
    let again = Config::from_sources(&shown.sources(&[])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.below.0[0].region.as_str(), "330100");
}

#[test]
fn a_node_stands_between_those_above_and_those_below_and_is_neither() {
    let row = |entity: &str, level: &str, more: &str| {
        CITY.replace("https://c.example", entity).replace("\"city\"\nregion", &format!("\"{level}\"\nregion")) + more
    };
    let table = [
        ("[upstream]\nissuer = \"https://p.example\"\n".to_owned(), "upstream.issuer: is this node itself"),
        ("[upstream]\nscope = \"profile\"\n".to_owned(), "upstream.scope: must contain openid"),
        ("[upstream]\nissuer = \"http://n.example\"\n".to_owned(), "upstream.issuer: must begin with https://"),
        ("[upstream]\nmaximum_level = 5\n".to_owned(), "upstream.maximum_level: "),
        ("[upstream]\nsecret = \"x\"\n".to_owned(), "upstream.secret: unknown key"),
        (
            row("https://c.example", "province", ""),
            "below: https://c.example is a province, which does not stand below",
        ),
        (row("https://p.example", "city", ""), "below: https://p.example stands for more than one node"),
        (format!("{CITY}{CITY}"), "below: https://c.example stands for more than one node"),
        (
            format!("{CITY}[upstream]\nissuer = \"https://c.example\"\n"),
            "below: https://c.example stands for more than one node",
        ),
        (
            row("https://c.example", "city", "jwks_uri = \"keys\"\n"),
            "below: jwks_uri of https://c.example is not a web",
        ),
        (
            row("https://c.example", "city", "return_uri = \"https://c.example/a#b\"\n"),
            "below: return_uri of https://c.example is not a web",
        ),
        (row("https://c.example", "city", "secret = \"x\"\n"), "below.0.secret: unknown key"),
    ];
    for (lines, expected) in table {
        let complaints = complaints(&province(&lines).sources(&[]));
        assert!(complaints.iter().any(|complaint| complaint.contains(expected)), "{lines}: {complaints:?}");
    }
    let nation = Desk::with("[server]\nissuer = \"https://n.example\"\n[upstream]\nissuer = \"https://x.example\"\n");
    assert!(complaints(&nation.sources(&[]))[0].contains("nothing stands above a nation"));
}
