//! Who is told, of what, and with which token (OIDC Back-Channel Logout 1.0 §2.4).

use std::time::Duration;

use hufu::accounts::AccountState;
use hufu::logout::Reason;
use hufu::proto::jose::{Audience, Expectations, PublicJwkSet, SigningAlg, Typ, verify};
use serde_json::json;

use crate::support::span::minutes;
use crate::support::{Browser, Client, Person, TestNode, Tokens};

struct Stage {
    node: TestNode,
    matters: Client,
    person: Person,
    browser: Browser,
    tokens: Tokens,
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::start().await;
        let matters = node.client("matters").await;
        let person = node.person("wangming").await;
        let mut browser = node.browser();
        let tokens = browser.sign_in_at(&node, &matters, &person).await;
        Self { node, matters, person, browser, tokens }
    }
}

#[tokio::test]
async fn a_logout_token_says_what_the_standard_asks_and_verifies_by_the_published_keys() {
    let mut stage = Stage::set().await;
    let rsa = stage.node.client_with("licences", json!({"id_token_signed_response_alg": "RS256"})).await;
    let at_licences = stage.browser.sign_in_at(&stage.node, &rsa, &stage.person).await;
    stage.browser.sign_out().await;
    stage.node.deliver().await;
    let keys = stage.node.call(axum::http::Method::GET, "/oauth2/jwks", &[], "").await.text;
    let keys = PublicJwkSet::parse(&keys).unwrap();
    for (client, tokens, alg) in
        [("matters", &stage.tokens, SigningAlg::ES256), ("licences", &at_licences, SigningAlg::RS256)]
    {
        let notice = stage.node.sink.told_once(client);
        let expected = Expectations {
            algs: &[alg],
            typ: Typ::Required("logout+jwt"),
            iss: Some("https://id.example"),
            aud: Audience::Contains(client),
            required: &["iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"],
            max_age: None,
            leeway: Duration::ZERO,
            now: hufu::base::Clock::now(&stage.node.clock),
        };
        let claims = verify(&notice.token, &keys, &expected).unwrap().claims;
        assert_eq!(claims["sub"], tokens.claims["sub"], "{client}");
        assert_eq!(claims["sid"], tokens.claims["sid"], "{client}");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
        assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        for never in ["nonce", "name", "acr", "auth_time", "preferred_username"] {
            assert!(!claims.contains_key(never), "{never}");
        }
    }
    stage.node.close().await;
}

#[tokio::test]
async fn everyone_who_took_part_is_told_and_nobody_else() {
    let mut stage = Stage::set().await;
    let node = &stage.node;
    let deaf = node.client_with("deaf", json!({"backchannel_logout_uri": null})).await;
    let stranger = node.client("stranger").await;
    stage.browser.sign_in_at(node, &deaf, &stage.person).await;
    let elsewhere = node.browser().sign_in_at(node, &stranger, &stage.person).await;
    stage.browser.sign_out().await;
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told_once("matters").text("sid"), stage.tokens.claim("sid"));
    assert!(node.sink.told("stranger").is_empty(), "another browser's session goes on");
    assert!(node.is_active(&stranger, &elsewhere.access).await);
    stage.node.close().await;
}

/// What ends the session of the person's first browser.
const TRIGGERS: [&str; 13] = [
    "person",
    "one of them",
    "all",
    "others",
    "admin",
    "lock",
    "disable",
    "close",
    "delete",
    "password",
    "suspend",
    "remove",
    "another person",
];

impl Stage {
    /// What somebody else than the person does.
    async fn pull_from_outside(&mut self, trigger: &str) -> bool {
        let Self { node, person, .. } = self;
        match trigger {
            "admin" => {
                node.app.logouts.end_sessions_of(&person.id, None, Reason::Admin).await.unwrap();
            }
            "lock" => person.set_state(node, AccountState::Locked).await,
            "disable" => person.set_state(node, AccountState::Disabled).await,
            "close" => person.set_state(node, AccountState::Closed).await,
            "delete" => assert!(node.app.signon.delete(&person.id).await.unwrap()),
            "suspend" => assert!(node.app.logouts.suspend_client(&"matters".into()).await.unwrap()),
            "remove" => assert!(node.app.logouts.remove_client(&"matters".into()).await.unwrap()),
            _ => return false,
        }
        true
    }

    /// What is done in a browser; `second` is another one of the same person.
    async fn pull(&mut self, trigger: &str, second: &mut Browser) {
        if self.pull_from_outside(trigger).await {
            return;
        }
        match trigger {
            "person" => self.browser.sign_out().await,
            "one of them" => {
                let page = second.get("/account").await.page();
                let listed = self.node.app.sessions.list(&self.person.id).await.unwrap();
                let first = listed.iter().map(|session| session.id.as_str()).min().unwrap().to_owned();
                assert!(page.hidden("which").contains(&first));
                let csrf = page.hidden("csrf").remove(0);
                let fields = [("csrf", csrf), ("which", first)];
                second.post("/account/sessions/end", &fields).await.page().must_have("account");
            }
            "all" | "others" => {
                let page = second.get("/account").await.page();
                second.submit(&page, &format!("end-{trigger}"), &[]).await.page();
            }
            "password" => {
                let page = second.get("/account/password").await.page();
                let csrf = page.hidden("csrf").remove(0);
                let fields = [
                    ("csrf", csrf.as_str()),
                    ("current_password", &self.person.password),
                    ("password", "another-tally-2027"),
                    ("password_again", "another-tally-2027"),
                ];
                second.post("/account/password", &fields).await.page().must_have("account");
            }
            _ => {
                let li = self.node.person("lina").await;
                let page = self.browser.get("/sign-in").await.page();
                self.browser.log_in(&page, &li).await.page().must_have("account");
            }
        }
    }
}

#[tokio::test]
async fn every_trigger_tells() {
    for trigger in TRIGGERS {
        let mut stage = Stage::set().await;
        let mut second = stage.node.browser();
        second.sign_in(&stage.person).await;
        stage.pull(trigger, &mut second).await;
        let node = &stage.node;
        assert_eq!(node.deliver().await, 1, "{trigger}");
        let notice = node.sink.told_once("matters");
        assert_eq!(notice.text("sid"), stage.tokens.claim("sid"), "{trigger}");
        assert_eq!(notice.text("sub"), stage.tokens.claim("sub"), "{trigger}");
        assert!(!node.is_active(&node.client("other").await, &stage.tokens.access).await, "{trigger}");
        stage.node.close().await;
    }
}

#[tokio::test]
async fn expiry_is_told_only_to_those_who_ask_for_it() {
    let mut stage = Stage::set().await;
    let asks = stage.node.client_with("asks", json!({"logout_on_expiry": true})).await;
    let tokens = stage.browser.sign_in_at(&stage.node, &asks, &stage.person).await;
    stage.node.pass(minutes(29));
    stage.node.app.sweeper.run_chores().await.unwrap();
    assert_eq!(stage.node.pending().await, 0, "it has not run out yet");
    stage.node.pass(minutes(2));
    stage.node.app.sweeper.run_chores().await.unwrap();
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("asks").text("sid"), tokens.claim("sid"));
    assert!(stage.node.sink.told("matters").is_empty());
    assert_eq!(stage.node.refresh(&asks, tokens.refresh()).await.error(), "invalid_grant");
    stage.node.app.sweeper.run_chores().await.unwrap();
    assert_eq!(stage.node.deliver().await, 0, "once");
    stage.node.close().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_delivered_after_a_restart() {
    let mut stage = Stage::set().await;
    stage.browser.sign_out().await;
    assert_eq!(stage.node.pending().await, 1);
    stage.node.restart().await;
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("matters").text("sid"), stage.tokens.claim("sid"));
    stage.node.close().await;
}

#[tokio::test]
async fn a_worker_that_died_over_a_job_leaves_it_to_the_next() {
    let mut stage = Stage::set().await;
    stage.browser.sign_out().await;
    // A worker claims the job and is never heard of again.
    let mut tx = stage.node.app.store.begin().await.unwrap();
    let now = hufu::base::Clock::now(&stage.node.clock);
    let claimed = hufu::store::outbox::claim(&mut tx, now, now.plus(Duration::from_secs(60)), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    tx.commit().await.unwrap();
    assert_eq!(stage.node.deliver().await, 0, "its lease holds");
    stage.node.pass(minutes(1));
    assert_eq!(stage.node.deliver().await, 1);
    stage.node.sink.told_once("matters");
    stage.node.close().await;
}

#[tokio::test]
async fn a_client_that_was_removed_before_its_delivery_is_told_where_it_was_known() {
    let mut stage = Stage::set().await;
    stage.browser.sign_out().await;
    assert!(stage.node.app.logouts.remove_client(&stage.matters.id.as_str().into()).await.unwrap());
    stage.node.restart().await;
    assert_eq!(stage.node.deliver().await, 1);
    let notice = stage.node.sink.told_once("matters");
    assert_eq!(notice.text("sid"), stage.tokens.claim("sid"));
    assert_eq!(notice.text("aud"), "matters");
    stage.node.close().await;
}

#[tokio::test]
async fn a_client_that_has_moved_is_told_at_its_present_address() {
    let mut stage = Stage::set().await;
    stage.browser.sign_out().await;
    let moved = json!({"backchannel_logout_uri": stage.node.sink.url("moved")});
    stage.node.put_again(&stage.matters, moved).await;
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("moved").text("sid"), stage.tokens.claim("sid"));
    assert!(stage.node.sink.told("matters").is_empty());
    stage.node.close().await;
}
