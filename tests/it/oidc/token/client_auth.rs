//! Threats 17 and 18: how a client proves who it is, and what does not prove it.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use hufu::base::encoding::base64url;
use hufu::proto::jose::SigningAlg;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Answer, Client, ClientKey, TestNode, assertion_fields};

const ISSUER: &str = "https://id.example";

async fn signer(node: &TestNode) -> Client {
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    });
    node.client_with("signer", members).await
}

/// A client_credentials request with this assertion.
async fn present(node: &TestNode, assertion: &str) -> Answer {
    let mut fields = vec![("grant_type", "client_credentials")];
    fields.extend(assertion_fields(assertion));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    node.call(Method::POST, "/oauth2/token", &[form], &body).await
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    changed[name] = value;
    changed
}

fn without(claims: &Value, name: &str) -> Value {
    let mut changed = claims.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[tokio::test]
async fn an_assertion_is_for_the_issuer_or_the_token_endpoint_as_one_string() {
    let node = TestNode::start().await;
    let client = signer(&node).await;
    let key = client.key.clone().unwrap();
    for audience in [ISSUER.to_owned(), format!("{ISSUER}/oauth2/token")] {
        let claims = ClientKey::assertion(&client, &audience, node.now());
        present(&node, &key.sign("JWT", &claims)).await.tokens();
    }
    for audience in [
        json!([ISSUER]),
        json!([ISSUER, "https://other.example"]),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER}/oauth2/userinfo")),
        json!(format!("{ISSUER}/oauth2/token/")),
        json!("https://other.example"),
        json!("signer"),
        json!(""),
        json!(1),
        Value::Null,
    ] {
        let claims = with(&ClientKey::assertion(&client, "", node.now()), "aud", audience.clone());
        let answer = present(&node, &key.sign("JWT", &claims)).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::UNAUTHORIZED, "invalid_client"),
            "{audience}"
        );
    }
    node.close().await;
}

#[tokio::test]
async fn an_assertion_that_is_incomplete_old_or_somebody_elses_is_refused() {
    let node = TestNode::start().await;
    let client = signer(&node).await;
    let other = node.client_with("other", json!({"token_endpoint_auth_method": "private_key_jwt"})).await;
    let key = client.key.clone().unwrap();
    let now = node.now();
    let good = ClientKey::assertion(&client, ISSUER, now);
    let cases = [
        ("no jti", without(&good, "jti")),
        ("no exp", without(&good, "exp")),
        ("no iss", without(&good, "iss")),
        ("no sub", without(&good, "sub")),
        ("no aud", without(&good, "aud")),
        ("expired", with(&good, "exp", json!(now - 11))),
        ("exp is text", with(&good, "exp", json!("9999999999"))),
        ("lives longer than an hour", with(&good, "exp", json!(now + 3661))),
        ("not yet valid", with(&good, "nbf", json!(now + 60))),
        ("issued by another", with(&good, "iss", json!("other"))),
        ("about another", with(&good, "sub", json!("other"))),
        ("about nobody", with(&good, "sub", json!("nobody"))),
    ];
    for (why, claims) in cases {
        assert_eq!(present(&node, &key.sign("JWT", &claims)).await.error(), "invalid_client", "{why}");
    }
    assert_eq!(present(&node, &other.key.unwrap().sign("JWT", &good)).await.error(), "invalid_client", "another's key");
    assert_eq!(present(&node, &key.sign("at+jwt", &good)).await.error(), "invalid_client", "an access token");
    assert_eq!(present(&node, &key.sign("logout+jwt", &good)).await.error(), "invalid_client", "a logout token");
    present(&node, &key.sign("JWT", &good)).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn an_assertion_with_a_weak_or_foreign_signature_is_refused() {
    let node = TestNode::start().await;
    let client = signer(&node).await;
    let key = client.key.clone().unwrap();
    let good = ClientKey::assertion(&client, ISSUER, node.now());
    assert_eq!(present(&node, &ClientKey::unsigned(&json!({"alg": "none"}), &good)).await.error(), "invalid_client");
    // HS256 with the public key as the secret: the text of the registered key set, and its x coordinate.
    let jwks = key.jwks();
    for secret in [jwks.to_string(), jwks["keys"][0].to_string(), jwks["keys"][0]["x"].as_str().unwrap().to_owned()] {
        let head = base64url(json!({"alg": "HS256", "kid": jwks["keys"][0]["kid"]}).to_string().as_bytes());
        let message = format!("{head}.{}", base64url(good.to_string().as_bytes()));
        let hmac = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let token = format!("{message}.{}", base64url(aws_lc_rs::hmac::sign(&hmac, message.as_bytes()).as_ref()));
        assert_eq!(present(&node, &token).await.error(), "invalid_client");
    }
    // A key that the token brings along is no key of the client.
    let stranger = ClientKey::new(SigningAlg::ES256);
    let signed = stranger.sign("JWT", &good);
    let rest = signed.split_once('.').unwrap().1;
    for member in ["jwk", "jku", "x5u", "x5c"] {
        let value = if member == "jwk" { stranger.jwks()["keys"][0].clone() } else { json!(node.sink.url("keys")) };
        let head = base64url(json!({"alg": "ES256", "typ": "JWT", member: value}).to_string().as_bytes());
        assert_eq!(present(&node, &format!("{head}.{rest}")).await.error(), "invalid_client", "{member}");
    }
    assert_eq!(node.sink.asked("keys"), 0, "nothing is fetched");
    node.close().await;
}

#[tokio::test]
async fn an_assertion_is_used_once_also_after_a_restart() {
    let mut node = TestNode::start().await;
    let client = signer(&node).await;
    let key = client.key.clone().unwrap();
    let assertion = key.sign("JWT", &ClientKey::assertion(&client, ISSUER, node.now()));
    present(&node, &assertion).await.tokens();
    assert_eq!(present(&node, &assertion).await.error(), "invalid_client");
    node.restart().await;
    assert_eq!(present(&node, &assertion).await.error(), "invalid_client");
    node.app.sweeper.sweep().await.unwrap();
    assert_eq!(
        present(&node, &assertion).await.error(),
        "invalid_client",
        "the mark stays as long as it could be used"
    );
    present(&node, &key.sign("JWT", &ClientKey::assertion(&client, ISSUER, node.now()))).await.tokens();
    node.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_uses_of_an_assertion_at_once_one_succeeds() {
    let node = Arc::new(TestNode::start().await);
    let client = signer(&node).await;
    let assertion = client.key.as_ref().unwrap().sign("JWT", &ClientKey::assertion(&client, ISSUER, node.now()));
    let gate = Arc::new(Barrier::new(50));
    let mut all = JoinSet::new();
    for _ in 0..50 {
        let (node, assertion, gate) = (node.clone(), assertion.clone(), gate.clone());
        all.spawn(async move {
            gate.wait().await;
            present(&node, &assertion).await.status == StatusCode::OK
        });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|good| *good).count(), 1);
    Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn a_client_has_the_one_method_that_it_registered() {
    let node = TestNode::start().await;
    let grants = |method: &str| json!({"token_endpoint_auth_method": method, "grant_types": ["authorization_code", "client_credentials"]});
    let basic = node.client_with("basic", grants("client_secret_basic")).await;
    let post = node.client_with("post", grants("client_secret_post")).await;
    let ask = [("grant_type", "client_credentials")];
    node.token(&basic, &ask).await.tokens();
    node.token(&post, &ask).await.tokens();
    for (client, method) in
        [(&basic, "client_secret_post"), (&post, "client_secret_basic"), (&basic, "none"), (&post, "none")]
    {
        let wrong = Client { method: method.to_owned(), ..client.clone() };
        let answer = node.token(&wrong, &ask).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "invalid_client"), "{method}");
        assert_eq!(answer.headers.contains_key(header::WWW_AUTHENTICATE), method == "client_secret_basic", "{method}");
    }
    for secret in ["", "guess", &basic.secret.to_uppercase(), &format!("{} ", basic.secret)] {
        let wrong = Client { secret: secret.to_owned(), ..basic.clone() };
        assert_eq!(node.token(&wrong, &ask).await.error(), "invalid_client", "{secret:?}");
    }
    let both = [("grant_type", "client_credentials"), ("client_id", "basic"), ("client_secret", basic.secret.as_str())];
    assert_eq!(node.token(&basic, &both).await.error(), "invalid_request", "two ways at once");
    let other_name = [("grant_type", "client_credentials"), ("client_id", "post")];
    assert_eq!(node.token(&basic, &other_name).await.error(), "invalid_request");
    node.close().await;
}

#[tokio::test]
async fn keys_behind_a_url_are_fetched_once_and_again_when_the_client_rotates() {
    let node = TestNode::start().await;
    let (old, new) = (ClientKey::new(SigningAlg::ES256), ClientKey::new(SigningAlg::RS256));
    let uri = node.sink.serve("keys", old.jwks().to_string());
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": uri,
        "grant_types": ["authorization_code", "client_credentials"],
    });
    let client = node.client_with("signer", members).await;
    let assertion = |key: &ClientKey| key.sign("JWT", &ClientKey::assertion(&client, ISSUER, node.now()));
    for _ in 0..3 {
        present(&node, &assertion(&old)).await.tokens();
    }
    assert_eq!(node.sink.asked("keys"), 1);
    node.sink.serve("keys", new.jwks().to_string());
    for _ in 0..5 {
        assert_eq!(
            present(&node, &assertion(&new)).await.error(),
            "invalid_client",
            "just fetched: a guess costs no fetch"
        );
    }
    assert_eq!(node.sink.asked("keys"), 1);
    node.pass(crate::support::span::seconds(11));
    present(&node, &assertion(&new)).await.tokens();
    assert_eq!(node.sink.asked("keys"), 2);
    assert_eq!(present(&node, &assertion(&old)).await.error(), "invalid_client");
    node.close().await;
}
