//! What ends above ends below, at once, and takes nothing else along.

use std::time::Duration;

use hufu::delegation::ExpiredMandates;
use hufu::jobs::Chore as _;
use serde_json::json;

use super::{Place, Stage, named};
use crate::support::{Request, Tokens};

/// The person acts for `tally` at the services of both nodes.
async fn everywhere(stage: &mut Stage) -> (Tokens, Tokens) {
    let city = stage.enter(Place::City, &stage.tally.clone()).await;
    let request = Place::Province.request(stage).with("authorization_details", &named(&stage.tally.code));
    let landed = stage.traveller.begin(&stage.chain.province, &request).await;
    let province = stage.redeem(Place::Province, landed, &request).await;
    (province, city)
}

/// Nothing that was done for the company holds at either node, its services were told, and the person is signed in still.
async fn ended(stage: &mut Stage, (province, city): &(Tokens, Tokens)) {
    stage.deliver().await;
    for (at, tokens) in [(Place::Province, province), (Place::City, city)] {
        let (node, service) = (&at.of(&stage.chain).node, at.service(stage));
        assert!(!node.is_active(service, &tokens.access).await, "{at:?}");
        assert_eq!(node.refresh(service, tokens.refresh()).await.error(), "invalid_grant", "{at:?}");
        assert_eq!(node.sink.told_once(&service.id).text("sid"), tokens.claim("sid"), "{at:?}");
        let request = at.request(stage).with("prompt", "none");
        let landed = stage.traveller.begin(at.of(&stage.chain), &request).await;
        let own = stage.redeem(at, landed, &request).await;
        assert_eq!(own.claims["sub"], tokens.claims["act"]["sub"], "{at:?}: the person goes on as themselves");
    }
}

#[tokio::test]
async fn a_mandate_that_is_revoked_at_the_nation_ends_at_both_nodes_and_the_person_stays_signed_in() {
    let mut stage = Stage::set().await;
    let mandate = mandate_of(&stage).await;
    let tokens = everywhere(&mut stage).await;
    stage.chain.nation.node.revoke_mandate(&stage.tally, &mandate).await;
    ended(&mut stage, &tokens).await;
    let request = Place::City.request(&stage).with("authorization_details", &named(&stage.tally.code));
    assert_eq!(stage.traveller.begin(&stage.chain.city, &request).await.service().error(), "access_denied");
    stage.chain.close().await;
}

/// The mandate of the agent for `tally` at the nation.
async fn mandate_of(stage: &Stage) -> hufu::base::id::MandateId {
    let nation = &stage.chain.nation.node;
    let all = nation.app.entities.standings(&stage.cui.id).await.unwrap();
    all.into_iter().find(|standing| standing.entity_id == stage.tally.id).unwrap().mandate_id
}

#[tokio::test]
async fn a_company_that_is_suspended_at_the_nation_is_acted_for_nowhere_below() {
    let mut stage = Stage::set().await;
    let tokens = everywhere(&mut stage).await;
    stage.chain.nation.node.app.delegation.suspend(&stage.tally.code).await.unwrap();
    ended(&mut stage, &tokens).await;
    stage.chain.close().await;
}

#[tokio::test]
async fn one_that_is_suspended_at_the_province_is_acted_for_neither_there_nor_below() {
    let mut stage = Stage::set().await;
    let tokens = everywhere(&mut stage).await;
    stage.chain.province.node.app.delegation.suspend(&stage.tally.code).await.unwrap();
    ended(&mut stage, &tokens).await;
    let request = Place::Province.request(&stage).with("authorization_details", &named(&stage.tally.code));
    assert_eq!(stage.traveller.begin(&stage.chain.province, &request).await.service().error(), "access_denied");
    stage.chain.close().await;
}

#[tokio::test]
async fn the_end_of_one_company_leaves_the_other() {
    let mut stage = Stage::set().await;
    let mandate = mandate_of(&stage).await;
    stage.enter(Place::City, &stage.tally.clone()).await;
    let other =
        stage.chain.city.node.client_with("licences", json!({"subject": "either", "matters": ["tax:file"]})).await;
    let request = Request::of(&other).with("authorization_details", &named(&stage.trade.code));
    let code = stage.traveller.begin(&stage.chain.city, &request).await.service().code().to_owned();
    let trade = stage.chain.city.node.redeem(&other, &request, &code).await.tokens();
    stage.chain.nation.node.revoke_mandate(&stage.tally, &mandate).await;
    stage.deliver().await;
    assert!(stage.chain.city.node.is_active(&other, &trade.access).await);
    assert!(stage.chain.city.node.sink.told("licences").is_empty());
    stage.chain.close().await;
}

#[tokio::test]
async fn a_mandate_ends_here_at_the_moment_that_was_told_though_nobody_tells_it() {
    let mut stage = Stage::set().await;
    let nation = &stage.chain.nation.node;
    let li = nation.verified_person("lina").await;
    nation.appoint_for(&stage.tally, &li, Duration::from_secs(1800)).await;
    let mut traveller = stage.chain.traveller();
    traveller.at(&stage.chain.nation).sign_in(&li).await;
    stage.traveller = traveller;
    let tokens = stage.enter(Place::Province, &stage.tally.clone()).await;
    assert_eq!(tokens.claims["agent_valid_until"], json!(stage.chain.nation.node.now() + 1800));
    stage.chain.nation.is_up(false);
    let province = &stage.chain.province.node;
    for _ in 0..2 {
        stage.chain.clock.advance(Duration::from_secs(850));
        stage.traveller.at(&stage.chain.province).get("/account").await;
    }
    let last = province.refresh(&stage.of_province, tokens.refresh()).await.tokens();
    stage.chain.clock.advance(Duration::from_secs(120));
    assert_eq!(province.refresh(&stage.of_province, last.refresh()).await.error(), "invalid_grant");
    assert!(!province.is_active(&stage.of_province, &last.access).await);
    ExpiredMandates(province.app.delegation.clone()).run().await.unwrap();
    province.deliver().await;
    assert_eq!(province.sink.told_once("of-province").text("sid"), tokens.claim("sid"));
    stage.traveller.at(&stage.chain.province).get("/account").await.page().must_have("activate-form");
    stage.chain.nation.is_up(true);
    stage.deliver().await;
    stage.chain.close().await;
}

#[tokio::test]
async fn a_logout_at_the_city_reaches_the_nation_and_one_at_the_nation_the_city() {
    for at_city in [true, false] {
        let mut stage = Stage::set().await;
        let (province, city) = everywhere(&mut stage).await;
        let at = if at_city { &stage.chain.city } else { &stage.chain.nation };
        stage.traveller.at(at).sign_out().await;
        stage.deliver().await;
        for (at, tokens) in [(Place::Province, &province), (Place::City, &city)] {
            let (node, service) = (&at.of(&stage.chain).node, at.service(&stage));
            assert!(!node.is_active(service, &tokens.access).await, "{at:?}");
            assert_eq!(node.sink.told_once(&service.id).text("sid"), tokens.claim("sid"), "{at:?}");
            let silent = at.request(&stage).with("prompt", "none");
            let landed = stage.traveller.begin(at.of(&stage.chain), &silent).await;
            assert_eq!(landed.service().error(), "login_required", "{at:?}");
        }
        for at in stage.chain.all() {
            assert_eq!(at.node.pending().await, 0);
        }
        stage.chain.close().await;
    }
}

/// Her own registration of the same company here is another power than what the nation says.
#[tokio::test]
async fn what_was_given_here_and_what_was_told_above_end_each_by_itself() {
    let mut stage = Stage::set().await;
    let province = &stage.chain.province.node;
    let qin = province.verified_person("qinlei").await;
    let here = province.company(&qin).await;
    assert_eq!(here.code, stage.tally.code);
    let tokens = stage.enter(Place::Province, &stage.tally.clone()).await;
    let province = &stage.chain.province.node;
    let client = province.app.provider.clients().find(&"of-province".into()).await.unwrap().unwrap();
    let subject = province.app.provider.subjects().of_entity(&here.id, &client);
    assert_eq!(tokens.claims["sub"], json!(subject), "one company has one name, whoever has told of it");
    let mandate = mandate_of(&stage).await;
    stage.chain.nation.node.revoke_mandate(&stage.tally, &mandate).await;
    stage.deliver().await;
    let province = &stage.chain.province.node;
    assert!(!province.is_active(&stage.of_province, &tokens.access).await);
    assert_eq!(province.app.entities.standings(&qin.id).await.unwrap().len(), 1, "whoever was registered here is");
    stage.chain.close().await;
}
