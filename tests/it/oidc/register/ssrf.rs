//! Threat 6: no URL that somebody names leads the node into its own network; at registration and again at use.

use axum::http::{Method, StatusCode, header};
use hufu::base::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::support::span::{minutes, seconds};
use crate::support::{Answer, TestNode};

/// Where an attacker would like the node to go.
const INSIDE: [&str; 16] = [
    "https://10.0.0.1/x",
    "https://172.16.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/",
    "https://[::1]/x",
    "https://[fd00::1]/x",
    "https://[fe80::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::10.0.0.1]/x",
    "https://0.0.0.0/x",
    "https://224.0.0.1/x",
    "https://0x0a000001/x",
    "https://167772161/x",
    "https://012.0.0.1/x",
    "https://user:password@a.example/x",
];

async fn register(node: &TestNode, body: &Value) -> Answer {
    let token = Secret::new("initial");
    node.app.provider.put_initial_token(&token, "tests", Timestamp::NEVER).await.unwrap();
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, "Bearer initial")];
    node.call(Method::POST, "/oauth2/register", &headers, &body.to_string()).await
}

#[tokio::test]
async fn a_url_into_the_network_is_refused_at_registration_in_every_member() {
    let node = TestNode::start().await;
    for url in INSIDE {
        for (member, value) in [
            ("jwks_uri", json!(url)),
            ("sector_identifier_uri", json!(url)),
            ("backchannel_logout_uri", json!(url)),
            ("request_uris", json!([url])),
        ] {
            let body = json!({"redirect_uris": ["https://a.example/cb"], member: value});
            let answer = register(&node, &body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{member} {url}: {}", answer.text);
            assert_eq!(answer.error(), "invalid_client_metadata", "{member} {url}");
        }
    }
    node.close().await;
}

/// A web redirect URI may point to a private host: the browser goes there, not the node.
#[tokio::test]
async fn a_redirect_uri_may_be_inside_since_the_browser_goes_there() {
    let node = TestNode::start().await;
    let body = json!({"redirect_uris": ["https://10.0.0.1/cb"]});
    assert_eq!(register(&node, &body).await.status, StatusCode::CREATED);
    node.close().await;
}

#[tokio::test]
async fn a_sector_document_is_fetched_through_the_guard_and_must_list_every_redirect_uri() {
    let node = TestNode::start().await;
    let uris = json!(["https://a.example/cb", "https://b.example/cb"]);
    let whole = node.sink.serve("sector", uris.to_string());
    let half = node.sink.serve("half", json!(["https://a.example/cb"]).to_string());
    let body =
        |sector: &str| json!({"redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": sector});
    assert_eq!(register(&node, &body(&whole)).await.status, StatusCode::CREATED);
    assert_eq!(register(&node, &body(&half)).await.error(), "invalid_client_metadata");
    node.sink.answer("moved", 302, &[("location", &whole)]);
    let before = node.sink.asked("sector");
    assert_eq!(register(&node, &body(&node.sink.url("moved"))).await.error(), "invalid_client_metadata");
    assert_eq!(node.sink.asked("sector"), before, "a redirect is not followed");
    node.sink.serve("huge", vec![b' '; 70 * 1024]);
    assert_eq!(register(&node, &body(&node.sink.url("huge"))).await.error(), "invalid_client_metadata", "too large");
    node.close().await;
}

/// An address that was harmless when it was registered, or that an administrator wrote.
#[tokio::test]
async fn the_guard_looks_again_at_every_delivery_and_every_fetch() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let inside = node
        .client_with(
            "inside",
            json!({
                "backchannel_logout_uri": "https://169.254.169.254/logout",
                "jwks_uri": "https://10.0.0.1/keys",
                "request_uris": ["https://192.168.0.1/request"],
            }),
        )
        .await;
    let mut browser = node.browser();
    browser.sign_in_at(&node, &inside, &wang).await;
    let by_reference = crate::support::Request::of(&inside).with("request_uri", "https://192.168.0.1/request");
    assert_eq!(browser.begin(&by_reference).await.page().error_code(), "invalid_request_uri");
    browser.sign_out().await;
    assert_eq!(node.deliver().await, 0);
    node.pass(minutes(5));
    assert_eq!(node.deliver().await, 0);
    let mut db = node.app.store.read().await.unwrap();
    let jobs = hufu::store::outbox::list(&mut db, "pending", "", 10).await.unwrap();
    drop(db);
    assert!(jobs[0].last_error.as_deref().unwrap().contains("link-local"), "{:?}", jobs[0].last_error);
    node.pass(seconds(1));
    node.close_with_pending(1).await;
}

/// A logo is fetched through the guard and shown from here; it may be a picture and nothing that runs.
#[tokio::test]
async fn a_logo_is_a_picture_and_not_a_way_in() {
    let node = TestNode::start().await;
    let picture = node.sink.serve_as("logo.png", "image/png", vec![1, 2, 3]);
    let page = node.sink.serve_as("logo.html", "text/html", "<script>alert(1)</script>");
    let drawing = node.sink.serve_as("logo.svg", "image/svg+xml", "<svg onload=\"alert(1)\"/>");
    let huge = node.sink.serve_as("huge.png", "image/png", vec![0; 300 * 1024]);
    let inside = "https://10.0.0.1/logo.png".to_owned();
    let mut stand_ins = Vec::new();
    for (name, uri, kind, own) in [
        ("picture", &picture, "image/png", true),
        ("drawing", &drawing, "image/svg+xml", true),
        ("page", &page, "image/svg+xml", false),
        ("huge", &huge, "image/svg+xml", false),
        ("inside", &inside, "image/svg+xml", false),
    ] {
        node.client_with(name, json!({"logo_uri": uri})).await;
        let answer = node.call(Method::GET, &format!("/services/{name}/logo"), &[], "").await;
        assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (StatusCode::OK, kind), "{name}");
        if !own {
            stand_ins.push(answer.text);
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{name}: {policy}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{name}");
    }
    stand_ins.dedup();
    assert!(stand_ins.len() == 1 && !stand_ins[0].contains("alert"), "whatever came is not shown: {stand_ins:?}");
    assert_eq!(node.call(Method::GET, "/services/nobody/logo", &[], "").await.status, StatusCode::NOT_FOUND);
    for _ in 0..5 {
        node.call(Method::GET, "/services/picture/logo", &[], "").await;
    }
    assert_eq!(node.sink.asked("logo.png"), 1, "a stranger makes nobody fetch");
    node.close().await;
}

#[tokio::test]
async fn only_https_is_fetched_outside() {
    let node = TestNode::start().await;
    for url in
        ["http://a.example/x", "ftp://a.example/x", "gopher://a.example/x", "file:///etc/passwd", "//a.example/x"]
    {
        let body = json!({"redirect_uris": ["https://a.example/cb"], "backchannel_logout_uri": url});
        assert_eq!(register(&node, &body).await.error(), "invalid_client_metadata", "{url}");
    }
    node.close().await;
}
