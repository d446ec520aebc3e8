//! Who can show no second way appeals; two people decide.

use axum::http::StatusCode;
use hufu::signon::AppealError;

use super::{NEW, cancel_code, identify, look, message, node, set_password, signs_in, with_mobile};
use crate::support::span::{hours, seconds};

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

/// Attack: so many appeals that no operator comes to the real ones. What waits is bounded, and said to be full.
#[tokio::test]
async fn no_more_appeals_wait_than_operators_can_read() {
    let node = crate::support::TestNode::with(&[("messages.local", "true"), ("recovery.appeals_waiting", "1")]).await;
    let mut filed = Vec::new();
    for _ in 0..2 {
        let stranger = node.next_citizen();
        let mut browser = node.browser();
        let page = identify(&mut browser, &stranger.name, &stranger.document_number).await;
        let page = browser.submit(&page, "recover-none", &[]).await.page();
        let fields = [("contact", "13911112222"), ("text", "请帮我找回。")];
        filed.push(browser.submit(&page, "appeal-form", &fields).await.page());
    }
    filed[0].must_have("appeal-filed");
    assert!(!filed[1].has("appeal-filed") && !filed[1].status.is_success(), "{}", filed[1].status);
    assert_eq!(node.app.recoveries.waiting_appeals("", 10).await.unwrap().len(), 1);
    node.close().await;
}
