//! What clients see on the wire, good ones and others.

use std::sync::Arc;
use std::time::Duration;

use axum::routing::get;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::config::server::TlsFiles;
use crate::http::middleware::wrap;
use crate::http::testing::{config, plumbing};

/// Nothing here waits longer; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Node {
    addresses: Vec<SocketAddr>,
    shutdown: Shutdown,
    serving: JoinHandle<io::Result<()>>,
}

impl Node {
    async fn start(router: Router, settings: &[(&str, &str)], tls: Option<Tls>) -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let listeners = bind(&[any, any]).await.unwrap();
        let addresses = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        let plumbing = plumbing(settings);
        let front = Front::new(&config(settings).server, tls, &plumbing.metrics);
        let shutdown = plumbing.shutdown.clone();
        let (router, ending) = (wrap(router, plumbing), shutdown.clone());
        let serving = tokio::spawn(async move { front.serve(listeners, router, &ending).await });
        Self { addresses, shutdown, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addresses[0]).await.unwrap()
    }

    /// Waits until serving has ended well.
    async fn ended(self) {
        within(self.serving).await.unwrap().unwrap();
    }
}

async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(PATIENCE, work).await.expect("the node did what was waited for")
}

/// Everything that still comes from the other side.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection may also end with a reset; what came before counts.
    let _ = within(stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn fetch(mut stream: TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

#[tokio::test]
async fn every_listener_serves_and_closes() {
    let node = Node::start(hello(), &[], None).await;
    for address in &node.addresses {
        let answer = fetch(TcpStream::connect(address).await.unwrap(), "/").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
    }
    let addresses = node.addresses.clone();
    node.shutdown.begin(Duration::ZERO).await;
    node.ended().await;
    for address in addresses {
        assert!(TcpStream::connect(address).await.is_err());
    }
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let held = bind(&["127.0.0.1:0".parse().unwrap()]).await.unwrap();
    let address = held[0].local_addr().unwrap();
    let error = bind(&[address]).await.unwrap_err().to_string();
    assert!(error.contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off_first_and_later() {
    let node = Node::start(hello(), &[("server.header_seconds", "1")], None).await;
    let mut first = node.connect().await;
    first.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let mut later = node.connect().await;
    later.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT").await.unwrap();
    let mut silent = node.connect().await;
    assert!(!rest(&mut first).await.contains("200"));
    assert_eq!(rest(&mut later).await.matches("HTTP/1.1 200").count(), 1);
    assert_eq!(rest(&mut silent).await, "");
}

#[tokio::test]
async fn a_huge_head_is_refused() {
    let node = Node::start(hello(), &[("server.header_bytes", "8192")], None).await;
    let mut stream = node.connect().await;
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n", "a".repeat(20_000));
    // The node may answer and close before it has taken everything.
    let _ = stream.write_all(head.as_bytes()).await;
    assert!(!rest(&mut stream).await.contains("200 OK"));
    assert!(fetch(node.connect().await, "/").await.contains("200 OK"));
}

#[tokio::test]
async fn a_full_node_takes_no_further_connection_until_one_ends() {
    let node = Node::start(hello(), &[("server.max_connections", "1")], None).await;
    let mut held = node.connect().await;
    held.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut start = [0; 12];
    within(held.read_exact(&mut start)).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    assert_eq!(rest(&mut node.connect().await).await, "");
    held.shutdown().await.unwrap();
    assert!(rest(&mut held).await.ends_with("hello"));
    let served = within(async {
        loop {
            // The node gives the place back in its own time.
            let answer = fetch(node.connect().await, "/").await;
            if !answer.is_empty() {
                return answer;
            }
        }
    });
    assert!(served.await.contains("200 OK"));
}

/// A route that holds its answer back until told, and tells that it was reached.
fn held_back() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (here, go) = (Arc::clone(&arrived), Arc::clone(&release));
    let slow = move || async move {
        here.notify_one();
        go.notified().await;
        "finished"
    };
    (hello().route("/slow", get(slow)), arrived, release)
}

#[tokio::test]
async fn what_is_under_way_finishes_while_nothing_new_is_taken() {
    let (router, arrived, release) = held_back();
    let node = Node::start(router, &[], None).await;
    let mut idle = node.connect().await;
    let answer = tokio::spawn(fetch(node.connect().await, "/slow"));
    within(arrived.notified()).await;
    node.shutdown.begin(Duration::ZERO).await;
    assert_eq!(rest(&mut idle).await, "");
    within(async { while TcpStream::connect(node.addresses[0]).await.is_ok() {} }).await;
    assert!(!node.serving.is_finished());
    release.notify_one();
    assert!(answer.await.unwrap().ends_with("finished"));
    node.ended().await;
}

#[tokio::test]
async fn what_does_not_finish_is_left_behind_when_the_time_is_up() {
    let (router, arrived, _never) = held_back();
    let node = Node::start(router, &[("server.drain_seconds", "0")], None).await;
    let answer = tokio::spawn(fetch(node.connect().await, "/slow"));
    within(arrived.notified()).await;
    node.shutdown.begin(Duration::ZERO).await;
    node.ended().await;
    assert_eq!(answer.await.unwrap(), "");
}

#[tokio::test]
async fn a_second_word_ends_at_once() {
    let (router, arrived, _never) = held_back();
    let node = Node::start(router, &[], None).await;
    let answer = tokio::spawn(fetch(node.connect().await, "/slow"));
    within(arrived.notified()).await;
    node.shutdown.begin(Duration::ZERO).await;
    node.shutdown.abort();
    node.ended().await;
    assert_eq!(answer.await.unwrap(), "");
}

/// A certificate of its own making, in files.
struct Papers {
    folder: tempfile::TempDir,
}

impl Papers {
    fn new() -> Self {
        let papers = Self { folder: tempfile::tempdir().unwrap() };
        papers.renew();
        papers
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { cert: self.folder.path().join("cert.pem"), key: self.folder.path().join("key.pem") }
    }

    fn renew(&self) -> Vec<u8> {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(self.files().cert, made.cert.pem()).unwrap();
        std::fs::write(self.files().key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    }

    fn der(&self) -> rustls_pki_types::CertificateDer<'static> {
        rustls_pki_types::pem::PemObject::from_pem_file(self.files().cert).unwrap()
    }
}

/// A GET over TLS: the answer, the certificate shown and the version spoken.
fn fetch_securely(address: SocketAddr, papers: &Papers) -> (String, Vec<u8>, ProtocolVersion) {
    use std::io::{Read, Write};
    let mut roots = RootCertStore::empty();
    roots.add(papers.der()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let socket = std::net::TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    (answer, shown, stream.conn.protocol_version().unwrap())
}

#[tokio::test]
async fn tls_serves_and_its_certificate_can_be_changed_while_it_does() {
    let papers = Arc::new(Papers::new());
    let tls = Tls::load(&papers.files()).unwrap();
    let node = Node::start(hello(), &[], Some(tls.clone())).await;
    let address = node.addresses[1];
    let fetch = async || {
        let papers = Arc::clone(&papers);
        tokio::task::spawn_blocking(move || fetch_securely(address, &papers)).await.unwrap()
    };
    let (answer, first, version) = fetch().await;
    assert!(answer.contains("200 OK") && answer.ends_with("hello"), "{answer}");
    assert_eq!(version, ProtocolVersion::TLSv1_3);
    let renewed = papers.renew();
    tls.reload().unwrap();
    let (_, second, _) = fetch().await;
    assert_ne!(first, second);
    assert_eq!(second, renewed);
    // Broken files change nothing.
    std::fs::write(papers.files().key, "rubbish").unwrap();
    assert!(tls.reload().is_err());
    assert_eq!(fetch().await.1, renewed);
}

#[tokio::test]
async fn plain_http_to_a_tls_listener_gets_nothing() {
    let papers = Papers::new();
    let node = Node::start(hello(), &[], Some(Tls::load(&papers.files()).unwrap())).await;
    assert!(!fetch(node.connect().await, "/").await.contains("hello"));
}

#[test]
fn certificates_that_cannot_be_used_are_told_by_file() {
    let papers = Papers::new();
    let missing = TlsFiles { cert: "/nowhere/cert.pem".into(), key: papers.files().key };
    assert!(Tls::load(&missing).err().unwrap().to_string().contains("/nowhere/cert.pem"));
    let swapped = TlsFiles { cert: papers.files().key, key: papers.files().key };
    assert!(matches!(Tls::load(&swapped).err().unwrap(), TlsError::NoCertificate(_)));
    let other = Papers::new();
    let mixed = TlsFiles { cert: papers.files().cert, key: other.files().key };
    assert!(matches!(Tls::load(&mixed).err().unwrap(), TlsError::Unusable(_)));
}
