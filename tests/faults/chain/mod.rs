//! Nation, province and city as processes of their own, one of which is killed while a request of a flow is under way. The flow
//! is completed, or refused with a page that leads on; the next try succeeds; and nobody is two people afterwards.

mod nodes;

use std::collections::BTreeSet;
use std::time::Duration;

use super::kills::Chance;
use super::party::{Party, Tokens};
use super::visitor::Form;

use nodes::{CITY, Chain, End, NATION, PROVINCE, Stop, Traveller};

const SEED: u64 = 20_261_129;

/// How many nodes are killed in each flow; each node at least at each third of the hops.
const KILLS: u64 = 24;

/// At which request of a flow, and how many microseconds after it was sent: a hop takes some thousand.
const HOPS: (u64, u64) = (0, 5);
const MOMENTS: (u64, u64) = (0, 2_000);

/// The next kill: whom, at which request, how long after it was sent.
fn next(chance: &mut Chance, kill: u64) -> Stop {
    let place = [NATION, PROVINCE, CITY][usize::try_from(kill % 3).unwrap()];
    let hop = usize::try_from(chance.between(HOPS)).unwrap();
    Stop { place, hop, after: Duration::from_micros(chance.between(MOMENTS)) }
}

/// Whoever was interrupted is through, or stands before a page that leads on.
fn leads_on(stop: &Stop, end: &End) {
    let End::Page(place, page) = end else { return };
    let asked = ["login-form", "activate-form", "upstream-continue", "consent-form", "expired", "error-back"];
    assert!(asked.iter().any(|id| page.has(id)), "{stop:?}: at {place}, {} {}\n{}", page.url, page.status, page.text);
}

/// Somebody of the city.
const USERNAME: &str = "passed-up";
const PASSWORD: &str = "crash-proof-2027";

/// The city's form for her, filled in; none where she is signed in already.
async fn sign_in_form(traveller: &mut Traveller, city: &Party) -> Option<Form> {
    match traveller.open(CITY, &city.request_path()).await {
        End::Page(CITY, page) => Some(page.filled("login-form", &[("username", USERNAME), ("password", PASSWORD)])),
        End::Page(place, page) => panic!("at {place}: {}", page.text),
        End::Service(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_over_three_nodes_outlives_the_kill_of_each() {
    let mut chain = Chain::start().await;
    let mut chance = Chance(SEED);
    let (person, city) = (chain.verified(), chain.party(CITY));
    let mut subjects = BTreeSet::new();
    for kill in 0..KILLS {
        let stop = next(&mut chance, kill);
        let mut traveller = chain.traveller();
        // The first time an account is made on the way, of which the person is told; from then on nothing is shown.
        assert!(traveller.at(NATION).sign_in(&person.username, &person.password).await.unwrap());
        let asked = traveller.at(CITY).link(&city.request_path());
        leads_on(&stop, &traveller.interrupted(&mut chain, CITY, asked, &stop).await);
        let tokens = traveller.enter(&city).await;
        assert_eq!(city.is_active(&tokens.access).await, Ok(true), "{stop:?}");
        subjects.insert(tokens.subject());
    }
    assert_eq!(subjects.len(), 1, "one person became several: {subjects:?}");
    chain.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_passed_up_outlives_the_kill_of_each_node() {
    let mut chain = Chain::start().await;
    let mut chance = Chance(SEED + 1);
    let (city, province) = (chain.party(CITY), chain.party(PROVINCE));
    chain.traveller().register_at(CITY, USERNAME, PASSWORD).await;
    let mut subjects = BTreeSet::new();
    for kill in 0..KILLS {
        let stop = next(&mut chance, kill);
        let mut traveller = chain.traveller();
        let form = sign_in_form(&mut traveller, &city).await.expect("she is asked to sign in");
        leads_on(&stop, &traveller.interrupted(&mut chain, CITY, form, &stop).await);
        // In the end she is in at the city, and known at the province.
        if let Some(form) = sign_in_form(&mut traveller, &city).await {
            traveller.send(CITY, form).await;
        }
        traveller.enter(&city).await;
        subjects.extend(traveller.known_at(&province).await);
    }
    assert_eq!(subjects.len(), 1, "one person became several, or was never passed up: {subjects:?}");
    chain.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_reaches_every_service_though_each_node_is_killed() {
    let mut chain = Chain::start().await;
    let mut chance = Chance(SEED + 2);
    let (person, parties) = (chain.verified(), [NATION, PROVINCE, CITY].map(|place| chain.party(place)));
    let mut ended: Vec<(usize, Tokens)> = Vec::new();
    for kill in 0..KILLS / 2 {
        // Half of them while it is asked for, half while everybody is told.
        let moments = if kill < KILLS / 4 { (0, 1_500) } else { (0, 40_000) };
        let after = Duration::from_micros(chance.between(moments));
        let stop = Stop { hop: 0, after, ..next(&mut chance, kill) };
        let mut traveller = chain.traveller();
        assert!(traveller.at(NATION).sign_in(&person.username, &person.password).await.unwrap());
        let mut tokens = Vec::new();
        for party in &parties {
            tokens.push(traveller.enter(party).await);
        }
        let asked_at = usize::try_from(kill / 3 % 3).unwrap();
        let path = parties[asked_at].sign_out_path(&tokens[asked_at]);
        let asked = traveller.at(asked_at).link(&path);
        if traveller.while_killed(&mut chain, (asked_at, asked), &stop).await.is_err() {
            traveller.open(asked_at, &path).await;
        }
        ended.extend(tokens.into_iter().enumerate());
    }
    for (place, tokens) in &ended {
        chain.sink(*place).must_be_told(&tokens.sid()).await;
        assert_eq!(parties[*place].is_active(&tokens.access).await, Ok(false), "at {place}");
    }
    chain.stop();
}
