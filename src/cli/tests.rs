//! What an operator sees of the command line: through whole command lines, on a node in a folder of its own.

use clap::CommandFactory;

use super::*;

/// A node's folder.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A folder with a configuration and a database.
    fn new() -> Self {
        let desk = Self::bare();
        assert_eq!(desk.answer("migrate"), "sqlite: the schema is up to date\n");
        desk
    }

    /// A folder with a configuration only.
    fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let text = format!(
            "profile = \"demo\"\n[server]\nissuer = \"http://localhost:9000\"\n[store]\nsqlite = {:?}\n[keys]\ndir = {:?}\nmaster = {:?}\n",
            at("hufu.db"),
            at("keys"),
            "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
        );
        std::fs::write(folder.path().join("hufu.toml"), text).unwrap();
        Self { folder }
    }

    fn run(&self, line: &str) -> (String, Result<(), CliError>) {
        let config = self.folder.path().join("hufu.toml").display().to_string();
        let arguments = ["hufu", "--config", &config].into_iter().chain(line.split(' '));
        let cli = Cli::try_parse_from(arguments).unwrap();
        let mut out = Vec::new();
        let done = cli.command.run(&cli.settings, &mut out);
        (String::from_utf8(out).unwrap(), done)
    }

    fn answer(&self, line: &str) -> String {
        let (answer, done) = self.run(line);
        done.unwrap_or_else(|error| panic!("{line}: {error}"));
        answer
    }

    fn exit_code(&self, line: &str) -> u8 {
        self.run(line).1.expect_err("the command fails").exit_code()
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_command_line_is_consistent_and_explains_its_exit_codes() {
    Cli::command().debug_assert();
    let help = Cli::command().render_long_help().to_string();
    assert!(help.contains("3  the configuration is refused"), "{help}");
}

#[test]
fn a_refused_configuration_ends_with_three_and_every_problem() {
    let desk = Desk::bare();
    let (_, done) = desk.run("config check --set server.lissten=1 --set log.format=xml");
    let error = done.unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert_eq!(error.to_string().lines().count(), 2, "{error}");
    assert!(desk.answer("config check").starts_with("good: http://localhost:9000 as demo"));
}

#[test]
fn the_configuration_is_shown_with_its_sources() {
    let shown = Desk::bare().answer("config show --set server.listen=127.0.0.1:0");
    assert!(shown.contains("listen = [\"127.0.0.1:0\"]  # --set"), "{shown}");
    assert!(shown.contains("master = \"(secret)\"") && !shown.contains("AQEB"), "{shown}");
    assert!(Desk::bare().answer("config profiles").starts_with("| key | production | demo |"));
}

#[test]
fn the_master_key_is_checked_with_the_configuration() {
    let (_, done) = Desk::bare().run("config check --set keys.master=hunter2");
    let error = done.unwrap_err();
    assert!(error.to_string().contains("master key") && !error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn certificates_are_checked_with_the_configuration() {
    let desk = Desk::bare();
    let tls = "--set server.issuer=https://localhost:9000 --set server.tls.cert=/nowhere/c.pem --set server.tls.key=/nowhere/k.pem";
    let (_, done) = desk.run(&format!("config check {tls}"));
    assert!(done.unwrap_err().to_string().contains("/nowhere/c.pem"));
}

#[test]
fn administration_does_not_make_a_node_where_there_is_none() {
    let desk = Desk::bare();
    assert_eq!(desk.exit_code("clients list"), 5);
    assert!(!desk.folder.path().join("hufu.db").exists());
    assert!(!desk.folder.path().join("keys").exists());
}

#[test]
fn a_client_is_added_shown_suspended_given_a_new_secret_and_removed() {
    let desk = Desk::new();
    let add = "clients add --id matters --name 办事 --redirect-uri http://127.0.0.11:9011/callback";
    let added = json(&desk.answer(add));
    assert_eq!(added["client_id"], "matters");
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 43);
    let shown = json(&desk.answer("clients show matters"));
    assert_eq!((&shown["state"], &shown["has_secret"]), (&"active".into(), &true.into()));
    assert_eq!(shown["metadata"]["require_pkce"], true);
    assert_eq!(shown["metadata"]["id_token_signed_response_alg"], "ES256");
    desk.answer("clients suspend matters");
    assert!(desk.answer("clients list").starts_with("matters\tsuspended\t"));
    desk.answer("clients resume matters");
    let rotated = json(&desk.answer("clients rotate-secret matters"));
    assert_ne!(rotated["client_secret"], secret);
    assert_eq!(json(&desk.answer("clients show matters"))["state"], "active");
    desk.answer("clients remove matters");
    assert_eq!(desk.answer("clients list"), "");
    for line in ["show", "suspend", "resume", "remove", "rotate-secret"] {
        assert_eq!(desk.exit_code(&format!("clients {line} matters")), 5, "{line}");
    }
}

#[test]
fn a_client_is_given_a_facade_and_none_again() {
    let desk = Desk::new();
    let add = "clients add --id tickets --redirect-uri http://127.0.0.11:9011/callback";
    let added = json(&desk.answer(&format!("{add} --facade ticket")));
    assert_eq!((&added["facade"], &added["require_pkce"]), (&"ticket".into(), &false.into()));
    assert_eq!(added["access_token_format"], "opaque");
    let kept = json(&desk.answer("clients facade tickets session_exchange"));
    assert_eq!(
        (&kept["facade"], kept.get("client_secret")),
        (&"session_exchange".into(), None),
        "it is sealed already"
    );
    assert_eq!(json(&desk.answer("clients facade tickets none"))["facade"], serde_json::Value::Null);
    assert!(json(&desk.answer("clients show tickets"))["metadata"].get("facade").is_none());
    desk.answer("clients rotate-secret tickets");
    let newer = json(&desk.answer("clients facade tickets ticket"));
    assert_eq!(newer["client_secret"].as_str().unwrap().len(), 43, "a hash does not sign");
    desk.answer("clients add --id strict --redirect-uri http://127.0.0.11:9011/callback");
    assert_eq!(desk.exit_code("clients facade strict ticket"), 1, "it must use PKCE");
    assert_eq!(desk.exit_code("clients facade tickets saml"), 5);
    assert_eq!(desk.exit_code("clients facade nobody ticket"), 5);
}

#[test]
fn a_public_client_has_no_secret_to_rotate() {
    let desk = Desk::new();
    let added = json(&desk.answer("clients add --id app --public --isolated --redirect-uri http://127.0.0.1/callback"));
    assert_eq!(added["isolated"], true);
    assert!(added.get("client_secret").is_none());
    assert_eq!(desk.exit_code("clients rotate-secret app"), 1);
}

#[test]
fn metadata_that_breaks_a_rule_adds_nothing() {
    let desk = Desk::new();
    assert_eq!(desk.exit_code("clients add --id bad --redirect-uri javascript:alert(1)"), 1);
    assert_eq!(desk.answer("clients list"), "");
}

#[test]
fn keys_are_listed_and_rotated_in_order_at_once_or_as_compromised() {
    let desk = Desk::new();
    let signing = |listed: &str| {
        let mut kids: Vec<String> = listed
            .lines()
            .filter(|line| line.contains("\tsigns\t"))
            .map(|line| line.split('\t').next().unwrap().to_owned())
            .collect();
        kids.sort();
        kids
    };
    let before = signing(&desk.answer("keys list"));
    assert_eq!(before.len(), 2);
    let orderly = desk.answer("keys rotate --alg ES256");
    assert_eq!(signing(&orderly), before);
    assert_eq!(orderly.matches("\twaits\t").count(), 1, "{orderly}");
    let at_once = desk.answer("keys rotate --alg ES256 --now");
    assert_eq!(signing(&at_once), before, "until every process publishes the new key");
    assert_eq!(at_once.matches("\twaits\t").count(), 1, "in place of the one that waited: {at_once}");
    assert_ne!(at_once, orderly);
    let void = desk.answer("keys rotate --alg ES256 --compromised");
    assert_ne!(signing(&void), before);
    assert_eq!(signing(&void).len(), 2, "{void}");
    assert!(!void.lines().any(|line| line.contains("ES256") && line.contains("\tverifies\t")), "{void}");
}

#[test]
fn what_does_not_exist_ends_with_five() {
    let desk = Desk::new();
    for line in
        ["accounts show nobody", "accounts lock nobody", "accounts delete nobody", "accounts sessions end nobody"]
    {
        assert_eq!(desk.exit_code(line), 5, "{line}");
    }
    for line in ["show", "suspend", "resume"] {
        assert_eq!(desk.exit_code(&format!("companies {line} 91350100M000100Y43")), 5, "{line}");
    }
    assert_eq!(desk.answer("companies list"), "");
    assert_eq!(desk.exit_code("logout show 0192"), 5);
    assert_eq!(desk.exit_code("logout replay 0192"), 5);
    assert_eq!(desk.answer("logout dead"), "");
    assert_eq!(desk.answer("logout replay --all"), "to be tried again: 0\n");
    assert_eq!(desk.answer("cleanup"), "removed 0 rows\n");
}

#[test]
fn a_wrong_command_line_is_refused() {
    for line in
        ["", "nonsense", "logout replay", "logout replay 1 --all", "demo --port-base 80", "--set x config check"]
    {
        let arguments = ["hufu"].into_iter().chain(line.split(' ').filter(|word| !word.is_empty()));
        assert_eq!(Cli::try_parse_from(arguments).unwrap_err().exit_code(), 2, "{line}");
    }
}
