//! Trust passing (standard 6.4 c): a login at the access party creates the person's session at the target, row by row of the
//! table in `docs/adr/0027`.

use std::time::Duration;

use hufu::accounts::AccountState;
use hufu::base::id::AccountId;
use hufu::demo::authority::Mode;
use hufu::store::upstream_links;
use serde_json::json;

use super::stage::{Arrived, Chain, Reachable, Traveller, Wishes, userinfo};
use crate::support::{Client, Person, Request};

const MAY_ASSERT: &str = ", passes_sign_ins = true, maximum_level = 3";
const PASSES: &[(&str, &str)] = &[("upstream.pass_sign_ins", "true"), ("upstream.pass_documents", "true")];

/// A city that passes its sign-ins up to the province, which keeps them to itself.
async fn chain() -> Chain {
    Box::pin(Chain::with(Wishes { city: PASSES, below: MAY_ASSERT, ..Wishes::default() })).await
}

/// A city that passes up to a province that passes on to the nation.
async fn whole_chain() -> Chain {
    Box::pin(Chain::with(Wishes { city: PASSES, province: PASSES, below: MAY_ASSERT, ..Wishes::default() })).await
}

/// Signs in at the page of the city, on the way to its service, and goes wherever that leads.
async fn sign_in_at_city(traveller: &mut Traveller, chain: &Chain, service: &Client, person: &Person) -> Arrived {
    let page = traveller.begin(&chain.city, &Request::of(service)).await.page_at(&chain.city);
    traveller.visited.clear();
    traveller.log_in(&chain.city, &page, person).await
}

/// Who this person of a node is at the one above.
async fn account_at(at: &Reachable, from: &Reachable, person: &Person) -> Option<AccountId> {
    let host = url::Url::parse(&at.issuer).unwrap().host_str().unwrap().to_owned();
    let subject = from.node.app.provider.subjects().at_host(&person.id, &host);
    let mut db = at.node.app.store.read().await.unwrap();
    let link = upstream_links::find(&mut db, &from.issuer, &subject).await.unwrap();
    link.map(|link| link.account_id)
}

/// Known at the province, without a page.
async fn known(traveller: &mut Traveller, at: &Reachable, service: &Client) -> bool {
    let silent = Request::of(service).with("prompt", "none");
    traveller.begin(at, &silent).await.service().params.contains_key("code")
}

#[tokio::test]
async fn a_sign_in_at_the_city_is_one_at_the_province_with_nothing_shown() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    let way = [&chain.province, &chain.city, &chain.province, &chain.city].map(|at| at.issuer.clone());
    assert_eq!(traveller.visited, way, "there and back, twice, and no page");
    let tokens = traveller.enter(&chain.province, &provincial).await;
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), ("urn:hufu:acr:l2", &json!(["pwd"])));
    let info = userinfo(&chain.province, &tokens).await;
    assert_eq!((&info["name"], &info["realname_level"]), (&json!(person.name), &json!(2)));
    chain.close().await;
}

#[tokio::test]
async fn who_is_linked_is_that_account_and_both_clocks_travel() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut first = chain.traveller();
    sign_in_at_city(&mut first, &chain, &service, &person).await.service().code();
    let one = first.enter(&chain.province, &provincial).await;
    chain.clock.advance(Duration::from_secs(3600));
    let asked = chain.province.node.authority_was_asked().await;
    let mut second = chain.traveller();
    sign_in_at_city(&mut second, &chain, &service, &person).await.service().code();
    chain.clock.advance(Duration::from_secs(300));
    let two = second.enter(&chain.province, &provincial).await;
    assert_eq!(one.claims["sub"], two.claims["sub"]);
    assert_eq!(chain.province.node.authority_was_asked().await, asked, "what is known is not asked again");
    let age = chain.city.node.now() - two.claims["auth_time"].as_i64().unwrap();
    assert!((300..320).contains(&age), "the login clock is the city's: {age}");
    chain.close().await;
}

#[tokio::test]
async fn whose_document_is_known_signs_in_to_that_account_first_and_is_then_linked() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person = chain.city.node.verified_person("wangming").await;
    let own = chain.province.node.verified_person("lao_wang").await;
    assert_eq!(own.number, person.number, "the same citizen");
    let mut traveller = chain.traveller();
    let page = sign_in_at_city(&mut traveller, &chain, &service, &person).await.page_at(&chain.province);
    page.must_have("passage-sign-in");
    assert!(traveller.at(&chain.province).session_cookie().is_none(), "nobody is signed in yet");
    assert!(!page.html.contains("lao_wang") && !page.has("passage-form"), "nor told whose it is, nor asked");
    let page = traveller.click(&chain.province, &page, "passage-go").await.page_at(&chain.province);
    let page = traveller.log_in(&chain.province, &page, &own).await.page_at(&chain.province);
    let landed = traveller.submit(&chain.province, &page, "passage-form", &[]).await;
    landed.service().code();
    let tokens = traveller.enter(&chain.province, &provincial).await;
    assert_eq!(account_at(&chain.province, &chain.city, &person).await, Some(own.id.clone()));
    // The next time nothing is asked.
    let mut second = chain.traveller();
    sign_in_at_city(&mut second, &chain, &service, &person).await.service().code();
    assert_eq!(second.enter(&chain.province, &provincial).await.claims["sub"], tokens.claims["sub"]);
    chain.close().await;
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_linked_only_once_that_was_shown() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let own = chain.province.node.verified_person("lao_wang").await;
    let app = own.set_up_authenticator(&chain.province.node).await;
    let mut traveller = chain.traveller();
    let page = sign_in_at_city(&mut traveller, &chain, &service, &person).await.page_at(&chain.province);
    let page = traveller.click(&chain.province, &page, "passage-go").await.page_at(&chain.province);
    let page = traveller.log_in(&chain.province, &page, &own).await.page_at(&chain.province);
    let page = traveller.submit(&chain.province, &page, "passage-form", &[]).await.page_at(&chain.province);
    page.must_have("otp-form");
    assert!(account_at(&chain.province, &chain.city, &person).await.is_none(), "the password alone links nothing");
    chain.clock.advance(Duration::from_secs(30));
    let code = app.code(&chain.province.node);
    let page = traveller.submit(&chain.province, &page, "otp-form", &[("code", &code)]).await.page_at(&chain.province);
    traveller.submit(&chain.province, &page, "passage-form", &[]).await.service().code();
    assert_eq!(account_at(&chain.province, &chain.city, &person).await, Some(own.id));
    chain.close().await;
}

#[tokio::test]
async fn who_does_not_sign_in_to_it_is_linked_to_nothing_and_goes_on_at_the_city() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person = chain.city.node.verified_person("wangming").await;
    chain.province.node.verified_person("lao_wang").await;
    let stranger = chain.province.node.person("stranger").await;
    let mut traveller = chain.traveller();
    let page = sign_in_at_city(&mut traveller, &chain, &service, &person).await.page_at(&chain.province);
    // Another account is not the one, and a forged answer changes nothing.
    let go = traveller.click(&chain.province, &page, "passage-go").await.page_at(&chain.province);
    traveller.log_in(&chain.province, &go, &stranger).await.page_at(&chain.province).must_have("account");
    let page = traveller.get(&format!("{}/trust/passage", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("passage-sign-in");
    let landed = traveller.submit(&chain.province, &page, "passage-decline", &[("decision", "agree")]).await;
    landed.service().code();
    assert!(account_at(&chain.province, &chain.city, &person).await.is_none());
    // Whoever declines goes on at the city, too.
    let mut other = chain.traveller();
    let page = sign_in_at_city(&mut other, &chain, &service, &person).await.page_at(&chain.province);
    other.submit(&chain.province, &page, "passage-decline", &[]).await.service().code();
    assert!(!known(&mut other, &chain.province, &provincial).await);
    chain.close().await;
}

#[tokio::test]
async fn who_is_unknown_gets_a_new_account_whose_level_this_nodes_authority_has_checked() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.person_at_level_three("wangming").await;
    let before = chain.province.node.authority_was_asked().await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    assert_eq!(chain.province.node.authority_was_asked().await, before + 1);
    let account = account_at(&chain.province, &chain.city, &person).await.unwrap();
    let known = chain.province.node.app.accounts.find(&account).await.unwrap();
    assert_eq!(i16::from(known.level()), 2, "what this node's authority has confirmed, and no more");
    assert_eq!(known.best_proof().unwrap().source, "population");
    // It is shown before it is first used.
    let page = traveller.get(&format!("{}/account", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("activate-form");
    let page = traveller.submit(&chain.province, &page, "activate-form", &[]).await.page_at(&chain.province);
    page.must_have("account");
    chain.close().await;
}

#[tokio::test]
async fn what_the_authority_does_not_confirm_does_not_count_and_is_asked_again_the_next_time() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    chain.province.node.authority_fails(Mode::Error500).await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    let account = account_at(&chain.province, &chain.city, &person).await.unwrap();
    let level = async || {
        chain.province.node.app.accounts.changed(&account);
        i16::from(chain.province.node.app.accounts.find(&account).await.unwrap().level())
    };
    assert_eq!(level().await, 0, "nobody has confirmed it");
    chain.province.node.authority_fails(Mode::Ok).await;
    chain.clock.advance(Duration::from_secs(600));
    let mut again = chain.traveller();
    sign_in_at_city(&mut again, &chain, &service, &person).await.service().code();
    assert_eq!(level().await, 2);
    chain.close().await;
}

#[tokio::test]
async fn who_is_not_verified_gets_a_new_account_without_a_level_and_is_linked_to_nobody() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    // The same citizen has an account at the province; nothing proven says so.
    let own = chain.province.node.verified_person("lao_wang").await;
    let person = chain.city.node.person("wangming").await;
    let before = chain.province.node.authority_was_asked().await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    let tokens = traveller.enter(&chain.province, &provincial).await;
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l0");
    assert_eq!(userinfo(&chain.province, &tokens).await["realname_level"], json!(0));
    assert_eq!(chain.province.node.authority_was_asked().await, before);
    assert_ne!(account_at(&chain.province, &chain.city, &person).await, Some(own.id), "a new one");
    chain.close().await;
}

#[tokio::test]
async fn an_account_that_may_not_sign_in_is_refused_and_the_person_goes_on_at_the_city() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    let account = account_at(&chain.province, &chain.city, &person).await.unwrap();
    for state in [AccountState::Locked, AccountState::Disabled, AccountState::Closing] {
        chain.province.node.app.signon.set_state(&account, state).await.unwrap();
        chain.deliver().await;
        let mut again = chain.traveller();
        sign_in_at_city(&mut again, &chain, &service, &person).await.service().code();
        assert!(again.at(&chain.province).session_cookie().is_none(), "{state}");
        assert!(!known(&mut again, &chain.province, &provincial).await, "{state}");
    }
    chain.province.node.app.signon.set_state(&account, AccountState::Active).await.unwrap();
    let mut again = chain.traveller();
    sign_in_at_city(&mut again, &chain, &service, &person).await.service().code();
    assert!(known(&mut again, &chain.province, &provincial).await);
    chain.close().await;
}

#[tokio::test]
async fn a_sign_in_is_known_at_every_level_and_at_every_access_party_of_the_nation() {
    let chain = whole_chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    for (at, name) in [(&chain.nation, "n"), (&chain.other, "o"), (&chain.province, "p")] {
        let client = at.node.client(name).await;
        let tokens = traveller.enter(at, &client).await;
        assert_eq!(tokens.claims["amr"], json!(["pwd"]), "{name}");
    }
    chain.close().await;
}

#[tokio::test]
async fn a_logout_anywhere_ends_what_was_passed_up_and_what_came_of_it() {
    for place in 0..4 {
        let chain = whole_chain().await;
        let person = chain.city.node.verified_person("wangming").await;
        let mut services = Vec::new();
        for (at, name) in chain.all().into_iter().zip(["n", "p", "c", "o"]) {
            services.push(at.node.client(name).await);
        }
        let mut traveller = chain.traveller();
        sign_in_at_city(&mut traveller, &chain, &services[2], &person).await.service().code();
        for (at, service) in chain.all().into_iter().zip(&services) {
            traveller.enter(at, service).await;
        }
        traveller.at(chain.all()[place]).sign_out().await;
        chain.deliver().await;
        for (at, service) in chain.all().into_iter().zip(&services) {
            assert_eq!(at.node.sink.told(&service.id).len(), 1, "{place}: {}", service.id);
            assert!(!known(&mut traveller, at, service).await, "{place}: {}", service.id);
        }
        chain.close().await;
    }
}

#[tokio::test]
async fn another_persons_session_there_is_not_swapped_without_a_question() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let (person, _) = (chain.city.node.verified_person("wangming").await, chain.province.node.next_citizen());
    let other = chain.province.node.verified_person("lili").await;
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    traveller.at(&chain.province).sign_in(&other).await;
    let theirs = traveller.enter(&chain.province, &provincial).await;
    let cookie = traveller.at(&chain.province).session_cookie().unwrap().to_owned();
    let asked = traveller.log_in(&chain.city, &page, &person).await.page_at(&chain.province);
    asked.must_have("passage-other");
    assert!(!asked.html.contains(&other.name), "masked");
    assert_eq!(traveller.at(&chain.province).session_cookie(), Some(cookie.as_str()), "nothing has changed");
    // No: on at the city, and the other one stays.
    let mut stays = traveller.clone();
    stays.submit(&chain.province, &asked, "passage-decline", &[]).await.service().code();
    assert_eq!(stays.enter(&chain.province, &provincial).await.claims["sub"], theirs.claims["sub"]);
    chain.close().await;
}

#[tokio::test]
async fn who_agrees_changes_and_every_service_of_the_other_is_told() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let (person, _) = (chain.city.node.verified_person("wangming").await, chain.province.node.next_citizen());
    let other = chain.province.node.verified_person("lili").await;
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    traveller.at(&chain.province).sign_in(&other).await;
    let theirs = traveller.enter(&chain.province, &provincial).await;
    let asked = traveller.log_in(&chain.city, &page, &person).await.page_at(&chain.province);
    let mut twice = traveller.clone();
    traveller.submit(&chain.province, &asked, "passage-form", &[]).await.service().code();
    let own = traveller.enter(&chain.province, &provincial).await;
    assert_ne!(own.claims["sub"], theirs.claims["sub"]);
    chain.deliver().await;
    let notice = chain.province.node.sink.told_once("licences");
    assert_eq!(notice.text("sid"), theirs.claim("sid"));
    // The same answer again opens nothing.
    let before = twice.at(&chain.province).session_cookie().map(str::to_owned);
    let page = twice.submit(&chain.province, &asked, "passage-form", &[]).await.page_at(&chain.city);
    page.must_have("expired");
    assert_eq!(twice.at(&chain.province).session_cookie().map(str::to_owned), before);
    chain.close().await;
}

#[tokio::test]
async fn while_the_node_above_is_down_or_refuses_people_go_on_at_the_city() {
    let chain = chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    chain.province.is_up(false);
    chain.clock.advance(Duration::from_secs(20));
    traveller.visited.clear();
    traveller.log_in(&chain.city, &page, &person).await.service().code();
    assert!(traveller.visited.is_empty(), "nobody is sent to a dead host");
    // It goes down in the middle.
    chain.province.is_up(true);
    chain.clock.advance(Duration::from_secs(60));
    let mut again = chain.traveller();
    let page = again.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
    let there = again.at(&chain.city).submit(&page, "login-form", &fields).await.callback();
    let path = there.whole.strip_prefix(&chain.province.issuer).unwrap().to_owned();
    let back = again.at(&chain.province).get(&path).await.callback();
    chain.province.is_up(false);
    again.get(&back.whole).await.service().code();
    chain.province.is_up(true);
    // The province was never asked, or knows nothing of it: what is told of the end finds nobody, and goes to rest.
    chain.close().await;
}

#[tokio::test]
async fn a_node_that_may_not_pass_is_sent_back_and_the_person_goes_on() {
    let chain = Box::pin(Chain::with(Wishes { city: PASSES, ..Wishes::default() })).await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    assert!(traveller.at(&chain.province).session_cookie().is_none());
    assert!(account_at(&chain.province, &chain.city, &person).await.is_none());
    chain.close().await;
}

#[tokio::test]
async fn where_the_operator_does_not_want_it_nobody_is_passed_up() {
    let chain = Box::pin(Chain::with(Wishes { below: MAY_ASSERT, ..Wishes::default() })).await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    assert!(traveller.visited.is_empty(), "{:?}", traveller.visited);
    chain.close().await;
}

#[tokio::test]
async fn who_came_from_above_is_not_passed_up_again() {
    let chain = whole_chain().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.nation.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.city, &service).await;
    assert_eq!(traveller.visited.len(), 5, "up the chain and down again, once: {:?}", traveller.visited);
    chain.close().await;
}

#[tokio::test]
async fn without_documents_nothing_is_known_there_but_that_somebody_has_signed_in() {
    let only = [("upstream.pass_sign_ins", "true")];
    let chain = Box::pin(Chain::with(Wishes { city: &only, below: MAY_ASSERT, ..Wishes::default() })).await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.verified_person("wangming").await;
    let mut traveller = chain.traveller();
    sign_in_at_city(&mut traveller, &chain, &service, &person).await.service().code();
    let account = account_at(&chain.province, &chain.city, &person).await.unwrap();
    let known = chain.province.node.app.accounts.find(&account).await.unwrap();
    assert!(known.known_name().is_none() && known.real_name.is_none());
    assert_eq!(i16::from(known.level()), 0);
    chain.close().await;
}
