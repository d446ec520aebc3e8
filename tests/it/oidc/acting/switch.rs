//! Changing from one company to another, or back to oneself, without signing in again.

use serde_json::json;

use super::{Stage, acting_for};
use crate::support::Request;

#[tokio::test]
async fn a_change_is_a_new_sid_and_family_and_the_old_one_is_logged_out_there() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let tally = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let trade = stage.change(&mut browser, stage.trade.id.as_str()).await;
    assert_eq!(trade.claims["entity"]["uscc"], json!(stage.trade.code));
    assert_eq!(trade.claims["act"], tally.claims["act"], "the same person");
    assert_eq!(trade.claims["auth_time"], tally.claims["auth_time"], "nobody signed in again");
    assert_ne!(trade.claims["sub"], tally.claims["sub"]);
    assert_ne!(trade.claims["sid"], tally.claims["sid"]);
    assert_eq!(node.deliver().await, 1);
    let told = node.sink.told_once("matters");
    assert_eq!((told.text("sid"), told.text("sub")), (tally.claim("sid"), tally.claim("sub")));
    assert!(!node.is_active(&stage.matters, &tally.access).await, "its access token is dead");
    assert_eq!(node.refresh(&stage.matters, tally.refresh()).await.error(), "invalid_grant");
    assert!(node.is_active(&stage.matters, &trade.access).await);
    browser.get("/account").await.page().must_have("account");
    stage.node.close().await;
}

#[tokio::test]
async fn there_and_back_again_is_never_an_old_sid() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let oneself = stage.enter(&mut browser, &stage.cui, "self").await;
    let tally = stage.change(&mut browser, stage.tally.id.as_str()).await;
    let back = stage.change(&mut browser, "self").await;
    assert_eq!(back.claims["sub"], oneself.claims["sub"]);
    assert!(!back.claims.contains_key("entity"));
    assert_ne!(back.claims["sid"], oneself.claims["sid"], "a notice that comes late must not hit the new one");
    assert_eq!(node.deliver().await, 2);
    browser.sign_out().await;
    assert_eq!(node.deliver().await, 1, "only what is left is told of the end of the session");
    let told: Vec<String> = node.sink.told("matters").iter().map(|notice| notice.text("sid").to_owned()).collect();
    assert_eq!(told, [oneself.claim("sid"), tally.claim("sid"), back.claim("sid")]);
    stage.node.close().await;
}

#[tokio::test]
async fn the_same_identity_again_keeps_its_sid_and_its_tokens() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let first = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let again = stage.change(&mut browser, stage.tally.id.as_str()).await;
    assert_eq!(again.claims["sid"], first.claims["sid"]);
    assert_eq!(node.deliver().await, 0);
    assert!(node.is_active(&stage.matters, &first.access).await);
    stage.node.close().await;
}

#[tokio::test]
async fn a_change_at_one_service_leaves_the_others() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let other = node.client_with("licences", json!({"subject": "either"})).await;
    let named = Request::of(&other).with("authorization_details", &acting_for(&stage.tally.code));
    let code = browser.begin(&named).await.callback().code().to_owned();
    let there = node.redeem(&other, &named, &code).await.tokens();
    stage.change(&mut browser, stage.trade.id.as_str()).await;
    node.deliver().await;
    assert!(node.sink.told("licences").is_empty());
    assert!(node.is_active(&other, &there.access).await);
    browser.sign_out().await;
    node.deliver().await;
    assert_eq!(node.sink.told_once("licences").text("sid"), there.claim("sid"));
    stage.node.close().await;
}

#[tokio::test]
async fn a_refresh_never_changes_who_it_is() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let first = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    node.app.entities.prefer(&stage.cui.id, Some(&stage.trade.id)).await.unwrap();
    let refreshed = node.refresh(&stage.matters, first.refresh()).await;
    assert_eq!(refreshed.ok()["authorization_details"][0]["uscc"], json!(stage.tally.code));
    let refreshed = refreshed.tokens();
    for claim in ["sub", "sid", "act", "entity", "role", "agent_valid_until"] {
        assert_eq!(refreshed.claims[claim], first.claims[claim], "{claim}");
    }
    assert_eq!(node.userinfo(&refreshed.access).await.ok()["sub"], first.claims["sub"]);
    stage.node.close().await;
}

#[tokio::test]
async fn signing_out_at_the_service_by_a_companys_id_token_ends_the_session() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let left = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let tokens = stage.change(&mut browser, stage.trade.id.as_str()).await;
    let path = |hint: &str| {
        let back = "https%3A%2F%2Fmatters.example%2F";
        format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={back}&state=s")
    };
    let page = browser.get(&path(&left.id_token)).await.page();
    page.must_have("logout-form");
    let landed = browser.get(&path(&tokens.id_token)).await.callback();
    assert_eq!((landed.uri.as_str(), landed.get("state")), ("https://matters.example/", "s"));
    assert!(!node.is_active(&stage.matters, &tokens.access).await);
    assert_eq!(node.deliver().await, 2);
    stage.node.close().await;
}

#[tokio::test]
async fn a_code_that_is_never_redeemed_changes_nothing() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let first = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let request = Request::of(&stage.matters).with("authorization_details", &acting_for(&stage.trade.code));
    browser.begin(&request).await.callback().code();
    assert!(node.is_active(&stage.matters, &first.access).await);
    assert_eq!(node.deliver().await, 0);
    let again = stage.redeem(browser.begin(&Request::of(&stage.matters)).await).await;
    assert_eq!(again.claims["sid"], first.claims["sid"]);
    stage.node.close().await;
}
