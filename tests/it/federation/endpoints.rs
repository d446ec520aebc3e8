//! What the federation endpoints answer: media types, filters, error codes.

use hufu::federation::marks::MarkType;
use hufu::federation::marks::issue::Issue;
use hufu::proto::jose::{peek_claims_unverified, peek_header_unverified};
use serde_json::json;

use super::stage::{Entity, Served, claims, clock, nation_and_city};
use crate::support::TestNode;

#[tokio::test]
async fn the_configuration_says_what_a_node_is() {
    let clock = clock();
    let (nation, city) = nation_and_city(
        &clock,
        &[
            ("federation.organization_name", "城市"),
            ("federation.contacts", "[\"ops@city.example\"]"),
            ("federation.authority_hints", "[\"https://nation.example\"]"),
        ],
    )
    .await;
    let answer = city.ask("/.well-known/openid-federation", &[]).await;
    assert_eq!(answer.headers["content-type"], "application/entity-statement+jwt");
    let header = peek_header_unverified(&answer.text).unwrap();
    assert_eq!(header["typ"], "entity-statement+jwt");
    let said = claims(&answer);
    assert_eq!((&said["iss"], &said["sub"]), (&json!(city.id), &json!(city.id)));
    assert_eq!(said["authority_hints"], json!(["https://nation.example"]));
    assert_eq!(said["jwks"]["keys"][0]["kid"], header["kid"]);
    let provider = &said["metadata"]["openid_provider"];
    assert_eq!(provider["issuer"], city.id);
    assert_eq!(provider["client_registration_types_supported"], json!(["automatic", "explicit"]));
    assert_eq!(provider["federation_registration_endpoint"], format!("{}/federation/register", city.id));
    let entity = &said["metadata"]["federation_entity"];
    assert_eq!((&entity["organization_name"], &entity["contacts"]), (&json!("城市"), &json!(["ops@city.example"])));
    assert_eq!(entity["federation_fetch_endpoint"], format!("{}/federation/fetch", city.id));
    assert!(!said.contains_key("trust_mark_issuers"), "that is an anchor's to say");
    let anchor = claims(&nation.ask("/.well-known/openid-federation", &[]).await);
    assert_eq!(anchor["trust_mark_issuers"][MarkType::RealNames.urn()], json!([nation.id]));
    assert!(!anchor.contains_key("authority_hints"));
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn below_an_issuer_with_a_path_everything_is_below_that_path() {
    let node = TestNode::with(&[
        ("server.issuer", "https://gate.example/sso"),
        ("federation.enabled", "true"),
        ("federation.anchor", "true"),
    ])
    .await;
    let get = async |path: &str| node.call(axum::http::Method::GET, path, &[], "").await;
    let said = get("/sso/.well-known/openid-federation").await;
    let claims = peek_claims_unverified(&said.text).unwrap();
    assert_eq!(claims["iss"], "https://gate.example/sso");
    let endpoint = claims["metadata"]["federation_entity"]["federation_list_endpoint"].as_str().unwrap();
    assert_eq!(endpoint, "https://gate.example/sso/federation/list");
    assert_eq!(get("/sso/federation/list").await.text, "[]");
    assert_eq!(get("/federation/list").await.status, 404);
    node.close().await;
}

#[tokio::test]
async fn a_node_outside_any_federation_answers_nothing() {
    let node = TestNode::start().await;
    for path in ["/.well-known/openid-federation", "/federation/list", "/federation/fetch?sub=https://a.example"] {
        let answer = node.call(axum::http::Method::GET, path, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (404, "not_found"), "{path}");
    }
    node.close().await;
}

#[tokio::test]
async fn subordinates_are_fetched_and_listed_as_they_are_asked_for() {
    let clock = clock();
    let nation = Served::start(&clock, &[("federation.anchor", "true")]).await;
    let sink = &nation.node.sink;
    let (hall, province) = (Entity::new(sink, &clock, "hall"), Entity::new(sink, &clock, "province"));
    nation.vouch(&hall.id, hall.jwks(), json!({"entity_types": ["openid_relying_party"]})).await;
    let types = json!(["federation_entity", "openid_provider"]);
    let says = json!({"entity_types": types, "intermediate": true, "constraints": {"max_path_length": 1}});
    nation.vouch(&province.id, province.jwks(), says).await;
    let fetched = nation.ask("/federation/fetch", &[("sub", &province.id)]).await;
    assert_eq!(fetched.headers["content-type"], "application/entity-statement+jwt");
    let said = claims(&fetched);
    assert_eq!((&said["iss"], &said["sub"]), (&json!(nation.id), &json!(province.id)));
    assert_eq!((&said["jwks"], &said["constraints"]), (&province.jwks(), &json!({"max_path_length": 1})));
    assert!(!said.contains_key("metadata") && !said.contains_key("metadata_policy"), "what is empty is left out");
    let list = async |query: &[(&str, &str)]| nation.ask("/federation/list", query).await.ok();
    assert_eq!(list(&[]).await, json!([hall.id, province.id]));
    assert_eq!(list(&[("intermediate", "true")]).await, json!([province.id]));
    assert_eq!(list(&[("entity_type", "openid_relying_party")]).await, json!([hall.id]));
    let both = [("entity_type", "federation_entity"), ("entity_type", "openid_provider")];
    assert_eq!(list(&both).await, json!([province.id]));
    let issue = Issue {
        mark_type: MarkType::MultiLevelProtection.urn().into(),
        subject: hall.entity(),
        life: std::time::Duration::from_secs(100),
        level: Some(3),
        region: None,
        reference: None,
    };
    nation.federation().issue_mark(&issue).await.unwrap();
    assert_eq!(list(&[("trust_marked", "true")]).await, json!([hall.id]));
    assert_eq!(list(&[("trust_mark_type", MarkType::MultiLevelProtection.urn())]).await, json!([hall.id]));
    assert_eq!(list(&[("trust_mark_type", "other")]).await, json!([]));
    nation.federation().suspend_subordinate(&hall.entity(), true).await.unwrap();
    assert_eq!(list(&[]).await, json!([province.id]));
    for (query, status, code) in [
        (vec![], 400, "invalid_request"),
        (vec![("sub", nation.id.as_str())], 400, "invalid_request"),
        (vec![("sub", hall.id.as_str())], 404, "not_found"),
        (vec![("sub", "x"), ("sub", "y")], 400, "invalid_request"),
    ] {
        let answer = nation.ask("/federation/fetch", &query).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, code), "{query:?}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    assert_eq!(nation.ask("/federation/list", &[("intermediate", "perhaps")]).await.error(), "invalid_request");
    nation.close().await;
}

#[tokio::test]
async fn resolve_answers_what_is_known_and_searches_for_no_stranger() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&nation.id], json!({}));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    let ask = async |node: &Served, anchor: &str| {
        node.ask("/federation/resolve", &[("sub", hall.id.as_str()), ("trust_anchor", anchor)]).await
    };
    let unknown = ask(&city, &nation.id).await;
    assert_eq!((unknown.status.as_u16(), unknown.error().as_str()), (404, "not_found"));
    assert_eq!(city.node.sink.asked(&hall.configuration_path()), 0, "a stranger's question asks nobody");
    let own = ask(&nation, &nation.id).await;
    assert_eq!(own.headers["content-type"], "application/resolve-response+jwt");
    let told = claims(&own);
    assert_eq!(told["metadata"]["openid_relying_party"]["client_name"], "hall");
    assert_eq!(told["trust_chain"].as_array().unwrap().len(), 3);
    city.federation().trusted(&hall.entity()).await.unwrap();
    assert_eq!(claims(&ask(&city, &nation.id).await)["sub"], hall.id);
    let narrowed = [("sub", hall.id.as_str()), ("trust_anchor", &nation.id), ("entity_type", "openid_provider")];
    assert_eq!(claims(&city.ask("/federation/resolve", &narrowed).await)["metadata"], json!({}));
    let other = ask(&city, "https://other.example").await;
    assert_eq!((other.status.as_u16(), other.error().as_str()), (404, "invalid_trust_anchor"));
    assert_eq!(city.ask("/federation/resolve", &[("sub", hall.id.as_str())]).await.error(), "invalid_request");
    nation.close().await;
    city.close().await;
}
