//! `hufu demo` as a newcomer has it: a process that drives its journey, ends when it is told to, leaves nothing behind but its
//! folder, and finds everything again there.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a demo may take to start, to drive its journey or to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ports of one demo.
const PORTS: u16 = 20;

fn hufu(dir: &Path, port_base: u16, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.args(["demo", "--port-base", &port_base.to_string(), "--dir"]).arg(dir).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A base from which on no port of the demo is taken; the last of them stays held, so that other tests look elsewhere.
fn free_ports() -> (u16, TcpListener) {
    for base in (41_000..59_000).step_by(usize::from(PORTS)) {
        let base = base + u16::try_from(std::process::id() % 50).unwrap() * PORTS;
        let Ok(lock) = TcpListener::bind(("127.0.0.1", base + PORTS - 1)) else { continue };
        if all_free(base) {
            return (base, lock);
        }
    }
    panic!("no ports are free");
}

fn all_free(base: u16) -> bool {
    let free = |host: u16, offset: u16| TcpListener::bind((format!("127.0.0.{host}"), base + offset)).is_ok();
    (0..=16).all(|offset| free(offset + 1, offset) && free(offset.max(1), offset))
}

async fn checked(dir: &Path, base: u16, more: &[&str]) -> Output {
    let all = [&["--check"][..], more].concat();
    timeout(PATIENCE, hufu(dir, base, &all).output()).await.expect("it ends by itself").unwrap()
}

/// Starts a demo; it is up when this returns.
async fn started(dir: &Path, base: u16) -> Child {
    let mut child = hufu(dir, base, &[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let up = async { while !lines.next_line().await.unwrap().expect("it starts").starts_with("Ctrl-C") {} };
    timeout(PATIENCE, up).await.expect("it starts in time");
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    // Nobody may fill the pipes and make it wait.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    tokio::spawn(async move { while let Ok(Some(_)) = errors.next_line().await {} });
    child
}

/// Presses Ctrl-C.
async fn interrupt(child: &Child) {
    let word = format!("kill -INT {}", child.id().expect("it still runs"));
    assert!(Command::new("sh").args(["-c", &word]).status().await.unwrap().success());
}

async fn must_end_well(mut child: Child) {
    let status = timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journey_is_driven_a_line_a_step() {
    let (folder, (base, _lock)) = (tempfile::tempdir().unwrap(), free_ports());
    for more in [&[][..], &["--tls"][..]] {
        let dir = folder.path().join(if more.is_empty() { "plain" } else { "tls" });
        let output = checked(&dir, base, more).await;
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{more:?} {said} {}", String::from_utf8_lossy(&output.stderr));
        let steps: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("ok  ")?.split(':').next()).collect();
        let wanted = [
            "register",
            "real name",
            "sign in",
            "silent sign-in",
            "user info",
            "up the chain",
            "sign out",
            "every service told",
            "signed out everywhere",
            "trust up",
            "signed out at 甲市",
        ];
        for step in wanted {
            assert!(steps.contains(&step), "{step} is not among {steps:?}");
        }
        assert_eq!(steps.len(), said.lines().count(), "one line a step and nothing else: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_misses_is_named_and_told_by_the_exit_code() {
    let (folder, (base, _lock)) = (tempfile::tempdir().unwrap(), free_ports());
    // Whoever registers is asked a question that a program does not answer.
    let broken = ["--set", "accounts.limits.challenge_registrations_after=0"];
    let output = checked(folder.path(), base, &broken).await;
    let (said, why) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!output.status.success());
    assert!(!said.contains("ok  "), "{said}");
    assert!(why.contains("MISSED register"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_leaves_nothing_behind_and_a_second_start_finds_everything() {
    let (folder, (base, _lock)) = (tempfile::tempdir().unwrap(), free_ports());
    let child = started(folder.path(), base).await;
    let first = manifest(folder.path());
    interrupt(&child).await;
    must_end_well(child).await;
    assert!(all_free(base), "every port is free again");
    let child = started(folder.path(), base).await;
    let second = manifest(folder.path());
    assert_eq!(first, second, "ids, secrets, people and tokens stay");
    interrupt(&child).await;
    must_end_well(child).await;
    assert!(all_free(base));
    let left: Vec<PathBuf> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!left.iter().any(|path| path.extension().is_some_and(|end| end == "pid" || end == "sock")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_is_heard_while_it_starts_and_while_it_checks() {
    let (folder, (base, _lock)) = (tempfile::tempdir().unwrap(), free_ports());
    for (more, success) in [(&[][..], true), (&["--check"][..], false)] {
        let dir = folder.path().join(format!("{}", more.len()));
        let mut child = hufu(&dir, base, more).spawn().unwrap();
        // It has begun as soon as its folder is there.
        while !dir.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        interrupt(&child).await;
        let begun = Instant::now();
        let status = timeout(PATIENCE, child.wait()).await.expect("it ends").unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "at once");
        if success {
            assert!(status.success(), "{status}");
        }
        assert!(status.code().is_some(), "it ends by itself, not by the signal: {status}");
        assert!(all_free(base));
    }
}

/// `demo.json` as it was promised, member by member.
#[derive(Debug, PartialEq, Deserialize)]
struct Promised {
    nodes: Vec<PromisedNode>,
    authority: BTreeMap<String, Value>,
    clients: Vec<PromisedClient>,
    users: Vec<PromisedUser>,
    initial_access_token: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct PromisedNode {
    level: String,
    issuer: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct PromisedClient {
    client_id: String,
    client_secret: String,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: String,
    scopes: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct PromisedUser {
    username: String,
    password: String,
    kind: String,
    name: String,
    document_number: String,
    mobile: String,
    realname_level: u8,
}

fn manifest(dir: &Path) -> Promised {
    let promised: Promised = serde_json::from_slice(&std::fs::read(dir.join("demo.json")).unwrap()).unwrap();
    let levels: Vec<&str> = promised.nodes.iter().map(|node| node.level.as_str()).collect();
    assert_eq!(levels, ["nation", "province", "city", "province"]);
    assert!(promised.nodes.iter().all(|node| node.issuer.starts_with("http") && !node.level.is_empty()));
    assert!(promised.authority["url"].as_str().unwrap().starts_with("http"));
    assert!(!promised.initial_access_token.is_empty());
    for client in &promised.clients {
        let named = [&client.client_id, &client.client_secret, &client.backchannel_logout_uri];
        assert!(named.iter().all(|text| !text.is_empty()), "{client:?}");
        assert!(!client.redirect_uris.is_empty() && !client.post_logout_redirect_uris.is_empty(), "{client:?}");
        assert!(client.scopes.contains(&"openid".to_owned()), "{client:?}");
    }
    assert!(promised.clients.len() >= 4, "matters, licences, seals and portal");
    let accounts = promised.users.iter().filter(|user| !user.username.is_empty());
    assert!(accounts.clone().count() >= 5 && accounts.clone().all(|user| !user.password.is_empty()));
    assert!(promised.users.iter().all(|user| !user.name.is_empty() && !user.document_number.is_empty()));
    assert!(promised.users.iter().any(|user| user.username.is_empty()), "somebody is left to register");
    promised
}
