//! Threat 2: two readers of one request never see two values.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{Request, TestNode};

const FORM: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");

#[tokio::test]
async fn a_repeated_parameter_is_refused_at_every_endpoint() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    for repeated in ["client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "prompt", "x-unknown"] {
        let request = Request::of(&matters).with(repeated, "a").and(repeated, "a");
        let page = browser.begin(&request).await.page();
        assert_eq!(
            (page.status, page.error_code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{repeated}"
        );
        let page = browser.post("/oauth2/authorize", request.params()).await.page();
        assert_eq!(page.error_code(), "invalid_request", "{repeated}, posted");
    }
    for path in ["token", "par", "introspect", "revoke"] {
        let twice = [("grant_type", "client_credentials"), ("token", "a"), ("scope", "a"), ("scope", "a")];
        let answer = node.form(&format!("/oauth2/{path}"), &matters, &twice).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, "invalid_request"), "{path}");
    }
    let page = browser.get("/oauth2/logout?state=a&state=b").await.page();
    assert_eq!(page.error_code(), "invalid_request");
    node.close().await;
}

#[tokio::test]
async fn resource_may_be_repeated_and_unknown_parameters_are_ignored() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters)
        .with("resource", "https://a.example")
        .and("resource", "https://b.example")
        .with("unknown", "x");
    let code = node.browser().code_for(&request, &wang).await;
    node.redeem(&matters, &request, &code).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn a_query_is_never_mixed_into_a_form() {
    let node = TestNode::start().await;
    let matters =
        node.client_with("matters", json!({"grant_types": ["authorization_code", "client_credentials"]})).await;
    let basic = matters.basic();
    for path in ["token", "par", "introspect", "revoke"] {
        let path = format!("/oauth2/{path}?scope=openid");
        let body = "grant_type=client_credentials&token=x";
        let answer = node.call(Method::POST, &path, &[FORM, (header::AUTHORIZATION, &basic)], body).await;
        assert_eq!(answer.error(), "invalid_request", "{path}");
    }
    node.close().await;
}

#[tokio::test]
async fn a_form_is_a_form() {
    let node = TestNode::start().await;
    let matters =
        node.client_with("matters", json!({"grant_types": ["authorization_code", "client_credentials"]})).await;
    let basic = matters.basic();
    let ask = async |kind: &str, body: &str| {
        let headers = [(header::CONTENT_TYPE, kind), (header::AUTHORIZATION, &basic)];
        node.call(Method::POST, "/oauth2/token", &headers, body).await
    };
    let good = "grant_type=client_credentials";
    ask("application/x-www-form-urlencoded; charset=UTF-8", good).await.tokens();
    for kind in
        ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencodedx"]
    {
        assert_eq!(ask(kind, good).await.error(), "invalid_request", "{kind}");
    }
    for body in [
        "grant_type=client_credentials&a=%",
        "grant_type=client_credentials&a=%ff",
        "grant_type=client_credentials&a=%00",
    ] {
        assert_eq!(ask(FORM.1, body).await.error(), "invalid_request", "{body}");
    }
    let answer = ask(FORM.1, "").await;
    assert_eq!(answer.error(), "invalid_request", "no grant_type");
    assert_eq!(ask(FORM.1, "grant_type=password").await.error(), "unsupported_grant_type");
    node.close().await;
}

#[tokio::test]
async fn what_is_wrong_goes_back_to_the_service_with_state_and_issuer() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    let cases = [
        (Request::of(&matters).with("response_type", "token"), "unsupported_response_type"),
        (Request::of(&matters).with("response_type", "code token"), "unsupported_response_type"),
        (Request::of(&matters).without("response_type"), "invalid_request"),
        (Request::of(&matters).with("response_mode", "web_message"), "invalid_request"),
        (Request::of(&matters).with("scope", "profile"), "invalid_scope"),
        (Request::of(&matters).without("scope"), "invalid_request"),
        (Request::of(&matters).with("prompt", "none login"), "invalid_request"),
        (Request::of(&matters).with("prompt", "nonsense"), "invalid_request"),
        (Request::of(&matters).with("max_age", "-1"), "invalid_request"),
        (Request::of(&matters).with("max_age", "ten"), "invalid_request"),
        (Request::of(&matters).with("nonce", &"n".repeat(513)), "invalid_request"),
        (Request::of(&matters).with("claims", "not json"), "invalid_request"),
        (Request::of(&matters).with("id_token_hint", "a.b.c"), "invalid_request"),
        (Request::of(&matters).with("registration", "{}"), "registration_not_supported"),
    ];
    for (request, error) in cases {
        let callback = browser.begin(&request).await.callback();
        assert_eq!(callback.error(), error, "{:?}", request.params());
        assert_eq!(callback.get("state"), "st-虎");
        assert_eq!(callback.get("iss"), "https://id.example");
        assert!(!callback.params.contains_key("code"));
    }
    node.close().await;
}

/// Threat 19: the answer names its issuer, in every mode.
#[tokio::test]
async fn every_response_names_its_issuer_in_every_mode() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    for (mode, separator) in [("query", '?'), ("fragment", '#')] {
        let callback = browser.begin(&Request::of(&matters).with("response_mode", mode)).await.callback();
        assert_eq!(callback.get("iss"), "https://id.example");
        assert!(callback.whole.starts_with(&format!("{}{separator}", matters.redirect_uri)), "{}", callback.whole);
    }
    let page = browser.begin(&Request::of(&matters).with("response_mode", "form_post")).await.page();
    let (action, fields) = page.form("form-post");
    assert_eq!(action, matters.redirect_uri);
    let field = |name: &str| fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    assert_eq!((field("iss"), field("state")), (Some("https://id.example"), Some("st-虎")));
    assert!(field("code").is_some());
    node.close().await;
}
