//! What a target must not believe of a node below, nor of a browser that brings a ticket (threats 25, 26, and 6, 8, 9, 19 where
//! they meet). The node below is one that the test plays.

use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use hufu::base::ManualClock;
use hufu::base::encoding::base64url;
use hufu::proto::jose::{SigningAlg, peek_claims_unverified};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::stage::row;
use crate::support::{Answer, Browser, Callback, Client, ClientKey, NOW, Request, TestNode};

const TICKET: &str = "urn:hufu:params:oauth:token-type:login-ticket";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// A node below that the test plays.
struct Lower {
    issuer: String,
    key: ClientKey,
    task: JoinHandle<()>,
}

impl Lower {
    async fn start(last: u8) -> Self {
        let listener = TcpListener::bind((format!("127.0.0.{last}"), 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = ClientKey::new(SigningAlg::ES256);
        let jwks = key.jwks();
        let router = Router::new().route("/oauth2/jwks", get(async move || Json(jwks)));
        Self { issuer, key, task: tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }) }
    }

    fn client_assertion(&self, audience: &str, now: i64) -> String {
        let random = hufu::base::encoding::base64url(&rand_bytes());
        let claims = json!({
            "iss": self.issuer, "sub": self.issuer, "aud": audience, "jti": random, "iat": now, "exp": now + 60,
        });
        self.key.sign("JWT", &claims)
    }
}

fn rand_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes
}

/// A target with two nodes below it, of which one may assert up to level 2, and one passes nothing.
struct Stage {
    target: TestNode,
    lower: Lower,
    silent: Lower,
    service: Client,
}

impl Stage {
    async fn set() -> Self {
        let (lower, silent) = (Lower::start(31).await, Lower::start(32).await);
        let may = ", passes_sign_ins = true, maximum_level = 2";
        let below = format!(
            "[{}, {}]",
            row(&lower.issuer, "甲", "province", "330000", may),
            row(&silent.issuer, "乙", "province", "510000", ", maximum_level = 4")
        );
        let target = TestNode::beside_others(&ManualClock::at(NOW), &[("below", &below)]).await;
        let service = target.client("matters").await;
        Self { target, lower, silent, service }
    }

    /// Leg 0: the hash of the browser's nonce.
    async fn begin(&self, browser: &mut Browser) -> String {
        let back = browser.get(&self.begin_path(&self.lower.issuer, &self.return_uri())).await.callback();
        assert_eq!((back.uri.as_str(), back.get("state")), (self.return_uri().as_str(), "st"));
        assert_eq!(back.get("iss"), self.target.app.provider.issuer());
        back.get("nonce_hash").to_owned()
    }

    fn return_uri(&self) -> String {
        format!("{}/upstream/passed", self.lower.issuer)
    }

    fn begin_path(&self, client: &str, uri: &str) -> String {
        format!("/trust/begin?{}", encode(&[("client_id", client), ("return_uri", uri), ("state", "st")]))
    }

    /// What a good node would assert of somebody in the browser with this nonce.
    fn good(&self, nonce_hash: &str) -> Map<String, Value> {
        let now = self.target.now();
        let claims = json!({
            "iss": self.lower.issuer, "aud": self.target.app.provider.issuer(), "sub": "person-1",
            "sid": base64url(&rand_bytes()), "jti": base64url(&rand_bytes()), "iat": now, "exp": now + 60,
            "acr": "urn:hufu:acr:l2", "amr": ["pwd"], "auth_time": now, "realname_level": 0,
            "nonce_hash": nonce_hash,
        });
        claims.as_object().unwrap().clone()
    }

    /// Leg 1.
    async fn exchange(&self, assertion: &str) -> Answer {
        self.exchange_as(&self.lower, assertion, &[]).await
    }

    async fn exchange_as(&self, lower: &Lower, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let proof = lower.client_assertion(self.target.app.provider.issuer(), self.target.now());
        let mut fields = vec![
            ("grant_type", EXCHANGE),
            ("subject_token", assertion),
            ("subject_token_type", JWT),
            ("requested_token_type", TICKET),
        ];
        fields.extend(crate::support::assertion_fields(&proof));
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend(more);
        let form = [(axum::http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        self.target.call(axum::http::Method::POST, "/oauth2/token", &form, &encode(&fields)).await
    }

    async fn ticket(&self, claims: &Map<String, Value>) -> String {
        let assertion = self.lower.key.sign("login-assertion+jwt", &Value::Object(claims.clone()));
        let answer = self.exchange(&assertion).await.ok();
        assert_eq!((&answer["issued_token_type"], &answer["token_type"]), (&json!(TICKET), &json!("N_A")));
        assert!(answer["expires_in"].as_i64().unwrap() <= 60);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Leg 2.
    async fn present(&self, browser: &mut Browser, ticket: &str) -> Callback {
        browser.get(&self.ticket_path(&self.lower.issuer, ticket)).await.callback()
    }

    fn ticket_path(&self, client: &str, ticket: &str) -> String {
        format!("/trust/ticket?{}", encode(&[("client_id", client), ("ticket", ticket), ("state", "st")]))
    }

    /// A browser that has begun, and a ticket for it.
    async fn ready(&self) -> (Browser, String) {
        let mut browser = self.target.browser();
        let hash = self.begin(&mut browser).await;
        let ticket = self.ticket(&self.good(&hash)).await;
        (browser, ticket)
    }

    /// No session came of it, and whoever brought it was sent back with an error.
    async fn refused(&self, browser: &mut Browser, ticket: &str, what: &str) {
        let back = self.present(browser, ticket).await;
        assert_eq!((back.error(), back.get("state")), ("invalid_grant", "st"), "{what}");
        assert!(!back.params.contains_key("receipt"), "{what}");
        assert!(browser.session_cookie().is_none(), "{what}");
    }

    async fn is_in(&self, browser: &mut Browser) -> bool {
        let silent = Request::of(&self.service).with("prompt", "none");
        browser.begin(&silent).await.callback().params.contains_key("code")
    }

    async fn close(self) {
        self.lower.task.abort();
        self.silent.task.abort();
        self.target.close().await;
    }
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[tokio::test]
async fn a_good_ticket_opens_a_session_and_its_receipt_names_it() {
    let stage = Stage::set().await;
    let (mut browser, ticket) = stage.ready().await;
    let back = stage.present(&mut browser, &ticket).await;
    let receipt = peek_claims_unverified(back.get("receipt")).unwrap();
    assert_eq!(receipt["aud"], json!(stage.lower.issuer));
    assert!(stage.is_in(&mut browser).await);
    let mut db = stage.target.app.store.read().await.unwrap();
    let link = hufu::store::sessions::find_sid(&mut db, receipt["sid"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!((link.client_id.as_str(), json!(link.subject)), (stage.lower.issuer.as_str(), receipt["sub"].clone()));
    drop(db);
    stage.close().await;
}

#[tokio::test]
async fn a_ticket_holds_nothing_about_a_person_that_can_be_read() {
    let stage = Stage::set().await;
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let mut claims = stage.good(&hash);
    let person = stage.target.next_citizen();
    claims.insert("realname_level".into(), json!(2));
    claims.insert(
        "verified_claims".into(),
        json!({"verification": {"trust_framework": "x"}, "claims": {
            "name": person.name,
            "identity_document": {"kind": "resident_identity_card", "number": person.document_number},
        }}),
    );
    let ticket = stage.ticket(&claims).await;
    let bytes = hufu::base::encoding::from_base64url(&ticket).expect("sealed, and no token that can be read");
    let text = String::from_utf8_lossy(&bytes);
    for known in [person.name.as_str(), &person.document_number, "person-1", "pwd"] {
        assert!(!text.contains(known), "{known}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_ticket_in_another_browser_opens_nothing() {
    let stage = Stage::set().await;
    let (_, ticket) = stage.ready().await;
    let mut stranger = stage.target.browser();
    stage.refused(&mut stranger, &ticket, "a browser that never began").await;
    let mut other = stage.target.browser();
    stage.begin(&mut other).await;
    stage.refused(&mut other, &ticket, "a browser that began by itself").await;
    stage.close().await;
}

/// Login CSRF: the attacker's own ticket, in the browser of somebody who is lured there.
#[tokio::test]
async fn nobody_is_signed_in_as_the_attacker_by_a_link_with_a_ticket() {
    let stage = Stage::set().await;
    let (mut attacker, ticket) = stage.ready().await;
    let mut victim = stage.target.browser();
    victim.get("/sign-in").await.page();
    stage.begin(&mut victim).await;
    stage.refused(&mut victim, &ticket, "the victim").await;
    stage.present(&mut attacker, &ticket).await.get("receipt");
    stage.close().await;
}

/// Another person's ticket: whoever has seen it cannot use it, and it names an account that is not theirs.
#[tokio::test]
async fn a_stolen_ticket_gives_nobody_anothers_session() {
    let stage = Stage::set().await;
    let (mut owner, ticket) = stage.ready().await;
    let mut thief = stage.target.browser();
    let own_hash = stage.begin(&mut thief).await;
    let mut claims = stage.good(&own_hash);
    claims.insert("sub".into(), json!("person-2"));
    let own = stage.ticket(&claims).await;
    stage.refused(&mut thief, &ticket, "the thief").await;
    stage.present(&mut thief, &own).await.get("receipt");
    stage.present(&mut owner, &ticket).await.get("receipt");
    stage.close().await;
}

#[tokio::test]
async fn a_ticket_counts_once_also_of_fifty_at_once() {
    let stage = Stage::set().await;
    let (browser, ticket) = stage.ready().await;
    let path = stage.ticket_path(&stage.lower.issuer, &ticket);
    let all = futures::future::join_all((0..50).map(|_| {
        let (mut browser, path) = (browser.clone(), path.clone());
        async move { browser.get(&path).await.callback().params.contains_key("receipt") }
    }));
    assert_eq!(all.await.into_iter().filter(|entered| *entered).count(), 1);
    let mut again = browser.clone();
    stage.refused(&mut again, &ticket, "once more").await;
    stage.close().await;
}

#[tokio::test]
async fn a_ticket_that_comes_late_or_altered_or_for_another_node_opens_nothing() {
    let stage = Stage::set().await;
    let (mut browser, ticket) = stage.ready().await;
    stage.target.clock.advance(Duration::from_secs(61));
    stage.refused(&mut browser, &ticket, "late").await;
    let (mut browser, ticket) = stage.ready().await;
    let mut altered = ticket.clone();
    let last = altered.pop().unwrap();
    altered.insert(altered.len() / 2, last);
    stage.refused(&mut browser, &altered, "altered").await;
    stage.refused(&mut browser, "", "none").await;
    // In the name of another node below: back to that one, and in nobody's session.
    let back = browser.get(&stage.ticket_path(&stage.silent.issuer, &ticket)).await.callback();
    assert!(back.uri.starts_with(&stage.silent.issuer));
    assert_eq!(back.error(), "invalid_grant");
    // A ticket of another target does not open here.
    let other = Stage::set().await;
    let (_, foreign) = other.ready().await;
    stage.refused(&mut browser, &foreign, "of another target").await;
    other.close().await;
    stage.close().await;
}

#[tokio::test]
async fn every_claim_and_signature_of_an_assertion_is_checked() {
    let stage = Stage::set().await;
    let now = stage.target.now();
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let rows: Vec<(&str, &str, Value)> = vec![
        ("another issuer", "iss", json!(stage.silent.issuer)),
        ("another target", "aud", json!("https://other.example")),
        ("several targets", "aud", json!([stage.target.app.provider.issuer(), "https://other.example"])),
        ("no audience", "aud", Value::Null),
        ("late", "exp", json!(now - 60)),
        ("an exp of the wrong type", "exp", json!("1999999999")),
        ("no exp", "exp", Value::Null),
        ("longer than a minute", "exp", json!(now + 61)),
        ("issued long ago", "iat", json!(now - 600)),
        ("issued ahead", "iat", json!(now + 600)),
        ("no jti", "jti", Value::Null),
        ("no sid", "sid", Value::Null),
        ("no subject", "sub", Value::Null),
        ("an empty subject", "sub", json!("")),
        ("a subject of the wrong type", "sub", json!(5)),
        ("a login ahead", "auth_time", json!(now + 600)),
        ("no auth_time", "auth_time", Value::Null),
        ("no level", "acr", Value::Null),
        ("no methods", "amr", Value::Null),
        ("no browser", "nonce_hash", Value::Null),
        ("a level of the wrong type", "realname_level", json!("2")),
        ("verified claims of the wrong type", "verified_claims", json!("王明")),
    ];
    for (what, name, value) in rows {
        let mut claims = stage.good(&hash);
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.to_owned(), value);
        }
        let assertion = stage.lower.key.sign("login-assertion+jwt", &Value::Object(claims));
        assert_eq!(stage.exchange(&assertion).await.error(), "invalid_request", "{what}");
    }
    let good = Value::Object(stage.good(&hash));
    let forged = stage.silent.key.sign("login-assertion+jwt", &good);
    let as_jwt = stage.lower.key.sign("JWT", &good);
    let as_logout = stage.lower.key.sign("logout+jwt", &good);
    let unsigned = ClientKey::unsigned(&json!({"alg": "none", "typ": "login-assertion+jwt"}), &good);
    for token in [forged, as_jwt, as_logout, unsigned, "x.y.z".to_owned()] {
        assert_eq!(stage.exchange(&token).await.error(), "invalid_request");
    }
    // The same, and nothing bent.
    stage.exchange(&stage.lower.key.sign("login-assertion+jwt", &good)).await.ok();
    stage.close().await;
}

#[tokio::test]
async fn an_assertion_counts_once_and_so_does_the_sign_in_that_it_names() {
    let stage = Stage::set().await;
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let claims = stage.good(&hash);
    let assertion = stage.lower.key.sign("login-assertion+jwt", &Value::Object(claims.clone()));
    stage.exchange(&assertion).await.ok();
    assert_eq!(stage.exchange(&assertion).await.error(), "invalid_request", "twice");
    let mut again = claims;
    again.insert("jti".into(), json!("another"));
    let assertion = stage.lower.key.sign("login-assertion+jwt", &Value::Object(again));
    assert_eq!(stage.exchange(&assertion).await.error(), "invalid_request", "the same sign-in");
    // Of fifty at once one.
    let claims = Value::Object(stage.good(&hash));
    let assertion = stage.lower.key.sign("login-assertion+jwt", &claims);
    let all = futures::future::join_all((0..50).map(|_| stage.exchange(&assertion))).await;
    assert_eq!(all.iter().filter(|answer| answer.status.is_success()).count(), 1);
    stage.close().await;
}

#[tokio::test]
async fn only_a_node_that_may_passes_sign_ins_and_only_by_its_own_key() {
    let stage = Stage::set().await;
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let mut claims = stage.good(&hash);
    claims.insert("iss".into(), json!(stage.silent.issuer));
    let assertion = stage.silent.key.sign("login-assertion+jwt", &Value::Object(claims));
    let answer = stage.exchange_as(&stage.silent, &assertion, &[]).await;
    assert_eq!(answer.error(), "unauthorized_client", "it passes nothing");
    let path = stage.begin_path(&stage.silent.issuer, &format!("{}/upstream/passed", stage.silent.issuer));
    assert_eq!(browser.get(&path).await.callback().error(), "unauthorized_client");
    // A service is no node, whatever it may otherwise.
    let good = stage.lower.key.sign("login-assertion+jwt", &Value::Object(stage.good(&hash)));
    let fields = [
        ("grant_type", EXCHANGE),
        ("subject_token", good.as_str()),
        ("subject_token_type", JWT),
        ("requested_token_type", TICKET),
    ];
    assert_eq!(stage.target.token(&stage.service, &fields).await.error(), "unauthorized_client");
    // Nor does another kind of token count.
    let access = [("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")];
    assert_eq!(stage.exchange_as(&stage.lower, &good, &access).await.error(), "invalid_request");
    // A suspended node passes nothing, also what it was given a ticket for.
    let mut claims = stage.good(&hash);
    claims.insert("jti".into(), json!("before"));
    let ticket = stage.ticket(&claims).await;
    stage.target.app.logouts.suspend_client(&stage.lower.issuer.as_str().into()).await.unwrap();
    assert_eq!(stage.exchange(&good).await.error(), "invalid_client");
    let page = browser.get(&stage.ticket_path(&stage.lower.issuer, &ticket)).await.page();
    assert_eq!(page.error_code(), "unauthorized_client");
    assert!(browser.session_cookie().is_none());
    stage.close().await;
}

#[tokio::test]
async fn a_browser_is_sent_back_to_the_registered_address_only() {
    let stage = Stage::set().await;
    let good = stage.return_uri();
    for uri in [
        "https://evil.example/upstream/passed",
        &format!("{good}/"),
        &format!("{good}?x=1"),
        &good.replace("http://", "http://evil@"),
        &good.to_uppercase(),
        &format!("{}/upstream/callback", stage.lower.issuer),
    ] {
        let mut browser = stage.target.browser();
        let page = browser.get(&stage.begin_path(&stage.lower.issuer, uri)).await.page();
        assert_eq!(page.error_code(), "invalid_request", "{uri}");
        assert!(!browser.cookies.keys().any(|name| name.ends_with("hufu_nonce")), "{uri}");
    }
    let mut browser = stage.target.browser();
    let page = browser.get(&stage.begin_path("https://stranger.example", &good)).await.page();
    assert_eq!(page.error_code(), "unauthorized_client");
    let page = browser.get(&stage.ticket_path("https://stranger.example", "x")).await.page();
    assert_eq!(page.error_code(), "unauthorized_client");
    stage.close().await;
}

#[tokio::test]
async fn a_session_is_as_strong_as_the_node_below_says_and_may_say_and_no_more() {
    let rows = [
        ("urn:hufu:acr:l4", json!(["hwk", "user"]), "urn:hufu:acr:l2"),
        ("urn:hufu:acr:l1", json!(["hwk", "user"]), "urn:hufu:acr:l1"),
        ("urn:hufu:acr:l2", json!([]), "urn:hufu:acr:l0"),
        ("urn:other:high", json!(["pwd", "otp"]), "urn:hufu:acr:l0"),
    ];
    let stage = Stage::set().await;
    for (place, (acr, amr, reached)) in rows.into_iter().enumerate() {
        // An account of the target with a high level, linked to this subject.
        let account = stage.target.person_at_level_three(&format!("person_{place}")).await;
        let mut tx = stage.target.app.store.begin().await.unwrap();
        let link = hufu::store::upstream_links::UpstreamLinkRow {
            issuer: stage.lower.issuer.clone(),
            subject: format!("person-{place}"),
            account_id: account.id.clone(),
            created_at: NOW,
            activated_at: Some(NOW),
        };
        assert!(hufu::store::upstream_links::insert(&mut tx, &link).await.unwrap());
        tx.commit().await.unwrap();
        let mut browser = stage.target.browser();
        let hash = stage.begin(&mut browser).await;
        let mut claims = stage.good(&hash);
        claims.extend(json!({"sub": link.subject, "acr": acr, "amr": amr}).as_object().unwrap().clone());
        let ticket = stage.ticket(&claims).await;
        stage.present(&mut browser, &ticket).await.get("receipt");
        let request = Request::of(&stage.service);
        let code = browser.begin(&request).await.callback().code().to_owned();
        let tokens = stage.target.redeem(&stage.service, &request, &code).await.tokens();
        assert_eq!(tokens.claim("acr"), reached, "{acr} {amr}");
    }
    stage.close().await;
}

/// A logout below that arrives before the ticket is taken, and one after.
#[tokio::test]
async fn a_logout_below_wins_whether_it_comes_before_or_after_the_ticket() {
    let stage = Stage::set().await;
    let logout = async |sid: &str, sub: &str| {
        let now = stage.target.now();
        let claims = json!({
            "iss": stage.lower.issuer, "aud": stage.target.app.provider.issuer(), "sid": sid, "sub": sub, "iat": now,
            "exp": now + 120, "jti": base64url(&rand_bytes()),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        let token = stage.lower.key.sign("logout+jwt", &claims);
        let form = [(axum::http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        let body = format!("logout_token={token}");
        stage.target.call(axum::http::Method::POST, "/trust/logout", &form, &body).await.status.is_success()
    };
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let claims = stage.good(&hash);
    let ticket = stage.ticket(&claims).await;
    let sid = claims["sid"].as_str().unwrap();
    assert!(!logout(sid, "somebody-else").await, "not about another person");
    assert!(logout(sid, "person-1").await);
    stage.refused(&mut browser, &ticket, "the session there has ended").await;
    // After it, also where the receipt never came back.
    let mut browser = stage.target.browser();
    let hash = stage.begin(&mut browser).await;
    let claims = stage.good(&hash);
    let ticket = stage.ticket(&claims).await;
    stage.present(&mut browser, &ticket).await.get("receipt");
    assert!(stage.is_in(&mut browser).await);
    assert!(logout(claims["sid"].as_str().unwrap(), "person-1").await);
    stage.target.deliver().await;
    assert!(!stage.is_in(&mut browser).await);
    stage.close().await;
}
