//! Closing the account: what ends at once, what can be taken back and by whom, and what is left.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::base::Secret;
use hufu::messages::NoticeKind;

use super::{node, told, verify_mobile};
use crate::support::span::{hours, minutes};
use crate::support::{Browser, DAY, Page, Person, Request, TestNode};

/// Asks for the closing, as its owner does.
async fn close(browser: &mut Browser) -> Page {
    let page = browser.get("/account/close").await.page();
    browser.submit(page.must_have("close-form"), "close-form", &[("decision", "close")]).await.page()
}

async fn state(node: &TestNode, person: &Person) -> AccountState {
    node.app.accounts.changed(&person.id);
    node.app.accounts.find(&person.id).await.unwrap().state
}

/// Signs in with name and password: the page.
async fn sign_in(browser: &mut Browser, person: &Person) -> Page {
    let page = browser.get("/sign-in").await.page();
    browser.log_in(&page, person).await.page()
}

#[tokio::test]
async fn everything_ends_at_once_and_nobody_signs_in_while_it_waits() {
    let node = node().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &wang).await;
    verify_mobile(&node, &mut browser, &wang).await;
    let mut phone = node.browser();
    phone.sign_in(&wang).await;
    // The verified number is a second factor: it is shown first.
    let page = browser.get("/account/close").await.page();
    assert!(page.has("second-factor-form") || page.has("otp-form"), "{}", page.html);
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    node.app.signon.set_always_asks(&account, false).await.unwrap();
    step_up(&node, &mut browser, &wang).await;
    close(&mut browser).await.must_have("closing-asked");
    assert_eq!(state(&node, &wang).await, AccountState::Closing);
    assert!(!node.is_active(&matters, &tokens.access).await, "tokens");
    phone.get("/account").await.page().must_have("login-form");
    assert_eq!(node.deliver().await, 3, "the service is told, and the person, of this and of the phone");
    assert_eq!(told(&node, &wang.mobile, "notice_closing_asked"), 1);
    // Whoever has the password sees the one choice and nothing else; who has not sees what everybody sees.
    let page = sign_in(&mut browser, &wang).await;
    page.must_have("closing-waiting").must_have("closing-cancel");
    assert!(browser.session_cookie().is_none());
    let mut thief = node.browser();
    let page = thief.get("/sign-in").await.page();
    let wrong = [("username", wang.username.as_str()), ("password", "guess")];
    let page = thief.submit(&page, "login-form", &wrong).await.page();
    assert!(page.has("login-form") && !page.has("closing"), "a guess tells nothing");
    // On the way to a service no code comes out of it.
    let mut other = node.browser();
    let page = other.begin(&Request::of(&matters)).await.page();
    other.log_in(&page, &wang).await.page().must_have("closing-waiting");
    // The last word goes to the number that was hers.
    node.pass(DAY * 15 + hours(1));
    assert_eq!(node.app.centre.close_due().await.unwrap(), 1);
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_closed"), 1);
    node.close().await;
}

/// Shows the second factor that the account has: the verified number.
async fn step_up(node: &TestNode, browser: &mut Browser, person: &Person) {
    node.pass(minutes(2));
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.submit(&page, "second-factor-form", &[("way", "sms")]).await.page();
    let code = super::code_to(node, &person.mobile).unwrap();
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &code)]).await.page();
}

#[tokio::test]
async fn its_owner_takes_it_back_in_the_browser_that_has_shown_who_it_is() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    close(&mut browser).await.must_have("closing-asked");
    let page = sign_in(&mut browser, &wang).await;
    let ticket = page.hidden("ticket").remove(0);
    // Another browser with the ticket; a changed one; one that has waited too long.
    let mut thief = node.browser();
    let foreign = thief.get("/sign-in").await.page().hidden("csrf").remove(0);
    let fields = [("csrf", foreign.as_str()), ("ticket", ticket.as_str()), ("decision", "cancel")];
    thief.post("/sign-in/closing", &fields).await.page().must_have("closing-over");
    assert_eq!(state(&node, &wang).await, AccountState::Closing);
    browser.submit(&page, "closing-form", &[("decision", "leave")]).await.page();
    assert_eq!(state(&node, &wang).await, AccountState::Closing, "leaving changes nothing");
    node.pass(minutes(11));
    browser.submit(&page, "closing-form", &[("decision", "cancel")]).await.page().must_have("closing-over");
    let page = sign_in(&mut browser, &wang).await;
    browser.submit(&page, "closing-form", &[("decision", "cancel")]).await.page().must_have("closing-cancelled");
    assert_eq!(state(&node, &wang).await, AccountState::Active);
    assert_eq!(wang.was_told(&node).await[..2], [NoticeKind::ClosingCancelled, NoticeKind::ClosingAsked]);
    browser.submit(&page, "closing-form", &[("decision", "cancel")]).await.page().must_have("closing-over");
    browser.sign_in(&wang).await;
    node.pass(DAY * 16);
    assert_eq!(node.app.centre.close_due().await.unwrap(), 0, "what was taken back is not done");
    assert_eq!(state(&node, &wang).await, AccountState::Active);
    node.close().await;
}

#[tokio::test]
async fn when_it_is_due_the_person_is_gone_and_can_register_anew_as_somebody_else() {
    let node = node().await;
    let matters = node.client_with("matters", serde_json::json!({"subject_type": "pairwise"})).await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let before = browser.sign_in_at(&node, &matters, &wang).await;
    let before = node.app.provider.userinfo(&before.access).await.map(|_| before).unwrap();
    let old_subject = subject(&node, &before.access).await;
    close(&mut browser).await.must_have("closing-asked");
    node.deliver().await;
    node.pass(DAY * 14);
    assert_eq!(node.app.centre.close_due().await.unwrap(), 0, "not before its time");
    node.pass(DAY + hours(1));
    node.app.sweeper.run_chores().await.unwrap();
    assert_eq!(state(&node, &wang).await, AccountState::Closed);
    assert_eq!(node.deliver().await, 1, "the service is told once more");
    let left = node.app.accounts.find(&wang.id).await.unwrap();
    assert!(left.username.is_empty() && left.mobile.is_none() && left.real_name.is_none());
    let page = sign_in(&mut node.browser(), &wang).await;
    assert!(page.has("login-form") && !page.has("closing"), "the name is nobody's");
    // The same user name, number and document, and another person to every service.
    let password = Secret::new(wang.password.clone());
    let wish = hufu::accounts::Registration {
        username: &wang.username,
        mobile: Some(&wang.mobile),
        password: &password,
        locale: "zh-CN",
        address: "test",
    };
    let again = node.app.accounts.register(&wish).await.unwrap();
    node.app.verifier.verify(&again, &wang.name, &wang.number).await.unwrap();
    assert_ne!(again.id, wang.id);
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    assert_ne!(subject(&node, &tokens.access).await, old_subject, "an identifier is never given out again");
    node.close().await;
}

async fn subject(node: &TestNode, access: &str) -> String {
    match node.app.provider.userinfo(access).await {
        Ok(hufu::oidc::userinfo::UserInfo::Json(claims)) => claims["sub"].as_str().unwrap().to_owned(),
        _ => panic!("UserInfo answers"),
    }
}

#[tokio::test]
async fn who_represents_a_company_says_so_and_its_agents_end_with_the_account() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let company = node.company(&wang).await;
    let li = node.verified_person("lina").await;
    node.appoint(&company, &li, "", 30).await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/account/close").await.page();
    assert!(page.must_have("close-companies").html.contains(&company.name), "it is told which");
    let refused = browser.submit(&page, "close-form", &[("decision", "close")]).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_have("companies-left");
    assert_eq!(state(&node, &wang).await, AccountState::Active);
    let fields = [("decision", "close"), ("companies", "end")];
    browser.submit(&page, "close-form", &fields).await.page().must_have("closing-asked");
    assert_eq!(node.app.entities.standings(&li.id).await.unwrap().len(), 1, "while it waits nothing of it ends");
    node.pass(DAY * 15 + hours(1));
    assert_eq!(node.app.centre.close_due().await.unwrap(), 1);
    assert!(node.app.entities.standings(&li.id).await.unwrap().is_empty());
    // The company is free for whomever the register names.
    let mandates = node.app.entities.mandates(&company.id).await.unwrap();
    assert!(mandates.iter().all(|mandate| mandate.ended_at.is_some()), "and who acted stays on record");
    node.close().await;
}

#[tokio::test]
async fn an_account_that_an_administrator_has_unlocked_is_not_closed() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    close(&mut browser).await.must_have("closing-asked");
    wang.set_state(&node, AccountState::Active).await;
    node.pass(DAY * 16);
    assert_eq!(node.app.centre.close_due().await.unwrap(), 0);
    assert_eq!(state(&node, &wang).await, AccountState::Active);
    // And it can be asked for again.
    browser.sign_in(&wang).await;
    close(&mut browser).await.must_have("closing-asked");
    node.close().await;
}
