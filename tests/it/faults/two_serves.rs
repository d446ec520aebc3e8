//! Two real `hufu serve` processes on one PostgreSQL and one Redis, spoken to over HTTP, behave as one node. Without them
//! there is nothing to test here. What can be seen without processes of their own is in `two_processes.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use hufu::proto::jose::{Audience, Expectations, PublicJwkSet, SigningAlg, Typ, peek_header, verify};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Browser, Client, Landed, Request, TestNode};

/// "At once": the bound on how late an end at one process bites at the other.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How long a rotation "at once" may take until the new key signs everywhere.
const ROTATED: Duration = Duration::from_secs(30);

/// A node as its administrator has it, and two processes of it, where there can be.
async fn two() -> Option<[TestNode; 3]> {
    let desk = TestNode::desk().await?;
    let (one, two) = tokio::join!(desk.served(), desk.served());
    Some([desk, one, two])
}

/// That `done` comes true within `limit`.
async fn within(limit: Duration, what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether the node still signs this browser in without a page; if not, for want of a session.
async fn knows(browser: &mut Browser, client: &Client) -> bool {
    let callback = browser.begin(&Request::of(client).with("prompt", "none")).await.callback();
    if callback.params.contains_key("code") {
        return true;
    }
    assert_eq!(callback.error(), "login_required");
    false
}

#[tokio::test]
async fn a_code_that_one_process_issued_is_redeemed_at_the_other() {
    let Some([desk, one, two]) = two().await else { return };
    let (matters, wang) = (desk.client("matters").await, desk.person("wangming").await);
    for (issues, redeems) in [(&one, &two), (&two, &one)] {
        let request = Request::of(&matters);
        let mut browser = issues.browser();
        let code = browser.code_for(&request, &wang).await;
        let tokens = redeems.redeem(&matters, &request, &code).await.tokens();
        assert_eq!(issues.redeem(&matters, &request, &code).await.error(), "invalid_grant", "a code counts once");
        assert_eq!(tokens.claim("nonce"), "n-0S6_WzA2Mj");
        browser.turn_to(redeems);
        assert!(knows(&mut browser, &matters).await, "who signed in at one is known at the other");
    }
    for node in [one, two, desk] {
        node.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_redemptions_over_both_processes_one_succeeds() {
    let Some([desk, one, two]) = two().await else { return };
    let (matters, wang) = (desk.client("matters").await, desk.person("wangming").await);
    let request = Request::of(&matters);
    let code = one.browser().code_for(&request, &wang).await;
    let (nodes, gate) = ([Arc::new(one), Arc::new(two)], Arc::new(Barrier::new(50)));
    let mut all = JoinSet::new();
    for number in 0..50 {
        let (node, gate) = (nodes[number % 2].clone(), gate.clone());
        let (matters, request, code) = (matters.clone(), request.clone(), code.clone());
        all.spawn(async move {
            gate.wait().await;
            let answer = node.redeem(&matters, &request, &code).await;
            if answer.status == StatusCode::OK { "tokens".to_owned() } else { answer.error() }
        });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|answer| *answer == "tokens").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| *answer == "invalid_grant").count(), 49, "{answers:?}");
    let [one, two] = nodes.map(|node| Arc::into_inner(node).unwrap());
    for node in [one, two, desk] {
        node.close().await;
    }
}

#[tokio::test]
async fn a_logout_at_one_process_ends_the_session_at_the_other_within_a_second() {
    let Some([desk, one, two]) = two().await else { return };
    let (matters, wang) = (desk.client("matters").await, desk.person("wangming").await);
    let mut browser = one.browser();
    let tokens = browser.sign_in_at(&one, &matters, &wang).await;
    let mut there = browser.clone();
    there.turn_to(&two);
    assert!(knows(&mut there, &matters).await && two.is_active(&matters, &tokens.access).await, "cached there");
    browser.sign_out().await;
    within(AT_ONCE, "the other process knows of the logout", async || {
        // A browser that still holds the cookie, as a copy of it in other hands would.
        !knows(&mut there.clone(), &matters).await && !two.is_active(&matters, &tokens.access).await
    })
    .await;
    assert!(matches!(there.get("/account").await, Landed::Here(page) if !page.has("account")));
    assert_eq!(two.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(two.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
    within(Duration::from_secs(10), "the service is told", async || !desk.sink.told("matters").is_empty()).await;
    assert_eq!(desk.sink.told_once("matters").text("sid"), tokens.claim("sid"));
    within(Duration::from_secs(10), "no job is left", async || desk.pending().await == 0).await;
    for node in [one, two, desk] {
        node.close().await;
    }
}

/// A token that `node` signs now, and the name of its key.
async fn signed_by(node: &TestNode, client: &Client) -> (String, String) {
    let answer = node.token(client, &[("grant_type", "client_credentials"), ("scope", "books.read")]).await.ok();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let kid = peek_header(&token).unwrap().kid.unwrap();
    (token, kid)
}

/// Whether `token` is good by the keys that `node` publishes now.
async fn verifies_at(node: &TestNode, token: &str) -> bool {
    let set = node.call(Method::GET, "/oauth2/jwks", &[], "").await.text;
    let expected = Expectations {
        algs: &[SigningAlg::ES256],
        typ: Typ::Required("at+jwt"),
        iss: Some("https://id.example"),
        aud: Audience::Unchecked,
        required: &["iss", "sub", "aud", "exp", "iat", "client_id", "jti"],
        max_age: None,
        leeway: Duration::from_secs(10),
        now: hufu::base::Clock::now(&hufu::base::SystemClock),
    };
    verify(token, &PublicJwkSet::parse(&set).unwrap(), &expected).is_ok()
}

#[tokio::test]
async fn keys_rotated_beside_both_processes_sign_nothing_that_the_other_does_not_verify() {
    let Some([desk, one, two]) = two().await else { return };
    let members = json!({"grant_types": ["client_credentials"], "scope": "books.read", "redirect_uris": []});
    let library = desk.client_with("library", members).await;
    let (_, old) = signed_by(&one, &library).await;
    desk.command(&["keys", "rotate", "--now"]).await;
    within(ROTATED, "both sign with the new key", async || {
        let mut rotated = 0;
        for (signs, verifies) in [(&one, &two), (&two, &one)] {
            let (token, kid) = signed_by(signs, &library).await;
            assert!(verifies_at(verifies, &token).await, "{kid} signs at one and is not published at the other");
            assert!(verifies.is_active(&library, &token).await, "{kid} signs at one and is not known to the other");
            rotated += usize::from(kid != old);
        }
        rotated == 2
    })
    .await;
    for node in [one, two, desk] {
        node.close().await;
    }
}
