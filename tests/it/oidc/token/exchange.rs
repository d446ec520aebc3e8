//! Token exchange (RFC 8693): a service calls another one on behalf of a person.

use hufu::proto::jose::peek_claims_unverified;
use serde_json::{Map, Value, json};

use crate::support::span::{minutes, seconds};
use crate::support::{Answer, Browser, Client, Person, Request, TestNode, Tokens};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A service of the province that may call two national ones, one of which may call on.
struct Stage {
    node: TestNode,
    service: Client,
    national: Client,
    deep: Client,
    person: Person,
    browser: Browser,
    tokens: Tokens,
}

fn exchanging(resources: &[&str]) -> Value {
    json!({
        "grant_types": ["authorization_code", "refresh_token", EXCHANGE],
        "exchange_resources": resources,
        "resource_server": true,
    })
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::start().await;
        let service = node.client_with("matters", exchanging(&["national", "plain", "gone"])).await;
        let national = node.client_with("national", exchanging(&["deep"])).await;
        let deep = node.client_with("deep", json!({"resource_server": true})).await;
        node.client("plain").await;
        let person = node.verified_person("wangming").await;
        let mut browser = node.browser();
        let request = Request::of(&service).with("scope", "openid profile realname phone");
        let code = browser.code_for(&request, &person).await;
        let tokens = node.redeem(&service, &request, &code).await.tokens();
        Self { node, service, national, deep, person, browser, tokens }
    }

    async fn exchange(&self, client: &Client, token: &str, audience: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", audience),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        self.node.token(client, &fields).await
    }

    /// The token of the service for the national one.
    async fn once(&self) -> String {
        let answer = self.exchange(&self.service, &self.tokens.access, "national", &[]).await.ok();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn introspect(&self, client: &Client, token: &str) -> Value {
        self.node.form("/oauth2/introspect", client, &[("token", token)]).await.ok()
    }

    async fn close(self) {
        self.node.deliver().await;
        self.node.close().await;
    }
}

fn read(token: &str) -> Map<String, Value> {
    peek_claims_unverified(token).unwrap()
}

#[tokio::test]
async fn a_service_calls_another_one_with_a_token_that_says_so() {
    let stage = Stage::set().await;
    let answer = stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.ok();
    assert_eq!((&answer["issued_token_type"], &answer["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    assert_eq!((&answer["refresh_token"], &answer["id_token"]), (&Value::Null, &Value::Null));
    let (before, after) = (read(&stage.tokens.access), read(answer["access_token"].as_str().unwrap()));
    assert_eq!((&after["aud"], &after["client_id"]), (&json!("national"), &json!("matters")));
    for kept in ["iss", "acr", "auth_time"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    assert_eq!(after["act"], json!({"sub": "matters", "client_id": "matters"}));
    assert_eq!(after["scope"], json!("profile realname phone"));
    assert_ne!(before["sub"], after["sub"], "each service knows a person by its own name");
    let own = stage.introspect(&stage.service, answer["access_token"].as_str().unwrap()).await;
    assert_eq!((&own["active"], &own["sub"], &own["act"]), (&json!(true), &before["sub"], &Value::Null));
    let seen = stage.introspect(&stage.national, answer["access_token"].as_str().unwrap()).await;
    assert_eq!((&seen["active"], &seen["sub"], &seen["act"]), (&json!(true), &after["sub"], &after["act"]));
    stage.close().await;
}

#[tokio::test]
async fn the_chain_of_who_acts_grows_with_every_hop_and_each_has_one_audience() {
    let stage = Stage::set().await;
    let first = stage.once().await;
    let answer = stage.exchange(&stage.national, &first, "deep", &[("scope", "realname")]).await.ok();
    let token = answer["access_token"].as_str().unwrap();
    let claims = read(token);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!("deep"), &json!("realname")));
    let first_hand = json!({"sub": "matters", "client_id": "matters"});
    assert_eq!(claims["act"], json!({"sub": "national", "client_id": "national", "act": first_hand}));
    assert!(stage.node.is_active(&stage.deep, token).await);
    assert!(!stage.node.is_active(&stage.service, token).await, "it is no longer the first one's");
    // What was narrowed does not widen again.
    let wider = stage.exchange(&stage.national, &first, "deep", &[("scope", "realname identity_number")]).await;
    assert_eq!(wider.error(), "invalid_scope");
    stage.close().await;
}

#[tokio::test]
async fn an_exchanged_token_is_good_at_its_one_audience_only() {
    let stage = Stage::set().await;
    let token = stage.once().await;
    assert_eq!(stage.node.userinfo(&token).await.error(), "invalid_token");
    assert!(!stage.node.is_active(&stage.deep, &token).await, "another resource learns nothing");
    assert!(stage.node.is_active(&stage.national, &token).await);
    // Nor is it exchanged again by the one that has given it away.
    let again = stage.exchange(&stage.service, &token, "national", &[]).await;
    assert_eq!(again.error(), "invalid_request");
    stage.close().await;
}

#[tokio::test]
async fn scopes_only_narrow_and_signing_in_is_not_passed_on() {
    let stage = Stage::set().await;
    let token = stage.tokens.access.clone();
    let narrow = stage.exchange(&stage.service, &token, "national", &[("scope", "realname")]).await.ok();
    assert_eq!(narrow["scope"], json!("realname"));
    for wider in ["realname identity_number", "openid", "offline_access", "email"] {
        let answer = stage.exchange(&stage.service, &token, "national", &[("scope", wider)]).await;
        assert_eq!(answer.error(), "invalid_scope", "{wider}");
    }
    stage.close().await;
}

#[tokio::test]
async fn only_what_the_operator_has_allowed_is_an_audience_and_one_at_a_time() {
    let stage = Stage::set().await;
    let token = &stage.tokens.access;
    for (what, audience) in [
        ("not on the list", "deep"),
        ("no service that takes tokens", "plain"),
        ("no such service", "gone"),
        ("the node itself", "https://id.example"),
        ("the client itself", "matters"),
    ] {
        assert_eq!(stage.exchange(&stage.service, token, audience, &[]).await.error(), "invalid_target", "{what}");
    }
    let none = stage.exchange(&stage.service, token, "national", &[("audience", "")]).await;
    assert_eq!(none.error(), "invalid_target", "none");
    let two = stage.exchange(&stage.service, token, "national", &[("resource", "national")]).await;
    assert_eq!(two.error(), "invalid_target", "two");
    let by_resource =
        stage.exchange(&stage.service, token, "", &[("audience", ""), ("resource", "national")]).await.ok();
    assert_eq!(read(by_resource["access_token"].as_str().unwrap())["aud"], json!("national"));
    // The list is looked at as it stands now.
    let less = exchanging(&[]);
    stage.node.put_again(&stage.service, less).await;
    assert_eq!(stage.exchange(&stage.service, token, "national", &[]).await.error(), "invalid_target");
    stage.close().await;
}

#[tokio::test]
async fn a_client_that_was_not_granted_it_exchanges_nothing() {
    let stage = Stage::set().await;
    let plain = stage.node.client("other").await;
    let answer = stage.exchange(&plain, &stage.tokens.access, "national", &[]).await;
    assert_eq!(answer.error(), "unauthorized_client");
    // Nobody grants it to themselves.
    let policy = stage.node.app.provider.registration_policy();
    for members in [json!({"grant_types": [EXCHANGE]}), json!({"exchange_resources": ["national"]})] {
        let mut wanted = json!({"redirect_uris": ["https://x.example/cb"]});
        wanted.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let metadata: hufu::proto::oauth::ClientMetadata = serde_json::from_value(wanted).unwrap();
        let refused = metadata.validate(policy).unwrap_err();
        assert!(refused.description.contains("granted by the platform only"), "{}", refused.description);
    }
    stage.close().await;
}

#[tokio::test]
async fn a_public_client_proves_nothing_and_exchanges_nothing() {
    let stage = Stage::set().await;
    let mut members = exchanging(&["national"]);
    members["token_endpoint_auth_method"] = json!("none");
    let public = stage.node.client_with("public", members).await;
    let tokens = stage.node.browser().sign_in_at(&stage.node, &public, &stage.person).await;
    let answer = stage.exchange(&public, &tokens.access, "national", &[]).await;
    assert_eq!(answer.error(), "unauthorized_client");
    stage.close().await;
}

#[tokio::test]
async fn a_token_of_another_client_is_not_exchanged() {
    let stage = Stage::set().await;
    let other = stage.node.client_with("other", exchanging(&["national"])).await;
    let answer = stage.exchange(&other, &stage.tokens.access, "national", &[]).await;
    assert_eq!(answer.error(), "invalid_request");
    stage.close().await;
}

#[tokio::test]
async fn only_living_access_tokens_of_people_are_exchanged() {
    let stage = Stage::set().await;
    let own = json!({
        "grant_types": ["client_credentials", EXCHANGE], "response_types": [], "redirect_uris": [],
        "exchange_resources": ["national"],
    });
    let machine = stage.node.client_with("machine", own).await;
    let answer = stage.node.token(&machine, &[("grant_type", "client_credentials")]).await.ok();
    let of_nobody = answer["access_token"].as_str().unwrap();
    assert_eq!(stage.exchange(&machine, of_nobody, "national", &[]).await.error(), "invalid_request", "of nobody");
    let (refresh, id) = (stage.tokens.refresh().to_owned(), stage.tokens.id_token.clone());
    for (what, token) in [("a refresh token", &refresh), ("an ID token", &id), ("nonsense", &"x".to_owned())] {
        let answer = stage.exchange(&stage.service, token, "national", &[]).await;
        assert_eq!(answer.error(), "invalid_request", "{what}");
    }
    let access = stage.tokens.access.clone();
    for (name, value) in [
        ("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("actor_token", "x"),
        ("subject_token_type", ""),
        ("subject_token", ""),
    ] {
        let answer = stage.exchange(&stage.service, &access, "national", &[(name, value)]).await;
        assert_eq!(answer.error(), "invalid_request", "{name} = {value}");
    }
    stage.close().await;
}

#[tokio::test]
async fn an_exchanged_token_lives_no_longer_than_the_one_it_came_from() {
    let stage = Stage::set().await;
    stage.node.pass(minutes(4));
    let answer = stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.ok();
    let (before, after) = (read(&stage.tokens.access), read(answer["access_token"].as_str().unwrap()));
    assert_eq!(before["exp"], after["exp"]);
    assert!(answer["expires_in"].as_i64().unwrap() <= 60);
    stage.node.pass(seconds(71));
    assert!(!stage.node.is_active(&stage.national, answer["access_token"].as_str().unwrap()).await);
    let late = stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await;
    assert_eq!(late.error(), "invalid_request");
    stage.close().await;
}

#[tokio::test]
async fn with_the_session_everything_that_was_exchanged_ends() {
    let mut stage = Stage::set().await;
    let token = stage.once().await;
    stage.browser.sign_out().await;
    assert!(!stage.node.is_active(&stage.national, &token).await);
    assert_eq!(stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.error(), "invalid_request");
    assert_eq!(stage.exchange(&stage.national, &token, "deep", &[]).await.error(), "invalid_request");
    stage.close().await;
}

#[tokio::test]
async fn what_was_revoked_is_not_exchanged_and_a_revoked_exchange_ends_alone() {
    let stage = Stage::set().await;
    let token = stage.once().await;
    stage.node.revoke(&stage.service, &token).await.ok();
    assert!(!stage.node.is_active(&stage.national, &token).await);
    let second = stage.once().await;
    stage.node.revoke(&stage.service, &stage.tokens.access).await.ok();
    assert_eq!(stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.error(), "invalid_request");
    // The family takes all that came of it along.
    assert!(stage.node.is_active(&stage.national, &second).await);
    stage.node.revoke(&stage.service, stage.tokens.refresh()).await.ok();
    assert!(!stage.node.is_active(&stage.national, &second).await);
    stage.close().await;
}

#[tokio::test]
async fn the_level_that_the_called_service_demands_holds_for_calls_too() {
    let stage = Stage::set().await;
    let strict = json!({"resource_server": true, "minimum_acr": "urn:hufu:acr:l3"});
    stage.node.put_again(&stage.national, strict).await;
    let answer = stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await;
    assert_eq!(answer.error(), "invalid_request");
    stage.close().await;
}

#[tokio::test]
async fn a_suspended_service_is_not_called_and_calls_nobody() {
    let stage = Stage::set().await;
    let token = stage.once().await;
    stage.node.app.logouts.suspend_client(&"national".into()).await.unwrap();
    assert_eq!(stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.error(), "invalid_target");
    stage.node.app.logouts.suspend_client(&"matters".into()).await.unwrap();
    assert_eq!(stage.exchange(&stage.service, &stage.tokens.access, "national", &[]).await.error(), "invalid_client");
    assert!(!stage.node.is_active(&stage.deep, &token).await);
    assert_eq!(stage.person.username, "wangming");
    stage.close().await;
}

#[tokio::test]
async fn an_opaque_token_is_exchanged_and_the_called_service_says_what_it_takes() {
    let stage = Stage::set().await;
    let mut members = exchanging(&["national"]);
    members["access_token_format"] = json!("opaque");
    let opaque = stage.node.client_with("opaque", members).await;
    let mut browser = stage.node.browser();
    let tokens = browser.sign_in_at(&stage.node, &opaque, &stage.person).await;
    let answer = stage.exchange(&opaque, &tokens.access, "national", &[]).await.ok();
    assert_eq!(read(answer["access_token"].as_str().unwrap())["aud"], json!("national"));
    let mut hidden = exchanging(&["deep"]);
    hidden["access_token_format"] = json!("opaque");
    stage.node.put_again(&stage.national, hidden).await;
    let answer = stage.exchange(&opaque, &tokens.access, "national", &[]).await.ok();
    let token = answer["access_token"].as_str().unwrap();
    assert!(!token.contains('.'), "who carries it does not read by which name the other one knows the person");
    assert!(stage.node.is_active(&stage.national, token).await);
    stage.close().await;
}
