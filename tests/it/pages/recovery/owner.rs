//! The owner comes back, with what she has shown and no more.

use axum::http::StatusCode;
use hufu::realname::RealNameLevel;

use super::{
    NEW, apply, ask_code, begin, code_to, identify, look, message, node, set_password, show, signs_in, with_app,
    with_mobile,
};
use crate::support::Request;
use crate::support::span::{hours, minutes, seconds};

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
