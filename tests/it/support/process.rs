//! [`Process`]: `hufu serve` as a process of its own, reached over HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use hufu::config::Override;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a process may take to start or to leave.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `hufu serve`; dropped, it is killed.
pub struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts one on a port of its own, in `folder`; it is up when this returns.
    pub async fn serve(folder: &Path, settings: &[Override]) -> Self {
        let mut command = hufu(folder, settings);
        command.args(["--set", "server.listen=127.0.0.1:0", "serve"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = timeout(PATIENCE, async {
            while let Some(line) = log.next_line().await.unwrap() {
                if let Some(address) = listening(&line) {
                    return address;
                }
                said.push(line);
            }
            panic!("the process did not start: {said:?}")
        });
        let address = address.await.expect("the process says where it listens");
        // Nobody may fill the pipe and make the process wait.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        Self { child, address }
    }

    /// A way to it: every request is sent as it is.
    pub(super) fn router(&self) -> Router {
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Router::new().fallback(carry).with_state((client, self.address))
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks it to end, as an operator would.
    pub async fn must_end(&self) {
        // The shell's own word: a bare machine has no program of that name.
        let word = format!("kill -TERM {}", self.child.id().expect("it still runs"));
        assert!(Command::new("sh").args(["-c", &word]).status().await.unwrap().success());
    }

    /// Waits until it has left, in order.
    pub async fn leaves(mut self) {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it leaves").unwrap();
        assert!(status.success(), "{status}");
    }

    /// Ends it as an operator would; it must leave in order.
    pub(super) async fn stop(self) {
        self.must_end().await;
        self.leaves().await;
    }
}

/// Runs another command of the binary; what it answers.
pub(super) async fn command(folder: &Path, settings: &[Override], arguments: &[&str]) -> String {
    let output = hufu(folder, settings).args(arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {} {said}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The binary with these settings and nothing of this process's environment.
fn hufu(folder: &Path, settings: &[Override]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.env_clear().current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command.args(settings.iter().flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]));
    command
}

/// Where a process listens, if this is the line of its log that says it.
fn listening(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line.get("listen")?.as_str()?.parse().ok()
}

type Way = (Client<HttpConnector, Body>, SocketAddr);

async fn carry(State((client, address)): State<Way>, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::try_from(format!("http://{address}{path}")).unwrap();
    let answer = client.request(request).await.expect("the process answers");
    answer.map(Body::new).into_response()
}
