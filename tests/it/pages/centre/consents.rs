//! Consents on record: which words, which sensitive items apart, and how each ended.

use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_consent_is_on_record_with_its_words_and_what_was_agreed_apart() {
    let node = TestNode::start().await;
    let consent = serde_json::json!({
        "consent": "first_use", "scope": "openid realname identity_number",
        "purpose": "办理业务", "purpose#en": "to handle your matter",
    });
    let matters = node.client_with("matters", consent).await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters).with("scope", "openid realname identity_number");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let fields = [("decision", "accept"), ("sensitive", "identity_document")];
    browser.submit(page.must_have("consent-form"), "consent-form", &fields).await.callback().code();
    let first = node.app.consents.records(&wang.id, None, 9).await.unwrap().remove(0);
    assert_eq!(first.separate.0, ["identity_document"]);
    assert_eq!((first.language.as_str(), first.text_version.as_str()), ("zh-CN", "2026-11"));
    assert_eq!(first.text_hash.len(), 43, "SHA-256, base64url");
    assert!(first.ended_at.is_none());
    // In another language the words are others; the same words have the same hash.
    let again = async |language: &str| {
        let mut browser = node.browser().with("accept-language", language);
        let request = request.clone().with("prompt", "consent");
        let page = browser.begin(&request).await.page();
        let page = browser.log_in(&page, &wang).await.page();
        browser.submit(&page, "consent-form", &[("decision", "accept")]).await.callback().code();
        node.app.consents.records(&wang.id, None, 9).await.unwrap()
    };
    let records = again("en").await;
    assert_eq!((records.len(), records[0].language.as_str()), (2, "en"));
    assert_ne!(records[0].text_hash, first.text_hash);
    assert!(records[0].separate.0.is_empty(), "a box that was not ticked is no consent");
    assert_eq!(records[1].end_reason.as_deref(), Some("renewed"));
    let records = again("zh-CN").await;
    assert_eq!(records[0].text_hash, first.text_hash);
    let csrf = browser.get("/account/password").await.page().hidden("csrf").remove(0);
    browser.post("/account/consents/withdraw", &[("csrf", csrf.as_str()), ("client_id", "matters")]).await.page();
    let records = node.app.consents.records(&wang.id, None, 9).await.unwrap();
    assert_eq!(records[0].end_reason.as_deref(), Some("withdrawn"), "the record stays when the consent does not");
    node.close().await;
}
