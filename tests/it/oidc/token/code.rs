//! Threat 9: a code buys once, raced, late, elsewhere or after a restart.

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::span::seconds;
use crate::support::{Request, TestNode};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_at_once_one_succeeds_and_the_others_end_what_it_bought() {
    let node = Arc::new(TestNode::start().await);
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let code = node.browser().code_for(&request, &wang).await;
    let gate = Arc::new(Barrier::new(50));
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (node, matters, request, code, gate) =
            (node.clone(), matters.clone(), request.clone(), code.clone(), gate.clone());
        all.spawn(async move {
            gate.wait().await;
            node.redeem(&matters, &request, &code).await
        });
    }
    let answers = all.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(won.len(), 1);
    assert_eq!(
        lost.iter().map(|answer| answer.error()).collect::<HashSet<_>>(),
        HashSet::from(["invalid_grant".into()])
    );
    let tokens = won[0].tokens();
    assert!(!node.is_active(&matters, &tokens.access).await, "a code that came twice may be stolen");
    assert_eq!(node.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
    Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn a_code_that_comes_again_ends_everything_it_bought() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let mut browser = node.browser();
    let code = browser.code_for(&request, &wang).await;
    let first = node.redeem(&matters, &request, &code).await.tokens();
    let second = node.refresh(&matters, first.refresh()).await.tokens();
    let other = browser.sign_in_at(&node, &matters, &wang).await;
    assert_eq!(node.redeem(&matters, &request, &code).await.error(), "invalid_grant");
    for token in [&first.access, &second.access] {
        assert!(!node.is_active(&matters, token).await);
        assert_eq!(node.userinfo(token).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(node.refresh(&matters, second.refresh()).await.error(), "invalid_grant");
    assert!(node.is_active(&matters, &other.access).await, "what another code bought stays");
    node.close().await;
}

#[tokio::test]
async fn a_code_is_good_for_a_minute_at_its_client_and_while_its_session_lives() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let mut browser = node.browser();
    let code = browser.code_for(&request, &wang).await;
    let stolen = node.redeem(&licences, &request, &code).await;
    assert_eq!(stolen.error(), "invalid_grant", "another client");
    node.pass(seconds(59));
    node.redeem(&matters, &request, &code).await.tokens();
    let code = browser.code_for(&request, &wang).await;
    node.pass(seconds(60));
    assert_eq!(node.redeem(&matters, &request, &code).await.error(), "invalid_grant", "late");
    let code = browser.code_for(&request, &wang).await;
    browser.sign_out().await;
    assert_eq!(node.redeem(&matters, &request, &code).await.error(), "invalid_grant", "the session has ended");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_code_survives_a_wrong_try_of_somebody_else_and_an_altered_one_is_nothing() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let code = node.browser().code_for(&request, &wang).await;
    // Neither a thief without the secret nor another client can burn it.
    let thief = crate::support::Client { secret: "guess".into(), ..matters.clone() };
    let answer = node.redeem(&thief, &request, &code).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"));
    node.redeem(&licences, &request, &code).await.error();
    for altered in [format!("{code}A"), code[..code.len() - 2].to_owned(), code.to_lowercase(), "x".into()] {
        assert_eq!(node.redeem(&matters, &request, &altered).await.error(), "invalid_grant", "{altered}");
    }
    node.redeem(&matters, &request, &code).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn a_restart_makes_no_code_fresh_and_loses_no_token() {
    let mut node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let mut browser = node.browser();
    let unused = browser.code_for(&request, &wang).await;
    let used = browser.code_for(&request, &wang).await;
    let tokens = node.redeem(&matters, &request, &used).await.tokens();
    node.restart().await;
    node.redeem(&matters, &request, &unused).await.tokens();
    assert!(node.is_active(&matters, &tokens.access).await);
    let next = node.refresh(&matters, tokens.refresh()).await.tokens();
    assert_eq!(node.redeem(&matters, &request, &used).await.error(), "invalid_grant");
    assert!(!node.is_active(&matters, &next.access).await, "the replay ends the family after a restart too");
    node.close().await;
}
