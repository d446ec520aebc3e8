//! `docs/TOKENS.md` is produced here: every block after a mark `<!-- example: NAME -->` is what a node of this version really
//! answers. `HUFU_WRITE_DOCS=1 cargo test --test it tokens_doc` writes the blocks anew; without it a difference fails.
//!
//! The clock and the people are the tests' own. What is random (ids, keys, secrets) is shown by stand-ins of the same shape,
//! the same one wherever the same value stands.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::http::{Method, header};
use hufu::base::encoding::{base64url, hex, sha256};
use hufu::base::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::chain::acting;
use crate::support::{Browser, Client, Landed, NOW, Person, Request, TestNode, Tokens, span};

/// Where the service of the examples is told of logouts; the tests' sink stands in for it.
const TOLD_AT: &str = "https://library.example/backchannel-logout";

/// Members whose values are random, wherever they stand at the top of an answer or a token.
const RANDOM: [&str; 9] =
    ["kid", "client_id", "client_secret", "registration_access_token", "sub", "sid", "at_hash", "jti", "request_uri"];

/// In which order members are shown; others follow by name. The order in which they are sent means nothing.
#[rustfmt::skip]
const ORDER: [&str; 43] = [
    "typ", "alg", "kid", "active", "access_token", "token_type", "request_uri", "expires_in", "id_token", "refresh_token",
    "iss", "sub", "aud", "client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at",
    "registration_access_token", "registration_client_uri", "client_name", "client_name#zh-CN", "redirect_uris",
    "iat", "exp", "jti", "scope", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "events",
    "preferred_username", "nickname", "locale", "updated_at", "name", "masked_name", "realname_level", "realname_time",
    "user_type", "phone_number",
];

/// How much of a long text is shown.
const SHOWN: usize = 24;

/// The examples, by name.
#[derive(Default)]
struct Examples {
    texts: BTreeMap<&'static str, String>,
    stand_ins: Vec<(String, String)>,
    counts: BTreeMap<String, usize>,
}

impl Examples {
    fn text(&mut self, name: &'static str, text: impl Into<String>) {
        assert!(self.texts.insert(name, text.into()).is_none(), "{name} comes twice");
    }

    /// An answer or a part of a token, as it was sent.
    fn json(&mut self, name: &'static str, sent: &str) {
        let value: Value = serde_json::from_str(sent).unwrap();
        for member in RANDOM {
            if let Some(text) = value[member].as_str() {
                text.split(['.', ':']).for_each(|part| self.stand_in(member, part));
            }
        }
        self.text(name, indented(&value, 0));
    }

    /// Header and claims of a signed token.
    fn token(&mut self, header: &'static str, claims: &'static str, token: &str) {
        let parts: Vec<String> = token.split('.').take(2).map(decoded).collect();
        self.json(claims, &parts[1]);
        self.json(header, &parts[0]);
        let short = self.texts[header].replace("{\n  ", "{").replace(",\n  ", ", ").replace("\n}", "}");
        self.texts.insert(header, short);
    }

    /// Only the claims of a signed token.
    fn claims(&mut self, name: &'static str, token: &str) {
        self.json(name, &decoded(token.split('.').nth(1).unwrap()));
    }

    /// Lets another text stand for a random one. Words that are not random are too short.
    fn stand_in(&mut self, what: &str, value: &str) {
        if value.len() < 22 || self.stand_ins.iter().any(|(known, _)| known == value) {
            return;
        }
        let count = self.counts.entry(what.to_owned()).or_default();
        *count += 1;
        let stand_in = look_alike(value, &format!("{what} {count}"));
        self.stand_ins.push((value.to_owned(), stand_in));
    }

    fn finished(mut self) -> BTreeMap<&'static str, String> {
        for text in self.texts.values_mut() {
            for (value, stand_in) in &self.stand_ins {
                *text = text.replace(value, stand_in);
            }
        }
        self.texts
    }
}

/// A text of the same length and alphabet that is always the same for the same seed.
fn look_alike(value: &str, seed: &str) -> String {
    let hash = |number: usize| sha256(format!("{seed} {number}").as_bytes());
    if value.len() == 36 && value.bytes().filter(|byte| *byte == b'-').count() == 4 {
        let digits = hex(&hash(0));
        return format!("{}-7{}-8{}-{}", "01ab2c3d-4e5f", &digits[..3], &digits[3..6], &digits[6..18]);
    }
    let text: String = (0..=value.len() / 43).map(|number| base64url(&hash(number))).collect();
    text[..value.len()].to_owned()
}

fn decoded(part: &str) -> String {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// JSON with every member on a line of its own, in the order of [`ORDER`]; lists stay on their line.
fn indented(value: &Value, depth: usize) -> String {
    let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Object(members) if !members.is_empty() => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members
                .sort_by_key(|(name, _)| (ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()), *name));
            let shown = members.iter().map(|(name, value)| {
                format!("{}{}: {}", line(depth + 1), Value::from(name.as_str()), indented(value, depth + 1))
            });
            format!("{{{}{}}}", shown.collect::<Vec<_>>().join(","), line(depth))
        }
        Value::Array(items) => {
            let shown: Vec<String> = items.iter().map(|item| indented(item, depth)).collect();
            format!("[{}]", shown.join(", "))
        }
        other => other.to_string(),
    }
}

/// A long text as it is shown.
fn cut(text: &str) -> String {
    format!("{}…", &text[..SHOWN])
}

/// A node, the service of the examples, and what they say to each other.
struct Stage {
    node: TestNode,
    library: Client,
    examples: Examples,
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::with(&[("registration.scopes", "books.read")]).await;
        let mut examples = Examples::default();
        let library = register(&node, &mut examples).await;
        Self { node, library, examples }
    }

    fn asks(&self, scope: &str) -> Request {
        Request::of(&self.library)
            .with("scope", scope)
            .with("state", "mkKLIsW-6ZkGTsfC")
            .with("nonce", "SeG3t0ZTAxpnlqCO")
    }

    /// Goes through the pages, agrees to everything and ticks `sensitive`; the tokens.
    async fn sign_in(&self, browser: &mut Browser, request: &Request, person: &Person, sensitive: &[&str]) -> Tokens {
        let mut landed = browser.begin(request).await;
        loop {
            let page = match landed {
                Landed::There(callback) => {
                    return self.node.redeem(&self.library, request, callback.code()).await.tokens();
                }
                Landed::Here(page) => page,
            };
            landed = if page.has("login-form") {
                browser.log_in(&page, person).await
            } else if page.has("realname-form") {
                browser.prove_name(&page, person).await
            } else {
                let ticked = sensitive.iter().map(|item| ("sensitive", *item));
                let fields: Vec<(&str, &str)> = std::iter::once(("decision", "accept")).chain(ticked).collect();
                browser.submit(page.must_have("consent-form"), "consent-form", &fields).await
            };
        }
    }

    async fn userinfo(&mut self, name: &'static str, tokens: &Tokens) {
        let answer = self.node.userinfo(&tokens.access).await;
        answer.ok();
        self.examples.json(name, &answer.text);
    }

    async fn introspect(&mut self, name: &'static str, token: &str) {
        let answer = self.node.form("/oauth2/introspect", &self.library, &[("token", token)]).await;
        answer.ok();
        self.examples.json(name, &answer.text);
    }
}

async fn register(node: &TestNode, examples: &mut Examples) -> Client {
    let until = Timestamp(NOW.0 + 3_600_000);
    node.app.provider.put_initial_token(&Secret::new("an-initial-access-token"), "tests", until).await.unwrap();
    let metadata = json!({
        "client_name": "City library",
        "client_name#zh-CN": "市图书馆",
        "redirect_uris": ["https://library.example/callback"],
        "post_logout_redirect_uris": ["https://library.example/"],
        "backchannel_logout_uri": node.sink.url("library"),
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise",
        "scope": "openid profile realname phone identity_number offline_access books.read",
    });
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::AUTHORIZATION, "Bearer an-initial-access-token")];
    let answer = node.call(Method::POST, "/oauth2/register", &headers, &metadata.to_string()).await;
    examples.stand_ins.push((node.sink.url("library"), TOLD_AT.to_owned()));
    examples.json("registration", &answer.text);
    let made = answer.ok();
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    Client {
        id: text("client_id"),
        secret: text("client_secret"),
        redirect_uri: "https://library.example/callback".to_owned(),
        post_logout_redirect_uri: "https://library.example/".to_owned(),
        method: text("token_endpoint_auth_method"),
        key: None,
    }
}

/// The request and its answer in a browser that is signed in and has agreed, and what the service gets for it.
async fn request_and_tokens(stage: &mut Stage, browser: &mut Browser, person: &Person) -> Tokens {
    let request = stage.asks("openid profile realname");
    stage.sign_in(browser, &request, person, &[]).await;
    let answer = browser.send(Method::GET, &request.path(), None).await;
    let callback = answer.location();
    let (_, code) = callback.split_once("code=").unwrap();
    let code = code.split('&').next().unwrap();
    stage.examples.stand_in("code", code);
    let shown = format!("{} → {callback}", answer.status.as_u16()).replace(code, &cut(&look_alike(code, "code 1")));
    let asked = format!("GET {{issuer}}{}", request.path().replace('&', "\n  &"));
    stage.examples.text("request", format!("{asked}\n\n{shown}"));
    let redeemed = stage.node.redeem(&stage.library, &request, code).await;
    let tokens = redeemed.tokens();
    let (grant, _) = tokens.refresh().split_once('.').unwrap();
    stage.examples.stand_in("grant", grant);
    let shown =
        redeemed.text.replace(&tokens.access, &cut(&tokens.access)).replace(&tokens.id_token, &cut(&tokens.id_token));
    stage.examples.json("token-answer", &shown.replace(tokens.refresh(), &format!("{grant}.…")));
    tokens
}

async fn a_proven_citizen(stage: &mut Stage) -> Tokens {
    let person = stage.node.verified_person("qinlei").await;
    let mut browser = stage.node.browser();
    let tokens = request_and_tokens(stage, &mut browser, &person).await;
    stage.examples.token("id-token-header", "id-token", &tokens.id_token);
    stage.examples.token("access-token-header", "access-token", &tokens.access);
    stage.userinfo("userinfo", &tokens).await;
    let all = stage.asks("openid profile realname phone identity_number");
    let more = stage.sign_in(&mut browser, &all, &person, &["identity_document"]).await;
    stage.userinfo("userinfo-more", &more).await;
    let claims = r#"{"id_token":{"name":null,"acr":{"essential":true,"values":["urn:hufu:acr:l2"]}},"userinfo":{"realname_level":null}}"#;
    let one_by_one = stage.asks("openid").with("claims", claims);
    let few = stage.sign_in(&mut browser, &one_by_one, &person, &[]).await;
    assert_eq!(few.claim("name"), person.name);
    stage.userinfo("userinfo-claims", &few).await;
    stage.node.pass(span::minutes(4));
    let fresh = stage.node.refresh(&stage.library, tokens.refresh()).await.tokens();
    stage.examples.claims("id-token-refreshed", &fresh.id_token);
    stage.introspect("introspection", &fresh.access).await;
    stage.introspect("introspection-refresh", fresh.refresh()).await;
    browser.sign_out().await;
    stage.introspect("introspection-inactive", &fresh.access).await;
    tokens
}

async fn the_logout(stage: &mut Stage, tokens: &Tokens) {
    stage.node.deliver().await;
    let told = stage.node.sink.told("library");
    let notice = told.iter().find(|notice| notice.text("sid") == tokens.claim("sid")).unwrap();
    stage.examples.token("logout-token-header", "logout-token", &notice.token);
}

async fn a_citizen_on_the_way(stage: &mut Stage) {
    let person = stage.node.person("cuiwenjun").await;
    let mut browser = stage.node.browser();
    let request = stage.asks("openid profile realname");
    let before = stage.sign_in(&mut browser, &request, &person, &[]).await;
    stage.examples.claims("id-token-unproven", &before.id_token);
    stage.userinfo("userinfo-unproven", &before).await;
    stage.node.pass(span::minutes(1));
    let wish = request.with("acr_values", "urn:hufu:acr:l2").with("nonce", "yj_fz8K2pl0hglYW");
    let after = stage.sign_in(&mut browser, &wish, &person, &[]).await;
    assert_eq!(after.claim("sid"), before.claim("sid"));
    stage.examples.claims("id-token-stepped-up", &after.id_token);
    stage.userinfo("userinfo-stepped-up", &after).await;
}

async fn without_a_person(stage: &mut Stage) {
    let fields = [("grant_type", "client_credentials"), ("scope", "books.read")];
    let token = stage.node.token(&stage.library, &fields).await.ok();
    stage.examples.claims("client-credentials", token["access_token"].as_str().unwrap());
    let request = stage.asks("openid");
    let fields: Vec<(&str, &str)> = request.params().iter().map(|(name, value)| (&**name, &**value)).collect();
    let pushed = stage.node.form("/oauth2/par", &stage.library, &fields).await;
    stage.examples.json("pushed", &pushed.text);
    let silent = stage.node.browser().begin(&request.with("prompt", "none")).await.callback();
    assert_eq!(silent.error(), "login_required");
    stage.examples.text("silent-refusal", silent.whole.replace('?', "\n  ?").replace('&', "\n  &"));
}

/// A citizen and an agent whom the nation knows, at a service of a city two levels below it, and what the node between is told.
async fn through_two_levels(examples: &mut Examples) {
    let mut two = Box::pin(acting::Stage::set()).await;
    for (at, name) in [(&two.chain.city, "city"), (&two.chain.province, "province"), (&two.chain.nation, "nation")] {
        examples.stand_ins.push((at.issuer.clone(), format!("https://id.{name}.example")));
    }
    let request = acting::Place::City.request(&two);
    let landed = two.traveller.begin(&two.chain.city, &request).await;
    let citizen = two.redeem(acting::Place::City, landed, &request).await;
    examples.claims("id-token-two-levels", &citizen.id_token);
    let agent = two.enter(acting::Place::City, &two.tally.clone()).await;
    examples.stand_in("sub", agent.claims["act"]["sub"].as_str().unwrap());
    examples.claims("id-token-agent-two-levels", &agent.id_token);
    let told = two.chain.city.node.userinfo(&agent.access).await;
    let username = told.ok()["act"]["preferred_username"].as_str().unwrap().to_owned();
    examples.stand_ins.push((username, "user_k7m2q9x4ab".to_owned()));
    examples.json("userinfo-agent-two-levels", &told.text);
    two.deliver().await;
    two.chain.close().await;
}

/// The document with these blocks after their marks; every mark has its example, and every example its mark.
fn with_examples(document: &str, mut examples: BTreeMap<&'static str, String>) -> String {
    let mut parts = document.split("<!-- example: ");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").expect("a mark ends its line");
        let (fence, rest) = rest.split_once('\n').unwrap();
        let (_, rest) = rest.split_once("\n```\n").expect("a block after the mark");
        let example = examples.remove(name).unwrap_or_else(|| panic!("no example {name}, or its mark comes twice"));
        whole += &format!("<!-- example: {name} -->\n{fence}\n{example}\n```\n{rest}");
    }
    assert!(examples.is_empty(), "examples without a mark in the document: {:?}", examples.keys());
    whole
}

#[tokio::test]
async fn the_document_shows_what_the_node_answers() {
    let mut stage = Stage::set().await;
    let tokens = a_proven_citizen(&mut stage).await;
    the_logout(&mut stage, &tokens).await;
    a_citizen_on_the_way(&mut stage).await;
    without_a_person(&mut stage).await;
    through_two_levels(&mut stage.examples).await;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/TOKENS.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let produced = with_examples(&document, stage.examples.finished());
    stage.node.close().await;
    if std::env::var_os("HUFU_WRITE_DOCS").is_some() {
        std::fs::write(&path, produced).unwrap();
        return;
    }
    let differs = document.lines().zip(produced.lines()).enumerate().find(|(_, (there, here))| there != here);
    let (number, (there, here)) = differs.map_or_else(|| (0, ("", "")), |(at, lines)| (at + 1, lines));
    assert!(
        document == produced,
        "docs/TOKENS.md differs at line {number}: it says {there:?}, the node {here:?}; look, and if the change is meant: \
         HUFU_WRITE_DOCS=1 cargo test --test it tokens_doc"
    );
}
