//! Two processes on one PostgreSQL and one Redis behave as one node. Without them there is nothing to test here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::keys::rotation::{Haste, SPREAD};
use hufu::proto::jose::SigningAlg;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::span::minutes;
use crate::support::{Browser, Landed, Request, TestNode};

/// "At once": the bound on how late an end at one process bites at the other.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Two processes of one node, where there can be.
async fn two() -> Option<(TestNode, TestNode)> {
    let one = TestNode::start().await;
    match one.another_process().await {
        Some(two) => Some((one, two)),
        None => {
            one.close().await;
            None
        }
    }
}

/// That `ended` comes true within [`AT_ONCE`] of real time.
async fn soon(what: &str, mut ended: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !ended().await {
        assert!(begun.elapsed() < AT_ONCE, "{what} is not known to the other process after a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    matches!(browser.get("/account").await, Landed::Here(page) if page.has("account"))
}

#[tokio::test]
async fn what_one_begins_the_other_goes_on_with() {
    let Some((one, two)) = two().await else { return };
    let matters = one.client("matters").await;
    let wang = one.person("wangming").await;
    let request = Request::of(&matters);
    let mut browser = one.browser();
    let page = browser.begin(&request).await.page();
    browser.turn_to(&two);
    let callback = browser.log_in(&page, &wang).await.callback();
    let tokens = one.redeem(&matters, &request, callback.code()).await.tokens();
    assert!(two.is_active(&matters, &tokens.access).await);
    browser.turn_to(&one);
    browser.begin(&request.clone().with("prompt", "none")).await.callback().code();
    let next = two.refresh(&matters, tokens.refresh()).await.tokens();
    let same = one.refresh(&matters, tokens.refresh()).await.tokens();
    assert_eq!(next.refresh(), same.refresh(), "the same successor within the grace, at either");
    let fields: Vec<(&str, &str)> = request.params().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let uri = one.form("/oauth2/par", &matters, &fields).await.ok()["request_uri"].as_str().unwrap().to_owned();
    browser.turn_to(&two);
    browser.begin(&Request::of(&matters).with("request_uri", &uri)).await.callback().code();
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_at_both_one_succeeds() {
    let Some((one, two)) = two().await else { return };
    let matters = one.client("matters").await;
    let wang = one.person("wangming").await;
    let request = Request::of(&matters);
    let code = one.browser().code_for(&request, &wang).await;
    let (nodes, gate) = ([Arc::new(one), Arc::new(two)], Arc::new(Barrier::new(50)));
    let mut all = JoinSet::new();
    for number in 0..50 {
        let (node, gate) = (nodes[number % 2].clone(), gate.clone());
        let (matters, request, code) = (matters.clone(), request.clone(), code.clone());
        all.spawn(async move {
            gate.wait().await;
            node.redeem(&matters, &request, &code).await.status
        });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|status| *status == StatusCode::OK).count(), 1);
    for node in nodes {
        Arc::into_inner(node).unwrap().close().await;
    }
}

#[tokio::test]
async fn a_logout_at_one_ends_the_session_and_its_tokens_at_the_other_within_a_second() {
    let Some((one, two)) = two().await else { return };
    let matters = one.client("matters").await;
    let wang = one.person("wangming").await;
    let mut browser = one.browser();
    let tokens = browser.sign_in_at(&one, &matters, &wang).await;
    let mut there = browser.clone();
    there.turn_to(&two);
    assert!(is_signed_in(&mut there).await && two.is_active(&matters, &tokens.access).await, "both are cached there");
    browser.sign_out().await;
    soon("the logout", async || !is_signed_in(&mut there).await && !two.is_active(&matters, &tokens.access).await)
        .await;
    assert_eq!(two.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(two.deliver().await, 1, "either tells the service");
    one.close().await;
    two.close().await;
}

#[tokio::test]
async fn a_lock_a_suspension_and_a_withdrawal_at_one_bite_at_the_other_within_a_second() {
    let Some((one, two)) = two().await else { return };
    let asks = serde_json::json!({"consent": "first_use", "legal_basis": null});
    let (matters, licences) = (one.client_with("matters", asks).await, one.client("licences").await);
    let (wang, li) = (one.person("wangming").await, one.person("lina").await);
    let mut browser = one.browser();
    let request = Request::of(&matters).with("scope", "openid profile");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let callback = browser.submit(&page, "consent-form", &[("decision", "accept")]).await.callback();
    let of_wang = one.redeem(&matters, &request, callback.code()).await.tokens();
    let of_li = one.browser().sign_in_at(&one, &licences, &li).await;
    for (client, tokens) in [(&matters, &of_wang), (&licences, &of_li)] {
        assert_eq!(two.userinfo(&tokens.access).await.status, StatusCode::OK, "{}", client.id);
    }
    let csrf = browser.get("/account").await.page().hidden("csrf").remove(0);
    browser.post("/account/consents/withdraw", &[("csrf", csrf.as_str()), ("client_id", "matters")]).await.page();
    soon("the withdrawal", async || two.userinfo(&of_wang.access).await.status == StatusCode::UNAUTHORIZED).await;
    li.set_state(&one, AccountState::Locked).await;
    soon("the lock", async || two.userinfo(&of_li.access).await.status == StatusCode::UNAUTHORIZED).await;
    one.app.logouts.suspend_client(&"licences".into()).await.unwrap();
    soon("the suspension", async || two.refresh(&licences, of_li.refresh()).await.error() == "invalid_client").await;
    one.deliver().await;
    one.close().await;
    two.close().await;
}

#[tokio::test]
async fn tries_are_counted_over_both() {
    let Some((one, two)) = two().await else { return };
    let wang = one.person("wangming").await;
    let mut browser = one.browser();
    let page = browser.get("/sign-in").await.page();
    for number in 0..5 {
        browser.turn_to(if number % 2 == 0 { &one } else { &two });
        browser.submit(&page, "login-form", &[("username", "wangming"), ("password", "wrong")]).await.page();
    }
    for node in [&one, &two] {
        browser.turn_to(node);
        assert_eq!(browser.log_in(&page, &wang).await.page().status, StatusCode::TOO_MANY_REQUESTS);
    }
    one.pass(minutes(15));
    browser.log_in(&page, &wang).await.page().must_have("account");
    one.close().await;
    two.close().await;
}

#[tokio::test]
async fn both_sign_with_the_same_keys_and_follow_each_others_rotation() {
    let Some((one, two)) = two().await else { return };
    let keys = async |node: &TestNode| node.call(axum::http::Method::GET, "/oauth2/jwks", &[], "").await.text;
    let matters = one.client("matters").await;
    let wang = one.person("wangming").await;
    let mut browser = one.browser();
    let mut kid_of_new_token = async || {
        let tokens = browser.sign_in_at(&one, &matters, &wang).await;
        assert!(two.is_active(&matters, &tokens.access).await, "what one signs, two knows");
        hufu::proto::jose::peek_header(&tokens.access).unwrap().kid
    };
    let before = kid_of_new_token().await;
    assert_eq!(keys(&one).await, keys(&two).await);
    one.app.keys.rotate_now(SigningAlg::ES256, Haste::AtOnce).await.unwrap();
    assert_ne!(keys(&one).await, keys(&two).await);
    assert_eq!(kid_of_new_token().await, before, "two does not publish the new key yet");
    two.app.sweeper.run_chores().await.unwrap();
    assert_eq!(keys(&one).await, keys(&two).await);
    one.pass(SPREAD);
    assert_ne!(kid_of_new_token().await, before);
    one.close().await;
    two.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_tell_each_service_once() {
    let Some((one, two)) = two().await else { return };
    let matters = one.client("matters").await;
    for number in 0..10 {
        let person = one.person(&format!("citizen{number}")).await;
        let mut browser = one.browser();
        browser.sign_in_at(&one, &matters, &person).await;
        browser.sign_out().await;
    }
    while one.pending().await > 0 {
        let (first, second) = tokio::join!(one.app.worker.run_due(), two.app.worker.run_due());
        assert!(first.is_ok() && second.is_ok());
        one.pass(Duration::from_secs(1));
    }
    let told = one.sink.told("matters");
    let sids: std::collections::HashSet<&str> = told.iter().map(|notice| notice.text("sid")).collect();
    assert_eq!((told.len(), sids.len()), (10, 10));
    one.close().await;
    two.close().await;
}
