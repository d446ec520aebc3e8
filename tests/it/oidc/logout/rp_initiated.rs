//! Threat 23, logout: with a hint of this very session and a registered address at once; in any doubt a page.

use axum::http::{Method, StatusCode, header};
use hufu::proto::jose::SigningAlg;
use serde_json::json;

use crate::support::span::minutes;
use crate::support::{Browser, Client, ClientKey, Landed, TestNode, Tokens};

/// A request to the end-session endpoint.
fn path(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/oauth2/logout?{query}")
}

async fn stage() -> (TestNode, Client, Browser, Tokens) {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &wang).await;
    (node, matters, browser, tokens)
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    matches!(browser.get("/account").await, Landed::Here(page) if page.has("account"))
}

#[tokio::test]
async fn a_hint_of_this_session_and_a_registered_address_lead_back_at_once() {
    for method in [Method::GET, Method::POST] {
        let (node, matters, mut browser, tokens) = stage().await;
        let params = [
            ("id_token_hint", tokens.id_token.as_str()),
            ("post_logout_redirect_uri", &matters.post_logout_redirect_uri),
            ("state", "a&b=虎"),
        ];
        let answer = if method == Method::GET {
            browser.send(Method::GET, &path(&params), None).await
        } else {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
            browser.send(Method::POST, "/oauth2/logout", Some(body)).await
        };
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.location(), "https://matters.example/?state=a%26b%3D%E8%99%8E");
        assert!(!is_signed_in(&mut browser).await);
        assert_eq!(node.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
        assert_eq!(node.deliver().await, 1, "it is told as well: it may have other windows open");
        node.close().await;
    }
}

#[tokio::test]
async fn an_expired_hint_still_names_its_session() {
    let (node, matters, mut browser, tokens) = stage().await;
    node.pass(minutes(20));
    let params =
        [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri)];
    assert_eq!(browser.get(&path(&params)).await.callback().whole, "https://matters.example/");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_hint_that_is_altered_foreign_or_no_id_token_is_an_error_page() {
    let (node, matters, mut browser, tokens) = stage().await;
    let (head, signature) = tokens.id_token.rsplit_once('.').unwrap();
    let stranger = ClientKey::new(SigningAlg::ES256);
    let claims = serde_json::Value::Object(tokens.claims.clone());
    for (why, hint) in [
        ("signature left out", format!("{head}.")),
        ("signature altered", format!("{head}.{}", signature.chars().rev().collect::<String>())),
        ("another key", stranger.sign("JWT", &claims)),
        ("alg none", ClientKey::unsigned(&json!({"alg": "none", "typ": "JWT"}), &claims)),
        ("an access token", tokens.access.clone()),
        ("rubbish", "rubbish".to_owned()),
    ] {
        let params =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri)];
        let page = browser.get(&path(&params)).await.page();
        assert_eq!(page.error_code(), "invalid_request", "{why}");
        assert!(is_signed_in(&mut browser).await, "{why}");
    }
    let params = [("id_token_hint", tokens.id_token.as_str()), ("client_id", "licences")];
    browser.get(&path(&params)).await.page().must_have("error");
    assert!(is_signed_in(&mut browser).await, "a hint of another client");
    node.close().await;
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked_and_nobody_is_redirected_before() {
    let (node, matters, mut browser, _) = stage().await;
    for params in [
        vec![],
        vec![("client_id", "matters"), ("post_logout_redirect_uri", matters.post_logout_redirect_uri.as_str())],
        vec![("post_logout_redirect_uri", matters.post_logout_redirect_uri.as_str())],
        vec![("client_id", "nobody"), ("state", "x")],
    ] {
        let page = browser.get(&path(&params)).await.page();
        assert!(page.must_have("logout-form").html.contains("服务matters"), "who will be told is listed");
        let page = browser.submit(&page, "logout-form", &[("decision", "cancel")]).await.page();
        page.must_have("account");
        assert!(is_signed_in(&mut browser).await, "{params:?}");
    }
    let params =
        [("client_id", "matters"), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri), ("state", "s")];
    let page = browser.get(&path(&params)).await.page();
    let back = browser.submit(&page, "logout-form", &[("decision", "confirm")]).await.callback();
    assert_eq!(back.whole, "https://matters.example/?state=s");
    assert!(!is_signed_in(&mut browser).await);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn an_address_that_is_not_registered_is_never_gone_to() {
    for bad in [
        "https://evil.example/",
        "https://matters.example",
        "https://matters.example/?x",
        "https://matters.example/#",
        "https://matters.example@evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
    ] {
        let (node, _, mut browser, tokens) = stage().await;
        let params = [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", bad)];
        let page = browser.get(&path(&params)).await.page();
        page.must_have("logout-form");
        assert!(is_signed_in(&mut browser).await, "{bad}");
        let page = browser.submit(&page, "logout-form", &[("decision", "confirm")]).await.page();
        page.must_have("logout-result");
        assert!(!page.html.contains("evil.example"), "{bad}");
        assert!(!is_signed_in(&mut browser).await);
        node.deliver().await;
        node.close().await;
    }
}

#[tokio::test]
async fn a_hint_of_another_person_asks_and_ends_nothing_by_itself() {
    let (node, matters, _, of_wang) = stage().await;
    let li = node.person("lina").await;
    let mut browser = node.browser();
    browser.sign_in_at(&node, &matters, &li).await;
    let params =
        [("id_token_hint", of_wang.id_token.as_str()), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri)];
    browser.get(&path(&params)).await.page().must_have("logout-form");
    assert!(is_signed_in(&mut browser).await);
    assert!(node.is_active(&matters, &of_wang.access).await);
    node.close().await;
}

#[tokio::test]
async fn whoever_is_signed_out_already_goes_back_or_sees_so() {
    let (node, matters, mut browser, tokens) = stage().await;
    browser.sign_out().await;
    node.deliver().await;
    let params =
        [("id_token_hint", tokens.id_token.as_str()), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri)];
    assert_eq!(browser.get(&path(&params)).await.callback().whole, "https://matters.example/");
    let unhinted = [("client_id", "matters"), ("post_logout_redirect_uri", &matters.post_logout_redirect_uri)];
    browser.get(&path(&unhinted)).await.page().must_have("logout-result");
    browser.get(&path(&[])).await.page().must_have("logout-result");
    assert_eq!(node.deliver().await, 0);
    node.close().await;
}

#[tokio::test]
async fn a_logout_from_another_site_is_refused() {
    let (node, _, mut browser, _) = stage().await;
    let page = browser.get("/logout").await.page();
    let (csrf, flow) = (page.hidden("csrf").remove(0), page.hidden("flow").remove(0));
    let fields = |csrf: &str| {
        vec![
            ("csrf".to_owned(), csrf.to_owned()),
            ("flow".to_owned(), flow.clone()),
            ("decision".to_owned(), "confirm".to_owned()),
        ]
    };
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let mut foreign = browser.clone().with(name, value);
        assert_eq!(
            foreign.post("/logout", &fields(&csrf)).await.page().status,
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    browser.post("/logout", &fields("guess")).await.page().must_have("expired");
    let answer = browser.send(Method::GET, "/logout?decision=confirm", None).await;
    assert!(!answer.headers.contains_key(header::SET_COOKIE), "a GET asks, and does nothing");
    assert!(is_signed_in(&mut browser).await);
    node.close().await;
}

#[tokio::test]
async fn the_account_centre_remembers_the_latest_sign_outs_and_what_each_service_answered() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut browser = node.browser();
    for _ in 0..7 {
        browser.sign_in_at(&node, &matters, &wang).await;
        browser.sign_out().await;
        node.deliver().await;
    }
    let page = browser.sign_in(&wang).await;
    assert_eq!(page.html.matches("/logout/result?id=").count(), 5, "the latest ones");
    browser.sign_in_at(&node, &matters, &wang).await;
    browser.sign_in_at(&node, &licences, &wang).await;
    node.sink.answer("licences", 503, &[]);
    browser.sign_out().await;
    node.deliver().await;
    let page = browser.sign_in(&wang).await;
    let latest = page.html.split("/logout/result?id=").nth(1).unwrap().split("</li>").next().unwrap().to_owned();
    assert!(latest.contains("服务matters：已退出") && latest.contains("服务licences：重试中"), "{latest}");
    let id = latest.split('"').next().unwrap();
    browser.get(&format!("/logout/result?id={id}")).await.page().must_have("logout-result");
    let of_li = node.browser().sign_in(&li).await;
    assert!(!of_li.html.contains("/logout/result?id="), "nobody sees another's");
    node.sink.answer("licences", 200, &[]);
    node.pass(minutes(1));
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn the_result_page_follows_each_service() {
    let (node, _, mut browser, _) = stage().await;
    let licences = node.client("licences").await;
    let wang = node.person("lina").await;
    let mut other = node.browser();
    other.sign_in_at(&node, &licences, &wang).await;
    browser.get("/account").await.page().must_have("account");
    node.sink.answer_next("matters", 503, &[]);
    let page = browser.get("/logout").await.page();
    let page = browser.submit(&page, "logout-form", &[("decision", "confirm")]).await.page();
    let row = |page: &crate::support::Page| {
        page.html.split("服务matters").nth(1).unwrap().split("</tr>").next().unwrap().to_owned()
    };
    let waiting = row(&page);
    assert!(!page.html.contains("服务licences"), "only those who took part in this session");
    node.deliver().await;
    let retrying = row(&browser.get(&page.path).await.page());
    node.pass(minutes(1));
    assert_eq!(node.deliver().await, 1);
    let told = row(&browser.get(&page.path).await.page());
    assert!(waiting != retrying && retrying != told && told.contains("tag good"), "{waiting}\n{retrying}\n{told}");
    node.close().await;
}
