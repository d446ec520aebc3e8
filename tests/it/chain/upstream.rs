//! Login goes up: by the button, and silently up the chain.

use serde_json::json;

use super::stage::{Arrived, Chain, Wishes, userinfo};
use crate::support::Request;

#[tokio::test]
async fn who_has_a_session_at_the_nation_enters_a_service_of_the_city_with_no_page_shown() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let tokens = traveller.enter(&chain.city, &service).await;
    let at = |at: &super::stage::Reachable| at.issuer.clone();
    let way = [&chain.city, &chain.province, &chain.nation, &chain.province, &chain.city].map(at);
    assert_eq!(traveller.visited, way, "up the chain and down again, once");
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2");
    assert_eq!(tokens.claims["amr"], json!(["pwd"]));
    let info = userinfo(&chain.city, &tokens).await;
    assert_eq!((&info["name"], &info["realname_level"]), (&json!(person.name), &json!(2)));
    assert_eq!(info["identity_document"], json!(null), "nobody was asked for it");
    // The next service of the city needs nobody above.
    traveller.visited.clear();
    let other = chain.city.node.client("licences").await;
    traveller.enter(&chain.city, &other).await;
    assert_eq!(traveller.visited, [at(&chain.city)]);
    chain.close().await;
}

#[tokio::test]
async fn both_clocks_and_the_ways_come_down_unchanged() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let national = chain.nation.node.client("national").await;
    let above = traveller.enter(&chain.nation, &national).await;
    let at_nation = userinfo(&chain.nation, &above).await;
    chain.clock.advance(std::time::Duration::from_secs(400));
    let below = traveller.enter(&chain.city, &service).await;
    for claim in ["auth_time", "amr", "acr"] {
        assert_eq!(above.claims[claim], below.claims[claim], "{claim}");
    }
    let at_city = userinfo(&chain.city, &below).await;
    assert_eq!(at_nation["realname_time"], at_city["realname_time"]);
    assert_ne!(at_nation["sub"], at_city["sub"], "each node has its own name for a person");
    chain.close().await;
}

#[tokio::test]
async fn who_is_known_nowhere_comes_to_the_sign_in_page_of_the_city() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.person("zhang").await;
    let mut traveller = chain.traveller();
    let request = Request::of(&service);
    let page = traveller.begin(&chain.city, &request).await.page_at(&chain.city);
    let tried = traveller.visited.iter().filter(|at| **at == chain.nation.issuer).count();
    assert_eq!(tried, 1, "the nation is asked once");
    page.must_have("upstream-button");
    traveller.log_in(&chain.city, &page, &person).await.service().code();
    chain.close().await;
}

#[tokio::test]
async fn a_silent_request_of_a_service_is_answered_by_the_nation_or_by_login_required() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    let silent = Request::of(&service).with("prompt", "none");
    assert_eq!(traveller.begin(&chain.city, &silent).await.service().error(), "login_required");
    let person = chain.nation.node.verified_person("wangming").await;
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.begin(&chain.city, &silent).await.service().code();
    chain.close().await;
}

#[tokio::test]
async fn by_the_button_a_new_account_is_shown_before_it_is_used() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    let request = Request::of(&service).with("scope", "openid realname identity_number");
    let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
    let page = traveller.through_nation(&chain, &chain.province, &page, &person).await.page_at(&chain.province);
    page.must_have("activate-form");
    assert!(!page.html.contains(&person.number), "masked");
    let landed = traveller.submit(&chain.province, &page, "activate-form", &[]).await;
    let page = landed.page_at(&chain.province);
    let code = traveller.agree(&chain.province, &page, &["identity_document"]).await.service().code().to_owned();
    let tokens = chain.province.node.redeem(&service, &request, &code).await.tokens();
    let info = userinfo(&chain.province, &tokens).await;
    assert_eq!(info["identity_document"]["number"], json!(person.number));
    // The source of the proof is the nation.
    let history = traveller.at(&chain.province).get("/account").await.page();
    history.must_have("account");
    chain.close().await;
}

#[tokio::test]
async fn an_account_made_without_a_page_is_shown_at_the_first_visit_of_the_account_centre() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.province, &service).await;
    let page = traveller.get(&format!("{}/account", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("activate-form");
    let page = traveller.submit(&chain.province, &page, "activate-form", &[]).await.page_at(&chain.province);
    page.must_have("account");
    let page = traveller.get(&format!("{}/account", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("account");
    chain.close().await;
}

#[tokio::test]
async fn a_level_that_falls_above_falls_here_at_the_next_sign_in() {
    let chain = Chain::start().await;
    let person = chain.nation.node.person_at_level_three("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut first = chain.traveller();
    first.at(&chain.nation).sign_in(&person).await;
    let tokens = first.enter(&chain.province, &service).await;
    assert_eq!(userinfo(&chain.province, &tokens).await["realname_level"], json!(3));
    person.raise_to(&chain.nation.node, 2).await;
    let mut second = chain.traveller();
    second.at(&chain.nation).sign_in(&person).await;
    let tokens = second.enter(&chain.province, &service).await;
    assert_eq!(userinfo(&chain.province, &tokens).await["realname_level"], json!(2));
    chain.close().await;
}

#[tokio::test]
async fn a_fresh_sign_in_is_asked_for_above_and_counts_here() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.province, &service).await;
    chain.clock.advance(std::time::Duration::from_secs(600));
    let request = Request::of(&service).with("prompt", "login");
    let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
    let page = traveller.click(&chain.province, &page, "upstream-button").await.page_at(&chain.nation);
    let landed = traveller.log_in(&chain.nation, &page, &person).await;
    let page = match landed {
        Arrived::At(_, page) if page.has("consent-form") => {
            traveller.agree(&chain.nation, &page, &[]).await.page_at(&chain.province)
        }
        other => other.page_at(&chain.province),
    };
    let code = traveller.submit(&chain.province, &page, "activate-form", &[]).await.service().code().to_owned();
    let tokens = chain.province.node.redeem(&service, &request, &code).await.tokens();
    let age = chain.nation.node.now() - tokens.claims["auth_time"].as_i64().unwrap();
    assert!(age < 10, "the login clock is {age} s old");
    chain.close().await;
}

#[tokio::test]
async fn where_the_operator_does_not_want_it_nobody_is_asked_silently() {
    let wish = [("upstream.silent", "false")];
    let chain = Chain::with(Wishes { city: &wish, ..Wishes::default() }).await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    page.must_have("upstream-button");
    assert_eq!(traveller.visited, std::slice::from_ref(&chain.city.issuer));
    chain.close().await;
}

/// A service wants a sign-in of the last minute; the session here is older, the one above may not be.
#[tokio::test]
async fn a_session_that_is_too_old_here_is_asked_for_above_first() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let old = traveller.enter(&chain.city, &service).await;
    chain.clock.advance(std::time::Duration::from_secs(600));
    let young = Request::of(&service).with("max_age", "60");
    // Above it is as old: the person is asked here.
    let page = traveller.begin(&chain.city, &young).await.page_at(&chain.city);
    page.must_have("login-form");
    // She has signed in there once more, for something else: here no page is shown.
    let page = traveller.at(&chain.nation).get("/sign-in?why=again").await.page();
    traveller.at(&chain.nation).log_in(&page, &person).await;
    let code = traveller.begin(&chain.city, &young).await.service().code().to_owned();
    let tokens = chain.city.node.redeem(&service, &young, &code).await.tokens();
    assert_eq!(tokens.claims["sub"], old.claims["sub"]);
    let age = chain.city.node.now() - tokens.claims["auth_time"].as_i64().unwrap();
    assert!((0..60).contains(&age), "{age}");
    chain.close().await;
}

/// Another person sits at the nation by now: nobody is put in anybody's place without a page.
#[tokio::test]
async fn asking_above_again_never_swaps_one_person_for_another() {
    let chain = Chain::start().await;
    let (wang, li) =
        (chain.nation.node.verified_person("wangming").await, chain.nation.node.verified_person("lina").await);
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&wang).await;
    let hers = traveller.enter(&chain.city, &service).await;
    chain.clock.advance(std::time::Duration::from_secs(600));
    *traveller.at(&chain.nation) = chain.nation.node.browser();
    traveller.at(&chain.nation).sign_in(&li).await;
    let young = Request::of(&service).with("max_age", "60");
    let page = traveller.begin(&chain.city, &young).await;
    assert!(matches!(page, Arrived::At(..)), "a page is shown");
    let silent = Request::of(&service).with("prompt", "none");
    let code = traveller.begin(&chain.city, &silent).await.service().code().to_owned();
    let tokens = chain.city.node.redeem(&service, &silent, &code).await.tokens();
    assert_eq!(tokens.claims["sub"], hers.claims["sub"], "whoever was here still is");
    chain.close().await;
}
