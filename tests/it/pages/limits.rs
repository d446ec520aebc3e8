//! Limits on tries, per account and per address, on a clock that the test turns.

use std::net::SocketAddr;

use axum::http::StatusCode;

use crate::support::span::{minutes, seconds};
use crate::support::{Browser, TestNode};

async fn try_to_sign_in(browser: &mut Browser, name: &str, password: &str) -> StatusCode {
    let page = browser.get("/sign-in").await.page();
    browser.submit(&page, "login-form", &[("username", name), ("password", password)]).await.page().status
}

fn from(mut browser: Browser, address: [u8; 4]) -> Browser {
    browser.address = SocketAddr::from((address, 40_000));
    browser
}

#[tokio::test]
async fn five_failures_lock_an_account_for_a_quarter_of_an_hour() {
    let node = TestNode::start().await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut browser = node.browser();
    for _ in 0..5 {
        assert_eq!(try_to_sign_in(&mut browser, "wangming", "wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for name in ["wangming", "WangMing", " wangming ", "ｗａｎｇｍｉｎｇ"] {
        assert_eq!(try_to_sign_in(&mut browser, name, &wang.password).await, StatusCode::TOO_MANY_REQUESTS, "{name:?}");
    }
    let mut elsewhere = from(node.browser(), [198, 51, 100, 9]);
    assert_eq!(try_to_sign_in(&mut elsewhere, "wangming", &wang.password).await, StatusCode::TOO_MANY_REQUESTS);
    browser.sign_in(&li).await;
    node.pass(minutes(15));
    node.browser().sign_in(&wang).await;
    node.close().await;
}

#[tokio::test]
async fn tries_side_by_side_are_all_counted() {
    let node = std::sync::Arc::new(TestNode::start().await);
    let wang = node.person("wangming").await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..20 {
        let node = node.clone();
        all.spawn(async move {
            let mut browser = from(node.browser(), [203, 0, 113, number]);
            try_to_sign_in(&mut browser, "wangming", "wrong").await
        });
    }
    let refused = all.join_all().await.into_iter().filter(|status| *status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!(refused, 15);
    assert_eq!(try_to_sign_in(&mut node.browser(), "wangming", &wang.password).await, StatusCode::TOO_MANY_REQUESTS);
    std::sync::Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn the_right_password_in_time_begins_the_count_anew() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(try_to_sign_in(&mut browser, "wangming", "wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        node.browser().sign_in(&wang).await;
    }
    node.close().await;
}

#[tokio::test]
async fn fifty_failures_from_one_address_make_it_wait_and_no_other() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    for number in 0..50 {
        let status = try_to_sign_in(&mut browser, &format!("guess{number}"), "wrong").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
    }
    assert_eq!(try_to_sign_in(&mut browser, "wangming", &wang.password).await, StatusCode::TOO_MANY_REQUESTS);
    // Who only says that he is elsewhere is not believed (threat 13).
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let mut liar = browser.clone().with(header, "198.51.100.77");
        assert_eq!(
            try_to_sign_in(&mut liar, "wangming", &wang.password).await,
            StatusCode::TOO_MANY_REQUESTS,
            "{header}"
        );
    }
    from(node.browser(), [198, 51, 100, 9]).sign_in(&wang).await;
    node.pass(minutes(15));
    browser.sign_in(&wang).await;
    node.close().await;
}

#[tokio::test]
async fn one_address_registers_twenty_accounts_in_a_quarter_of_an_hour() {
    let node = TestNode::with(&[("accounts.limits.challenge_registrations_after", "1000")]).await;
    let register = async |number: usize| {
        let mut browser = node.browser();
        let page = browser.get("/register").await.page();
        let name = format!("citizen{number}");
        let fields = [
            ("username", name.as_str()),
            ("password", "tiger-tally-2026"),
            ("password_again", "tiger-tally-2026"),
            ("terms", "accepted"),
        ];
        browser.submit(&page, "register-form", &fields).await.page().status
    };
    for number in 0..20 {
        assert_eq!(register(number).await, StatusCode::OK, "{number}");
    }
    assert_eq!(register(20).await, StatusCode::TOO_MANY_REQUESTS);
    node.pass(minutes(15));
    assert_eq!(register(21).await, StatusCode::OK);
    node.close().await;
}

#[tokio::test]
async fn a_wrong_present_password_counts_like_a_failed_sign_in() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let mut change = async |present: &str| {
        let page = browser.get("/account/password").await.page();
        let csrf = page.hidden("csrf").remove(0);
        let fields = [
            ("csrf", csrf.as_str()),
            ("current_password", present),
            ("password", "another-tally-2027"),
            ("password_again", "another-tally-2027"),
        ];
        browser.post("/account/password", &fields).await.page()
    };
    for _ in 0..5 {
        assert!(!change("wrong").await.has("account"));
    }
    assert!(!change(&wang.password).await.has("account"), "also with the right one");
    let locked = try_to_sign_in(&mut node.browser(), "wangming", &wang.password).await;
    assert_eq!(locked, StatusCode::TOO_MANY_REQUESTS);
    node.pass(minutes(15));
    assert!(change(&wang.password).await.has("account"));
    node.close().await;
}

#[tokio::test]
async fn an_account_asks_the_authority_ten_times_in_a_quarter_of_an_hour() {
    let node = TestNode::with(&[("accounts.limits.challenge_proofs_after", "1000")]).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let other = node.next_citizen();
    let mut prove = async |name: &str, number: &str| {
        let page = browser.get("/real-name").await.page();
        browser.submit(&page, "realname-form", &[("name", name), ("document_number", number)]).await.page()
    };
    for _ in 0..10 {
        assert_eq!(prove("张三丰", &other.document_number).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(prove(&wang.name, &wang.number).await.status, StatusCode::TOO_MANY_REQUESTS);
    node.pass(minutes(15) + seconds(1));
    prove(&wang.name, &wang.number).await.must_have("answer-matched");
    node.close().await;
}

/// Attack: an account has two names, and so twice the tries.
#[tokio::test]
async fn one_account_has_one_count_by_all_its_names() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    let account = node.account(&wang).await;
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    let mut browser = node.browser();
    for name in ["wangming", &wang.mobile, "wangming", &wang.mobile, "wangming"] {
        assert_eq!(try_to_sign_in(&mut browser, name, "wrong").await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for name in ["wangming", &wang.mobile] {
        assert_eq!(try_to_sign_in(&mut browser, name, &wang.password).await, StatusCode::TOO_MANY_REQUESTS, "{name}");
    }
    // A number that somebody only declares is a name of nobody.
    let li = node.person("lina").await;
    assert_eq!(try_to_sign_in(&mut browser, &li.mobile, &li.password).await, StatusCode::UNPROCESSABLE_ENTITY);
    let left = node.pending().await;
    node.close_with_pending(left).await;
}

#[tokio::test]
async fn second_factors_and_ways_to_recover_pause_too() {
    let node = TestNode::with(&[
        ("accounts.limits.pause_after", "2"),
        ("accounts.limits.second_factor_failures", "1000"),
        ("messages.local", "true"),
    ])
    .await;
    let wang = node.verified_person("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let account = node.account(&wang).await;
    let show = async |code: &str| {
        let from = hufu::factors::Browser { id: "b", address: "203.0.113.7" };
        node.app.factors.show(&account, hufu::factors::Way::Totp, &hufu::base::Secret::new(code), from).await
    };
    for _ in 0..2 {
        assert!(matches!(show("wrong").await, Err(hufu::factors::FactorError::Wrong)));
    }
    assert!(matches!(show(&app.code(&node)).await, Err(hufu::factors::FactorError::Account(_))), "it pauses");
    node.pass(seconds(1));
    assert!(show(&app.code(&node)).await.is_ok());
    node.pass(seconds(30));
    let mut browser = node.browser();
    let page = browser.get("/recover").await.page();
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    let ways = browser.submit(&page, "recover-form", &fields).await.page();
    let mut attempt = async |code: &str| {
        let page = browser.submit(&ways, "recover-ways", &[("way", "totp")]).await.page();
        browser.submit(&page, "otp-form", &[("code", code)]).await.page()
    };
    for _ in 0..2 {
        assert_eq!(attempt("000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(attempt(&app.code(&node)).await.status, StatusCode::TOO_MANY_REQUESTS);
    node.pass(seconds(1));
    assert!(attempt(&app.code(&node)).await.has("recover-apply"));
    // Codes to sign in with, by number.
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    let by_sms = async || {
        let device = hufu::session::Device::default();
        let at = hufu::signon::At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
        let from = hufu::factors::Browser { id: "b", address: "203.0.113.9" };
        node.app.signon.by_sms(&number, &hufu::base::Secret::new("000000"), from, &at).await.err().unwrap()
    };
    for _ in 0..2 {
        assert!(matches!(by_sms().await, hufu::factors::FactorError::Wrong));
    }
    assert!(matches!(by_sms().await, hufu::factors::FactorError::Account(_)), "it pauses");
    node.close().await;
}

#[tokio::test]
async fn an_ipv6_client_cannot_take_another_of_its_addresses_for_every_try() {
    let node = TestNode::with(&[("accounts.limits.address_failures", "5")]).await;
    let wang = node.person("wangming").await;
    let from_v6 = |network: u16, host: u16| {
        let mut browser = node.browser();
        browser.address = SocketAddr::from(([0x2001, 0xdb8, 0, network, 0, 0, 0, host], 40_000));
        browser
    };
    for host in 0..5 {
        let status = try_to_sign_in(&mut from_v6(1, host), &format!("guess{host}"), "wrong").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{host}");
    }
    let status = try_to_sign_in(&mut from_v6(1, 99), "wangming", &wang.password).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "another address of the same /64");
    from_v6(2, 0).sign_in(&wang).await;
    node.close().await;
}
