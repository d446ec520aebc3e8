//! A storm of sign-ins: how long everybody else waits meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::http1::Connection;
use crate::process::Measured;
use crate::scenario::Scenario;

/// People who sign in at once, all the time.
const STORM: usize = 16;

/// Drives the sign-ins as hard as they go, and each other scenario by one visitor who comes every few milliseconds.
pub async fn drive(node: &impl Measured, login: &Scenario, others: &[&Scenario], span: Duration) {
    let over = Arc::new(AtomicBool::new(false));
    let mut storm = tokio::task::JoinSet::new();
    for _ in 0..STORM {
        let (step, address, over) = (login.step.clone(), node.address(), Arc::clone(&over));
        storm.spawn(async move {
            let mut connection = Connection::open(address).await;
            while !over.load(Ordering::Relaxed) {
                connection = step(connection).await;
            }
        });
    }
    println!("while {STORM} people sign in at once:");
    for other in others {
        let mut times = visit(node, other, span).await;
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("{:<24}p50 {:>8.1} ms   p99 {:>8.1} ms   of {}", other.name, at(0.5), at(0.99), times.len());
    }
    over.store(true, Ordering::Relaxed);
    while storm.join_next().await.is_some() {}
}

async fn visit(node: &impl Measured, other: &Scenario, span: Duration) -> Vec<Duration> {
    let mut connection = Connection::open(node.address()).await;
    let until = Instant::now() + span;
    let mut times = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        connection = (other.step)(connection).await;
        times.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    times
}
