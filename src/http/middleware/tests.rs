//! What a client sees of the gate: every request through a whole router.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{Html, Response};
use axum::routing::{get, post};
use futures::{StreamExt, stream};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::cors::OpenToPages;
use super::*;
use crate::http::testing::{ask, from, get as a_get, plumbing, text};

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn problem(body: &str) -> serde_json::Value {
    serde_json::from_str(body).unwrap()
}

fn hello() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/page",
            get(|Extension(nonce): Extension<Nonce>| async move { Html(format!("<script nonce={}>", nonce.as_str())) }),
        )
        .route("/echo", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/client", get(|Extension(client): Extension<ClientAddress>| async move { client.0.to_string() }))
        .route("/reference", get(|Extension(reference): Extension<Reference>| async move { reference.to_string() }))
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for (path, status) in
        [("/", 200), ("/nowhere", 404), ("/echo", 405), ("/a//b", 400), ("/healthz", 200), ("/metrics", 403)]
    {
        let response = ask(hello(), plumbing(&[]), a_get(path)).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
        assert_eq!(
            header(&response, "content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(header(&response, "cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(header(&response, "strict-transport-security"), "max-age=63072000", "{path}");
        assert_eq!(header(&response, "x-request-id").len(), 10, "{path}");
    }
}

#[tokio::test]
async fn browsers_are_not_held_to_tls_on_loopback_hosts() {
    for issuer in ["http://localhost:9000", "https://localhost:9000", "https://127.0.0.2:9001"] {
        let response = ask(hello(), plumbing(&[("server.issuer", issuer)]), a_get("/")).await;
        assert_eq!(header(&response, "strict-transport-security"), "", "{issuer}");
    }
}

#[tokio::test]
async fn a_page_runs_only_scripts_with_its_own_nonce_and_is_never_framed() {
    let router = wrap(hello(), plumbing(&[]));
    let first = router.clone().oneshot(a_get("/page")).await.unwrap();
    let policy = header(&first, "content-security-policy").to_owned();
    assert_eq!(header(&first, "x-frame-options"), "DENY");
    let page = text(first).await;
    let nonce = page.trim_start_matches("<script nonce=").trim_end_matches('>');
    assert_eq!(nonce.len(), 22);
    for part in
        [&format!("script-src 'nonce-{nonce}';"), "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let second = router.oneshot(a_get("/page")).await.unwrap();
    assert_ne!(header(&second, "content-security-policy"), policy);
}

#[tokio::test]
async fn a_handler_may_set_its_own_headers() {
    let cached = || async { ([(header::CACHE_CONTROL, "max-age=60"), (header::CONTENT_SECURITY_POLICY, "own")], "x") };
    let response = ask(Router::new().route("/", get(cached)), plumbing(&[]), a_get("/")).await;
    assert_eq!(header(&response, "cache-control"), "max-age=60");
    assert_eq!(header(&response, "content-security-policy"), "own");
}

#[tokio::test]
async fn the_handler_and_the_client_learn_the_same_reference_and_the_client_cannot_choose_it() {
    let mut request = a_get("/reference");
    request.headers_mut().insert("x-request-id", "CHOSEN0000".parse().unwrap());
    let response = ask(hello(), plumbing(&[]), request).await;
    let reference = header(&response, "x-request-id").to_owned();
    assert_ne!(reference, "CHOSEN0000");
    assert_eq!(text(response).await, reference);
}

#[tokio::test]
async fn path_tricks_are_refused_before_any_route_sees_them() {
    for path in ["/;/", "//", "/%2e%2e/", "/x/..;/", "/a%2fb", "/a%5cb", "/%00"] {
        let response = ask(hello().fallback(|| async { "reached" }), plumbing(&[]), a_get(path)).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(header(&response, "content-type"), "application/problem+json");
        assert_eq!(problem(&text(response).await)["code"], "bad_path", "{path}");
    }
}

#[tokio::test]
async fn forwarded_addresses_count_from_trusted_proxies_only() {
    let ask_as = async |peer: &str, forwarded: &str| {
        let mut request = from(peer, a_get("/client"));
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        ask(hello(), plumbing(&[]), request).await
    };
    assert_eq!(text(ask_as("203.0.113.9:4711", "127.0.0.1").await).await, "203.0.113.9");
    assert_eq!(text(ask_as("10.0.0.1:4711", "127.0.0.1, 198.51.100.7").await).await, "198.51.100.7");
    let response = ask_as("10.0.0.1:4711", "198.51.100.7, unknown").await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(problem(&text(response).await)["code"], "bad_forwarded_address");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_it_tells_its_length_or_not() {
    let post = |length: Option<usize>, body: Body| {
        let request = Request::post("/echo");
        let request =
            length.into_iter().fold(request, |request, length| request.header(header::CONTENT_LENGTH, length));
        ask(hello(), plumbing(&[("server.body_bytes", "4096")]), request.body(body).unwrap())
    };
    let streamed = |size: usize| {
        let pieces = std::iter::repeat_n(Bytes::from(vec![b'a'; 512]), size / 512);
        Body::from_stream(stream::iter(pieces.map(Ok::<_, std::io::Error>)))
    };
    assert_eq!(text(post(Some(4096), Body::from(vec![b'a'; 4096])).await).await, "4096");
    assert_eq!(text(post(None, streamed(4096)).await).await, "4096");
    let told = post(Some(4097), Body::from(vec![b'a'; 4097])).await;
    assert_eq!(told.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem(&text(told).await)["code"], "body_too_large");
    assert_eq!(post(None, streamed(8192)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    // A length that is told and does not hold cuts the body off; it cannot smuggle more in (hyper bounds it on the wire).
    assert_eq!(post(Some(usize::MAX), streamed(512)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_panic_is_answered_500_without_a_word_of_it() {
    let broken = Router::new().route("/", get(|| async { panic!("the secret is {}", 42) as &'static str }));
    let mut request = a_get("/");
    request.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
    let response = ask(broken.clone(), plumbing(&[]), request).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let reference = header(&response, "x-request-id").to_owned();
    let body = text(response).await;
    assert!(!body.contains("secret") && !body.contains("42"), "{body}");
    assert_eq!(problem(&body)["reference"], reference);
}

#[tokio::test]
async fn refusals_can_be_shown_as_pages_in_the_askers_language() {
    let mut plumbing = plumbing(&[]);
    plumbing.refuse = Arc::new(|refused| {
        let language = refused.asker.headers().get(header::ACCEPT_LANGUAGE).cloned();
        let page = format!("{} {} {:?}", refused.refusal.code(), refused.asker.wants_page(), language);
        axum::response::IntoResponse::into_response(Html(page))
    });
    let mut request = a_get("/a//b");
    request.headers_mut().insert(header::ACCEPT, "text/html,*/*;q=0.8".parse().unwrap());
    request.headers_mut().insert(header::ACCEPT_LANGUAGE, "zh-CN".parse().unwrap());
    let response = ask(hello(), plumbing, request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(header(&response, "content-security-policy").contains("'nonce-"));
    assert_eq!(text(response).await, "bad_path true Some(\"zh-CN\")");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_503() {
    let stuck = Router::new().route("/", get(|| async { std::future::pending::<&'static str>().await }));
    let response = ask(stuck, plumbing(&[("server.request_seconds", "1")]), a_get("/")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&response, "retry-after"), "5");
    assert_eq!(problem(&text(response).await)["code"], "timed_out");
}

#[tokio::test]
async fn a_full_node_refuses_at_once_and_recovers_and_still_tells_its_health() {
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (here, go) = (Arc::clone(&arrived), Arc::clone(&release));
    let slow = move || async move {
        here.notify_one();
        go.notified().await;
        "done"
    };
    let router = wrap(hello().route("/slow", get(slow)), plumbing(&[("server.max_in_flight", "1")]));
    let held = tokio::spawn(router.clone().oneshot(a_get("/slow")));
    arrived.notified().await;
    let refused = router.clone().oneshot(a_get("/")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&refused, "retry-after"), "1");
    assert_eq!(problem(&text(refused).await)["code"], "overloaded");
    assert_eq!(router.clone().oneshot(a_get("/healthz")).await.unwrap().status(), StatusCode::OK);
    release.notify_one();
    assert_eq!(text(held.await.unwrap().unwrap()).await, "done");
    assert_eq!(text(router.oneshot(a_get("/")).await.unwrap()).await, "hello");
}

#[tokio::test]
async fn a_client_that_goes_away_gives_its_place_back() {
    let arrived = Arc::new(Notify::new());
    let here = Arc::clone(&arrived);
    let stuck = move || async move {
        here.notify_one();
        std::future::pending::<&'static str>().await
    };
    let router = wrap(hello().route("/stuck", get(stuck)), plumbing(&[("server.max_in_flight", "1")]));
    let held = tokio::spawn(router.clone().oneshot(a_get("/stuck")));
    arrived.notified().await;
    held.abort();
    assert!(held.await.is_err_and(|ended| ended.is_cancelled()));
    assert_eq!(router.oneshot(a_get("/")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_by_route_never_by_path() {
    let plumbing = plumbing(&[]);
    let metrics = plumbing.metrics.clone();
    let router = wrap(hello().route("/clients/{id}", get(|| async { "" })), plumbing);
    for path in ["/clients/a-name", "/clients/b", "/no/such/place?mobile=13800000000", "/%2e"] {
        router.clone().oneshot(a_get(path)).await.unwrap();
    }
    let text = metrics.render();
    assert!(
        text.contains("hufu_http_requests_total{method=\"GET\",route=\"/clients/{id}\",status=\"200\"} 2"),
        "{text}"
    );
    assert!(text.contains("route=\"unmatched\",status=\"404\"} 1"), "{text}");
    assert!(text.contains("route=\"unmatched\",status=\"400\"} 1"), "{text}");
    for personal in ["a-name", "no/such", "13800000000"] {
        assert!(!text.contains(personal), "{text}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_read_open_routes_without_cookies() {
    let open = || Router::new().route("/token", post(|| async { "{}" })).layer(OpenToPages).merge(hello());
    let preflight = Request::options("/token").header(header::ORIGIN, "https://app.example");
    let preflight = preflight.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST").body(Body::empty()).unwrap();
    let response = ask(open(), plumbing(&[]), preflight).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    assert!(header(&response, "access-control-allow-headers").contains("authorization"));
    let response = ask(open(), plumbing(&[]), Request::post("/token").body(Body::empty()).unwrap()).await;
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    assert_eq!(header(&response, "access-control-allow-credentials"), "");
    assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
    let closed = ask(open(), plumbing(&[]), a_get("/")).await;
    assert_eq!(header(&closed, "access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_streamed_answer_is_passed_on_as_it_is() {
    let streamed = || async { Body::from_stream(stream::iter(["a", "b"]).map(Ok::<_, std::io::Error>)) };
    let router = Router::new().route("/", get(streamed));
    assert_eq!(text(ask(router, plumbing(&[]), a_get("/")).await).await, "ab");
}
