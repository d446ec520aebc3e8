//! History: what the owner of an account can read of it, and nobody else.

use axum::http::StatusCode;
use hufu::accounts::{Event, EventKind};

use super::csrf;
use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_sign_in_is_on_record_with_its_ways_its_place_its_service_and_the_failures_before() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    for _ in 0..2 {
        let page = browser.get("/sign-in").await.page();
        let wrong = [("username", wang.username.as_str()), ("password", "not-the-password")];
        let page = browser.submit(&page, "login-form", &wrong).await.page();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser.sign_in_at(&node, &matters, &wang).await;
    let page = browser.get("/account/history").await.page();
    let html = &page.must_have("history-lines").html;
    assert!(html.contains("登录（密码）") && html.contains("此前失败 2 次"), "{html}");
    assert!(html.contains("203.0.113.*") && !html.contains("203.0.113.7"), "the address without its end");
    assert!(html.contains("Firefox · Linux") && html.contains("matters"), "browser and service");
    assert!(!page.has("history-failures"), "nothing since");
    // Somebody tries again, elsewhere.
    let mut thief = node.browser();
    let page = thief.get("/sign-in").await.page();
    thief.submit(&page, "login-form", &[("username", &wang.username), ("password", "x")]).await.page();
    browser.get("/account/history").await.page().must_have("history-failures");
    node.close().await;
}

#[tokio::test]
async fn checks_show_answer_and_level_and_no_number() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/real-name").await.page();
    let wrong = [("name", "张伟"), ("document_number", wang.number.as_str())];
    browser.submit(&page, "realname-form", &wrong).await.page().must_have("answer-mismatch");
    let page = browser.get("/real-name").await.page();
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    browser.submit(&page, "realname-form", &fields).await.page().must_have("answer-matched");
    let html = browser.get("/account/history?show=checks").await.page().must_have("history-lines").html.clone();
    assert!(
        html.contains("一致") && html.contains("不一致") && html.contains("L0 → L2") == html.contains("L2"),
        "{html}"
    );
    assert!(!html.contains(&wang.number) && !html.contains(&wang.name), "no number, no name");
    node.close().await;
}

#[tokio::test]
async fn pages_go_on_by_key_and_nobody_sees_anothers() {
    let node = TestNode::start().await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let mut tx = node.app.store.begin().await.unwrap();
    for number in 0..45 {
        let about = format!("item-{number}");
        let event = Event { about: &about, ..Event::default() };
        node.app.accounts.record(&mut tx, &wang.id, EventKind::UsernameChanged, event).await.unwrap();
        node.clock.advance(std::time::Duration::from_millis(2));
    }
    tx.commit().await.unwrap();
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let (mut path, mut counts) = ("/account/history?show=changes".to_owned(), Vec::new());
    loop {
        let page = browser.get(&path).await.page();
        counts.push(page.html.matches("修改了用户名").count());
        let Some(link) = page.html.split("id=\"history-older\" href=\"").nth(1) else { break };
        path = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(counts, [20, 20, 5]);
    let mut lis = node.browser();
    lis.sign_in(&li).await;
    lis.get(&path).await.page().must_have("history-empty");
    csrf(&mut lis).await;
    node.browser().get("/account/history").await.page().must_have("login-form");
    node.close().await;
}

#[tokio::test]
async fn acting_for_a_company_is_on_record_with_the_company() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let company = node.company(&wang).await;
    let firms = node.client_with("firms", serde_json::json!({"subject": "entity"})).await;
    let mut browser = node.browser();
    let request = Request::of(&firms);
    let code = browser.code_for(&request, &wang).await;
    node.redeem(&firms, &request, &code).await.tokens();
    let html = browser.get("/account/history").await.page().html;
    assert!(html.contains("代表") && html.contains(&company.name), "{html}");
    node.close().await;
}

#[tokio::test]
async fn records_go_when_their_time_is_over() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    node.browser().sign_in(&wang).await;
    let count = async || node.app.accounts.events(&wang.id, (true, None), 9).await.unwrap().len();
    node.pass(crate::support::DAY * 189);
    node.app.sweeper.sweep().await.unwrap();
    assert_eq!(count().await, 1);
    node.pass(crate::support::DAY * 2);
    node.app.sweeper.sweep().await.unwrap();
    assert_eq!(count().await, 0);
    node.close().await;
}
