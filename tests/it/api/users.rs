//! `/api/v1/users`: user information for access parties, as far as people granted it, and what has changed (standard 6.4 b).

use axum::http::{Method, StatusCode, header};
use hufu::accounts::AccountState;
use serde_json::{Value, json};

use crate::support::span::minutes;
use crate::support::{Answer, Client, Request, TestNode};

/// An access party that people use, and that reads them.
async fn party(node: &TestNode, name: &str, more: &Value) -> Client {
    let mut members = json!({"grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile realname phone users.read cases.read"});
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    node.client_with(name, members).await
}

async fn ask_as(node: &TestNode, client: &Client, scope: &str, path: &str) -> Answer {
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    let token = node.token(client, &fields).await.ok()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    node.call(Method::GET, &format!("/api/v1/users{path}"), &[(header::AUTHORIZATION, &bearer)], "").await
}

async fn ask(node: &TestNode, client: &Client, path: &str) -> Answer {
    ask_as(node, client, "users.read", path).await
}

async fn subject(node: &TestNode, client: &Client, person: &crate::support::Person, scope: &str) -> String {
    let request = Request::of(client).with("scope", scope);
    let code = node.browser().code_for(&request, person).await;
    node.redeem(client, &request, &code).await.tokens().claim("sub").to_owned()
}

#[tokio::test]
async fn a_party_is_told_of_people_who_used_it_what_they_granted_and_no_more() {
    let node = TestNode::start().await;
    let (city, county) = (party(&node, "city", &json!({})).await, party(&node, "county", &json!({})).await);
    let wang = node.verified_person("wangming").await;
    let stranger = node.verified_person("zhang").await;
    let sub = subject(&node, &city, &wang, "openid realname").await;
    let found = ask(&node, &city, &format!("/{sub}")).await.ok();
    assert_eq!(
        (&found["sub"], &found["state"], &found["claims"]["name"]),
        (&json!(sub), &json!("active"), &json!(wang.name))
    );
    assert_eq!(found["claims"]["realname_level"], 2);
    for untold in ["phone_number", "identity_document", "preferred_username"] {
        assert!(found["claims"].get(untold).is_none(), "{untold} was not granted: {found}");
    }
    // Nobody else's, and nobody who never came; whoever it is, the answer is one.
    let account = stranger.id.as_str();
    for (client, name) in [(&county, sub.as_str()), (&city, account), (&city, "nobody")] {
        let answer = ask(&node, client, &format!("/{name}")).await;
        assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    }
    assert_eq!(ask(&node, &county, "").await.ok()["users"], json!([]));
    assert_eq!(ask_as(&node, &city, "cases.read", "").await.status, StatusCode::FORBIDDEN);
    // A later sign-in that grants more is what counts.
    subject(&node, &city, &wang, "openid realname profile").await;
    let found = ask(&node, &city, &format!("/{sub}")).await.ok();
    assert!(found["claims"].get("preferred_username").is_some(), "{found}");
    node.close().await;
}

#[tokio::test]
async fn the_feed_tells_every_change_once_and_what_is_closed_takes_its_claims_along() {
    let node = TestNode::start().await;
    let city = party(&node, "city", &json!({})).await;
    let mut wang = node.person("wangming").await;
    let zhang = node.verified_person("zhang").await;
    let subs =
        [subject(&node, &city, &wang, "openid realname").await, subject(&node, &city, &zhang, "openid realname").await];
    let first = ask(&node, &city, "?count=1").await.ok();
    assert_eq!((first["users"].as_array().unwrap().len(), &first["more"]), (1, &json!(true)));
    let rest = ask(&node, &city, &format!("?cursor={}", first["cursor"].as_str().unwrap())).await.ok();
    assert_eq!((rest["users"].as_array().unwrap().len(), &rest["more"]), (1, &json!(false)));
    let mut cursor = rest["cursor"].as_str().unwrap().to_owned();
    let mut next = async || {
        let page = ask(&node, &city, &format!("?cursor={cursor}")).await.ok();
        cursor = page["cursor"].as_str().unwrap().to_owned();
        page["users"].as_array().unwrap().clone()
    };
    assert!(next().await.is_empty(), "nothing has changed");
    wang.verify(&node).await;
    let changed = next().await;
    assert_eq!(
        (changed.len(), &changed[0]["sub"], &changed[0]["claims"]["name"]),
        (1, &json!(subs[0]), &json!(wang.name))
    );
    assert!(next().await.is_empty(), "once");
    zhang.set_state(&node, AccountState::Locked).await;
    let changed = next().await;
    assert_eq!(
        (&changed[0]["sub"], &changed[0]["state"], &changed[0]["claims"]),
        (&json!(subs[1]), &json!("suspended"), &json!({}))
    );
    node.app.signon.delete(&zhang.id).await.unwrap();
    let changed = next().await;
    assert_eq!((&changed[0]["state"], &changed[0]["claims"]), (&json!("closed"), &json!({})));
    assert_eq!(ask(&node, &city, "?cursor=x.y").await.json()["code"], "bad_cursor");
    assert_eq!(ask(&node, &city, "?count=many").await.json()["code"], "bad_query");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_consent_that_is_withdrawn_ends_what_the_party_may_read() {
    let node = TestNode::start().await;
    let city = party(&node, "city", &json!({"consent": "first_use", "legal_basis": null})).await;
    let wang = node.verified_person("wangming").await;
    let request = Request::of(&city).with("scope", "openid realname");
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.begin(&request).await.page();
    let landed = browser.submit(page.must_have("consent-form"), "consent-form", &[("decision", "accept")]).await;
    let tokens = node.redeem(&city, &request, landed.callback().code()).await.tokens();
    let sub = tokens.claim("sub").to_owned();
    assert_eq!(ask(&node, &city, &format!("/{sub}")).await.ok()["state"], "active");
    let cursor = ask(&node, &city, "").await.ok()["cursor"].as_str().unwrap().to_owned();
    node.pass(minutes(1));
    node.app.consents.withdraw(&wang.id, &"city".into()).await.unwrap();
    let found = ask(&node, &city, &format!("/{sub}")).await.ok();
    assert_eq!((&found["state"], &found["claims"]), (&json!("withdrawn"), &json!({})));
    let changed = ask(&node, &city, &format!("?cursor={cursor}")).await.ok();
    assert_eq!((&changed["users"][0]["sub"], &changed["users"][0]["state"]), (&json!(sub), &json!("withdrawn")));
    node.deliver().await;
    node.close().await;
}
