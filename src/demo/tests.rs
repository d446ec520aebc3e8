//! The demo as it stands on its ports.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// A first port from which on every address of the demo is free; tests of other processes may be looking for one too.
async fn started(dir: &Path, overrides: &[Override]) -> Demo {
    for port_base in (31_000..32_000).step_by(50) {
        let (dir, overrides, chain) = (dir.to_owned(), overrides.to_vec(), Chain::None);
        match start(&DemoOptions { dir, port_base, tls: false, overrides, chain }).await {
            Err(DemoError::Port(..)) => {}
            other => return other.unwrap(),
        }
    }
    panic!("no ports are free");
}

async fn fetch(address: &str, path: &str, more: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n");
    // The other side may have closed before all of it is sent; what it said before counts.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_is_served_within_the_limits_of_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let demo = started(folder.path(), &[]).await;
    let address = demo.manifest.nodes[0].issuer.replace("http://localhost", "127.0.0.1");
    let _held = TcpStream::connect(&address).await.unwrap();
    // What the system has connected the node may not have taken yet.
    let counted = async || {
        let metrics = fetch(&address, "/metrics", "").await;
        let open = metrics.lines().find_map(|line| line.strip_prefix("hufu_connections_open ")).map(str::to_owned);
        open.is_some_and(|open| open.parse::<f64>().is_ok_and(|open| open >= 2.0))
    };
    let all = async { while !counted().await {} };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("connections are counted");
    let head = format!("X-Long: {}\r\n", "x".repeat(100_000));
    let refused = fetch(&address, "/", &head).await;
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    let page = fetch(&address, "/", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_set_otherwise_hold_in_the_demo_too() {
    let folder = tempfile::tempdir().unwrap();
    let demo = started(folder.path(), &[("tokens.flow_seconds".to_owned(), "61".to_owned())]).await;
    assert_eq!(demo.app.config.tokens.flow_seconds, 61);
    demo.stop().await;
}

/// Somebody at each level, two companies, an agent of both, one whose time is over, a child with its guardian, somebody with
/// an app; and a restart finds the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cast_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let first = started(folder.path(), &[]).await;
    let told = first.manifest.clone();
    assert_cast(&first, &told, 0).await;
    first.stop().await;
    let again = started(folder.path(), &[]).await;
    // A step is accepted once: the next one, which has its grace already.
    assert_cast(&again, &told, 30).await;
    let secrets = |manifest: &Manifest| -> Vec<String> {
        manifest.users.iter().map(|user| user.totp_secret.clone()).filter(|secret| !secret.is_empty()).collect()
    };
    assert_eq!(secrets(&again.manifest), secrets(&told), "the app that was set up stays good");
    again.stop().await;
}

async fn assert_cast(demo: &Demo, told: &Manifest, ahead: i64) {
    let app = &demo.app;
    let with_account: Vec<_> = told.users.iter().filter(|user| !user.username.is_empty()).collect();
    for level in 0..=4 {
        let user = with_account.iter().find(|user| user.realname_level == level).unwrap_or_else(|| panic!("l{level}"));
        let account = app.accounts.find_by_name(&user.username).await.unwrap();
        assert_eq!(i16::from(account.level()), i16::from(level), "{}", user.username);
    }
    let child = with_account.iter().find(|user| !user.guardian.is_empty()).expect("a child");
    let account = app.accounts.find_by_name(&child.username).await.unwrap();
    let guardian = app.accounts.find_by_name(&child.guardian).await.unwrap();
    assert!(app.centre.is_child(&account) && app.centre.can_be_guardian(&guardian));
    assert_eq!(account.guardian.as_ref(), Some(&guardian.id));
    let with_app = with_account.iter().find(|user| !user.totp_secret.is_empty()).expect("an app");
    let account = app.accounts.find_by_name(&with_app.username).await.unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&with_app.totp_secret).unwrap())
        .build()
        .unwrap();
    let code = totp.generate(u64::try_from(app.clock.now().seconds() + ahead).unwrap()).to_string();
    let browser = crate::factors::Browser { id: "b", address: "test" };
    let shown = app.factors.show(&account, crate::factors::Way::Totp, &Secret::new(code), browser).await;
    assert!(shown.is_ok(), "what the app shows now is good");
    assert_eq!(told.companies.len(), 2);
    let agents = |expired: bool| {
        let all = told.companies.iter().flat_map(|company| &company.agents);
        all.filter(move |agent| agent.expired == expired).map(|agent| agent.username.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((agents(false).len(), agents(true).len()), (2, 1));
    let former = app.accounts.find_by_name(agents(true)[0]).await.unwrap();
    for _ in 0..100 {
        if app.delegation.overview(&former).await.unwrap().mandates.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(app.delegation.overview(&former).await.unwrap().mandates.is_empty(), "the time is over");
    let mut db = app.store.read().await.unwrap();
    let held = crate::store::mandates::on_record(&mut db, &former.id, 10).await.unwrap();
    assert!(held.iter().any(|row| row.accepted_at.is_some()), "and was an agent's");
}
