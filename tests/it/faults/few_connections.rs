//! Whoever holds a connection to the database must not wait for a second: with few of them, many at once would wait for
//! each other until they time out.

use std::sync::Arc;

use axum::http::StatusCode;
use hufu::logout::Reason;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Person, TestNode, Tokens};

/// More than the pool of a test has connections.
const CROWD: usize = 20;

/// People who are signed in at one service, on a node that has just started: nothing is cached.
async fn crowd(node: &mut TestNode) -> Vec<(Person, Tokens)> {
    let matters = node.client("matters").await;
    let mut all = Vec::new();
    for number in 0..CROWD {
        let person = node.person(&format!("citizen{number}")).await;
        let tokens = node.browser().sign_in_at(node, &matters, &person).await;
        all.push((person, tokens));
    }
    node.restart().await;
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_refreshes_at_once_do_not_wait_for_each_other() {
    let mut node = TestNode::start().await;
    let all = crowd(&mut node).await;
    let (node, gate) = (Arc::new(node), Arc::new(Barrier::new(CROWD)));
    let matters = node.client("matters").await;
    node.put_again(&matters, serde_json::json!({})).await;
    let mut tasks = JoinSet::new();
    for (_, tokens) in all {
        let (node, matters, gate) = (node.clone(), matters.clone(), gate.clone());
        tasks.spawn(async move {
            gate.wait().await;
            node.refresh(&matters, tokens.refresh()).await.status
        });
    }
    let patience = std::time::Duration::from_secs(10);
    let statuses = tokio::time::timeout(patience, tasks.join_all()).await.expect("they wait for each other");
    assert!(statuses.iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
    Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_logouts_at_once_do_not_wait_for_each_other() {
    let mut node = TestNode::start().await;
    let all = crowd(&mut node).await;
    let (node, gate) = (Arc::new(node), Arc::new(Barrier::new(CROWD)));
    let mut tasks = JoinSet::new();
    for (person, _) in all {
        let (node, gate) = (node.clone(), gate.clone());
        tasks.spawn(async move {
            gate.wait().await;
            node.app.logouts.end_sessions_of(&person.id, None, Reason::Admin).await.unwrap()
        });
    }
    let patience = std::time::Duration::from_secs(10);
    let ended = tokio::time::timeout(patience, tasks.join_all()).await.expect("they wait for each other");
    assert_eq!(ended.iter().sum::<usize>(), CROWD);
    while node.pending().await > 0 {
        node.deliver().await;
        node.pass(crate::support::span::seconds(1));
    }
    assert_eq!(node.sink.told("matters").len(), CROWD);
    Arc::into_inner(node).unwrap().close().await;
}
