//! Threat 24: a whole run, and in its log, its addresses, its metrics and its tokens nothing about the person that does
//! not belong there.

use std::io;
use std::sync::Arc;

use hufu::accounts::AccountState;
use hufu::config::log::{LogConfig, LogFormat, LoggedRequests};
use hufu::demo::authority::Mode;
use parking_lot::Mutex;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::span::{minutes, seconds};
use crate::support::{Browser, Client, Person, Request, TestNode, Tokens};

/// A log kept in memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// What must not be found: a name for it, and the text.
type Private = (&'static str, String);

fn private_of(person: &Person) -> Vec<Private> {
    vec![
        ("name", person.name.clone()),
        ("number", person.number.clone()),
        ("birthday in the number", person.number[6..14].to_owned()),
        ("mobile", person.mobile.clone()),
        ("username", person.username.clone()),
        ("password", person.password.clone()),
    ]
}

fn private_of_tokens(tokens: &Tokens) -> Vec<Private> {
    vec![
        ("access token", tokens.access.clone()),
        ("refresh token", tokens.refresh().to_owned()),
        ("ID token", tokens.id_token.clone()),
    ]
}

/// Every level, the standard shape, every request; for as long as what it gives is held.
///
/// With one subscriber alone `tracing` asks the thread that comes to a line first whether anybody listens, and believes
/// it for all threads; other tests come to most lines first. A second one, which says nothing, makes it ask all.
fn log_everything(kept: &Kept) -> (tracing::subscriber::DefaultGuard, tracing::Dispatch) {
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    let config = LogConfig {
        level: "trace".parse().unwrap_or_else(|_| panic!("a level")),
        format: LogFormat::Json,
        requests: LoggedRequests::All,
        ..LogConfig::default()
    };
    (tracing::subscriber::set_default(hufu::telemetry::subscriber(&config, false, kept.clone())), second)
}

/// Registers, errs, proves the name, signs in at a service that asks for everything.
async fn arrive(node: &TestNode, browser: &mut Browser, client: &Client) -> (Person, Request, Tokens) {
    let citizen = node.next_citizen();
    let person = Person {
        id: "unknown".into(),
        username: "ouyang_secret".into(),
        password: "tiger-tally-2026".into(),
        name: citizen.name,
        number: citizen.document_number,
        mobile: citizen.mobile,
    };
    let request = Request::of(client).with("scope", "openid profile realname phone identity_number");
    let page = browser.begin(&request.clone().with("prompt", "create")).await.page();
    let fields = [
        ("username", person.username.as_str()),
        ("mobile", &person.mobile),
        ("password", &person.password),
        ("password_again", &person.password),
        ("terms", "accepted"),
    ];
    let again = browser.submit(&page, "register-form", &fields[..3]).await.page();
    let page = browser.submit(&again, "register-form", &fields).await.page();
    let other = node.next_citizen();
    let wrong = [("name", person.name.as_str()), ("document_number", &other.document_number)];
    browser.submit(page.must_have("realname-form"), "realname-form", &wrong).await.page().must_have("realname-form");
    let consent = browser.prove_name(&page, &person).await.page();
    let fields = [("decision", "accept"), ("sensitive", "identity_document")];
    let callback = browser.submit(&consent, "consent-form", &fields).await.callback();
    let tokens = node.redeem(client, &request, callback.code()).await.tokens();
    (person, request, tokens)
}

/// Everything that errs, and what happens in the background.
async fn stumble(node: &TestNode, browser: &mut Browser, (client, person): (&Client, &Person), tokens: &Tokens) {
    let hinted = Request::of(client).with("login_hint", &person.mobile).with("state", &person.number);
    browser
        .begin(&hinted.clone().with("redirect_uri", &format!("https://evil.example/{}", person.number)))
        .await
        .page();
    browser.begin(&hinted.with("prompt", "none").with("scope", &person.number)).await.callback();
    let mut stranger = node.browser();
    let page = stranger.get("/sign-in").await.page();
    for (name, password) in
        [(&person.mobile, "wrong"), (&person.username, "wrong"), (&person.username, &person.password)]
    {
        stranger.submit(&page, "login-form", &[("username", name), ("password", password)]).await;
    }
    node.authority_fails(Mode::Garbage).await;
    let page = browser.get("/real-name").await.page();
    browser.submit(&page, "realname-form", &[("name", &person.name), ("document_number", &person.number)]).await.page();
    node.refresh(client, tokens.refresh()).await.tokens();
    node.pass(seconds(60));
    node.refresh(client, tokens.refresh()).await.error();
    node.redeem(client, &Request::of(client), &person.number).await.error();
    node.userinfo(&person.number).await.error();
    node.sink.answer_next(&client.id, 500, &[]);
    browser.sign_out().await;
    node.deliver().await;
    node.pass(minutes(1));
    node.deliver().await;
    let account = node.app.accounts.find_by_name(&person.username).await.unwrap();
    node.app.signon.set_state(&account.id, AccountState::Locked).await.unwrap();
    node.app.signon.delete(&account.id).await.unwrap();
    node.app.sweeper.run_chores().await.unwrap();
    node.app.sweeper.sweep().await.unwrap();
}

#[tokio::test]
async fn a_whole_run_leaves_nothing_personal_and_no_secret_in_the_log() {
    let kept = Kept::default();
    let guard = log_everything(&kept);
    let node = TestNode::with(&[("log.requests", "all"), ("metrics.allow", "[203.0.113.0/24]")]).await;
    let seals = node.client_with("seals", serde_json::json!({"minimum_acr": "urn:hufu:acr:l2"})).await;
    let mut browser = node.browser();
    let (person, _, tokens) = arrive(&node, &mut browser, &seals).await;
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!(info["identity_document"]["number"], person.number, "the run did touch personal data");
    let cookies: Vec<Private> = browser.cookies.values().map(|value| ("cookie", value.clone())).collect();
    stumble(&node, &mut browser, (&seals, &person), &tokens).await;
    let metrics = browser.send(axum::http::Method::GET, "/metrics", None).await.body;
    drop(guard);
    let log = kept.text();
    assert!(
        log.lines().count() > 40 && log.contains("\"level\":\"WARN\"") && log.contains("a real name was confirmed"),
        "{log}"
    );
    assert!(metrics.contains("hufu_http"), "{metrics}");
    let client_secret = ("client secret", seals.secret.clone());
    let secrets =
        private_of(&person).into_iter().chain(private_of_tokens(&tokens)).chain(cookies).chain([client_secret]);
    for (what, text) in secrets {
        let line = log.lines().find(|line| line.contains(&text));
        assert_eq!(line, None, "the {what} is in the log");
        assert!(!metrics.contains(&text), "the {what} is in the metrics");
    }
    assert!(!log.contains("203.0.113.7") && !log.contains("Firefox"), "address and browser are personal too");
    node.close().await;
}

#[tokio::test]
async fn no_address_of_the_whole_run_holds_anything_personal() {
    let node = TestNode::start().await;
    let seals = node.client_with("seals", serde_json::json!({"minimum_acr": "urn:hufu:acr:l2"})).await;
    let mut browser = node.browser();
    let (person, _, tokens) = arrive(&node, &mut browser, &seals).await;
    browser.get("/account").await.page();
    browser.sign_out().await;
    node.deliver().await;
    let visited = browser.visited.join("\n");
    assert!(visited.contains("/consent?flow="), "{visited}");
    for (what, text) in private_of(&person).into_iter().chain(private_of_tokens(&tokens)) {
        let escaped: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        assert!(!visited.contains(&text) && !visited.contains(&escaped), "the {what} is in an address");
    }
    node.close().await;
}

#[tokio::test]
async fn a_token_carries_nothing_that_its_client_did_not_ask_for() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &matters, &wang).await;
    let access = hufu::proto::jose::peek_claims_unverified(&tokens.access).unwrap();
    let info = node.userinfo(&tokens.access).await.ok();
    let all = [
        serde_json::Value::Object(tokens.claims.clone()).to_string(),
        serde_json::Value::Object(access).to_string(),
        info.to_string(),
    ];
    for (what, text) in private_of(&wang) {
        assert!(!all.iter().any(|claims| claims.contains(&text)), "the {what} is in a token");
    }
    let names: Vec<&str> = tokens.claims.keys().map(String::as_str).collect();
    let served = ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"];
    assert_eq!(names, served);
    assert!(!all[0].contains(wang.id.as_str()), "a pairwise client does not see the account");
    node.close().await;
}
