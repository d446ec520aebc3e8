//! The way up, the choice there, and what comes down of it.

use hufu::proto::jose::peek_claims_unverified;
use serde_json::{Value, json};

use super::{DAYS, Place, Stage, named};
use crate::chain::stage::userinfo;
use crate::support::Request;

/// What the tokens of a service say of the company and of who acts for it.
fn shows(claims: &Value, stage: &Stage, tokens_at: Place, what: &str) {
    let at = tokens_at.of(&stage.chain);
    assert_eq!(claims["entity"]["uscc"], json!(stage.tally.code), "{what}");
    assert_eq!(claims["entity"]["name"], json!(stage.tally.name), "{what}");
    assert_eq!(claims["entity"]["type"], "enterprise", "{what}");
    assert_eq!(claims["role"], "agent", "{what}");
    assert_eq!(
        claims["agent_valid_until"].as_i64().unwrap() / 86_400,
        at.node.now() / 86_400 + i64::from(DAYS),
        "{what}"
    );
    assert!(claims["act"]["sub"].is_string() && claims["act"]["sub"] != claims["sub"], "{what}");
    assert_eq!(claims["agent_matters"], Value::Null, "{what}: that is for nodes");
}

async fn one_hop_or_two(at: Place) {
    let mut stage = Stage::set().await;
    let own = at.request(&stage);
    let landed = stage.traveller.begin(at.of(&stage.chain), &own).await;
    let oneself = stage.redeem(at, landed, &own).await;
    let again = at.request(&stage);
    let page = stage.asked(at, &again).await;
    let page = stage.up(at, &page).await;
    let landed = stage.choose_there(&page, &stage.tally.id.0.clone()).await;
    let tokens = stage.redeem(at, landed, &again).await;
    shows(&Value::Object(tokens.claims.clone()), &stage, at, "ID token");
    let access = peek_claims_unverified(&tokens.access).unwrap();
    shows(&Value::Object(access), &stage, at, "access token");
    shows(&userinfo(at.of(&stage.chain), &tokens).await, &stage, at, "UserInfo");
    let node = &at.of(&stage.chain).node;
    let introspected = node.form("/oauth2/introspect", at.service(&stage), &[("token", &tokens.access)]).await.ok();
    shows(&introspected, &stage, at, "introspection");
    assert_eq!(tokens.claims["act"]["sub"], oneself.claims["sub"], "the account is the person's own");
    assert_ne!(tokens.claims["sid"], oneself.claims["sid"]);
    for claim in ["acr", "amr", "auth_time"] {
        assert_eq!(tokens.claims[claim], oneself.claims[claim], "{claim} is the person's");
    }
    stage.deliver().await;
    let told = at.of(&stage.chain).node.sink.told_once(&at.service(&stage).id);
    assert_eq!(told.text("sid"), oneself.claim("sid"), "whom she was before is signed out there");
    stage.chain.close().await;
}

#[tokio::test]
async fn a_company_of_the_nation_is_acted_for_at_a_service_of_the_province() {
    one_hop_or_two(Place::Province).await;
}

#[tokio::test]
async fn and_at_a_service_of_the_city_through_the_province() {
    one_hop_or_two(Place::City).await;
}

#[tokio::test]
async fn nobody_signs_in_again_to_change_to_another_company_and_back_to_oneself() {
    let mut stage = Stage::set().await;
    let at = Place::City;
    let tally = stage.enter(at, &stage.tally.clone()).await;
    let again = at.request(&stage);
    let page = stage.asked(at, &again).await;
    assert!(page.html.contains(&stage.tally.name), "what she acts for already is among the choices");
    let page = stage.up(at, &page).await;
    let landed = stage.choose_there(&page, &stage.trade.id.0.clone()).await;
    let trade = stage.redeem(at, landed, &again).await;
    assert_eq!(trade.claims["entity"]["uscc"], json!(stage.trade.code));
    assert_eq!((&trade.claims["act"], &trade.claims["auth_time"]), (&tally.claims["act"], &tally.claims["auth_time"]));
    assert_ne!(trade.claims["sub"], tally.claims["sub"]);
    stage.deliver().await;
    let city = &stage.chain.city.node;
    assert!(!city.is_active(&stage.of_city, &tally.access).await, "the other one is signed out there");
    assert!(city.is_active(&stage.of_city, &trade.access).await);
    // Both are known in this session now: to the first one without going up.
    stage.traveller.visited.clear();
    let named_first = at.request(&stage).with("authorization_details", &named(&stage.tally.code));
    let landed = stage.traveller.begin(&stage.chain.city, &named_first).await;
    let back = stage.redeem(at, landed, &named_first).await;
    assert_eq!(back.claims["sub"], tally.claims["sub"], "the same company has the same name");
    assert_ne!(back.claims["sid"], tally.claims["sid"]);
    assert_eq!(stage.traveller.visited, [stage.chain.city.issuer.clone()]);
    // Back to oneself, at the chooser of the nation.
    let page = stage.asked(at, &again).await;
    let page = stage.up(at, &page).await;
    let landed = stage.choose_there(&page, "self").await;
    let oneself = stage.redeem(at, landed, &again).await;
    assert_eq!(oneself.claims["sub"], tally.claims["act"]["sub"]);
    assert!(!oneself.claims.contains_key("entity"));
    stage.deliver().await;
    stage.chain.close().await;
}

#[tokio::test]
async fn at_the_next_company_service_of_the_city_no_page_is_shown_and_nobody_goes_up() {
    let mut stage = Stage::set().await;
    let first = stage.enter(Place::City, &stage.tally.clone()).await;
    let next = stage.chain.city.node.client_with("company-service", json!({"subject": "entity"})).await;
    stage.traveller.visited.clear();
    for request in [Request::of(&next), Request::of(&next).with("prompt", "none")] {
        let code = stage.traveller.begin(&stage.chain.city, &request).await.service().code().to_owned();
        let tokens = stage.chain.city.node.redeem(&next, &request, &code).await.tokens();
        assert_eq!(tokens.claims["entity"], first.claims["entity"]);
    }
    assert!(stage.traveller.visited.iter().all(|at| *at == stage.chain.city.issuer));
    // Where she may be herself too, silence is answered by what the table says.
    let either = stage.chain.city.node.client_with("licences", json!({"subject": "either"})).await;
    let silent = Request::of(&either).with("prompt", "none");
    let refused = stage.traveller.begin(&stage.chain.city, &silent).await.service();
    assert_eq!(refused.error(), "account_selection_required");
    stage.chain.close().await;
}

#[tokio::test]
async fn a_service_that_names_the_company_enters_with_no_page_through_two_nodes() {
    let mut stage = Stage::set().await;
    let at = Place::City;
    for prompt in [None, Some("none")] {
        let request = at.request(&stage).with("authorization_details", &named(&stage.tally.code));
        let request = prompt.into_iter().fold(request, |request, prompt| request.with("prompt", prompt));
        let landed = stage.traveller.begin(&stage.chain.city, &request).await;
        let tokens = stage.redeem(at, landed, &request).await;
        shows(&Value::Object(tokens.claims.clone()), &stage, at, "named");
    }
    let stranger = at.request(&stage).with("authorization_details", &named("12441500196720244T"));
    assert_eq!(stage.traveller.begin(&stage.chain.city, &stranger).await.service().error(), "access_denied");
    stage.chain.close().await;
}

/// The session of the city is a new one: the ID token of the last one says for whom.
#[tokio::test]
async fn the_hint_of_an_earlier_sign_in_finds_the_company_above_again() {
    let mut stage = Stage::set().await;
    let tokens = stage.enter(Place::City, &stage.tally.clone()).await;
    let mut next = stage.chain.traveller();
    next.at(&stage.chain.nation).sign_in(&stage.cui).await;
    let request = Place::City.request(&stage).with("prompt", "none").with("id_token_hint", &tokens.id_token);
    let landed = next.begin(&stage.chain.city, &request).await;
    let again = stage.redeem(Place::City, landed, &request).await;
    assert_eq!((&again.claims["sub"], &again.claims["act"]), (&tokens.claims["sub"], &tokens.claims["act"]));
    assert_ne!(again.claims["sid"], tokens.claims["sid"]);
    stage.chain.close().await;
}

#[tokio::test]
async fn matters_come_down_with_the_mandate_and_reach_no_further() {
    let mut stage = Stage::set().await;
    let at = Place::City;
    let trade = stage.enter(at, &stage.trade.clone()).await;
    assert_eq!(trade.claims["entity"]["uscc"], json!(stage.trade.code));
    // She sees it on her own page, as what was said above, and in her history.
    let page = stage.traveller.get(&format!("{}/account", stage.chain.city.issuer)).await.page_at(&stage.chain.city);
    stage.traveller.submit(&stage.chain.city, &page, "activate-form", &[]).await;
    let companies = stage.traveller.at(&stage.chain.city).get("/account/companies").await.page();
    let shown = companies.html.split("id=\"carried\"").nth(1).expect("a list of its own");
    assert!(shown.contains(&stage.trade.name) && shown.contains("tax:file"), "{shown}");
    let history = stage.traveller.at(&stage.chain.city).get("/account/history").await.page();
    assert!(history.html.contains(&stage.trade.name));
    // A service for something else: the mandate does not reach it, whoever asks.
    let seals =
        stage.chain.city.node.client_with("seals", json!({"subject": "entity", "matters": ["seal:make"]})).await;
    let silent = Request::of(&seals).with("prompt", "none");
    let refused = stage.traveller.begin(&stage.chain.city, &silent).await.service();
    assert_eq!(refused.error(), "interaction_required");
    let by_name = Request::of(&seals).with("authorization_details", &named(&stage.trade.code));
    assert_eq!(stage.traveller.begin(&stage.chain.city, &by_name).await.service().error(), "access_denied");
    stage.chain.close().await;
}

#[tokio::test]
async fn nothing_offline_comes_of_what_is_good_in_one_session() {
    let mut stage = Stage::set().await;
    let at = Place::Province;
    stage.enter(at, &stage.tally.clone()).await;
    let by_name = named(&stage.tally.code);
    let request = at.request(&stage).with("scope", "openid offline_access").with("prompt", "consent");
    let request = request.with("authorization_details", &by_name);
    let page = stage.traveller.begin(&stage.chain.province, &request).await.page_at(&stage.chain.province);
    let landed = stage.traveller.agree(&stage.chain.province, &page, &[]).await;
    let code = landed.service().code().to_owned();
    let answer = stage.chain.province.node.redeem(&stage.of_province, &request, &code).await;
    assert_eq!(answer.ok()["scope"], "openid");
    let tokens = answer.tokens();
    stage.traveller.at(&stage.chain.province).sign_out().await;
    stage.deliver().await;
    assert!(!stage.chain.province.node.is_active(&stage.of_province, &tokens.access).await);
    assert_eq!(stage.chain.province.node.refresh(&stage.of_province, tokens.refresh()).await.error(), "invalid_grant");
    stage.chain.close().await;
}

#[tokio::test]
async fn who_is_not_allowed_to_carry_companies_is_not_asked_for_any() {
    let mut stage = Stage::with(&[]).await;
    let request = Place::City.request(&stage);
    let page = stage.traveller.begin(&stage.chain.city, &request).await;
    let tokens = stage.redeem(Place::City, page, &request).await;
    assert!(!tokens.claims.contains_key("entity"), "she has only herself there");
    let entity = stage.chain.city.node.client_with("company-service", json!({"subject": "entity"})).await;
    let page = stage.traveller.begin(&stage.chain.city, &Request::of(&entity)).await.page_at(&stage.chain.city);
    assert!(page.has("identity-none") && !page.has("identity-above"));
    // Who asks nevertheless is asked above who they are, and for nothing else.
    let href = format!("{}/upstream/start?flow={}&why=company", stage.chain.city.issuer, page.hidden("flow")[0]);
    let landed = stage.traveller.get(&href).await;
    let crate::chain::stage::Arrived::At(_, page) = landed else { panic!("nothing has come of it") };
    assert!(!page.has("identity-above") && !page.html.contains(&stage.tally.code));
    stage.chain.close().await;
}
