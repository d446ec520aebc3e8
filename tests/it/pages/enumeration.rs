//! Threat 21: whether an account exists is not told by the sign-in.

use hufu::accounts::AccountState;

use crate::support::{Browser, Page, TestNode};

/// What a person sees, without what differs by chance: tokens, nonces, the name that was typed.
fn seen(page: &Page, typed: &str) -> String {
    let mut text = page.html.replace(typed, "NAME");
    let hidden = ["csrf", "flow", "challenge"].into_iter().flat_map(|name| page.hidden(name));
    for chance in hidden.filter(|value| !value.is_empty()) {
        text = text.replace(&chance, "CHANCE");
    }
    let options: Vec<String> = text.split("data-options=\"").skip(1).map(until_quote).collect();
    text = options.into_iter().fold(text, |text, options| text.replace(&options, "OPTIONS"));
    let nonces: Vec<String> = text.split("nonce=\"").skip(1).map(until_quote).collect();
    nonces.into_iter().fold(text, |text, nonce| text.replace(&nonce, "NONCE"))
}

fn until_quote(rest: &str) -> String {
    rest.split('"').next().unwrap().to_owned()
}

async fn try_to_sign_in(browser: &mut Browser, name: &str, password: &str) -> (u16, String) {
    let page = browser.get("/sign-in").await.page();
    let page = browser.submit(&page, "login-form", &[("username", name), ("password", password)]).await.page();
    (page.status.as_u16(), seen(&page, name))
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_the_same() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let locked = node.person("zhaolei").await;
    locked.set_state(&node, AccountState::Locked).await;
    let mut browser = node.browser();
    let unknown = try_to_sign_in(&mut browser, "nobody1", "wrong-password-1").await;
    assert_eq!(unknown.0, 422);
    for name in [wang.username.as_str(), &wang.mobile, &locked.username, "13900000000", "另一个人"] {
        assert_eq!(try_to_sign_in(&mut browser, name, "wrong-password-1").await, unknown, "{name}");
    }
    node.close().await;
}

/// Time is not measured here: it is the work that takes it.
#[tokio::test]
async fn an_unknown_name_costs_the_same_work() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let locked = node.person("zhaolei").await;
    locked.set_state(&node, AccountState::Locked).await;
    let mut browser = node.browser();
    for name in [wang.username.as_str(), &wang.mobile, &locked.username, "nobody1", "13900000000"] {
        let before = node.app.accounts.hashing_work();
        try_to_sign_in(&mut browser, name, "wrong-password-1").await;
        assert_eq!(node.app.accounts.hashing_work() - before, 1, "{name}");
    }
    node.close().await;
}

#[tokio::test]
async fn an_unknown_name_is_locked_out_like_a_known_one() {
    let node = TestNode::start().await;
    node.person("wangming").await;
    let mut answers = Vec::new();
    for name in ["wangming", "nobody1"] {
        let mut browser = node.browser();
        let mut answer = (0, String::new());
        for _ in 0..6 {
            answer = try_to_sign_in(&mut browser, name, "wrong-password-1").await;
        }
        assert_eq!(answer.0, 429, "{name}");
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1]);
    node.close().await;
}

#[tokio::test]
async fn the_state_of_an_account_is_told_only_to_whoever_knows_its_password() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let wrong = try_to_sign_in(&mut browser, &wang.username, "wrong-password-1").await;
    wang.set_state(&node, AccountState::Disabled).await;
    assert_eq!(try_to_sign_in(&mut browser, &wang.username, "wrong-password-1").await, wrong);
    let right = try_to_sign_in(&mut browser, &wang.username, &wang.password).await;
    assert_ne!(right, wrong);
    assert!(browser.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn an_error_tells_a_reference_and_nothing_of_the_inside() {
    let node = TestNode::start().await;
    let mut browser = node.browser();
    for path in [
        "/oauth2/authorize",
        "/oauth2/authorize?flow=x",
        "/oauth2/logout?id_token_hint=x",
        "/nothing",
        "/logout/result?id=x",
    ] {
        let page = browser.get(path).await.page();
        for inside in ["sqlx", "SELECT", "panicked", "src/", "/work", "hufu::", "RUST_BACKTRACE"] {
            assert!(!page.html.contains(inside), "{path}: {inside}");
        }
        if page.has("error") {
            assert!(page.text("error-reference").len() >= 6, "{path}");
        }
    }
    node.close().await;
}
