//! What the node above answers to a question about a person and is no answer to it: nothing is believed, nobody is raised.
//! The node above is one that the test plays.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hufu::base::ManualClock;
use hufu::realname::{
    Agreement, AuthorityError, DocumentNumber, DocumentType, Further, Outcome, PersonName, Verdict,
    VerificationRequest, today_in_china,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{NOW, TestNode};

/// What the node above says next, and what it was asked.
struct Script {
    status: StatusCode,
    headers: Vec<(header::HeaderName, &'static str)>,
    /// Members that replace those of a good answer; null takes one away.
    instead: Value,
    token_status: StatusCode,
    questions: Vec<Value>,
    tokens: usize,
    refuses_first: bool,
}

#[derive(Clone)]
struct Upper {
    issuer: String,
    script: Arc<Mutex<Script>>,
}

impl Upper {
    async fn start() -> (Self, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.22", 0)).await.unwrap();
        let script = Script {
            status: StatusCode::OK,
            headers: Vec::new(),
            instead: json!({}),
            token_status: StatusCode::OK,
            questions: Vec::new(),
            tokens: 0,
            refuses_first: false,
        };
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let upper = Self { issuer, script: Arc::new(Mutex::new(script)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/token", post(token))
            .route("/names", post(names))
            .with_state(upper.clone());
        (upper, tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }))
    }

    fn says(&self, status: StatusCode, headers: &[(header::HeaderName, &'static str)], instead: Value) {
        let mut script = self.script.lock();
        (script.status, script.headers, script.instead) = (status, headers.to_vec(), instead);
    }
}

async fn metadata(State(upper): State<Upper>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", upper.issuer);
    Json(json!({
        "issuer": upper.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "hufu_realname_verification_endpoint": at("/names"),
    }))
}

async fn token(State(upper): State<Upper>, form: String) -> Response {
    let mut script = upper.script.lock();
    script.tokens += 1;
    assert!(form.contains("scope=realname.verify") && form.contains("client_assertion="), "{form}");
    let token = format!("token-{}", script.tokens);
    (script.token_status, Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": 300})))
        .into_response()
}

async fn names(State(upper): State<Upper>, headers: HeaderMap, Json(question): Json<Value>) -> Response {
    let mut script = upper.script.lock();
    if script.refuses_first && headers[header::AUTHORIZATION] == "Bearer token-1" {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut answer = json!({
        "id": "018f0000-0000-7000-8000-000000000001",
        "reference": question["reference"],
        "outcome": "match",
        "method": "two_items",
        "level": "l2",
        "source": "population",
        "checked_at": NOW.seconds(),
        "valid_until": NOW.seconds() + 3600,
    });
    for (name, value) in script.instead.as_object().unwrap() {
        answer[name] = value.clone();
    }
    script.questions.push(question);
    let mut response = (script.status, Json(answer)).into_response();
    for (name, value) in &script.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// A city below it.
async fn city(upper: &Upper) -> TestNode {
    let source = "{name = \"above\", via = \"node_above\"}";
    let settings = [("node.level", "city"), ("upstream.issuer", upper.issuer.as_str()), ("realname.source", source)];
    TestNode::beside_others(&ManualClock::at(NOW), &settings).await
}

fn question(held: bool, agreed: bool) -> VerificationRequest {
    let card = |kind, number: &str| DocumentNumber::parse(kind, number, today_in_china(NOW)).unwrap();
    let agreement = || Agreement { at: NOW, words: "d29yZHM".into(), purpose: "实名核验".into() };
    VerificationRequest {
        name: PersonName::parse("王小明").unwrap(),
        document: card(DocumentType::ResidentIdentityCard, "11010519491231002X"),
        further: Further::Nothing,
        held: held.then(|| card(DocumentType::ForeignPassport, "USA:X00990004")),
        agreed: agreed.then(agreement),
    }
}

async fn ask(city: &TestNode, held: bool) -> Result<Verdict, AuthorityError> {
    use hufu::realname::Authority as _;
    city.app.sources.verify(question(held, true)).await
}

fn is_unavailable(result: &Result<Verdict, AuthorityError>) -> bool {
    matches!(result, Err(AuthorityError::Unavailable { .. }))
}

#[tokio::test]
async fn what_is_no_answer_to_the_question_is_none() {
    let (upper, task) = Upper::start().await;
    let city = city(&upper).await;
    let good = ask(&city, false).await.unwrap();
    assert_eq!((good.outcome, good.source.as_str(), good.same_person), (Outcome::Match, "above", false));
    for instead in [
        json!({"reference": "another"}),
        json!({"method": "three_items"}),
        json!({"outcome": "perhaps"}),
        json!({"checked_at": "yesterday"}),
        json!({"birth": "2199-01-01"}),
        json!({"birth": "2015-03-08", "outcome": "mismatch"}),
        json!({"birth": 20150308}),
        json!({"id": null}),
    ] {
        upper.says(StatusCode::OK, &[], instead.clone());
        assert!(is_unavailable(&ask(&city, false).await), "{instead}");
    }
    upper.says(StatusCode::OK, &[], json!({"same_person": true, "checked_at": NOW.seconds() + 9_000}));
    let told = ask(&city, false).await.unwrap();
    assert!(!told.same_person, "what was not asked is not told");
    assert_eq!(told.checked_at, NOW, "a proof is never younger than now");
    assert!(ask(&city, true).await.unwrap().same_person);
    upper.says(StatusCode::OK, &[], json!({"same_person": true, "outcome": "mismatch"}));
    assert!(!ask(&city, true).await.unwrap().same_person);
    city.close().await;
    task.abort();
}

/// What the refusal must be.
type Expected = fn(&AuthorityError) -> bool;

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let (upper, task) = Upper::start().await;
    let city = city(&upper).await;
    let wait = [(header::RETRY_AFTER, "120"), (header::CONTENT_TYPE, "application/problem+json")];
    let cases: [(u16, &str, Expected); 8] = [
        (
            429,
            "quota_spent",
            |error| matches!(error, AuthorityError::QuotaSpent { retry_after } if retry_after.as_secs() == 120),
        ),
        (503, "authority_quota_spent", |error| matches!(error, AuthorityError::QuotaSpent { .. })),
        (
            503,
            "authority_unavailable",
            |error| matches!(error, AuthorityError::Unavailable { retry_after } if retry_after.as_secs() == 120),
        ),
        (422, "nobody_to_ask", |error| matches!(error, AuthorityError::NobodyToAsk)),
        (422, "bad_consent", |error| matches!(error, AuthorityError::NotAccepted)),
        (409, "reference_reused", |error| matches!(error, AuthorityError::NotAccepted)),
        (403, "insufficient_scope", |error| matches!(error, AuthorityError::Rejected)),
        (302, "", |error| matches!(error, AuthorityError::Unavailable { .. })),
    ];
    for (status, code, expected) in cases {
        upper.says(StatusCode::from_u16(status).unwrap(), &wait, json!({"code": code}));
        let error = ask(&city, false).await.unwrap_err();
        assert!(expected(&error), "{status} {code}: {error:?}");
    }
    city.close().await;
    task.abort();
}

#[tokio::test]
async fn a_token_is_kept_asked_for_anew_once_and_nothing_is_asked_without_one_or_without_consent() {
    let (upper, task) = Upper::start().await;
    let city = city(&upper).await;
    upper.script.lock().refuses_first = true;
    ask(&city, false).await.unwrap();
    assert_eq!(upper.script.lock().tokens, 2, "the first was refused");
    ask(&city, true).await.unwrap();
    assert_eq!(upper.script.lock().tokens, 2, "the second is kept");
    let asked = upper.script.lock().questions.clone();
    assert_eq!(asked[0]["consent"], json!({"given_at": NOW.seconds(), "text_hash": "d29yZHM"}));
    assert_eq!(asked[0]["purpose"], "实名核验");
    assert_eq!(asked[0].get("held"), None);
    assert_eq!(asked[1]["held"], json!({"type": "foreign_passport", "number": "USA:X00990004"}));
    assert_ne!(asked[0]["reference"], asked[1]["reference"]);
    {
        use hufu::realname::Authority as _;
        let unasked = city.app.sources.verify(question(false, false)).await;
        assert!(matches!(unasked, Err(AuthorityError::NobodyToAsk)));
    }
    city.clock.advance(std::time::Duration::from_secs(300));
    upper.script.lock().token_status = StatusCode::BAD_REQUEST;
    assert!(is_unavailable(&ask(&city, false).await));
    assert_eq!(upper.script.lock().questions.len(), 2);
    city.close().await;
    task.abort();
}
