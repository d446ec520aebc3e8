//! The second factor on the way into a session, and as a step-up in one: what is shown adds up, nothing can be skipped, and
//! no session stands higher than what was shown in it.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::base::Secret;
use serde_json::json;

use crate::support::span::{minutes, seconds};
use crate::support::{Authenticator, Browser, Page, Person, Request, TestNode};

const L2: &str = "urn:hufu:acr:l2";
const L3: &str = "urn:hufu:acr:l3";

/// A person with a name at l2, an authenticator app, and the wish to be always asked.
async fn careful_person(node: &TestNode, name: &str) -> (Person, Authenticator) {
    let person = node.verified_person(name).await;
    let app = person.set_up_authenticator(node).await;
    person.wants_to_be_always_asked(node).await;
    node.pass(seconds(30));
    (person, app)
}

/// The password is right: the page that asks for the second factor.
async fn first_factor(browser: &mut Browser, person: &Person) -> Page {
    let page = browser.get("/sign-in").await.page();
    let page = browser.log_in(&page, person).await.page();
    page.must_have("otp-form");
    page
}

/// What the node believes of the browser's session: methods and cap.
async fn session_of(node: &TestNode, person: &Person) -> Option<(Vec<String>, i32)> {
    let sessions = node.app.sessions.list(&person.id).await.unwrap();
    assert!(sessions.len() <= 1);
    sessions.into_iter().next().map(|session| (session.amr, session.strength))
}

#[tokio::test]
async fn who_wants_to_be_asked_has_no_session_before_both_factors_are_shown() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    assert!(browser.session_cookie().is_none());
    assert_eq!(session_of(&node, &wang).await, None);
    assert_eq!(browser.get("/account").await.page().path, "/sign-in", "the account centre is closed");
    let page = browser.submit(&page, "otp-form", &[("code", &app.wrong_code(&node))]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.session_cookie().is_none());
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("account");
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into(), "otp".into()], 3)));
    node.close().await;
}

#[tokio::test]
async fn the_way_to_a_service_leads_over_the_second_factor_and_cannot_leave_it_out() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters);
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("otp-form");
    // Going on with the flow, or asking silently, is as if nobody had signed in.
    let flow = page.hidden("flow").remove(0);
    browser.get(&format!("/oauth2/authorize?flow={flow}")).await.page().must_have("login-form");
    let silent = browser.begin(&request.clone().with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "login_required");
    for (name, value) in [("step", "skip"), ("way", "passkey"), ("way", "password"), ("way", "sms"), ("code", "")] {
        browser.submit(&page, "otp-form", &[(name, value)]).await;
        assert!(browser.session_cookie().is_none(), "{name}={value}");
    }
    let callback = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.callback();
    let tokens = node.redeem(&matters, &request, callback.code()).await.tokens();
    assert_eq!(tokens.claims["amr"], json!(["pwd", "otp"]));
    node.close().await;
}

#[tokio::test]
async fn a_half_finished_sign_in_is_of_no_use_elsewhere_or_later() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    // Another browser that has got hold of the sealed note.
    let mut thief = node.browser();
    thief.get("/sign-in").await;
    let note = browser.cookies.iter().find(|(name, _)| name.ends_with("hufu_half")).unwrap();
    thief.cookies.insert(note.0.clone(), note.1.clone());
    thief.get("/sign-in/second").await.page().must_have("login-form");
    // Too late.
    node.pass(minutes(11));
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("login-form");
    assert!(browser.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn a_half_finished_sign_in_is_finished_once() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    let mut copy = browser.clone();
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("account");
    node.pass(seconds(30));
    let again = copy.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page();
    again.must_have("login-form");
    assert!(copy.session_cookie().is_none());
    node.close().await;
}

#[tokio::test]
async fn what_happens_to_the_account_meanwhile_counts() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let (li, lis_app) = careful_person(&node, "lina").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    wang.set_state(&node, AccountState::Locked).await;
    let landed = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page();
    assert!(browser.session_cookie().is_none(), "locked: {}", landed.html);
    let mut hers = node.browser();
    let page = first_factor(&mut hers, &li).await;
    let person = node.app.accounts.find(&li.id).await.unwrap();
    let device = hufu::session::Device::default();
    let at = hufu::signon::At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
    node.pass(seconds(1));
    let change = (&Secret::new(li.password.clone()), &Secret::new("another-tally-2027"));
    node.app.signon.change_password(&person, change, &at).await.unwrap();
    hers.submit(&page, "otp-form", &[("code", &lis_app.code(&node))]).await.page().must_have("login-form");
    assert!(hers.session_cookie().is_none(), "the password has changed");
    node.close().await;
}

#[tokio::test]
async fn a_code_is_good_for_its_owner_and_once() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let (li, lis_app) = careful_person(&node, "lina").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    let code = app.code(&node);
    let foreign = browser.submit(&page, "otp-form", &[("code", &lis_app.code(&node))]).await.page();
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("account");
    let mut again = node.browser();
    let page = first_factor(&mut again, &wang).await;
    let page = again.submit(&page, "otp-form", &[("code", &code)]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "used up");
    let mut hers = node.browser();
    let page = first_factor(&mut hers, &li).await;
    hers.submit(&page, "otp-form", &[("code", &lis_app.code(&node))]).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn the_same_code_side_by_side_lets_one_in() {
    let node = std::sync::Arc::new(TestNode::start().await);
    let (wang, app) = careful_person(&node, "wangming").await;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let mut browser = node.browser();
        let page = first_factor(&mut browser, &wang).await;
        let (node, app) = (node.clone(), app.clone());
        all.spawn(async move {
            let code = app.code(&node);
            browser.submit(&page, "otp-form", &[("code", &code)]).await.page().has("account")
        });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|let_in| *let_in).count(), 1);
    std::sync::Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn codes_cannot_be_guessed_by_trying() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    for round in 0..2 {
        // A new sign-in does not begin the count anew.
        let mut browser = node.browser();
        let page = first_factor(&mut browser, &wang).await;
        for number in 0..3 {
            let page = browser.submit(&page, "otp-form", &[("code", &app.wrong_code(&node))]).await.page();
            let last = round == 1 && number == 2;
            let wanted = if last { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
            assert_eq!(page.status, wanted, "{round} {number}");
        }
    }
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    let page = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page();
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "also the right one");
    node.pass(minutes(16));
    let page = first_factor(&mut browser, &wang).await;
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn the_node_can_ask_everybody_who_has_a_second_factor() {
    let node = TestNode::with(&[("factors.second_factor", "when_held")]).await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    node.browser().sign_in(&li).await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn a_recovery_code_stands_in_once() {
    let node = TestNode::start().await;
    let (wang, _) = careful_person(&node, "wangming").await;
    let mut tx = node.app.store.begin().await.unwrap();
    let codes = node.app.factors.make_recovery_codes(&mut tx, &wang.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(codes.len(), 10);
    for left in [true, false] {
        let mut browser = node.browser();
        let page = browser.get("/sign-in").await.page();
        let page = browser.log_in(&page, &wang).await.page();
        let page = browser.submit(&page, "second-factor-form", &[("way", "recovery")]).await.page();
        let typed = codes[0].expose().to_uppercase();
        let page = browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &typed)]).await.page();
        assert_eq!(page.has("account"), left);
    }
    assert_eq!(node.app.factors.recovery_codes_left(&wang.id).await.unwrap(), Some(9));
    node.close().await;
}

#[tokio::test]
async fn a_step_up_adds_to_the_session_and_its_cookie_turns() {
    let node = TestNode::start().await;
    let seals = node.client("seals").await;
    let wang = node.verified_person("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let mut browser = node.browser();
    let before = browser.sign_in_at(&node, &seals, &wang).await;
    let cookie = browser.session_cookie().unwrap().to_owned();
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into()], 2)));
    // The account centre asks for two factors before it changes what protects the account.
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page().must_have("security");
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into(), "otp".into()], 3)));
    assert_ne!(browser.session_cookie().unwrap(), cookie);
    let mut old = node.browser();
    old.cookies.clone_from(&browser.cookies);
    old.cookies.values_mut().for_each(|value| {
        if *value == browser.session_cookie().unwrap() {
            value.clone_from(&cookie);
        }
    });
    assert_eq!(old.get("/account").await.page().path, "/sign-in", "the old cookie opens nothing");
    let after = browser.sign_in_at(&node, &seals, &wang).await;
    assert_eq!(after.claim("sid"), before.claim("sid"), "services know the same session");
    assert_eq!(after.claims["auth_time"], before.claims["auth_time"], "a further factor is no new sign-in");
    assert_eq!(node.deliver().await, 0, "and nobody was told of a logout");
    node.close().await;
}

#[tokio::test]
async fn a_service_that_demands_two_factors_is_answered_only_when_both_were_shown() {
    let node = TestNode::start().await;
    let wang = node.person_at_level_three("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let seals = node.client_with("seals", json!({"minimum_acr": L3})).await;
    let request = Request::of(&seals);
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let silent = browser.begin(&request.clone().with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "interaction_required");
    let page = browser.begin(&request).await.page();
    page.must_have("otp-form");
    assert!(!page.has("second-skip"), "a demand cannot be declined");
    let skipped = browser.submit(&page, "otp-form", &[("step", "skip"), ("code", "")]).await.page();
    skipped.must_have("otp-form");
    let flow = page.hidden("flow").remove(0);
    browser.get(&format!("/oauth2/authorize?flow={flow}")).await.page().must_have("otp-form");
    let callback = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.callback();
    let tokens = node.redeem(&seals, &request, callback.code()).await.tokens();
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), (L3, &json!(["pwd", "otp"])));
    // Whoever has no second factor cannot reach it.
    let li = node.person_at_level_three("lina").await;
    let mut hers = node.browser();
    let page = hers.begin(&request).await.page();
    let page = hers.log_in(&page, &li).await.page();
    let declined = hers.submit(page.must_have("enrol"), "enrol-decline", &[]).await.callback();
    assert_eq!(declined.error(), "unmet_authentication_requirements");
    node.close().await;
}

#[tokio::test]
async fn what_was_shown_long_ago_does_not_add_up() {
    let node = TestNode::start().await;
    let wang = node.person_at_level_three("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    let seals = node.client_with("seals", json!({"minimum_acr": L3})).await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    for _ in 0..2 {
        node.pass(minutes(20));
        browser.get("/account").await.page().must_have("account");
        let client = node.client("matters").await;
        browser.begin(&Request::of(&client)).await.callback();
    }
    // The step-up page by itself is of no use either.
    browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.begin(&Request::of(&seals)).await.page();
    let page = browser.log_in(page.must_have("login-form"), &wang).await.page();
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await.callback().code();
    // A password alone, long after: the session stands as high as that and no higher.
    node.pass(minutes(20));
    browser.begin(&Request::of(&seals)).await.callback().code();
    node.pass(minutes(20));
    let page = browser.begin(&Request::of(&seals).with("prompt", "login")).await.page();
    browser.log_in(&page, &wang).await.page().must_have("otp-form");
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into()], 2)));
    let silent = browser.begin(&Request::of(&seals).with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "interaction_required");
    node.close().await;
}

#[tokio::test]
async fn a_wish_for_two_factors_may_be_declined() {
    let node = TestNode::start().await;
    let wang = node.person_at_level_three("wangming").await;
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let matters = node.client("matters").await;
    let request = Request::of(&matters).with("acr_values", &format!("{L3} {L2}"));
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let callback = browser.submit(&page, "second-skip", &[("step", "skip")]).await.callback();
    assert_eq!(node.redeem(&matters, &request, callback.code()).await.tokens().claim("acr"), L2);
    let page = browser.begin(&request).await.page();
    let callback = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.callback();
    assert_eq!(node.redeem(&matters, &request, callback.code()).await.tokens().claim("acr"), L3);
    node.close().await;
}

#[tokio::test]
async fn an_abandoned_half_does_not_stand_in_anothers_way() {
    let node = TestNode::start().await;
    let (wang, app) = careful_person(&node, "wangming").await;
    let li = node.person("lina").await;
    let mut browser = node.browser();
    let page = first_factor(&mut browser, &wang).await;
    browser.sign_in(&li).await;
    let landed = browser.submit(&page, "otp-form", &[("code", &app.code(&node))]).await.page();
    landed.must_have("login-form");
    assert_eq!(session_of(&node, &wang).await, None);
    assert!(session_of(&node, &li).await.is_some());
    node.close().await;
}
