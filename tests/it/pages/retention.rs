//! What the privacy notice and the terms promise about keeping is what is done.

use hufu::base::id::SessionId;
use hufu::store::sessions;

use crate::support::TestNode;
use crate::support::span::hours;

async fn on_record(node: &TestNode, session: &SessionId) -> bool {
    node.app.sweeper.sweep().await.unwrap();
    let mut db = node.app.store.read().await.unwrap();
    sessions::find(&mut db, session).await.unwrap().is_some()
}

#[tokio::test]
async fn a_sign_in_stays_on_record_as_long_as_the_notice_says_and_no_longer() {
    for days in [190_u64, 400] {
        let node = TestNode::with(&[("session.record_days", &days.to_string())]).await;
        let wang = node.person("wangming").await;
        let mut browser = node.browser();
        let notice = browser.get("/privacy").await.page();
        assert!(notice.html.contains(&format!("<bdi>{days}</bdi> 天")), "{}", notice.html);
        browser.sign_in(&wang).await;
        let session = node.app.sessions.list(&wang.id).await.unwrap().remove(0).id;
        browser.sign_out().await;
        node.pass(hours(days * 24 - 1));
        assert!(on_record(&node, &session).await, "{days}");
        node.pass(hours(2));
        assert!(!on_record(&node, &session).await, "{days}");
        node.close().await;
    }
}

#[tokio::test]
async fn a_deleted_account_leaves_no_sign_in_on_record() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    node.browser().sign_in(&wang).await;
    let session = node.app.sessions.list(&wang.id).await.unwrap().remove(0).id;
    assert!(node.app.signon.delete(&wang.id).await.unwrap());
    assert!(!on_record(&node, &session).await);
    node.close().await;
}

#[tokio::test]
async fn the_texts_print_what_is_configured() {
    let node = TestNode::with(&[("jobs.keep_dead_days", "31"), ("jobs.give_up_hours", "23")]).await;
    let mut browser = node.browser().with("accept-language", "en");
    let notice = browser.get("/privacy").await.page();
    assert!(notice.html.contains("at most <bdi>31</bdi> days"), "{}", notice.html);
    let terms = browser.get("/terms").await.page();
    assert!(terms.html.contains("up to <bdi>23</bdi> hours"), "{}", terms.html);
    node.close().await;
}
