//! Security of the account: factors are added and removed by whoever shows what protects the account, and by nobody else.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};

use crate::support::span::{minutes, seconds};
use crate::support::{Authenticator, Browser, Person, Request, TestNode};

/// Sets up an app by the page, as a person does.
async fn set_up(node: &TestNode, browser: &mut Browser) -> Authenticator {
    let page = browser.get("/account/security/totp").await.page();
    let app = Authenticator::of(&page.must_have("totp-setup").text("totp-secret"));
    assert!(page.html.contains("<path d=\"M"), "a QR code is drawn");
    let page = browser.submit(&page, "totp-setup", &[("code", &app.code(node)), ("label", "手机")]).await.page();
    page.must_have("security");
    assert!(page.html.contains("手机"));
    app
}

/// Signs in by password, and shows the app's code where it is asked for.
async fn step_up(node: &TestNode, browser: &mut Browser, app: &Authenticator) {
    node.pass(seconds(30));
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    browser
        .submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(node))])
        .await
        .page()
        .must_have("security");
}

async fn signed_in(node: &TestNode, name: &str) -> (Person, Browser) {
    let person = node.person(name).await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    (person, browser)
}

#[tokio::test]
async fn an_app_is_added_only_when_it_shows_the_code_of_its_own_secret() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let page = browser.get("/account/security/totp").await.page();
    let app = Authenticator::of(&page.text("totp-secret"));
    let refused = browser.submit(&page, "totp-setup", &[("code", &app.wrong_code(&node))]).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("id=\"label\" name=\"label\" type=\"text\" value=\"\""), "no name was typed");
    assert_eq!(refused.text("totp-secret"), page.text("totp-secret"), "the same secret again");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty());
    // A secret that was made for somebody else.
    let (li, mut lis) = signed_in(&node, "lina").await;
    let own = lis.get("/account/security/totp").await.page();
    let csrf = own.hidden("csrf").remove(0);
    let setup = page.hidden("setup").remove(0);
    let fields = [("csrf", csrf.as_str()), ("setup", &setup), ("code", &app.code(&node))];
    lis.post("/account/security/totp", &fields).await.page();
    assert!(node.app.factors.list(&li.id).await.unwrap().is_empty());
    // Too late.
    node.pass(minutes(31));
    browser.submit(&page, "totp-setup", &[("code", &app.code(&node))]).await.page();
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty());
    node.close().await;
}

/// What a route of a signed-in person does for whoever has only the password of an account with a second factor.
enum Guard {
    /// The second factor is asked first.
    Asked,
    /// It needs none, and why.
    Free(&'static str),
}

use Guard::{Asked, Free};

/// A route, what is posted there, and how it is guarded.
type Guarded = (&'static str, &'static [(&'static str, &'static str)], Guard);

/// Every route that takes a form of somebody signed in, and what a thief posts there. The list of routes is the router's own:
/// one without a line here fails the test.
const GUARDED: &[Guarded] = &[
    (
        "/account/password",
        &[
            ("current_password", "tiger-tally-2026"),
            ("password", "taken-over-2027"),
            ("password_again", "taken-over-2027"),
        ],
        Asked,
    ),
    ("/account/recovery", &[("decision", "cancel")], Asked),
    ("/account/merge", &[("decision", "wish")], Asked),
    ("/account/security/passkey", &[("credential", "{}")], Asked),
    ("/account/security/totp", &[("setup", "x"), ("code", "1")], Asked),
    ("/account/security/recovery", &[], Asked),
    ("/account/security/recovery/file", &[("codes", "x")], Asked),
    ("/account/security/mobile", &[("mobile", "13900000000")], Asked),
    ("/account/security/remove", &[("factor", "FACTOR")], Asked),
    ("/account/security/rename", &[("factor", "FACTOR"), ("label", "x")], Asked),
    ("/account/security/always-ask", &[("always", "no")], Asked),
    ("/account/security/distrust", &[("device", "x")], Free("taking trust back widens nothing")),
    ("/account/sessions/end", &[("which", "none")], Free("ending sessions widens nothing")),
    ("/account/consents/withdraw", &[("client_id", "x")], Free("withdrawing widens nothing, and is as easy as giving")),
    ("/account/data/show", &[("item", "identity_number")], Asked),
    ("/account/data/export", &[], Asked),
    ("/account/corrections", &[("item", "name"), ("wish", "x")], Free("a wish that an operator decides")),
    ("/account/username", &[("username", "taken.over")], Asked),
    ("/account/close", &[("decision", "close")], Asked),
    ("/account/guardian", &[("answer", "accept"), ("guardianship", "x")], Asked),
    ("/account/companies", &[("uscc", "x"), ("company_name", "x")], Asked),
    ("/account/companies/application", &[("uscc", "x"), ("which", "withdraw")], Asked),
    ("/account/companies/invitation", &[("code", "x"), ("answer", "accept")], Asked),
    ("/account/companies/prefer", &[("company", "self")], Free("only which identity is offered first")),
    ("/account/companies/agents", &[("company", "x"), ("agent_name", "张三"), ("valid_until", "2027-01-01")], Asked),
    ("/account/companies/revoke", &[("mandate", "x")], Asked),
    ("/upstream/activate", &[], Free("taking into use what a sign-in above has made widens nothing")),
    ("/real-name", &[("name", "秦磊"), ("document_number", "379965199011243615")], Asked),
];

/// Attack: somebody has learnt the password of an account with a second factor.
#[tokio::test]
async fn whoever_has_only_the_password_changes_nothing_once_there_is_a_second_factor() {
    use crate::routes::{For, ROUTES};
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let app = set_up(&node, &mut browser).await;
    let id = node.app.factors.list(&wang.id).await.unwrap()[0].id.0.clone();
    let mut thief = node.browser();
    thief.sign_in(&wang).await;
    let signed_in = |(_, path, get, post): &&crate::routes::Line| {
        *post == Some(For::OwnForm) && (path.starts_with("/account") || *get == Some(For::SignedIn))
    };
    let routes: BTreeSet<&str> = ROUTES.iter().filter(signed_in).map(|(_, path, ..)| *path).collect();
    let listed: BTreeSet<&str> = GUARDED.iter().map(|(path, ..)| *path).collect();
    assert_eq!(routes, listed, "every route of a signed-in person has its line");
    let csrf = thief.get("/account/security").await.page().hidden("csrf").remove(0);
    for (path, fields, guard) in GUARDED {
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields.iter().map(|(name, value)| (*name, if *value == "FACTOR" { id.as_str() } else { *value })));
        let page = thief.post(path, &all).await.page();
        match guard {
            Asked => assert!(page.has("otp-form"), "{path}: {} {}", page.path, page.status),
            Free(why) => assert!(!page.has("otp-form") && !why.is_empty(), "{path}"),
        }
    }
    for path in
        ["/account/security/totp", "/account/security/mobile", "/account/password", "/account/close", "/real-name"]
    {
        thief.get(path).await.page().must_have("otp-form");
    }
    assert_eq!(node.app.factors.list(&wang.id).await.unwrap().len(), 1);
    assert_eq!(node.app.factors.recovery_codes_left(&wang.id).await.unwrap(), None);
    let account = node.account(&wang).await;
    assert!(account.real_name.is_none() && account.username == wang.username, "{}", account.username);
    // Her own removal, after the step-up.
    step_up(&node, &mut browser, &app).await;
    let page = browser.get("/account/security").await.page();
    let csrf = page.hidden("csrf").remove(0);
    browser
        .post("/account/security/remove", &[("csrf", csrf.as_str()), ("factor", &id)])
        .await
        .page()
        .must_have("security");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty());
    node.close().await;
}

/// Whoever has shown the factor goes on with what she was about.
#[tokio::test]
async fn a_step_up_leads_back_to_what_it_was_asked_for() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let app = set_up(&node, &mut browser).await;
    let mut fresh = node.browser();
    fresh.sign_in(&wang).await;
    node.pass(seconds(30));
    let page = fresh.get("/account/password").await.page();
    let page = fresh.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await.page();
    assert_eq!(page.path, "/account/password");
    let fields = [
        ("current_password", wang.password.as_str()),
        ("password", "her-own-2027"),
        ("password_again", "her-own-2027"),
    ];
    fresh.submit(page.must_have("password-form"), "password-form", &fields).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn nobody_removes_anothers_factor() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    set_up(&node, &mut browser).await;
    let id = node.app.factors.list(&wang.id).await.unwrap()[0].id.0.clone();
    let (_, mut lis) = signed_in(&node, "lina").await;
    let csrf = lis.get("/account/security").await.page().hidden("csrf").remove(0);
    lis.post("/account/security/remove", &[("csrf", csrf.as_str()), ("factor", &id)]).await.page();
    assert_eq!(node.app.factors.list(&wang.id).await.unwrap().len(), 1);
    node.close().await;
}

#[tokio::test]
async fn recovery_codes_are_shown_once_and_come_as_a_file() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let app = set_up(&node, &mut browser).await;
    step_up(&node, &mut browser, &app).await;
    let page = browser.get("/account/security").await.page();
    let shown = browser.submit(&page, "make-recovery-codes", &[]).await.page();
    let list = shown.must_have("recovery-codes").html.split("id=\"recovery-codes\"").nth(1).unwrap().to_owned();
    let codes: Vec<String> = list.split("<li class=\"code\">").skip(1).map(|rest| rest[..11].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    let file = browser.submit(&shown, "recovery-file", &[]).await.page();
    assert_eq!(file.html.lines().collect::<Vec<_>>(), codes);
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    let sealed = shown.hidden("codes").remove(0);
    let (_, mut lis) = signed_in(&node, "lina").await;
    let csrf = lis.get("/account/security").await.page().hidden("csrf").remove(0);
    let hers = lis.post("/account/security/recovery/file", &[("csrf", csrf.as_str()), ("codes", &sealed)]).await.page();
    assert!(!hers.html.contains(&codes[0]), "another person's page");
    let page = browser.get("/account/security").await.page();
    assert!(!page.html.contains(&codes[0]) && page.must_have("recovery-left").html.contains("10"));
    // A new set ends the old one.
    browser.submit(&page, "make-recovery-codes", &[]).await.page().must_have("recovery-codes");
    wang.wants_to_be_always_asked(&node).await;
    let mut elsewhere = node.browser();
    let page = elsewhere.get("/sign-in").await.page();
    let page = elsewhere.log_in(&page, &wang).await.page();
    let page = elsewhere.submit(&page, "second-factor-form", &[("way", "recovery")]).await.page();
    let page = elsewhere.submit(&page, "otp-form", &[("code", &codes[0])]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    node.close().await;
}

#[tokio::test]
async fn a_trusted_browser_is_not_asked_by_policy_until_trust_ends() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let app = set_up(&node, &mut browser).await;
    wang.wants_to_be_always_asked(&node).await;
    node.pass(seconds(30));
    let first = async |browser: &mut Browser| {
        let page = browser.get("/sign-in").await.page();
        browser.log_in(&page, &wang).await.page()
    };
    let mut home = node.browser();
    let page = first(&mut home).await;
    assert!(page.has("trust"));
    home.submit(&page, "otp-form", &[("code", &app.code(&node)), ("trust", "yes")]).await.page().must_have("account");
    home.sign_out().await;
    first(&mut home).await.must_have("account");
    let session = node.app.sessions.list(&wang.id).await.unwrap().remove(0);
    assert_eq!(session.strength, 2, "trust adds nothing to what was shown");
    // Another browser, and another person in this one.
    first(&mut node.browser()).await.must_have("otp-form");
    // Trust ends: taken back, by time, by a new password.
    let page = home.get("/account/security").await.page();
    let device = page.hidden("device").remove(0);
    let csrf = page.hidden("csrf").remove(0);
    home.post("/account/security/distrust", &[("csrf", csrf.as_str()), ("device", &device)]).await.page();
    home.sign_out().await;
    node.pass(seconds(30));
    let page = first(&mut home).await;
    home.submit(&page, "otp-form", &[("code", &app.code(&node)), ("trust", "yes")]).await.page().must_have("account");
    home.sign_out().await;
    node.pass(minutes(30 * 24 * 60) + seconds(1));
    first(&mut home).await.must_have("otp-form");
    node.close().await;
}

#[tokio::test]
async fn a_service_that_demands_a_level_asks_a_trusted_browser_too() {
    let node = TestNode::start().await;
    let wang = node.person_at_level_three("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    wang.wants_to_be_always_asked(&node).await;
    node.pass(seconds(30));
    let seals = node.client_with("seals", serde_json::json!({"minimum_acr": "urn:hufu:acr:l3"})).await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let page = browser.log_in(&page, &wang).await.page();
    browser
        .submit(&page, "otp-form", &[("code", &app.code(&node)), ("trust", "yes")])
        .await
        .page()
        .must_have("account");
    browser.sign_out().await;
    browser.sign_in(&wang).await;
    browser.begin(&crate::support::Request::of(&seals)).await.page().must_have("otp-form");
    node.close().await;
}

/// Attack: a browser is left open. Hours after the sign-in a session widens nothing, though nothing but a password protects the
/// account.
#[tokio::test]
async fn a_session_that_is_no_longer_young_is_asked_again_before_it_widens_anything() {
    let node = TestNode::start().await;
    let (_, mut browser) = signed_in(&node, "wangming").await;
    let pages = ["/account/security/totp", "/account/security/mobile", "/account/close"];
    node.pass(minutes(20));
    for page in pages {
        assert_ne!(browser.get(page).await.page().path, "/sign-in", "{page}: young enough");
    }
    // A service keeps the session alive; nothing was shown for that.
    let matters = node.client("matters").await;
    let code = browser.begin(&Request::of(&matters)).await.callback().code().to_owned();
    node.redeem(&matters, &Request::of(&matters), &code).await.tokens();
    node.pass(minutes(11));
    browser.get("/account").await.page().must_have("account");
    for page in pages {
        let asked = browser.get(page).await.page();
        assert_eq!(asked.path, "/sign-in?why=again", "{page}");
        asked.must_have("login-form");
    }
    node.close().await;
}
