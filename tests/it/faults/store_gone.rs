//! Threat 30: the database or Redis slow or gone. Where identity is decided the node fails closed, says when to come back,
//! tells nothing of the inside, and recovers by itself.

use axum::http::{Method, StatusCode, header};

use crate::support::{Answer, Browser, Client, Landed, Person, Request, TestNode, Tokens};

/// Everything that decides who somebody is.
async fn all_answers(node: &TestNode, client: &Client, tokens: &Tokens, code: &str) -> Vec<(&'static str, Answer)> {
    // What is believed for less than a second is forgotten.
    node.app.provider.tokens_changed();
    vec![
        ("code", node.redeem(client, &Request::of(client), code).await),
        ("refresh", node.refresh(client, tokens.refresh()).await),
        ("user info", node.userinfo(&tokens.access).await),
        ("introspection", node.form("/oauth2/introspect", client, &[("token", &tokens.access)]).await),
        ("revocation", node.revoke(client, tokens.refresh()).await),
    ]
}

fn must_be_unavailable(what: &str, answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", answer.text);
    assert!(answer.headers.contains_key(header::RETRY_AFTER), "{what}");
    for inside in ["sqlx", "pool", "127.0.0.1", "postgres", "redis", "Connection refused"] {
        assert!(!answer.text.contains(inside), "{what}: {}", answer.text);
    }
}

async fn stage(node: &TestNode) -> (Client, Person, Browser, Tokens, String) {
    let client = node.client("matters").await;
    let person = node.person("wangming").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(node, &client, &person).await;
    let code = browser.code_for(&Request::of(&client), &person).await;
    (client, person, browser, tokens, code)
}

#[tokio::test]
async fn without_a_database_nobody_is_let_in_and_everybody_is_told_to_come_back() {
    let mut node = TestNode::start().await;
    let (client, person, mut browser, tokens, code) = stage(&node).await;
    let page = node.browser().get("/sign-in").await.page();
    node.app.store.close().await;
    for (what, answer) in all_answers(&node, &client, &tokens, &code).await {
        must_be_unavailable(what, &answer);
    }
    let answer = node.call(Method::GET, "/readyz", &[], "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(node.call(Method::GET, "/healthz", &[], "").await.status, StatusCode::OK);
    let mut stranger = node.browser();
    let fresh = stranger.get("/sign-in").await.page();
    for (page, mut at) in [(&page, node.browser()), (&fresh, stranger)] {
        if let Landed::Here(answer) = at.log_in(page, &person).await {
            assert!(!answer.status.is_success(), "{}", answer.status);
        }
        assert!(at.session_cookie().is_none());
    }
    let unknown = Request::of(&client).with("client_id", "somebody");
    assert_eq!(browser.begin(&unknown).await.page().status, StatusCode::SERVICE_UNAVAILABLE);
    // It is back, and so is everything that was acknowledged.
    node.restart().await;
    let next = node.refresh(&client, tokens.refresh()).await.tokens();
    assert!(node.is_active(&client, &next.access).await);
    node.redeem(&client, &Request::of(&client), &code).await.tokens();
    node.close().await;
}

/// On PostgreSQL and Redis the ways to them are cut and mended; the process goes on.
#[tokio::test]
async fn a_node_whose_servers_come_back_recovers_by_itself() {
    let overrides = [("store.wait_ms", "300"), ("ephemeral.timeout_ms", "300")];
    let Some((node, postgres, redis)) = TestNode::behind_proxies(&overrides).await else { return };
    let (client, person, _, tokens, code) = stage(&node).await;
    postgres.cut();
    for (what, answer) in all_answers(&node, &client, &tokens, &code).await {
        must_be_unavailable(what, &answer);
    }
    postgres.mend();
    node.redeem(&client, &Request::of(&client), &code).await.tokens();
    redis.cut();
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let answer = browser.log_in(&page, &person).await.page();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "without limits nobody may try");
    assert!(browser.session_cookie().is_none());
    node.refresh(&client, tokens.refresh()).await.tokens();
    redis.mend();
    let patience = std::time::Duration::from_secs(10);
    let back = async {
        while let Landed::Here(page) = browser.log_in(&page, &person).await {
            if page.has("account") {
                return;
            }
        }
    };
    tokio::time::timeout(patience, back).await.expect("it recovers by itself");
    node.close().await;
}
