//! Tries are limited and challenged, and an authority that is gone is said.

use axum::http::StatusCode;

use super::{identify, node, show, with_app};
use crate::support::TestNode;
use crate::support::span::seconds;

#[tokio::test]
async fn limits_are_those_of_the_document_and_the_address_whether_or_not_there_is_an_account() {
    let node = TestNode::with(&[
        ("messages.local", "true"),
        ("accounts.limits.document_recoveries", "3"),
        ("accounts.limits.document_ways", "2"),
        ("accounts.limits.address_recoveries", "8"),
        ("accounts.limits.challenge_recoveries_after", "100"),
    ])
    .await;
    let (wang, app) = with_app(&node, "wangming").await;
    let stranger = node.next_citizen();
    let mut browser = node.browser();
    for (name, number) in [(wang.name.as_str(), wang.number.as_str()), (&stranger.name, &stranger.document_number)] {
        let page = identify(&mut browser, name, number).await;
        for _ in 0..2 {
            assert_eq!(show(&mut browser, &page, "totp", "000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let limited = show(&mut browser, &page, "totp", &app.code(&node)).await;
        assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        for _ in 0..2 {
            identify(&mut browser, name, number).await.must_have("recover-ways");
        }
        assert_eq!(identify(&mut browser, name, number).await.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
    }
    assert!(node.app.recoveries.open_at(&wang.id).await.unwrap().is_none());
    let other = node.next_citizen();
    assert_eq!(identify(&mut browser, &other.name, &other.document_number).await.status, StatusCode::TOO_MANY_REQUESTS);
    // Attack: somebody uses up what may be asked about her document. She comes from another address.
    node.pass(seconds(30));
    let mut hers = node.browser();
    hers.address = std::net::SocketAddr::from(([198, 51, 100, 77], 40_000));
    let page = identify(&mut hers, &wang.name, &wang.number).await;
    show(&mut hers, &page, "totp", &app.code(&node)).await.must_have("recover-apply");
    node.close().await;
}

#[tokio::test]
async fn an_authority_that_is_gone_is_said_and_nothing_else() {
    let node = node().await;
    let (wang, _) = with_app(&node, "wangming").await;
    let stranger = node.next_citizen();
    node.authority_fails(hufu::demo::authority::Mode::Error500).await;
    for (name, number) in [(wang.name.as_str(), wang.number.as_str()), (&stranger.name, &stranger.document_number)] {
        let page = identify(&mut node.browser(), name, number).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.has("recover-form") && !page.has("recover-ways"));
    }
    node.close().await;
}

/// Programs do not ask about names here for ever.
#[tokio::test]
async fn names_are_challenged_after_a_few_from_one_address() {
    let node = TestNode::with(&[("accounts.limits.challenge_recoveries_after", "2")]).await;
    let mut browser = node.browser();
    for _ in 0..2 {
        let other = node.next_citizen();
        identify(&mut browser, &other.name, &other.document_number).await.must_have("recover-ways");
    }
    let other = node.next_citizen();
    let asked = node.authority_was_asked().await;
    let page = identify(&mut browser, &other.name, &other.document_number).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.must_have("challenge").must_have("answer-error").must_have("challenge-zoom");
    assert_eq!(node.authority_was_asked().await, asked);
    node.close().await;
}
