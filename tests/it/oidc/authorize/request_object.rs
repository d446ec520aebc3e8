//! Request objects (OIDC Core §6, RFC 9101) and pushed requests (RFC 9126).

use hufu::proto::jose::SigningAlg;
use serde_json::{Value, json};

use crate::support::span::seconds;
use crate::support::{Client, ClientKey, Request, TestNode};

/// The claims of a request object that asks what `request` asks.
fn claims(request: &Request, now: i64) -> Value {
    let mut claims = json!({"iss": "signer", "aud": "https://id.example", "iat": now, "exp": now + 60});
    for (name, value) in request.params() {
        claims[name] = json!(value);
    }
    claims
}

async fn signer(node: &TestNode, members: Value) -> Client {
    let mut all = json!({"token_endpoint_auth_method": "private_key_jwt"});
    all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    node.client_with("signer", all).await
}

/// Only what must stand outside (OIDC Core §6.1).
fn outside(client: &Client) -> Request {
    Request::of(client)
        .without("redirect_uri")
        .without("state")
        .without("nonce")
        .without("code_challenge")
        .without("code_challenge_method")
}

#[tokio::test]
async fn what_is_signed_wins_over_what_stands_outside() {
    let node = TestNode::start().await;
    let client = signer(&node, json!({})).await;
    let wang = node.person("wangming").await;
    let inside = Request::of(&client).with("state", "signed");
    let object = client.key.as_ref().unwrap().sign("oauth-authz-req+jwt", &claims(&inside, node.now()));
    let request = outside(&client).with("state", "unsigned").with("request", &object);
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let callback = browser.begin(&request).await.callback();
    assert_eq!(callback.get("state"), "signed");
    node.redeem(&client, &inside, callback.code()).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn an_object_that_is_not_the_clients_own_word_is_refused() {
    let node = TestNode::start().await;
    let client = signer(&node, json!({})).await;
    let key = client.key.clone().unwrap();
    let mut browser = node.browser();
    let good = claims(&Request::of(&client), node.now());
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let stranger = ClientKey::new(SigningAlg::ES256);
    let signed = key.sign("JWT", &good);
    let (head, _) = signed.rsplit_once('.').unwrap();
    let objects = [
        ("another key", stranger.sign("JWT", &good)),
        ("alg none", ClientKey::unsigned(&json!({"alg": "none"}), &good)),
        ("no signature", format!("{head}.")),
        ("another audience", key.sign("JWT", &with("aud", json!("https://other.example")))),
        ("another issuer", key.sign("JWT", &with("iss", json!("matters")))),
        ("expired", key.sign("JWT", &with("exp", json!(node.now() - 60)))),
        ("a request in a request", key.sign("JWT", &with("request", json!(signed)))),
        ("a request_uri in a request", key.sign("JWT", &with("request_uri", json!("https://a.example")))),
        ("another client", key.sign("JWT", &with("client_id", json!("matters")))),
        ("another response type", key.sign("JWT", &with("response_type", json!("token")))),
        ("an access token", key.sign("at+jwt", &good)),
    ];
    for (why, object) in objects {
        let page = browser.begin(&outside(&client).with("request", &object)).await.page();
        assert_eq!(page.error_code(), "invalid_request_object", "{why}");
    }
    let both = outside(&client).with("request", &signed).with("request_uri", "https://a.example/");
    assert_eq!(browser.begin(&both).await.page().error_code(), "invalid_request");
    node.close().await;
}

#[tokio::test]
async fn a_request_uri_is_fetched_only_when_it_is_registered() {
    let node = TestNode::start().await;
    let uri = node.sink.url("requests/1");
    let client = signer(&node, json!({"request_uris": [uri]})).await;
    let wang = node.person("wangming").await;
    let inside = Request::of(&client).with("state", "fetched");
    node.sink.serve("requests/1", client.key.as_ref().unwrap().sign("JWT", &claims(&inside, node.now())));
    node.sink.serve("requests/2", client.key.as_ref().unwrap().sign("JWT", &claims(&inside, node.now())));
    let mut browser = node.browser();
    let foreign = outside(&client).with("request_uri", &node.sink.url("requests/2"));
    assert_eq!(browser.begin(&foreign).await.page().error_code(), "invalid_request_uri");
    assert_eq!(node.sink.asked("requests/2"), 0, "nothing is fetched");
    let request = outside(&client).with("request_uri", &uri);
    let page = browser.begin(&request).await.page();
    let callback = browser.log_in(&page, &wang).await.callback();
    assert_eq!(callback.get("state"), "fetched");
    node.redeem(&client, &inside, callback.code()).await.tokens();
    node.close().await;
}

#[tokio::test]
async fn a_client_that_must_sign_or_push_cannot_do_without() {
    let node = TestNode::start().await;
    let signs = signer(&node, json!({"require_signed_request_object": true})).await;
    let pushes = node.client_with("pushes", json!({"require_pushed_authorization_requests": true})).await;
    let mut browser = node.browser();
    for client in [&signs, &pushes] {
        let page = browser.begin(&Request::of(client)).await.page();
        assert_eq!(page.error_code(), "invalid_request", "{}", client.id);
    }
    node.close().await;
}

async fn push(node: &TestNode, client: &Client, request: &Request) -> String {
    let fields: Vec<(&str, &str)> = request.params().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = node.form("/oauth2/par", client, &fields).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.ok()["request_uri"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_pushed_request_buys_one_code_even_when_the_person_takes_her_time() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let request = Request::of(&matters);
    let uri = push(&node, &matters, &request).await;
    let by_uri = Request::of(&matters).with("request_uri", &uri);
    let mut browser = node.browser();
    let page = browser.begin(&by_uri).await.page();
    let other_tab = page.clone();
    node.pass(seconds(600));
    let callback = browser.log_in(&page, &wang).await.callback();
    node.redeem(&matters, &request, callback.code()).await.tokens();
    let landed = browser.log_in(&other_tab, &wang).await;
    assert!(matches!(&landed, crate::support::Landed::Here(page) if page.has("expired")), "{landed:?}");
    let again = browser.begin(&by_uri).await.page();
    assert_eq!(again.error_code(), "invalid_request_uri");
    // Used within its minute it buys no second one either, though nobody is asked anything.
    let uri = push(&node, &matters, &request).await;
    let by_uri = Request::of(&matters).with("request_uri", &uri);
    browser.begin(&by_uri).await.callback().code();
    assert_eq!(browser.begin(&by_uri).await.page().error_code(), "invalid_request_uri");
    node.close().await;
}

#[tokio::test]
async fn a_pushed_request_is_its_clients_alone_and_lives_a_minute() {
    let node = TestNode::start().await;
    let (matters, licences) = (node.client("matters").await, node.client("licences").await);
    let uri = push(&node, &matters, &Request::of(&matters)).await;
    let mut browser = node.browser();
    let stolen = Request::of(&licences).with("request_uri", &uri);
    assert_eq!(browser.begin(&stolen).await.page().error_code(), "invalid_request_uri");
    browser.begin(&Request::of(&matters).with("request_uri", &uri)).await.page().must_have("login-form");
    node.pass(seconds(60));
    let late = Request::of(&matters).with("request_uri", &uri);
    assert_eq!(browser.begin(&late).await.page().error_code(), "invalid_request_uri");
    let unknown = Request::of(&matters).with("request_uri", "urn:ietf:params:oauth:request_uri:guess");
    assert_eq!(browser.begin(&unknown).await.page().error_code(), "invalid_request_uri");
    let nested = node.form("/oauth2/par", &matters, &[("request_uri", &uri), ("response_type", "code")]).await;
    assert_eq!(nested.error(), "invalid_request");
    node.close().await;
}

#[tokio::test]
async fn an_object_that_is_the_whole_request_lets_nothing_count_that_stands_outside() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    for (name, typ, members) in [
        ("demands", "JWT", json!({"require_signed_request_object": true})),
        ("types", "oauth-authz-req+jwt", json!({})),
    ] {
        let mut all = json!({"token_endpoint_auth_method": "private_key_jwt"});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let client = node.client_with(name, all).await;
        let inside = Request::of(&client).without("state");
        let mut said = claims(&inside, node.now());
        said["iss"] = json!(name);
        let object = client.key.as_ref().unwrap().sign(typ, &said);
        // RFC 9101 §6.3: neither a state nor a prompt that an attacker has put beside it.
        let request = outside(&client).with("request", &object).with("state", "planted").with("prompt", "none");
        let mut browser = node.browser();
        let page = browser.begin(&request).await.page();
        page.must_have("login-form");
        let callback = browser.log_in(&page, &wang).await.callback();
        assert!(!callback.params.contains_key("state"), "{name}: {:?}", callback.params);
    }
    node.close().await;
}
