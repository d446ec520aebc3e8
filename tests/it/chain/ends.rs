//! A node ends in the middle of a flow, at every step of it, and another process goes on from what is on disk: the flow is
//! completed, or refused with a page that leads on, and the next try succeeds.

use super::stage::{Arrived, Chain, Traveller, Wishes};
use crate::support::{Client, Landed, Person, Request};

/// How often a flow from the city to the nation and back is at a node.
const HOPS: usize = 5;

/// Nation, province and city.
const PLACES: [usize; 3] = [0, 1, 2];

const MAY_ASSERT: &str = ", passes_sign_ins = true, maximum_level = 3";
const PASSES: &[(&str, &str)] = &[("upstream.pass_sign_ins", "true"), ("upstream.pass_documents", "true")];

/// Where a browser stands at the city that begins a sign-in there.
async fn begin(chain: &Chain, traveller: &mut Traveller, client: &Client) -> (String, Landed) {
    let landed = traveller.at(&chain.city).get(&Request::of(client).path()).await;
    (chain.city.issuer.clone(), landed)
}

/// Whether what is ephemeral outlives a process: a long request on its way is kept there.
fn ephemeral_outlives() -> bool {
    std::env::var_os("HUFU_TEST_REDIS").is_some()
}

/// That a person is not stranded: she is through, asked to sign in, or told that it is over and how to begin again.
fn leads_on(arrived: Arrived, at: (usize, usize)) {
    match arrived {
        Arrived::Service(callback) => drop(callback.code().to_owned()),
        Arrived::At(_, page) => {
            let asked =
                ["login-form", "activate-form", "upstream-continue", "consent-form"].iter().any(|id| page.has(id));
            let over = page.has("expired") && !ephemeral_outlives();
            assert!(asked || over, "{at:?}: {} {}\n{}", page.path, page.status, page.html);
        }
    }
}

#[tokio::test]
async fn a_silent_sign_in_over_three_nodes_survives_the_end_of_each_at_every_hop() {
    let mut chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.city.node.client("matters").await;
    for hop in 0..HOPS {
        for place in PLACES {
            let mut traveller = chain.traveller();
            traveller.at(&chain.nation).sign_in(&person).await;
            let begun = begin(&chain, &mut traveller, &service).await;
            let arrived = traveller.follow_while_one_ends(&mut chain, (hop, place), begun).await;
            leads_on(arrived, (hop, place));
            let tokens = traveller.enter(&chain.city, &service).await;
            assert!(chain.city.node.is_active(&service, &tokens.access).await, "{hop} {place}");
        }
    }
    chain.close().await;
}

/// By the button, with the pages of the nation on the way.
#[tokio::test]
async fn a_sign_in_by_the_button_is_completed_or_leads_on_whichever_node_ends() {
    let mut chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    let service = chain.province.node.client("matters").await;
    for step in 0..3 {
        for place in [0, 1] {
            let mut traveller = chain.traveller();
            let request = Request::of(&service);
            let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
            if step == 0 {
                chain.restart(place, &mut traveller).await;
            }
            let page = traveller.click(&chain.province, &page, "upstream-button").await.page_at(&chain.nation);
            if step == 1 {
                chain.restart(place, &mut traveller).await;
            }
            let page = match traveller.log_in(&chain.nation, &page, &person).await {
                Arrived::At(_, page) if page.has("consent-form") => page,
                other => {
                    leads_on(other, (step, place));
                    continue;
                }
            };
            if step == 2 {
                chain.restart(place, &mut traveller).await;
            }
            let arrived = traveller.agree(&chain.nation, &page, &["identity_document"]).await;
            leads_on(arrived, (step, place));
        }
    }
    // And in the end she is in.
    let mut traveller = chain.traveller();
    traveller.at(&chain.nation).sign_in(&person).await;
    traveller.enter(&chain.province, &service).await;
    chain.close().await;
}

/// A sign-in at the city is passed up; what has begun is completed or the person goes on at the city without it.
#[tokio::test]
async fn passing_a_sign_in_up_is_completed_or_leads_on_at_every_hop() {
    let wishes = Wishes { city: PASSES, below: MAY_ASSERT, ..Wishes::default() };
    let mut chain = Box::pin(Chain::with(wishes)).await;
    let service = chain.city.node.client("matters").await;
    let provincial = chain.province.node.client("licences").await;
    let person: Person = chain.city.node.verified_person("wangming").await;
    for hop in 0..HOPS {
        for place in [1, 2] {
            let mut traveller = chain.traveller();
            let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
            let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
            let landed = traveller.at(&chain.city).submit(&page, "login-form", &fields).await;
            let from = (chain.city.issuer.clone(), landed);
            let arrived = traveller.follow_while_one_ends(&mut chain, (hop, place), from).await;
            arrived.service().code();
            // Signed in at the city in any case; at the province wholly or not at all.
            let silent = Request::of(&provincial).with("prompt", "none");
            let callback = traveller.begin(&chain.province, &silent).await.service();
            assert!(callback.params.contains_key("code") || callback.error() == "login_required", "{hop} {place}");
        }
    }
    let mut traveller = chain.traveller();
    let page = traveller.begin(&chain.city, &Request::of(&service)).await.page_at(&chain.city);
    traveller.log_in(&chain.city, &page, &person).await.service().code();
    traveller.enter(&chain.province, &provincial).await;
    chain.close().await;
}

/// A logout at the city is asked for; each node ends before anybody was told.
#[tokio::test]
async fn a_logout_reaches_everybody_once_whichever_nodes_end_on_the_way() {
    let mut chain = Chain::start().await;
    let person = chain.nation.node.verified_person("wangming").await;
    for place in PLACES {
        let name = format!("of-{place}");
        let mut services = Vec::new();
        for at in [&chain.nation, &chain.province, &chain.city] {
            services.push(at.node.client(&name).await);
        }
        let mut traveller = chain.traveller();
        traveller.at(&chain.nation).sign_in(&person).await;
        let mut tokens = Vec::new();
        for (at, service) in [&chain.nation, &chain.province, &chain.city].into_iter().zip(&services) {
            tokens.push(traveller.enter(at, service).await);
        }
        traveller.at(&chain.city).sign_out().await;
        chain.restart(place, &mut traveller).await;
        chain.city.node.deliver().await;
        chain.restart(place, &mut traveller).await;
        chain.deliver().await;
        let nodes = [&chain.nation, &chain.province, &chain.city];
        for ((at, service), tokens) in nodes.into_iter().zip(&services).zip(&tokens) {
            assert!(!at.node.is_active(service, &tokens.access).await, "{place}: {}", at.issuer);
            assert_eq!(at.node.sink.told(&name).len(), 1, "{place}: {}", at.issuer);
        }
    }
    chain.close().await;
}
