//! Trust within its validity: while the centre is away, at its end, and across new keys.

use hufu::federation::{Fault, FederationError};
use hufu::keys::rotation::Haste;
use hufu::proto::jose::SigningAlg;
use serde_json::json;

use super::stage::{Entity, claims, clock, nation_and_city};
use crate::support::span::{hours, minutes, seconds};

#[tokio::test]
async fn trust_outlasts_the_centre_and_ends_with_the_chain() {
    let clock = clock();
    let (mut nation, mut city) = nation_and_city(&clock, &[("federation.refresh_seconds", "600")]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&nation.id], json!({}));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    let chain = city.federation().trusted(&hall.entity()).await.unwrap();
    nation.go_down().await;
    city.node.pass(minutes(50));
    city.federation().refresh().await.unwrap();
    assert_eq!(city.federation().trusted(&hall.entity()).await.unwrap().texts(), chain.texts(), "away, and trusted");
    city.node.restart().await;
    assert!(city.federation().known(&hall.entity()).await.unwrap().is_some(), "a restart forgets nothing");
    city.node.pass(minutes(10));
    assert!(city.federation().known(&hall.entity()).await.unwrap().is_none(), "its end is its end");
    hall.publish_under(&[&nation.id], json!({}));
    let error = city.federation().trusted(&hall.entity()).await.unwrap_err();
    let FederationError::NoTrust(no) = error else { panic!("{error}") };
    let (link, fault) = no.paths[0].broken_link().unwrap();
    assert!(matches!(fault, Fault::Unreachable(_)) && link.issuer == nation.id, "{no}");
    nation.come_back().await;
    city.node.pass(seconds(11));
    assert!(city.federation().trusted(&hall.entity()).await.is_ok(), "and back");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn who_is_not_vouched_for_any_more_is_found_out_at_the_next_look() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[("federation.refresh_seconds", "600")]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&nation.id], json!({}));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    city.federation().trusted(&hall.entity()).await.unwrap();
    nation.federation().remove_subordinate(&hall.entity()).await.unwrap();
    assert!(city.federation().known(&hall.entity()).await.unwrap().is_some(), "not before the look");
    city.node.pass(minutes(11));
    city.federation().refresh().await.unwrap();
    assert!(city.federation().known(&hall.entity()).await.unwrap().is_none(), "long before the chain's end");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn the_keys_of_anchor_and_service_roll_over_without_a_hand() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[("federation.refresh_seconds", "600")]).await;
    let mut hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&nation.id], json!({}));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    city.federation().trusted(&hall.entity()).await.unwrap();
    let pinned = nation.federation().published_keys();

    // The anchor: published a week ahead, heard by the city, then signing; the pinned key goes in the end.
    nation.federation().keys().rotate_now(SigningAlg::ES256, Haste::Orderly).await.unwrap();
    for _ in 0..30 {
        clock.advance(hours(12));
        nation.federation().keys().rotate_as_planned().await.unwrap();
        hall.publish_under(&[&nation.id], json!({}));
        city.federation().refresh().await.unwrap();
        assert!(city.federation().trusted(&hall.entity()).await.is_ok(), "at every moment of the roll-over");
    }
    let now = nation.federation().published_keys();
    assert_eq!(now["keys"].as_array().unwrap().len(), 1);
    assert_ne!(now, pinned);
    let past = nation.ask("/federation/historical-keys", &[]).await;
    assert_eq!(past.headers["content-type"], "application/jwk-set+jwt");
    let past = claims(&past);
    assert_eq!(past["keys"][0]["kid"], pinned["keys"][0]["kid"]);
    assert!(past["keys"][0]["exp"].as_i64().unwrap() < nation.node.now() && past["keys"][0].get("revoked").is_none());

    // The service announces its next key, signed with the one that is known; then signs with it.
    let next = hufu::keys::SigningKey::generate(SigningAlg::ES256).unwrap();
    let both = json!({"keys": [hall.key.public_jwk(), next.public_jwk()]});
    hall.publish_under(&[&nation.id], json!({ "jwks": both }));
    nation.federation().roll_subordinates().await.unwrap();
    hall.key = next;
    hall.publish_under(&[&nation.id], json!({}));
    clock.advance(hours(2));
    hall.publish_under(&[&nation.id], json!({}));
    assert!(city.federation().trusted(&hall.entity()).await.is_ok());
    // A key that nobody announced is not taken over.
    let thief = hufu::keys::SigningKey::generate(SigningAlg::ES256).unwrap();
    let stolen = hall.configuration(&[&nation.id], json!({"jwks": {"keys": [thief.public_jwk()]}}));
    hall.publish(&thief.sign("entity-statement+jwt", &stolen).unwrap());
    nation.federation().roll_subordinates().await.unwrap();
    let told = city.federation().explain(&hall.entity()).await.unwrap();
    assert!(!told.trusted, "{told:?}");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_compromised_federation_key_is_void_and_told_as_revoked() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let (federation, tokens) = (nation.federation().published_keys(), nation.node.app.keys.published().body);
    assert!(!String::from_utf8(tokens.to_vec()).unwrap().contains(federation["keys"][0]["kid"].as_str().unwrap()));
    nation.federation().keys().rotate_now(SigningAlg::ES256, Haste::Compromised).await.unwrap();
    nation.federation().keys().rotate_as_planned().await.unwrap();
    let past = claims(&nation.ask("/federation/historical-keys", &[]).await);
    assert_eq!(past["keys"][0]["kid"], federation["keys"][0]["kid"]);
    assert_eq!(past["keys"][0]["revoked"]["reason"], "compromised");
    let same = nation.node.app.keys.published().body;
    assert_eq!(same, tokens, "the keys of tokens are others");
    nation.close().await;
    city.close().await;
}
