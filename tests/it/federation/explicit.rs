//! Explicit registration (§12.2).

use hufu::federation::marks::MarkType;
use hufu::federation::marks::issue::Issue;
use hufu::proto::jose::peek_header_unverified;
use serde_json::{Value, json};

use super::stage::{Entity, Served, claims, clock, nation_and_city, presented};
use crate::support::{Client, Request};

const NEEDED: &str = MarkType::CryptographyAssessment.urn();
const REGISTER: &str = "/federation/register";
const STATEMENT: &str = "application/entity-statement+jwt";

async fn stage() -> (Served, Served, Entity, String) {
    let clock = clock();
    let needed = format!("[\"{NEEDED}\"]");
    let (nation, city) = nation_and_city(&clock, &[("federation.required_marks", &needed)]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    let issue = Issue {
        mark_type: NEEDED.to_owned(),
        subject: hall.entity(),
        life: std::time::Duration::from_secs(1800),
        level: Some(2),
        region: None,
        reference: None,
    };
    let mark = nation.federation().issue_mark(&issue).await.unwrap();
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    (nation, city, hall, mark)
}

/// What the service says to this node: with a secret, to show that one is given.
fn for_node(hall: &Entity, nation: &Served, audience: &str, mark: &str, unique: i64) -> String {
    let mut party = hall.relying_party();
    party["token_endpoint_auth_method"] = json!("client_secret_basic");
    hall.sign(&hall.configuration(
        &[&nation.id],
        json!({
            "aud": audience, "trust_marks": presented(NEEDED, mark), "jti": unique,
            "metadata": {"openid_relying_party": party},
        }),
    ))
}

fn registered(answer: &crate::support::Answer) -> Value {
    Value::Object(claims(answer))["metadata"]["openid_relying_party"].clone()
}

#[tokio::test]
async fn a_service_registers_by_its_configuration_and_signs_people_in() {
    let (nation, city, hall, mark) = stage().await;
    let answer = city.post(REGISTER, STATEMENT, &for_node(&hall, &nation, &city.id, &mark, 1)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/explicit-registration-response+jwt");
    assert_eq!(peek_header_unverified(&answer.text).unwrap()["typ"], "explicit-registration-response+jwt");
    let told = claims(&answer);
    assert_eq!((&told["iss"], &told["sub"], &told["aud"]), (&json!(city.id), &json!(hall.id), &json!(hall.id)));
    assert_eq!((&told["trust_anchor"], &told["authority_hints"]), (&json!(nation.id), &json!([nation.id])));
    assert_eq!(told["jwks"], hall.jwks());
    assert_eq!(told["exp"], json!(city.node.now() + 1800), "the mark ends before the chain");
    let party = registered(&answer);
    let text = |name: &str| party[name].as_str().unwrap().to_owned();
    let client = Client {
        id: text("client_id"),
        secret: text("client_secret"),
        redirect_uri: "https://hall.example/callback".into(),
        post_logout_redirect_uri: String::new(),
        method: "client_secret_basic".into(),
        key: None,
    };
    let wang = city.node.person("wangming").await;
    let (mut browser, request) = (city.node.browser(), Request::of(&client));
    let page = browser.begin(&request).await.page();
    let landed = browser.log_in(&page, &wang).await;
    let tokens = city.node.redeem(&client, &request, landed.callback().code()).await.tokens();
    assert_eq!(tokens.claim("aud"), client.id);
    // Anew: the same client, another secret; the old one is void.
    let again = registered(&city.post(REGISTER, STATEMENT, &for_node(&hall, &nation, &city.id, &mark, 2)).await);
    assert_eq!(again["client_id"], party["client_id"]);
    assert_ne!(again["client_secret"], party["client_secret"]);
    assert_eq!(city.node.refresh(&client, "x").await.error(), "invalid_client");
    let newer = Client { secret: again["client_secret"].as_str().unwrap().into(), ..client };
    assert_eq!(city.node.refresh(&newer, "x").await.error(), "invalid_grant");
    city.node.pass(std::time::Duration::from_secs(1801));
    assert_eq!(city.node.refresh(&newer, "x").await.error(), "invalid_client", "past its end");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_whole_chain_registers_without_anybody_being_asked() {
    let (nation, city, hall, mark) = stage().await;
    let own = for_node(&hall, &nation, &city.id, &mark, 1);
    let said = nation.federation().statement_about(&hall.id).await.unwrap().unwrap();
    let top = nation.federation().configuration().unwrap();
    let body = json!([own, said, top]).to_string();
    let answer = city.post(REGISTER, "application/trust-chain+json", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(city.node.sink.asked(&hall.configuration_path()), 0);
    let replayed = city.post(REGISTER, "application/trust-chain+json", &body).await;
    assert_eq!(replayed.error(), "invalid_request", "each configuration counts once");
    nation.close().await;
    city.close().await;
}

/// The same header and claims under a signature whose first character is another one.
fn resigned_wrongly(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", &signature[1..])
}

#[tokio::test]
async fn what_is_not_meant_for_this_node_or_not_good_is_refused_with_its_code() {
    let (nation, city, hall, mark) = stage().await;
    let good = |unique| for_node(&hall, &nation, &city.id, &mark, unique);
    let elsewhere = for_node(&hall, &nation, &nation.id, &mark, 3);
    let bare = hall.sign(&hall.configuration(&[&nation.id], json!({"aud": city.id})));
    let altered = resigned_wrongly(&good(4));
    for (media_type, body, code) in [
        (STATEMENT, elsewhere.as_str(), "invalid_request"),
        (STATEMENT, bare.as_str(), "invalid_trust_chain"),
        (STATEMENT, "x", "invalid_request"),
        ("application/json", "{}", "invalid_request"),
        ("application/trust-chain+json", "[]", "invalid_request"),
        ("application/trust-chain+json", "{", "invalid_request"),
    ] {
        let answer = city.post(REGISTER, media_type, body).await;
        assert_eq!(answer.error(), code, "{body}");
        assert!(answer.json()["error_description"].is_string());
    }
    assert!(!city.post(REGISTER, STATEMENT, &altered).await.status.is_success());
    let mut party = hall.relying_party();
    party["redirect_uris"] = json!(["http://plain.example/cb"]);
    let claims = hall.configuration(
        &[&nation.id],
        json!({"aud": city.id, "trust_marks": presented(NEEDED, &mark), "metadata": {"openid_relying_party": party}}),
    );
    assert_eq!(city.post(REGISTER, STATEMENT, &hall.sign(&claims)).await.error(), "invalid_redirect_uri");
    nation.close().await;
    city.close().await;
}
