//! The node above is gone: people sign in here, nobody is sent to a dead host, and it mends by itself.

use std::time::Duration;

use super::stage::{Chain, plain};
use crate::support::Request;

#[tokio::test]
async fn while_the_node_above_is_down_people_sign_in_here_and_nobody_is_sent_there() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.person("zhang").await;
    chain.province.is_up(false);
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    assert_eq!(traveller.visited, std::slice::from_ref(&chain.city.issuer), "nobody is sent to a dead host");
    traveller.log_in(&chain.city, &page, &person).await.service().code();
    chain.close().await;
}

#[tokio::test]
async fn the_button_of_a_node_that_is_down_leads_to_a_page_and_back_to_the_sign_in_here() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.person("zhang").await;
    chain.province.is_up(false);
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    let page = traveller.click(&chain.city, &page, "upstream-button").await.page_at(&chain.city);
    assert_eq!((page.error_code().as_str(), page.status.as_u16()), ("upstream_unavailable", 503));
    let html = plain(&page.html);
    let links = html.split("href=\"").filter_map(|rest| rest.split('"').next());
    let back = links.into_iter().find(|link| link.contains("/oauth2/authorize?flow=")).unwrap().to_owned();
    let page = traveller.get(&back).await.page_at(&chain.city);
    traveller.log_in(&chain.city, &page, &person).await.service().code();
    chain.close().await;
}

#[tokio::test]
async fn a_node_that_goes_down_on_the_way_back_strands_nobody() {
    let chain = Chain::start().await;
    let citizen = chain.province.node.verified_person("wangming").await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    let request = Request::of(&service);
    let page = traveller.begin(&chain.city, &request).await.page_at(&chain.city);
    let page = traveller.click(&chain.city, &page, "upstream-button").await.page_at(&chain.province);
    let page = traveller.log_in(&chain.province, &page, &citizen).await.page_at(&chain.province);
    let landed = traveller
        .at(&chain.province)
        .submit(&page, "consent-form", &[("decision", "accept"), ("sensitive", "identity_document")])
        .await;
    chain.province.is_up(false);
    let page = traveller.follow(chain.province.issuer.clone(), landed).await.page_at(&chain.city);
    assert_eq!(page.error_code(), "upstream_unavailable");
    // When it is back, the same person comes in.
    chain.province.is_up(true);
    chain.clock.advance(Duration::from_secs(60));
    traveller.begin(&chain.city, &request).await.service().code();
    chain.close().await;
}

#[tokio::test]
async fn who_was_refused_by_the_node_above_is_asked_here() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    let page = traveller.click(&chain.city, &page, "upstream-button").await.page_at(&chain.province);
    // The person leaves the sign-in there.
    let page = traveller.submit(&chain.province, &page, "leave", &[]).await.page_at(&chain.city);
    page.must_have("login-form");
    chain.close().await;
}
