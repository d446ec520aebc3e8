//! Threats 5 and 14: the state that travels through the browser is sealed; steps cannot be altered, skipped, reordered or
//! finished twice; and nobody is stranded.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use hufu::accounts::AccountState;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::span::{hours, minutes};
use crate::support::{Landed, Page, Request, TestNode};

/// The sealed flow of a page.
fn flow(page: &Page) -> String {
    page.hidden("flow").remove(0)
}

#[tokio::test]
async fn an_altered_flow_is_not_read() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("prompt", "login");
    let sealed = flow(&browser.begin(&request).await.page());
    let mut altered: Vec<String> = [0, 20, sealed.len() / 2, sealed.len() - 1]
        .into_iter()
        .map(|at| {
            let other = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
            format!("{}{other}{}", &sealed[..at], &sealed[at + 1..])
        })
        .collect();
    altered.extend([
        sealed[..sealed.len() - 4].to_owned(),
        format!("{sealed}AAAA"),
        "k.guess".to_owned(),
        "x".to_owned(),
    ]);
    for text in altered {
        for path in ["/oauth2/authorize", "/sign-in", "/register", "/real-name", "/consent", "/select-account"] {
            let page = browser.get(&format!("{path}?flow={text}")).await.page();
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path} {text}");
            page.must_have("expired");
        }
    }
    node.close().await;
}

#[tokio::test]
async fn an_expired_flow_begins_anew_instead_of_stranding_the_person() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters);
    let page = browser.begin(&request).await.page();
    node.pass(minutes(31));
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("login-form");
    let callback = browser.log_in(&page, &wang).await.callback();
    node.redeem(&matters, &request, callback.code()).await.tokens();
    // After a day there is nothing to begin anew.
    let page = browser.begin(&request.clone().with("prompt", "login")).await.page();
    node.pass(hours(25));
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("expired").must_have("start-again");
    node.close().await;
}

#[tokio::test]
async fn a_finished_flow_gives_no_second_code() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&matters)).await.page();
    browser.log_in(&page, &wang).await.callback().code();
    // The back button, a second tab, a copied address.
    for landed in
        [browser.log_in(&page, &wang).await, browser.get(&format!("/oauth2/authorize?flow={}", flow(&page))).await]
    {
        landed.page().must_have("expired");
    }
    // The service can begin again at once.
    browser.begin(&Request::of(&matters)).await.callback().code();
    node.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_tabs_that_finish_a_flow_at_once_one_gets_a_code() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&matters)).await.page();
    browser.sign_in(&wang).await;
    let (path, gate) = (format!("/oauth2/authorize?flow={}", flow(&page)), Arc::new(Barrier::new(20)));
    let mut tabs = JoinSet::new();
    for _ in 0..20 {
        let (mut tab, path, gate) = (browser.clone(), path.clone(), gate.clone());
        tabs.spawn(async move {
            gate.wait().await;
            matches!(tab.get(&path).await, Landed::There(callback) if callback.params.contains_key("code"))
        });
    }
    assert_eq!(tabs.join_all().await.into_iter().filter(|code| *code).count(), 1);
    node.close().await;
}

#[tokio::test]
async fn two_tabs_of_two_services_do_not_disturb_each_other() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let first = browser.begin(&Request::of(&matters)).await.page();
    let second = browser.begin(&Request::of(&licences)).await.page();
    let at_licences = browser.log_in(&second, &wang).await.callback();
    assert_eq!(at_licences.uri, licences.redirect_uri);
    let at_matters = browser.log_in(&first, &wang).await.callback();
    assert_eq!(at_matters.uri, matters.redirect_uri);
    node.redeem(&matters, &Request::of(&matters), at_matters.code()).await.tokens();
    node.redeem(&licences, &Request::of(&licences), at_licences.code()).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn steps_posted_out_of_order_lead_to_the_step_that_is_due() {
    let node = TestNode::start().await;
    let strict = node
        .client_with("strict", json!({"consent": "first_use", "legal_basis": null, "minimum_acr": "urn:hufu:acr:l2"}))
        .await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&strict).with("scope", "openid profile");
    let page = browser.begin(&request).await.page();
    let (sealed, csrf) = (flow(&page), page.hidden("csrf").remove(0));
    let consent = [("flow", sealed.as_str()), ("csrf", &csrf), ("decision", "accept")];
    let name = [("flow", sealed.as_str()), ("csrf", &csrf), ("step", "continue")];
    let account = [("flow", sealed.as_str()), ("csrf", &csrf), ("account", "current")];
    // Nobody has signed in: every later step leads back to the sign-in.
    browser.post("/consent", &consent).await.page().must_have("login-form");
    browser.post("/real-name", &name).await.page().must_have("login-form");
    browser.post("/select-account", &account).await.page().must_have("login-form");
    browser.get(&format!("/consent?flow={sealed}")).await.page().must_have("login-form");
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("realname-form");
    // Signed in, not real-named: consent cannot be given first.
    browser.post("/consent", &consent).await.page().must_have("realname-form");
    browser.post("/real-name", &name).await.page().must_have("realname-form");
    browser.prove_name(&page, &wang).await.page().must_have("consent-form");
    node.close().await;
}

#[tokio::test]
async fn an_empty_post_to_any_step_changes_nothing_and_breaks_nothing() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let account = browser.sign_in(&wang).await;
    let csrf = account.hidden("csrf").remove(0);
    for path in ["/sign-in", "/register", "/real-name", "/consent", "/select-account", "/cancel"] {
        for fields in [vec![("csrf", csrf.as_str())], vec![("csrf", csrf.as_str()), ("flow", "")]] {
            let landed = browser.post(path, &fields).await;
            let Landed::Here(page) = landed else { panic!("{path} has left the node") };
            assert!(page.status.as_u16() < 500, "{path}: {}", page.status);
        }
        let answer = browser.send(Method::POST, path, Some(String::new())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert!(browser.get("/account").await.page().has("account"), "still signed in");
    node.close().await;
}

#[tokio::test]
async fn what_the_sealed_request_may_not_do_is_checked_again_at_every_step() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&matters)).await.page();
    // Meanwhile the client loses its redirect URI: the sealed state is of no use.
    node.client_with("matters", json!({"redirect_uris": ["https://matters.example/elsewhere"]})).await;
    let page = browser.log_in(&page, &wang).await.page();
    assert_eq!(page.error_code(), "invalid_request");
    // Or is suspended, or the person is locked out.
    node.client("matters").await;
    let page = browser.begin(&Request::of(&matters).with("prompt", "login")).await.page();
    node.app.logouts.suspend_client(&"matters".into()).await.unwrap();
    assert_eq!(browser.log_in(&page, &wang).await.page().error_code(), "unauthorized_client");
    node.app.logouts.resume_client(&"matters".into()).await.unwrap();
    let page = browser.begin(&Request::of(&matters).with("prompt", "login")).await.page();
    wang.set_state(&node, AccountState::Locked).await;
    browser.log_in(&page, &wang).await.page().must_have("login-form");
    node.close().await;
}

/// A long request does not become a long address: it is kept for as long as the sign-in may take.
#[tokio::test]
async fn a_long_request_travels_by_name_and_arrives_whole() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let state = "长".repeat(3000);
    let request = Request::of(&matters).with("state", &state);
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    assert!(page.path.len() < 2000, "the address has {} bytes", page.path.len());
    let callback = browser.log_in(&page, &wang).await.callback();
    assert_eq!(callback.get("state"), state);
    node.redeem(&matters, &request, callback.code()).await.tokens();
    node.close().await;
}
