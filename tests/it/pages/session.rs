//! Threat 23, sessions: cookies turn, an old one is nothing, and a browser has one person.

use std::time::Duration;

use axum::http::{Method, header};
use hufu::accounts::{AccountError, AccountState};
use hufu::base::Secret;
use hufu::session::{AuthEvent, Device};
use hufu::signon::At;

use crate::support::span::{hours, minutes};
use crate::support::{Browser, Landed, Request, TestNode};

async fn is_signed_in(browser: &mut Browser) -> bool {
    matches!(browser.get("/account").await, Landed::Here(page) if page.has("account"))
}

/// The name of the session cookie of an https issuer.
const COOKIE: &str = "__Host-hufu_session";

#[tokio::test]
async fn a_cookie_that_was_planted_is_not_adopted() {
    let node = TestNode::start().await;
    let (wang, mallory) = (node.person("wangming").await, node.person("mallory").await);
    let mut attacker = node.browser();
    attacker.sign_in(&mallory).await;
    let planted = attacker.session_cookie().unwrap().to_owned();
    for value in [planted.clone(), "chosen-by-the-attacker".to_owned()] {
        let mut victim = node.browser();
        victim.cookies.insert(COOKIE.into(), value.clone());
        victim.sign_in(&wang).await;
        assert_ne!(victim.session_cookie(), Some(value.as_str()), "the cookie turns");
    }
    assert!(!is_signed_in(&mut attacker).await, "nor does the attacker get the victim's session");
    node.close().await;
}

#[tokio::test]
async fn every_sign_in_turns_the_cookie_and_the_old_one_is_dead() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let mut stolen = browser.clone();
    assert!(is_signed_in(&mut stolen).await);
    browser.sign_in(&wang).await;
    assert_ne!(browser.session_cookie(), stolen.session_cookie());
    assert!(!is_signed_in(&mut stolen).await);
    assert!(is_signed_in(&mut browser).await);
    let mut copied = browser.clone();
    browser.sign_out().await;
    assert!(!is_signed_in(&mut copied).await, "signed out here is signed out everywhere");
    assert!(browser.session_cookie().is_none(), "and the cookie is taken back");
    node.close().await;
}

#[tokio::test]
async fn cookies_are_for_this_host_over_tls_and_not_for_scripts() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let (action, mut fields) = page.form("login-form");
    fields.extend([("username".to_owned(), wang.username.clone()), ("password".to_owned(), wang.password.clone())]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let answer = browser.send(Method::POST, &action, Some(body)).await;
    let set: Vec<&str> =
        answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    let all =
        set.iter().copied().chain(page.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()));
    let all: Vec<&str> = all.collect();
    assert!(all.iter().any(|cookie| cookie.starts_with(COOKIE)), "{all:?}");
    for cookie in all {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for needed in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(needed), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    node.close().await;
}

#[tokio::test]
async fn another_persons_sign_in_ends_the_session_and_tells_its_services() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut browser = node.browser();
    let of_wang = browser.sign_in_at(&node, &matters, &wang).await;
    let mut kept = browser.clone();
    browser.sign_in(&li).await;
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told_once("matters").text("sid"), of_wang.claim("sid"));
    assert!(!node.is_active(&matters, &of_wang.access).await);
    assert!(!is_signed_in(&mut kept).await);
    let silent = Request::of(&matters).with("prompt", "none");
    let code = browser.begin(&silent).await.callback().code().to_owned();
    let of_li = node.redeem(&matters, &silent, &code).await.tokens();
    assert_ne!(of_li.claim("sub"), of_wang.claim("sub"));
    node.close().await;
}

#[tokio::test]
async fn a_session_slides_by_use_and_ends_by_itself() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let silent = Request::of(&matters).with("prompt", "none");
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    for _ in 0..20 {
        node.pass(minutes(29));
        browser.begin(&silent).await.callback().code();
    }
    node.pass(minutes(31));
    assert_eq!(browser.begin(&silent).await.callback().error(), "login_required", "half an hour without use");
    browser.sign_in(&wang).await;
    for _ in 0..24 {
        node.pass(minutes(29));
        browser.begin(&silent).await.callback().code();
    }
    node.pass(minutes(25));
    assert_eq!(browser.begin(&silent).await.callback().error(), "login_required", "twelve hours are the limit");
    node.pass(hours(1));
    node.app.sweeper.run_chores().await.unwrap();
    node.close().await;
}

#[tokio::test]
async fn a_person_ends_her_own_sessions_and_nobody_elses() {
    let node = TestNode::start().await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let (mut of_wang, mut of_li) = (node.browser(), node.browser());
    of_wang.sign_in(&wang).await;
    of_li.sign_in(&li).await;
    let session = node.app.sessions.list(&li.id).await.unwrap().remove(0);
    let csrf = of_wang.get("/account").await.page().hidden("csrf").remove(0);
    let fields = [("csrf", csrf.as_str()), ("which", session.id.as_str())];
    of_wang.post("/account/sessions/end", &fields).await.page();
    assert!(is_signed_in(&mut of_li).await);
    let mut second = node.browser();
    second.sign_in(&wang).await;
    let page = second.get("/account").await.page();
    second.submit(&page, "end-others", &[]).await.page().must_have("account");
    assert!(!is_signed_in(&mut of_wang).await);
    assert!(is_signed_in(&mut second).await && is_signed_in(&mut of_li).await);
    node.close().await;
}

/// The sign-in has found the account active when it is locked, and goes on when that is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_a_lock_overtakes_leaves_no_session_for_later() {
    for state in [AccountState::Locked, AccountState::Disabled] {
        let node = TestNode::start().await;
        let wang = node.person("wangming").await;
        let mut browser = node.browser();
        let page = browser.get("/sign-in").await.page();
        let mut lock = node.app.store.begin().await.unwrap();
        node.app.accounts.set_state(&mut lock, &wang.id, state).await.unwrap();
        let mut sign_in = {
            let (mut browser, wang) = (browser.clone(), wang.clone());
            tokio::spawn(async move {
                let page = browser.log_in(&page, &wang).await.page();
                (browser, page)
            })
        };
        let early = tokio::time::timeout(Duration::from_millis(500), &mut sign_in).await;
        assert!(early.is_err(), "the sign-in waits for the lock");
        lock.commit().await.unwrap();
        let (mut browser, page) = sign_in.await.unwrap();
        page.must_have("login-form");
        wang.set_state(&node, AccountState::Active).await;
        assert!(!is_signed_in(&mut browser).await, "{state}");
        assert!(node.app.sessions.list(&wang.id).await.unwrap().is_empty(), "{state}");
        node.close().await;
    }
}

/// A node behind a gateway, below a path of its own.
#[tokio::test]
async fn a_node_below_a_path_keeps_its_cookies_and_links_there() {
    let node = TestNode::with(&[("server.issuer", "https://gateway.example/id")]).await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters);
    let page = browser.get(&format!("/id{}", request.path())).await.page();
    assert!(page.path.starts_with("/id/sign-in"), "{}", page.path);
    let callback = browser.log_in(&page, &wang).await.callback();
    assert_eq!(callback.get("iss"), "https://gateway.example/id");
    assert!(browser.cookies.keys().all(|name| name.starts_with("__Secure-")), "{:?}", browser.cookies.keys());
    for (path, status) in [
        ("/id/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server/id", 200),
        ("/.well-known/openid-configuration", 404),
        ("/oauth2/token", 404),
    ] {
        assert_eq!(browser.send(Method::GET, path, None).await.status, status, "{path}");
    }
    node.close().await;
}

/// A sign-in that has looked at the password, or at the account, and commits only after both have changed.
#[tokio::test]
async fn a_sign_in_that_commits_after_a_new_password_or_a_lock_leaves_no_session() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let (old, new) = (Secret::new(wang.password.as_str()), Secret::new("willow-river-2027"));
    let device = Device { address: "203.0.113.9".into(), ..Device::default() };
    let at = At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
    let (accounts, signon) = (&node.app.accounts, &node.app.signon);
    // Both have shown the right password, and the one that changes it is faster.
    let late = accounts.authenticate("wangming", &old, &device.address).await.unwrap();
    node.pass(Duration::from_millis(1));
    signon.change_password(&late, (&old, &new), &at).await.unwrap();
    let refused = signon.first(late, &AuthEvent::password(), &at).await;
    assert!(matches!(refused, Err(AccountError::WrongCredentials)));
    assert!(node.app.sessions.list(&wang.id).await.unwrap().is_empty());
    // The same with the account locked meanwhile.
    let late = accounts.authenticate("wangming", &new, &device.address).await.unwrap();
    wang.set_state(&node, AccountState::Locked).await;
    let refused = signon.first(late, &AuthEvent::password(), &at).await;
    assert!(matches!(refused, Err(AccountError::State(AccountState::Locked))));
    assert!(node.app.sessions.list(&wang.id).await.unwrap().is_empty());
    node.close().await;
}
