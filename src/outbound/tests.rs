//! The guard as an attacker meets it: over real sockets on the loopback, with names that resolve to what the test says.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderValue, Method, StatusCode, header};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use url::Url;

use super::*;

/// A name service that gives its answers in turn, the last one for ever.
struct Names {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn always(addresses: &[SocketAddr]) -> Arc<Self> {
        Self::in_turn(&[addresses])
    }

    fn in_turn(answers: &[&[SocketAddr]]) -> Arc<Self> {
        let answers = Mutex::new(answers.iter().map(|addresses| addresses.to_vec()).collect());
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }
}

impl Resolver for Names {
    fn resolve(&self, _: String, _: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move { Ok(answer.unwrap_or_default()) })
    }
}

/// A server that takes whole request heads and gives the same bytes back to each.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn on(ip: &str, answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heads) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counter, seen, answer) = (connections.clone(), heads.clone(), Arc::new(answer.into()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, answer.clone(), seen.clone(), then));
            }
        });
        Self { address, connections, heads }
    }

    async fn new(answer: impl Into<Vec<u8>>) -> Self {
        Self::on("127.0.0.1", answer, Then::Close).await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn url(&self, path: &str) -> Url {
        format!("http://service.test:{}{path}", self.address.port()).parse().unwrap()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Close,
    KeepAlive,
    Hang,
}

async fn converse(mut stream: TcpStream, answer: Arc<Vec<u8>>, seen: Arc<Mutex<Vec<String>>>, then: Then) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let close = then == Then::Close || head.contains("connection: close");
        seen.lock().push(head);
        let _ = stream.write_all(&answer).await;
        if then == Then::Hang {
            return std::future::pending().await;
        }
        if close {
            return;
        }
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn allow(cidr: &str, plain_http: bool) -> OutboundPolicy {
    let rule = AllowRule { cidr: cidr.parse().unwrap(), ports: vec![], plain_http };
    OutboundPolicy { allow: vec![rule], native_roots: false, ..OutboundPolicy::default() }
}

fn client(policy: OutboundPolicy, names: Arc<Names>) -> Outbound {
    Outbound::with_resolver(policy, names).unwrap()
}

/// A client that may reach `server` under the name `service.test`.
fn client_of(server: &Server) -> Outbound {
    client(allow("127.0.0.1/32", true), Names::always(&[server.address]))
}

fn refused(why: Refusal) -> Option<OutboundError> {
    Some(OutboundError::Refused { why })
}

const SOON: Limits = Limits { timeout: Duration::from_millis(200), max_body: 1024 };

async fn get(client: &Outbound, url: Url) -> Result<OutboundResponse, OutboundError> {
    client.get(url, Limits::default(), "test").await
}

#[tokio::test]
async fn a_listed_server_is_reached_and_told_the_name_that_was_asked_for() {
    let server = Server::new(OK).await;
    let answer = get(&client_of(&server), server.url("/a?b=c#secret")).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"ok"[..]));
    let head = server.heads.lock().join("").to_ascii_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("host: service.test:{}\r\n", server.address.port())), "{head}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_before_anyone_is_connected() {
    let server = Server::new(OK).await;
    let client = client(allow("10.0.0.0/8", true), Names::always(&[server.address]));
    assert_eq!(get(&client, server.url("/")).await.err(), refused(Refusal::NotListed("loopback")));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn names_that_lead_to_each_kind_of_address_are_refused() {
    let internal = [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:a00:1::]",
        "[2001:db8::1]",
    ];
    for ip in internal {
        let client = client(allow("127.0.0.0/8", true), Names::always(&[format!("{ip}:80").parse().unwrap()]));
        let error = get(&client, "http://service.test/".parse().unwrap()).await.err();
        assert!(matches!(error, Some(OutboundError::Refused { why: Refusal::NotListed(_) })), "{ip}: {error:?}");
    }
    let everything = || {
        let mut policy = allow("0.0.0.0/0", true);
        policy.allow.extend(allow("::/0", true).allow);
        policy
    };
    let never =
        ["169.254.169.254", "100.100.100.200", "224.0.0.1", "0.0.0.0", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]"];
    for ip in never {
        let client = client(everything(), Names::always(&[format!("{ip}:80").parse().unwrap()]));
        let error = get(&client, "http://service.test/".parse().unwrap()).await.err();
        assert!(matches!(error, Some(OutboundError::Refused { why: Refusal::Forbidden(_) })), "{ip}: {error:?}");
    }
}

/// The name answers with an allowed address when it is checked and with an internal one afterwards. There is no
/// afterwards: one look-up serves both check and connection, and the next connection is checked anew.
#[tokio::test]
async fn dns_rebinding_finds_no_window() {
    let outside = Server::on("127.0.0.1", OK, Then::Close).await;
    let inside = Server::on("127.0.0.2", OK, Then::Close).await;
    let target = SocketAddr::new(inside.address.ip(), outside.address.port());
    let names = Names::in_turn(&[&[outside.address], &[target]]);
    let client = client(allow("127.0.0.1/32", true), names.clone());
    let (first, asked) = (get(&client, outside.url("/")).await, names.asked.load(Ordering::SeqCst));
    assert_eq!(first.unwrap().status, StatusCode::OK);
    assert_eq!(asked, 1);
    assert_eq!(get(&client, outside.url("/")).await.err(), refused(Refusal::NotListed("loopback")));
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_allowed_address_is_connected() {
    let inside = Server::on("127.0.0.2", OK, Then::Close).await;
    let outside = Server::new(OK).await;
    let client = client(allow("127.0.0.1/32", true), Names::always(&[inside.address, outside.address]));
    assert_eq!(get(&client, outside.url("/")).await.unwrap().status, StatusCode::OK);
    assert_eq!((inside.connections(), outside.connections()), (0, 1));
}

#[tokio::test]
async fn plain_http_is_refused_without_a_rule_for_it() {
    let server = Server::new(OK).await;
    let client = client(allow("127.0.0.0/8", false), Names::always(&[server.address]));
    assert_eq!(get(&client, server.url("/")).await.err(), refused(Refusal::PlainHttp));
    // Another network's rule passes the early check of a name, and is of no use once the address is known.
    let mut policy = allow("127.0.0.0/8", false);
    policy.allow.extend(allow("10.0.0.0/8", true).allow);
    let client = self::client(policy, Names::always(&[server.address]));
    assert_eq!(client.check_url(&server.url("/")), Ok(()));
    assert_eq!(get(&client, server.url("/")).await.err(), refused(Refusal::PlainHttp));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn user_information_in_a_url_is_refused() {
    let server = Server::new(OK).await;
    let mut url = server.url("/");
    url.set_username("service").unwrap();
    assert_eq!(get(&client_of(&server), url).await.err(), refused(Refusal::UserInformation));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_not_followed() {
    let elsewhere = Server::new(OK).await;
    // An address that this client may reach: nothing but the client itself keeps it from going there.
    let location = format!("http://{}/stolen", elsewhere.address);
    let server = Server::new(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")).await;
    let answer = get(&client_of(&server), server.url("/")).await.unwrap();
    assert_eq!((answer.status, answer.is_success()), (StatusCode::FOUND, false));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_oversize_body_is_cut_off_whether_announced_or_not() {
    let announced = Server::new("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n").await;
    let refused = client_of(&announced).get(announced.url("/"), SOON, "test").await;
    assert_eq!(refused.err(), Some(OutboundError::TooLarge));
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let streamed = Server::on("127.0.0.1", format!("{head}{chunk}{chunk}"), Then::Hang).await;
    let cut = client_of(&streamed).get(streamed.url("/"), SOON, "test").await;
    assert_eq!(cut.err(), Some(OutboundError::TooLarge));
    let exact = Server::new(format!("{head}{chunk}0\r\n\r\n")).await;
    let whole = client_of(&exact).get(exact.url("/"), Limits { max_body: 0x400, ..SOON }, "test").await;
    assert_eq!(whole.unwrap().body.len(), 0x400);
}

#[tokio::test]
async fn an_oversize_head_is_refused() {
    let long = Server::new(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000))).await;
    assert_eq!(get(&client_of(&long), long.url("/")).await.err(), Some(OutboundError::TooLarge));
    let many = Server::new(format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(200))).await;
    assert_eq!(get(&client_of(&many), many.url("/")).await.err(), Some(OutboundError::TooLarge));
}

#[tokio::test]
async fn silence_and_slow_bodies_end_by_the_timeout() {
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow"] {
        let server = Server::on("127.0.0.1", answer, Then::Hang).await;
        let result = client_of(&server).get(server.url("/"), SOON, "test").await;
        assert_eq!(result.err(), Some(OutboundError::Timeout), "{answer:?}");
    }
}

#[tokio::test]
async fn half_an_answer_is_an_error() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "+PONG\r\n"] {
        let server = Server::new(answer).await;
        let result = get(&client_of(&server), server.url("/")).await;
        assert_eq!(result.err(), Some(OutboundError::Protocol), "{answer:?}");
    }
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url: Url = format!("http://service.test:{}/", address.port()).parse().unwrap();
    let closed = get(&client(allow("127.0.0.1/32", true), Names::always(&[address])), url.clone()).await;
    assert_eq!(closed.err(), Some(OutboundError::Connect(io::ErrorKind::ConnectionRefused)));
    let unknown = get(&client(allow("127.0.0.1/32", true), Names::always(&[])), url).await;
    assert_eq!(unknown.err(), Some(OutboundError::Resolve));
}

/// A listener whose queue is full answers no further connection request.
#[tokio::test]
async fn a_connection_that_does_not_come_about_times_out() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let _queue = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
    let policy = OutboundPolicy { connect_timeout_ms: 150, ..allow("127.0.0.1/32", true) };
    let url = format!("http://service.test:{}/", address.port()).parse().unwrap();
    let result = get(&client(policy, Names::always(&[address])), url).await;
    assert_eq!(result.err(), Some(OutboundError::Timeout));
}

#[tokio::test]
async fn connections_are_reused_up_to_the_bound() {
    let server = Server::on("127.0.0.1", OK, Then::KeepAlive).await;
    let shared = client_of(&server);
    get(&shared, server.url("/1")).await.unwrap();
    get(&shared, server.url("/2")).await.unwrap();
    assert_eq!(server.connections(), 1);
    let policy = OutboundPolicy { max_open: 0, ..allow("127.0.0.1/32", true) };
    let unshared = client(policy, Names::always(&[server.address]));
    get(&unshared, server.url("/3")).await.unwrap();
    get(&unshared, server.url("/4")).await.unwrap();
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn more_requests_than_allowed_at_once_wait_within_their_own_time() {
    let server = Server::on("127.0.0.1", "", Then::Hang).await;
    let policy = OutboundPolicy { max_in_flight: 1, ..allow("127.0.0.1/32", true) };
    let client = client(policy, Names::always(&[server.address]));
    let (first, second) = tokio::join!(
        client.get(server.url("/1"), Limits { timeout: Duration::from_millis(600), ..SOON }, "test"),
        client.get(server.url("/2"), SOON, "test")
    );
    assert_eq!((first.err(), second.err()), (Some(OutboundError::Timeout), Some(OutboundError::Timeout)));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_callers_headers_cannot_reframe_the_message() {
    let server = Server::new(OK).await;
    let mut request = OutboundRequest::form(server.url("/"), &[("a", "b&c")], Limits::default(), "test");
    request.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("1"));
    request.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    request.headers.insert(header::HOST, HeaderValue::from_static("other.test"));
    client_of(&server).send(request).await.unwrap();
    let head = server.heads.lock().join("").to_ascii_lowercase();
    assert!(head.contains("content-length: 7\r\n") && head.contains("host: service.test"), "{head}");
    assert!(!head.contains("chunked") && !head.contains("other.test"), "{head}");
}

/// A certificate authority of our own and a server for `service.test` under it.
struct TlsServer {
    address: SocketAddr,
    ca: tempfile::NamedTempFile,
}

impl TlsServer {
    async fn for_name(name: &str) -> Self {
        let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let certificate = authority.self_signed(&authority_key).unwrap();
        let mut ca = tempfile::NamedTempFile::new().unwrap();
        ca.write_all(certificate.pem().as_bytes()).unwrap();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().fallback(|| async { "over TLS" });
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
        tokio::spawn(axum_server::from_tcp_rustls(listener, config).unwrap().serve(router.into_make_service()));
        Self { address, ca }
    }

    async fn get(&self, ca_files: Vec<std::path::PathBuf>) -> Result<OutboundResponse, OutboundError> {
        let policy = OutboundPolicy { ca_files, ..allow("127.0.0.1/32", false) };
        let url = format!("https://service.test:{}/", self.address.port()).parse().unwrap();
        get(&client(policy, Names::always(&[self.address])), url).await
    }

    fn ca_files(&self) -> Vec<std::path::PathBuf> {
        vec![self.ca.path().to_owned()]
    }
}

#[tokio::test]
async fn tls_trusts_the_listed_authority_and_no_other() {
    let server = TlsServer::for_name("service.test").await;
    assert_eq!(&server.get(server.ca_files()).await.unwrap().body[..], b"over TLS");
    let other = TlsServer::for_name("service.test").await;
    assert!(matches!(server.get(other.ca_files()).await.err(), Some(OutboundError::Tls(_))));
    assert!(matches!(server.get(vec![]).await.err(), Some(OutboundError::Tls(_))));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = TlsServer::for_name("other.test").await;
    assert!(matches!(server.get(server.ca_files()).await.err(), Some(OutboundError::Tls(_))));
}

#[tokio::test]
async fn https_to_a_server_without_tls_is_a_tls_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let tls = TlsServer::for_name("service.test").await;
    let policy = OutboundPolicy { ca_files: tls.ca_files(), ..allow("127.0.0.1/32", false) };
    let url = format!("https://service.test:{}/", address.port()).parse().unwrap();
    let result = get(&client(policy, Names::always(&[address])), url).await;
    assert!(matches!(result.err(), Some(OutboundError::Tls(_))));
}

#[test]
fn a_wrong_ca_file_is_found_at_start() {
    let mut empty = tempfile::NamedTempFile::new().unwrap();
    empty.write_all(b"no certificate here\n").unwrap();
    for path in [empty.path().to_owned(), "/nowhere/ca.pem".into()] {
        let policy = OutboundPolicy { ca_files: vec![path], ..OutboundPolicy::default() };
        assert!(matches!(Outbound::new(policy).err(), Some(OutboundError::CaFile { .. })));
    }
}

#[tokio::test]
async fn the_systems_resolver_knows_localhost() {
    let found = SystemResolver::new(1).resolve("localhost".to_owned(), 80).await.unwrap();
    assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80) && !found.is_empty());
}

#[tokio::test]
async fn the_openid_crates_send_through_the_guard() {
    use oauth2::{
        AuthUrl, AuthorizationCode, ClientId, EmptyExtraTokenFields, StandardTokenResponse, TokenResponse as _,
    };
    let answer = r#"{"access_token":"at-1","token_type":"bearer"}"#;
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
    let server = Server::new(format!("{head}{answer}")).await;
    let http = client_of(&server).openid_http(SOON, "upstream_token");
    let client = |url: Url| {
        oauth2::basic::BasicClient::new(ClientId::new("rp".to_owned()))
            .set_auth_uri(AuthUrl::from_url(url.clone()))
            .set_token_uri(oauth2::TokenUrl::from_url(url))
    };
    let code = || AuthorizationCode::new("code-1".to_owned());
    type Answer = StandardTokenResponse<EmptyExtraTokenFields, oauth2::basic::BasicTokenType>;
    let token: Answer = client(server.url("/token")).exchange_code(code()).request_async(&http).await.unwrap();
    assert_eq!(token.access_token().secret(), "at-1");
    let metadata = client("http://169.254.169.254/token".parse().unwrap());
    let Err(oauth2::RequestTokenError::Request(error)) = metadata.exchange_code(code()).request_async(&http).await
    else {
        panic!("must be refused")
    };
    assert_eq!(Some(error), refused(Refusal::Forbidden("link-local")));
}

#[tokio::test]
async fn openid_discovery_goes_through_the_guard() {
    use openidconnect::core::CoreProviderMetadata;
    let server = Server::new("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let http = client_of(&server).openid_http(SOON, "upstream_discovery");
    let issuer = openidconnect::IssuerUrl::new(server.url("/province").to_string()).unwrap();
    assert!(CoreProviderMetadata::discover_async(issuer, &http).await.is_err());
    assert!(server.heads.lock().join("").starts_with("GET /province/.well-known/openid-configuration"));
}

#[tokio::test]
async fn json_answers_are_read_and_their_text_never_shows_in_errors() {
    let server = Server::new("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"a\":\"pii\"}").await;
    let sent = client_of(&server).post_json(server.url("/"), &["x"], SOON, "test").await.unwrap();
    assert_eq!(sent.json::<std::collections::HashMap<String, String>>().unwrap()["a"], "pii");
    let error = sent.json::<Vec<u8>>().unwrap_err();
    assert_eq!(error, OutboundError::Json);
    assert!(!format!("{error} {error:?}").contains("pii"));
    assert_eq!(OutboundRequest::get(server.url("/"), SOON, "test").method, Method::GET);
}
