//! The whole way, once: sign in at one service, silently at the next, user info, out of all.

use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_citizen_signs_in_at_one_service_is_known_at_the_next_and_leaves_all() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &wang).await;
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2");
    let silent = Request::of(&licences).with("prompt", "none").with("scope", "openid realname");
    let code = browser.begin(&silent).await.callback().code().to_owned();
    let at_licences = node.redeem(&licences, &silent, &code).await.tokens();
    assert_ne!(tokens.claim("sub"), at_licences.claim("sub"), "pairwise");
    let info = node.userinfo(&at_licences.access).await.ok();
    assert_eq!(info["name"], wang.name);
    assert_eq!(info["sub"], at_licences.claim("sub"));
    let out = format!(
        "/oauth2/logout?id_token_hint={}&post_logout_redirect_uri={}&state=bye",
        tokens.id_token, "https%3A%2F%2Fmatters.example%2F"
    );
    let back = browser.get(&out).await.callback();
    assert_eq!(back.whole, "https://matters.example/?state=bye");
    assert_eq!(node.deliver().await, 2);
    assert_eq!(node.sink.told_once("licences").text("sid"), at_licences.claim("sid"));
    assert_eq!(browser.begin(&silent).await.callback().error(), "login_required");
    node.close().await;
}
