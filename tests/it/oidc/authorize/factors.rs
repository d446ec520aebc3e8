//! The ways of signing in that a client counts: what else was shown adds nothing there, and is not offered.

use hufu::session::Device;
use serde_json::json;

use crate::support::span::seconds;
use crate::support::{Person, Request, TestNode};

const L3: &str = "urn:hufu:acr:l3";

/// Somebody at l3 with an authenticator app and a verified number.
async fn with_both(node: &TestNode) -> (Person, crate::support::Authenticator) {
    let person = node.person_at_level_three("wangming").await;
    let number = hufu::realname::MobileNumber::parse(&person.mobile).unwrap();
    let account = node.account(&person).await;
    node.app.signon.set_mobile(&account, &number, &Device::default()).await.unwrap();
    let app = person.set_up_authenticator(node).await;
    node.pass(seconds(30));
    node.deliver().await;
    (person, app)
}

#[tokio::test]
async fn what_a_client_does_not_count_is_neither_offered_nor_told() {
    let node = TestNode::with(&[("messages.local", "true")]).await;
    let (wang, app) = with_both(&node).await;
    let strict = node.client_with("strict", json!({"factors": ["pwd", "otp"], "minimum_acr": L3})).await;
    let usual = node.client_with("usual", json!({"minimum_acr": L3})).await;
    // Password and a code by text message are two factors at the one client, and one at the other.
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.submit(&page, "second-factor-form", &[("way", "sms")]).await.page();
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    let code = sent.into_iter().find_map(|sent| sent.code).unwrap();
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("security");
    let request = Request::of(&usual);
    let code = browser.begin(&request).await.callback().code().to_owned();
    assert_eq!(node.redeem(&usual, &request, &code).await.tokens().claim("acr"), L3);
    let silent = browser.begin(&Request::of(&strict).with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "interaction_required");
    let request = Request::of(&strict);
    let page = browser.begin(&request).await.page();
    assert!(page.has("otp-form") && !page.html.contains("way-sms"), "the app is the only way on");
    let landed = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await;
    let tokens = node.redeem(&strict, &request, landed.callback().code()).await.tokens();
    assert_eq!(tokens.claim("acr"), L3);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn whoever_showed_nothing_that_counts_shows_something_that_does() {
    let node = TestNode::with(&[("messages.local", "true")]).await;
    let (wang, app) = with_both(&node).await;
    let keys = node.client_with("keys", json!({"factors": ["otp", "hwk"]})).await;
    let request = Request::of(&keys);
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let landed = browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await;
    let tokens = node.redeem(&keys, &request, landed.callback().code()).await.tokens();
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2", "a password beside it adds nothing here");
    node.deliver().await;
    node.close().await;
}
