//! Consent: by client, remembered, withdrawn; sensitive items each by a box of its own.

use serde_json::{Value, json};

use crate::support::{Browser, Client, Landed, Request, TestNode, Tokens};

async fn asking(node: &TestNode, name: &str, mode: &str) -> Client {
    node.client_with(name, json!({"consent": mode, "legal_basis": null})).await
}

async fn accept(browser: &mut Browser, landed: Landed, ticked: &[&str]) -> Landed {
    let page = landed.page();
    let mut fields = vec![("decision", "accept")];
    fields.extend(ticked.iter().map(|claim| ("sensitive", *claim)));
    browser.submit(page.must_have("consent-form"), "consent-form", &fields).await
}

async fn redeem(node: &TestNode, client: &Client, request: &Request, landed: Landed) -> Tokens {
    node.redeem(client, request, landed.callback().code()).await.tokens()
}

#[tokio::test]
async fn a_first_use_asks_once_and_again_when_more_is_asked() {
    let node = TestNode::start().await;
    let matters = asking(&node, "matters", "first_use").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let profile = Request::of(&matters).with("scope", "openid profile");
    let landed = browser.begin(&profile).await;
    let landed = accept(&mut browser, landed, &[]).await;
    redeem(&node, &matters, &profile, landed).await;
    browser.begin(&profile).await.callback().code();
    browser.begin(&Request::of(&matters)).await.callback().code();
    let more = Request::of(&matters).with("scope", "openid profile phone");
    let landed = browser.begin(&more).await;
    let landed = accept(&mut browser, landed, &[]).await;
    let tokens = redeem(&node, &matters, &more, landed).await;
    assert_eq!(node.userinfo(&tokens.access).await.ok()["phone_number"], format!("+86{}", wang.mobile));
    node.close().await;
}

fn with_purposes(purpose: &str) -> Value {
    json!({
        "consent": "first_use", "legal_basis": null, "purpose": purpose, "purpose#en": "issuing licences",
        "purposes": {
            "profile": "称呼您", "phone": {"zh-CN": "通知办理结果", "en": "telling you the result"},
            "identity_document": "匹配您名下的证照",
        },
    })
}

#[tokio::test]
async fn the_page_says_what_for_and_the_account_centre_still_does() {
    let node = TestNode::start().await;
    let matters = node.client_with("matters", with_purposes("在线申领证照")).await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("scope", "openid profile phone identity_number");
    let page = browser.begin(&request).await.page();
    for words in ["在线申领证照", "称呼您", "通知办理结果", "匹配您名下的证照"] {
        assert!(page.html.contains(words), "{words}: {}", page.html);
    }
    let in_english = browser.begin(&request.clone().with("ui_locales", "en")).await.page();
    for words in ["issuing licences", "telling you the result"] {
        assert!(in_english.html.contains(words), "{words}");
    }
    accept(&mut browser, Landed::Here(page), &["identity_document"]).await.callback().code();
    // What was agreed to is shown as it was said then, whatever the service says by now.
    node.put_again(&matters, json!({"consent": "first_use", "legal_basis": null})).await;
    let page = browser.get("/account").await.page();
    for words in ["在线申领证照", "称呼您", "匹配您名下的证照"] {
        assert!(page.html.contains(words), "{words}");
    }
    node.close().await;
}

#[tokio::test]
async fn whoever_says_another_purpose_asks_again() {
    let node = TestNode::start().await;
    let matters = node.client_with("matters", with_purposes("在线申领证照")).await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let number = Request::of(&matters).with("scope", "openid profile identity_number");
    let landed = browser.begin(&number).await;
    accept(&mut browser, landed, &["identity_document"]).await.callback().code();
    browser.begin(&number).await.callback().code();
    node.put_again(&matters, with_purposes("商业推广")).await;
    let silent = number.clone().with("prompt", "none");
    assert_eq!(browser.begin(&silent).await.callback().error(), "consent_required");
    let profile = Request::of(&matters).with("scope", "openid profile");
    let landed = browser.begin(&profile).await;
    accept(&mut browser, landed, &[]).await.callback().code();
    let landed = browser.begin(&silent).await;
    let tokens = redeem(&node, &matters, &silent, landed).await;
    let info = node.userinfo(&tokens.access).await.ok();
    assert!(
        info.get("identity_document").is_none(),
        "what was agreed to for another purpose is not given for this one"
    );
    node.close().await;
}

#[tokio::test]
async fn a_client_that_always_asks_asks_every_time_and_a_refusal_goes_back() {
    let node = TestNode::start().await;
    let matters = asking(&node, "matters", "always").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("scope", "openid profile");
    for _ in 0..2 {
        let landed = browser.begin(&request).await;
        accept(&mut browser, landed, &[]).await.callback().code();
    }
    let page = browser.begin(&request).await.page();
    let callback = browser.submit(&page, "consent-form", &[("decision", "deny")]).await.callback();
    assert_eq!(callback.error(), "access_denied");
    node.close().await;
}

#[tokio::test]
async fn an_identity_number_is_given_only_by_its_own_box() {
    let node = TestNode::start().await;
    let seals = node.client("seals").await;
    let wang = node.verified_person("wangming").await;
    let request = Request::of(&seals).with("scope", "openid realname identity_number");
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.begin(&request).await.page();
    assert!(!page.html.contains(&wang.number), "the number is shown masked");
    assert!(!page.html.contains("checked"), "no box is ticked beforehand");
    let landed = accept(&mut browser, Landed::Here(page), &[]).await;
    let tokens = redeem(&node, &seals, &request, landed).await;
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!((&info["name"], &info["identity_document"]), (&Value::from(wang.name.as_str()), &Value::Null));
    // Asked again with the person's own wish to decide anew.
    let again = request.clone().with("prompt", "consent");
    let landed = browser.begin(&again).await;
    let landed = accept(&mut browser, landed, &["identity_document"]).await;
    let tokens = redeem(&node, &seals, &again, landed).await;
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!(
        info["identity_document"],
        json!({"type": "111", "kind": "resident_identity_card", "number": wang.number})
    );
    node.close().await;
}

#[tokio::test]
async fn silently_an_identity_number_is_left_out_unless_it_is_essential() {
    let node = TestNode::start().await;
    let seals = node.client("seals").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let silent = Request::of(&seals).with("prompt", "none").with("scope", "openid realname identity_number");
    let landed = browser.begin(&silent).await;
    let tokens = redeem(&node, &seals, &silent, landed).await;
    assert_eq!(node.userinfo(&tokens.access).await.ok()["identity_document"], Value::Null);
    let essential = Request::of(&seals).with("claims", r#"{"userinfo":{"identity_document":{"essential":true}}}"#);
    let callback = browser.begin(&essential.clone().with("prompt", "none")).await.callback();
    assert_eq!(callback.error(), "consent_required");
    let landed = browser.begin(&essential).await;
    let callback = accept(&mut browser, landed, &[]).await.callback();
    assert_eq!(callback.error(), "access_denied", "essential, and not ticked");
    node.close().await;
}

#[tokio::test]
async fn a_form_cannot_widen_what_was_asked() {
    let node = TestNode::start().await;
    let matters = asking(&node, "matters", "first_use").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("scope", "openid profile");
    let page = browser.begin(&request).await.page();
    let forged = [
        ("decision", "accept"),
        ("sensitive", "identity_document"),
        ("sensitive", "name"),
        ("scope", "openid realname phone"),
        ("claims", "name"),
    ];
    let landed = browser.submit(&page, "consent-form", &forged).await;
    let tokens = redeem(&node, &matters, &request, landed).await;
    let info = node.userinfo(&tokens.access).await.ok();
    for claim in ["identity_document", "name", "phone_number"] {
        assert_eq!(info[claim], Value::Null, "{claim}");
    }
    // What was slipped in is not remembered either.
    let more = Request::of(&matters).with("scope", "openid realname");
    browser.begin(&more).await.page().must_have("consent-form");
    node.close().await;
}

#[tokio::test]
async fn offline_access_counts_only_with_the_consent_prompt() {
    let node = TestNode::start().await;
    let matters = asking(&node, "matters", "first_use").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("scope", "openid offline_access");
    let callback = browser.begin(&request).await.callback();
    let answer = node.redeem(&matters, &request, callback.code()).await.ok();
    assert_eq!(answer["scope"], "openid", "ignored without the prompt");
    let request = request.with("prompt", "consent");
    let landed = browser.begin(&request).await;
    let callback = accept(&mut browser, landed, &[]).await.callback();
    let answer = node.redeem(&matters, &request, callback.code()).await.ok();
    assert_eq!(answer["scope"], "openid offline_access");
    node.close().await;
}

#[tokio::test]
async fn a_withdrawn_consent_ends_what_was_granted_and_is_asked_for_again() {
    let node = TestNode::start().await;
    let matters = asking(&node, "matters", "first_use").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let request = Request::of(&matters).with("scope", "openid profile");
    let landed = browser.begin(&request).await;
    let landed = accept(&mut browser, landed, &[]).await;
    let tokens = redeem(&node, &matters, &request, landed).await;
    let account = browser.get("/account").await.page();
    let form = account.hidden("client_id");
    assert_eq!(form, ["matters"]);
    let csrf = account.hidden("csrf").remove(0);
    let done = browser.post("/account/consents/withdraw", &[("csrf", csrf.as_str()), ("client_id", "matters")]).await;
    done.page().must_have("account");
    assert!(!node.is_active(&matters, &tokens.access).await);
    assert_eq!(node.refresh(&matters, tokens.refresh()).await.error(), "invalid_grant");
    browser.begin(&request).await.page().must_have("consent-form");
    node.close().await;
}
