//! Recovery of an account: its owner comes back by two independent ways and a wait; nobody else does, and nobody learns whether
//! there is an account.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::base::Secret;
use hufu::realname::RealNameLevel;
use hufu::signon::AppealError;

use crate::support::span::{hours, minutes, seconds};
use crate::support::{Authenticator, Browser, Page, Person, Request, TestNode};

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

#[tokio::test]
async fn an_owner_comes_back_and_whatever_was_before_ends() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (wang, app) = with_app(&node, "wangming").await;
    let mut old = node.browser();
    let tokens = old.sign_in_at(&node, &matters, &wang).await;
    node.pass(minutes(1));
    let code = begin(&node, &wang, &app).await;
    // It waits: the code opens nothing yet, and the account goes on as it was.
    let mut browser = node.browser();
    look(&mut browser, &code).await.must_have("recover-waiting");
    node.pass(hours(71));
    look(&mut browser, &code).await.must_have("recover-waiting");
    node.pass(hours(1) + seconds(1));
    let mut again = node.browser();
    let page = again.get("/sign-in").await.page();
    again.log_in(&page, &wang).await.page().must_have("account-recovery");
    let fresh = Request::of(&matters);
    let page = again.begin(&fresh).await;
    let latest = node.redeem(&matters, &fresh, page.callback().code()).await.tokens();
    let page = look(&mut browser, &code).await;
    let refused = set_password(&mut browser, &page, "short").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    assert!(!node.is_active(&matters, &latest.access).await && !node.is_active(&matters, &tokens.access).await);
    assert_eq!(again.get("/account").await.page().path, "/sign-in", "the session has ended");
    assert!(node.deliver().await >= 1, "the service is told");
    assert!(!signs_in(&node, &wang, &wang.password).await && signs_in(&node, &wang, NEW).await);
    // The app was shown, and stays.
    assert_eq!(node.app.factors.list(&wang.id).await.unwrap().len(), 1);
    // The code is used up.
    look(&mut browser, &code).await.must_have("recover-over");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn what_was_not_shown_ends_and_the_level_is_that_of_the_proof_made_now() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    wang.raise_to(&node, 3).await;
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    let codes = node.app.signon.make_recovery_codes(&account).await.unwrap();
    node.deliver().await;
    node.pass(hours(2));
    let proven = node.now();
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = show(&mut browser, &page, "recovery_code", codes[0].expose()).await;
    let code = apply(&mut browser, &page).await;
    node.pass(hours(73));
    let page = look(&mut browser, &code).await;
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    assert_eq!(person.level(), RealNameLevel::L2, "two items prove no more");
    let clock = person.best_proof().unwrap().verified_at.seconds();
    assert!((proven..proven + 60).contains(&clock), "the proof clock is that of the proof, not of the end");
    assert!(person.mobile.is_none(), "the number was not shown");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty(), "nor the app; the codes stood in for it");
    assert!(app.code(&node).len() == 6 && signs_in(&node, &wang, NEW).await);
    node.deliver().await;
    assert!(message(&node, &wang.mobile, "notice_recovery_finished").is_some(), "the number that was hers is told");
    node.close().await;
}

/// Attack: name and number are known to many.
#[tokio::test]
async fn whoever_has_only_name_and_document_gets_nothing_and_learns_nothing() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let stranger = node.next_citizen();
    let mut answers = Vec::new();
    let cases = [
        (wang.name.as_str(), wang.number.as_str()),
        (stranger.name.as_str(), stranger.document_number.as_str()),
        ("张冠李", wang.number.as_str()),
    ];
    for (name, number) in cases {
        let mut browser = node.browser();
        let before = node.app.accounts.hashing_work();
        let page = identify(&mut browser, name, number).await;
        let mut all = vec![(page.status, seen(&page, [name, number]))];
        for (way, answer) in [("totp", "000000"), ("recovery_code", "0a1b2-c3d4e"), ("password", "tiger-tally-2025")] {
            let wrong = show(&mut browser, &page, way, answer).await;
            assert!(!wrong.has("recover-apply"), "{way}");
            all.push((wrong.status, seen(&wrong, [name, number])));
        }
        let device = browser.submit(&page, "recover-ways", &[("way", "device")]).await.page();
        all.push((device.status, seen(&device, [name, number])));
        let sent = ask_code(&mut browser, &page, "13900000000").await;
        all.push((sent.status, seen(&sent, [name, number])));
        node.pass(minutes(2));
        all.push((StatusCode::OK, (node.app.accounts.hashing_work() - before).to_string()));
        answers.push(all);
    }
    assert_eq!(answers[0], answers[1], "no account");
    assert_eq!(answers[0], answers[2], "another name");
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    assert!(app.code(&node).len() == 6);
    // A right code shows nothing under a name that does not belong to the number.
    let mut browser = node.browser();
    let page = identify(&mut browser, "张冠李", &wang.number).await;
    assert!(!show(&mut browser, &page, "totp", &app.code(&node)).await.has("recover-apply"));
    node.close().await;
}

/// Attack: the number was moved to another card.
#[tokio::test]
async fn a_number_alone_recovers_nothing_that_is_protected_by_more_and_otherwise_waits_and_can_be_cancelled() {
    let node = node().await;
    let wang = with_mobile(&node, "wangming").await;
    wang.set_up_authenticator(&node).await;
    let mut thief = node.browser();
    let page = identify(&mut thief, &wang.name, &wang.number).await;
    let page = ask_code(&mut thief, &page, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile).expect("the number is the account's");
    let page = thief.submit(&page, "otp-form", &[("code", &code)]).await.page();
    assert!(!page.has("recover-apply"), "she has an app");
    let csrf = page.hidden("csrf").remove(0);
    let application = page.hidden("application").remove(0);
    let fields = [("csrf", csrf.as_str()), ("application", &application), ("step", "apply")];
    thief.post("/recover/ways", &fields).await.page().must_have("recover-ways");
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    // Where there is nothing else it is enough, and waits the whole time; she is told there and cancels by the message.
    let li = with_mobile(&node, "lina").await;
    let page = identify(&mut thief, &li.name, &li.number).await;
    let page = ask_code(&mut thief, &page, &li.mobile).await;
    let code = code_to(&node, &li.mobile).unwrap();
    let page = thief.submit(&page, "otp-form", &[("code", &code)]).await.page();
    let claim = apply(&mut thief, &page).await;
    let cancel = cancel_code(&node, &li.mobile).await;
    node.pass(hours(71));
    look(&mut thief, &claim).await.must_have("recover-waiting");
    let mut hers = node.browser();
    let page = hers.get("/recover/cancel").await.page();
    hers.submit(&page, "cancel-form", &[("code", "zzzzz-zzzzz")]).await.page().must_have("cancel-form");
    hers.submit(&page, "cancel-form", &[("code", &cancel)]).await.page().must_have("cancel-done");
    node.pass(hours(2));
    look(&mut thief, &claim).await.must_have("recover-over");
    hers.submit(&page, "cancel-form", &[("code", &cancel)]).await.page().must_have("cancel-over");
    assert!(signs_in(&node, &li, &li.password).await);
    node.deliver().await;
    node.close().await;
}

/// Attack: a cancelled recovery is brought again, early, late and twice.
#[tokio::test]
async fn a_recovery_ends_once_and_only_in_its_time() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let code = begin(&node, &wang, &app).await;
    let recoveries = node.app.recoveries.clone();
    let finish = async |code: &str| recoveries.finish(&Secret::new(code), &Secret::new(NEW), "203.0.113.7").await;
    assert!(finish(&code).await.is_err(), "too early");
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    assert!(recoveries.cancel(&person).await.unwrap() && !recoveries.cancel(&person).await.unwrap());
    node.pass(hours(73));
    assert!(finish(&code).await.is_err(), "cancelled");
    let code = begin(&node, &wang, &app).await;
    node.pass(hours(72 + 7 * 24 + 1));
    assert!(finish(&code).await.is_err(), "too late");
    assert!(signs_in(&node, &wang, &wang.password).await);
    let code = begin(&node, &wang, &app).await;
    node.pass(hours(73));
    let (one, two) = tokio::join!(finish(&code), finish(&code));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "two at once");
    assert!(finish(&code).await.is_err(), "twice");
    node.deliver().await;
    node.close().await;
}

/// Attack: two apply side by side.
#[tokio::test]
async fn an_account_has_one_open_recovery_and_who_shows_as_much_may_cancel_it() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let mut first = node.browser();
    let page = identify(&mut first, &wang.name, &wang.number).await;
    let one = show(&mut first, &page, "totp", &app.code(&node)).await;
    node.pass(seconds(30));
    let mut second = node.browser();
    let page = identify(&mut second, &wang.name, &wang.number).await;
    let two = show(&mut second, &page, "totp", &app.code(&node)).await;
    let (left, right) =
        tokio::join!(first.submit(&one, "recover-apply", &[]), second.submit(&two, "recover-apply", &[]));
    let (left, right) = (left.page(), right.page());
    assert_eq!(usize::from(left.has("recover-begun")) + usize::from(right.has("recover-begun")), 1);
    // An application is handed in once: the same form again begins nothing.
    let (mut winner, won, mut loser, lost) =
        if left.has("recover-begun") { (first, one, second, right) } else { (second, two, first, left) };
    assert!(!winner.submit(&won, "recover-apply", &[]).await.page().has("recover-begun"));
    assert_eq!(lost.status, StatusCode::CONFLICT);
    loser.submit(lost.must_have("recover-replace"), "recover-replace", &[]).await.page();
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    node.deliver().await;
    node.close().await;
}

/// Attack: an account that may not sign in is recovered, or one that has ended meanwhile.
#[tokio::test]
async fn a_locked_closed_or_merged_account_is_not_recovered() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    for state in [AccountState::Locked, AccountState::Disabled, AccountState::Closed] {
        wang.set_state(&node, state).await;
        let mut browser = node.browser();
        let page = identify(&mut browser, &wang.name, &wang.number).await;
        assert!(!show(&mut browser, &page, "totp", &app.code(&node)).await.has("recover-apply"), "{state}");
        wang.set_state(&node, AccountState::Active).await;
        node.pass(seconds(30));
        let code = begin(&node, &wang, &app).await;
        wang.set_state(&node, state).await;
        node.pass(hours(73));
        let mut browser = node.browser();
        let page = look(&mut browser, &code).await;
        set_password(&mut browser, &page, NEW).await.must_have("recover-over");
        let account = node.app.accounts.find(&wang.id).await.unwrap();
        assert_eq!(account.state, state, "it does not come back by this");
        assert!(node.app.recoveries.cancel(&account).await.unwrap());
        wang.set_state(&node, AccountState::Active).await;
        assert!(signs_in(&node, &wang, &wang.password).await);
        node.pass(minutes(1));
    }
    node.deliver().await;
    node.close().await;
}

/// Attack: a session was stolen, or a password. Neither has the document or another way; and a password alone does not cancel.
#[tokio::test]
async fn a_signed_in_browser_is_told_at_once_cancels_by_what_protects_the_account_and_gains_nothing() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (wang, app) = with_app(&node, "wangming").await;
    let mut hers = node.browser();
    hers.sign_in(&wang).await;
    begin(&node, &wang, &app).await;
    hers.get("/account").await.page().must_have("recovery-banner");
    // The next sign-in leads over it, on the way to a service, too.
    let mut other = node.browser();
    let request = Request::of(&matters);
    let page = other.begin(&request).await.page();
    let page = other.log_in(&page, &wang).await.page();
    let kept = other.submit(page.must_have("recovery-keep"), "recovery-keep", &[]).await.callback();
    assert!(!kept.code().is_empty(), "and on to the service");
    // A password alone does not cancel: whoever has no more would keep the owner out for ever.
    let mut with_password = node.browser();
    let page = with_password.get("/sign-in").await.page();
    let page = with_password.log_in(&page, &wang).await.page();
    with_password.submit(page.must_have("recovery-cancel"), "recovery-cancel", &[]).await.page().must_have("otp-form");
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_some());
    node.pass(seconds(30));
    let page = hers.get("/account/recovery").await.page();
    let page = hers.submit(&page, "recovery-cancel", &[]).await.page();
    let page = hers.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await.page();
    hers.submit(page.must_have("recovery-cancel"), "recovery-cancel", &[]).await.page().must_have("recovery-none");
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    let notices = hers.get("/account/notices").await.page();
    assert!(notices.html.contains("有人申请找回这个账号") && notices.html.contains("找回账号的申请已取消"));
    // The thief's own way: no document, no other way.
    let mut thief = hers.clone();
    let page = identify(&mut thief, "张冠李", &wang.number).await;
    let page = thief.submit(&page, "recover-ways", &[("way", "device")]).await.page();
    assert!(!page.has("recover-apply"));
    node.deliver().await;
    node.close().await;
}

/// Attack: the code of a message is used elsewhere.
#[tokio::test]
async fn a_code_to_recover_is_good_once_here_and_for_nothing_else() {
    let node = node().await;
    let wang = with_mobile(&node, "wangming").await;
    let mut browser = node.browser();
    let start = identify(&mut browser, &wang.name, &wang.number).await;
    let page = ask_code(&mut browser, &start, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile).unwrap();
    // Another browser, and another application.
    let mut thief = node.browser();
    let other = identify(&mut thief, &wang.name, &wang.number).await;
    let csrf = other.hidden("csrf").remove(0);
    let application = other.hidden("application").remove(0);
    let fields = [
        ("csrf", csrf.as_str()),
        ("application", &application),
        ("way", "mobile"),
        ("mobile", &wang.mobile),
        ("code", &code),
    ];
    assert!(!thief.post("/recover/ways", &fields).await.page().has("recover-apply"));
    // Another purpose.
    let page_of_sms = thief.get("/sign-in/sms").await.page();
    let csrf = page_of_sms.hidden("csrf").remove(0);
    let fields = [("csrf", csrf.as_str()), ("flow", ""), ("mobile", &wang.mobile), ("code", &code)];
    thief.post("/sign-in/sms", &fields).await.page();
    assert!(thief.session_cookie().is_none());
    // The sealed application of another browser.
    let stolen = [
        ("csrf", other.hidden("csrf").remove(0)),
        ("application", page.hidden("application").remove(0)),
        ("step", "apply".into()),
    ];
    assert!(thief.post("/recover/ways", &stolen).await.page().has("recover-form"), "it begins anew");
    assert!(browser.submit(&page, "otp-form", &[("code", &code)]).await.page().has("recover-apply"));
    assert!(!browser.submit(&page, "otp-form", &[("code", &code)]).await.page().has("recover-apply"), "used up");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn two_ways_of_different_kinds_wait_for_a_shorter_time_and_one_alone_never() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = show(&mut browser, &page, "totp", &app.code(&node)).await;
    assert!(page.must_have("recover-apply").html.contains("72"));
    let page = show(&mut browser, &page, "password", &wang.password).await;
    assert!(page.must_have("recover-apply").html.contains("24"));
    let code = apply(&mut browser, &page).await;
    node.pass(hours(24) + seconds(1));
    look(&mut browser, &code).await.must_have("password-form");
    node.close().await;
}

#[tokio::test]
async fn a_new_password_cancels_what_somebody_else_began() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let code = begin(&node, &wang, &app).await;
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    let device = hufu::session::Device::default();
    let at = hufu::signon::At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
    let change = (&Secret::new(wang.password.clone()), &Secret::new("another-tally-2027"));
    node.app.signon.change_password(&person, change, &at).await.unwrap();
    node.pass(hours(73));
    look(&mut node.browser(), &code).await.must_have("recover-over");
    node.close().await;
}

#[tokio::test]
async fn limits_are_those_of_the_document_and_the_address_whether_or_not_there_is_an_account() {
    let node = TestNode::with(&[
        ("messages.local", "true"),
        ("accounts.limits.document_recoveries", "3"),
        ("accounts.limits.document_ways", "2"),
        ("accounts.limits.address_recoveries", "8"),
        ("accounts.limits.challenge_recoveries_after", "100"),
    ])
    .await;
    let (wang, app) = with_app(&node, "wangming").await;
    let stranger = node.next_citizen();
    let mut browser = node.browser();
    for (name, number) in [(wang.name.as_str(), wang.number.as_str()), (&stranger.name, &stranger.document_number)] {
        let page = identify(&mut browser, name, number).await;
        for _ in 0..2 {
            assert_eq!(show(&mut browser, &page, "totp", "000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let limited = show(&mut browser, &page, "totp", &app.code(&node)).await;
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        for _ in 0..2 {
            identify(&mut browser, name, number).await.must_have("recover-ways");
        }
        assert_eq!(identify(&mut browser, name, number).await.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
    }
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    let other = node.next_citizen();
    assert_eq!(identify(&mut browser, &other.name, &other.document_number).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Attack: somebody uses up what may be asked about her document. She comes from another address.
    node.pass(seconds(30));
    let mut hers = node.browser();
    hers.address = std::net::SocketAddr::from(([198, 51, 100, 77], 40_000));
    let page = identify(&mut hers, &wang.name, &wang.number).await;
    show(&mut hers, &page, "totp", &app.code(&node)).await.must_have("recover-apply");
    node.close().await;
}

#[tokio::test]
async fn an_authority_that_is_gone_is_said_and_nothing_else() {
    let node = node().await;
    let (wang, _) = with_app(&node, "wangming").await;
    let stranger = node.next_citizen();
    node.authority_fails(hufu::demo::authority::Mode::Error500).await;
    for (name, number) in [(wang.name.as_str(), wang.number.as_str()), (&stranger.name, &stranger.document_number)] {
        let page = identify(&mut node.browser(), name, number).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.has("recover-form") && !page.has("recover-ways"));
    }
    node.close().await;
}

/// An appeal takes two operators, and waits like every recovery.
#[tokio::test]
async fn an_appeal_is_decided_by_two_and_told_by_page_and_message() {
    let node = node().await;
    let wang = with_mobile(&node, "wangming").await;
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = browser.submit(&page, "recover-none", &[]).await.page();
    let empty = browser.submit(&page, "appeal-form", &[("contact", "13911112222"), ("text", "")]).await.page();
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.must_have("text-error");
    let empty = browser.submit(&page, "appeal-form", &[("contact", ""), ("text", "")]).await.page();
    assert!(empty.has("contact-error") && !empty.has("text-error"), "the first field that is empty");
    let fields = [("contact", "13911112222"), ("text", "手机和密码都丢了。")];
    let filed = browser.submit(&page, "appeal-form", &fields).await.page();
    let code = filed.must_have("appeal-filed").text("appeal-code");
    let again = browser.submit(&page, "appeal-form", &fields).await.page();
    assert_eq!(again.status, StatusCode::CONFLICT, "one about a document, from one address");
    look(&mut browser, &code).await.must_have("appeal-waiting");
    let recoveries = &node.app.recoveries;
    let id = recoveries.waiting_appeals("", 10).await.unwrap()[0].id.clone();
    let row = format!("{:?}", recoveries.waiting_appeals("", 10).await.unwrap()[0]);
    assert!(!row.contains("13911112222") && !row.contains("手机和"), "sealed");
    assert!(matches!(recoveries.accept_appeal(&id, "chen").await, Err(AppealError::NotNow)), "nobody has proposed it");
    recoveries.propose_appeal(&id, "chen").await.unwrap();
    node.pass(seconds(1));
    assert!(matches!(recoveries.accept_appeal(&id, "chen").await, Err(AppealError::NotNow)), "the same operator");
    assert!(recoveries.open_at(&wang.id).await.unwrap().is_none());
    recoveries.accept_appeal(&id, "zhao").await.unwrap();
    node.pass(seconds(1));
    let shown = recoveries.show_appeal(&id, "liu").await.unwrap();
    assert_eq!((shown.contact.as_str(), shown.text.as_str()), ("13911112222", "手机和密码都丢了。"));
    let acts: Vec<(&str, &str)> = shown.acts.iter().map(|act| (act.act.as_str(), act.operator.as_str())).collect();
    assert_eq!(acts, [("proposed", "chen"), ("accepted", "zhao"), ("shown", "liu")]);
    cancel_code(&node, &wang.mobile).await;
    assert!(message(&node, "13911112222", "notice_appeal_accepted").is_some());
    look(&mut browser, &code).await.must_have("recover-waiting");
    node.pass(hours(73));
    let page = look(&mut browser, &code).await;
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    assert!(signs_in(&node, &wang, NEW).await);
    assert!(node.app.accounts.find(&wang.id).await.unwrap().mobile.is_none(), "nothing was shown, nothing stays");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn an_appeal_without_a_proven_account_can_only_be_refused() {
    let node = node().await;
    let stranger = node.next_citizen();
    let mut browser = node.browser();
    let page = identify(&mut browser, &stranger.name, &stranger.document_number).await;
    let page = browser.submit(&page, "recover-none", &[]).await.page();
    let fields = [("contact", "13911112222"), ("text", "请帮我找回。")];
    let page = browser.submit(&page, "appeal-form", &fields).await.page();
    let code = page.must_have("appeal-filed").text("appeal-code");
    let recoveries = &node.app.recoveries;
    let id = recoveries.waiting_appeals("", 10).await.unwrap()[0].id.clone();
    assert!(matches!(recoveries.propose_appeal(&id, "chen").await, Err(AppealError::Unproven)));
    recoveries.refuse_appeal(&id, "chen").await.unwrap();
    assert!(matches!(recoveries.refuse_appeal(&id, "zhao").await, Err(AppealError::NotNow)));
    look(&mut browser, &code).await.must_have("appeal-refused");
    node.deliver().await;
    assert!(message(&node, "13911112222", "notice_appeal_refused").is_some());
    node.close().await;
}

/// Attack: a thief who changed the number must not keep it: she recovers by her own, which the authority knows.
#[tokio::test]
async fn a_number_that_was_not_the_one_shown_ends_too() {
    let node = node().await;
    let wang = node.verified_person("wangming").await;
    let thiefs = node.next_citizen().mobile;
    let account = node.account(&wang).await;
    let number = hufu::realname::MobileNumber::parse(&thiefs).unwrap();
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    node.deliver().await;
    let mut browser = node.browser();
    let page = browser.get("/recover?items=three_items").await.page();
    let fields =
        [("name", wang.name.as_str()), ("document_number", wang.number.as_str()), ("mobile", wang.mobile.as_str())];
    let page = browser.submit(&page, "recover-form", &fields).await.page();
    let page = ask_code(&mut browser, &page, &wang.mobile).await;
    let code = code_to(&node, &wang.mobile).expect("the number is hers by the authority");
    let page = browser.submit(&page, "otp-form", &[("code", &code)]).await.page();
    let claim = apply(&mut browser, &page).await;
    node.pass(hours(73));
    let page = look(&mut browser, &claim).await;
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    assert!(node.account(&wang).await.mobile.is_none(), "the thief's number has ended");
    assert!(node.app.accounts.find_by_verified_mobile(&number).await.unwrap().is_none());
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn the_number_that_was_shown_stays() {
    let node = node().await;
    let wang = with_mobile(&node, "wangming").await;
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = ask_code(&mut browser, &page, &wang.mobile).await;
    let page = browser.submit(&page, "otp-form", &[("code", &code_to(&node, &wang.mobile).unwrap())]).await.page();
    let claim = apply(&mut browser, &page).await;
    node.pass(hours(73));
    let page = look(&mut browser, &claim).await;
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    assert!(node.account(&wang).await.verified_mobile().is_some_and(|mobile| mobile.is(&wang.mobile)));
    node.deliver().await;
    node.close().await;
}

/// Attack: a proof that was asked for before the recovery ended is answered after it.
#[tokio::test]
async fn a_proof_that_is_answered_after_a_recovery_brings_nothing_back() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let statement = |aside| hufu::accounts::Statement {
        name: &wang.name,
        kind: hufu::realname::DocumentType::ResidentIdentityCard,
        number: &wang.number,
        aside,
    };
    let account = node.account(&wang).await;
    node.app.verifier.prove(&account, &statement(hufu::accounts::Aside::Mobile(&wang.mobile))).await.unwrap();
    let before = node.account(&wang).await;
    assert_eq!(before.level(), RealNameLevel::L3);
    let code = begin(&node, &wang, &app).await;
    node.pass(hours(73));
    let mut browser = node.browser();
    let page = look(&mut browser, &code).await;
    set_password(&mut browser, &page, NEW).await.must_have("recover-done");
    assert_eq!(node.account(&wang).await.level(), RealNameLevel::L2);
    node.app.verifier.prove(&before, &statement(hufu::accounts::Aside::Nothing)).await.unwrap();
    assert_eq!(node.account(&wang).await.level(), RealNameLevel::L2, "the old proof is gone for good");
    node.deliver().await;
    node.close().await;
}

/// Attack: whoever had the account has invited agents with it.
#[tokio::test]
async fn invitations_end_and_agents_of_the_last_month_are_shown() {
    let node = node().await;
    let (head, app) = with_app(&node, "head").await;
    let company = node.company(&head).await;
    let (old, new) = (node.verified_person("older").await, node.verified_person("newer").await);
    node.appoint(&company, &old, "", 90).await;
    node.pass(hours(31 * 24));
    node.appoint(&company, &new, "", 30).await;
    let waiting = node.verified_person("waiting").await;
    let invitation = node.invite(&company, &waiting, "", 30).await;
    let code = begin(&node, &head, &app).await;
    node.pass(hours(73));
    let mut browser = node.browser();
    let page = look(&mut browser, &code).await;
    let done = set_password(&mut browser, &page, NEW).await;
    let given = done.must_have("recover-done").must_have("recover-given");
    assert_eq!(given.html.matches(&company.name).count(), 1, "the appointment of the last month");
    let account = node.account(&waiting).await;
    let late = node.app.delegation.accept(&account, &hufu::delegation::InvitationKey::Waiting(&invitation)).await;
    assert!(matches!(late, Err(hufu::delegation::DelegationError::Unknown)), "what she may not have written");
    let told = node.app.factors.notices().inbox(&waiting.id, 10).await.unwrap();
    assert!(told.iter().any(|told| told.kind == hufu::messages::NoticeKind::AgentRevoked));
    node.deliver().await;
    node.close().await;
}

/// What is left empty is said to be empty: nothing is counted, and no further code goes out.
#[tokio::test]
async fn an_empty_field_is_named_and_nothing_is_sent() {
    let node = node().await;
    let wang = with_mobile(&node, "wangming").await;
    let mut browser = node.browser();
    let start = identify(&mut browser, &wang.name, &wang.number).await;
    let page = browser.submit(&start, "recover-ways", &[("way", "mobile")]).await.page();
    let empty = browser.submit(&page, "mobile-form", &[("mobile", "")]).await.page();
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.must_have("mobile-error");
    let sent = ask_code(&mut browser, &start, &wang.mobile).await;
    let count = node.app.local_messages.as_ref().unwrap().sent().len();
    let empty = browser.submit(&sent, "otp-form", &[("code", "")]).await.page();
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.must_have("code-error").must_have("otp-form");
    assert_eq!(node.app.local_messages.as_ref().unwrap().sent().len(), count, "no further code");
    let code = code_to(&node, &wang.mobile).unwrap();
    browser.submit(&empty, "otp-form", &[("code", &code)]).await.page().must_have("recover-apply");
    for (path, form) in [("/recover/status", "recover-code-form"), ("/recover/cancel", "cancel-form")] {
        let page = browser.get(path).await.page();
        let empty = browser.submit(&page, form, &[("code", "")]).await.page();
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(empty.must_have("code-error").html.contains("请输入"), "{path}");
    }
    node.close().await;
}

/// Programs do not ask about names here for ever.
#[tokio::test]
async fn names_are_challenged_after_a_few_from_one_address() {
    let node = TestNode::with(&[("accounts.limits.challenge_recoveries_after", "2")]).await;
    let mut browser = node.browser();
    for _ in 0..2 {
        let other = node.next_citizen();
        identify(&mut browser, &other.name, &other.document_number).await.must_have("recover-ways");
    }
    let other = node.next_citizen();
    let asked = node.authority_was_asked().await;
    let page = identify(&mut browser, &other.name, &other.document_number).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.must_have("challenge").must_have("answer-error").must_have("challenge-zoom");
    assert_eq!(node.authority_was_asked().await, asked);
    node.close().await;
}

/// PIPL art. 29, here as where a name is proven.
#[tokio::test]
async fn a_face_to_recover_by_needs_a_consent_of_its_own_which_is_on_record_once_it_begins() {
    let node = node().await;
    let wang = node.verified_person("wangming").await;
    let hand = serde_json::json!({
        "document_type": "resident_identity_card", "document_number": wang.number, "purpose": "face",
    });
    let face = node.tell_authority("/v1/phone", &hand).await["token"].as_str().unwrap().to_owned();
    let mut browser = node.browser();
    let page = browser.get("/recover?items=face").await.page();
    let without = [("name", wang.name.as_str()), ("document_number", wang.number.as_str()), ("face", face.as_str())];
    let asked = node.authority_was_asked().await;
    let refused = browser.submit(page.must_have("face-consent-box"), "recover-form", &without).await.page();
    refused.must_have("face_consent-error");
    assert_eq!(node.authority_was_asked().await, asked);
    let with = [&without[..], &[("face_consent", "agreed")]].concat();
    let page = browser.submit(&page, "recover-form", &with).await.page();
    let records = async || node.app.consents.records(&wang.id, None, 10).await.unwrap();
    assert!(records().await.is_empty(), "nothing is written before it begins");
    apply(&mut browser, &page).await;
    assert_eq!(records().await.remove(0).separate.0, ["face"]);
    node.close().await;
}
