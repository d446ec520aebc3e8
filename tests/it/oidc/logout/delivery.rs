//! Delivery: tried until it is confirmed, by the policy of the protocol profile, on a clock that the test turns.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;

use crate::support::span::{hours, minutes, seconds};
use crate::support::{Notice, TestNode, Tokens};

/// A node whose session has ended: `matters` is to be told.
async fn logged_out() -> (TestNode, Tokens) {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &wang).await;
    browser.sign_out().await;
    (node, tokens)
}

fn tries(node: &TestNode) -> usize {
    node.sink.told("matters").len()
}

#[tokio::test]
async fn what_is_not_confirmed_is_tried_again_after_doubling_waits() {
    let (node, _) = logged_out().await;
    node.sink.answer("matters", 503, &[]);
    node.deliver().await;
    assert_eq!(tries(&node), 1);
    // 2, 4, 8 s, each between half and the whole.
    for (round, wait) in [(1, 2_u64), (2, 4), (3, 8)] {
        node.pass(Duration::from_millis(wait * 500 - 1));
        node.deliver().await;
        assert_eq!(tries(&node), round, "not before half of {wait} s");
        node.pass(Duration::from_millis(wait * 500 + 1));
        node.deliver().await;
        assert_eq!(tries(&node), round + 1, "after {wait} s");
    }
    node.sink.answer("matters", 200, &[]);
    node.pass(seconds(16));
    assert_eq!(node.deliver().await, 1);
    node.close().await;
}

#[tokio::test]
async fn every_try_carries_a_new_token() {
    let (node, tokens) = logged_out().await;
    for status in [500, 429, 408, 302] {
        node.sink.answer_next("matters", status, &[]);
    }
    for _ in 0..5 {
        node.deliver().await;
        node.pass(minutes(2));
    }
    let told = node.sink.told("matters");
    assert_eq!(told.len(), 5);
    assert_eq!(told.iter().map(|notice| notice.text("jti")).collect::<HashSet<_>>().len(), 5);
    for notice in &told {
        assert_eq!(notice.claims["iat"], notice.at, "each is fresh when it is sent");
        assert_eq!(notice.claims["exp"], notice.at + 120);
        assert_eq!(notice.text("sid"), tokens.claim("sid"));
    }
    node.close().await;
}

#[tokio::test]
async fn a_retry_after_is_kept() {
    for (status, header, wait) in [(503, "120", 120), (429, "30", 30), (503, "Tue, 24 Nov 2026 06:45:00 GMT", 299)] {
        let (node, _) = logged_out().await;
        node.sink.answer_next("matters", status, &[("retry-after", header)]);
        node.deliver().await;
        node.pass(seconds(wait - 2));
        node.deliver().await;
        assert_eq!(tries(&node), 1, "{status} {header}: not before");
        node.pass(seconds(4));
        node.deliver().await;
        assert_eq!(tries(&node), 2, "{status} {header}: then at once");
        node.close().await;
    }
}

#[tokio::test]
async fn a_400_is_three_tries_then_a_dead_letter_that_can_be_replayed() {
    let (node, tokens) = logged_out().await;
    node.sink.answer("matters", 400, &[]);
    for _ in 0..6 {
        node.deliver().await;
        node.pass(minutes(1));
    }
    assert_eq!(tries(&node), 3);
    assert_eq!(node.pending().await, 0);
    let dead = node.app.logouts.dead("", 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].last_error.as_deref(), Some("the client answered 400"));
    node.sink.answer("matters", 200, &[]);
    assert!(node.app.logouts.replay(&dead[0].id).await.unwrap());
    assert!(!node.app.logouts.replay(&dead[0].id).await.unwrap(), "once");
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told("matters")[3].text("sid"), tokens.claim("sid"));
    assert!(node.app.logouts.dead("", 10).await.unwrap().is_empty());
    node.close().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (node, _) = logged_out().await;
    let elsewhere = node.sink.url("elsewhere");
    for status in [301, 302, 303, 307, 308] {
        node.sink.answer_next("matters", status, &[("location", &elsewhere)]);
    }
    for _ in 0..6 {
        node.deliver().await;
        node.pass(minutes(2));
    }
    assert_eq!(node.sink.asked("elsewhere"), 0);
    assert_eq!(tries(&node), 6, "a redirect confirms nothing");
    node.close().await;
}

#[tokio::test]
async fn a_service_that_was_down_for_an_hour_is_told_though_its_tokens_have_long_expired() {
    let (mut node, tokens) = logged_out().await;
    node.sink.answer("matters", 502, &[]);
    for _ in 0..60 {
        node.deliver().await;
        node.pass(minutes(1));
    }
    assert!(tries(&node) > 8, "it was tried {} times", tries(&node));
    node.app.sweeper.sweep().await.unwrap();
    node.restart().await;
    node.sink.answer("matters", 200, &[]);
    let mut rounds = 0;
    while node.pending().await > 0 {
        node.pass(minutes(1));
        node.deliver().await;
        rounds += 1;
        assert!(rounds <= 11, "no wait is longer than ten minutes");
    }
    let last: Notice = node.sink.told("matters").pop().unwrap();
    assert_eq!(last.text("sid"), tokens.claim("sid"));
    assert_eq!(last.claims["iat"], last.at);
    assert_eq!(node.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    node.close().await;
}

#[tokio::test]
async fn after_three_days_a_job_is_given_up_visibly() {
    let (node, _) = logged_out().await;
    node.sink.answer("matters", 500, &[]);
    node.deliver().await;
    let mut waited = Duration::ZERO;
    while node.pending().await > 0 {
        node.pass(minutes(30));
        waited += minutes(30);
        node.deliver().await;
        assert!(waited <= hours(73), "it is never given up");
    }
    assert!(waited >= hours(72), "given up after {waited:?}");
    assert_eq!(node.app.logouts.dead("", 10).await.unwrap().len(), 1);
    // It stays for those who look after it, and goes in the end.
    node.pass(hours(24 * 89));
    node.app.sweeper.sweep().await.unwrap();
    assert_eq!(node.app.logouts.dead("", 10).await.unwrap().len(), 1);
    node.pass(hours(24 * 2));
    node.app.sweeper.sweep().await.unwrap();
    assert!(node.app.logouts.dead("", 10).await.unwrap().is_empty());
    node.close().await;
}

#[tokio::test]
async fn a_service_that_does_not_listen_is_tried_again_and_one_that_hangs_holds_up_nobody() {
    let node = TestNode::start().await;
    let gone = serde_json::json!({"backchannel_logout_uri": "http://127.0.0.1:9/logout"});
    let silent = node.client_with("silent", gone).await;
    let slow = node.client("slow").await;
    let quick_at =
        serde_json::json!({"backchannel_logout_uri": node.sink.url("quick").replace("127.0.0.1", "127.0.0.2")});
    let quick = node.client_with("quick", quick_at).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    for client in [&silent, &slow, &quick] {
        browser.sign_in_at(&node, client, &wang).await;
    }
    node.sink.hold("slow");
    browser.sign_out().await;
    let worker = node.app.worker.clone();
    let round = tokio::spawn(async move { worker.run_due().await.unwrap() });
    let patience = tokio::time::timeout(Duration::from_secs(4), async {
        while node.sink.told("quick").is_empty() || node.sink.asked("slow") == 0 {
            tokio::task::yield_now().await;
        }
    });
    patience.await.expect("the slow one holds up the quick one");
    assert!(!round.is_finished(), "the slow one has not answered yet");
    node.sink.release("slow");
    let round = round.await.unwrap();
    assert_eq!((round.taken, round.done), (3, 2));
    assert_eq!(node.pending().await, 1);
    node.close_with_pending(1).await;
}

#[tokio::test]
async fn a_client_without_an_address_any_more_is_not_said_to_be_told() {
    let (node, _) = logged_out().await;
    let client = node.app.provider.clients().find(&"matters".into()).await.unwrap().unwrap();
    let mut metadata = client.metadata.clone();
    metadata.backchannel_logout_uri = None;
    node.app.provider.put_client(&"matters".into(), metadata, None).await.unwrap();
    for _ in 0..3 {
        assert_eq!(node.deliver().await, 0, "nobody was told");
        node.pass(minutes(1));
    }
    let dead = node.app.logouts.dead("", 10).await.unwrap();
    assert_eq!(dead.len(), 1, "somebody can see it, and send it again once there is an address");
    assert!(dead[0].last_error.as_deref().unwrap().contains("no address"));
    node.close().await;
}

#[tokio::test]
async fn jobs_that_wait_for_a_destination_left_alone_are_given_up_in_time_too() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    for _ in 0..200 {
        let mut browser = node.browser();
        browser.sign_in_at(&node, &matters, &wang).await;
        browser.sign_out().await;
    }
    node.sink.answer("matters", 503, &[]);
    let mut waited = Duration::ZERO;
    while node.pending().await > 0 {
        // Few tries get through: after each failure the destination is left alone for ten seconds.
        node.deliver().await;
        let step = if waited < hours(72) { hours(1) } else { seconds(11) };
        node.pass(step);
        waited += step;
        assert!(waited < hours(72) + minutes(15), "{} are still waiting", node.pending().await);
    }
    assert_eq!(node.app.logouts.dead("", 500).await.unwrap().len(), 200);
    node.close().await;
}

#[tokio::test]
async fn many_jobs_for_one_destination_hold_up_nobody_and_all_arrive() {
    let node = TestNode::start().await;
    let (matters, wang) = (node.client("matters").await, node.person("wangming").await);
    let quick_at =
        serde_json::json!({"backchannel_logout_uri": node.sink.url("quick").replace("127.0.0.1", "127.0.0.2")});
    let quick = node.client_with("quick", quick_at).await;
    for number in 0..40 {
        let mut browser = node.browser();
        browser.sign_in_at(&node, &matters, &wang).await;
        if number == 39 {
            browser.sign_in_at(&node, &quick, &wang).await;
        }
        browser.sign_out().await;
    }
    let mut rounds = 0;
    while node.pending().await > 0 {
        node.app.worker.run_due().await.unwrap();
        node.pass(Duration::from_millis(300));
        rounds += 1;
        assert!(rounds < 40, "{} are left", node.pending().await);
        if rounds == 2 {
            assert_eq!(node.sink.told("quick").len(), 1, "it does not stand behind the forty of another");
        }
    }
    assert_eq!(tries(&node), 40, "each once");
    node.close().await;
}

/// Lets the node's clock come to what another process of it has just written: commands live in the machine's time.
fn catch_up(node: &TestNode) {
    let now = hufu::base::Clock::now(&hufu::base::SystemClock).seconds();
    let ahead = u64::try_from(now - node.now()).unwrap_or_default();
    node.pass(seconds(ahead + 1));
}

#[tokio::test]
async fn an_operator_sees_what_was_given_up_and_sends_it_again() {
    let (node, tokens) = logged_out().await;
    node.sink.answer("matters", 400, &[]);
    while node.pending().await > 0 {
        node.deliver().await;
        node.pass(minutes(1));
    }
    let dead = node.command(&["logout", "dead"]).await;
    let columns: Vec<&str> = dead.trim_end().split('\t').collect();
    let (notice, logout) = (columns[0], columns[1]);
    assert_eq!((columns[3], columns[5]), ("3", "the client answered 400"), "{dead}");
    let shown: serde_json::Value = serde_json::from_str(&node.command(&["logout", "show", logout]).await).unwrap();
    let told = &shown[0]["notices"][0];
    assert_eq!((&told["state"], &told["tries"]), (&"given_up".into(), &3.into()));
    assert_eq!(told["last_error"], "the client answered 400");
    node.sink.answer("matters", 200, &[]);
    let before = tries(&node);
    for (line, replayed) in [(["logout", "replay", notice], 1), (["logout", "replay", "--all"], 0)] {
        assert_eq!(node.command(&line).await, format!("to be tried again: {replayed}\n"));
    }
    catch_up(&node);
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told("matters")[before].text("sid"), tokens.claim("sid"));
    let shown: serde_json::Value = serde_json::from_str(&node.command(&["logout", "show", logout]).await).unwrap();
    assert_eq!(shown[0]["notices"][0]["state"], "told");
    assert_eq!(node.command(&["logout", "dead"]).await, "");
    node.close().await;
}

#[tokio::test]
async fn an_operator_ends_a_persons_sessions_and_every_service_is_told() {
    let node = TestNode::start().await;
    let (matters, wang) = (node.client("matters").await, node.person("wangming").await);
    catch_up(&node);
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    node.command(&["accounts", "sessions", "end", "wangming"]).await;
    catch_up(&node);
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told("matters")[0].text("sid"), tokens.claim("sid"));
    node.close().await;
}
