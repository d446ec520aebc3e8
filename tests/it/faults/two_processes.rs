//! Two processes of one node on PostgreSQL and Redis behave as one. Without those servers there is nothing to test here, and
//! each test ends at once.

use std::time::{Duration, Instant};

use crate::support::{Browser, Client, Person, Request, TestNode};

/// How late a logout at one process may bite at the other.
const WITHIN: Duration = Duration::from_secs(1);

struct Pair {
    one: TestNode,
    other: TestNode,
    matters: Client,
    person: Person,
    browser: Browser,
}

impl Pair {
    async fn start() -> Option<Self> {
        let one = TestNode::start().await;
        let Some(other) = one.another_process().await else {
            one.close().await;
            return None;
        };
        let (matters, person) = (one.client("matters").await, one.person("wangming").await);
        let browser = one.browser();
        Some(Self { one, other, matters, person, browser })
    }

    async fn end(self) {
        self.one.deliver().await;
        self.other.close().await;
        self.one.close().await;
    }
}

#[tokio::test]
async fn a_code_issued_by_one_is_redeemed_at_the_other_and_only_once() {
    let Some(mut pair) = Pair::start().await else { return };
    let request = Request::of(&pair.matters);
    let code = pair.browser.code_for(&request, &pair.person).await;
    let tokens = pair.other.redeem(&pair.matters, &request, &code).await.tokens();
    assert!(pair.one.is_active(&pair.matters, &tokens.access).await, "its token holds at the first, too");
    assert_eq!(pair.one.redeem(&pair.matters, &request, &code).await.error(), "invalid_grant");
    pair.end().await;
}

#[tokio::test]
async fn fifty_redemptions_at_two_processes_buy_once() {
    let Some(mut pair) = Pair::start().await else { return };
    let request = Request::of(&pair.matters);
    let code = pair.browser.code_for(&request, &pair.person).await;
    let tries = (0..50).map(|number| {
        let node = if number % 2 == 0 { &pair.one } else { &pair.other };
        node.redeem(&pair.matters, &request, &code)
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    pair.end().await;
}

#[tokio::test]
async fn a_sign_in_at_one_is_known_at_the_other_and_a_logout_bites_there_within_a_second() {
    let Some(mut pair) = Pair::start().await else { return };
    let tokens = pair.browser.sign_in_at(&pair.one, &pair.matters, &pair.person).await;
    pair.browser.turn_to(&pair.other);
    pair.browser.get("/account").await.page().must_have("account");
    assert!(pair.other.is_active(&pair.matters, &tokens.access).await);
    pair.browser.turn_to(&pair.one);
    let cookie = pair.browser.session_cookie().unwrap().to_owned();
    pair.browser.sign_out().await;
    let left = Instant::now();
    let mut thief = pair.other.browser().with("cookie", &format!("__Host-hufu_session={cookie}"));
    while thief.get("/account").await.page().has("account") || pair.other.is_active(&pair.matters, &tokens.access).await
    {
        assert!(left.elapsed() < WITHIN, "the session still lives at the other process");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pair.end().await;
}
