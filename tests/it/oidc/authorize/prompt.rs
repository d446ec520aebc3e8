//! Prompts, `max_age` and hints: what is asked again, and under `prompt=none` never a page.

use serde_json::json;

use crate::support::span::{minutes, seconds};
use crate::support::{Request, TestNode};

#[tokio::test]
async fn silence_is_answered_with_the_error_of_what_is_missing_and_never_with_a_page() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let agreed = node.client_with("agreed", json!({"consent": "first_use", "legal_basis": null})).await;
    let strict = node.client_with("strict", json!({"minimum_acr": "urn:hufu:acr:l2"})).await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let silent = |client| Request::of(client).with("prompt", "none");
    let mut browser = node.browser();
    assert_eq!(browser.begin(&silent(&matters)).await.callback().error(), "login_required", "nobody");
    let li_tokens = node.browser().sign_in_at(&node, &matters, &li).await;
    browser.sign_in(&wang).await;
    browser.begin(&silent(&matters)).await.callback().code();
    let cases = [
        (silent(&matters).with("id_token_hint", &li_tokens.id_token), "login_required"),
        (silent(&matters).with("claims", r#"{"id_token":{"sub":{"value":"somebody else"}}}"#), "login_required"),
        (silent(&strict), "interaction_required"),
        (
            silent(&matters).with("claims", r#"{"id_token":{"acr":{"essential":true,"value":"urn:hufu:acr:l2"}}}"#),
            "interaction_required",
        ),
        (silent(&agreed).with("scope", "openid profile"), "consent_required"),
    ];
    for (request, error) in cases {
        assert_eq!(browser.begin(&request).await.callback().error(), error, "{:?}", request.params());
    }
    node.pass(seconds(61));
    assert_eq!(browser.begin(&silent(&matters).with("max_age", "60")).await.callback().error(), "login_required");
    browser.begin(&silent(&matters).with("max_age", "70")).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn prompt_login_and_max_age_ask_again_once() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let always = node.client_with("always", json!({"reauthenticate": "always"})).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let first = browser.sign_in_at(&node, &matters, &wang).await;
    node.pass(minutes(10));
    for request in [
        Request::of(&matters).with("prompt", "login"),
        Request::of(&matters).with("max_age", "60"),
        Request::of(&matters).with("max_age", "0"),
        Request::of(&always),
    ] {
        node.pass(minutes(2));
        let page = browser.begin(&request).await.page();
        let code = browser.log_in(&page, &wang).await.callback().code().to_owned();
        let client = if request.params().iter().any(|(_, value)| value == "always") { &always } else { &matters };
        let tokens = node.redeem(client, &request, &code).await.tokens();
        assert_eq!(tokens.claims["auth_time"], node.now(), "{:?}", request.params());
        if client.id == "matters" {
            assert_eq!(tokens.claim("sid"), first.claim("sid"), "the session goes on");
        }
    }
    node.close().await;
}

#[tokio::test]
async fn select_account_asks_who_and_takes_another() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut browser = node.browser();
    let as_wang = browser.sign_in_at(&node, &matters, &wang).await;
    let request = Request::of(&matters).with("prompt", "select_account");
    let page = browser.begin(&request).await.page();
    let code = browser.submit(&page, "select-form", &[("account", "current")]).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(tokens.claim("sub"), as_wang.claim("sub"));
    let page = browser.begin(&request).await.page();
    let page = browser.submit(&page, "select-form", &[("account", "another")]).await.page();
    let code = browser.log_in(&page, &li).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_ne!(tokens.claim("sub"), as_wang.claim("sub"));
    assert_eq!(node.deliver().await, 1, "wang's session has ended, and the service is told");
    assert_eq!(node.sink.told_once("matters").text("sid"), as_wang.claim("sid"));
    node.close().await;
}

#[tokio::test]
async fn prompt_create_leads_to_registration_and_on_to_the_service() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    let request = Request::of(&matters).with("prompt", "create");
    let page = browser.begin(&request).await.page();
    let fields = [
        ("username", "zhaolei"),
        ("password", "tiger-tally-2026"),
        ("password_again", "tiger-tally-2026"),
        ("terms", "accepted"),
    ];
    let code = browser.submit(&page, "register-form", &fields).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l0");
    node.close().await;
}

#[tokio::test]
async fn whoever_leaves_a_page_goes_back_to_the_service_as_access_denied() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&matters)).await.page();
    let callback = browser.submit(&page, "leave", &[]).await.callback();
    assert_eq!((callback.error(), callback.get("state")), ("access_denied", "st-虎"));
    node.close().await;
}
