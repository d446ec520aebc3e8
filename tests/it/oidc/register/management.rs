//! Who may register, and what a registered client may do to itself.

use axum::http::{Method, StatusCode, header};
use hufu::base::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestNode};

const TOKEN: &str = "an-initial-access-token";

async fn node() -> TestNode {
    let node = TestNode::start().await;
    let until = Timestamp(crate::support::NOW.0 + 3_600_000);
    node.app.provider.put_initial_token(&Secret::new(TOKEN), "tests", until).await.unwrap();
    node
}

async fn call(node: &TestNode, method: Method, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let mut headers = vec![(header::CONTENT_TYPE, "application/json")];
    if token.is_some() {
        headers.push((header::AUTHORIZATION, &bearer));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    node.call(method, path, &headers, &body).await
}

async fn register(node: &TestNode, body: &Value) -> Answer {
    call(node, Method::POST, "/oauth2/register", Some(TOKEN), body).await
}

#[tokio::test]
async fn only_the_holder_of_an_initial_token_registers_and_only_while_it_holds() {
    let node = node().await;
    let body = json!({"redirect_uris": ["https://a.example/cb"]});
    for token in [None, Some(""), Some("guess"), Some("an-initial-access-toke")] {
        let answer = call(&node, Method::POST, "/oauth2/register", token, &body).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_token"), "{token:?}");
    }
    assert_eq!(register(&node, &body).await.status, StatusCode::CREATED);
    node.pass(crate::support::span::hours(1));
    assert_eq!(register(&node, &body).await.error(), "invalid_token");
    node.close().await;
}

#[tokio::test]
async fn a_node_that_registers_nobody_from_outside_does_not_offer_to() {
    for (mode, offered) in [("closed", false), ("token", true), ("open", true)] {
        let node = TestNode::with(&[("registration.mode", mode)]).await;
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let document = node.call(Method::GET, path, &[], "").await.ok();
            let endpoint = document.get("registration_endpoint").and_then(Value::as_str);
            assert_eq!(endpoint, offered.then_some("https://id.example/oauth2/register"), "{mode} at {path}");
        }
        let body = json!({"redirect_uris": ["https://a.example/cb"]});
        let status = call(&node, Method::POST, "/oauth2/register", None, &body).await.status;
        assert_eq!(status == StatusCode::CREATED, mode == "open", "{mode}");
        node.close().await;
    }
}

#[tokio::test]
async fn a_client_reads_changes_and_removes_itself_and_nobody_else_does() {
    let node = node().await;
    let body =
        json!({"redirect_uris": ["https://a.example/cb"], "grant_types": ["authorization_code", "refresh_token"]});
    let made = register(&node, &body).await.ok();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let own = made["registration_access_token"].as_str().unwrap();
    let other = register(&node, &body).await.ok();
    let path = format!("/oauth2/register/{id}");
    assert_eq!(made["registration_client_uri"], format!("https://id.example{path}"));
    for token in [None, Some("guess"), Some(TOKEN), other["registration_access_token"].as_str()] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = call(&node, method.clone(), &path, token, &body).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {token:?}: {}", answer.text);
        }
    }
    let read = call(&node, Method::GET, &path, Some(own), &Value::Null).await.ok();
    assert_eq!(read["redirect_uris"], body["redirect_uris"]);
    assert!(read.get("client_secret").is_none_or(|shown| shown == secret), "a secret is shown once, or its own");
    let changed = json!({"client_id": id, "redirect_uris": ["https://a.example/other"]});
    assert_eq!(
        call(&node, Method::PUT, &path, Some(own), &changed).await.ok()["redirect_uris"],
        changed["redirect_uris"]
    );
    for bad in [
        json!({"client_id": "matters", "redirect_uris": ["https://a.example/cb"]}),
        json!({"redirect_uris": ["https://a.example/cb"]}),
        json!({"client_id": id, "client_secret": "another", "redirect_uris": ["https://a.example/cb"]}),
        json!({"client_id": id, "redirect_uris": ["javascript:alert(1)"]}),
        json!({"client_id": id, "redirect_uris": ["https://a.example/cb"], "consent": "statutory", "legal_basis": "x"}),
    ] {
        assert_eq!(call(&node, Method::PUT, &path, Some(own), &bad).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(call(&node, Method::DELETE, &path, Some(own), &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&node, Method::GET, &path, Some(own), &Value::Null).await.status, StatusCode::UNAUTHORIZED);
    node.close().await;
}

#[tokio::test]
async fn a_client_that_removes_itself_is_told_to_let_go_of_its_sessions() {
    let node = node().await;
    let body = json!({"redirect_uris": ["https://a.example/cb"], "backchannel_logout_uri": node.sink.url("a")});
    let made = register(&node, &body).await.ok();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let client = Client {
        id: text("client_id"),
        secret: text("client_secret"),
        redirect_uri: "https://a.example/cb".into(),
        post_logout_redirect_uri: String::new(),
        method: "client_secret_basic".into(),
        key: None,
    };
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &client, &wang).await;
    let path = format!("/oauth2/register/{}", client.id);
    let own = text("registration_access_token");
    assert_eq!(call(&node, Method::DELETE, &path, Some(&own), &Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(node.deliver().await, 1);
    let notice = node.sink.told_once("a");
    assert_eq!((notice.text("sid"), notice.text("aud")), (tokens.claim("sid"), client.id.as_str()));
    browser.get("/account").await.page().must_have("account");
    node.close().await;
}

/// Threats 3 and 5: what a stranger may not say of himself.
#[tokio::test]
async fn a_stranger_cannot_register_what_only_an_administrator_may_give() {
    let node = node().await;
    let with = |members: Value| {
        let mut body = json!({"redirect_uris": ["https://a.example/cb"]});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    for bad in [
        json!({"redirect_uris": ["https://a.example/cb#x"]}),
        json!({"redirect_uris": ["https://*.example/cb"]}),
        json!({"redirect_uris": ["http://a.example/cb"]}),
        json!({"redirect_uris": []}),
        with(json!({"consent": "statutory", "legal_basis": "mine"})),
        with(json!({"grant_types": ["password"]})),
        with(json!({"grant_types": ["implicit"], "response_types": ["token"]})),
        with(json!({"token_endpoint_auth_method": "client_secret_jwt"})),
        with(json!({"id_token_signed_response_alg": "none"})),
        with(json!({"id_token_signed_response_alg": "HS256"})),
        with(json!({"id_token_signed_response_alg": "EdDSA"})),
        with(json!({"userinfo_signed_response_alg": "EdDSA"})),
        with(json!({"logo_uri": "data:image/png;base64,AAAA"})),
        with(json!({"client_uri": "javascript:alert(1)"})),
        with(json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}})),
    ] {
        let answer = register(&node, &bad).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}: {}", answer.text);
        assert!(["invalid_client_metadata", "invalid_redirect_uri"].contains(&answer.error().as_str()), "{bad}");
    }
    for garbage in ["", "[]", "{", "\"x\"", "{\"redirect_uris\": \"x\"}"] {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, bearer.as_str())];
        let answer = node.call(Method::POST, "/oauth2/register", &headers, garbage).await;
        assert_eq!(answer.error(), "invalid_client_metadata", "{garbage:?}");
    }
    node.close().await;
}

/// What discovery promises must work: a client that asks for any listed algorithm gets its ID token.
#[tokio::test]
async fn every_algorithm_that_discovery_lists_signs() {
    for algorithms in ["[RS256, ES256]", "[RS256, ES256, EdDSA]"] {
        let node = TestNode::with(&[("keys.algorithms", algorithms)]).await;
        signs_with_all(&node).await;
        node.close().await;
    }
}

async fn signs_with_all(node: &TestNode) {
    let wang = node.person("wangming").await;
    let discovery = node.call(Method::GET, "/.well-known/openid-configuration", &[], "").await.ok();
    let listed = discovery["id_token_signing_alg_values_supported"].as_array().unwrap();
    assert!(listed.contains(&json!("RS256")) && listed.contains(&json!("ES256")), "{listed:?}");
    for alg in listed {
        let name = format!("client-{}", alg.as_str().unwrap().to_lowercase());
        let client = node.client_with(&name, json!({"id_token_signed_response_alg": alg})).await;
        let tokens = node.browser().sign_in_at(node, &client, &wang).await;
        assert!(!tokens.id_token.is_empty(), "{alg}");
    }
}

#[tokio::test]
async fn what_reaches_beyond_a_client_is_granted_by_the_platform_only() {
    let node = node().await;
    let usual = json!({"redirect_uris": ["https://a.example/cb"], "grant_types": ["client_credentials"],
        "response_types": [], "scope": "openid admin realname.verify"});
    let made = register(&node, &usual).await.ok();
    assert_eq!(made["scope"], "openid", "scopes of services are left out, and the answer shows it");
    for (member, value) in [
        ("matters", json!(["tax:file"])),
        ("carries_companies", json!(true)),
        ("resource_server", json!(true)),
        ("exchange_resources", json!(["licences"])),
        ("grant_types", json!(["urn:ietf:params:oauth:grant-type:token-exchange"])),
    ] {
        let mut asks = usual.clone();
        asks[member] = value;
        let answer = register(&node, &asks).await;
        assert_eq!(answer.error(), "invalid_client_metadata", "{member}");
        assert!(answer.text.contains(member), "{}", answer.text);
    }
    let by_facade = json!({"redirect_uris": ["https://a.example/cb"], "facade": "ticket"});
    let answer = register(&node, &by_facade).await;
    assert_eq!(answer.error(), "invalid_client_metadata");
    assert!(answer.text.contains("facade: granted by the platform only"), "{}", answer.text);
    node.close().await;
    let node = TestNode::with(&[("registration.mode", "open"), ("registration.scopes", "cases.read")]).await;
    let allowed = json!({"redirect_uris": ["https://a.example/cb"], "scope": "openid cases.read admin"});
    let made = call(&node, Method::POST, "/oauth2/register", None, &allowed).await.ok();
    assert_eq!(made["scope"], "openid cases.read");
    node.close().await;
}

#[tokio::test]
async fn whoever_may_register_anyone_registers_no_more_than_their_share_from_one_address() {
    let node = TestNode::with(&[("registration.mode", "open"), ("accounts.limits.address_registrations", "3")]).await;
    let body = json!({"redirect_uris": ["https://a.example/cb"]});
    for _ in 0..3 {
        let answer = call(&node, Method::POST, "/oauth2/register", None, &body).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    let answer = call(&node, Method::POST, "/oauth2/register", None, &body).await;
    assert_eq!(answer.error(), "temporarily_unavailable");
    node.pass(crate::support::span::minutes(15));
    assert_eq!(call(&node, Method::POST, "/oauth2/register", None, &body).await.status, StatusCode::CREATED);
    node.close().await;
}

#[tokio::test]
async fn no_change_by_a_client_ends_its_suspension() {
    let node = node().await;
    let body = json!({"redirect_uris": ["https://a.example/cb"]});
    let made = register(&node, &body).await.ok();
    let (id, own) = (made["client_id"].as_str().unwrap(), made["registration_access_token"].as_str().unwrap());
    let path = format!("/oauth2/register/{id}");
    let mut change = body.clone();
    change["client_id"] = json!(id);
    // Known from before its suspension, as it is for a moment in another process.
    let cached = node.app.provider.clients().find(&id.into()).await.unwrap().unwrap();
    assert!(node.app.logouts.suspend_client(&id.into()).await.unwrap());
    assert!(!cached.suspended);
    let answer = call(&node, Method::PUT, &path, Some(own), &change).await;
    assert_eq!(answer.error(), "access_denied");
    node.app.provider.rotate_secret(&id.into()).await.unwrap().unwrap();
    let metadata = cached.metadata.clone();
    node.app.provider.put_client(&id.into(), metadata, None).await.unwrap();
    assert!(node.app.provider.clients().find(&id.into()).await.unwrap().unwrap().suspended);
    assert!(node.app.logouts.resume_client(&id.into()).await.unwrap());
    let changed = call(&node, Method::PUT, &path, Some(own), &change).await.ok();
    assert_eq!(changed["registration_access_token"], own, "RFC 7592 §3: every answer carries it");
    node.close().await;
}

#[tokio::test]
async fn a_suspension_and_a_change_side_by_side_end_suspended() {
    let node = std::sync::Arc::new(node().await);
    let body = json!({"redirect_uris": ["https://a.example/cb"]});
    for _ in 0..10 {
        let made = register(&node, &body).await.ok();
        let (id, own) = (made["client_id"].as_str().unwrap(), made["registration_access_token"].as_str().unwrap());
        let mut change = body.clone();
        change["client_id"] = json!(id);
        let path = format!("/oauth2/register/{id}");
        let (client, by) = (id.into(), node.clone());
        let suspends = tokio::spawn(async move { by.app.logouts.suspend_client(&client).await.unwrap() });
        call(&node, Method::PUT, &path, Some(own), &change).await;
        assert!(suspends.await.unwrap());
        assert!(node.app.provider.clients().find(&id.into()).await.unwrap().unwrap().suspended);
    }
    std::sync::Arc::into_inner(node).unwrap().close().await;
}
