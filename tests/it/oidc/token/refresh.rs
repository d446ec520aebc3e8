//! Threat 10: refresh tokens rotate, once, and a stolen one ends its family.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::span::{hours, minutes, seconds};
use crate::support::{Request, TestNode, Tokens};

#[tokio::test]
async fn the_old_token_gives_the_same_successor_within_the_grace_and_ends_the_family_after_it() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let first = node.browser().sign_in_at(&node, &matters, &wang).await;
    let second = node.refresh(&matters, first.refresh()).await.tokens();
    assert_ne!(first.refresh(), second.refresh());
    node.pass(seconds(30));
    let again = node.refresh(&matters, first.refresh()).await.tokens();
    assert_eq!(again.refresh(), second.refresh(), "an answer that was lost is given again");
    node.pass(seconds(1));
    assert_eq!(node.refresh(&matters, first.refresh()).await.error(), "invalid_grant");
    for token in [&first.access, &second.access, &again.access] {
        assert!(!node.is_active(&matters, token).await);
    }
    assert_eq!(node.refresh(&matters, second.refresh()).await.error(), "invalid_grant", "the thief's or the owner's");
    node.close().await;
}

#[tokio::test]
async fn within_the_grace_only_the_last_token_counts_as_the_old_one() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let first = node.browser().sign_in_at(&node, &matters, &wang).await;
    let second = node.refresh(&matters, first.refresh()).await.tokens();
    let third = node.refresh(&matters, second.refresh()).await.tokens();
    assert_eq!(node.refresh(&matters, first.refresh()).await.error(), "invalid_grant", "two generations back");
    assert_eq!(node.refresh(&matters, third.refresh()).await.error(), "invalid_grant", "and the family has ended");
    node.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_rotations_at_once_give_one_successor() {
    let node = Arc::new(TestNode::start().await);
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let first = node.browser().sign_in_at(&node, &matters, &wang).await;
    let gate = Arc::new(Barrier::new(50));
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (node, matters, token, gate) = (node.clone(), matters.clone(), first.refresh().to_owned(), gate.clone());
        all.spawn(async move {
            gate.wait().await;
            node.refresh(&matters, &token).await.tokens()
        });
    }
    let answers: Vec<Tokens> = all.join_all().await;
    let successors: HashSet<&str> = answers.iter().map(Tokens::refresh).collect();
    assert_eq!(successors.len(), 1, "{successors:?}");
    node.refresh(&matters, answers[0].refresh()).await.tokens();
    Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn refreshing_keeps_a_session_alive_to_its_hard_limit_and_no_longer() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let mut tokens = browser.sign_in_at(&node, &matters, &wang).await;
    for _ in 0..29 {
        node.pass(minutes(24));
        tokens = node.refresh(&matters, tokens.refresh()).await.tokens();
    }
    browser.begin(&Request::of(&matters).with("prompt", "none")).await.callback().code();
    node.pass(minutes(24));
    assert_eq!(node.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant", "twelve hours are over");
    let idle = node.browser().sign_in_at(&node, &matters, &wang).await;
    node.pass(minutes(31));
    assert_eq!(node.refresh(&matters, idle.refresh()).await.error(), "invalid_grant", "half an hour without life");
    node.app.sweeper.run_chores().await.unwrap();
    node.close().await;
}

#[tokio::test]
async fn an_offline_grant_outlives_its_session_and_nothing_else() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters).with("scope", "openid offline_access").with("prompt", "consent");
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let code = browser.submit(&page, "consent-form", &[("decision", "accept")]).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    browser.sign_out().await;
    node.deliver().await;
    let next = node.refresh(&matters, tokens.refresh()).await.tokens();
    assert!(node.is_active(&matters, &next.access).await);
    node.pass(hours(29 * 24));
    let next = node.refresh(&matters, next.refresh()).await.tokens();
    node.pass(hours(30 * 24));
    assert_eq!(node.refresh(&matters, next.refresh()).await.error(), "invalid_grant", "thirty days unused");
    node.close().await;
}

#[tokio::test]
async fn a_refresh_may_narrow_the_scope_and_never_widen_it() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters).with("scope", "openid profile");
    let code = node.browser().code_for(&request, &wang).await;
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    let ask = async |token: &str, scope: &str| {
        node.token(&matters, &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]).await
    };
    assert_eq!(ask(tokens.refresh(), "openid profile phone").await.error(), "invalid_scope");
    assert_eq!(ask(tokens.refresh(), "realname").await.error(), "invalid_scope");
    let narrow = ask(tokens.refresh(), "openid").await;
    assert_eq!(narrow.ok()["scope"], "openid");
    let info = node.userinfo(&narrow.tokens().access).await.ok();
    assert!(info.get("preferred_username").is_none());
    let whole = node.refresh(&matters, narrow.tokens().refresh()).await;
    assert_eq!(whole.ok()["scope"], "openid profile", "the grant itself is as wide as before");
    node.close().await;
}

#[tokio::test]
async fn a_token_of_another_client_or_a_guess_does_nothing_to_the_family() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    let present = tokens.refresh();
    let (grant, rest) = present.split_once('.').unwrap();
    let (secret, tag) = rest.split_once('.').unwrap();
    let guess = "A".repeat(secret.len());
    for wrong in [
        format!("{grant}.{guess}.{tag}"),
        format!("{grant}.{secret}.{guess}"),
        format!("{grant}.."),
        grant.to_owned(),
        "x".repeat(500),
    ] {
        assert_eq!(node.refresh(&matters, &wrong).await.error(), "invalid_grant", "{wrong}");
        assert_eq!(node.revoke(&matters, &wrong).await.status, 200);
    }
    assert_eq!(node.refresh(&licences, present).await.error(), "invalid_grant");
    assert_eq!(node.revoke(&licences, present).await.status, 200, "nothing is told");
    assert!(!node.is_active(&licences, present).await, "nor is it described");
    node.refresh(&matters, present).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn what_was_revoked_stays_revoked_after_a_restart() {
    let mut node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let (one, two) =
        (browser.sign_in_at(&node, &matters, &wang).await, browser.sign_in_at(&node, &matters, &wang).await);
    node.revoke(&matters, one.refresh()).await.ok();
    node.revoke(&matters, &two.access).await.ok();
    node.restart().await;
    assert_eq!(node.refresh(&matters, one.refresh()).await.error(), "invalid_grant");
    for token in [&one.access, &two.access] {
        assert!(!node.is_active(&matters, token).await);
    }
    node.refresh(&matters, two.refresh()).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let node = TestNode::start().await;
    let matters = node.client_with("matters", json!({"grant_types": ["authorization_code"]})).await;
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    assert_eq!(tokens.refresh, None);
    assert_eq!(node.refresh(&matters, "x").await.error(), "unauthorized_client");
    node.close().await;
}
