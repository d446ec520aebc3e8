//! Credential stuffing: after a few failures a try needs the answer to a challenge, and a name pauses; both alike for names
//! that exist and names that do not.

use axum::http::{StatusCode, header};

use crate::support::span::seconds;
use crate::support::{Browser, Page, TestNode};

async fn node() -> TestNode {
    TestNode::with(&[("accounts.limits.challenge_after", "3"), ("accounts.limits.account_failures", "1000")]).await
}

async fn try_on(browser: &mut Browser, page: &Page, fields: &[(&str, &str)]) -> Page {
    browser.submit(page, "login-form", fields).await.page()
}

/// Fails three times; the page that comes then.
async fn failed(browser: &mut Browser, name: &str) -> Page {
    let mut page = browser.get("/sign-in").await.page();
    for _ in 0..3 {
        assert!(!page.has("challenge"));
        page = try_on(browser, &page, &[("username", name), ("password", "wrong-password-1")]).await;
    }
    page.must_have("challenge").clone()
}

/// The answer to the question in words, as a person without the picture gives it.
fn answer(page: &Page) -> String {
    let rest = page.html.split("id=\"challenge-question\"").nth(1).unwrap();
    let text = rest.split("</p>").next().unwrap();
    let digit = |c: char| "零一二三四五六七八九".chars().position(|other| other == c);
    let (one, other) = text.rsplit_once('加').unwrap();
    let (one, other) = (one.chars().rev().find_map(digit).unwrap(), other.chars().find_map(digit).unwrap());
    (one + other).to_string()
}

#[tokio::test]
async fn after_three_failures_the_right_password_needs_the_right_answer() {
    let node = node().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = failed(&mut browser, "wangming").await;
    let right = [("username", "wangming"), ("password", wang.password.as_str())];
    // Without an answer, and with a wrong one, the password is not even looked at.
    let before = node.app.accounts.hashing_work();
    let page = try_on(&mut browser, &page, &right).await;
    let page = try_on(&mut browser, &page, &[right[0], right[1], ("answer", "1")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(node.app.accounts.hashing_work(), before);
    assert!(browser.session_cookie().is_none());
    let said = answer(&page);
    let all = [right[0], right[1], ("answer", said.as_str())];
    let (action, hidden) = page.form("login-form");
    try_on(&mut browser, &page, &all).await.must_have("account");
    // The answer is used up, also for somebody who replays the whole form.
    let mut replay = node.browser();
    failed(&mut replay, "wangming").await;
    let mut fields: Vec<(String, String)> = hidden.into_iter().filter(|(name, _)| name != "csrf").collect();
    let csrf = replay.get("/sign-in").await.page().hidden("csrf").remove(0);
    fields.push(("csrf".into(), csrf));
    fields.extend(all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    replay.post(&action, &fields).await.page().must_have("challenge");
    assert!(replay.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn the_picture_is_a_picture_and_is_not_guessed_from_its_address() {
    let node = node().await;
    let mut browser = node.browser();
    let page = failed(&mut browser, "nobody1").await;
    let address = page.html.split("<img src=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let answer = browser.send_bytes(&address).await;
    assert_eq!(answer.0[header::CONTENT_TYPE], "image/png");
    assert!(answer.1.starts_with(b"\x89PNG\r\n\x1a\n"));
    node.close().await;
}

#[tokio::test]
async fn a_challenge_is_asked_for_unknown_names_alike() {
    let node = node().await;
    node.person("wangming").await;
    for name in ["wangming", "nobody1"] {
        let mut browser = node.browser();
        let page = failed(&mut browser, name).await;
        let said = answer(&page);
        let fields = [("username", name), ("password", "wrong-password-1"), ("answer", said.as_str())];
        let page = try_on(&mut browser, &page, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        page.must_have("challenge");
    }
    node.close().await;
}

#[tokio::test]
async fn failures_from_one_address_are_challenged_whatever_the_name() {
    let node = TestNode::with(&[("accounts.limits.challenge_address_after", "4")]).await;
    let mut browser = node.browser();
    for number in 0..4 {
        let page = browser.get("/sign-in").await.page();
        assert!(!page.has("challenge"), "{number}");
        let name = format!("guess{number}");
        try_on(&mut browser, &page, &[("username", &name), ("password", "wrong-password-1")]).await;
    }
    browser.get("/sign-in").await.page().must_have("challenge");
    let mut elsewhere = node.browser();
    elsewhere.address = std::net::SocketAddr::from(([198, 51, 100, 9], 40_000));
    assert!(!elsewhere.get("/sign-in").await.page().has("challenge"));
    node.close().await;
}

#[tokio::test]
async fn a_name_that_fails_pauses_longer_each_time() {
    let node =
        TestNode::with(&[("accounts.limits.pause_after", "2"), ("accounts.limits.account_failures", "1000")]).await;
    let wang = node.person("wangming").await;
    for name in ["wangming", "nobody1"] {
        let mut browser = node.browser();
        let mut attempt = async |password: &str| {
            let page = browser.get("/sign-in").await.page();
            try_on(&mut browser, &page, &[("username", name), ("password", password)]).await
        };
        for _ in 0..2 {
            assert_eq!(attempt("wrong-password-1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let work = node.app.accounts.hashing_work();
        assert_eq!(attempt(&wang.password).await.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert_eq!(node.app.accounts.hashing_work(), work, "nothing is looked at in a pause");
        node.pass(seconds(1));
        assert_eq!(attempt("wrong-password-1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        node.pass(seconds(1));
        assert_eq!(attempt("wrong-password-1").await.status, StatusCode::TOO_MANY_REQUESTS, "twice as long");
        node.pass(seconds(1));
        assert_eq!(attempt("wrong-password-1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    node.pass(seconds(30));
    node.browser().sign_in(&wang).await;
    node.close().await;
}

/// Fields for a new account.
fn wish<'a>(name: &'a str, said: &'a str) -> Vec<(&'a str, &'a str)> {
    let word = "willow-river-2027";
    vec![("username", name), ("password", word), ("password_again", word), ("terms", "accepted"), ("answer", said)]
}

#[tokio::test]
async fn registrations_from_one_address_are_challenged_for_names_that_are_taken_and_free_alike() {
    let node = TestNode::with(&[("accounts.limits.challenge_registrations_after", "2")]).await;
    node.person("wangming").await;
    for number in 0..2 {
        let mut browser = node.browser();
        let page = browser.get("/register").await.page();
        assert!(!page.has("challenge"), "{number}");
        browser
            .submit(&page, "register-form", &wish(&format!("newcomer{number}"), ""))
            .await
            .page()
            .must_have("account");
    }
    let mut browser = node.browser();
    let page = browser.get("/register").await.page();
    let mut page = page.must_have("challenge").clone();
    // Without the right answer nobody is looked up: a name that is taken and one that is free get the same page and no work.
    for name in ["wangming", "somebody-new"] {
        let work = node.app.accounts.hashing_work();
        page = browser.submit(&page, "register-form", &wish(name, "1")).await.page();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.has("answer-error") && !page.has("username-error"), "{name}");
        assert_eq!(node.app.accounts.hashing_work(), work, "{name}");
    }
    let said = answer(&page);
    browser.submit(&page, "register-form", &wish("somebody-new", &said)).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn codes_to_sign_in_with_are_challenged_for_known_and_unknown_numbers_alike() {
    let node = TestNode::with(&[("accounts.limits.challenge_codes_after", "1"), ("messages.local", "true")]).await;
    let wang = node.person("wangming").await;
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    node.deliver().await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in/sms").await.page();
    assert!(!page.has("challenge"));
    browser.submit(&page, "sms-form", &[("mobile", "13900000001")]).await.page().must_have("otp-form");
    for mobile in [wang.mobile.as_str(), "13900000002"] {
        let page = browser.get("/sign-in/sms").await.page();
        let page = browser
            .submit(page.must_have("challenge"), "sms-form", &[("mobile", mobile), ("answer", "1")])
            .await
            .page();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{mobile}");
        page.must_have("answer-error").must_have("challenge");
        let said = answer(&page);
        let fields = [("mobile", mobile), ("answer", said.as_str())];
        browser.submit(&page, "sms-form", &fields).await.page().must_have("otp-form");
    }
    let left = node.pending().await;
    node.close_with_pending(left).await;
}

#[tokio::test]
async fn real_names_that_do_not_match_are_challenged_by_address_and_what_was_typed_stays() {
    let node = TestNode::with(&[("accounts.limits.challenge_proofs_after", "2")]).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let wrong = [("name", "王不明"), ("document_number", wang.number.as_str())];
    for _ in 0..2 {
        let page = browser.get("/real-name").await.page();
        assert!(!page.has("challenge"));
        browser.submit(&page, "realname-form", &wrong).await.page().must_have("answer-mismatch");
    }
    // Another account from the same address is challenged too, and the authority is not asked without the answer.
    let li = node.person("lina").await;
    let mut other = node.browser();
    other.sign_in(&li).await;
    let asked = node.authority_was_asked().await;
    let page = other.get("/real-name").await.page();
    let right = [("name", li.name.as_str()), ("document_number", li.number.as_str()), ("answer", "1")];
    let page = other.submit(page.must_have("challenge"), "realname-form", &right).await.page();
    assert!(page.has("answer-error") && page.html.contains(&li.number), "what was typed stays");
    assert_eq!(node.authority_was_asked().await, asked);
    let said = answer(&page);
    let right = [right[0], right[1], ("answer", said.as_str())];
    other.submit(&page, "realname-form", &right).await.page().must_have("answer-matched");
    node.close().await;
}
