//! Threat 12: one place decides for every grant. Rows: what has happened since the person signed in; columns: the ways by
//! which a client can still get or use tokens.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use serde_json::json;

use crate::support::{Browser, Client, Page, Person, Request, TestNode, Tokens};

/// What happens between the sign-in and the tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Nothing,
    Locked,
    Disabled,
    Closed,
    Deleted,
    ClientSuspended,
    ClientRemoved,
    LevelRaised,
    FactorsNarrowed,
    SessionEnded,
    ConsentWithdrawn,
}

/// Whether each way still works afterwards: the code that was not redeemed yet, the refresh token of the session, the
/// offline refresh token, the access token at user info and introspection, an exchange of it, and client_credentials.
#[derive(Debug, PartialEq, Eq)]
struct Works {
    code: bool,
    refresh: bool,
    offline: bool,
    access: bool,
    exchange: bool,
    client_credentials: bool,
}

const NOTHING: Works =
    Works { code: false, refresh: false, offline: false, access: false, exchange: false, client_credentials: false };
const EVERYTHING: Works =
    Works { code: true, refresh: true, offline: true, access: true, exchange: true, client_credentials: true };
const CLIENT_ONLY: Works = Works { client_credentials: true, ..NOTHING };

const MATRIX: &[(Event, Works)] = &[
    (Event::Nothing, EVERYTHING),
    (Event::Locked, CLIENT_ONLY),
    (Event::Disabled, CLIENT_ONLY),
    (Event::Closed, CLIENT_ONLY),
    (Event::Deleted, CLIENT_ONLY),
    (Event::ClientSuspended, NOTHING),
    (Event::ClientRemoved, NOTHING),
    // The access token was good for what it was asked for then; it lives five minutes. No new one is issued.
    (Event::LevelRaised, Works { access: true, ..CLIENT_ONLY }),
    (Event::FactorsNarrowed, Works { access: true, ..CLIENT_ONLY }),
    (Event::SessionEnded, Works { offline: true, ..CLIENT_ONLY }),
    (Event::ConsentWithdrawn, CLIENT_ONLY),
];

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

fn members() -> serde_json::Value {
    json!({
        "consent": "first_use",
        "legal_basis": null,
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", EXCHANGE],
        "exchange_resources": ["called"],
    })
}

struct Stage {
    node: TestNode,
    client: Client,
    person: Person,
    browser: Browser,
    request: Request,
    code: String,
    online: Tokens,
    offline: Tokens,
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::start().await;
        let client = node.client_with("matters", members()).await;
        node.client_with("called", json!({"resource_server": true})).await;
        let person = node.person("wangming").await;
        let mut browser = node.browser();
        let offline_request =
            Request::of(&client).with("scope", "openid profile offline_access").with("prompt", "consent");
        let page = browser.begin(&offline_request).await.page();
        let page: Page = browser.log_in(&page, &person).await.page();
        let landed = browser.submit(&page, "consent-form", &[("decision", "accept")]).await;
        let offline = node.redeem(&client, &offline_request, landed.callback().code()).await.tokens();
        let request = Request::of(&client).with("scope", "openid profile");
        let code = browser.begin(&request).await.callback().code().to_owned();
        let online = node.redeem(&client, &request, &code).await.tokens();
        let code = browser.begin(&request).await.callback().code().to_owned();
        Self { node, client, person, browser, request, code, online, offline }
    }

    async fn happen(&mut self, event: Event) {
        let Self { node, client, person, .. } = self;
        match event {
            Event::Nothing => {}
            Event::Locked => person.set_state(node, AccountState::Locked).await,
            Event::Disabled => person.set_state(node, AccountState::Disabled).await,
            Event::Closed => person.set_state(node, AccountState::Closed).await,
            Event::Deleted => assert!(node.app.signon.delete(&person.id).await.unwrap()),
            Event::ClientSuspended => {
                assert!(node.app.logouts.suspend_client(&client.id.as_str().into()).await.unwrap());
            }
            Event::ClientRemoved => {
                assert!(node.app.logouts.remove_client(&client.id.as_str().into()).await.unwrap());
            }
            Event::LevelRaised => {
                let mut raised = members();
                raised["minimum_acr"] = json!("urn:hufu:acr:l2");
                let secret = client.secret.clone();
                *client = Client { secret, ..client.clone() };
                node.put_again(client, raised).await;
            }
            Event::FactorsNarrowed => {
                let mut narrowed = members();
                narrowed["factors"] = json!(["hwk"]);
                node.put_again(client, narrowed).await;
            }
            Event::SessionEnded => self.browser.sign_out().await,
            Event::ConsentWithdrawn => {
                let page = self.browser.get("/account").await.page();
                let csrf = page.hidden("csrf").remove(0);
                let fields = [("csrf", csrf.as_str()), ("client_id", &client.id)];
                self.browser.post("/account/consents/withdraw", &fields).await.page().must_have("account");
            }
        }
    }

    async fn try_all(&self) -> Works {
        let Self { node, client, .. } = self;
        let access = node.userinfo(&self.online.access).await.status == StatusCode::OK;
        if node.form("/oauth2/introspect", client, &[("token", &self.online.access)]).await.status == StatusCode::OK {
            assert_eq!(node.is_active(client, &self.online.access).await, access, "user info and introspection agree");
        }
        let good = |answer: crate::support::Answer| answer.status == StatusCode::OK;
        let exchange = [
            ("grant_type", EXCHANGE),
            ("subject_token", &self.online.access),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("audience", "called"),
        ];
        Works {
            access,
            exchange: good(node.token(client, &exchange).await),
            code: good(node.redeem(client, &self.request, &self.code).await),
            refresh: good(node.refresh(client, self.online.refresh()).await),
            offline: good(node.refresh(client, self.offline.refresh()).await),
            client_credentials: good(node.token(client, &[("grant_type", "client_credentials")]).await),
        }
    }
}

#[tokio::test]
async fn every_grant_obeys_every_policy() {
    for (event, works) in MATRIX {
        let mut stage = Stage::set().await;
        stage.happen(*event).await;
        assert_eq!(&stage.try_all().await, works, "after {event:?}");
        stage.node.deliver().await;
        stage.node.close().await;
    }
}

/// The state of an account alone is enough: the checks do not lean on the sessions and grants that usually end with it.
#[tokio::test]
async fn every_grant_and_a_silent_sign_in_look_at_the_state_of_the_account_themselves() {
    for state in [AccountState::Locked, AccountState::Disabled, AccountState::Closed] {
        let Stage { node, client, person, mut browser, request, code, online, offline } = Stage::set().await;
        let now = hufu::base::Clock::now(&node.clock);
        let mut tx = node.app.store.begin().await.unwrap();
        assert!(hufu::store::accounts::set_state(&mut tx, &person.id, state.as_str(), now).await.unwrap());
        tx.commit().await.unwrap();
        node.app.accounts.changed(&person.id);
        assert_eq!(node.redeem(&client, &request, &code).await.error(), "invalid_grant", "{state}");
        for token in [online.refresh(), offline.refresh()] {
            assert_eq!(node.refresh(&client, token).await.error(), "invalid_grant", "{state}");
        }
        assert_eq!(node.userinfo(&online.access).await.error(), "invalid_token", "{state}");
        let silent = browser.begin(&request.with("prompt", "none")).await.callback();
        assert_eq!(silent.error(), "login_required", "{state}");
        node.close().await;
    }
}

#[tokio::test]
async fn nobody_whose_account_is_not_active_signs_in() {
    for state in [AccountState::Locked, AccountState::Disabled, AccountState::Closed] {
        let node = TestNode::start().await;
        let matters = node.client("matters").await;
        let wang = node.person("wangming").await;
        wang.set_state(&node, state).await;
        let mut browser = node.browser();
        let page = browser.begin(&Request::of(&matters)).await.page();
        let page = browser.log_in(&page, &wang).await.page();
        page.must_have("login-form");
        assert!(browser.session_cookie().is_none(), "{state}");
        wang.set_state(&node, AccountState::Active).await;
        browser.log_in(&page, &wang).await.callback().code();
        node.close().await;
    }
}
