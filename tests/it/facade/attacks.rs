//! What is tried at a façade, and what comes of it.

use axum::http::{Method, header};
use hufu::accounts::AccountState;
use hufu::base::Timestamp;
use hufu::base::encoding::{hex, sha256};
use hufu::proto::facade::moment::as_compact;
use serde_json::{Value, json};

use super::stage::{FORM, ON, Stage, form_fields, lower_hex};
use crate::support::span::{minutes, seconds};
use crate::support::{Landed, TestNode};

fn result(answer: &Value) -> &str {
    answer["result"].as_str().unwrap()
}

#[tokio::test]
async fn a_ticket_counts_once_and_once_again_ends_what_it_bought() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let answer = stage.form("ticketValidation", &ticket).await;
    assert_eq!(result(&answer), "0");
    stage.node.pass(seconds(1));
    assert_eq!(result(&stage.form("ticketValidation", &ticket).await), "6001");
    let token = answer["token"].as_str().unwrap();
    assert_eq!(result(&stage.form("getUserInfo", token).await), "6099");
    stage.close().await;
}

#[tokio::test]
async fn of_many_validations_at_once_one_gets_a_token() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let mut bought = 0;
    let time = stage.node.now();
    let calls = (0..8).map(|at| {
        let time = as_compact(Timestamp::from_seconds(time - at));
        let sign = lower_hex(&stage.service.secret, &format!("{}{time}{ticket}", stage.service.id));
        let fields = form_fields(&stage.service, "ticketValidation", &ticket, (&time, &sign));
        let stage = &stage;
        async move { stage.fields(&fields).await }
    });
    for answer in futures::future::join_all(calls).await {
        match result(&answer) {
            "0" => bought += 1,
            code => assert_eq!(code, "6001"),
        }
    }
    assert_eq!(bought, 1);
    stage.close().await;
}

#[tokio::test]
async fn a_ticket_is_for_one_service_and_for_a_minute() {
    let mut stage = Stage::set().await;
    let other = stage.node.client_with("other", json!({"facade": "ticket"})).await;
    let ticket = stage.ticket().await;
    assert_eq!(result(&stage.form_of(&other, "ticketValidation", &ticket).await), "6003");
    assert_eq!(result(&stage.form("ticketValidation", &ticket).await), "0", "another's try costs nothing");
    let token = stage.token().await;
    assert_eq!(result(&stage.form_of(&other, "getUserInfo", &token).await), "6099");
    let late = stage.ticket().await;
    stage.node.pass(seconds(60));
    assert_eq!(result(&stage.form("ticketValidation", &late).await), "6001");
    for nothing in ["x", &late[1..], &token] {
        assert_eq!(result(&stage.form("ticketValidation", nothing).await), "6002");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_form_that_is_not_as_it_should_be_is_refused_as_such() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let time = stage.time();
    let sign = lower_hex(&stage.service.secret, &format!("{}{time}{ticket}", stage.service.id));
    let good = form_fields(&stage.service, "ticketValidation", &ticket, (&time, &sign));
    for name in ["method", "st", "servicecode", "time"] {
        let fields: Vec<_> = good.iter().filter(|(other, _)| other != name).cloned().collect();
        assert_eq!(result(&stage.fields(&fields).await), "6004", "without {name}");
        let twice: Vec<_> = good.iter().cloned().chain([(name.to_owned(), "x".to_owned())]).collect();
        assert_eq!(result(&stage.fields(&twice).await), "6004", "{name} twice");
    }
    for (name, value) in
        [("datatype", "xml"), ("method", "login"), ("time", "2026-11-24"), ("padding", &"x".repeat(16_384))]
    {
        let mut fields: Vec<_> = good.iter().filter(|(other, _)| other != name).cloned().collect();
        fields.push((name.to_owned(), value.to_owned()));
        assert_eq!(result(&stage.fields(&fields).await), "6004", "{name}={value:.20}");
    }
    let headers = [(header::CONTENT_TYPE, "application/json")];
    assert_eq!(result(&stage.node.call(Method::POST, FORM, &headers, "{}").await.ok()), "6004");
    let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    let in_query = format!("{FORM}?st={ticket}");
    assert_eq!(result(&stage.node.call(Method::POST, &in_query, &headers, "").await.ok()), "6004");
    assert_eq!(result(&stage.fields(&good).await), "0");
    stage.close().await;
}

#[tokio::test]
async fn only_the_services_own_hmac_of_now_signs() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let (id, secret, time) = (stage.service.id.clone(), stage.service.secret.clone(), stage.time());
    let text = format!("{id}{time}{ticket}");
    let mut altered = lower_hex(&secret, &text).into_bytes();
    altered[0] = if altered[0] == b'0' { b'1' } else { b'0' };
    let altered = String::from_utf8(altered).unwrap();
    let md5 = "0123456789abcdef0123456789abcdef";
    let plain = hex(&sha256(format!("{id}{secret}{time}").as_bytes()));
    let upper = lower_hex(&secret, &text).to_ascii_uppercase();
    let without_ticket = lower_hex(&secret, &format!("{id}{time}"));
    let others = lower_hex("another secret", &text);
    for sign in ["", md5, &altered, &plain, &upper, &without_ticket, &others] {
        let answer = stage.fields(&form_fields(&stage.service, "ticketValidation", &ticket, (&time, sign))).await;
        assert_eq!((result(&answer), &answer["errmsg"]), ("6099", &json!("签名不正确")), "{sign}");
    }
    for off in [-91, 91] {
        let time = as_compact(Timestamp::from_seconds(stage.node.now() + off));
        let sign = lower_hex(&secret, &format!("{id}{time}{ticket}"));
        let answer = stage.fields(&form_fields(&stage.service, "ticketValidation", &ticket, (&time, &sign))).await;
        assert_eq!((result(&answer), &answer["errmsg"]), ("6099", &json!("签名时间超出允许范围")), "{off}");
    }
    assert_eq!(result(&stage.form("ticketValidation", &ticket).await), "0");
    stage.close().await;
}

#[tokio::test]
async fn a_request_that_comes_again_is_refused_and_ends_nothing_after_a_restart_too() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let time = stage.time();
    let sign = lower_hex(&stage.service.secret, &format!("{}{time}{ticket}", stage.service.id));
    let fields = form_fields(&stage.service, "ticketValidation", &ticket, (&time, &sign));
    let answer = stage.fields(&fields).await;
    let again = stage.fields(&fields).await;
    assert_eq!((result(&again), &again["errmsg"]), ("6099", &json!("请求重复")));
    stage.node.restart().await;
    assert_eq!(stage.fields(&fields).await["errmsg"], "请求重复");
    let told = stage.form("getUserInfo", answer["token"].as_str().unwrap()).await;
    assert_eq!(result(&told), "0");
    stage.close().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let mut stage = Stage::set().await;
    for more in [
        "&redirectUrl=https%3A%2F%2Fevil.example%2Fcallback",
        "&redirectUrl=https%3A%2F%2Ftickets.example%2Fcallback%2F",
        "&goto=https%3A%2F%2Fevil.example%2F",
        "&goto=https%3A%2F%2Ftickets.example%40evil.example%2F",
        "&goto=https%3A%2F%2Fwangming%40tickets.example%2F",
        "&goto=http%3A%2F%2Ftickets.example%2F",
        "&goto=https%3A%2F%2Ftickets.example%3A8443%2F",
        "&goto=%2F%2Fevil.example",
        "&goto=javascript%3Aalert(1)",
        "&goto=https%3A%2F%2Ftickets.example%2F&goto=https%3A%2F%2Fevil.example%2F",
    ] {
        let Landed::Here(page) = stage.browser.get(&stage.entry(more)).await else { panic!("{more} led away") };
        assert_eq!((page.status.as_u16(), page.error_code().as_str()), (400, "invalid_request"), "{more}");
    }
    for path in
        ["/sso/mobile.do?scope=1&servicecode=tickets", "/sso/mobile.do?action=oauth&scope=2&servicecode=tickets"]
    {
        assert_eq!(stage.browser.get(path).await.page().error_code(), "invalid_request", "{path}");
    }
    let several =
        json!({"facade": "ticket", "scope": "openid", "redirect_uris": ["https://s.example/a", "https://s.example/b"]});
    stage.node.client_with("several", several).await;
    let path = "/sso/mobile.do?action=oauth&scope=1&servicecode=several";
    assert_eq!(stage.browser.get(path).await.page().error_code(), "invalid_request");
    let named = format!("{path}&redirectUrl=https%3A%2F%2Fs.example%2Fb");
    assert_eq!(stage.arrive(&named).await.uri, "https://s.example/b");
    stage.close().await;
}

#[tokio::test]
async fn what_is_off_does_not_exist_and_a_client_without_a_facade_is_refused() {
    let node = TestNode::with(&ON[1..]).await;
    node.client_with("tickets", json!({"facade": "ticket"})).await;
    let path = "/sso/mobile.do?action=oauth&scope=1&servicecode=tickets";
    assert_eq!(node.browser().get(path).await.page().status, 404);
    let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    assert_eq!(node.call(Method::POST, FORM, &headers, "method=x").await.status, 404);
    assert_eq!(node.call(Method::POST, "/uc/sso/access_token", &[], "{}").await.status, 404);
    node.close().await;

    let stage = Stage::set().await;
    let plain = stage.node.client("plain").await;
    stage.node.client_with("exchanging", json!({"facade": "session_exchange"})).await;
    for (code, said) in
        [("plain", "unauthorized_client"), ("exchanging", "unauthorized_client"), ("no", "invalid_client")]
    {
        let path = format!("/sso/mobile.do?action=oauth&scope=1&servicecode={code}");
        assert_eq!(stage.node.browser().get(&path).await.page().error_code(), said, "{code}");
    }
    let answer = stage.form_of(&plain, "ticketValidation", "x").await;
    assert_eq!((result(&answer), &answer["errmsg"]), ("6099", &json!("接入资源未开通本接口")));
    stage.close().await;
}

#[tokio::test]
async fn tickets_codes_and_tokens_of_one_wire_are_nothing_on_another() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", ticket.as_str()),
        ("redirect_uri", &stage.service.redirect_uri),
    ];
    assert_eq!(stage.node.token(&stage.service, &fields).await.error(), "invalid_grant");
    let token = stage.token().await;
    let bearer = format!("Bearer {token}");
    let answer = stage.node.call(Method::GET, "/oauth2/userinfo", &[(header::AUTHORIZATION, &bearer)], "").await;
    assert_eq!(answer.error(), "insufficient_scope");
    let request = crate::support::Request::of(&stage.service);
    let code = stage.browser.code_for(&request, &stage.person).await;
    assert_eq!(result(&stage.form("ticketValidation", &code).await), "6002");
    let tokens = stage.node.redeem(&stage.service, &request, &code).await.tokens();
    assert_eq!(result(&stage.form("getUserInfo", &tokens.access).await), "6099");
    stage.close().await;
}

#[tokio::test]
async fn whoever_is_locked_or_suspended_or_has_withdrawn_is_told_nothing_of() {
    let mut stage = Stage::set().await;
    let (ticket, token) = (stage.ticket().await, stage.token().await);
    stage.person.set_state(&stage.node, AccountState::Locked).await;
    assert_eq!(result(&stage.form("ticketValidation", &ticket).await), "6001");
    assert_eq!(result(&stage.form("getUserInfo", &token).await), "6099");
    stage.close().await;

    let mut stage = Stage::set().await;
    let (ticket, token) = (stage.ticket().await, stage.token().await);
    let id = stage.service.id.as_str().into();
    assert!(stage.node.app.logouts.suspend_client(&id).await.unwrap());
    for (method, subject) in [("ticketValidation", &ticket), ("getUserInfo", &token)] {
        let answer = stage.form(method, subject).await;
        assert_eq!((result(&answer), &answer["errmsg"]), ("6099", &json!("接入资源已停用")), "{method}");
    }
    assert_eq!(stage.browser.get(&stage.entry("")).await.page().error_code(), "unauthorized_client");
    stage.close().await;

    let mut stage = Stage::set().await;
    let token = stage.token().await;
    stage.node.pass(minutes(6));
    assert_eq!(result(&stage.form("getUserInfo", &token).await), "6099", "a token lives five minutes");
    stage.close().await;
}

#[tokio::test]
async fn a_facade_asks_for_the_level_that_its_client_demands() {
    let mut stage = Stage::with(json!({"scope": "openid realname", "minimum_acr": "urn:hufu:acr:l2"})).await;
    stage.person = stage.node.person("nobody").await;
    let page = stage.browser.get(&stage.entry("")).await.page();
    let page = stage.browser.log_in(&page, &stage.person).await.page();
    page.must_have("realname-form");
    let back = stage.browser.prove_name(&page, &stage.person).await.callback();
    assert_eq!(result(&stage.form("ticketValidation", back.get("ticket")).await), "0");
    stage.close().await;
}
