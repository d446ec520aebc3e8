//! Two accounts of one person: found by the verified key, brought together after a sign-in to both, and by nobody else.

use axum::http::StatusCode;
use hufu::accounts::AccountState;

use crate::support::span::minutes;
use crate::support::{Browser, Page, Person, Request, TestNode};

/// `second` proves the document that `first` holds, and wishes to merge.
async fn wish(browser: &mut Browser, holder: &Person) -> Page {
    let page = browser.get("/real-name").await.page();
    let fields = [("name", holder.name.as_str()), ("document_number", holder.number.as_str())];
    let page = browser.submit(&page, "realname-form", &fields).await.page();
    page.must_have("answer-other").must_have("realname-merge");
    let page = browser.get("/account/merge").await.page();
    browser.submit(page.must_have("merge-wish"), "merge-wish", &[]).await.page()
}

async fn state(node: &TestNode, person: &Person) -> AccountState {
    node.app.accounts.find(&person.id).await.unwrap().state
}

#[tokio::test]
async fn the_account_that_holds_the_document_goes_on_and_the_other_ends_everywhere() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    // Signing in to the other account leads straight to the question.
    let page = browser.get("/sign-in").await.page();
    node.pass(minutes(1));
    let page = browser.log_in(&page, &first).await.page();
    assert!(page.must_have("merge-form").html.contains("second"));
    let done = browser.submit(&page, "merge-form", &[]).await.page();
    done.must_have("merge-done");
    assert_eq!((state(&node, &first).await, state(&node, &second).await), (AccountState::Active, AccountState::Closed));
    assert!(!node.is_active(&matters, &tokens.access).await, "the absorbed account's tokens end");
    assert_eq!(node.deliver().await, 1, "its service is told once");
    // The absorbed account opens nothing any more, and the survivor is asked nothing.
    let mut other = node.browser();
    let page = other.get("/sign-in").await.page();
    assert_eq!(other.log_in(&page, &second).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.get("/account/merge").await.page().must_have("merge-nothing");
    let request = Request::of(&matters).with("scope", "openid realname").with("acr_values", "urn:hufu:acr:l2");
    browser.begin(&request).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn both_sign_ins_must_be_fresh_and_the_second_younger_than_the_wish() {
    let node = TestNode::start().await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut of_first = node.browser();
    of_first.sign_in(&first).await;
    let mut of_second = node.browser();
    of_second.sign_in(&second).await;
    node.pass(minutes(6));
    // Six minutes after the sign-in the wish is refused.
    wish(&mut of_second, &first).await.must_have("merge-again");
    of_second.sign_in(&second).await;
    let page = of_second.get("/account/merge").await.page();
    of_second.submit(&page, "merge-wish", &[]).await.page().must_have("merge-wished");
    // The older session of the first account shows the question and cannot answer it.
    let page = of_first.get("/account/merge").await.page();
    of_first.submit(page.must_have("merge-form"), "merge-form", &[]).await.page().must_have("merge-again");
    assert_eq!(state(&node, &second).await, AccountState::Active);
    // After a quarter of an hour there is nothing left to answer.
    node.pass(minutes(16));
    let page = of_first.get("/sign-in").await.page();
    of_first.log_in(&page, &first).await.page().must_have("account");
    of_first.get("/account/merge").await.page().must_have("merge-nothing");
    node.close().await;
}

/// Whoever knows name and number of somebody gains nothing: the victim's account goes on as it is, or absorbs theirs.
#[tokio::test]
async fn a_stranger_cannot_take_an_account_by_merging() {
    let node = TestNode::start().await;
    let victim = node.verified_person("victim").await;
    let stranger = node.person("stranger").await;
    let mut browser = node.browser();
    browser.sign_in(&stranger).await;
    // Without a finding there is nothing to wish, and no form can make one.
    let csrf = browser.get("/account/password").await.page().hidden("csrf").remove(0);
    for decision in ["wish", "merge", "decline", "x"] {
        let fields = [("csrf", csrf.as_str()), ("decision", decision), ("holder", victim.id.as_str())];
        browser.post("/account/merge", &fields).await.page().must_have("merge-nothing");
    }
    wish(&mut browser, &victim).await.must_have("merge-wished");
    // The stranger cannot answer for the victim.
    let fields = [("csrf", csrf.as_str()), ("decision", "merge")];
    browser.post("/account/merge", &fields).await.page().must_have("merge-nothing");
    let mut of_victim = node.browser();
    let page = of_victim.get("/sign-in").await.page();
    let page = of_victim.log_in(&page, &victim).await.page();
    of_victim.submit(page.must_have("merge-decline"), "merge-decline", &[]).await.page().must_have("merge-nothing");
    assert_eq!(state(&node, &victim).await, AccountState::Active);
    assert_eq!(state(&node, &stranger).await, AccountState::Active);
    // And where the victim agrees, it is the stranger's account that ends, and no password or number moves.
    node.pass(minutes(1));
    browser.sign_in(&stranger).await;
    wish(&mut browser, &victim).await.must_have("merge-wished");
    let page = of_victim.get("/sign-in").await.page();
    let page = of_victim.log_in(&page, &victim).await.page();
    of_victim.submit(&page, "merge-form", &[]).await.page().must_have("merge-done");
    assert_eq!(state(&node, &stranger).await, AccountState::Closed);
    let kept = node.app.accounts.find(&victim.id).await.unwrap();
    assert_eq!(kept.mobile.as_ref().map(|mobile| mobile.expose()), Some(victim.mobile.as_str()));
    node.close().await;
}
