//! How a service looks on the pages of the node: its sign, and its own texts.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_service_without_a_picture_has_a_stand_in_and_never_a_broken_one() {
    let node = TestNode::start().await;
    let picture = node.sink.serve_as("picture.png", "image/png", "a picture");
    let script = node.sink.serve_as("script.svg", "text/html", "<script>alert(1)</script>");
    let gone = "http://127.0.0.1:9/logo.png".to_owned();
    for (name, uri, expected) in
        [("shown", picture, Some("a picture")), ("gone", gone, None), ("deceiving", script, None)]
    {
        let client = node.client_with(name, json!({ "logo_uri": uri })).await;
        let page = node.browser().begin(&Request::of(&client)).await.page();
        let address = format!("/services/{name}/logo");
        assert!(page.html.contains(&format!("src=\"{address}\"")), "{}", page.html);
        let answer = node.call(Method::GET, &address, &[], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
        match expected {
            Some(bytes) => assert_eq!((kind, answer.text.as_str()), ("image/png", bytes)),
            None => assert!(kind == "image/svg+xml" && answer.text.starts_with("<svg"), "{name}: {}", answer.text),
        }
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }
    node.close().await;
}

#[tokio::test]
async fn its_privacy_policy_and_terms_can_be_read_before_anything_is_given() {
    let node = TestNode::start().await;
    let members = json!({
        "consent": "first_use", "legal_basis": null,
        "policy_uri": "https://matters.example/privacy", "tos_uri": "https://matters.example/terms",
    });
    let matters = node.client_with("matters", members).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let sign_in = browser.begin(&Request::of(&matters).with("scope", "openid profile")).await.page();
    let consent = browser.log_in(&sign_in, &wang).await.page();
    for page in [&sign_in, consent.must_have("consent-form")] {
        for link in ["https://matters.example/privacy", "https://matters.example/terms"] {
            assert!(page.html.contains(&format!("href=\"{link}\"")), "{link} at {}", page.path);
        }
    }
    node.close().await;
}
