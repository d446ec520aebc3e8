//! What a node must not believe of the one above about companies: it says for whom the person acts whom it was asked about, as
//! far as it may, and nothing else. The node above is one that the test plays.

use std::time::Duration;

use hufu::logout::deliver::LOGOUT_EVENT;
use hufu::store;
use hufu::store::carried_mandates::CarriedMandateRow;
use serde_json::{Map, Value, json};

use super::named;
use crate::chain::attacks::{Away, Signs, Stage as Below, person};
use crate::chain::stage::href;
use crate::support::{Browser, Client, Landed, Page, Request, Tokens};

const CODE: &str = "91350100M000100Y43";

/// A city that takes companies from above, a browser in which person-1 has come from there, and a company service.
struct Stage {
    below: Below,
    browser: Browser,
    service: Client,
    own: Tokens,
}

/// What a good node says when the person has chosen the company.
struct Said {
    id_token: Map<String, Value>,
    userinfo: Map<String, Value>,
}

impl Said {
    /// Both tell the same.
    fn both(&mut self, member: &str, value: impl Into<Value>) {
        let value = value.into();
        for claims in [&mut self.id_token, &mut self.userinfo] {
            if value.is_null() {
                claims.remove(member);
            } else {
                claims.insert(member.to_owned(), value.clone());
            }
        }
    }
}

impl Stage {
    async fn set() -> Self {
        Self::with(&[("upstream.companies", "true")]).await
    }

    async fn with(settings: &[(&str, &str)]) -> Self {
        let below = Below::with(settings).await;
        let service = below.city.client_with("company-service", json!({"subject": "either"})).await;
        let mut browser = below.city.browser();
        let own = below.enter(&mut browser, |_| {}, person(2)).await;
        Self { below, browser, service, own }
    }

    /// From the chooser of the city to the node above.
    async fn leave(&mut self) -> Away {
        let page = self.asked().await;
        let away = self.browser.get(&href(&page, "identity-above")).await.callback();
        Away { params: away.params }
    }

    async fn asked(&mut self) -> Page {
        let request = Request::of(&self.service).with("prompt", "select_account");
        self.browser.begin(&request).await.page()
    }

    fn said(&self, away: &Away) -> Said {
        let mut said = Said { id_token: self.below.good(away), userinfo: Map::new() };
        let until = self.below.city.now() + 3600;
        said.both("sub", json!("company-1"));
        said.both("act", json!({"sub": "person-1"}));
        said.both("entity", json!({"name": "海城虎符商贸有限公司", "uscc": CODE, "type": "enterprise"}));
        said.both("role", json!("agent"));
        said.both("agent_valid_until", json!(until));
        said.both("agent_matters", json!([]));
        said.id_token.insert("sid".into(), json!("acting-1"));
        said
    }

    /// Comes back with it.
    async fn come_back(&mut self, away: &Away, said: Said) -> Landed {
        self.below.play(said.id_token, Signs::Well, Value::Object(said.userinfo));
        self.below.come_back(&mut self.browser, away).await
    }

    async fn acts(&mut self) -> Tokens {
        let away = self.leave().await;
        let said = self.said(&away);
        let code = self.come_back(&away, said).await.callback().code().to_owned();
        let request = Request::of(&self.service);
        self.below.city.redeem(&self.service, &request, &code).await.tokens()
    }

    async fn carried(&self) -> Vec<CarriedMandateRow> {
        let mut db = self.below.city.app.store.read().await.unwrap();
        store::carried_mandates::list_expired(&mut db, hufu::base::Timestamp(i64::MAX), 10).await.unwrap()
    }

    /// The node above tells that a session there has ended.
    async fn logout(&self, sid: &str, jti: &str) -> u16 {
        let now = self.below.city.now();
        let token = self.below.upper.sign(
            "logout+jwt",
            &json!({
                "iss": self.below.upper.issuer, "aud": self.below.city.app.config.issuer.as_str(), "iat": now,
                "exp": now + 60, "jti": jti, "sid": sid, "events": {LOGOUT_EVENT: {}},
            }),
        );
        let mut server = self.below.city.browser();
        server
            .send(axum::http::Method::POST, "/upstream/backchannel-logout", Some(format!("logout_token={token}")))
            .await
            .status
            .as_u16()
    }

    async fn close(self) {
        self.below.city.deliver().await;
        self.below.close().await;
    }
}

#[tokio::test]
async fn what_was_asked_and_nothing_more_goes_up_and_what_comes_down_is_the_persons_of_this_session() {
    let mut stage = Stage::set().await;
    let away = stage.leave().await;
    assert_eq!((away.params["prompt"].as_str(), away.params["scope"].as_str()), ("select_account", "openid"));
    assert!(!away.params.contains_key("authorization_details"));
    let tokens = stage.acts().await;
    assert_eq!(tokens.claims["entity"]["uscc"], CODE);
    assert_eq!(tokens.claims["agent_valid_until"], json!(stage.below.city.now() + 3600));
    assert_eq!((&tokens.claims["acr"], &tokens.claims["amr"]), (&stage.own.claims["acr"], &stage.own.claims["amr"]));
    assert_eq!(stage.carried().await.len(), 1);
    // Another browser of the same person has its own session, in which nobody has said so.
    let mut other = stage.below.city.browser();
    stage.below.enter(&mut other, |_| {}, person(2)).await;
    let silent = Request::of(&stage.service).with("authorization_details", &named(CODE)).with("prompt", "none");
    let asked = other.begin(&silent).await.callback();
    assert!(asked.uri.starts_with(&stage.below.upper.issuer), "it is asked for there: {}", asked.uri);
    assert_eq!(asked.get("authorization_details"), named(CODE));
    stage.close().await;
}

#[tokio::test]
async fn every_member_is_checked_and_nothing_is_passed_over() {
    type Bend = fn(&mut Said, i64);
    let company = |uscc: &str, kind: &str| json!({"name": "海城虎符商贸有限公司", "uscc": uscc, "type": kind});
    let (typo, other) = (company("91350100M000100Y44", "enterprise"), company(CODE, "government_organ"));
    let rows: Vec<(&str, Bend)> = vec![
        ("nobody acts", |said, _| said.both("act", Value::Null)),
        ("the company itself acts", |said, _| said.both("act", json!({"sub": "company-1"}))),
        ("an unknown role", |said, _| said.both("role", json!("owner"))),
        ("no role", |said, _| said.both("role", Value::Null)),
        ("no company", |said, _| said.both("entity", Value::Null)),
        ("a mandate that is over", |said, now| said.both("agent_valid_until", json!(now))),
        ("an agent without an end", |said, _| said.both("agent_valid_until", Value::Null)),
        ("nothing said of matters", |said, _| said.both("agent_matters", Value::Null)),
        ("a matter that is none", |said, _| said.both("agent_matters", json!(["a b"]))),
        ("UserInfo with more", |said, _| {
            said.userinfo.insert("role".into(), json!("legal_representative"));
        }),
        ("UserInfo with a longer time", |said, now| {
            said.userinfo.insert("agent_valid_until".into(), json!(now + 7200));
        }),
        ("UserInfo with another person", |said, _| {
            said.userinfo.insert("act".into(), json!({"sub": "person-2"}));
        }),
        ("UserInfo without the company", |said, _| {
            said.userinfo.retain(|member, _| member == "sub");
        }),
    ];
    let mut stage = Stage::set().await;
    for (what, bend) in rows {
        let away = stage.leave().await;
        let mut said = stage.said(&away);
        bend(&mut said, stage.below.city.now());
        let page = stage.come_back(&away, said).await.page();
        assert_eq!(page.error_code(), "upstream_untrusted", "{what}");
    }
    for (what, entity) in [("a code that fails its check", typo), ("another kind than the code's", other)] {
        let away = stage.leave().await;
        let mut said = stage.said(&away);
        said.both("entity", entity);
        let page = stage.come_back(&away, said).await.page();
        assert_eq!(page.error_code(), "upstream_untrusted", "{what}");
    }
    let away = stage.leave().await;
    let said = stage.said(&away);
    stage.below.play(said.id_token, Signs::WithAnotherKey, Value::Object(said.userinfo));
    let page = stage.below.come_back(&mut stage.browser, &away).await.page();
    assert_eq!(page.error_code(), "upstream_untrusted", "another key");
    assert!(stage.carried().await.is_empty());
    stage.acts().await;
    stage.close().await;
}

#[tokio::test]
async fn a_company_that_nobody_asked_for_is_refused() {
    let mut stage = Stage::set().await;
    // By the way of a sign-in: the silent try of another browser.
    let mut other = stage.below.city.browser();
    let silent = other.begin(&Request::of(&stage.below.service)).await.callback();
    let away = Away { params: silent.params };
    let said = stage.said(&away);
    stage.below.play(said.id_token, Signs::Well, Value::Object(said.userinfo));
    stage.below.come_back(&mut other, &away).await.page().must_have("login-form");
    assert!(other.session_cookie().is_none());
    // Another one than was named, and none at all.
    for oneself in [false, true] {
        let request = Request::of(&stage.service).with("authorization_details", &named("12441500196720244T"));
        let away = Away { params: stage.browser.begin(&request).await.callback().params };
        assert_eq!(away.params["prompt"], "none");
        let mut said = stage.said(&away);
        if oneself {
            for member in ["act", "entity", "role", "agent_valid_until", "agent_matters"] {
                said.both(member, Value::Null);
            }
            said.both("sub", json!("person-1"));
        }
        assert_eq!(stage.come_back(&away, said).await.callback().error(), "access_denied");
    }
    assert!(stage.carried().await.is_empty());
    stage.close().await;
}

/// Whoever comes back must be who was sent: another person of this node, or one that it does not know, gets nothing.
#[tokio::test]
async fn another_person_who_acts_gives_this_session_nothing() {
    let mut stage = Stage::set().await;
    let mut other = stage.below.city.browser();
    let second = |claims: &mut Map<String, Value>| {
        claims.insert("sub".into(), json!("person-2"));
        claims.insert("sid".into(), json!("session-2"));
    };
    stage.below.enter(&mut other, second, json!({"sub": "person-2"})).await;
    for actor in ["person-2", "person-3"] {
        let away = stage.leave().await;
        let mut said = stage.said(&away);
        said.both("act", json!({"sub": actor}));
        let further = stage.come_back(&away, said).await;
        let Landed::There(further) = further else { panic!("{actor} is let in") };
        assert!(further.uri.starts_with(&stage.below.upper.issuer), "{actor} signs in first: {}", further.uri);
        assert!(!further.params.contains_key("authorization_details") && !further.params.contains_key("prompt"));
        assert!(stage.carried().await.is_empty(), "{actor}");
    }
    let page = stage.asked().await;
    assert!(!page.html.contains(CODE), "the session is who it was, for nobody else");
    stage.close().await;
}

#[tokio::test]
async fn a_way_back_is_used_once_and_what_has_ended_meanwhile_is_not_begun() {
    let mut stage = Stage::set().await;
    let away = stage.leave().await;
    let said = stage.said(&away);
    stage.come_back(&away, said).await.callback().code();
    let page = stage.below.come_back(&mut stage.browser, &away).await.page();
    assert_eq!(page.error_code(), "upstream_state");
    // The logout of the acting overtakes its beginning.
    let away = stage.leave().await;
    let mut said = stage.said(&away);
    said.id_token.insert("sid".into(), json!("acting-2"));
    assert_eq!(stage.logout("acting-2", "jti-1").await, 200);
    let page = stage.come_back(&away, said).await.page();
    assert_eq!(page.error_code(), "upstream_session_ended");
    assert_eq!(stage.carried().await.iter().map(|row| row.sid.as_str()).collect::<Vec<_>>(), ["acting-1"]);
    stage.close().await;
}

#[tokio::test]
async fn the_end_of_the_acting_above_ends_it_here_and_the_end_of_the_session_all() {
    let mut stage = Stage::set().await;
    let tokens = stage.acts().await;
    assert_eq!(stage.logout("another", "jti-0").await, 200);
    assert!(stage.below.city.is_active(&stage.service, &tokens.access).await);
    assert_eq!(stage.logout("acting-1", "jti-1").await, 200);
    assert!(!stage.below.city.is_active(&stage.service, &tokens.access).await);
    assert!(stage.below.city.is_active(&stage.below.service, &stage.own.access).await, "who she is stands");
    assert_eq!(stage.below.city.deliver().await, 1);
    assert_eq!(stage.below.city.sink.told_once("company-service").text("sid"), tokens.claim("sid"));
    // Once more, by another sid: that of the session takes all with it.
    let away = stage.leave().await;
    let mut said = stage.said(&away);
    said.id_token.insert("sid".into(), json!("acting-2"));
    let code = stage.come_back(&away, said).await.callback().code().to_owned();
    let again = stage.below.city.redeem(&stage.service, &Request::of(&stage.service), &code).await.tokens();
    assert_ne!(again.claims["sid"], tokens.claims["sid"]);
    assert_eq!(stage.logout("session-1", "jti-2").await, 200);
    assert!(!stage.below.city.is_active(&stage.service, &again.access).await);
    assert_eq!(stage.below.city.refresh(&stage.service, again.refresh()).await.error(), "invalid_grant");
    stage.close().await;
}

#[tokio::test]
async fn a_code_that_was_issued_before_the_end_buys_nothing_after_it() {
    let mut stage = Stage::set().await;
    let away = stage.leave().await;
    let said = stage.said(&away);
    let code = stage.come_back(&away, said).await.callback().code().to_owned();
    assert_eq!(stage.logout("acting-1", "jti-1").await, 200);
    let refused = stage.below.city.redeem(&stage.service, &Request::of(&stage.service), &code).await;
    assert_eq!(refused.error(), "invalid_grant");
    stage.close().await;
}

#[tokio::test]
async fn told_again_by_the_same_sid_it_stands_as_it_is_told_now() {
    let mut stage = Stage::set().await;
    let first = stage.acts().await;
    let away = stage.leave().await;
    let mut said = stage.said(&away);
    said.both("agent_matters", json!(["seal:make"]));
    said.both("agent_valid_until", json!(stage.below.city.now() + 600));
    stage.come_back(&away, said).await.page().must_have("identity-gone");
    // The service is for nothing that is left: the tokens from before end at their next refresh, and no new ones begin.
    assert_eq!(stage.below.city.refresh(&stage.service, first.refresh()).await.error(), "invalid_grant");
    let rows = stage.carried().await;
    assert_eq!((rows.len(), &rows[0].matters.0[..]), (1, &["seal:make".to_owned()][..]));
    assert_eq!(rows[0].valid_until.seconds(), stage.below.city.now() + 600);
    stage.close().await;
}

#[tokio::test]
async fn what_is_not_taken_here_is_said_in_plain() {
    let mut stage = Stage::set().await;
    let first = stage.acts().await;
    // The name of one company is not another's by and by.
    let away = stage.leave().await;
    let mut said = stage.said(&away);
    said.both(
        "entity",
        json!({"name": "海城代理服务中心", "uscc": "12441500196720244T", "type": "public_institution"}),
    );
    let page = stage.come_back(&away, said).await.page();
    assert_eq!(page.error_code(), "upstream_company");
    stage.below.city.app.delegation.suspend(CODE).await.unwrap();
    assert!(!stage.below.city.is_active(&stage.service, &first.access).await);
    let away = stage.leave().await;
    let said = stage.said(&away);
    assert_eq!(stage.come_back(&away, said).await.page().error_code(), "upstream_company");
    assert!(stage.carried().await.is_empty());
    stage.close().await;
}

#[tokio::test]
async fn nobody_acts_whose_own_name_is_not_certain_enough_here() {
    let mut stage = Stage::with(&[("upstream.companies", "true"), ("upstream.maximum_level", "1")]).await;
    let away = stage.leave().await;
    let said = stage.said(&away);
    assert_eq!(stage.come_back(&away, said).await.page().error_code(), "upstream_company_unverified");
    assert!(stage.carried().await.is_empty());
    stage.close().await;
}

/// The operator takes it back while somebody is away.
#[tokio::test]
async fn a_node_above_that_may_vouch_for_no_company_vouches_for_none() {
    let mut stage = Stage::with(&[]).await;
    let page = stage.asked().await;
    assert!(!page.has("identity-above"));
    let by_name = Request::of(&stage.service).with("authorization_details", &named(CODE));
    assert_eq!(stage.browser.begin(&by_name).await.callback().error(), "access_denied");
    stage.close().await;
}

/// An agent is appointed here for three years at most, whatever is said above.
#[tokio::test]
async fn the_end_is_the_earlier_of_what_is_said_and_what_is_possible_here() {
    let mut stage = Stage::set().await;
    let away = stage.leave().await;
    let mut said = stage.said(&away);
    said.both("agent_valid_until", json!(stage.below.city.now() + 20 * 366 * 86_400));
    let code = stage.come_back(&away, said).await.callback().code().to_owned();
    let tokens = stage.below.city.redeem(&stage.service, &Request::of(&stage.service), &code).await.tokens();
    let term = Duration::from_secs(3 * 366 * 86_400).as_secs();
    assert_eq!(tokens.claims["agent_valid_until"], json!(stage.below.city.now() + i64::try_from(term).unwrap()));
    stage.close().await;
}
