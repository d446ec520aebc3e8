//! Who is who here (threat 7): by the link, by the document after a sign-in, or a new account; never by a name, a number of a
//! telephone or anything else.

use hufu::accounts::AccountState;

use super::stage::{Arrived, Chain, userinfo};
use crate::support::Request;

#[tokio::test]
async fn an_account_with_the_same_name_and_telephone_is_another_one() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    // At the province somebody has taken the same user name and says that the same number is theirs.
    let twin = chain.province.node.person("wangming").await;
    assert_eq!(twin.mobile, person.mobile);
    let service = chain.province.node.client("matters").await;
    let mut of_twin = chain.traveller();
    let page = of_twin.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province);
    let code = of_twin.log_in(&chain.province, &page, &twin).await.service().code().to_owned();
    let twins = chain.province.node.redeem(&service, &Request::of(&service), &code).await.tokens();
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let tokens = traveller.enter(&chain.province, &service).await;
    assert_ne!(tokens.claims["sub"], twins.claims["sub"]);
    assert_eq!(userinfo(&chain.province, &tokens).await["phone_number"], serde_json::Value::Null, "it is the twin's");
    chain.close().await;
}

#[tokio::test]
async fn an_account_with_the_same_document_is_linked_only_after_a_sign_in_to_it() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let own = chain.province.node.verified_person("lao_wang").await;
    assert_eq!(own.number, person.number, "the same citizen");
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    let request = Request::of(&service);
    let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
    let page = traveller.through_nation(&chain, &chain.province, &page, &person).await.page_at(&chain.province);
    page.must_have("link-sign-in");
    assert!(traveller.at(&chain.province).session_cookie().is_none(), "nobody is signed in yet");
    assert!(!page.html.contains("lao_wang"), "whose account it is, is not told");
    assert!(!page.has("link-form"), "nor can anything be confirmed");
    let page = traveller.click(&chain.province, &page, "link-go").await.page_at(&chain.province);
    let page = traveller.log_in(&chain.province, &page, &own).await.page_at(&chain.province);
    page.must_have("link-form");
    let code = traveller.submit(&chain.province, &page, "link-form", &[]).await.service().code().to_owned();
    let first = chain.province.node.redeem(&service, &request, &code).await.tokens();
    // From now on the nation's account opens it.
    let mut second = chain.traveller();
    second.at(&chain.nation).sign_in(&person).await;
    let tokens = second.enter(&chain.province, &service).await;
    assert_eq!(tokens.claims["sub"], first.claims["sub"]);
    chain.close().await;
}

#[tokio::test]
async fn a_sign_in_to_another_account_links_nothing() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    chain.province.node.verified_person("lao_wang").await;
    let stranger = chain.province.node.person("stranger").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    let request = Request::of(&service);
    let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
    let page = traveller.through_nation(&chain, &chain.province, &page, &person).await.page_at(&chain.province);
    let page = traveller.click(&chain.province, &page, "link-go").await.page_at(&chain.province);
    traveller.log_in(&chain.province, &page, &stranger).await.service().code();
    let page = traveller.get(&format!("{}/upstream/link", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("link-sign-in");
    // Nor in another browser that carries the ticket's cookie.
    let mut thief = chain.traveller();
    let cookies = traveller.at(&chain.province).cookies.clone();
    let ticket = cookies.iter().find(|(name, _)| name.ends_with("hufu_link")).unwrap();
    thief.at(&chain.province).cookies.insert(ticket.0.clone(), ticket.1.clone());
    let page = thief.get(&format!("{}/upstream/link", chain.province.issuer)).await.page_at(&chain.province);
    page.must_have("link-nothing");
    chain.close().await;
}

#[tokio::test]
async fn without_a_page_an_account_with_the_same_document_is_left_alone() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    // The person lets the nation tell the document to the province, and leaves the page of the account.
    let mut first = chain.traveller();
    let page = first.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province);
    first.through_nation(&chain, &chain.province, &page, &person).await.page_at(&chain.province);
    let account = of_province(&chain).await;
    chain.province.node.app.signon.delete(&account).await.unwrap();
    chain.deliver().await;
    chain.province.node.verified_person("lao_wang").await;
    let mut second = chain.traveller();
    second.at(&chain.nation).sign_in(&person).await;
    let silent = Request::of(&service).with("prompt", "none");
    assert_eq!(second.begin(&chain.province, &silent).await.service().error(), "login_required");
    chain.close().await;
}

/// The account of the province that came from the nation.
async fn of_province(chain: &Chain) -> hufu::base::id::AccountId {
    let mut db = chain.province.node.app.store.read().await.unwrap();
    let session = hufu::store::upstream_sessions::live(&mut db, &chain.nation.issuer, 1).await.unwrap().remove(0);
    hufu::store::sessions::find(&mut db, &session.session_id).await.unwrap().unwrap().account_id
}

#[tokio::test]
async fn an_account_that_is_locked_here_is_refused_and_says_so() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.province, &service).await;
    let account = of_province(&chain).await;
    for state in [AccountState::Locked, AccountState::Disabled] {
        chain.province.node.app.signon.set_state(&account, state).await.unwrap();
        chain.deliver().await;
        let mut again = chain.traveller();
        let page = again.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province);
        let page = again.click(&chain.province, &page, "upstream-button").await.page_at(&chain.nation);
        let page = match again.log_in(&chain.nation, &page, &person).await {
            Arrived::At(_, page) if page.has("consent-form") => again.agree(&chain.nation, &page, &[]).await,
            other => other,
        };
        let page = page.page_at(&chain.province);
        assert_eq!(page.error_code(), "account_state", "{state}");
        assert!(again.at(&chain.province).session_cookie().is_none());
        let silent = Request::of(&service).with("prompt", "none");
        assert_eq!(again.begin(&chain.province, &silent).await.service().error(), "login_required");
    }
    chain.close().await;
}
