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
    let metrics = fetch(&address, "/metrics", "").await;
    let open = metrics.lines().find_map(|line| line.strip_prefix("hufu_connections_open ")).unwrap_or_default();
    assert!(open.parse::<f64>().is_ok_and(|open| open >= 2.0), "{open}: connections are counted");
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
