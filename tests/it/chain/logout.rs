//! A logout anywhere reaches everybody who took part, once, whichever way messages come (standard 6.4 d).

use std::time::Duration;

use hufu::base::encoding::base64url;
use hufu::keys::SigningKey;
use hufu::logout::Reason;
use hufu::proto::jose::{SigningAlg, peek_claims_unverified};
use hufu::store::outbox::LogoutRow;
use hufu::store::upstream_sessions::SessionUpstreamRow;
use serde_json::{Value, json};

use super::stage::{Chain, Reachable, Traveller};
use crate::support::{Client, Person, Request, Tokens};

/// One person signed in at a service of every node, by one sign-in at the nation.
struct Everywhere {
    chain: Chain,
    traveller: Traveller,
    person: Person,
    services: [Client; 4],
    tokens: Vec<Tokens>,
}

impl Everywhere {
    async fn set() -> Self {
        let chain = Chain::start().await;
        let person = chain.nation.node.verified_person("wangming").await;
        let mut traveller = chain.traveller();
        traveller.at(&chain.nation).sign_in(&person).await;
        let services = [
            chain.nation.node.client("of-nation").await,
            chain.province.node.client("of-province").await,
            chain.city.node.client("of-city").await,
            chain.other.node.client("of-other").await,
        ];
        let mut tokens = Vec::new();
        for (at, service) in [2, 0, 1, 3].map(|place| (place, &services[place])) {
            tokens.push((at, traveller.enter(chain.all()[at], service).await));
        }
        tokens.sort_by_key(|(at, _)| *at);
        let tokens = tokens.into_iter().map(|(_, tokens)| tokens).collect();
        Self { chain, traveller, person, services, tokens }
    }

    fn told(&self, place: usize) -> usize {
        self.chain.all()[place].node.sink.told(&self.services[place].id).len()
    }

    /// Every service was told once, of its own `sid`, and nothing lives any more.
    async fn all_ended(&mut self, but: Option<usize>) {
        self.chain.deliver().await;
        for place in 0..4 {
            let expected = usize::from(but != Some(place));
            assert_eq!(self.told(place), expected, "{}", self.services[place].id);
            let at = self.chain.all()[place];
            if expected == 1 {
                let notice = at.node.sink.told_once(&self.services[place].id);
                assert_eq!(notice.text("sid"), self.tokens[place].claim("sid"));
            }
            assert!(!at.node.is_active(&self.services[place], &self.tokens[place].access).await, "{place}");
            let silent = Request::of(&self.services[place]).with("prompt", "none");
            let landed = self.traveller.begin(self.chain.all()[place], &silent).await;
            assert_eq!(landed.service().error(), "login_required", "{place}");
        }
        // Nobody is told again, whatever still goes round.
        self.chain.clock.advance(Duration::from_secs(3600));
        self.chain.deliver().await;
        let told: usize = (0..4).map(|place| self.told(place)).sum();
        assert_eq!(told, 4 - usize::from(but.is_some()));
        for at in self.chain.all() {
            assert_eq!(at.node.pending().await, 0);
        }
    }
}

/// The session of a node that came from the nation.
async fn from_nation(chain: &Chain, at: &Reachable) -> SessionUpstreamRow {
    let mut db = at.node.app.store.read().await.unwrap();
    hufu::store::upstream_sessions::live(&mut db, &chain.nation.issuer, 1).await.unwrap().remove(0)
}

/// The logouts of a node.
async fn ledger(at: &Reachable) -> Vec<LogoutRow> {
    let mut db = at.node.app.store.read().await.unwrap();
    hufu::store::outbox::latest_logouts(&mut db, hufu::base::Timestamp(0), 10).await.unwrap()
}

#[tokio::test]
async fn a_logout_at_the_nation_reaches_every_service_of_every_node_once() {
    let mut all = Everywhere::set().await;
    all.traveller.at(&all.chain.nation).sign_out().await;
    all.all_ended(None).await;
    all.chain.close().await;
}

#[tokio::test]
async fn a_logout_at_the_province_reaches_every_service_of_every_node_once() {
    let mut all = Everywhere::set().await;
    all.traveller.at(&all.chain.province).sign_out().await;
    all.all_ended(None).await;
    all.chain.close().await;
}

#[tokio::test]
async fn a_logout_at_the_city_reaches_every_service_of_every_node_once() {
    let mut all = Everywhere::set().await;
    all.traveller.at(&all.chain.city).sign_out().await;
    all.all_ended(None).await;
    all.chain.close().await;
}

#[tokio::test]
async fn a_logout_by_a_service_of_the_city_reaches_every_service_of_every_node_once() {
    let mut all = Everywhere::set().await;
    let hint = all.tokens[2].id_token.clone();
    let back = all.services[2].post_logout_redirect_uri.clone();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("id_token_hint", &hint)
        .append_pair("post_logout_redirect_uri", &back)
        .finish();
    all.traveller.get(&format!("{}/oauth2/logout?{query}", all.chain.city.issuer)).await.service();
    all.all_ended(None).await;
    all.chain.close().await;
}

#[tokio::test]
async fn a_logout_has_one_name_in_the_whole_tree() {
    let mut all = Everywhere::set().await;
    all.traveller.at(&all.chain.city).sign_out().await;
    all.chain.deliver().await;
    let tree = {
        let notice = ledger(&all.chain.city).await;
        assert_eq!(notice.len(), 1);
        assert_eq!(notice[0].tree_id, notice[0].id, "it began here");
        notice[0].tree_id.clone()
    };
    for (at, reason) in
        [(&all.chain.province, "node_below"), (&all.chain.nation, "node_below"), (&all.chain.other, "node_above")]
    {
        let ledger = ledger(at).await;
        assert_eq!(ledger.len(), 1, "each node acts once");
        assert_eq!((&ledger[0].tree_id, ledger[0].reason.as_str()), (&tree, reason));
    }
    // A service is told as the standard says, and nothing of the tree.
    let notice = all.chain.other.node.sink.told_once("of-other");
    assert_eq!(notice.claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    all.chain.close().await;
}

#[tokio::test]
async fn other_ends_go_up_too_and_mere_expiry_does_not() {
    for (what, up) in [("password", true), ("lock", true), ("expiry", false)] {
        let all = Everywhere::set().await;
        let app = &all.chain.province.node.app;
        let session = from_nation(&all.chain, &all.chain.province).await.session_id;
        match what {
            "password" => _ = app.logouts.end_session(&session, Reason::PasswordChanged).await.unwrap(),
            "lock" => _ = app.logouts.end_session(&session, Reason::AccountState).await.unwrap(),
            _ => _ = app.logouts.end_session(&session, Reason::Expired).await.unwrap(),
        }
        all.chain.deliver().await;
        assert_eq!(all.told(0), usize::from(up), "{what}: the service of the nation");
        assert_eq!(all.told(3), usize::from(up), "{what}: the service of the other province");
        all.chain.close().await;
    }
}

#[tokio::test]
async fn a_service_that_is_down_for_an_hour_is_told_when_it_is_back() {
    let mut all = Everywhere::set().await;
    all.chain.other.node.sink.answer("of-other", 503, &[]);
    all.traveller.at(&all.chain.city).sign_out().await;
    for _ in 0..60 {
        all.chain.deliver().await;
        all.chain.clock.advance(Duration::from_secs(60));
    }
    let tries = all.told(3);
    assert!(tries > 3, "it was tried {tries} times");
    assert_eq!((all.told(0), all.told(1), all.told(2)), (1, 1, 1), "the others do not wait");
    all.chain.other.node.sink.answer("of-other", 200, &[]);
    all.chain.clock.advance(Duration::from_secs(700));
    all.chain.deliver().await;
    assert_eq!(all.told(3), tries + 1);
    assert_eq!(all.chain.other.node.pending().await, 0);
    all.chain.close().await;
}

#[tokio::test]
async fn a_node_that_is_down_is_told_when_it_is_back_and_passes_it_on() {
    let mut all = Everywhere::set().await;
    all.chain.nation.is_up(false);
    all.traveller.at(&all.chain.city).sign_out().await;
    all.chain.deliver().await;
    assert_eq!((all.told(1), all.told(2)), (1, 1));
    assert_eq!((all.told(0), all.told(3)), (0, 0), "the nation does not know yet");
    all.chain.nation.is_up(true);
    all.chain.clock.advance(Duration::from_secs(60));
    all.all_ended(None).await;
    all.chain.close().await;
}

/// What the node above sends when a session ends, as it would arrive at the province.
async fn token_of_nation(chain: &Chain, sid: &str, subject: &str) -> String {
    let now = chain.nation.node.now();
    let claims = json!({
        "iss": chain.nation.issuer, "aud": chain.province.issuer, "sub": subject, "sid": sid,
        "iat": now, "exp": now + 120, "jti": format!("jti-{now}-{sid}"),
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    chain.nation.node.app.keys.sign(SigningAlg::ES256, "logout+jwt", &claims).unwrap()
}

async fn post(at: &Reachable, path: &str, token: &str) -> crate::support::Answer {
    let form = [(axum::http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    at.node.call(axum::http::Method::POST, path, &form, &format!("logout_token={token}")).await
}

#[tokio::test]
async fn a_logout_that_overtakes_its_sign_in_wins() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    // Somebody is in, so that the `sid` is known; it stays for every sign-in of that session.
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.province, &service).await;
    let behind = from_nation(&chain, &chain.province).await;
    let token = token_of_nation(&chain, &behind.sid, &behind.subject).await;
    assert!(post(&chain.province, "/upstream/backchannel-logout", &token).await.status.is_success());
    // The nation's session lives still: its answer to a sign-in comes after the logout of it.
    let silent = Request::of(&service).with("prompt", "none");
    assert_eq!(traveller.begin(&chain.province, &silent).await.service().error(), "login_required");
    let page = traveller.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province);
    let page = traveller.click(&chain.province, &page, "upstream-button").await.page_at(&chain.nation);
    let page = traveller.agree(&chain.nation, &page, &[]).await.page_at(&chain.province);
    assert_eq!(page.error_code(), "upstream_session_ended");
    chain.deliver().await;
    chain.close().await;
}

#[tokio::test]
async fn every_claim_of_a_logout_token_from_above_is_checked_and_each_counts_once() {
    let all = Everywhere::set().await;
    let behind = from_nation(&all.chain, &all.chain.province).await;
    let good = token_of_nation(&all.chain, &behind.sid, &behind.subject).await;
    let claims = peek_claims_unverified(&good).unwrap();
    let keys = &all.chain.nation.node.app.keys;
    let rows: Vec<(&str, Value)> = vec![
        ("iss", json!("https://other.example")),
        ("aud", json!("https://other.example")),
        ("events", json!({})),
        ("events", json!("backchannel-logout")),
        ("nonce", json!("n")),
        ("jti", Value::Null),
        ("iat", Value::Null),
        ("exp", Value::Null),
        ("exp", json!(claims["iat"].as_i64().unwrap() - 60)),
        ("exp", json!(claims["iat"].as_i64().unwrap() + 3600)),
        ("iat", json!("now")),
        ("sid", json!(5)),
    ];
    for (name, value) in rows {
        let mut bent = claims.clone();
        if value.is_null() {
            bent.remove(name);
        } else {
            bent.insert(name.to_owned(), value.clone());
        }
        let token = keys.sign(SigningAlg::ES256, "logout+jwt", &bent).unwrap();
        let answer = post(&all.chain.province, "/upstream/backchannel-logout", &token).await;
        assert_eq!(answer.error(), "invalid_request", "{name}: {value}");
    }
    let forged = SigningKey::generate(SigningAlg::ES256).unwrap().sign("logout+jwt", &claims).unwrap();
    let as_id_token = keys.sign(SigningAlg::ES256, "JWT", &claims).unwrap();
    let unsigned =
        format!("{}.{}.", base64url(br#"{"alg":"none","typ":"logout+jwt"}"#), good.split('.').nth(1).unwrap());
    for token in [forged, as_id_token, unsigned] {
        assert_eq!(post(&all.chain.province, "/upstream/backchannel-logout", &token).await.error(), "invalid_request");
    }
    assert!(all.chain.province.node.is_active(&all.services[1], &all.tokens[1].access).await, "nothing has ended");
    assert!(post(&all.chain.province, "/upstream/backchannel-logout", &good).await.status.is_success());
    assert!(!all.chain.province.node.is_active(&all.services[1], &all.tokens[1].access).await);
    assert_eq!(
        post(&all.chain.province, "/upstream/backchannel-logout", &good).await.error(),
        "invalid_request",
        "twice"
    );
    all.chain.deliver().await;
    assert_eq!(all.told(0), 0, "what the nation has told is not told to the nation");
    all.chain.close().await;
}

#[tokio::test]
async fn an_upward_logout_counts_only_for_a_session_in_which_that_node_took_part() {
    let all = Everywhere::set().await;
    let now = all.chain.nation.node.now();
    let of_other = from_nation(&all.chain, &all.chain.other).await;
    let claims = |iss: &str, sid: &str, sub: &str| {
        json!({
            "iss": iss, "aud": all.chain.nation.issuer, "sub": sub, "sid": sid, "iat": now, "exp": now + 120,
            "jti": format!("{iss}{sid}{sub}"),
            "events": {
                "http://schemas.openid.net/event/backchannel-logout": {},
                "urn:hufu:event:logout": {"logout_id": "l-1"},
            },
        })
    };
    let sign = |at: &Reachable, claims: &Value| at.node.app.keys.sign(SigningAlg::ES256, "logout+jwt", claims).unwrap();
    let (province, other) = (&all.chain.province, &all.chain.other);
    let service_sid = all.tokens[0].claim("sid");
    let rows = [
        (
            "the sid of another node",
            sign(province, &claims(&province.issuer, &of_other.sid, &of_other.subject)),
            "invalid_request",
        ),
        ("the sid of a service", sign(province, &claims(&province.issuer, service_sid, "s")), "invalid_request"),
        ("a sid that nobody has", sign(province, &claims(&province.issuer, "nobody", "s")), "invalid_request"),
        (
            "in the name of another node",
            sign(province, &claims(&other.issuer, &of_other.sid, &of_other.subject)),
            "invalid_request",
        ),
        ("of another subject", sign(other, &claims(&other.issuer, &of_other.sid, "somebody")), "invalid_request"),
        (
            "of a stranger",
            sign(&all.chain.city, &claims(&all.chain.city.issuer, &of_other.sid, "s")),
            "unauthorized_client",
        ),
    ];
    for (what, token, code) in rows {
        assert_eq!(post(&all.chain.nation, "/trust/logout", &token).await.error(), code, "{what}");
    }
    assert!(all.chain.nation.node.is_active(&all.services[0], &all.tokens[0].access).await, "nothing has ended");
    let good = sign(other, &claims(&other.issuer, &of_other.sid, &of_other.subject));
    assert!(post(&all.chain.nation, "/trust/logout", &good).await.status.is_success());
    assert!(!all.chain.nation.node.is_active(&all.services[0], &all.tokens[0].access).await);
    assert_eq!(post(&all.chain.nation, "/trust/logout", &good).await.error(), "invalid_request", "twice");
    all.chain.deliver().await;
    assert_eq!(all.person.username, "wangming");
    all.chain.close().await;
}

#[tokio::test]
async fn a_suspended_node_below_ends_nothing() {
    let all = Everywhere::set().await;
    let id = all.chain.province.issuer.as_str().into();
    all.chain.nation.node.app.logouts.suspend_client(&id).await.unwrap();
    let session = from_nation(&all.chain, &all.chain.province).await.session_id;
    // It tries to tell, and is not heard; what the nation tells it ends its own.
    all.chain.province.node.app.logouts.end_session(&session, Reason::Person).await.unwrap();
    all.chain.province.node.deliver().await;
    assert!(all.chain.nation.node.is_active(&all.services[0], &all.tokens[0].access).await);
    all.chain.nation.node.deliver().await;
    let province = all.chain.province.node.pending().await;
    let jobs = [0, province, all.chain.city.node.pending().await, 0];
    assert_eq!(province, 1, "to be tried again");
    all.chain.close_leaving(jobs).await;
}
