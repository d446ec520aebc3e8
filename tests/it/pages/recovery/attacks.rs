//! Nobody else comes back in her place, keeps what was recovered, or learns whether there is an account.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::base::Secret;
use hufu::messages::NoticeKind;
use hufu::realname::RealNameLevel;

use super::{
    NEW, apply, ask_code, begin, cancel_code, code_to, identify, look, node, seen, set_password, show, signs_in,
    with_app, with_mobile,
};
use crate::support::Request;
use crate::support::span::{hours, minutes, seconds};

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
async fn a_new_password_cancels_what_somebody_else_began() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let code = begin(&node, &wang, &app).await;
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    let device = hufu::session::Device::default();
    let at = hufu::signon::At { device: &device, current: None, isolated_for: None, on_the_way_to: None };
    let change = (&Secret::new(wang.password.clone()), &Secret::new("another-tally-2027"));
    node.app.signon.change_password(&person, change, &at).await.unwrap();
    assert!(wang.was_told(&node).await.contains(&NoticeKind::RecoveryCancelled));
    node.pass(hours(73));
    look(&mut node.browser(), &code).await.must_have("recover-over");
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
        agreed: None,
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

/// Attack: an application that was handed in once, and whose recovery was cancelled, is handed in again by whoever has kept it.
#[tokio::test]
async fn an_application_is_handed_in_once() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = show(&mut browser, &page, "totp", &app.code(&node)).await;
    apply(&mut browser, &page).await;
    let account = node.account(&wang).await;
    assert!(node.app.recoveries.cancel(&account).await.unwrap());
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    let again = browser.submit(&page, "recover-apply", &[]).await.page();
    assert!(!again.has("recover-begun"), "{}", again.html);
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    node.close().await;
}

/// Attack: the owner is worn down by one application after the other.
#[tokio::test]
async fn an_account_bears_three_recoveries_a_day() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    let account = node.account(&wang).await;
    for _ in 0..3 {
        begin(&node, &wang, &app).await;
        assert!(node.app.recoveries.cancel(&account).await.unwrap());
        node.pass(minutes(1));
    }
    let mut browser = node.browser();
    let page = identify(&mut browser, &wang.name, &wang.number).await;
    let page = show(&mut browser, &page, "totp", &app.code(&node)).await;
    let refused = browser.submit(page.must_have("recover-apply"), "recover-apply", &[]).await.page();
    assert!(!refused.has("recover-begun"));
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    node.pass(hours(25));
    begin(&node, &wang, &app).await;
    node.close().await;
}

/// Attack: whoever knows name and number of somebody keeps them from coming back by cancelling.
#[tokio::test]
async fn whoever_has_shown_nothing_of_the_account_cancels_nothing() {
    let node = node().await;
    let (wang, app) = with_app(&node, "wangming").await;
    begin(&node, &wang, &app).await;
    let kind = hufu::realname::DocumentType::ResidentIdentityCard;
    let (name, number, aside) = (wang.name.as_str(), wang.number.as_str(), hufu::accounts::Aside::Nothing);
    let statement = hufu::accounts::Statement { name, kind, number, aside, agreed: None };
    let application = node.app.recoveries.apply(&statement, "10.1.1.1").await.unwrap();
    let refused = node.app.recoveries.cancel_by_application(&application).await;
    assert!(matches!(refused, Err(hufu::signon::RecoveryError::NotEnough)));
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_some());
    node.close().await;
}
