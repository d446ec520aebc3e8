//! Corrections: what a person changes herself, and what an operator answers.

use axum::http::StatusCode;
use hufu::centre::{CentreError, CorrectionState};

use super::{csrf, node, told, verify_mobile};
use crate::support::TestNode;

#[tokio::test]
async fn a_request_is_answered_by_an_operator_and_the_person_is_told() {
    let node = node().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    verify_mobile(&node, &mut browser, &wang).await;
    let page = browser.get("/account/corrections").await.page();
    let refused = browser.submit(&page, "correction-form", &[("item", "history"), ("wish", "  ")]).await.page();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_have("wish-error");
    let wish = "11 月 3 日的登录不是我";
    browser.submit(&page, "correction-form", &[("item", "history"), ("wish", wish)]).await.page().must_have("notice");
    let open = node.app.centre.corrections_in(CorrectionState::Open, "", 9).await.unwrap();
    assert_eq!((open.len(), open[0].wish.as_str(), open[0].item.as_str()), (1, wish, "history"));
    let id = open[0].id.clone();
    node.app.centre.decide_correction(&id, CorrectionState::Refused, "日志无误，请修改密码。").await.unwrap();
    let again = node.app.centre.decide_correction(&id, CorrectionState::Accepted, "又").await;
    assert!(matches!(again, Err(CentreError::Nothing)), "decided once");
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_correction_decided"), 1);
    let html = browser.get("/account/corrections").await.page().must_have("correction-requests").html.clone();
    assert!(html.contains(wish) && html.contains("日志无误，请修改密码。") && html.contains("未采纳"));
    // Nobody else sees it.
    let li = node.person("lina").await;
    let mut lis = node.browser();
    lis.sign_in(&li).await;
    assert!(!lis.get("/account/corrections").await.page().html.contains(wish));
    node.close().await;
}

#[tokio::test]
async fn a_person_cannot_flood_the_operators() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let token = csrf(&mut browser).await;
    for number in 0..7 {
        let fields = [("csrf", token.as_str()), ("item", "other"), ("wish", "改")];
        let page = browser.post("/account/corrections", &fields).await.page();
        assert_eq!(page.status.is_success(), number < 5, "{number}");
    }
    assert_eq!(node.app.centre.corrections_of(&wang.id).await.unwrap().len(), 5);
    node.close().await;
}

#[tokio::test]
async fn a_user_name_is_changed_by_its_owner_and_never_to_one_that_is_taken() {
    let node = TestNode::start().await;
    let mut wang = node.person("wangming").await;
    node.person("lina").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/account/corrections").await.page();
    for wrong in ["lina", "x"] {
        let page = browser.submit(&page, "username-form", &[("username", wrong)]).await.page();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        page.must_have("username-error");
    }
    browser.submit(&page, "username-form", &[("username", "wangxiaoming")]).await.page().must_have("notice");
    let mut elsewhere = node.browser();
    let page = elsewhere.get("/sign-in").await.page();
    assert_eq!(elsewhere.log_in(&page, &wang).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    wang.username = "wangxiaoming".into();
    elsewhere.sign_in(&wang).await;
    node.close().await;
}
