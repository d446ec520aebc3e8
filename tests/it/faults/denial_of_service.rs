//! Threat 20: what one stranger can cost.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use tokio::task::JoinSet;

use crate::support::{Landed, Request, TestNode};

/// Nothing is written before a person has authenticated, and nothing is kept: memory has room for eight things here.
#[tokio::test]
async fn ten_thousand_open_logins_cost_no_storage() {
    let node = TestNode::with(&[("ephemeral.max_entries", "8")]).await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let path = Request::of(&matters).path();
    let rows = node.rows().await;
    let mut browser = node.browser();
    for _ in 0..10_000 {
        let answer = browser.send(Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(answer.location().starts_with("/sign-in?flow="));
    }
    assert_eq!(node.rows().await, rows);
    browser.code_for(&Request::of(&matters), &wang).await;
    node.close().await;
}

/// Requests that are too long for an address are kept; whoever sends many of them stops nobody else's sign-in.
#[tokio::test]
async fn a_flood_of_long_requests_stops_no_other_sign_in() {
    let node = TestNode::with(&[("ephemeral.max_entries", "100")]).await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let long = Request::of(&matters).with("state", &"x".repeat(8_000)).path();
    let mut attacker = node.browser();
    let mut full = 0;
    for _ in 0..200 {
        let answer = attacker.send(Method::GET, &long, None).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        full += usize::from(answer.location().contains("error=temporarily_unavailable"));
    }
    // Memory is bounded by itself, Redis by its `maxmemory`.
    assert!(full == 150 || node.app.ephemeral.engine() == "redis", "{full}");
    let mut browser = node.browser();
    let request = Request::of(&matters);
    let code = browser.code_for(&request, &wang).await;
    node.redeem(&matters, &request, &code).await.tokens();
    browser.sign_out().await;
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let basic = matters.basic();
    let large = "x".repeat(129 * 1024);
    for path in ["/oauth2/token", "/oauth2/par", "/oauth2/register", "/sign-in", "/oauth2/authorize", "/oauth2/logout"]
    {
        let headers =
            [(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), (header::AUTHORIZATION, basic.as_str())];
        let answer = node.call(Method::POST, path, &headers, &large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    node.close().await;
}

#[tokio::test]
async fn deep_wide_and_endless_values_are_refused() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    let wide: String = (0..2_000).map(|number| format!("&p{number}=1")).collect();
    let callback = browser
        .begin(&Request::of(&matters).with("claims", &format!(r#"{{"id_token":{{"acr":{{"value":{deep}}}}}}}"#)))
        .await
        .callback();
    assert_eq!(callback.error(), "invalid_request", "deep");
    let page = browser.get(&format!("{}{wide}", Request::of(&matters).path())).await.page();
    assert_eq!(page.error_code(), "invalid_request", "wide");
    let page = browser.begin(&Request::of(&matters).with("state", &"x".repeat(20_000))).await.page();
    assert_eq!(page.error_code(), "invalid_request", "long");
    let token = hufu::base::Secret::new("initial");
    node.app.provider.put_initial_token(&token, "tests", hufu::base::Timestamp::NEVER).await.unwrap();
    let uris: Vec<String> = (0..100).map(|number| format!("https://a.example/{number}")).collect();
    for body in [deep, serde_json::json!({"redirect_uris": uris}).to_string()] {
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, "Bearer initial")];
        let answer = node.call(Method::POST, "/oauth2/register", &headers, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert!(["invalid_client_metadata", "invalid_redirect_uri"].contains(&answer.error().as_str()));
    }
    let bearer = format!("Bearer {}", "x".repeat(100_000));
    let answer = node.call(Method::GET, "/oauth2/userinfo", &[(header::AUTHORIZATION, bearer.as_str())], "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    node.close().await;
}

#[tokio::test]
async fn a_password_has_at_most_128_characters() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    for (length, status) in [(128, StatusCode::OK), (129, StatusCode::UNPROCESSABLE_ENTITY)] {
        let password = "a1".repeat(100)[..length - 4].to_owned() + "虎符甲乙";
        let mut fresh = node.browser();
        let form = fresh.get("/register").await.page();
        let name = format!("citizen{length}");
        let fields = [
            ("username", name.as_str()),
            ("password", &password),
            ("password_again", &password),
            ("terms", "accepted"),
        ];
        assert_eq!(fresh.submit(&form, "register-form", &fields).await.page().status, status, "{length}");
    }
    let page = browser.get("/sign-in").await.page();
    let long = "x".repeat(10_000);
    let fields = [("username", wang.username.as_str()), ("password", &long)];
    assert_eq!(browser.submit(&page, "login-form", &fields).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    node.close().await;
}

/// Passwords are hashed in a pool: a storm of sign-ins is answered 503, and everything else goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_sign_ins_is_told_to_come_back_and_slows_nothing_else_down() {
    let settings = [
        ("accounts.hasher.memory_kib", "19456"),
        ("accounts.hasher.passes", "8"),
        ("accounts.hasher.threads", "1"),
        ("accounts.hasher.queue", "1"),
        ("accounts.limits.account_failures", "1000"),
    ];
    let node = Arc::new(TestNode::with(&settings).await);
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    let mut storm = JoinSet::new();
    for number in 0..20_u8 {
        let mut browser = node.browser();
        browser.address.set_ip([203, 0, 113, number].into());
        let page = browser.get("/sign-in").await.page();
        storm.spawn(async move {
            let landed = browser.submit(&page, "login-form", &[("username", "wangming"), ("password", "wrong")]).await;
            let Landed::Here(page) = landed else { panic!("it has left the node") };
            (page.status, page.headers.get(header::RETRY_AFTER).is_some())
        });
    }
    for _ in 0..20 {
        assert_eq!(node.userinfo(&tokens.access).await.status, StatusCode::OK, "others are served meanwhile");
    }
    let answers = storm.join_all().await;
    let busy = answers.iter().filter(|(status, _)| *status == StatusCode::SERVICE_UNAVAILABLE).count();
    assert!(busy > 0, "{answers:?}");
    assert!(
        answers.iter().all(|(status, told)| *status != StatusCode::SERVICE_UNAVAILABLE || *told),
        "with Retry-After"
    );
    node.browser().sign_in(&wang).await;
    Arc::into_inner(node).unwrap().close().await;
}
