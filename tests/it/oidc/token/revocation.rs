//! Threat 11: whatever ends, ends at once: every kind of token, at user info, introspection and refresh.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use serde_json::{Value, json};

use crate::support::{Browser, Client, Person, TestNode, Tokens};

/// Both shapes of access token.
const FORMATS: [&str; 2] = ["jwt", "opaque"];

struct Stage {
    node: TestNode,
    client: Client,
    other: Client,
    person: Person,
    browser: Browser,
    tokens: Tokens,
    at_other: Tokens,
}

impl Stage {
    async fn set(format: &str) -> Self {
        let node = TestNode::start().await;
        let client = node.client_with("matters", json!({"access_token_format": format})).await;
        let other = node.client_with("licences", json!({"resource_server": true})).await;
        let person = node.person("wangming").await;
        let mut browser = node.browser();
        let tokens = browser.sign_in_at(&node, &client, &person).await;
        let at_other = browser.sign_in_at(&node, &other, &person).await;
        let stage = Self { node, client, other, person, browser, tokens, at_other };
        // Every belief is warm before something ends.
        assert!(stage.lives(&stage.tokens).await && stage.lives(&stage.at_other).await);
        stage
    }

    /// Whether an access token is taken at user info and introspection, which must agree.
    async fn lives(&self, tokens: &Tokens) -> bool {
        let taken = self.node.userinfo(&tokens.access).await.status == StatusCode::OK;
        assert_eq!(self.node.is_active(&self.other, &tokens.access).await, taken);
        taken
    }

    async fn refreshes(&self, client: &Client, tokens: &Tokens) -> bool {
        self.node.refresh(client, tokens.refresh()).await.status == StatusCode::OK
    }

    async fn end(self) {
        self.node.deliver().await;
        self.node.close().await;
    }
}

#[tokio::test]
async fn a_revoked_access_token_is_dead_at_once_and_its_family_lives() {
    for format in FORMATS {
        let stage = Stage::set(format).await;
        stage.node.revoke(&stage.client, &stage.tokens.access).await.ok();
        assert!(!stage.lives(&stage.tokens).await, "{format}");
        assert!(stage.refreshes(&stage.client, &stage.tokens).await, "{format}");
        stage.end().await;
    }
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_family_along() {
    for format in FORMATS {
        let stage = Stage::set(format).await;
        let next = stage.node.refresh(&stage.client, stage.tokens.refresh()).await.tokens();
        stage.node.revoke(&stage.client, next.refresh()).await.ok();
        assert!(!stage.lives(&stage.tokens).await && !stage.lives(&next).await, "{format}");
        assert!(!stage.refreshes(&stage.client, &next).await, "{format}");
        assert!(stage.lives(&stage.at_other).await, "another client's stay");
        stage.end().await;
    }
}

#[tokio::test]
async fn nobody_revokes_what_is_anothers_and_nothing_is_told() {
    let stage = Stage::set("jwt").await;
    for token in [&stage.tokens.access, stage.tokens.refresh(), &stage.tokens.id_token, "rubbish"] {
        let answer = stage.node.revoke(&stage.other, token).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
    }
    assert!(stage.lives(&stage.tokens).await);
    assert!(stage.refreshes(&stage.client, &stage.tokens).await);
    stage.end().await;
}

#[tokio::test]
async fn a_token_of_a_client_itself_is_revoked_too() {
    for format in FORMATS {
        let node = TestNode::start().await;
        let grants =
            json!({"grant_types": ["authorization_code", "client_credentials"], "access_token_format": format});
        let matters = node.client_with("matters", grants).await;
        let tokens = node.token(&matters, &[("grant_type", "client_credentials")]).await.tokens();
        assert!(node.is_active(&matters, &tokens.access).await);
        node.revoke(&matters, &tokens.access).await.ok();
        assert!(!node.is_active(&matters, &tokens.access).await, "{format}");
        node.close().await;
    }
}

#[tokio::test]
async fn whatever_ends_a_session_ends_all_its_tokens_at_once() {
    for format in FORMATS {
        for how in ["person", "all", "admin", "lock", "delete"] {
            let mut stage = Stage::set(format).await;
            let (node, person) = (&stage.node, &stage.person);
            match how {
                "person" => stage.browser.sign_out().await,
                "all" => {
                    let page = stage.browser.get("/account").await.page();
                    stage.browser.submit(&page, "end-all", &[]).await.page().must_have("login-form");
                }
                "admin" => {
                    let reason = hufu::logout::Reason::Admin;
                    assert_eq!(node.app.logouts.end_sessions_of(&person.id, None, reason).await.unwrap(), 1);
                }
                "lock" => person.set_state(node, AccountState::Locked).await,
                _ => assert!(node.app.signon.delete(&person.id).await.unwrap()),
            }
            for (client, tokens) in [(&stage.client, &stage.tokens), (&stage.other, &stage.at_other)] {
                assert!(!stage.lives(tokens).await, "{how} {format}");
                assert!(!stage.refreshes(client, tokens).await, "{how} {format}");
                assert!(!stage.node.is_active(client, tokens.refresh()).await, "{how} {format}");
            }
            assert_eq!(stage.node.deliver().await, 2, "{how}: both are told");
            stage.end().await;
        }
    }
}

#[tokio::test]
async fn a_suspended_client_loses_everything_and_a_resumed_one_gets_nothing_back() {
    let stage = Stage::set("jwt").await;
    stage.node.app.logouts.suspend_client(&"matters".into()).await.unwrap();
    assert!(!stage.lives(&stage.tokens).await);
    assert_eq!(stage.node.refresh(&stage.client, stage.tokens.refresh()).await.error(), "invalid_client");
    assert!(stage.lives(&stage.at_other).await, "others go on");
    stage.node.app.logouts.resume_client(&"matters".into()).await.unwrap();
    assert!(!stage.lives(&stage.tokens).await);
    assert!(!stage.refreshes(&stage.client, &stage.tokens).await);
    assert_eq!(stage.node.deliver().await, 1, "it was told to let go of the session");
    stage.end().await;
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let mut stage = Stage::set("jwt").await;
    let mut here = stage.node.browser();
    let kept = here.sign_in_at(&stage.node, &stage.client, &stage.person).await;
    let page = here.get("/account/password").await.page();
    let fields = [
        ("current_password", "tiger-tally-2026"),
        ("password", "a-new-tally-2027"),
        ("password_again", "a-new-tally-2027"),
    ];
    let (action, _) = page.form("current_password");
    let csrf = page.hidden("csrf").remove(0);
    let mut all = fields.to_vec();
    all.push(("csrf", &csrf));
    here.post(&action, &all).await.page().must_have("account");
    assert!(!stage.lives(&stage.tokens).await && !stage.lives(&stage.at_other).await);
    assert!(stage.lives(&kept).await);
    assert_eq!(stage.node.deliver().await, 2);
    let page = stage.browser.get("/sign-in").await.page();
    stage.browser.log_in(&page, &stage.person).await.page().must_have("login-form");
    stage.person.password = "a-new-tally-2027".into();
    stage.browser.log_in(&page, &stage.person).await.page().must_have("account");
    stage.end().await;
}

#[tokio::test]
async fn introspection_translates_the_subject_and_is_closed_to_public_clients() {
    let stage = Stage::set("jwt").await;
    let own = stage.node.form("/oauth2/introspect", &stage.client, &[("token", &stage.tokens.access)]).await.ok();
    let theirs = stage.node.form("/oauth2/introspect", &stage.other, &[("token", &stage.tokens.access)]).await.ok();
    assert_eq!(own["sub"], stage.tokens.claim("sub"));
    assert_eq!(theirs["sub"], stage.at_other.claim("sub"), "each party sees the subject that is its own");
    assert_eq!((&own["client_id"], &theirs["client_id"]), (&json!("matters"), &json!("matters")));
    let public = stage.node.client_with("public", json!({"token_endpoint_auth_method": "none"})).await;
    let answer = stage.node.form("/oauth2/introspect", &public, &[("token", &stage.tokens.access)]).await;
    assert_eq!(answer.error(), "invalid_client");
    let refresh = [("token", stage.tokens.refresh())];
    assert!(stage.node.is_active(&stage.client, stage.tokens.refresh()).await);
    let theirs = stage.node.form("/oauth2/introspect", &stage.other, &refresh).await.ok();
    assert_eq!(theirs, json!({"active": false}), "a refresh token is nobody else's business");
    for dead in ["rubbish", &stage.tokens.id_token, "a.b.c"] {
        let answer = stage.node.form("/oauth2/introspect", &stage.client, &[("token", dead)]).await.ok();
        assert_eq!(answer, json!({"active": false}), "nothing more is said");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_client_that_is_no_resource_server_learns_nothing_of_another_clients_tokens() {
    for format in FORMATS {
        let stage = Stage::set(format).await;
        // One that would be of the same sector as the other, so that it would be told that one's subjects.
        let sectors = json!({"redirect_uris": ["https://licences.example/elsewhere"]});
        let curious = stage.node.client_with("curious", sectors).await;
        let answer = stage.node.form("/oauth2/introspect", &curious, &[("token", &stage.tokens.access)]).await.ok();
        assert_eq!(answer, json!({"active": false}), "{format}");
        assert!(stage.node.is_active(&stage.client, &stage.tokens.access).await, "its own it may ask about");
        stage.end().await;
    }
}

#[tokio::test]
async fn user_info_takes_only_an_access_token_of_a_person() {
    let node = TestNode::start().await;
    let grants = json!({"grant_types": ["authorization_code", "refresh_token", "client_credentials"]});
    let matters = node.client_with("matters", grants).await;
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    let own = node.token(&matters, &[("grant_type", "client_credentials")]).await.tokens();
    for (wrong, status, error) in [
        (tokens.id_token.as_str(), StatusCode::UNAUTHORIZED, "invalid_token"),
        (tokens.refresh(), StatusCode::UNAUTHORIZED, "invalid_token"),
        ("rubbish", StatusCode::UNAUTHORIZED, "invalid_token"),
        (&own.access, StatusCode::FORBIDDEN, "insufficient_scope"),
    ] {
        let answer = node.userinfo(wrong).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, error), "{wrong}");
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains(error), "{challenge}");
    }
    node.pass(crate::support::span::seconds(311));
    let late = node.userinfo(&tokens.access).await;
    assert_eq!((late.status, late.error()), (StatusCode::UNAUTHORIZED, "invalid_token".to_owned()));
    assert_eq!(node.userinfo(&tokens.access).await.json()["sub"], Value::Null);
    node.close().await;
}
