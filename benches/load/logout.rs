//! A logout that ten thousand services must hear of: one session, every service at an address of its own, and beside it a bare
//! HTTP client that tells the same sink the same.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use tokio::io::AsyncBufReadExt;
use tokio::process::{Child, Command};

use crate::http1::Connection;
use crate::process::{Measured, Server};
use crate::scenario::{self, Client};

/// How many services there are when `HUFU_LOGOUT_PARTIES` does not say.
const PARTIES: usize = 10_000;
/// Requests at once, of the bare client and of the node (`jobs.at_once`).
const AT_ONCE: usize = 64;
/// How long everybody may take to be told.
const PATIENCE: Duration = Duration::from_secs(120);

/// Counts what arrives at `/logout`, on a free port of every loopback address; it prints the port.
pub async fn sink() {
    let told = Arc::<AtomicUsize>::default();
    let router = Router::new()
        .route(
            "/logout",
            post(async |State(told): State<Arc<AtomicUsize>>, _: Bytes| _ = told.fetch_add(1, Ordering::Relaxed)),
        )
        .route("/told", get(async |State(told): State<Arc<AtomicUsize>>| told.load(Ordering::Relaxed).to_string()))
        .with_state(told);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    axum::serve(listener, router).await.expect("serves");
}

struct Sink {
    _child: Child,
    port: u16,
}

impl Sink {
    async fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg("--sink")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the sink starts");
        let mut lines = tokio::io::BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = lines.next_line().await.expect("a line").expect("a line").parse().expect("a port");
        Self { _child: child, port }
    }

    /// The address of a service: its own host, as services have.
    fn url(&self, number: usize) -> String {
        format!("http://127.{}.{}.{}:{}/logout", 16 + number / 62_500, number / 250 % 250, number % 250 + 1, self.port)
    }

    async fn told(&self) -> usize {
        let mut connection = Connection::open(SocketAddr::from(([127, 0, 0, 1], self.port))).await;
        String::from_utf8(connection.get("/told", "").await.body).expect("text").parse().expect("a number")
    }

    /// Waits until it was told `count` times.
    async fn until(&self, count: usize) {
        let begun = Instant::now();
        while self.told().await < count {
            assert!(begun.elapsed() < PATIENCE, "{} of {count} were told", self.told().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Prints how long the node and the bare client take, and the node's memory.
pub async fn drive(node: &Server) {
    let parties = std::env::var("HUFU_LOGOUT_PARTIES").map_or(PARTIES, |text| text.parse().expect("a number"));
    let sink = Sink::start().await;
    let (mut connection, cookie, token) = everybody(node, &sink, parties).await;
    let bare = bare(&sink, parties).await;
    let (cpu, memory) = (node.cpu_us(), node.resident_mib());
    let begun = Instant::now();
    let back = "https%3A%2F%2Fclient.example%2F";
    let path = format!("/oauth2/logout?id_token_hint={token}&post_logout_redirect_uri={back}");
    let answer = connection.get(&path, &cookie).await;
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    let answered = begun.elapsed();
    let mut most = memory;
    let watch = async {
        loop {
            most = f64::max(most, node.resident_mib());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = sink.until(2 * parties) => {}
        () = watch => {}
    }
    let all = begun.elapsed();
    let each = (node.cpu_us() - cpu) / parties as f64;
    println!("\nlogout of one session at {parties} services (answered after {} ms)", answered.as_millis());
    println!("  bare client  {:>8.0}/s", parties as f64 / bare.as_secs_f64());
    println!(
        "  hufu         {:>8.0}/s  {:.2} × bare, {each:.1} cpu µs each, memory {memory:.1} MiB before, {most:.1} at most",
        parties as f64 / all.as_secs_f64(),
        bare.as_secs_f64() / all.as_secs_f64()
    );
}

/// Lets one person be signed in at every service: the connection and cookie of her browser, and one ID token.
async fn everybody(node: &Server, sink: &Sink, parties: usize) -> (Connection, String, String) {
    let (name, password) = scenario::person(&node.manifest);
    let mut connection = Connection::open(node.address()).await;
    let cookie = scenario::sign_in(&mut connection, name, password).await;
    let mut token = String::new();
    for number in 0..parties {
        let client: Client = scenario::told_at(&mut connection, &node.manifest, &sink.url(number)).await;
        let code = scenario::code_of_openid(&mut connection, &client, &cookie).await;
        let tokens = scenario::redeem(&mut connection, &client, &code).await;
        if number == 0 {
            tokens["id_token"].as_str().expect("an ID token").clone_into(&mut token);
        }
    }
    (connection, cookie, token)
}

/// Tells every service once, with nothing to remember.
async fn bare(sink: &Sink, parties: usize) -> Duration {
    let client: HttpClient<_, Full<Bytes>> = HttpClient::builder(TokioExecutor::new()).build_http();
    let body = Bytes::from(format!("logout_token={}", "x".repeat(620)));
    let urls: Arc<Vec<String>> = Arc::new((0..parties).map(|number| sink.url(number)).collect());
    let (next, begun) = (Arc::<AtomicUsize>::default(), Instant::now());
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (client, body, urls, next) = (client.clone(), body.clone(), urls.clone(), next.clone());
        all.spawn(async move {
            while let Some(url) = urls.get(next.fetch_add(1, Ordering::Relaxed)) {
                let request = http::Request::post(url.as_str())
                    .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(Full::new(body.clone()))
                    .expect("a request");
                let answer = client.request(request).await.expect("an answer");
                assert!(answer.status().is_success());
                answer.into_body().collect().await.expect("its body");
            }
        });
    }
    all.join_all().await;
    let all = begun.elapsed();
    sink.until(parties).await;
    all
}
