//! The verification system of the node above as an authority here (standard 6.4 a): a name that is typed at the city is checked
//! by the nation's authority, two nodes up, before anybody there has an account.

use hufu::base::Clock as _;
use hufu::base::encoding::{base64url, sha256};
use hufu::base::id::VerificationId;
use hufu::demo::authority::Mode;
use hufu::demo::people::Person as Citizen;
use hufu::realname::RealNameLevel;
use hufu::store::offered_verifications::{self, OfferedVerificationRow};

use super::stage::{Chain, Reachable, Wishes};
use crate::support::span::minutes;
use crate::support::{Browser, Page, Person};

/// A source that goes by the node above.
const ABOVE: [(&str, &str); 2] = [
    ("realname.source", "{name = \"above\", via = \"node_above\"}"),
    ("realname.title", "{zh-CN = \"上级核验服务\", en = \"the node above\"}"),
];

async fn chain() -> Chain {
    Box::pin(Chain::with(Wishes { province: &ABOVE, city: &ABOVE, ..Wishes::default() })).await
}

/// Somebody with an account at the city and no name there yet, signed in.
async fn newcomer(chain: &Chain) -> (Person, Browser, Citizen) {
    let person = chain.city.node.person("wangming").await;
    let mut browser = chain.city.node.browser();
    browser.sign_in(&person).await;
    (person, browser, chain.nation.node.next_citizen())
}

async fn prove(browser: &mut Browser, name: &str, number: &str) -> Page {
    let page = browser.get("/real-name").await.page();
    browser.submit(&page, "realname-form", &[("name", name), ("document_number", number)]).await.page()
}

async fn level(at: &Reachable, person: &Person) -> RealNameLevel {
    at.node.app.accounts.changed(&person.id);
    at.node.app.accounts.find(&person.id).await.unwrap().level()
}

async fn offered(at: &Reachable, id: &str) -> OfferedVerificationRow {
    let mut db = at.node.app.store.read().await.unwrap();
    offered_verifications::by_id(&mut db, &VerificationId::from(id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_name_typed_at_the_city_is_checked_by_the_nations_authority() {
    let chain = chain().await;
    let (person, mut browser, citizen) = newcomer(&chain).await;
    let words = browser.get("/real-name").await.page();
    assert!(words.html.contains("上级核验服务"), "it is said who is asked");
    let page = prove(&mut browser, &citizen.name, &citizen.document_number).await;
    page.must_have("answer-matched");
    assert_eq!(level(&chain.city, &person).await, RealNameLevel::L2);
    for (at, asked) in [(&chain.nation, 1), (&chain.province, 0), (&chain.city, 0)] {
        assert_eq!(at.node.authority_was_asked().await, asked, "{}", at.issuer);
    }
    // On record here, at the province and at the nation, by the words that the page had and the same purpose.
    let record = chain.city.node.app.verifier.history(&person.id, 1).await.unwrap().remove(0);
    assert_eq!((record.source.as_str(), record.outcome.as_str()), ("above", "match"));
    let at_province = offered(&chain.province, &record.reference).await;
    assert_eq!(at_province.client_id.as_str(), chain.city.issuer);
    let at_nation = offered(&chain.nation, &at_province.source_reference).await;
    assert_eq!(at_nation.client_id.as_str(), chain.province.issuer);
    let said = hufu::http::pages::phrase::Phrase::new(hufu::http::pages::Lang::ZhCn, "real-name-what");
    let said = said.with("authority", "上级核验服务").plain();
    for row in [&at_province, &at_nation] {
        assert_eq!(row.consent_hash, base64url(&sha256(said.as_bytes())));
        assert_eq!((row.purpose.as_str(), row.outcome.as_str()), ("实名核验", "match"));
    }
    chain.close().await;
}

#[tokio::test]
async fn mismatch_and_not_found_come_back_as_they_were_said() {
    let chain = chain().await;
    let (person, mut browser, citizen) = newcomer(&chain).await;
    prove(&mut browser, "王小明", &citizen.document_number).await.must_have("answer-mismatch");
    prove(&mut browser, &citizen.name, "110101199003071233").await.must_have("answer-unknown");
    assert_eq!(level(&chain.city, &person).await, RealNameLevel::L0);
    chain.close().await;
}

#[tokio::test]
async fn while_a_node_of_the_chain_or_the_authority_is_down_nothing_is_counted_against_anybody() {
    let chain = chain().await;
    let (person, mut browser, citizen) = newcomer(&chain).await;
    chain.nation.node.authority_fails(Mode::Error500).await;
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-unavailable");
    chain.nation.node.authority_fails(Mode::Ok).await;
    chain.province.is_up(false);
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-unavailable");
    chain.province.is_up(true);
    chain.clock.advance(minutes(5));
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-matched");
    let history = chain.city.node.app.verifier.history(&person.id, 9).await.unwrap();
    let outcomes: Vec<_> = history.iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["match", "unavailable", "unavailable"]);
    chain.close().await;
}

#[tokio::test]
async fn a_token_that_is_over_is_fetched_anew_and_a_node_that_may_not_ask_is_told_nothing() {
    let chain = chain().await;
    let (person, mut browser, citizen) = newcomer(&chain).await;
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-matched");
    chain.clock.advance(minutes(20));
    browser.sign_in(&person).await;
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-matched");
    assert_eq!(chain.nation.node.authority_was_asked().await, 2);
    chain.close().await;

    // The nation has not granted it to this province.
    let chain = refused_by_the_nation().await;
    let (person, mut browser, citizen) = newcomer(&chain).await;
    prove(&mut browser, &citizen.name, &citizen.document_number).await.must_have("answer-unavailable");
    assert_eq!(chain.nation.node.authority_was_asked().await, 0);
    assert_eq!(level(&chain.city, &person).await, RealNameLevel::L0);
    chain.close().await;
}

async fn refused_by_the_nation() -> Chain {
    let wishes = Wishes { province: &ABOVE, city: &ABOVE, below: ", verifies = false", ..Wishes::default() };
    Box::pin(Chain::with(wishes)).await
}

#[tokio::test]
async fn a_child_is_one_here_too_where_only_the_authority_knows_its_birth() {
    let chain = chain().await;
    let (person, mut browser, _) = newcomer(&chain).await;
    let page = browser.get("/real-name?document_type=foreign_passport&items=two_items").await.page();
    let fields = [("name", "Emma Smith"), ("document_number", "X00990016"), ("issuing_country", "USA")];
    browser.submit(&page, "realname-form", &fields).await.page().must_have("answer-matched");
    let known = chain.city.node.app.accounts.find(&person.id).await.unwrap();
    assert_eq!(known.birth(), Some(time::macros::date!(2015 - 03 - 08)));
    assert!(known.lacks_guardian(chain.clock.now()));
    chain.close().await;
}

#[tokio::test]
async fn a_replaced_document_keeps_its_account_when_the_authority_above_says_so() {
    let chain = chain().await;
    let (person, mut browser, _) = newcomer(&chain).await;
    let mut show = async |kind: &str, name: &str, number: &str| {
        let page = browser.get(&format!("/real-name?document_type={kind}&items=two_items")).await.page();
        browser.submit(&page, "realname-form", &[("name", name), ("document_number", number)]).await.page()
    };
    show("taiwan_travel_permit", "林𬭎䶮", "00990003").await.must_have("answer-matched");
    let check = hufu::realname::identity_number::check_character("83000019900707002").unwrap();
    let residence = format!("83000019900707002{check}");
    show("hong_kong_macao_taiwan_residence_permit", "林𬭎䶮", &residence).await.must_have("answer-matched");
    // Another person's document is not taken in its place.
    show("hong_kong_macao_travel_permit", "陈大文", "H00990001").await.must_have("answer-person");
    let known = chain.city.node.app.accounts.find(&person.id).await.unwrap();
    assert_eq!(known.real_name.as_ref().unwrap().document.expose(), residence);
    chain.close().await;
}
