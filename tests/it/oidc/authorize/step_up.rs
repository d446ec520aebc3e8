//! Levels on the way: a demand must be met, a wish may be declined, and the person comes back to where she was.

use hufu::realname::MobileNumber;
use hufu::session::Device;
use serde_json::json;

use crate::support::span::minutes;
use crate::support::{Request, TestNode};

const L2: &str = "urn:hufu:acr:l2";

#[tokio::test]
async fn a_clients_minimum_leads_over_the_real_name_back_to_the_service() {
    let node = TestNode::start().await;
    let licences = node.client_with("licences", json!({"minimum_acr": L2})).await;
    let mut wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&licences).with("scope", "openid realname");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("realname-form");
    let code = browser.prove_name(&page, &wang).await.callback().code().to_owned();
    let tokens = node.redeem(&licences, &request, &code).await.tokens();
    assert_eq!(tokens.claim("acr"), L2);
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!((info["name"].as_str(), info["realname_level"].as_i64()), (Some(wang.name.as_str()), Some(2)));
    assert_eq!(info["realname_time"], node.now());
    wang.password.clear();
    // From now on nobody is asked.
    node.pass(minutes(5));
    browser.begin(&request.with("prompt", "none")).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn an_essential_acr_is_a_demand_and_what_cannot_be_reached_is_said() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let claims = |value: &str| format!(r#"{{"id_token":{{"acr":{{"essential":true,"value":"{value}"}}}}}}"#);
    let request = Request::of(&matters).with("claims", &claims(L2));
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let code = browser.prove_name(&page, &wang).await.callback().code().to_owned();
    assert_eq!(node.redeem(&matters, &request, &code).await.tokens().claim("acr"), L2);
    for beyond in ["urn:hufu:acr:l4", "urn:example:gold"] {
        let callback = browser.begin(&Request::of(&matters).with("claims", &claims(beyond))).await.callback();
        assert_eq!(callback.error(), "unmet_authentication_requirements", "{beyond}");
    }
    node.close().await;
}

#[tokio::test]
async fn a_wish_may_be_declined_and_is_not_forced_again_on_the_same_way() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters).with("acr_values", &format!("urn:hufu:acr:l3 {L2}"));
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    page.must_have("realname-form");
    let code = browser.submit(&page, "realname-skip", &[]).await.callback().code().to_owned();
    assert_eq!(node.redeem(&matters, &request, &code).await.tokens().claim("acr"), "urn:hufu:acr:l0");
    // A new request wishes again; silently, nobody is asked.
    browser.begin(&request).await.page().must_have("realname-form");
    browser.begin(&request.with("prompt", "none")).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn a_demand_cannot_be_declined() {
    let node = TestNode::start().await;
    let licences = node.client_with("licences", json!({"minimum_acr": L2})).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&licences)).await.page();
    let page = browser.log_in(&page, &wang).await.page();
    assert!(!page.has("realname-skip"), "the page offers no way around a demand");
    for step in ["skip", "continue"] {
        let again = browser.submit(&page, "realname-form", &[("step", step)]).await.page();
        again.must_have("realname-form");
    }
    node.close().await;
}

#[tokio::test]
async fn a_step_up_turns_the_cookie_and_keeps_session_and_sid() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let before = browser.sign_in_at(&node, &matters, &wang).await;
    let cookie = browser.session_cookie().unwrap().to_owned();
    node.pass(minutes(1));
    let request = Request::of(&matters).with("prompt", "login");
    let page = browser.begin(&request).await.page();
    let code = browser.log_in(&page, &wang).await.callback().code().to_owned();
    let after = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(before.claim("sid"), after.claim("sid"));
    assert_ne!(browser.session_cookie(), Some(cookie.as_str()));
    assert!(node.is_active(&matters, &before.access).await, "nothing of the session has ended");
    assert_eq!(node.deliver().await, 0, "nobody is told");
    node.close().await;
}

#[tokio::test]
async fn the_acr_is_the_highest_of_the_requested_ones_that_is_reached() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    for (wished, reported) in [
        ("urn:hufu:acr:l1", "urn:hufu:acr:l1"),
        ("urn:hufu:acr:l1 urn:hufu:acr:l2", L2),
        ("urn:hufu:acr:l4", L2),
        ("urn:example:gold", L2),
    ] {
        let request = Request::of(&matters).with("acr_values", wished);
        let code = browser.begin(&request).await.callback().code().to_owned();
        assert_eq!(node.redeem(&matters, &request, &code).await.tokens().claim("acr"), reported, "{wished}");
    }
    node.close().await;
}

/// The lowest rung above nothing: no name, and a mobile number that a code was shown for.
#[tokio::test]
async fn a_verified_mobile_number_is_l1_and_a_number_that_is_only_typed_is_not() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let request = Request::of(&matters).with("scope", "openid realname").with("acr_values", "urn:hufu:acr:l1");
    let typed = browser.sign_in_at(&node, &matters, &wang).await;
    assert_eq!(typed.claim("acr"), "urn:hufu:acr:l0");
    // Shown by the verifier of numbers, as the account centre does after the code.
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    let number = MobileNumber::parse(&wang.mobile).unwrap();
    node.app.signon.set_mobile(&account, &number, &Device::default()).await.unwrap();
    let code = browser.begin(&request).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l1");
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!((info["realname_level"].as_i64(), info["realname_time"].as_i64()), (Some(1), Some(node.now())));
    assert!(info.get("name").is_none(), "nobody has confirmed a name");
    // It is the account's no longer, and neither is the level.
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    node.app.signon.remove_mobile(&account).await.unwrap();
    let request = Request::of(&matters).with("prompt", "none");
    let code = browser.begin(&request).await.callback().code().to_owned();
    assert_eq!(node.redeem(&matters, &request, &code).await.tokens().claim("acr"), "urn:hufu:acr:l0");
    let messages = node.pending().await;
    node.close_with_pending(messages).await;
}
