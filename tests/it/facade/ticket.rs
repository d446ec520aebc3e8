//! The ticket flow by its form: in by `mobile.do`, back with a ticket, a token for it, the person for that.

use serde_json::json;

use super::stage::{ON, Stage};
use crate::support::TestNode;
use crate::support::span::seconds;

#[tokio::test]
async fn a_person_signs_in_and_the_service_knows_them_by_ticket_and_token() {
    let mut stage = Stage::set().await;
    let back = stage.arrive(&stage.entry("&goto=https%3A%2F%2Ftickets.example%2Fmatters%3Fid%3D7")).await;
    assert_eq!(back.uri, "https://tickets.example/callback");
    assert_eq!(back.get("goto"), "https://tickets.example/matters?id=7");
    assert_eq!(back.params.get("iss"), None, "a façade knows no iss");
    let answer = stage.form("ticketValidation", back.get("ticket")).await;
    assert_eq!((&answer["result"], &answer["errmsg"]), (&json!("0"), &json!("成功")));
    assert_eq!((&answer["loginname"], &answer["orgcoding"]), (&json!("wangming"), &json!("")));
    assert_eq!(answer["username"], json!(stage.person.name));
    let told = stage.form("getUserInfo", answer["token"].as_str().unwrap()).await;
    assert_eq!(told["result"], "0");
    assert_eq!(told["userid"], answer["userid"]);
    for (member, value) in [
        ("authlevel", "2"),
        ("username", stage.person.name.as_str()),
        ("loginname", "wangming"),
        ("useable", "1"),
        ("idnum", ""),
        ("mobile", ""),
        ("nation", ""),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    assert_eq!(told.as_object().unwrap().len(), 31, "every name of the field, and how it went");
    stage.close().await;
}

#[tokio::test]
async fn who_is_known_already_is_known_here_with_no_page() {
    let mut stage = Stage::set().await;
    let other = stage.node.client("plain").await;
    let node = &stage.node;
    let tokens = stage.browser.sign_in_at(node, &other, &stage.person).await;
    let back = stage.browser.get(&stage.entry("")).await.callback();
    let answer = stage.form("ticketValidation", back.get("ticket")).await;
    assert_eq!(answer["result"], "0");
    assert_ne!(answer["userid"], json!(tokens.claim("sub")), "each service knows a person by its own name");
    stage.close().await;
}

#[tokio::test]
async fn number_and_what_follows_from_it_are_told_with_a_consent_of_their_own() {
    let mut stage = Stage::with(json!({"scope": "openid realname identity_number phone"})).await;
    let page = stage.browser.get(&stage.entry("")).await.page();
    let page = stage.browser.log_in(&page, &stage.person).await.page();
    page.must_have("consent-form");
    let given = [("sensitive", "identity_document"), ("decision", "accept")];
    let back = stage.browser.submit(&page, "consent-form", &given).await.callback();
    let answer = stage.form("ticketValidation", back.get("ticket")).await;
    let told = stage.form("getUserInfo", answer["token"].as_str().unwrap()).await;
    assert_eq!((&told["idtype"], &told["idnum"]), (&json!("1"), &json!(stage.person.number)));
    assert_eq!(told["birthday"], json!(stage.person.number.get(6..14).unwrap()));
    let odd = stage.person.number.as_bytes()[16] % 2 == 1;
    assert_eq!(told["sex"], if odd { "1" } else { "2" });
    assert_eq!(told["loginname"], "", "profile was not asked for");
    // A proof that counts for less, and the same token tells neither.
    stage.person.raise_to(&stage.node, 1).await;
    stage.node.pass(seconds(1));
    let told = stage.form("getUserInfo", answer["token"].as_str().unwrap()).await;
    assert_eq!((&told["authlevel"], &told["idnum"], &told["username"]), (&json!("1"), &json!(""), &json!("")));
    stage.close().await;
}

#[tokio::test]
async fn name_and_number_are_told_from_level_two_on() {
    let mut stage = Stage::with(json!({"scope": "openid realname"})).await;
    // Her name and number are on record, by a proof that counts for less.
    stage.person.raise_to(&stage.node, 1).await;
    let token = stage.token().await;
    let told = stage.form("getUserInfo", &token).await;
    assert_eq!((&told["result"], &told["authlevel"]), (&json!("0"), &json!("1")));
    assert_eq!((&told["username"], &told["idnum"], &told["idtype"]), (&json!(""), &json!(""), &json!("")));
    stage.browser.sign_out().await;
    stage.person = stage.node.person_at_level_three("zhanghong").await;
    let token = stage.token().await;
    let told = stage.form("getUserInfo", &token).await;
    assert_eq!((&told["authlevel"], &told["username"]), (&json!("3"), &json!(stage.person.name)));
    stage.close().await;
}

#[tokio::test]
async fn a_client_with_no_more_than_openid_is_told_no_more() {
    let mut stage = Stage::with(json!({"scope": "openid"})).await;
    let token = stage.token().await;
    let told = stage.form("getUserInfo", &token).await;
    let told = told.as_object().unwrap();
    let said: Vec<&str> = told.iter().filter(|(_, value)| **value != "").map(|(name, _)| name.as_str()).collect();
    assert_eq!(said, ["authlevel", "errmsg", "result", "useable", "userid"]);
    stage.close().await;
}

#[tokio::test]
async fn a_logout_ends_the_token_at_once_and_the_service_is_told() {
    let mut stage = Stage::set().await;
    let token = stage.token().await;
    let waiting = stage.ticket().await;
    stage.browser.sign_out().await;
    assert_eq!(stage.form("getUserInfo", &token).await["result"], "6099");
    assert_eq!(stage.form("ticketValidation", &waiting).await["result"], "6001");
    stage.node.deliver().await;
    let notice = stage.node.sink.told_once("tickets");
    assert!(notice.claims.contains_key("sid"));
    stage.close().await;
}

#[tokio::test]
async fn a_person_who_refuses_comes_back_with_a_result() {
    let mut stage = Stage::with(json!({"consent": "first_use", "legal_basis": null})).await;
    let page = stage.browser.get(&stage.entry("&goto=https%3A%2F%2Ftickets.example%2Fx")).await.page();
    let page = stage.browser.log_in(&page, &stage.person).await.page();
    let back = stage.browser.submit(&page, "consent-form", &[("decision", "deny")]).await.callback();
    assert_eq!((back.get("result"), back.get("goto")), ("6099", "https://tickets.example/x"));
    assert_eq!(back.params.get("ticket"), None);
    stage.close().await;
}

#[tokio::test]
async fn a_client_of_a_facade_speaks_the_standard_protocol_as_before() {
    let mut stage = Stage::set().await;
    let node = &stage.node;
    let tokens = stage.browser.sign_in_at(node, &stage.service, &stage.person).await;
    let ticket = stage.ticket().await;
    let answer = stage.form("ticketValidation", &ticket).await;
    assert_eq!(answer["userid"], json!(tokens.claim("sub")), "one subject, whatever the words");
    stage.close().await;
}

#[tokio::test]
async fn an_operator_gives_and_takes_a_facade() {
    let node = TestNode::with(&ON).await;
    let plain = node.client("plain").await;
    let id = plain.id.as_str().into();
    let kind = hufu::proto::oauth::FacadeKind::Ticket;
    let secret = node.app.provider.set_facade(&id, Some(kind)).await.unwrap().unwrap().unwrap();
    let again = node.app.provider.set_facade(&id, Some(kind)).await.unwrap().unwrap();
    assert!(again.is_none(), "its secret is sealed by now");
    let stored = node.app.provider.clients().on_record(&id).await.unwrap().unwrap();
    let stored = stored.secret.clone().unwrap();
    assert!(!stored.contains(secret.expose()));
    // The secret authenticates at the token endpoint as before.
    let newer = crate::support::Client { secret: secret.expose().to_owned(), ..plain.clone() };
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    assert_eq!(node.token(&newer, &fields).await.error(), "invalid_grant");
    assert_eq!(node.token(&plain, &fields).await.error(), "invalid_client");
    assert!(node.app.provider.set_facade(&id, None).await.unwrap().unwrap().is_none());
    assert_eq!(node.token(&newer, &fields).await.error(), "invalid_grant");
    assert!(node.app.provider.set_facade(&"nobody".into(), Some(kind)).await.unwrap().is_none());
    for members in
        [json!({"require_pkce": true}), json!({"subject": "either"}), json!({"token_endpoint_auth_method": "none"})]
    {
        let strict = node.client_with("strict", members.clone()).await;
        let refused = node.app.provider.set_facade(&strict.id.as_str().into(), Some(kind)).await;
        assert_eq!(refused.err().unwrap().code.as_str(), "invalid_client_metadata", "{members}");
    }
    node.close().await;
}
