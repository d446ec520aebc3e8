//! Sign-in by scanning: only the browser that shows the code can collect, once, in two minutes, after the number was picked on a
//! phone whose sign-in counts; and it gets no more than the phone has.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use serde_json::json;

use crate::support::span::{minutes, seconds};
use crate::support::{Bend, Browser, Landed, Page, Person, Request, SoftKey, TestNode, answer_with};

const L2: &str = "urn:hufu:acr:l2";

/// A code on the screen of a browser.
struct Screen {
    page: Page,
    /// The address in the code, at the node.
    address: String,
    number: String,
}

impl Screen {
    async fn of(browser: &mut Browser, path: &str) -> Self {
        let page = browser.get(path).await.page();
        page.must_have("qr-code");
        let address = page.text("scan-address").replace("https://id.example", "");
        Self { address, number: page.text("scan-number"), page }
    }

    /// The page again, as it renews itself.
    async fn renew(&self, browser: &mut Browser) -> Page {
        browser.get(&self.page.path).await.page()
    }
}

/// A phone on which this person has just signed in.
async fn phone_of(node: &TestNode, person: &Person) -> Browser {
    let mut phone = node.browser();
    phone.address = "198.51.100.20:50000".parse().unwrap();
    phone.sign_in(person).await;
    phone
}

async fn answer(phone: &mut Browser, screen: &Screen, fields: &[(&str, &str)]) -> Page {
    let page = phone.get(&screen.address).await.page();
    if !page.has("scan-form") {
        return page;
    }
    phone.submit(&page, "scan-form", fields).await.page()
}

async fn approve(phone: &mut Browser, screen: &Screen) -> Page {
    answer(phone, screen, &[("number", &screen.number), ("decision", "approve")]).await
}

#[track_caller]
fn told(page: &Page) -> String {
    page.must_have("scan-told").html.split("data-told=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn sessions_of(node: &TestNode, person: &Person) -> Vec<(Vec<String>, i32)> {
    let sessions = node.app.sessions.list(&person.id).await.unwrap();
    sessions.into_iter().map(|session| (session.amr, session.strength)).collect()
}

#[tokio::test]
async fn a_phone_lets_a_browser_in_on_the_way_to_a_service() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let request = Request::of(&matters);
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let link = page.html.split("href=\"").find(|rest| rest.starts_with("/sign-in/scan")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let screen = Screen::of(&mut browser, &link).await;
    assert!(screen.page.html.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    let asked = phone.get(&screen.address).await.page();
    asked.must_have("scan-form").must_have("scan-facts");
    assert!(asked.html.contains("203.0.113.7") && asked.html.contains("Firefox · Linux"), "from where and by what");
    assert_eq!(asked.hidden("code").len(), 1);
    assert!(screen.renew(&mut browser).await.text("scan-state").contains("已扫描"));
    assert_eq!(told(&approve(&mut phone, &screen).await), "approved");
    let approved = screen.renew(&mut browser).await;
    assert!(browser.session_cookie().is_none(), "looking signs nobody in");
    let callback = browser.submit(approved.must_have("scan-approved"), "scan-continue", &[]).await.callback();
    let tokens = node.redeem(&matters, &request, callback.code()).await.tokens();
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), (L2, &json!(["pwd", "mca"])));
    assert_eq!(sessions_of(&node, &wang).await.len(), 2, "a session of its own");
    node.close().await;
}

#[tokio::test]
async fn what_the_phone_has_shown_is_capped_below_the_highest_level() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let mut key: SoftKey = wang.make_passkey(&mut phone).await;
    phone.sign_out().await;
    node.deliver().await;
    let page = phone.get("/sign-in").await.page();
    key.show(&mut phone, &page).await.page().must_have("account");
    assert_eq!(sessions_of(&node, &wang).await[0].1, 4);
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    browser.submit(&page, "scan-continue", &[]).await.page().must_have("account");
    let mut strengths: Vec<_> = sessions_of(&node, &wang).await;
    strengths.sort_by_key(|(_, strength)| *strength);
    assert_eq!(strengths[0], (vec!["hwk".to_owned(), "mca".to_owned()], 3));
    // What is shown in the browser itself counts in full.
    let seals = node.client_with("seals", json!({"minimum_acr": "urn:hufu:acr:l4"})).await;
    wang.raise_to(&node, 4).await;
    let page = browser.begin(&Request::of(&seals)).await.page();
    let answer = key.answer_bent(&page.passkey_options(), Bend::default());
    answer_with(&mut browser, &page, &answer).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn the_login_clock_is_that_of_the_phone() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let signed_in_at = node.now();
    node.pass(minutes(20));
    let request = Request::of(&matters).with("max_age", "600");
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let flow = page.hidden("flow").remove(0);
    let screen = Screen::of(&mut browser, &format!("/sign-in/scan?flow={flow}")).await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    let asked = browser.submit(&page, "scan-continue", &[]).await.page();
    asked.must_have("login-form");
    let session = node.app.sessions.list(&wang.id).await.unwrap().remove(0);
    assert!((session.auth_time.seconds() - signed_in_at).abs() <= 1, "nothing was shown since");
    // Too long ago to count at all.
    node.pass(minutes(9));
    phone.get("/account").await.page();
    node.pass(minutes(9));
    let mut other = node.browser();
    let screen = Screen::of(&mut other, "/sign-in/scan").await;
    assert_eq!(told(&approve(&mut phone, &screen).await), "nobody");
    assert!(screen.renew(&mut other).await.has("qr-code"), "and nothing is decided");
    node.close().await;
}

#[tokio::test]
async fn a_wrong_number_a_refusal_and_no_number() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    let asked = phone.get(&screen.address).await.page();
    let choices: Vec<String> =
        asked.html.split("name=\"number\" value=\"").skip(1).map(|rest| rest[..2].to_owned()).collect();
    assert_eq!(choices.len(), 3);
    assert_eq!(choices.iter().filter(|choice| **choice == screen.number).count(), 1);
    // Nothing was picked: asked again, nothing is decided.
    let again = phone.submit(&asked, "scan-form", &[("decision", "approve")]).await.page();
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.must_have("scan-form").must_have("number-error");
    let wrong = choices.iter().find(|choice| **choice != screen.number).unwrap();
    let page = answer(&mut phone, &screen, &[("number", wrong), ("decision", "approve")]).await;
    assert_eq!(told(&page), "wrong-number");
    // It is over, also with the right number.
    assert_eq!(told(&approve(&mut phone, &screen).await), "over");
    let page = screen.renew(&mut browser).await;
    page.must_have("scan-again");
    assert!(!page.has("qr-code") && !page.has("scan-continue"));
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    let page = answer(&mut phone, &screen, &[("decision", "refuse")]).await;
    assert_eq!(told(&page), "refused");
    assert_eq!(told(&approve(&mut phone, &screen).await), "over");
    assert!(!screen.renew(&mut browser).await.has("scan-continue"));
    assert!(browser.session_cookie().is_none());
    node.close().await;
}

/// The collecting form, as whoever has got hold of the code would send it.
async fn collect(browser: &mut Browser, scan: &str, flow: &str) -> Landed {
    let page = browser.get("/sign-in").await.page();
    let csrf = page.hidden("csrf").remove(0);
    browser.post("/sign-in/scan", &[("csrf", csrf.as_str()), ("scan", scan), ("flow", flow)]).await
}

fn scan_of(screen: &Screen) -> String {
    let query = screen.page.path.split('?').nth(1).unwrap();
    url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "scan").unwrap().1.into_owned()
}

#[tokio::test]
async fn another_browser_or_another_passage_cannot_collect() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let mut thief = node.browser();
    let looked = thief.get(&screen.page.path).await.page();
    assert!(looked.has("scan-ended") && !looked.html.contains("*明"), "nor see who it was");
    let scan = scan_of(&screen);
    let landed = collect(&mut thief, &scan, "").await.page();
    assert_eq!(landed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(thief.session_cookie().is_none());
    // The id in the code, which anybody can photograph, is not what collects.
    let id = screen.address.split("code=").nth(1).unwrap();
    collect(&mut thief, id, "").await.page().must_have("scan-ended");
    let flow = browser.begin(&Request::of(&matters)).await.page().hidden("flow").remove(0);
    collect(&mut browser, &scan, &flow).await.page().must_have("scan-ended");
    assert!(browser.session_cookie().is_none());
    let page = screen.renew(&mut browser).await;
    browser.submit(&page, "scan-continue", &[]).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn a_code_is_answered_once_and_collected_once_also_side_by_side() {
    let node = std::sync::Arc::new(TestNode::start().await);
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    let mut phones = Vec::new();
    for person in [&wang, &li, &wang, &li] {
        let mut phone = phone_of(&node, person).await;
        let page = phone.get(&screen.address).await.page();
        phones.push((phone, page));
    }
    let mut all = tokio::task::JoinSet::new();
    for (mut phone, page) in phones {
        let number = screen.number.clone();
        all.spawn(async move {
            let fields = [("number", number.as_str()), ("decision", "approve")];
            told(&phone.submit(&page, "scan-form", &fields).await.page())
        });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|answer| *answer == "approved").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| *answer == "over").count(), 3, "{answers:?}");
    let page = screen.renew(&mut browser).await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut copy, page) = (browser.clone(), page.clone());
        all.spawn(async move { copy.submit(&page, "scan-continue", &[]).await.page().has("account") });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|let_in| *let_in).count(), 1);
    assert!(screen.renew(&mut browser).await.has("scan-ended"));
    std::sync::Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn it_is_over_after_two_minutes_and_when_the_phone_signs_out_or_the_account_is_locked() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    node.pass(seconds(121));
    assert_eq!(told(&approve(&mut phone, &screen).await), "over");
    screen.renew(&mut browser).await.must_have("scan-again");
    // Approved, and not collected in time.
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    node.pass(seconds(121));
    let landed = browser.submit(&page, "scan-continue", &[]).await.page();
    assert_eq!(landed.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Approved, then locked.
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    wang.set_state(&node, AccountState::Locked).await;
    browser.submit(&page, "scan-continue", &[]).await.page().must_have("scan-ended");
    wang.set_state(&node, AccountState::Active).await;
    // Approved, then signed out on the phone: taken back.
    let mut phone = phone_of(&node, &wang).await;
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    phone.sign_out().await;
    browser.submit(&page, "scan-continue", &[]).await.page().must_have("scan-ended");
    assert!(browser.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn nobody_answers_without_being_signed_in_or_by_another_sites_form() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    let mut stranger = node.browser();
    let page = stranger.get(&screen.address).await.page();
    assert_eq!(told(&page), "nobody");
    let mut phone = phone_of(&node, &wang).await;
    let fields =
        [("code", screen.address.split("code=").nth(1).unwrap()), ("number", &screen.number), ("decision", "approve")];
    let landed = phone.post("/scan", &fields).await.page();
    assert_ne!(landed.status, StatusCode::OK, "without the form's token");
    let csrf = phone.get("/account").await.page().hidden("csrf").remove(0);
    let mut foreign = phone.clone().with("origin", "https://evil.test");
    let mut all = fields.to_vec();
    all.push(("csrf", &csrf));
    assert_eq!(foreign.post("/scan", &all).await.page().status, StatusCode::FORBIDDEN);
    assert!(screen.renew(&mut browser).await.has("qr-code"));
    for garbage in ["", "x", &"a".repeat(200)] {
        assert_eq!(told(&phone.get(&format!("/scan?code={garbage}")).await.page()), "over");
    }
    node.close().await;
}

#[tokio::test]
async fn codes_are_limited_by_address_and_answers_by_account() {
    let node = TestNode::with(&[("accounts.limits.address_scans", "3"), ("accounts.limits.account_scans", "2")]).await;
    let wang = node.person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let mut browser = node.browser();
    let mut screens = Vec::new();
    for _ in 0..3 {
        screens.push(Screen::of(&mut browser, "/sign-in/scan").await);
    }
    let page = browser.get("/sign-in/scan").await.page();
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    let mut answers = Vec::new();
    for screen in &screens {
        answers.push(told(&answer(&mut phone, screen, &[("decision", "refuse")]).await));
    }
    assert_eq!(answers, ["refused", "refused", "too-many"]);
    node.pass(minutes(16));
    Screen::of(&mut browser, "/sign-in/scan").await;
    node.close().await;
}

#[tokio::test]
async fn who_wants_to_be_always_asked_is_asked_here_too() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut phone = phone_of(&node, &wang).await;
    let app = wang.set_up_authenticator(&node).await;
    wang.wants_to_be_always_asked(&node).await;
    node.pass(seconds(30));
    let mut browser = node.browser();
    let screen = Screen::of(&mut browser, "/sign-in/scan").await;
    approve(&mut phone, &screen).await;
    let page = screen.renew(&mut browser).await;
    let page = browser.submit(&page, "scan-continue", &[]).await.page();
    assert!(browser.session_cookie().is_none());
    let code = app.code(&node);
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &code)]).await.page().must_have("account");
    node.close().await;
}
