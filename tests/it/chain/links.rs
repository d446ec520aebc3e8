//! The link between two nodes is half-open, late, or gone for an hour, and their clocks differ: nobody is held up, nothing is
//! half done, and what was not told is told later.

use std::time::Duration;

use super::stage::{Chain, Link, Wishes};
use crate::support::Request;

/// Longer than a node waits for the one above it.
const TOO_LATE: Duration = Duration::from_secs(5);

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn nobody_waits_twice_for_a_node_that_takes_requests_and_answers_none() {
    let chain = Chain::start().await;
    let service = chain.city.node.client("matters").await;
    let person = chain.city.node.person("zhang").await;
    chain.province.link(Link::Silent);
    let mut traveller = chain.traveller();
    traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city).must_have("login-form");
    let asked = chain.province.asked();
    // The next one is asked here at once, and so is whoever comes within the half minute.
    let mut next = chain.traveller();
    let page = next.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    next.log_in(&chain.city, &page, &person).await.service().code();
    assert_eq!(chain.province.asked(), asked, "it was left alone");
    chain.province.link(Link::Good);
    chain.clock.advance(Duration::from_secs(31));
    let mut later = chain.traveller();
    later.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city).must_have("login-form");
    assert_eq!(later.visited.len(), 5, "up to the nation and down again: {:?}", later.visited);
    chain.close().await;
}

/// The code was redeemed, and the answer came too late: there is no session here, but one may be known of above.
#[tokio::test]
async fn an_answer_that_comes_too_late_is_no_session_and_its_logout_finds_nothing_to_end() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    // The metadata is known by then; what comes late is the answer to the code.
    let mut first = chain.traveller();
    first.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province).must_have("login-form");
    chain.nation.link(Link::Late(TOO_LATE));
    let page = traveller.begin(&chain.province, &Request::of(&service)).await.page_at(&chain.province);
    assert!(page.has("login-form") || page.error_code() == "upstream_unavailable", "{}", page.html);
    assert!(traveller.at(&chain.province).session_cookie().is_none());
    chain.nation.link(Link::Good);
    chain.clock.advance(Duration::from_secs(60));
    let tokens = traveller.enter(&chain.province, &service).await;
    assert!(chain.province.node.is_active(&service, &tokens.access).await);
    // Signing out above ends the one session that there is, and nothing is left to be told.
    traveller.at(&chain.nation).sign_out().await;
    chain.deliver().await;
    assert!(!chain.province.node.is_active(&service, &tokens.access).await);
    chain.clock.advance(HOUR);
    chain.deliver().await;
    for at in chain.all() {
        assert_eq!(at.node.pending().await, 0, "{}", at.issuer);
    }
    chain.close().await;
}

#[tokio::test]
async fn a_logout_that_meets_a_silent_link_is_told_when_it_speaks_again() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let [at_nation, at_city] = [&chain.nation, &chain.city].map(|at| at.node.client("matters"));
    let (at_nation, at_city) = (at_nation.await, at_city.await);
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let above = traveller.enter(&chain.nation, &at_nation).await;
    let below = traveller.enter(&chain.city, &at_city).await;
    chain.province.link(Link::Silent);
    traveller.at(&chain.city).sign_out().await;
    assert!(!chain.city.node.is_active(&at_city, &below.access).await, "here it is over at once");
    chain.city.node.deliver().await;
    assert!(chain.city.node.pending().await > 0, "the province has not answered");
    assert!(chain.nation.node.is_active(&at_nation, &above.access).await);
    chain.province.link(Link::Good);
    chain.clock.advance(Duration::from_secs(60));
    chain.deliver().await;
    assert!(!chain.nation.node.is_active(&at_nation, &above.access).await);
    assert_eq!(chain.nation.node.sink.told("matters").len(), 1);
    chain.close().await;
}

#[tokio::test]
async fn while_the_centre_is_down_for_an_hour_everything_below_goes_on_and_then_it_is_told() {
    let chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let own = chain.city.node.person("zhang").await;
    let (at_nation, at_other) =
        (chain.nation.node.client("of-nation").await, chain.other.node.client("of-other").await);
    let (at_city, more) = (chain.city.node.client("of-city").await, chain.city.node.client("more").await);
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    let above = traveller.enter(&chain.nation, &at_nation).await;
    let beside = traveller.enter(&chain.other, &at_other).await;
    let below = traveller.enter(&chain.city, &at_city).await;
    chain.nation.is_up(false);
    // Who is signed in at the city is known at its next service, and whoever has an account there signs in.
    let second = traveller.enter(&chain.city, &more).await;
    let mut citizen = chain.traveller();
    let page = citizen.begin(&chain.city, &Request::of(&at_city)).await.page_at(&chain.city);
    citizen.log_in(&chain.city, &page, &own).await.service().code();
    // She signs out; city and province are over at once, and the nation is not forgotten.
    traveller.at(&chain.city).sign_out().await;
    chain.deliver().await;
    for (client, tokens) in [(&at_city, &below), (&more, &second)] {
        assert!(!chain.city.node.is_active(client, &tokens.access).await, "{}", client.id);
    }
    assert_eq!(chain.nation.node.sink.told("of-nation").len(), 0);
    for _ in 0..6 {
        chain.clock.advance(HOUR / 6);
        chain.deliver().await;
    }
    assert!(chain.province.node.pending().await > 0, "it is still tried");
    chain.nation.is_up(true);
    chain.clock.advance(Duration::from_secs(700));
    chain.deliver().await;
    assert!(!chain.nation.node.is_active(&at_nation, &above.access).await);
    assert!(!chain.other.node.is_active(&at_other, &beside.access).await);
    for (at, service) in [(&chain.nation, "of-nation"), (&chain.other, "of-other"), (&chain.city, "of-city")] {
        assert_eq!(at.node.sink.told(service).len(), 1, "{service}");
    }
    chain.close().await;
}

/// The city's clock is a minute before or behind everybody else's.
#[tokio::test]
async fn clocks_that_differ_by_a_minute_are_borne_where_the_operators_allow_it() {
    let minute = [("tokens.leeway_seconds", "60")];
    for city_ahead in [-60, 60] {
        let wishes = Wishes { nation: &minute, province: &minute, city: &minute, city_ahead, ..Wishes::default() };
        let chain = Box::pin(Chain::with(wishes)).await;
        let person = chain.nation.node.verified_person("wangming").await;
        let service = chain.city.node.client("matters").await;
        let mut traveller = chain.traveller();
        traveller.at(&chain.nation).sign_in(&person).await;
        let tokens = traveller.enter(&chain.city, &service).await;
        assert!(chain.city.node.is_active(&service, &tokens.access).await, "{city_ahead}");
        traveller.at(&chain.nation).sign_out().await;
        chain.deliver().await;
        assert!(!chain.city.node.is_active(&service, &tokens.access).await, "{city_ahead}: down");
        let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
        let page = traveller.click(&chain.city, &page, "upstream-button").await.page_at(&chain.province);
        page.must_have("login-form");
        chain.close().await;
    }
}

#[tokio::test]
async fn clocks_that_differ_by_more_than_is_allowed_let_nobody_in_and_strand_nobody() {
    for city_ahead in [-60, 60] {
        let chain = Box::pin(Chain::with(Wishes { city_ahead, ..Wishes::default() })).await;
        let person = chain.nation.node.verified_person("wangming").await;
        let own = chain.city.node.person("zhang").await;
        let service = chain.city.node.client("matters").await;
        let mut traveller = chain.traveller();
        traveller.at(&chain.nation).sign_in(&person).await;
        let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
        assert!(traveller.at(&chain.city).session_cookie().is_none(), "{city_ahead}");
        let page = match page.has("login-form") {
            true => page,
            false => {
                assert!(page.error_code().starts_with("upstream_"), "{}", page.error_code());
                chain
                    .traveller()
                    .begin(&chain.city, &Request::of(&service).with("prompt", "login"))
                    .await
                    .page_at(&chain.city)
            }
        };
        traveller.log_in(&chain.city, &page, &own).await.service().code();
        chain.close_leaving([0, 0, 0, 0]).await;
    }
}
