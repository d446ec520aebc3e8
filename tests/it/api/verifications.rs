//! `/api/v1/realname/verifications`: an access party's own registration asks before there is an account (standard 6.4 a).

use axum::http::{Method, StatusCode, header};
use hufu::base::encoding::{base64url, sha256};
use hufu::demo::authority::Mode;
use hufu::demo::people::Person;
use serde_json::{Value, json};

use crate::support::span::{hours, minutes};
use crate::support::{Answer, Client, TestNode};

const PATH: &str = "/api/v1/realname/verifications";

struct Party<'a> {
    node: &'a TestNode,
    client: Client,
}

impl<'a> Party<'a> {
    async fn new(node: &'a TestNode, name: &str) -> Self {
        let members = json!({"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": ["https://p.example/"],
            "scope": "realname.verify cases.read"});
        Self { node, client: node.client_with(name, members).await }
    }

    async fn token(&self, scope: &str) -> String {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        self.node.token(&self.client, &fields).await.ok()["access_token"].as_str().unwrap().to_owned()
    }

    async fn ask(&self, question: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token("realname.verify").await);
        let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::CONTENT_TYPE, "application/json")];
        self.node.call(Method::POST, PATH, &headers, &question.to_string()).await
    }

    async fn read(&self, id: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token("realname.verify").await);
        self.node.call(Method::GET, &format!("{PATH}/{id}"), &[(header::AUTHORIZATION, &bearer)], "").await
    }
}

fn question(node: &TestNode, reference: &str, person: &Person) -> Value {
    json!({
        "reference": reference,
        "name": person.name,
        "document": {"type": "resident_identity_card", "number": person.document_number},
        "purpose": "注册市平台账号",
        "consent": {"given_at": node.now(), "text_hash": base64url(&sha256("同意核验".as_bytes()))},
    })
}

fn with(question: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = question.clone();
    *changed.pointer_mut(pointer).unwrap() = value;
    changed
}

#[tokio::test]
async fn the_items_belong_together_or_not_and_nothing_else_is_told() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let whole = question(&node, "r-1", &person);
    let answer = party.ask(&whole).await.ok();
    assert_eq!(
        (&answer["outcome"], &answer["level"], &answer["method"]),
        (&json!("match"), &json!("l2"), &json!("two_items"))
    );
    assert_eq!(answer["reference"], "r-1");
    assert!(answer["valid_until"].as_i64().unwrap() > answer["checked_at"].as_i64().unwrap());
    for told in [&person.name, &person.document_number, &person.mobile] {
        assert!(!answer.to_string().contains(told.as_str()), "{answer}");
    }
    let three = with(&whole, "/reference", json!("r-2"));
    let mut three_items = three.clone();
    three_items["mobile"] = json!(person.mobile);
    assert_eq!(party.ask(&three_items).await.ok()["level"], "l3");
    let wrong = with(&with(&whole, "/reference", json!("r-3")), "/name", json!("王小明"));
    let answer = party.ask(&wrong).await.ok();
    assert_eq!(answer["outcome"], "mismatch");
    assert!(answer.get("level").is_none());
    let unknown = with(&with(&whole, "/reference", json!("r-4")), "/document/number", json!("110101199003071233"));
    assert_eq!(party.ask(&unknown).await.ok()["outcome"], "not_found");
    node.close().await;
}

#[tokio::test]
async fn one_reference_is_one_question_about_one_person() {
    let node = TestNode::start().await;
    let (party, other) = (Party::new(&node, "city").await, Party::new(&node, "county").await);
    let (person, stranger) = (node.next_citizen(), node.next_citizen());
    let first = party.ask(&question(&node, "r-1", &person)).await.ok();
    // Asked again, also while nobody answers: the same answer.
    node.authority_fails(Mode::Error500).await;
    assert_eq!(party.ask(&question(&node, "r-1", &person)).await.ok(), first);
    let reused = party.ask(&question(&node, "r-1", &stranger)).await;
    assert_eq!((reused.status, &reused.json()["code"]), (StatusCode::CONFLICT, &json!("reference_reused")));
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(1));
    assert_ne!(other.ask(&question(&node, "r-1", &person)).await.ok()["id"], first["id"], "each party has its own");
    let id = first["id"].as_str().unwrap();
    assert_eq!(party.read(id).await.ok(), first);
    assert_eq!(other.read(id).await.status, StatusCode::NOT_FOUND, "an answer is for the party that asked");
    node.close().await;
}

#[tokio::test]
async fn without_token_scope_purpose_or_consent_nobody_is_asked() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let good = question(&node, "r-1", &person);
    assert_eq!(node.call(Method::POST, PATH, &[], &good.to_string()).await.status, StatusCode::UNAUTHORIZED);
    for (token, status) in [("made-up".to_owned(), 401), (party.token("cases.read").await, 403)] {
        let bearer = format!("Bearer {token}");
        let answer = node.call(Method::POST, PATH, &[(header::AUTHORIZATION, &bearer)], &good.to_string()).await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    // A person's token is no party's.
    let service = node.client_with("matters", json!({"scope": "openid realname.verify"})).await;
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &service, &wang).await;
    let bearer = format!("Bearer {}", tokens.access);
    let answer = node.call(Method::POST, PATH, &[(header::AUTHORIZATION, &bearer)], &good.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let wrong = [
        ("/reference", json!(""), "bad_reference"),
        ("/reference", json!("x".repeat(65)), "bad_reference"),
        ("/purpose", json!("  "), "bad_purpose"),
        ("/consent/given_at", json!(node.now() - 3_601), "bad_consent"),
        ("/consent/given_at", json!(node.now() + 120), "bad_consent"),
        ("/consent/text_hash", json!("yes"), "bad_consent"),
        ("/document/type", json!("library_card"), "bad_document_type"),
        ("/document/number", json!("11010519491231002A"), "bad_document_number"),
        ("/name", json!("<script>"), "bad_name"),
    ];
    for (pointer, value, code) in wrong {
        let answer = party.ask(&with(&good, pointer, value.clone())).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (422, &json!(code)), "{pointer} {value}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    let mut more = good.clone();
    more["bank_card"] = json!("6222021234567890128");
    assert_eq!(party.ask(&more).await.json()["code"], "bad_items");
    more["give_me"] = json!("the address");
    assert_eq!(party.ask(&more).await.json()["code"], "bad_json");
    assert_eq!(party.ask(&good).await.ok()["outcome"], "match", "and the good one is good");
    node.close().await;
}

#[tokio::test]
async fn a_party_asks_no_more_than_it_may() {
    let node = TestNode::with(&[("verification.party_per_day", "5"), ("verification.document_per_day", "3")]).await;
    let (party, other) = (Party::new(&node, "city").await, Party::new(&node, "county").await);
    let (person, stranger) = (node.next_citizen(), node.next_citizen());
    for number in 0..3 {
        party.ask(&question(&node, &format!("r-{number}"), &person)).await.ok();
    }
    let about_one = party.ask(&question(&node, "r-3", &person)).await;
    assert_eq!((about_one.status.as_u16(), &about_one.json()["code"]), (429, &json!("quota_spent")));
    assert!(about_one.headers.contains_key(header::RETRY_AFTER));
    for number in 4..6 {
        party.ask(&question(&node, &format!("r-{number}"), &stranger)).await.ok();
    }
    assert_eq!(party.ask(&question(&node, "r-6", &stranger)).await.status, StatusCode::TOO_MANY_REQUESTS);
    other.ask(&question(&node, "r-1", &person)).await.ok();
    node.pass(hours(24));
    party.ask(&question(&node, "r-7", &person)).await.ok();
    node.close().await;
}

#[tokio::test]
async fn an_authority_that_is_away_is_no_answer_and_costs_no_reference() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    node.authority_fails(Mode::Error500).await;
    let answer = party.ask(&question(&node, "r-1", &person)).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (503, &json!("authority_unavailable")));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(1));
    assert_eq!(party.ask(&question(&node, "r-1", &person)).await.ok()["outcome"], "match");
    node.close().await;
}

#[tokio::test]
async fn two_at_once_under_one_reference_get_one_answer() {
    let node = std::sync::Arc::new(TestNode::start().await);
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let (one, two) = (question(&node, "r-1", &person), question(&node, "r-1", &person));
    let (one, two) = tokio::join!(party.ask(&one), party.ask(&two));
    assert_eq!(one.ok(), two.ok());
    drop(party);
    std::sync::Arc::into_inner(node).unwrap().close().await;
}
