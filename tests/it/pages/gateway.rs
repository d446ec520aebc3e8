//! The message gateway over HTTP: what it is asked, how it is believed, and what happens when it is gone.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hufu::base::Secret;
use hufu::realname::sources::signature::read_request;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::span::minutes;
use crate::support::{Browser, Person, TestNode};

const SECRET: &str = "Z2F0ZXdheS1zZWNyZXQtb2YtdGhlLXRlc3RzLTAxMjM";

/// A gateway on a real socket.
#[derive(Clone)]
struct Gateway {
    port: u16,
    status: Arc<AtomicU16>,
    taken: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Gateway {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let gateway = Self { port, status: Arc::new(AtomicU16::new(202)), taken: Arc::default() };
        let router = Router::new().route("/sms/v1/messages", post(take)).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        gateway
    }

    async fn node(&self) -> TestNode {
        let options = format!(
            "{{url = \"http://127.0.0.1:{}/sms\", party_id = \"node\", secret = \"{SECRET}\", \
             templates = {{code_second_factor = \"SMS_0042\"}}}}",
            self.port
        );
        TestNode::with(&[("messages.gateway", &options)]).await
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// What it has taken of one template.
    fn of(&self, template: &str) -> Vec<(String, Value)> {
        self.taken.lock().iter().filter(|(_, message)| message["template"] == template).cloned().collect()
    }
}

/// Takes what is signed as agreed, if it is well.
async fn take(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let claimed = read_request(("POST", "/sms/v1/messages", &body), &headers).expect("signed as agreed");
    assert_eq!(claimed.parameters.key_id, "node");
    claimed.verify(&Secret::new(SECRET)).expect("with the shared secret");
    let status = StatusCode::from_u16(gateway.status.load(Ordering::SeqCst)).unwrap();
    if status.is_success() {
        let message = serde_json::from_slice(&body).unwrap();
        gateway.taken.lock().push((claimed.idempotency_key.to_owned(), message));
    }
    status
}

async fn verified(gateway: &Gateway, node: &TestNode) -> (Person, Browser) {
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/account/security/mobile").await.page();
    let page = browser.submit(&page, "mobile-form", &[("mobile", &wang.mobile)]).await.page();
    let sent = gateway.of("code_verify_mobile").pop().expect("a code").1;
    assert_eq!(sent["to"], format!("+86{}", wang.mobile));
    assert_eq!(sent["params"]["minutes"], "5");
    let code = sent["params"]["code"].as_str().unwrap().to_owned();
    assert!(sent["text"].as_str().unwrap().contains(&code));
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("security");
    (wang, browser)
}

#[tokio::test]
async fn codes_go_at_once_and_notices_until_they_are_taken() {
    let gateway = Gateway::start().await;
    let node = gateway.node().await;
    let (wang, _) = verified(&gateway, &node).await;
    assert_eq!(gateway.of("notice_mobile_changed").len(), 0, "a notice waits for the outbox");
    gateway.answers(503);
    assert_eq!(node.deliver().await, 0);
    assert_eq!(node.pending().await, 1, "it is kept");
    gateway.answers(202);
    node.pass(minutes(10));
    node.deliver().await;
    let told = gateway.of("notice_mobile_changed");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1["to"], format!("+86{}", wang.mobile));
    node.close().await;
}

#[tokio::test]
async fn a_second_factor_goes_by_the_gateways_own_template() {
    let gateway = Gateway::start().await;
    let node = gateway.node().await;
    let (_, mut browser) = verified(&gateway, &node).await;
    node.pass(minutes(2));
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    browser.submit(&page, "second-factor-form", &[("way", "sms")]).await.page().must_have("code-sent");
    assert_eq!(gateway.of("SMS_0042").len(), 1);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn when_the_gateway_is_gone_everybody_is_told_the_same_and_it_is_left_alone() {
    let gateway = Gateway::start().await;
    let node = gateway.node().await;
    let (wang, mut browser) = verified(&gateway, &node).await;
    node.deliver().await;
    gateway.answers(500);
    for _ in 0..10 {
        node.pass(minutes(2));
        let page = browser.get("/sign-in/second?why=step-up").await.page();
        if !page.has("second-factor-form") {
            break;
        }
        let page = browser.submit(&page, "second-factor-form", &[("way", "sms")]).await.page();
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(!node.app.factors.can_send_codes(), "the breaker is open");
    for mobile in [wang.mobile.as_str(), "13900000000"] {
        let mut stranger = node.browser();
        assert!(!stranger.get("/sign-in").await.page().html.contains("/sign-in/sms"), "not offered");
        let page = stranger.get("/sign-in/sms").await.page();
        let page = stranger.submit(&page, "sms-form", &[("mobile", mobile)]).await.page();
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    node.close().await;
}

#[tokio::test]
async fn a_notice_that_is_refused_is_given_up_and_its_row_shows_no_number() {
    let gateway = Gateway::start().await;
    let node = gateway.node().await;
    let (wang, _) = verified(&gateway, &node).await;
    gateway.answers(422);
    for _ in 0..3 {
        node.deliver().await;
        node.pass(minutes(10));
    }
    let dead = node.app.logouts.dead("", 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    let row = format!("{:?}", dead[0]);
    assert!(!row.contains(&wang.mobile) && row.contains("refused"), "{row}");
    node.close().await;
}
