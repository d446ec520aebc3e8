//! Threat 23: forged posts, frames, and ways to other sites.

use axum::http::{Method, StatusCode, header};

use crate::support::{Landed, Page, Request, TestNode};

/// Every address that takes a form of ours.
const POSTS: [&str; 10] = [
    "/sign-in",
    "/register",
    "/real-name",
    "/consent",
    "/select-account",
    "/cancel",
    "/logout",
    "/account/password",
    "/account/sessions/end",
    "/account/consents/withdraw",
];

/// Those that are nothing without a flow.
const NEED_A_FLOW: [&str; 3] = ["/consent", "/select-account", "/cancel"];

#[tokio::test]
async fn a_post_without_this_browsers_own_token_is_refused_everywhere() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let own = browser.sign_in(&wang).await.hidden("csrf").remove(0);
    let mut attacker = node.browser();
    let foreign = attacker.get("/sign-in").await.page().hidden("csrf").remove(0);
    assert_ne!(own, foreign);
    for path in POSTS {
        for token in [None, Some(""), Some("guess"), Some(foreign.as_str()), Some(&own[..own.len() - 1])] {
            let fields: Vec<(&str, &str)> = token.map(|token| ("csrf", token)).into_iter().collect();
            let page = browser.post(path, &fields).await.page();
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
            page.must_have("expired");
        }
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "http://id.example"),
            ("origin", "https://id.example.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let page = browser.clone().with(name, value).post(path, &[("csrf", own.as_str())]).await.page();
            assert_eq!(
                (page.status, page.error_code().as_str()),
                (StatusCode::FORBIDDEN, "invalid_form_token"),
                "{path} {value}"
            );
        }
        let mut good = browser.clone().with("origin", "https://id.example").with("sec-fetch-site", "same-origin");
        let landed = good.post(path, &[("csrf", own.as_str())]).await;
        let taken =
            |page: &Page| page.status != StatusCode::FORBIDDEN && (NEED_A_FLOW.contains(&path) || !page.has("expired"));
        assert!(matches!(landed, Landed::Here(page) if taken(&page)), "{path}");
    }
    node.close().await;
}

/// Login CSRF: the attacker's own form, with the attacker's own name and password, posted from the victim's browser.
#[tokio::test]
async fn nobody_is_signed_in_as_somebody_else_by_a_foreign_form() {
    let node = TestNode::start().await;
    let mallory = node.person("mallory").await;
    let mut attacker = node.browser();
    let (_, prepared) = attacker.get("/sign-in").await.page().form("login-form");
    let mut fields = prepared;
    fields
        .extend([("username".to_owned(), mallory.username.clone()), ("password".to_owned(), mallory.password.clone())]);
    let mut victim = node.browser();
    victim.get("/").await.page();
    for mut browser in [victim, node.browser()] {
        browser.post("/sign-in", &fields).await.page().must_have("expired");
        assert!(browser.session_cookie().is_none());
    }
    attacker.post("/sign-in", &fields).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn no_page_can_be_framed_cached_or_scripted_from_elsewhere() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let mut pages = vec![
        browser.get("/").await.page(),
        browser.get("/sign-in").await.page(),
        browser.get("/register").await.page(),
        browser.begin(&Request::of(&matters)).await.page(),
        browser.get("/no-such-page").await.page(),
        browser.begin(&Request::of(&matters).with("redirect_uri", "https://evil.example/")).await.page(),
        browser.sign_in(&wang).await,
        browser.get("/account/password").await.page(),
        browser.get("/real-name").await.page(),
        browser.get("/logout").await.page(),
    ];
    pages.push(browser.begin(&Request::of(&matters).with("response_mode", "form_post")).await.page());
    for page in pages {
        let text =
            |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = text("content-security-policy");
        for needed in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(needed), "{}: {policy}", page.path);
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(text("x-frame-options"), "DENY", "{}", page.path);
        assert_eq!(text("x-content-type-options"), "nosniff");
        assert_eq!(text("referrer-policy"), "no-referrer");
        assert!(text("cache-control").contains("no-store"), "{}", page.path);
        assert!(text("strict-transport-security").contains("max-age="), "{}", page.path);
        for tag in page.html.split("<script").skip(1) {
            let tag = tag.split('>').next().unwrap();
            assert!(tag.contains("nonce=\"") || tag.contains("src=\"/static/"), "{}: <script{tag}>", page.path);
        }
        for inline in [" onclick=", " onload=", " style=\"", "javascript:"] {
            assert!(!page.html.contains(inline), "{}: {inline}", page.path);
        }
    }
    node.close().await;
}

#[tokio::test]
async fn a_way_back_never_leads_to_another_site() {
    let node = TestNode::start().await;
    let mut browser = node.browser();
    for bad in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "evil",
        "javascript:alert(1)",
        "",
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("lang", "en")
            .append_pair("back", bad)
            .finish();
        let answer = browser.send(Method::GET, &format!("/preferences?{query}"), None).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{bad:?}");
    }
    let answer = browser.send(Method::GET, "/preferences?lang=en&back=%2Fsign-in%3Fflow%3Dx", None).await;
    assert_eq!(answer.location(), "/sign-in?flow=x");
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().contains("hufu_lang=en"));
    node.close().await;
}

#[tokio::test]
async fn what_others_wrote_is_text_on_every_page() {
    let node = TestNode::start().await;
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let metadata = serde_json::json!({"client_name": hostile, "client_name#zh-CN": hostile, "consent": "first_use", "legal_basis": null});
    let matters = node.client_with("matters", metadata).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request =
        Request::of(&matters).with("scope", "openid profile").with("login_hint", hostile).with("state", hostile);
    let sign_in = browser.begin(&request).await.page();
    let wrong = browser.submit(&sign_in, "login-form", &[("username", hostile), ("password", "x")]).await.page();
    let consent = browser.log_in(&sign_in, &wang).await.page();
    let posted = request.clone().with("response_mode", "form_post");
    let page = browser.begin(&posted).await.page();
    let form_post = browser.submit(&page, "consent-form", &[("decision", "accept")]).await.page();
    let error = browser.begin(&request.with("redirect_uri", "https://evil.example/<script>")).await.page();
    for page in [sign_in, wrong, consent, form_post, error] {
        assert!(!page.html.contains("<img src=x"), "{}", page.path);
        assert!(!page.html.contains("<script>"), "{}", page.path);
    }
    node.close().await;
}
