//! Threat 1: nobody is redirected to an address that is not registered, character by character.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{Request, TestNode};

const REGISTERED: &str = "https://matters.example/callback";

/// What an attacker tries in place of [`REGISTERED`].
const HOSTILE: &[&str] = &[
    "https://matters.example/callback/",
    "https://matters.example/callback/../evil",
    "https://matters.example/callback?",
    "https://matters.example/callback?next=https://evil.example",
    "https://matters.example/callback#",
    "https://matters.example/callback#@evil.example",
    "https://matters.example/callback%2F",
    "https://matters.example/%63allback",
    "https://matters.example/Callback",
    "https://MATTERS.example/callback",
    "HTTPS://matters.example/callback",
    "http://matters.example/callback",
    "https://matters.example:443/callback",
    "https://matters.example:8443/callback",
    "https://matters.example./callback",
    "https://matters.example.evil.example/callback",
    "https://evil.example/matters.example/callback",
    "https://matters.example@evil.example/callback",
    "https://evil.example\\@matters.example/callback",
    "https://evil.example/callback",
    "https://xn--mtters-cua.example/callback",
    "//matters.example/callback",
    "/callback",
    "callback",
    " https://matters.example/callback",
    "https://matters.example/callback ",
    "https://matters.example/callback\u{0}",
    "https://matters.example/callback\r\nLocation: https://evil.example",
    "javascript:alert(1)//https://matters.example/callback",
    "data:text/html,<script>alert(1)</script>",
    "urn:ietf:wg:oauth:2.0:oob",
    "*",
    "",
];

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_never_redirected_to() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    assert_eq!(matters.redirect_uri, REGISTERED);
    for hostile in HOSTILE {
        // Signed in, with an error, and silently: no way round.
        for more in [("state", "s"), ("response_type", "nonsense"), ("prompt", "none")] {
            let request = Request::of(&matters).with("redirect_uri", hostile).with(more.0, more.1);
            let answer = browser.send(Method::GET, &request.path(), None).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{hostile:?} {more:?}");
            assert!(!answer.headers.contains_key(header::LOCATION), "{hostile:?}");
            assert!(answer.body.contains("id=\"error\""), "{hostile:?}");
            assert!(!answer.body.contains("evil.example"), "{hostile:?} is shown");
        }
        let page =
            browser.post("/oauth2/authorize", Request::of(&matters).with("redirect_uri", hostile).params()).await;
        assert_eq!(page.page().error_code(), "invalid_request", "{hostile:?}, posted");
    }
    let good = browser.begin(&Request::of(&matters)).await.callback();
    assert_eq!(good.uri, REGISTERED);
    node.close().await;
}

#[tokio::test]
async fn an_unknown_or_suspended_client_never_redirects() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    for unknown in ["nobody", "MATTERS", "matters ", &"x".repeat(3000)] {
        let page = browser.begin(&Request::of(&matters).with("client_id", unknown)).await.page();
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{unknown}");
        page.must_have("error");
    }
    browser.begin(&Request::of(&matters).without("client_id")).await.page().must_have("error");
    assert!(node.app.logouts.suspend_client(&"matters".into()).await.unwrap());
    let page = browser.begin(&Request::of(&matters)).await.page();
    assert_eq!(page.error_code(), "unauthorized_client");
    node.close().await;
}

#[tokio::test]
async fn a_redirect_uri_is_compared_at_the_token_and_par_endpoints_too() {
    let node = TestNode::start().await;
    let two = json!({"redirect_uris": [REGISTERED, "https://matters.example/other"]});
    let matters = node.client_with("matters", two).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters);
    let code = browser.code_for(&request, &wang).await;
    for other in ["https://matters.example/other", "https://evil.example/", ""] {
        let answer = node.redeem(&matters, &request.clone().with("redirect_uri", other), &code).await;
        assert!(["invalid_grant", "invalid_request"].contains(&answer.error().as_str()), "{other:?}: {}", answer.text);
    }
    node.redeem(&matters, &request, &code).await.tokens();
    for hostile in HOSTILE {
        let pushed = Request::of(&matters).with("redirect_uri", hostile);
        let fields: Vec<(&str, &str)> = pushed.params().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = node.form("/oauth2/par", &matters, &fields).await;
        assert_eq!(answer.error(), "invalid_request", "{hostile:?}");
    }
    node.close().await;
}

#[tokio::test]
async fn a_native_client_may_use_any_port_of_its_loopback_address_and_nothing_else() {
    let node = TestNode::start().await;
    let app = node
        .client_with(
            "app",
            json!({
                "application_type": "native",
                "subject_type": "public",
                "token_endpoint_auth_method": "none",
                "redirect_uris": ["http://127.0.0.1/cb", "cn.gov.hufu.app:/cb"],
            }),
        )
        .await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    for good in ["http://127.0.0.1/cb", "http://127.0.0.1:53682/cb", "cn.gov.hufu.app:/cb"] {
        let callback = browser.begin(&Request::of(&app).with("redirect_uri", good)).await.callback();
        assert!(callback.whole.starts_with(good), "{}", callback.whole);
        callback.code();
    }
    for bad in [
        "http://localhost:53682/cb",
        "http://127.0.0.2:53682/cb",
        "http://127.0.0.1:53682/cb/x",
        "http://127.0.0.1:53682@evil.example/cb",
        "https://127.0.0.1:53682/cb",
        "http://[::1]:53682/cb",
        "http://127.0.0.1:/cb#",
        "cn.gov.hufu.app://evil/cb",
    ] {
        browser.begin(&Request::of(&app).with("redirect_uri", bad)).await.page().must_have("error");
    }
    node.close().await;
}
