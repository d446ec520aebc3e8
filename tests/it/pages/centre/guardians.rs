//! Guardians: a child under 14 agrees to nothing alone, and nobody becomes the guardian of a child that has not asked.

use axum::http::StatusCode;
use hufu::messages::NoticeKind;

use super::{born, code_to, csrf, node, told, verify_mobile};
use crate::support::span::minutes;
use crate::support::{Browser, DAY, Page, Person, Request, TestNode};

/// Lets what is sent in the background arrive.
async fn arrive() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A child of eleven, signed in; its number is nobody's.
async fn child(node: &TestNode) -> (Person, Browser) {
    let child = node.person("xiaoyu").await;
    born(node, &child.id, ("王小雨", "20150601"), 2).await;
    let mut browser = node.browser();
    browser.sign_in(&child).await;
    (child, browser)
}

/// Somebody of age at level 3 whose number is verified, signed in with both.
async fn parent(node: &TestNode, name: &str) -> (Person, Browser) {
    let parent = node.person_at_level_three(name).await;
    let mut browser = node.browser();
    browser.sign_in(&parent).await;
    verify_mobile(node, &mut browser, &parent).await;
    step_up(node, &mut browser, &parent).await;
    (parent, browser)
}

async fn step_up(node: &TestNode, browser: &mut Browser, person: &Person) {
    node.pass(minutes(2));
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.submit(&page, "second-factor-form", &[("way", "sms")]).await.page();
    let code = code_to(node, &person.mobile).unwrap();
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &code)]).await.page();
    node.pass(minutes(2));
}

/// The child names its guardian and types the code from the guardian's phone.
async fn ask(node: &TestNode, browser: &mut Browser, guardian: &Person) -> Page {
    let page = browser.get("/account/guardian").await.page();
    let fields = [("guardian_name", guardian.name.as_str()), ("mobile", guardian.mobile.as_str())];
    let page = browser.submit(page.must_have("guardian-form"), "guardian-form", &fields).await.page();
    arrive().await;
    let code = code_to(node, &guardian.mobile).unwrap();
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &code)]).await.page()
}

/// Sends the first guardianship's form of a page.
async fn answer(browser: &mut Browser, answer: &str) -> Page {
    let page = browser.get("/account/guardian").await.page();
    let token = page.hidden("csrf").remove(0);
    let id = page.hidden("guardianship").remove(0);
    let fields = [("csrf", token.as_str()), ("guardianship", id.as_str()), ("answer", answer)];
    browser.post("/account/guardian", &fields).await.page()
}

#[tokio::test]
async fn a_code_left_empty_is_asked_for_and_no_other_one_is_sent() {
    let node = node().await;
    let (_, mut of_child) = child(&node).await;
    let (guardian, _) = parent(&node, "parent").await;
    let page = of_child.get("/account/guardian").await.page();
    let fields = [("guardian_name", guardian.name.as_str()), ("mobile", guardian.mobile.as_str())];
    let page = of_child.submit(&page, "guardian-form", &fields).await.page();
    arrive().await;
    let first = code_to(&node, &guardian.mobile);
    node.pass(minutes(2));
    let refused = of_child.submit(page.must_have("otp-form"), "otp-form", &[("code", "")]).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_have("code-error");
    arrive().await;
    assert_eq!(code_to(&node, &guardian.mobile), first);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn nothing_of_a_child_goes_out_until_its_guardian_has_agreed() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (young, mut of_child) = child(&node).await;
    let request = Request::of(&matters);
    let page = of_child.begin(&request).await.page();
    page.must_have("guardian-needed");
    // Silently it is a coded error; leaving is one, too.
    let silent = of_child.begin(&request.clone().with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "consent_required");
    assert_eq!(of_child.submit(&page, "leave", &[]).await.callback().error(), "access_denied");
    // Another page of the flow does not lead around it.
    let page = of_child.begin(&request).await.page();
    let flow = page.hidden("flow").remove(0);
    of_child.get(&format!("/consent?flow={flow}")).await.page().must_have("guardian-needed");
    let (guardian, mut of_guardian) = parent(&node, "parent").await;
    ask(&node, &mut of_child, &guardian).await.must_have("notice");
    of_child.begin(&request).await.page().must_have("guardian-needed");
    answer(&mut of_guardian, "accept").await.must_have("notice");
    let code = of_child.begin(&request).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert!(node.is_active(&matters, &tokens.access).await);
    node.deliver().await;
    assert_eq!(told(&node, &guardian.mobile, "notice_guardian_asked"), 1);
    // The guardian withdraws: at once nothing is left, at any service.
    answer(&mut of_guardian, "end").await.must_have("notice");
    assert!(!node.is_active(&matters, &tokens.access).await);
    assert!(node.app.provider.userinfo(&tokens.access).await.is_err());
    assert_eq!(node.deliver().await, 1, "the service is told");
    assert_eq!(young.was_told(&node).await.first(), Some(&NoticeKind::GuardianEnded));
    assert!(node.app.sessions.list(&young.id).await.unwrap().is_empty());
    node.close().await;
}

#[tokio::test]
async fn a_child_whose_passport_tells_no_date_of_birth_is_a_child_all_the_same() {
    let node = node().await;
    let matters = node.client("matters").await;
    let emma = node.person("emma").await;
    let mut browser = node.browser();
    browser.sign_in(&emma).await;
    let request = Request::of(&matters);
    browser.begin(&request).await.callback().code();
    let form = browser.get("/real-name?document_type=foreign_passport&items=two_items").await.page();
    let fields = [("name", "Emma Smith"), ("document_number", "X00990016"), ("issuing_country", "USA")];
    browser.submit(&form, "realname-form", &fields).await.page();
    let person = node.app.accounts.find(&emma.id).await.unwrap();
    assert_eq!(person.birth(), Some(time::macros::date!(2015 - 03 - 08)));
    browser.begin(&request).await.page().must_have("guardian-needed");
    // Proven again by a source that tells no date, it stays one.
    let mut tx = node.app.store.begin().await.unwrap();
    let row = hufu::store::real_names::find(&mut tx, &emma.id).await.unwrap().unwrap();
    let silent = hufu::store::real_names::RealNameRow { birth: None, ..row.clone() };
    assert!(hufu::store::real_names::put(&mut tx, &silent, None).await.unwrap());
    tx.commit().await.unwrap();
    node.app.accounts.changed(&emma.id);
    browser.begin(&request).await.page().must_have("guardian-needed");
    assert!(!row.birth.unwrap().windows(4).any(|bytes| bytes == b"2015"), "sealed at rest");
    node.close().await;
}

#[tokio::test]
async fn a_code_of_a_child_is_void_once_its_guardian_has_withdrawn() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (_, mut of_child) = child(&node).await;
    let (guardian, mut of_guardian) = parent(&node, "parent").await;
    ask(&node, &mut of_child, &guardian).await;
    answer(&mut of_guardian, "accept").await.must_have("notice");
    let request = Request::of(&matters);
    let code = of_child.begin(&request).await.callback().code().to_owned();
    answer(&mut of_guardian, "end").await.must_have("notice");
    assert_eq!(node.redeem(&matters, &request, &code).await.error(), "invalid_grant");
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn it_ends_by_itself_on_the_fourteenth_birthday() {
    let node = node().await;
    let matters = node.client("matters").await;
    let child = node.person("xiaoyu").await;
    // Fourteen in three days, in Beijing.
    born(&node, &child.id, ("王小雨", "20121127"), 2).await;
    let mut browser = node.browser();
    browser.sign_in(&child).await;
    browser.begin(&Request::of(&matters)).await.page().must_have("guardian-needed");
    node.pass(DAY * 3);
    browser.sign_in(&child).await;
    browser.begin(&Request::of(&matters)).await.callback().code();
    node.close().await;
}

/// An adult who wants to be the guardian of a stranger's child gets nowhere without the child's own session, and a child
/// nowhere without the guardian's phone and account.
#[tokio::test]
async fn nobody_becomes_the_guardian_of_a_child_that_has_not_asked() {
    let node = node().await;
    let (child, mut of_child) = child(&node).await;
    let (_, mut of_stranger) = parent(&node, "stranger").await;
    let token = csrf(&mut of_stranger).await;
    // From the adult's own page: there is nothing to accept, and an adult names no guardian.
    let made_up = [("csrf", token.as_str()), ("answer", "accept"), ("guardianship", child.id.as_str())];
    let page = of_stranger.post("/account/guardian", &made_up).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("csrf", token.as_str()), ("guardian_name", "王小雨"), ("mobile", child.mobile.as_str())];
    let page = of_stranger.post("/account/guardian", &fields).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    // The child asks somebody else; the stranger accepts it by its id, and cannot.
    let (guardian, mut of_guardian) = parent(&node, "parent").await;
    ask(&node, &mut of_child, &guardian).await.must_have("notice");
    let id = of_guardian.get("/account/guardian").await.page().hidden("guardianship").remove(0);
    for answer in ["accept", "end"] {
        let fields = [("csrf", token.as_str()), ("answer", answer), ("guardianship", id.as_str())];
        assert_eq!(
            of_stranger.post("/account/guardian", &fields).await.page().status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{answer}"
        );
    }
    // The child cannot accept for the guardian.
    let own = csrf(&mut of_child).await;
    let fields = [("csrf", own.as_str()), ("answer", "accept"), ("guardianship", id.as_str())];
    assert_eq!(of_child.post("/account/guardian", &fields).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(node.account(&child).await.guardian.is_none());
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn a_child_needs_the_guardians_phone_name_age_and_level() {
    let node = node().await;
    let (child, mut of_child) = child(&node).await;
    let (guardian, _) = parent(&node, "parent").await;
    // A wrong name at the right number: no code is sent, and the answer is the same.
    let sent_before = node.app.local_messages.as_ref().unwrap().sent().len();
    let page = of_child.get("/account/guardian").await.page();
    let fields = [("guardian_name", "张伟"), ("mobile", guardian.mobile.as_str())];
    let page = of_child.submit(&page, "guardian-form", &fields).await.page();
    arrive().await;
    page.must_have("otp-form");
    assert_eq!(node.app.local_messages.as_ref().unwrap().sent().len(), sent_before);
    let page = of_child.submit(&page, "otp-form", &[("code", "000000")]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    node.pass(minutes(2));
    // Somebody of age at level 2 only, and somebody of seventeen at level 3.
    for (name, birth, level) in [("grown", "19800101", 2), ("teenager", "20091201", 3)] {
        let other = node.person(name).await;
        let mut browser = node.browser();
        browser.sign_in(&other).await;
        verify_mobile(&node, &mut browser, &other).await;
        born(&node, &other.id, ("李大山", birth), level).await;
        let sent_before = node.app.local_messages.as_ref().unwrap().sent().len();
        let page = of_child.get("/account/guardian").await.page();
        let fields = [("guardian_name", "李大山"), ("mobile", other.mobile.as_str())];
        of_child.submit(&page, "guardian-form", &fields).await.page().must_have("otp-form");
        arrive().await;
        assert_eq!(node.app.local_messages.as_ref().unwrap().sent().len(), sent_before, "{name}");
        browser.get("/account/guardian").await.page().must_have("guardian-neither");
    }
    assert!(node.account(&child).await.guardian.is_none());
    node.close().await;
}

#[tokio::test]
async fn a_guardian_whose_account_is_locked_agrees_for_nobody() {
    let node = node().await;
    let matters = node.client("matters").await;
    let (_, mut of_child) = child(&node).await;
    let (guardian, mut of_guardian) = parent(&node, "parent").await;
    ask(&node, &mut of_child, &guardian).await;
    answer(&mut of_guardian, "accept").await.must_have("notice");
    let request = Request::of(&matters);
    let first = of_child.begin(&request).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &first).await.tokens();
    let second = of_child.begin(&request).await.callback().code().to_owned();
    guardian.set_state(&node, hufu::accounts::AccountState::Locked).await;
    tokio::time::sleep(std::time::Duration::from_millis(850)).await;
    of_child.begin(&request).await.page().must_have("guardian-needed");
    // The child's own session goes on, and nothing more comes out of what was granted in it.
    assert_eq!(node.redeem(&matters, &request, &second).await.error(), "invalid_grant");
    assert_eq!(node.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
    assert!(node.app.provider.userinfo(&tokens.access).await.is_err());
    node.deliver().await;
    node.close().await;
}

/// Between the child's wish and the answer much can change: who is no longer proven as far accepts nothing.
#[tokio::test]
async fn who_can_no_longer_be_a_guardian_accepts_nothing() {
    let node = node().await;
    let (young, mut of_child) = child(&node).await;
    let (guardian, mut of_guardian) = parent(&node, "parent").await;
    ask(&node, &mut of_child, &guardian).await.must_have("notice");
    guardian.raise_to(&node, 2).await;
    let page = answer(&mut of_guardian, "accept").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(node.account(&young).await.guardian.is_none());
    node.deliver().await;
    node.close().await;
}

/// Attack: a child's account is used to send questions to any number of people.
#[tokio::test]
async fn a_child_asks_ten_people_and_no_more() {
    let node = node().await;
    let (young, mut of_child) = child(&node).await;
    let (guardian, _) = parent(&node, "parent").await;
    let now = node.app.accounts.now();
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(node.person(&format!("other{number}")).await);
    }
    let mut tx = node.app.store.begin().await.unwrap();
    for (number, other) in others.iter().enumerate() {
        let row = hufu::store::guardianships::GuardianshipRow {
            id: format!("asked-{number}").as_str().into(),
            child_id: young.id.clone(),
            guardian_id: other.id.clone(),
            state: "asked".into(),
            asked_at: now,
            accepted_at: None,
            ended_at: None,
            end_reason: None,
            valid_until: now.plus(DAY),
            expires_at: now.plus(DAY),
        };
        hufu::store::guardianships::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let page = ask(&node, &mut of_child, &guardian).await;
    assert!(page.status.is_client_error(), "{}", page.status);
    assert!(guardian.was_told(&node).await.iter().all(|kind| *kind != NoticeKind::GuardianAsked));
    node.deliver().await;
    node.close().await;
}
