//! The measure of the possible: a hello-world of the same framework, in a process of its own, with answers of a given size.

use std::net::SocketAddr;
use std::process::Stdio;

use axum::Router;
use axum::routing::get;
use tokio::io::AsyncBufReadExt;
use tokio::process::{Child, Command};

use crate::process::Measured;

/// Serves answers of `size` bytes on a free port, which it prints.
pub async fn serve(size: usize) {
    let body = bytes::Bytes::from("x".repeat(size));
    let router: Router = Router::new().route("/", get(move || std::future::ready(body.clone())));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    axum_server::from_tcp(listener.into_std().expect("a listener"))
        .expect("a server")
        .serve(router.into_make_service())
        .await
        .expect("serves");
}

/// A running hello-world; it ends when it is dropped.
pub struct Hello {
    child: Child,
    address: SocketAddr,
}

impl Hello {
    /// Starts one whose answers have `size` bytes.
    pub async fn start(size: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--hello", &size.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the hello-world starts");
        let mut lines = tokio::io::BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines.next_line().await.expect("a line").expect("a line").parse().expect("an address");
        Self { child, address }
    }
}

impl Measured for Hello {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }
}
