//! Codes by text message: to sign in, as a second factor, to verify a number; what cannot be done with them, and whom
//! notices reach.

use axum::http::StatusCode;
use hufu::base::Secret;

use crate::support::span::{minutes, seconds};
use crate::support::{Browser, Page, Person, Request, TestNode};

async fn node() -> TestNode {
    TestNode::with(&[("messages.local", "true")]).await
}

/// The last code that went to a number.
fn code_to(node: &TestNode, mobile: &str) -> String {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().filter(|sent| sent.to == mobile).find_map(|sent| sent.code).expect("a code")
}

/// How many messages of this kind went to a number.
fn told(node: &TestNode, mobile: &str, template: &str) -> usize {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().filter(|sent| sent.to == mobile && sent.template == template).count()
}

/// Lets what is sent in the background arrive.
async fn arrive() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Verifies the number in the account centre, as its owner does.
async fn verify(node: &TestNode, browser: &mut Browser, mobile: &str) -> Page {
    let page = browser.get("/account/security/mobile").await.page();
    let page = browser.submit(&page, "mobile-form", &[("mobile", mobile)]).await.page();
    let page = browser.submit(&page, "otp-form", &[("code", &code_to(node, mobile))]).await.page();
    node.deliver().await;
    node.pass(minutes(2));
    page
}

/// A person whose number is verified, and a browser that she has signed in with.
async fn reachable(node: &TestNode, name: &str) -> (Person, Browser) {
    let person = node.person(name).await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    verify(node, &mut browser, &person.mobile).await.must_have("security");
    (person, browser)
}

/// Asks for a code to sign in with.
async fn ask(browser: &mut Browser, mobile: &str) -> Page {
    let page = browser.get("/sign-in/sms").await.page();
    let page = browser.submit(&page, "sms-form", &[("mobile", mobile)]).await.page();
    arrive().await;
    page
}

#[tokio::test]
async fn a_verified_number_signs_in_by_a_code_alone() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (wang, _) = reachable(&node, "wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters).with("scope", "openid phone");
    let page = browser.begin(&request).await.page();
    assert!(page.html.contains("/sign-in/sms?flow"), "the way is offered");
    let flow = page.hidden("flow").remove(0);
    let page = browser.get(&format!("/sign-in/sms?flow={flow}")).await.page();
    let page = browser.submit(&page, "sms-form", &[("mobile", &format!("+86 {}", wang.mobile))]).await.page();
    arrive().await;
    let callback = browser.submit(&page, "otp-form", &[("code", &code_to(&node, &wang.mobile))]).await.callback();
    let tokens = node.redeem(&matters, &request, callback.code()).await.tokens();
    assert_eq!(tokens.claims["amr"], serde_json::json!(["sms"]));
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!(info["phone_number_verified"], true);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_code_left_empty_is_asked_for_and_no_other_one_is_sent() {
    let node = node().await;
    let (wang, _) = reachable(&node, "wangming").await;
    let mut browser = node.browser();
    let page = ask(&mut browser, &wang.mobile).await;
    // Another one could be sent by now.
    node.pass(minutes(2));
    for empty in ["", " "] {
        let refused = browser.submit(page.must_have("otp-form"), "otp-form", &[("code", empty)]).await.page();
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.must_have("code-error");
    }
    arrive().await;
    assert_eq!(told(&node, &wang.mobile, "code_sign_in"), 1);
    let code = code_to(&node, &wang.mobile);
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("account");
    // The message about a sign-in on another device.
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn an_unverified_or_unknown_number_gets_the_same_answers_and_no_code() {
    let node = node().await;
    let (wang, _) = reachable(&node, "wangming").await;
    let li = node.person("lina").await;
    let mut seen = Vec::new();
    for mobile in [wang.mobile.as_str(), &li.mobile, "13900000000"] {
        let mut browser = node.browser();
        let page = ask(&mut browser, mobile).await;
        let wrong = browser.submit(page.must_have("otp-form"), "otp-form", &[("code", "000000")]).await.page();
        let shape = |page: &Page| {
            let mut text = page.html.replace(mobile, "NUMBER");
            for chance in page.hidden("csrf") {
                text = text.replace(&chance, "CHANCE");
            }
            text.split("nonce=\"")
                .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest).to_owned())
                .collect::<String>()
        };
        seen.push((page.status, shape(&page), wrong.status, shape(&wrong)));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(told(&node, &li.mobile, "code_sign_in") + told(&node, "13900000000", "code_sign_in"), 0);
    assert_eq!(told(&node, &wang.mobile, "code_sign_in"), 1);
    node.close().await;
}

#[tokio::test]
async fn a_code_is_good_once_in_its_browser_for_its_purpose_and_for_five_minutes() {
    let node = node().await;
    let (wang, _) = reachable(&node, "wangming").await;
    let li = node.person("lina").await;
    let mut hers = node.browser();
    let page = ask(&mut hers, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile);
    // Another browser.
    let mut other = node.browser();
    node.pass(minutes(1));
    let elsewhere = ask(&mut other, &wang.mobile).await;
    let refused = other.submit(&elsewhere, "otp-form", &[("code", &code)]).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "another browser");
    // Another purpose: a signed-in person cannot take the number over with it.
    let mut lis = node.browser();
    lis.sign_in(&li).await;
    let form = lis.get("/account/security/mobile").await.page();
    let csrf = form.hidden("csrf").remove(0);
    let fields = [("csrf", csrf.as_str()), ("mobile", &wang.mobile), ("code", &code)];
    let refused = lis.post("/account/security/mobile", &fields).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "another purpose");
    // Once.
    hers.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("account");
    hers.sign_out().await;
    let again = hers.submit(&page, "otp-form", &[("code", &code)]).await.page();
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "used up");
    // Late.
    node.pass(minutes(1));
    let page = ask(&mut hers, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile);
    node.pass(minutes(5) + seconds(1));
    let late = hers.submit(&page, "otp-form", &[("code", &code)]).await.page();
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "too late");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_code_does_not_survive_five_wrong_tries() {
    let node = TestNode::with(&[("messages.local", "true"), ("accounts.limits.account_failures", "1000")]).await;
    let (wang, _) = reachable(&node, "wangming").await;
    let mut browser = node.browser();
    let page = ask(&mut browser, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        browser.submit(&page, "otp-form", &[("code", wrong)]).await.page().must_have("otp-form");
    }
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("otp-form");
    assert!(browser.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn the_same_code_side_by_side_signs_in_once() {
    let node = std::sync::Arc::new(node().await);
    let (wang, _) = reachable(&node, "wangming").await;
    let mut browser = node.browser();
    let page = ask(&mut browser, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (mut browser, page, code) = (browser.clone(), page.clone(), code.clone());
        all.spawn(async move { browser.submit(&page, "otp-form", &[("code", &code)]).await.page().has("account") });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|let_in| *let_in).count(), 1);
    node.deliver().await;
    std::sync::Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn how_many_are_sent_is_limited_for_a_number_and_for_an_address() {
    let node = TestNode::with(&[
        ("messages.local", "true"),
        ("factors.codes.number_per_day", "3"),
        ("factors.codes.address_per_hour", "8"),
        ("accounts.limits.challenge_codes_after", "1000"),
    ])
    .await;
    let (wang, _) = reachable(&node, "wangming").await;
    let mut browser = node.browser();
    assert_eq!(ask(&mut browser, &wang.mobile).await.status, StatusCode::OK);
    assert_eq!(ask(&mut browser, &wang.mobile).await.status, StatusCode::TOO_MANY_REQUESTS, "at once again");
    node.pass(minutes(1));
    assert_eq!(ask(&mut browser, &wang.mobile).await.status, StatusCode::OK);
    node.pass(minutes(1));
    assert_eq!(ask(&mut browser, &wang.mobile).await.status, StatusCode::TOO_MANY_REQUESTS, "three in a day");
    for number in 0..3 {
        // An unknown number counts like a known one.
        assert_eq!(ask(&mut browser, &format!("1390000000{number}")).await.status, StatusCode::OK, "{number}");
    }
    assert_eq!(ask(&mut browser, "13900000009").await.status, StatusCode::TOO_MANY_REQUESTS, "the address");
    node.pass(minutes(24 * 60));
    assert_eq!(ask(&mut browser, &wang.mobile).await.status, StatusCode::OK);
    node.close().await;
}

#[tokio::test]
async fn a_number_goes_to_whoever_shows_it_and_both_are_told() {
    let node = node().await;
    let (wang, _) = reachable(&node, "wangming").await;
    let (li, mut lis) = reachable(&node, "lina").await;
    // Changing what protects the account needs it to be shown: here a code to the present number.
    let page = lis.get("/account/security/mobile").await.page();
    let page = lis.submit(page.must_have("second-factor-form"), "second-factor-form", &[("way", "sms")]).await.page();
    let code = code_to(&node, &li.mobile);
    lis.submit(page.must_have("otp-form"), "otp-form", &[("code", &code)]).await.page().must_have("security");
    let (own, new) =
        (told(&node, &li.mobile, "notice_mobile_changed"), told(&node, &wang.mobile, "notice_mobile_changed"));
    verify(&node, &mut lis, &wang.mobile).await.must_have("security");
    assert_eq!(told(&node, &li.mobile, "notice_mobile_changed"), own + 1, "the old number");
    assert_eq!(told(&node, &wang.mobile, "notice_mobile_changed"), new + 1, "the new number");
    // It signs in whom it belongs to now.
    let mut browser = node.browser();
    let page = ask(&mut browser, &wang.mobile).await;
    browser.submit(&page, "otp-form", &[("code", &code_to(&node, &wang.mobile))]).await.page().must_have("account");
    assert_eq!(node.app.sessions.list(&wang.id).await.unwrap().len(), 1);
    assert_eq!(node.app.sessions.list(&li.id).await.unwrap().len(), 2);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_new_device_is_told_once_and_the_password_too() {
    let node = node().await;
    let (wang, mut browser) = reachable(&node, "wangming").await;
    browser.sign_out().await;
    browser.sign_in(&wang).await;
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_new_device"), 0, "she has verified her number here");
    let mut elsewhere = node.browser();
    for _ in 0..2 {
        elsewhere.sign_in(&wang).await;
        node.deliver().await;
        assert_eq!(told(&node, &wang.mobile, "notice_new_device"), 1);
    }
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    let device = hufu::session::Device::default();
    let at = hufu::signon::At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
    let change = (&Secret::new(wang.password.clone()), &Secret::new("another-tally-2027"));
    node.app.signon.change_password(&person, change, &at).await.unwrap();
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_password_changed"), 1);
    node.close().await;
}

#[tokio::test]
async fn without_a_gateway_nothing_is_offered_that_needs_one() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    assert!(!browser.get("/sign-in").await.page().html.contains("/sign-in/sms"));
    let page = ask(&mut browser, &wang.mobile).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    browser.sign_in(&wang).await;
    assert!(!browser.get("/account/security").await.page().has("change-mobile"));
    node.close().await;
}

#[tokio::test]
async fn the_use_of_a_recovery_code_is_told() {
    let node = node().await;
    let (wang, mut browser) = reachable(&node, "wangming").await;
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    let codes = node.app.signon.make_recovery_codes(&person).await.unwrap();
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_factor_added"), 1);
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.submit(&page, "second-factor-form", &[("way", "recovery")]).await.page();
    browser.submit(&page, "otp-form", &[("code", codes[3].expose())]).await.page().must_have("security");
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_recovery_used"), 1);
    node.close().await;
}
