//! What a node must not believe of the one above (threats 8 and 19), nor of a browser that says it comes from there. The
//! node above is one that the test plays.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use hufu::base::ManualClock;
use hufu::base::encoding::{base64url, sha256};
use hufu::keys::SigningKey;
use hufu::proto::jose::SigningAlg;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::stage::{href, plain};
use crate::support::{Browser, Callback, Client, ClientKey, Landed, NOW, Page, Request, TestNode, Tokens};

/// How the node above signs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    Well,
    Not,
    /// With its public key as if it were a secret.
    ByHmac,
    WithAnotherKey,
    /// As an access token would be.
    As(&'static str),
}

pub(super) struct Script {
    claims: Map<String, Value>,
    userinfo: Value,
    signs: Signs,
    asked: usize,
}

#[derive(Clone)]
pub(super) struct Upper {
    pub issuer: String,
    key: Arc<SigningKey>,
    other: Arc<SigningKey>,
    script: Arc<Mutex<Script>>,
}

impl Upper {
    async fn start() -> (Self, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.21", 0)).await.unwrap();
        let upper = Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: Arc::new(SigningKey::generate(SigningAlg::ES256).unwrap()),
            other: Arc::new(SigningKey::generate(SigningAlg::ES256).unwrap()),
            script: Arc::new(Mutex::new(Script {
                claims: Map::new(),
                userinfo: Value::Null,
                signs: Signs::Well,
                asked: 0,
            })),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(upper.clone());
        (upper, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
    }

    /// A token of this type with its key.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        self.key.sign(typ, claims).unwrap()
    }

    fn id_token(&self, script: &Script) -> String {
        let claims = Value::Object(script.claims.clone());
        match script.signs {
            Signs::Well => self.key.sign("JWT", &claims).unwrap(),
            Signs::As(typ) => self.key.sign(typ, &claims).unwrap(),
            Signs::WithAnotherKey => self.other.sign("JWT", &claims).unwrap(),
            Signs::Not => ClientKey::unsigned(&json!({"alg": "none", "typ": "JWT"}), &claims),
            Signs::ByHmac => {
                let head = base64url(json!({"alg": "HS256", "typ": "JWT"}).to_string().as_bytes());
                let message = format!("{head}.{}", base64url(claims.to_string().as_bytes()));
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_jwk().to_string().as_bytes());
                format!("{message}.{}", base64url(hmac::sign(&key, message.as_bytes()).as_ref()))
            }
        }
    }
}

async fn metadata(State(upper): State<Upper>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", upper.issuer);
    Json(json!({
        "issuer": upper.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(upper): State<Upper>) -> Json<Value> {
    Json(json!({"keys": [upper.key.public_jwk()]}))
}

async fn token(State(upper): State<Upper>) -> Json<Value> {
    let mut script = upper.script.lock();
    script.asked += 1;
    let id_token = upper.id_token(&script);
    Json(json!({"access_token": ACCESS, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}))
}

async fn userinfo(State(upper): State<Upper>) -> Json<Value> {
    Json(upper.script.lock().userinfo.clone())
}

const ACCESS: &str = "access-token-of-the-test";

/// A city below a node that the test plays.
pub(super) struct Stage {
    pub upper: Upper,
    pub city: TestNode,
    pub service: Client,
    task: JoinHandle<()>,
}

/// Somebody on the way to the node above: what the city asks there.
pub(super) struct Away {
    pub params: BTreeMap<String, String>,
}

impl Stage {
    async fn set(maximum_level: &str) -> Self {
        Self::with(&[("upstream.maximum_level", maximum_level)]).await
    }

    /// With these settings of the city.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let (upper, task) = Upper::start().await;
        let mut all = vec![("node.level", "city"), ("upstream.issuer", &*upper.issuer)];
        all.extend(settings);
        let city = TestNode::beside_others(&ManualClock::at(NOW), &all).await;
        let service = city.client("matters").await;
        Self { upper, city, service, task }
    }

    /// From a service to the sign-in page, the silent try answered by `login_required`, and on by the button.
    async fn leave(&self, browser: &mut Browser) -> Away {
        let page = self.sign_in_page(browser).await;
        let away = browser.get(&href(&page, "upstream-button")).await.callback();
        Away { params: away.params }
    }

    async fn sign_in_page(&self, browser: &mut Browser) -> Page {
        let silent = browser.begin(&Request::of(&self.service)).await.callback();
        assert_eq!(silent.get("prompt"), "none");
        let answer = self.answer(silent.get("state"), &[("error", "login_required")]);
        browser.get(&answer).await.page()
    }

    pub fn answer(&self, state: &str, params: &[(&str, &str)]) -> String {
        let mut all = vec![("state", state), ("iss", self.upper.issuer.as_str())];
        all.extend(params);
        format!("/upstream/callback?{}", encode(&all))
    }

    /// What a good node would say in answer to this way.
    pub fn good(&self, away: &Away) -> Map<String, Value> {
        let now = self.city.now();
        let half = sha256(ACCESS.as_bytes());
        let claims = json!({
            "iss": self.upper.issuer, "sub": "person-1", "aud": self.city.app.config.issuer.as_str(),
            "iat": now, "exp": now + 300, "auth_time": now, "nonce": away.params["nonce"],
            "acr": "urn:hufu:acr:l4", "amr": ["sc"], "sid": "session-1", "at_hash": base64url(&half[..16]),
        });
        claims.as_object().unwrap().clone()
    }

    /// Comes back by a way with what is scripted.
    pub async fn come_back(&self, browser: &mut Browser, away: &Away) -> Landed {
        browser.get(&self.answer(&away.params["state"], &[("code", "code-1")])).await
    }

    pub fn play(&self, claims: Map<String, Value>, signs: Signs, userinfo: Value) {
        let mut script = self.upper.script.lock();
        (script.claims, script.signs, script.userinfo) = (claims, signs, userinfo);
    }

    pub async fn close(self) {
        self.task.abort();
        self.city.close().await;
    }

    /// In by the button, at a service, with these claims.
    pub async fn enter(
        &self,
        browser: &mut Browser,
        bend: impl Fn(&mut Map<String, Value>),
        userinfo: Value,
    ) -> Tokens {
        let request = Request::of(&self.service).with("scope", "openid realname");
        let silent = browser.begin(&request).await.callback();
        let away = Away { params: silent.params };
        let mut claims = self.good(&away);
        bend(&mut claims);
        self.play(claims, Signs::Well, userinfo);
        let code = self.come_back(browser, &away).await.callback().code().to_owned();
        self.city.redeem(&self.service, &request, &code).await.tokens()
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub(super) fn person(level: i64) -> Value {
    json!({"sub": "person-1", "name": "王明", "realname_level": level, "realname_time": 1_795_000_000})
}

#[tokio::test]
async fn every_claim_and_signature_of_the_node_above_is_checked() {
    let set = |name: &'static str, value: Value| (name, value);
    let rows: Vec<(&str, (&str, Value), Signs)> = vec![
        ("another issuer", set("iss", json!("https://other.example")), Signs::Well),
        ("another audience", set("aud", json!("https://other.example")), Signs::Well),
        ("several audiences and no azp", set("aud", json!(["https://id.example", "CITY"])), Signs::Well),
        ("another azp", set("azp", json!("https://other.example")), Signs::Well),
        ("another nonce", set("nonce", json!("another")), Signs::Well),
        ("no nonce", set("nonce", Value::Null), Signs::Well),
        ("expired", set("exp", json!(1_795_000_000)), Signs::Well),
        ("an exp of the wrong type", set("exp", json!("1999999999")), Signs::Well),
        ("no exp", set("exp", Value::Null), Signs::Well),
        ("issued ahead", set("iat", json!(1_999_999_999)), Signs::Well),
        ("issued long ago", set("iat", json!(1_795_000_000)), Signs::Well),
        ("no auth_time", set("auth_time", Value::Null), Signs::Well),
        ("an auth_time of the wrong type", set("auth_time", json!("now")), Signs::Well),
        ("another at_hash", set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")), Signs::Well),
        ("no at_hash", set("at_hash", Value::Null), Signs::Well),
        ("another c_hash", set("c_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")), Signs::Well),
        ("no sid", set("sid", Value::Null), Signs::Well),
        ("alg none", set("amr", json!(["sc"])), Signs::Not),
        ("HS256 with the public key", set("amr", json!(["sc"])), Signs::ByHmac),
        ("another key", set("amr", json!(["sc"])), Signs::WithAnotherKey),
        ("an access token", set("amr", json!(["sc"])), Signs::As("at+jwt")),
        ("a logout token", set("amr", json!(["sc"])), Signs::As("logout+jwt")),
        ("UserInfo of somebody else", set("sub", json!("person-2")), Signs::Well),
    ];
    let stage = Stage::set("4").await;
    for (what, (name, value), signs) in rows {
        let mut browser = stage.city.browser();
        let away = stage.leave(&mut browser).await;
        let mut claims = stage.good(&away);
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.to_owned(), value);
        }
        stage.play(claims, signs, person(2));
        let page = stage.come_back(&mut browser, &away).await.page();
        assert_eq!(page.error_code(), "upstream_untrusted", "{what}");
        assert!(browser.session_cookie().is_none(), "{what}");
        assert!(plain(&page.html).contains("/oauth2/authorize?flow="), "{what}: there is a way back");
    }
    // The same way, and nothing bent.
    let mut browser = stage.city.browser();
    let away = stage.leave(&mut browser).await;
    stage.play(stage.good(&away), Signs::Well, person(2));
    stage.come_back(&mut browser, &away).await.page().must_have("activate-form");
    stage.close().await;
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_or_none_is_a_mix_up() {
    let stage = Stage::set("4").await;
    for named in [Some("https://other.example"), None] {
        let mut browser = stage.city.browser();
        let away = stage.leave(&mut browser).await;
        stage.play(stage.good(&away), Signs::Well, person(2));
        let mut params = vec![("state", away.params["state"].as_str()), ("code", "code-1")];
        params.extend(named.map(|issuer| ("iss", issuer)));
        let page = browser.get(&format!("/upstream/callback?{}", encode(&params))).await.page();
        assert_eq!(page.error_code(), "upstream_mix_up", "{named:?}");
        assert!(browser.session_cookie().is_none());
    }
    assert_eq!(stage.upper.script.lock().asked, 0, "no code is sent to anybody");
    stage.close().await;
}

#[tokio::test]
async fn a_callback_of_another_browser_signs_nobody_in() {
    let stage = Stage::set("4").await;
    let mut attacker = stage.city.browser();
    let away = stage.leave(&mut attacker).await;
    stage.play(stage.good(&away), Signs::Well, person(2));
    let mut victim = stage.city.browser();
    victim.get("/sign-in").await.page();
    let page = stage.come_back(&mut victim, &away).await.page();
    assert_eq!(page.error_code(), "upstream_state");
    assert!(victim.session_cookie().is_none());
    let mut stranger = stage.city.browser();
    assert_eq!(stage.come_back(&mut stranger, &away).await.page().error_code(), "upstream_state");
    assert_eq!(stage.upper.script.lock().asked, 0);
    stage.close().await;
}

#[tokio::test]
async fn a_way_back_is_used_once_and_not_late_and_not_altered() {
    let stage = Stage::set("4").await;
    let mut browser = stage.city.browser();
    let away = stage.leave(&mut browser).await;
    stage.play(stage.good(&away), Signs::Well, person(2));
    stage.come_back(&mut browser, &away).await.page().must_have("activate-form");
    assert_eq!(stage.come_back(&mut browser, &away).await.page().error_code(), "upstream_state", "twice");
    let mut late = stage.city.browser();
    let away = stage.leave(&mut late).await;
    stage.city.clock.advance(Duration::from_secs(601));
    stage.play(stage.good(&away), Signs::Well, person(2));
    assert_eq!(stage.come_back(&mut late, &away).await.page().error_code(), "upstream_state", "late");
    let altered = Away { params: BTreeMap::from([("state".to_owned(), format!("{}A", away.params["state"]))]) };
    assert_eq!(stage.come_back(&mut late, &altered).await.page().error_code(), "upstream_state", "altered");
    stage.close().await;
}

#[tokio::test]
async fn a_session_is_as_strong_as_the_node_above_says_and_the_operator_allows_and_no_more() {
    // What it says (acr, methods), what may be taken over, and what a service here is told.
    let rows = [
        ("2", "urn:hufu:acr:l4", json!(["sc"]), 4, "urn:hufu:acr:l2", 2),
        ("4", "urn:hufu:acr:l4", json!(["sc"]), 4, "urn:hufu:acr:l4", 4),
        // Strong methods do not lift the level that it vouches for.
        ("4", "urn:hufu:acr:l2", json!(["sc"]), 4, "urn:hufu:acr:l2", 4),
        // A level without methods that carry it counts for what the methods carry.
        ("4", "urn:hufu:acr:l4", json!(["pwd"]), 4, "urn:hufu:acr:l2", 4),
        ("4", "urn:hufu:acr:l4", json!([]), 4, "urn:hufu:acr:l0", 4),
        ("4", "urn:other:high", json!(["sc"]), 4, "urn:hufu:acr:l0", 4),
        ("0", "urn:hufu:acr:l4", json!(["sc"]), 4, "urn:hufu:acr:l0", 0),
        // A name that it does not vouch for stays below.
        ("4", "urn:hufu:acr:l1", json!(["sc"]), 1, "urn:hufu:acr:l0", 0),
    ];
    for (most, acr, amr, level, reached, real_name) in rows {
        let stage = Stage::set(most).await;
        let mut browser = stage.city.browser();
        let bend = |claims: &mut Map<String, Value>| {
            claims.insert("acr".into(), json!(acr));
            claims.insert("amr".into(), amr.clone());
        };
        let tokens = stage.enter(&mut browser, bend, person(level)).await;
        assert_eq!(tokens.claim("acr"), reached, "{most} {acr} {amr}");
        let info = stage.city.userinfo(&tokens.access).await.ok();
        assert_eq!(info["realname_level"], json!(real_name), "{most} {acr} {level}");
        stage.close().await;
    }
}

#[tokio::test]
async fn a_further_factor_here_does_not_lift_what_came_from_above() {
    let stage = Stage::set("2").await;
    let mut browser = stage.city.browser();
    let bend = |claims: &mut Map<String, Value>| _ = claims.insert("amr".into(), json!(["pwd", "otp"]));
    stage.enter(&mut browser, bend, person(4)).await;
    let strict = stage.city.client_with("strict", json!({"minimum_acr": "urn:hufu:acr:l3"})).await;
    let silent = Request::of(&strict).with("prompt", "none");
    assert_eq!(browser.begin(&silent).await.callback().error(), "interaction_required");
    let page = browser.begin(&Request::of(&strict)).await.page();
    page.must_have("login-form").must_have("upstream-button");
    // The button demands the level above.
    let away: Callback = browser.get(&href(&page, "upstream-button")).await.callback();
    assert!(away.get("claims").contains("urn:hufu:acr:l3"), "{:?}", away.params);
    assert_eq!(away.get("prompt"), "login");
    stage.close().await;
}
