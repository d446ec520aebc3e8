//! A factor that a service demands is added on the way to it: the person comes back to where she was, or declines. It counts
//! when it is shown, and never by having been added.

use serde_json::json;

use crate::support::span::{minutes, seconds};
use crate::support::{Authenticator, Browser, Client, Page, Person, Request, TestNode};

const L3: &str = "urn:hufu:acr:l3";

async fn seals(node: &TestNode) -> (Client, Request) {
    let seals = node.client_with("seals", json!({"minimum_acr": L3})).await;
    let request = Request::of(&seals);
    (seals, request)
}

/// The person signs in on the way and is asked what to add.
async fn asked(browser: &mut Browser, request: &Request, person: &Person) -> Page {
    let page = browser.begin(request).await.page();
    let page = browser.log_in(&page, person).await.page();
    page.must_have("enrol");
    page
}

fn link(page: &Page, id: &str) -> String {
    let tag = page.html.split("<a ").find(|tag| tag.starts_with(&format!("id=\"{id}\""))).unwrap();
    tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn an_app_is_added_on_the_way_and_then_shown() {
    let node = TestNode::start().await;
    let (seals, request) = seals(&node).await;
    let wang = node.person_at_level_three("wangming").await;
    let mut browser = node.browser();
    let page = asked(&mut browser, &request, &wang).await;
    assert!(!page.has("enrol-mobile"), "no messages are sent here");
    let page = browser.get(&link(&page, "enrol-totp")).await.page();
    let app = Authenticator::of(&page.must_have("totp-setup").text("totp-secret"));
    let wrong = browser.submit(&page, "totp-setup", &[("code", &app.wrong_code(&node))]).await.page();
    let page = browser.submit(wrong.must_have("totp-setup"), "totp-setup", &[("code", &app.code(&node))]).await.page();
    // It was added, and has not been shown: the session stands no higher.
    let session = node.app.sessions.list(&wang.id).await.unwrap().remove(0);
    assert_eq!((session.strength, session.amr), (2, vec!["pwd".to_owned()]));
    node.pass(seconds(30));
    let callback =
        browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await.callback();
    let tokens = node.redeem(&seals, &request, callback.code()).await.tokens();
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), (L3, &json!(["pwd", "otp"])));
    node.close().await;
}

#[tokio::test]
async fn whoever_declines_is_where_she_would_have_been() {
    let node = TestNode::start().await;
    let (_, request) = seals(&node).await;
    let wang = node.person_at_level_three("wangming").await;
    let mut browser = node.browser();
    let page = asked(&mut browser, &request, &wang).await;
    let callback = browser.submit(&page, "enrol-decline", &[]).await.callback();
    assert_eq!(callback.error(), "unmet_authentication_requirements");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty());
    // Silently nobody is asked.
    let silent = browser.begin(&request.clone().with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "interaction_required");
    // No factor that is added on the way reaches the highest level.
    let highest = node.client_with("highest", json!({"minimum_acr": "urn:hufu:acr:l4"})).await;
    let li = node.verified_person("lina").await;
    li.raise_to(&node, 4).await;
    let mut hers = node.browser();
    let page = hers.begin(&Request::of(&highest)).await.page();
    assert_eq!(hers.log_in(&page, &li).await.callback().error(), "unmet_authentication_requirements");
    node.close().await;
}

/// Attack: a browser that was left signed in, or one that has only the password of somebody who has more.
#[tokio::test]
async fn a_factor_is_added_after_a_fresh_sign_in_and_only_by_whoever_has_no_other() {
    let node = TestNode::start().await;
    let (_, request) = seals(&node).await;
    let wang = node.person_at_level_three("wangming").await;
    let mut browser = node.browser();
    let page = asked(&mut browser, &request, &wang).await;
    let setup = browser.get(&link(&page, "enrol-totp")).await.page();
    let app = Authenticator::of(&setup.text("totp-secret"));
    node.pass(minutes(29));
    browser.get("/account").await.page();
    node.pass(minutes(2));
    browser.submit(&setup, "totp-setup", &[("code", &app.code(&node))]).await.page().must_have("login-form");
    browser.begin(&request).await.page().must_have("login-form");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty());
    let hers = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let mut thief = node.browser();
    let page = thief.begin(&request).await.page();
    let page = thief.log_in(&page, &wang).await.page();
    let flow = page.must_have("otp-form").hidden("flow").remove(0);
    thief.get(&format!("/account/security/totp?flow={flow}")).await.page().must_have("otp-form");
    thief.get(&format!("/sign-in/enrol?flow={flow}")).await.page().must_have("otp-form");
    assert!(hers.code(&node).len() == 6);
    assert_eq!(node.app.factors.list(&wang.id).await.unwrap().len(), 1);
    node.close().await;
}
