//! The measure of the possible: a hello-world of the same framework, in a process of its own, with answers of a given size.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::AsyncBufReadExt;

use crate::http1::Connection;

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

/// Answers a second of a hello-world of this size, driven like everything else.
pub async fn rate(size: usize, connections: usize, span: Duration) -> f64 {
    let mut child = tokio::process::Command::from(Command::new(std::env::current_exe().expect("this program")))
        .args(["--hello", &size.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the hello-world starts");
    let mut lines = tokio::io::BufReader::new(child.stdout.take().expect("its output")).lines();
    let address: SocketAddr = lines.next_line().await.expect("a line").expect("a line").parse().expect("an address");
    let begun = Instant::now();
    let mut drivers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        drivers.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut count = 0_u64;
            while begun.elapsed() < span {
                connection.get("/", "").await;
                count += 1;
            }
            count
        });
    }
    let count: u64 = drivers.join_all().await.into_iter().sum();
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    child.kill().await.expect("it ends");
    rate
}
