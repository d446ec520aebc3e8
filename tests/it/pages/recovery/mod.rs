//! Recovery of an account: its owner comes back by two independent ways and a wait; nobody else does, and nobody learns whether
//! there is an account.

mod appeals;
mod attacks;
mod limits;
mod owner;

use crate::support::span::seconds;
use crate::support::{Authenticator, Browser, Page, Person, TestNode};

const NEW: &str = "brought-back-2027";

async fn node() -> TestNode {
    TestNode::with(&[
        ("messages.local", "true"),
        ("accounts.limits.document_ways", "100"),
        ("accounts.limits.challenge_recoveries_after", "100"),
    ])
    .await
}

/// The last message of this kind that went to a number.
fn message(node: &TestNode, mobile: &str, template: &str) -> Option<String> {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().find(|sent| sent.to == mobile && sent.template == template).map(|sent| sent.text)
}

fn code_to(node: &TestNode, mobile: &str) -> Option<String> {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().filter(|sent| sent.to == mobile).find_map(|sent| sent.code)
}

/// The code in the message that tells of a recovery.
async fn cancel_code(node: &TestNode, mobile: &str) -> String {
    node.deliver().await;
    let text = message(node, mobile, "notice_recovery_begun").expect("she is told");
    text[text.len() - 11..].to_owned()
}

/// A person with a confirmed name and an authenticator app.
async fn with_app(node: &TestNode, name: &str) -> (Person, Authenticator) {
    let person = node.verified_person(name).await;
    let app = person.set_up_authenticator(node).await;
    node.pass(seconds(30));
    (person, app)
}

/// A person with a confirmed name and a verified mobile number.
async fn with_mobile(node: &TestNode, name: &str) -> Person {
    let person = node.verified_person(name).await;
    let account = node.app.accounts.find(&person.id).await.unwrap();
    let number = hufu::realname::MobileNumber::parse(&person.mobile).unwrap();
    let device = hufu::session::Device::default();
    node.app.signon.set_mobile(&account, &number, &device).await.unwrap();
    node.deliver().await;
    person
}

/// Name and document are typed.
async fn identify(browser: &mut Browser, name: &str, number: &str) -> Page {
    let page = browser.get("/recover").await.page();
    browser.submit(&page, "recover-form", &[("name", name), ("document_number", number)]).await.page()
}

/// A way with a code is chosen and shown.
async fn show(browser: &mut Browser, page: &Page, way: &str, code: &str) -> Page {
    let page = browser.submit(page.must_have("recover-ways"), "recover-ways", &[("way", way)]).await.page();
    browser.submit(&page, "otp-form", &[("code", code)]).await.page()
}

/// A code to a number is asked for.
async fn ask_code(browser: &mut Browser, page: &Page, mobile: &str) -> Page {
    let page = browser.submit(page, "recover-ways", &[("way", "mobile")]).await.page();
    let page = browser.submit(&page, "mobile-form", &[("mobile", mobile)]).await.page();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    page
}

/// The application is handed in: the recovery code.
async fn apply(browser: &mut Browser, page: &Page) -> String {
    let page = browser.submit(page.must_have("recover-apply"), "recover-apply", &[]).await.page();
    page.must_have("recover-begun").text("recover-code")
}

/// The account's owner applies, by her app.
async fn begin(node: &TestNode, person: &Person, app: &Authenticator) -> String {
    let mut browser = node.browser();
    let page = identify(&mut browser, &person.name, &person.number).await;
    let page = show(&mut browser, &page, "totp", &app.code(node)).await;
    apply(&mut browser, &page).await
}

/// The code is typed where one goes on.
async fn look(browser: &mut Browser, code: &str) -> Page {
    let page = browser.get("/recover/status").await.page();
    browser.submit(&page, "recover-code-form", &[("code", code)]).await.page()
}

async fn set_password(browser: &mut Browser, page: &Page, password: &str) -> Page {
    let fields = [("password", password), ("password_again", password)];
    browser.submit(page.must_have("password-form"), "password-form", &fields).await.page()
}

/// Whether somebody signs in with this password.
async fn signs_in(node: &TestNode, person: &Person, password: &str) -> bool {
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let fields = [("username", person.username.as_str()), ("password", password)];
    browser.submit(&page, "login-form", &fields).await.page();
    browser.session_cookie().is_some()
}

/// What a person sees, without what differs by chance.
fn seen(page: &Page, person: [&str; 2]) -> String {
    let mut text = page.html.replace(person[0], "NAME").replace(person[1], "NUMBER");
    for name in ["csrf", "application", "challenge"] {
        for chance in page.hidden(name).into_iter().filter(|value| !value.is_empty()) {
            text = text.replace(&chance, &format!("CHANCE of {}", chance.len()));
        }
    }
    let quoted = |mark: &str, text: &str| -> Vec<String> {
        text.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    for mark in ["nonce=\"", "data-options=\""] {
        for chance in quoted(mark, &text) {
            text = text.replace(&chance, "CHANCE");
        }
    }
    text
}
