//! Threat 4: PKCE is not left out and not downgraded.

use serde_json::json;

use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_stored_challenge_makes_its_verifier_mandatory() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let code = node.browser().code_for(&request, &wang).await;
    let upper = request.verifier.clone().unwrap().to_uppercase();
    for verifier in [None, Some(""), Some("wrong-verifier-wrong-verifier-wrong-verifier"), Some(upper.as_str())] {
        let wrong = request.clone().verified_by(verifier);
        assert_eq!(node.redeem(&matters, &wrong, &code).await.error(), "invalid_grant", "{:?}", wrong.verifier);
    }
    // The challenge itself, taken for a verifier, is what `plain` would accept.
    let challenge = request.params().iter().find(|(name, _)| name == "code_challenge").unwrap().1.clone();
    let plain = request.clone().verified_by(Some(&challenge));
    assert_eq!(node.redeem(&matters, &plain, &code).await.error(), "invalid_grant");
    node.redeem(&matters, &request, &code).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let bare = Request::of(&matters).without_pkce();
    let code = node.browser().code_for(&bare, &wang).await;
    let downgraded = bare.clone().verified_by(Request::of(&matters).verifier.as_deref());
    assert_eq!(node.redeem(&matters, &downgraded, &code).await.error(), "invalid_grant");
    node.redeem(&matters, &bare, &code).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn only_s256_is_spoken() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut browser = node.browser();
    let verifier = Request::of(&matters).verifier.unwrap();
    for request in [
        Request::of(&matters).with("code_challenge", &verifier).with("code_challenge_method", "plain"),
        Request::of(&matters).with("code_challenge", &verifier).without("code_challenge_method"),
        Request::of(&matters).with("code_challenge_method", "s256"),
        Request::of(&matters).without("code_challenge"),
        Request::of(&matters).with("code_challenge", "too-short"),
    ] {
        assert_eq!(browser.begin(&request).await.callback().error(), "invalid_request", "{:?}", request.params());
    }
    node.close().await;
}

#[tokio::test]
async fn public_native_and_strict_clients_cannot_leave_pkce_out() {
    let node = TestNode::start().await;
    let public = node.client_with("public", json!({"token_endpoint_auth_method": "none"})).await;
    let native = node
        .client_with(
            "native",
            json!({"application_type": "native", "token_endpoint_auth_method": "client_secret_basic"}),
        )
        .await;
    let strict = node.client_with("strict", json!({"require_pkce": true})).await;
    let wang = node.person("wangming").await;
    for client in [&public, &native, &strict] {
        let mut browser = node.browser();
        let bare = browser.begin(&Request::of(client).without_pkce()).await;
        assert_eq!(bare.callback().error(), "invalid_request", "{}", client.id);
        let request = Request::of(client);
        let code = browser.code_for(&request, &wang).await;
        let without = request.clone().verified_by(None);
        assert_eq!(node.redeem(client, &without, &code).await.error(), "invalid_grant", "{}", client.id);
        node.redeem(client, &request, &code).await.tokens();
    }
    node.close().await;
}
