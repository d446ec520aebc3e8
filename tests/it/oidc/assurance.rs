//! Identity assurance: `verified_claims` by the rules of OpenID Connect for Identity Assurance 1.0, a proof fresher than the
//! login, the level in a region's code.

use hufu::accounts::{Aside, Statement};
use hufu::realname::DocumentType;
use serde_json::{Value, json};

use crate::support::span::minutes;
use crate::support::{Browser, Client, Person, Request, TestNode, Tokens};

const FRAMEWORK: &str = "urn:hufu:trust-framework:cn-realname";

async fn tokens(node: &TestNode, browser: &mut Browser, client: &Client, claims: &Value) -> Tokens {
    let request = Request::of(client).with("claims", &claims.to_string()).with("prompt", "none");
    let code = browser.begin(&request).await.callback().code().to_owned();
    node.redeem(client, &request, &code).await.tokens()
}

fn asks(verification: &Value, claims: &Value) -> Value {
    json!({"verification": verification, "claims": claims})
}

async fn by_userinfo(node: &TestNode, browser: &mut Browser, client: &Client, wanted: Value) -> Option<Value> {
    let tokens = tokens(node, browser, client, &json!({"userinfo": {"verified_claims": wanted}})).await;
    node.userinfo(&tokens.access).await.ok().get("verified_claims").cloned()
}

async fn prove_in_person(node: &TestNode, person: &Person) {
    let account = node.app.accounts.find(&person.id).await.unwrap();
    let kind = DocumentType::ResidentIdentityCard;
    let statement = Statement { name: &person.name, kind, number: &person.number, aside: Aside::Nothing, agreed: None };
    node.app.verifier.prove_in_person(&account, &statement, "hall-1").await.unwrap();
}

#[tokio::test]
async fn discovery_says_what_can_be_asked() {
    let node = TestNode::start().await;
    let document = node.app.provider.discovery();
    assert_eq!(document["verified_claims_supported"], true);
    assert_eq!(document["trust_frameworks_supported"], json!([FRAMEWORK]));
    assert_eq!(document["claims_in_verified_claims_supported"], json!(["name", "masked_name", "identity_document"]));
    for list in ["evidence_supported", "documents_supported", "electronic_records_supported"] {
        assert!(!document[list].as_array().unwrap().is_empty(), "{list}");
    }
    assert!(document["claims_supported"].as_array().unwrap().contains(&json!("verified_claims")));
    node.close().await;
}

#[tokio::test]
async fn framework_level_time_method_and_evidence_are_told_in_userinfo_and_id_token() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let verification = json!({
        "trust_framework": {"value": FRAMEWORK}, "assurance_level": null, "assurance_process": {"procedure": null},
        "time": null, "verification_process": null,
        "evidence": [{"type": {"value": "electronic_record"}, "time": null,
            "check_details": [{"check_method": null, "organization": null}],
            "record": {"type": null, "source": {"name": null, "country_code": null}}}],
    });
    let wanted = asks(&verification, &json!({"name": null, "masked_name": null, "birthplace": {"essential": true}}));
    let claims = json!({"userinfo": {"verified_claims": wanted}, "id_token": {"verified_claims": wanted}});
    let tokens = tokens(&node, &mut browser, &matters, &claims).await;
    let info = node.userinfo(&tokens.access).await.ok();
    let found = info["verified_claims"].clone();
    assert_eq!(found, tokens.claims["verified_claims"]);
    assert_eq!(found["claims"]["name"], wang.name.as_str());
    assert!(found["claims"].get("birthplace").is_none(), "what there is not is left out without an error");
    let told = &found["verification"];
    assert_eq!(told["trust_framework"], FRAMEWORK);
    assert_eq!((&told["assurance_level"], &told["time"]), (&json!("l2"), &json!("2026-11-24T06:40:00Z")));
    assert_eq!(told["assurance_process"], json!({"procedure": "two_items"}));
    assert!(told["verification_process"].as_str().unwrap().starts_with('A'));
    let evidence = &told["evidence"][0];
    assert_eq!(evidence["record"]["type"], "population_register");
    assert_eq!(evidence["check_details"], json!([{"check_method": "data", "organization": "population"}]));
    assert!(info.get("name").is_none(), "a verified claim is not told as a plain one");
    assert!(!found.to_string().contains(&wang.number));
    node.close().await;
}

#[tokio::test]
async fn an_unmet_constraint_leaves_out_the_element_and_is_no_error() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let name = json!({"name": null});
    for unmet in [
        json!({"trust_framework": {"value": "de_aml"}}),
        json!({"trust_framework": {"values": ["de_aml", "eidas"], "essential": true}}),
        json!({"trust_framework": null, "assurance_level": {"value": "l3"}}),
        json!({"trust_framework": null, "evidence": [{"type": {"value": "document"}}]}),
    ] {
        assert_eq!(by_userinfo(&node, &mut browser, &matters, asks(&unmet, &name)).await, None, "{unmet}");
    }
    let any = json!({"trust_framework": null});
    assert!(by_userinfo(&node, &mut browser, &matters, asks(&any, &name)).await.is_some());
    let unknown = json!({"place_of_birth": null});
    assert_eq!(by_userinfo(&node, &mut browser, &matters, asks(&any, &unknown)).await, None, "no claim, no element");
    let several = json!([asks(&json!({"trust_framework": {"value": "de_aml"}}), &name), asks(&any, &name)]);
    let found = by_userinfo(&node, &mut browser, &matters, several).await.unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1, "each element for itself");
    node.close().await;
}

#[tokio::test]
async fn whoever_is_not_proven_has_no_verified_claims_and_malformed_requests_are_refused() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let li = node.person("lina").await;
    let mut browser = node.browser();
    browser.sign_in(&li).await;
    let any = asks(&json!({"trust_framework": null}), &json!({"name": null}));
    assert_eq!(by_userinfo(&node, &mut browser, &matters, any).await, None);
    for wrong in [
        json!({"verification": {}, "claims": {"name": null}}),
        json!({"claims": {"name": null}}),
        json!({"verification": {"trust_framework": null}, "claims": {}}),
        json!([]),
    ] {
        let claims = json!({"userinfo": {"verified_claims": wrong}}).to_string();
        let callback = browser.begin(&Request::of(&matters).with("claims", &claims)).await.callback();
        assert_eq!(callback.error(), "invalid_request", "{claims}");
    }
    node.close().await;
}

/// The identity number needs its own consent, wherever it is asked for.
#[tokio::test]
async fn the_number_is_verified_only_with_its_own_consent() {
    let node = TestNode::start().await;
    let seals = node.client("seals").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let wanted =
        asks(&json!({"trust_framework": null}), &json!({"name": null, "identity_document": {"essential": true}}));
    let silent = by_userinfo(&node, &mut browser, &seals, wanted.clone()).await.unwrap();
    assert!(silent["claims"].get("identity_document").is_none());
    let claims = json!({"userinfo": {"verified_claims": wanted}}).to_string();
    let request = Request::of(&seals).with("claims", &claims);
    let page = browser.begin(&request).await.page();
    let fields = [("decision", "accept"), ("sensitive", "identity_document")];
    let code = browser.submit(&page, "consent-form", &fields).await.callback().code().to_owned();
    let tokens = node.redeem(&seals, &request, &code).await.tokens();
    let found = node.userinfo(&tokens.access).await.ok()["verified_claims"].clone();
    let document = json!({"type": "111", "kind": "resident_identity_card", "number": wang.number});
    assert_eq!(found["claims"]["identity_document"], document);
    node.close().await;
}

/// Two clocks: a login that is young enough, and a proof that is not.
#[tokio::test]
async fn a_proof_can_be_asked_fresher_than_the_login() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    node.pass(minutes(20));
    browser.sign_in(&wang).await;
    let claims = |essential: bool| json!({"id_token": {"realname_time": {"max_age": 300, "essential": essential}}});
    let request = |essential| Request::of(&matters).with("claims", &claims(essential).to_string());
    let silent = browser.begin(&request(true).with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "interaction_required");
    browser.begin(&request(false).with("prompt", "none")).await.callback().code();
    // A wish may be declined, a demand may not.
    let page = browser.begin(&request(false)).await.page();
    browser.submit(page.must_have("realname-skip"), "realname-skip", &[]).await.callback().code();
    let page = browser.begin(&request(true)).await.page();
    assert!(!page.must_have("realname-form").has("realname-skip"));
    let code = browser.prove_name(&page, &wang).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request(true), &code).await.tokens();
    assert_eq!(tokens.claims["realname_time"], node.now());
    // Within five minutes nobody is asked again; the login needs not be renewed at all.
    node.pass(minutes(4));
    browser.begin(&request(true).with("prompt", "none")).await.callback().code();
    node.pass(minutes(2));
    let late = browser.begin(&request(true).with("prompt", "none")).await.callback();
    assert_eq!(late.error(), "interaction_required");
    node.close().await;
}

/// A young proof of name and number does not make an old proof at a counter any younger.
#[tokio::test]
async fn a_level_is_never_told_with_the_time_of_another_proof() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    prove_in_person(&node, &wang).await;
    let old = node.now();
    node.pass(minutes(60));
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    node.app.verifier.verify(&account, &wang.name, &wang.number).await.unwrap();
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let told = async |browser: &mut Browser, time: Value| {
        let claims = json!({"id_token": {"realname_level": null, "realname_time": time}});
        let tokens = tokens(&node, browser, &matters, &claims).await;
        (tokens.claims["realname_level"].clone(), tokens.claims["realname_time"].clone())
    };
    assert_eq!(told(&mut browser, Value::Null).await, (json!(4), json!(old)));
    assert_eq!(told(&mut browser, json!({"max_age": 300})).await, (json!(2), json!(node.now())));
    let verification = |level: &str| {
        json!({"trust_framework": null, "assurance_level": {"value": level}, "time": {"max_age": 300}, "evidence":
            [{"type": {"value": "electronic_record"}}, {"type": {"value": "document"}}]})
    };
    let name = json!({"name": null});
    let fresh = by_userinfo(&node, &mut browser, &matters, asks(&verification("l2"), &name)).await;
    assert_eq!(fresh.unwrap()["verification"]["assurance_level"], "l2");
    assert_eq!(by_userinfo(&node, &mut browser, &matters, asks(&verification("l4"), &name)).await, None);
    node.close().await;
}

#[tokio::test]
async fn each_access_party_reads_the_level_in_the_code_of_its_region() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    for (region, code) in [(json!("330000"), json!("2")), (json!("440100"), json!("L2")), (json!(null), json!(null))] {
        let name = format!("party-{}", region.as_str().unwrap_or("none"));
        let party = node.client_with(&name, json!({"region": region})).await;
        let mut browser = node.browser();
        browser.sign_in(&wang).await;
        let request = Request::of(&party).with("scope", "openid realname").with("prompt", "none");
        let got = browser.begin(&request).await.callback().code().to_owned();
        let tokens = node.redeem(&party, &request, &got).await.tokens();
        let info = node.userinfo(&tokens.access).await.ok();
        assert_eq!(info.get("realname_level_code").cloned().unwrap_or_default(), code, "{region}");
        assert_eq!(info["realname_level"], 2, "the code is told beside the level");
    }
    node.close().await;
}
