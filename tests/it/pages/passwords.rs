//! New passwords: neither one of the last few, nor one that everybody tries.

use axum::http::StatusCode;

use crate::support::{Browser, Page, Person, TestNode};

async fn change(browser: &mut Browser, present: &str, wanted: &str) -> Page {
    let page = browser.get("/account/password").await.page();
    let fields = [("current_password", present), ("password", wanted), ("password_again", wanted)];
    browser.submit(&page, "password-form", &fields).await.page()
}

async fn signed_in(node: &TestNode) -> (Person, Browser) {
    let person = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    (person, browser)
}

#[tokio::test]
async fn the_last_few_passwords_are_not_taken_again() {
    let node = TestNode::with(&[("accounts.password.history", "2")]).await;
    let (wang, mut browser) = signed_in(&node).await;
    let words = [wang.password.as_str(), "willow-river-2027", "copper-lamp-2028", "silver-pine-2029"];
    for pair in words.windows(2) {
        assert!(change(&mut browser, pair[0], pair[1]).await.has("account"), "{}", pair[1]);
    }
    for used in [words[1], words[2]] {
        let page = change(&mut browser, words[3], used).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{used}");
        assert!(page.html.contains("以前用过"));
    }
    assert!(change(&mut browser, words[3], words[0]).await.has("account"), "long ago");
    node.close().await;
}

#[tokio::test]
async fn a_password_that_everybody_tries_is_refused_at_registration_and_at_a_change() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node).await;
    for common in ["password1", "Qwerty123", "woaini1314"] {
        let page = change(&mut browser, &wang.password, common).await;
        assert!(page.html.contains("太常见"), "{common}");
        let mut new = node.browser();
        let page = new.get("/register").await.page();
        let fields =
            [("username", "lina2026"), ("password", common), ("password_again", common), ("terms", "accepted")];
        let page = new.submit(&page, "register-form", &fields).await.page();
        assert!(page.html.contains("太常见") && new.session_cookie().is_none(), "{common}");
    }
    node.close().await;
}

#[tokio::test]
async fn a_list_of_ones_own_is_looked_up_too() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    std::fs::write(&list, hufu::accounts::breached_prefix(b"leaked-somewhere-9").to_be_bytes()).unwrap();
    let node = TestNode::with(&[("accounts.password.breached_list", list.to_str().unwrap())]).await;
    let (wang, mut browser) = signed_in(&node).await;
    assert!(change(&mut browser, &wang.password, "leaked-somewhere-9").await.html.contains("太常见"));
    assert!(change(&mut browser, &wang.password, "leaked-somewhere-8").await.has("account"));
    node.close().await;
}
