//! As whom: who is asked, who is not, what tokens say, and what a client can say of it.

use serde_json::{Value, json};

use super::{Stage, acting_for};
use crate::support::{Request, TestNode};

#[tokio::test]
async fn every_token_and_answer_shows_the_company_and_the_person() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let page = stage.asked(&mut browser, &stage.cui).await;
    assert!(page.html.contains(&stage.tally.name) && page.html.contains(&stage.trade.code));
    let landed = browser.submit(&page, "identity-form", &[("identity", stage.tally.id.as_str())]).await;
    let code = landed.callback().code().to_owned();
    let answer = node.redeem(&stage.matters, &Request::of(&stage.matters), &code).await;
    assert_eq!(answer.ok()["authorization_details"], json!([{"type": "acting_for", "uscc": stage.tally.code}]));
    let tokens = answer.tokens();
    let own = node.app.provider.subjects();
    let client = node.app.provider.clients().find(&"matters".into()).await.unwrap().unwrap();
    let person = own.of(&stage.cui.id, &client);
    let company = own.of_entity(&stage.tally.id, &client);
    let shown = |claims: &Value, what: &str| {
        assert_eq!(claims["sub"], json!(company), "{what}");
        assert_eq!(claims["act"]["sub"], json!(person), "{what}");
        let entity = json!({"name": stage.tally.name, "uscc": stage.tally.code, "type": "enterprise"});
        assert_eq!(claims["entity"], entity, "{what}");
        assert_eq!(claims["role"], "agent", "{what}");
        assert_eq!(claims["agent_valid_until"].as_i64().unwrap() / 86_400, node.now() / 86_400 + 90, "{what}");
    };
    shown(&Value::Object(tokens.claims.clone()), "ID token");
    let access = hufu::proto::jose::peek_claims_unverified(&tokens.access).unwrap();
    shown(&Value::Object(access), "access token");
    shown(&node.userinfo(&tokens.access).await.ok(), "UserInfo");
    let introspected = node.form("/oauth2/introspect", &stage.matters, &[("token", &tokens.access)]).await.ok();
    shown(&introspected, "introspection");
    assert_eq!(introspected["authorization_details"][0]["uscc"], json!(stage.tally.code));
    let of_refresh = node.form("/oauth2/introspect", &stage.matters, &[("token", tokens.refresh())]).await.ok();
    shown(&of_refresh, "introspection of a refresh token");
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2", "the level is the person's");
    stage.node.close().await;
}

#[tokio::test]
async fn another_party_that_introspects_sees_its_own_subjects() {
    let stage = Stage::with_agent().await;
    let other = stage.node.client_with("licences", json!({"subject": "either", "resource_server": true})).await;
    let tokens = stage.enter(&mut stage.node.browser(), &stage.cui, stage.tally.id.as_str()).await;
    let seen = stage.node.form("/oauth2/introspect", &other, &[("token", &tokens.access)]).await.ok();
    assert_eq!(seen["entity"]["uscc"], json!(stage.tally.code));
    assert_ne!(seen["sub"], tokens.claims["sub"]);
    assert_ne!(seen["act"]["sub"], tokens.claims["act"]["sub"]);
    stage.node.close().await;
}

#[tokio::test]
async fn claims_are_the_companys_and_the_persons_own_stand_in_act() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let request = Request::of(&stage.matters).with("scope", "openid profile realname phone");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &stage.qin).await.page();
    let tokens = stage.choose(&mut browser, &page, stage.tally.id.as_str()).await;
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!((&info["name"], &info["user_type"]), (&json!(stage.tally.name), &json!("legal")));
    assert_eq!(info["role"], "legal_representative");
    assert!(info.get("agent_valid_until").is_none(), "who represents a company does so without end");
    assert_eq!(info["act"]["name"], json!(stage.qin.name));
    assert_eq!(info["act"]["realname_level"], 2);
    assert_eq!(info["act"]["preferred_username"], "qinlei");
    for of_the_person in ["preferred_username", "realname_level", "phone_number", "masked_name", "realname_time"] {
        assert!(info.get(of_the_person).is_none(), "{of_the_person} is not the company's");
    }
    stage.node.close().await;
}

/// A proof is of a person: where `sub` is a company it stands in `act`, beside the person's other claims, and nowhere else.
#[tokio::test]
async fn verified_claims_of_who_acts_stand_in_act_in_userinfo_and_id_token() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let wanted = json!({
        "verification": {"trust_framework": null, "assurance_level": null, "time": null},
        "claims": {"name": null, "masked_name": null},
    });
    let claims = json!({
        "userinfo": {"verified_claims": wanted, "realname_time": null},
        "id_token": {"verified_claims": wanted},
    });
    let request = Request::of(&stage.matters).with("claims", &claims.to_string());
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &stage.cui).await.page();
    let tokens = stage.choose(&mut browser, &page, stage.tally.id.as_str()).await;
    let proven = |told: &Value, what: &str| {
        assert!(told.get("verified_claims").is_none(), "{what}: the company is not proven by it");
        let act = &told["act"];
        assert_eq!(act["verified_claims"]["claims"]["name"], json!(stage.cui.name), "{what}");
        assert_eq!(act["verified_claims"]["verification"]["assurance_level"], "l2", "{what}");
        assert!(act["sub"].is_string() && !act.to_string().contains(&stage.cui.number), "{what}");
    };
    let info = node.userinfo(&tokens.access).await.ok();
    proven(&info, "UserInfo");
    assert_eq!(info["act"]["realname_time"], json!(node.now()), "and so does the time of the proof");
    proven(&Value::Object(tokens.claims.clone()), "ID token");
    let next = node.refresh(&stage.matters, tokens.refresh()).await.tokens();
    proven(&node.userinfo(&next.access).await.ok(), "UserInfo after a refresh");
    // By themselves the same person has them at the top.
    let request = request.with("prompt", "select_account");
    let page = browser.begin(&request).await.page();
    let own = stage.choose(&mut browser, &page, "self").await;
    let info = node.userinfo(&own.access).await.ok();
    assert_eq!(info["verified_claims"]["claims"]["name"], json!(stage.cui.name));
    assert!(info.get("act").is_none());
    assert_eq!(stage.node.deliver().await, 1);
    stage.node.close().await;
}

#[tokio::test]
async fn oneself_is_one_of_the_identities_and_says_nothing_of_companies() {
    let stage = Stage::with_agent().await;
    let tokens = stage.enter(&mut stage.node.browser(), &stage.cui, "self").await;
    for absent in ["act", "entity", "role", "agent_valid_until"] {
        assert!(!tokens.claims.contains_key(absent), "{absent}");
    }
    let info = stage.node.userinfo(&tokens.access).await.ok();
    assert_eq!(info["sub"], tokens.claims["sub"]);
    assert!(info.get("entity").is_none());
    stage.node.close().await;
}

#[tokio::test]
async fn a_service_for_people_never_asks_and_never_sees_a_company() {
    let stage = Stage::with_agent().await;
    let people = stage.node.client("people").await;
    let mut browser = stage.node.browser();
    let tokens = browser.sign_in_at(&stage.node, &people, &stage.cui).await;
    assert!(!tokens.claims.contains_key("entity"));
    let named = Request::of(&people).with("authorization_details", &acting_for(&stage.tally.code));
    assert_eq!(browser.begin(&named).await.callback().error(), "invalid_authorization_details");
    let page = browser.begin(&Request::of(&people).with("prompt", "select_account")).await.page();
    assert!(page.has("select-form") && !page.has("identity-form"));
    stage.node.close().await;
}

#[tokio::test]
async fn a_service_for_companies_takes_the_only_one_and_has_a_word_for_who_has_none() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let firms = node.client_with("firms", json!({"subject": "entity"})).await;
    let tokens = browser.sign_in_at(node, &firms, &stage.qin).await;
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.tally.code));
    let mut browser = node.browser();
    let page = browser.begin(&Request::of(&firms)).await.page();
    let page = browser.log_in(&page, &stage.cui).await.page();
    page.must_have("identity-none").must_have("identity-manage").must_have("leave");
    assert!(!page.has("identity-form"));
    let silent = Request::of(&firms).with("prompt", "none");
    assert_eq!(browser.begin(&silent).await.callback().error(), "interaction_required");
    stage.node.close().await;
}

#[tokio::test]
async fn a_client_names_the_company_and_nobody_is_asked() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    browser.sign_in(&stage.cui).await;
    let named = |code: &str| Request::of(&stage.matters).with("authorization_details", &acting_for(code));
    for silent in [false, true] {
        let request = named(&stage.trade.code);
        let request = if silent { request.with("prompt", "none") } else { request };
        let tokens = stage.redeem(browser.begin(&request).await).await;
        assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.trade.code), "silent: {silent}");
    }
    let lower = named(&stage.trade.code.to_lowercase());
    assert!(browser.begin(&lower).await.callback().params.contains_key("code"), "a code is read as people write it");
    assert_eq!(browser.begin(&named("91350100M000100Y43")).await.callback().error(), "access_denied");
    let silent = named("91350100M000100Y43").with("prompt", "none");
    assert_eq!(browser.begin(&silent).await.callback().error(), "access_denied");
    for wrong in ["x", "[]", r#"[{"type":"payment"}]"#, r#"[{"type":"acting_for","uscc":"91350100M000100Y44"}]"#] {
        let request = Request::of(&stage.matters).with("authorization_details", wrong);
        let landed = browser.begin(&request).await;
        assert_eq!(landed.callback().error(), "invalid_authorization_details", "{wrong}");
    }
    let choosing = named(&stage.trade.code).with("prompt", "select_account");
    let page = browser.begin(&choosing).await.page();
    assert!(page.html.contains(&stage.trade.name) && !page.html.contains(&stage.tally.name), "only what was named");
    let pushed = node
        .form(
            "/oauth2/par",
            &stage.matters,
            &{
                let request = named(&stage.trade.code);
                request.params().iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
            }
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect::<Vec<_>>(),
        )
        .await
        .ok();
    let uri = pushed["request_uri"].as_str().unwrap();
    let path = format!("/oauth2/authorize?client_id=matters&request_uri={uri}");
    let tokens = stage.redeem(browser.get(&path).await).await;
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.trade.code), "pushed");
    stage.node.deliver().await;
    stage.node.close().await;
}

#[tokio::test]
async fn silently_several_identities_are_a_question_until_one_is_named_or_was_chosen_here() {
    let stage = Stage::with_agent().await;
    let mut browser = stage.node.browser();
    browser.sign_in(&stage.cui).await;
    let silent = Request::of(&stage.matters).with("prompt", "none");
    assert_eq!(browser.begin(&silent).await.callback().error(), "account_selection_required");
    let page = browser.begin(&Request::of(&stage.matters)).await.page();
    let tokens = stage.choose(&mut browser, &page, stage.tally.id.as_str()).await;
    let again = stage.redeem(browser.begin(&silent).await).await;
    assert_eq!(again.claims["sub"], tokens.claims["sub"], "as chosen in this session at this client");
    let hinted = silent.clone().with("id_token_hint", &tokens.id_token);
    let again = stage.redeem(browser.begin(&hinted).await).await;
    assert_eq!(again.claims["sub"], tokens.claims["sub"]);
    let other = stage.node.client_with("licences", json!({"subject": "either"})).await;
    let elsewhere = Request::of(&other).with("prompt", "none");
    assert_eq!(browser.begin(&elsewhere).await.callback().error(), "account_selection_required", "not elsewhere");
    let mut fresh = stage.node.browser();
    fresh.sign_in(&stage.cui).await;
    assert_eq!(fresh.begin(&silent).await.callback().error(), "account_selection_required", "nor in another session");
    stage.node.close().await;
}

#[tokio::test]
async fn what_was_chosen_is_kept_while_the_client_asks_for_nothing_else() {
    let stage = Stage::with_agent().await;
    let mut browser = stage.node.browser();
    let first = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let again = stage.redeem(browser.begin(&Request::of(&stage.matters)).await).await;
    assert_eq!((&again.claims["sub"], &again.claims["sid"]), (&first.claims["sub"], &first.claims["sid"]));
    let asking = Request::of(&stage.matters).with("prompt", "select_account");
    browser.begin(&asking).await.page().must_have("identity-form");
    let anew = Request::of(&stage.matters).with("prompt", "login");
    let page = browser.begin(&anew).await.page();
    browser.log_in(&page, &stage.cui).await.page().must_have("identity-form");
    stage.node.close().await;
}

#[tokio::test]
async fn a_hint_of_another_person_or_company_is_not_this_one() {
    let stage = Stage::with_agent().await;
    let mut of_qin = stage.node.browser();
    let qin = stage.enter(&mut of_qin, &stage.qin, stage.tally.id.as_str()).await;
    let mut browser = stage.node.browser();
    let cui = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    assert_eq!(qin.claims["sub"], cui.claims["sub"], "one company has one subject");
    let hinted = |token: &str| Request::of(&stage.matters).with("prompt", "none").with("id_token_hint", token);
    assert_eq!(browser.begin(&hinted(&qin.id_token)).await.callback().error(), "login_required", "another person");
    let trade = stage.change(&mut browser, stage.trade.id.as_str()).await;
    let back = stage.redeem(browser.begin(&hinted(&cui.id_token)).await).await;
    assert_eq!(back.claims["sub"], cui.claims["sub"], "the hint names the company");
    assert_ne!(back.claims["sid"], cui.claims["sid"]);
    let claims = json!({"id_token": {"sub": {"value": trade.claims["sub"]}}}).to_string();
    let named = Request::of(&stage.matters).with("prompt", "none").with("claims", &claims);
    assert_eq!(stage.redeem(browser.begin(&named).await).await.claims["entity"]["uscc"], json!(stage.trade.code));
    stage.node.deliver().await;
    stage.node.close().await;
}

#[tokio::test]
async fn an_agent_for_some_matters_is_offered_only_where_these_are_handled() {
    let stage = Stage::set().await;
    let (node, cui) = (&stage.node, &stage.cui);
    node.appoint(&stage.tally, cui, "tax:file permit/01", 90).await;
    let mut browser = node.browser();
    let tokens = stage.enter(&mut browser, cui, stage.tally.id.as_str()).await;
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.tally.code), "matters handles tax:file");
    let by_scope = node.client_with("permits", json!({"subject": "entity", "scope": "openid permit/01"})).await;
    let tokens = browser.sign_in_at(node, &by_scope, cui).await;
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.tally.code), "a scope of the service is a matter too");
    for (name, members) in
        [("seals", json!({"subject": "either", "matters": ["seal:make"]})), ("portal", json!({"subject": "either"}))]
    {
        let client = node.client_with(name, members).await;
        let tokens = browser.sign_in_at(node, &client, cui).await;
        assert!(!tokens.claims.contains_key("entity"), "{name}: not asked, for there is only the person");
        let named = Request::of(&client).with("authorization_details", &acting_for(&stage.tally.code));
        assert_eq!(browser.begin(&named).await.callback().error(), "access_denied", "{name}");
    }
    stage.node.close().await;
}

#[tokio::test]
async fn the_preferred_identity_comes_first_and_answers_no_question() {
    let stage = Stage::with_agent().await;
    let first = |html: &str| {
        let values = html.split("name=\"identity\" value=\"").skip(1);
        values.map(|rest| rest.split('"').next().unwrap().to_owned()).next().unwrap()
    };
    let page = stage.asked(&mut stage.node.browser(), &stage.cui).await;
    assert_eq!(first(&page.html), "self");
    stage.node.app.entities.prefer(&stage.cui.id, Some(&stage.trade.id)).await.unwrap();
    let page = stage.asked(&mut stage.node.browser(), &stage.cui).await;
    assert_eq!(first(&page.html), stage.trade.id.as_str());
    stage.node.app.entities.prefer(&stage.cui.id, None).await.unwrap();
    let page = stage.asked(&mut stage.node.browser(), &stage.cui).await;
    assert_eq!(first(&page.html), "self");
    stage.node.close().await;
}

#[tokio::test]
async fn consent_is_asked_in_the_name_of_both() {
    let stage = Stage::with_agent().await;
    let members = json!({"subject": "either", "consent": "first_use", "legal_basis": null});
    let asking = stage.node.client_with("asking", members).await;
    let mut browser = stage.node.browser();
    let request = Request::of(&asking)
        .with("scope", "openid profile")
        .with("authorization_details", &acting_for(&stage.tally.code));
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &stage.cui).await.page();
    assert!(page.must_have("consent-form").html.contains(&stage.tally.name));
    let code = browser.submit(&page, "consent-form", &[("decision", "accept")]).await.callback().code().to_owned();
    let tokens = stage.node.redeem(&asking, &request, &code).await.tokens();
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.tally.code));
    stage.node.close().await;
}

#[tokio::test]
async fn discovery_says_what_is_served() {
    let node = TestNode::start().await;
    let document = node.call(axum::http::Method::GET, "/.well-known/openid-configuration", &[], "").await.ok();
    assert_eq!(document["authorization_details_types_supported"], json!(["acting_for"]));
    let claims = document["claims_supported"].as_array().unwrap();
    for claim in ["act", "entity", "role", "agent_valid_until"] {
        assert!(claims.contains(&json!(claim)), "{claim}");
    }
    node.close().await;
}
