//! A browser that comes back to the city from passing a sign-in up: what a node must not believe of it (threats 8, 19 and 25),
//! and what holds when it never comes back.

use std::time::Duration;

use hufu::keys::SigningKey;
use hufu::proto::jose::{SigningAlg, peek_claims_unverified};
use serde_json::{Value, json};

use super::stage::{Arrived, Chain, Traveller, Wishes};
use crate::support::{Callback, Client, Page, Person, Request};

const MAY_ASSERT: &str = ", passes_sign_ins = true, maximum_level = 3";
const PASSES: &[(&str, &str)] = &[("upstream.pass_sign_ins", "true"), ("upstream.pass_documents", "true")];

struct Stage {
    chain: Chain,
    service: Client,
    provincial: Client,
    person: Person,
}

impl Stage {
    async fn set() -> Self {
        let chain = Box::pin(Chain::with(Wishes { city: PASSES, below: MAY_ASSERT, ..Wishes::default() })).await;
        let service = chain.city.node.client("matters").await;
        let provincial = chain.province.node.client("licences").await;
        let person = chain.city.node.verified_person("wangming").await;
        Self { chain, service, provincial, person }
    }

    /// Signs in at the city and goes as far as the province's answer with a nonce, which is not followed.
    async fn first_return(&self, traveller: &mut Traveller) -> Callback {
        let page = traveller.begin(&self.chain.city, &Request::of(&self.service)).await.page_at(&self.chain.city);
        let fields = [("username", self.person.username.as_str()), ("password", self.person.password.as_str())];
        let there = traveller.at(&self.chain.city).submit(&page, "login-form", &fields).await.callback();
        self.at_province(traveller, &there).await
    }

    /// Goes on to the province's answer with a receipt, which is not followed.
    async fn second_return(&self, traveller: &mut Traveller) -> Callback {
        let back = self.first_return(traveller).await;
        let path = back.whole.strip_prefix(&self.chain.city.issuer).unwrap().to_owned();
        let there = traveller.at(&self.chain.city).get(&path).await.callback();
        self.at_province(traveller, &there).await
    }

    async fn at_province(&self, traveller: &mut Traveller, there: &Callback) -> Callback {
        let path = there.whole.strip_prefix(&self.chain.province.issuer).unwrap().to_owned();
        traveller.at(&self.chain.province).get(&path).await.callback()
    }

    async fn known_above(&self, traveller: &mut Traveller) -> bool {
        let silent = Request::of(&self.provincial).with("prompt", "none");
        traveller.begin(&self.chain.province, &silent).await.service().params.contains_key("code")
    }

    async fn close(self) {
        self.chain.deliver().await;
        self.chain.close().await;
    }
}

/// The same address with other parameters; `None` leaves one out.
fn bent(back: &Callback, changes: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &back.params {
        match changes.iter().find(|(changed, _)| changed == name) {
            Some((_, Some(other))) => _ = query.append_pair(name, other),
            Some((_, None)) => {}
            None => _ = query.append_pair(name, value),
        }
    }
    format!("{}?{}", back.uri, query.finish())
}

fn refused(landed: Arrived, stage: &Stage) -> Page {
    let page = landed.page_at(&stage.chain.city);
    assert_eq!(page.error_code(), "upstream_state");
    page
}

#[tokio::test]
async fn a_return_of_another_browser_or_late_or_altered_is_nobodys() {
    let stage = Stage::set().await;
    let mut traveller = stage.chain.traveller();
    let back = stage.first_return(&mut traveller).await;
    let mut victim = stage.chain.traveller();
    victim.at(&stage.chain.city).get("/sign-in").await.page();
    refused(victim.get(&back.whole).await, &stage);
    let state = format!("{}A", back.get("state"));
    refused(traveller.get(&bent(&back, &[("state", Some(&state))])).await, &stage);
    refused(traveller.get(&bent(&back, &[("state", None)])).await, &stage);
    stage.chain.clock.advance(Duration::from_secs(601));
    refused(traveller.get(&back.whole).await, &stage);
    assert!(!stage.known_above(&mut victim).await && !stage.known_above(&mut traveller).await);
    stage.close().await;
}

#[tokio::test]
async fn an_answer_that_names_another_issuer_or_none_makes_this_node_vouch_for_nobody() {
    let stage = Stage::set().await;
    for named in [Some("https://other.example"), None] {
        let mut traveller = stage.chain.traveller();
        let back = stage.first_return(&mut traveller).await;
        traveller.get(&bent(&back, &[("iss", named)])).await.service().code();
        let host = "127.0.0.12";
        let subject = stage.chain.city.node.app.provider.subjects().at_host(&stage.person.id, host);
        let mut db = stage.chain.province.node.app.store.read().await.unwrap();
        let city = &stage.chain.city.issuer;
        assert_eq!(hufu::store::upstream_links::find(&mut db, city, &subject).await.unwrap(), None, "{named:?}");
    }
    stage.close().await;
}

#[tokio::test]
async fn without_the_session_that_left_nobody_is_vouched_for() {
    let stage = Stage::set().await;
    let mut traveller = stage.chain.traveller();
    let back = stage.first_return(&mut traveller).await;
    // She signs out in another tab, and somebody else signs in.
    traveller.at(&stage.chain.city).sign_out().await;
    let other = stage.chain.city.node.person("lili").await;
    let mut their = traveller.clone();
    let page = traveller.get(&back.whole).await.page_at(&stage.chain.city);
    page.must_have("login-form");
    their.at(&stage.chain.city).get("/sign-in").await.page();
    let landed = their.get(&format!("{}/sign-in", stage.chain.city.issuer)).await.page_at(&stage.chain.city);
    let fields = [("username", other.username.as_str()), ("password", other.password.as_str())];
    their.at(&stage.chain.city).submit(&landed, "login-form", &fields).await.callback();
    their.get(&back.whole).await.service().code();
    assert!(!stage.known_above(&mut traveller).await && !stage.known_above(&mut their).await);
    stage.close().await;
}

#[tokio::test]
async fn the_same_return_twice_vouches_once() {
    let stage = Stage::set().await;
    let mut traveller = stage.chain.traveller();
    let back = stage.first_return(&mut traveller).await;
    let mut again = traveller.clone();
    traveller.get(&back.whole).await.service().code();
    // Back button: what was asserted once is not asserted again, and she goes on.
    again.get(&back.whole).await.page_at(&stage.chain.city).must_have("expired");
    stage.close().await;
}

#[tokio::test]
async fn every_claim_and_signature_of_a_receipt_is_checked() {
    let stage = Stage::set().await;
    let keys = &stage.chain.province.node.app.keys;
    let rows: Vec<(&str, Value)> = vec![
        ("iss", json!("https://other.example")),
        ("aud", json!("https://other.example")),
        ("asserted_sid", json!("another-sign-in")),
        ("sid", Value::Null),
        ("sub", json!(5)),
        ("exp", json!(1_795_000_000)),
        ("exp", json!("1999999999")),
        ("jti", Value::Null),
    ];
    let mut traveller = stage.chain.traveller();
    let back = stage.second_return(&mut traveller).await;
    let good = peek_claims_unverified(back.get("receipt")).unwrap();
    let mut receipts = Vec::new();
    for (name, value) in rows {
        let mut claims = good.clone();
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.to_owned(), value);
        }
        receipts.push(keys.sign(SigningAlg::ES256, "login-receipt+jwt", &Value::Object(claims)).unwrap());
    }
    let good = Value::Object(good);
    let stranger = SigningKey::generate(SigningAlg::ES256).unwrap();
    receipts.push(stranger.sign("login-receipt+jwt", &good).unwrap());
    receipts.push(keys.sign(SigningAlg::ES256, "logout+jwt", &good).unwrap());
    receipts.push("x".to_owned());
    for receipt in receipts {
        let mut bad = traveller.clone();
        bad.get(&bent(&back, &[("receipt", Some(&receipt))])).await;
        assert!(!knows(&stage, good["sid"].as_str().unwrap()).await, "{receipt}");
    }
    traveller.get(&back.whole).await;
    assert!(knows(&stage, good["sid"].as_str().unwrap()).await);
    stage.close().await;
}

/// Whether the city knows the province's session by this `sid`.
async fn knows(stage: &Stage, sid: &str) -> bool {
    let mut db = stage.chain.city.node.app.store.read().await.unwrap();
    let pair = (stage.chain.province.issuer.as_str(), sid);
    !hufu::store::upstream_sessions::before(&mut db, pair).await.unwrap().is_empty()
}

#[tokio::test]
async fn a_browser_that_never_comes_back_is_signed_out_above_all_the_same() {
    let stage = Stage::set().await;
    let mut traveller = stage.chain.traveller();
    stage.second_return(&mut traveller).await;
    assert!(stage.known_above(&mut traveller).await);
    traveller.at(&stage.chain.city).sign_out().await;
    stage.chain.deliver().await;
    assert!(!stage.known_above(&mut traveller).await);
    stage.close().await;
}

#[tokio::test]
async fn a_logout_above_before_the_browser_is_back_ends_the_session_here_too() {
    let stage = Stage::set().await;
    let mut traveller = stage.chain.traveller();
    let back = stage.second_return(&mut traveller).await;
    traveller.at(&stage.chain.province).sign_out().await;
    stage.chain.deliver().await;
    traveller.get(&back.whole).await.page_at(&stage.chain.city).must_have("login-form");
    stage.close().await;
}
