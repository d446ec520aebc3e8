//! The end-to-end load program: drives whole flows against a running node over HTTP and prints rate, latency and the server's
//! CPU per operation. `make bench` runs it; figures are kept in `docs/PERFORMANCE.md`.
//!
//! Only loopback, bounded in count and time. It starts what it measures: the node of a demo in a temporary folder, beside it
//! a hello-world of the same framework whose answers are as large, and then node oidc-provider, so that a figure is a ratio
//! within one run.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program that measures says what went wrong by stopping, and prints its figures"
)]

mod hello;
mod http1;
mod logout;
mod peer;
mod process;
mod scenario;
mod storm;

use std::time::Duration;

use hello::Hello;
use http1::Connection;
use process::{Measured, Server};
use scenario::{Outcome, Scenario};

/// Connections at once.
const CONNECTIONS: usize = 8;
/// How long each scenario is driven.
const SPAN: Duration = Duration::from_secs(4);
/// Rounds of each, a hello-world driven after every one; medians are printed.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--hello") {
        return hello::serve(arguments[at + 1].parse().expect("a size")).await;
    }
    if arguments.iter().any(|argument| argument == "--sink") {
        return logout::sink().await;
    }
    let only: Vec<&str> = arguments.iter().skip(1).filter(|a| !a.starts_with('-')).map(String::as_str).collect();
    let node = Server::demo().await;
    println!(
        "start to first 200: {} ms (first start), {} ms (second start)",
        node.first_start_ms, node.second_start_ms
    );
    println!("resident memory idle: {:.1} MiB", node.resident_mib());
    let scenarios = scenario::all(&node).await;
    println!(
        "{:<24}{:>10}{:>12}{:>12}{:>12}{:>12}{:>12}",
        "operation", "rate/s", "p50 µs", "p99 µs", "cpu µs/op", "× hello", "by cpu"
    );
    drive_all(&node, &scenarios, &only).await;
    println!("resident memory after load: {:.1} MiB", node.resident_mib());
    if only.is_empty() || only.contains(&"storm") {
        let (logins, others): (Vec<&Scenario>, Vec<&Scenario>) =
            scenarios.iter().partition(|scenario| scenario.name == "password login");
        storm::drive(&node, logins.first().expect("the sign-in"), &others, SPAN).await;
    }
    if only.is_empty() || only.contains(&"logout") {
        logout::drive(&node).await;
    }
    let Some(peer) = peer::Peer::start() else {
        return println!("node oidc-provider is not installed: npm ci --prefix benches/load/peer");
    };
    println!("\nnode oidc-provider, in memory; resident memory idle: {:.1} MiB", peer.resident_mib());
    drive_all(&peer, &peer.scenarios().await, &only).await;
    println!("resident memory after load: {:.1} MiB", peer.resident_mib());
}

async fn drive_all(process: &impl Measured, scenarios: &[Scenario], only: &[&str]) {
    for scenario in scenarios {
        if only.is_empty() || only.contains(&scenario.name) {
            measure(process, scenario).await;
        }
    }
}

async fn measure(node: &impl Measured, scenario: &Scenario) {
    let hello = match scenario.hello_size {
        Some(size) => Some((Hello::start(size).await, scenario::fetch("hello", "/", None))),
        None => None,
    };
    let (mut rounds, mut by_rate, mut by_cpu) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = drive(node, scenario).await;
        if let Some((hello, get)) = &hello {
            let beside = drive(hello, get).await;
            by_rate.push(round.rate / beside.rate);
            by_cpu.push(beside.cpu_us / round.cpu_us);
        }
        rounds.push(round);
    }
    rounds.sort_by(|one, other| one.cpu_us.total_cmp(&other.cpu_us));
    let shown = &rounds[ROUNDS / 2];
    println!(
        "{:<24}{:>10.0}{:>12.0}{:>12.0}{:>12.1}{:>12}{:>12}",
        scenario.name,
        shown.rate,
        shown.p50_us,
        shown.p99_us,
        shown.cpu_us,
        median(by_rate),
        median(by_cpu)
    );
}

fn median(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

async fn drive(node: &impl Measured, scenario: &Scenario) -> Outcome {
    let before = node.cpu_us();
    let started = std::time::Instant::now();
    let until = started + SPAN;
    let mut drivers = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (step, address) = (scenario.step.clone(), node.address());
        drivers.spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut times = Vec::new();
            while std::time::Instant::now() < until {
                let begun = std::time::Instant::now();
                connection = step(connection).await;
                times.push(begun.elapsed());
            }
            times
        });
    }
    let mut times: Vec<Duration> = drivers.join_all().await.into_iter().flatten().collect();
    let elapsed = started.elapsed();
    Outcome::of(&mut times, elapsed, node.cpu_us() - before)
}
