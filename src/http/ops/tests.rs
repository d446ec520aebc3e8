//! What balancers, operators and strangers see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::{StatusCode, header};
use futures::FutureExt;
use tower::ServiceExt;

use super::*;
use crate::base::{ManualClock, Timestamp};
use crate::http::middleware::wrap;
use crate::http::testing::{ask, from, get as a_get, plumbing, text};

#[tokio::test]
async fn readiness_follows_its_checks_and_tells_names_only() {
    let up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&up);
    let mut plumbing = plumbing(&[]);
    plumbing.checks.push(Check::new("store", move || {
        let answer =
            if seen.load(Ordering::SeqCst) { Ok(()) } else { Err("password of db.internal refused".to_owned()) };
        async { answer }.boxed()
    }));
    plumbing.checks.push(Check::new("keys", || async { Ok(()) }.boxed()));
    let router = wrap(Router::new(), plumbing);
    let response = router.clone().oneshot(a_get("/readyz")).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = text(response).await;
    assert!(!body.contains("db.internal"), "{body}");
    let told: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(told["checks"], serde_json::json!({ "store": false, "keys": true }));
}

#[tokio::test]
async fn readiness_comes_back_by_itself_and_is_asked_for_once_a_second() {
    let (up, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (seen, counted) = (Arc::clone(&up), Arc::clone(&asked));
    let clock = ManualClock::at(Timestamp::from_seconds(1_800_000_000));
    let mut plumbing = plumbing(&[]);
    plumbing.clock = Arc::new(clock.clone());
    plumbing.checks.push(Check::new("store", move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let answer = if seen.load(Ordering::SeqCst) { Ok(()) } else { Err("away".to_owned()) };
        async { answer }.boxed()
    }));
    let router = wrap(Router::new(), plumbing);
    let status = async || router.clone().oneshot(a_get("/readyz")).await.unwrap().status();
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    up.store(true, Ordering::SeqCst);
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(status().await, StatusCode::OK);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_check_that_does_not_answer_fails() {
    let mut plumbing = plumbing(&[]);
    plumbing.checks.push(Check::new("redis", || std::future::pending().boxed()));
    let response = ask(Router::new(), plumbing, a_get("/readyz")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_leaving_node_is_healthy_but_not_ready() {
    let plumbing = plumbing(&[]);
    let shutdown = plumbing.shutdown.clone();
    let router = wrap(Router::new(), plumbing);
    assert_eq!(router.clone().oneshot(a_get("/readyz")).await.unwrap().status(), StatusCode::OK);
    shutdown.begin(Duration::ZERO).await;
    assert_eq!(router.clone().oneshot(a_get("/readyz")).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(router.oneshot(a_get("/healthz")).await.unwrap().status(), StatusCode::OK);
}

async fn metrics_status(settings: &[(&str, &str)], peer: &str, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = from(peer, a_get("/metrics"));
    for (name, value) in headers {
        request.headers_mut().insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    ask(Router::new(), plumbing(settings), request).await.status()
}

const LOCAL: (&str, &str) = ("metrics.allow", "127.0.0.0/8");

#[tokio::test]
async fn metrics_are_closed_until_somebody_is_named() {
    for peer in ["127.0.0.1:9", "[::1]:9", "203.0.113.9:9"] {
        assert_eq!(metrics_status(&[], peer, &[]).await, StatusCode::FORBIDDEN, "{peer}");
        assert_eq!(metrics_status(&[], peer, &[("authorization", "Bearer ")]).await, StatusCode::FORBIDDEN, "{peer}");
    }
    assert_eq!(metrics_status(&[LOCAL], "127.0.0.1:9", &[]).await, StatusCode::OK);
    assert_eq!(metrics_status(&[LOCAL], "203.0.113.9:9", &[]).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn metrics_are_not_given_to_who_only_claims_to_be_near() {
    let claims = [("x-forwarded-for", "127.0.0.1")];
    assert_eq!(metrics_status(&[LOCAL], "203.0.113.9:9", &claims).await, StatusCode::FORBIDDEN);
    // A client of a trusted proxy is where the proxy saw it.
    assert_eq!(metrics_status(&[LOCAL], "10.0.0.1:9", &claims).await, StatusCode::OK);
    assert_eq!(
        metrics_status(&[LOCAL], "10.0.0.1:9", &[("x-forwarded-for", "203.0.113.9")]).await,
        StatusCode::FORBIDDEN
    );
    // A proxy on this machine that nobody named passes strangers on: near is not enough then.
    assert_eq!(
        metrics_status(&[LOCAL], "127.0.0.1:9", &[("x-forwarded-for", "203.0.113.9")]).await,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn metrics_are_given_for_the_token_only() {
    let token = [("metrics.token", "correct-horse")];
    let shown = async |value: &str| metrics_status(&token, "203.0.113.9:9", &[("authorization", value)]).await;
    assert_eq!(shown("Bearer correct-horse").await, StatusCode::OK);
    for wrong in ["Bearer wrong", "Bearer", "Basic correct-horse", "correct-horse", "Bearer correct-hors"] {
        assert_eq!(shown(wrong).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let empty = [("metrics.token", "\"\"")];
    assert_eq!(
        metrics_status(&empty, "203.0.113.9:9", &[("authorization", "Bearer ")]).await,
        StatusCode::UNAUTHORIZED
    );
}
