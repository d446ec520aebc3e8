//! The HTTP source and the reference authority, talking over a real socket: every answer that a person may get.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::routing::post;
use parking_lot::Mutex;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::base::{ManualClock, Secret, SeededRandom, Timestamp};
use crate::demo::people::{Person, people};
use crate::outbound::{AllowRule, BreakerPolicy, Limits, Outbound, OutboundPolicy, OutboundRequest, OutboundResponse};
use crate::realname::sources::signature::{SIGNATURE, sign_request, sign_response};
use crate::realname::sources::wire::{Answer, Question, VERIFY_PATH};
use crate::realname::sources::{HttpSource, SourceKind, SourceOptions, Title, Via};
use crate::realname::{
    Authority as _, AuthorityError, DocumentNumber, DocumentType, Further, MobileNumber, Outcome, PersonName,
    VerificationMethod, VerificationRequest, today_in_china,
};

const NOON: Timestamp = Timestamp(1_795_492_800_000);
const PEOPLE: usize = 80;

mod kinds;

/// A running authority, its clock, and a client that may reach it.
struct Rig {
    url: String,
    clock: ManualClock,
    random: SharedRandom,
    outbound: Outbound,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

fn party() -> Party {
    Party { id: "province-11".to_owned(), secret: Secret::new("shared between the two") }
}

fn outbound() -> Outbound {
    let rule = AllowRule { cidr: "127.0.0.0/8".parse().unwrap(), ports: vec![], plain_http: true };
    let policy = OutboundPolicy { allow: vec![rule], native_roots: false, ..OutboundPolicy::default() };
    Outbound::new(policy).unwrap()
}

impl Rig {
    async fn start() -> Self {
        let clock = ManualClock::at(NOON);
        let random: SharedRandom = Arc::new(SeededRandom::new(5));
        let options = AuthorityOptions {
            people: PEOPLE,
            ..AuthorityOptions::new(vec![party()], Arc::new(clock.clone()), random.clone())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(listener, options, stop.clone().cancelled_owned()));
        Self { url, clock, random, outbound: outbound(), stop, task }
    }

    fn options(&self) -> SourceOptions {
        let Party { id: party_id, secret } = party();
        let breaker = BreakerPolicy { failures: 4, open_ms: 30_000 };
        let (name, url) = ("population".to_owned(), self.url.clone());
        SourceOptions {
            title: Title::default(),
            via: Via::Authority,
            kinds: DocumentType::all().map(SourceKind::Document).collect(),
            items: VerificationMethod::ALL.to_vec(),
            name,
            url,
            party_id,
            secret,
            breaker,
            quota_per_minute: 0,
            quota_per_day: 0,
            attempts: 3,
            attempt_timeout_ms: 2_000,
            backoff_ms: 1,
            max_in_flight: 8,
            outage: None,
        }
    }

    fn source_with(&self, options: &SourceOptions) -> HttpSource {
        HttpSource::new(options, self.outbound.clone(), Arc::new(self.clock.clone()), self.random.clone()).unwrap()
    }

    fn source(&self) -> HttpSource {
        self.source_with(&self.options())
    }

    async fn switch(&self, faults: &str) {
        let faults: serde_json::Value = serde_json::from_str(faults).unwrap();
        let answer = self.outbound.post_json(self.at("/v1/faults"), &faults, Limits::default(), "test").await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
    }

    async fn count(&self, what: &str) -> u64 {
        let answer = self.outbound.get(self.at("/v1/faults"), Limits::default(), "test").await.unwrap();
        answer.json::<serde_json::Value>().unwrap()["counts"][what].as_u64().unwrap()
    }

    fn at(&self, path: &str) -> Url {
        format!("{}{path}", self.url).parse().unwrap()
    }

    /// Sends what `sign_request` signs, as it is.
    async fn send(&self, headers: &HeaderMap, body: &[u8]) -> OutboundResponse {
        let request = OutboundRequest {
            method: Method::POST,
            url: self.at(VERIFY_PATH),
            headers: headers.clone(),
            body: Bytes::copy_from_slice(body),
            limits: Limits::default(),
            purpose: "test",
        };
        self.outbound.send(request).await.unwrap()
    }
}

fn person(at: usize) -> Person {
    people(AuthorityOptions::SEED, PEOPLE).remove(at)
}

fn document(kind: DocumentType, number: &str) -> DocumentNumber {
    DocumentNumber::parse(kind, number, today_in_china(NOON)).unwrap()
}

fn identity_card(number: &str) -> DocumentNumber {
    document(DocumentType::ResidentIdentityCard, number)
}

fn question_about(person: &Person, mobile: bool) -> VerificationRequest {
    VerificationRequest {
        name: PersonName::parse(&person.name).unwrap(),
        document: identity_card(&person.document_number),
        further: if mobile { Further::Mobile(MobileNumber::parse(&person.mobile).unwrap()) } else { Further::Nothing },
        held: None,
        agreed: None,
    }
}

fn unavailable(result: &Result<crate::realname::Verdict, AuthorityError>) -> bool {
    matches!(result, Err(AuthorityError::Unavailable { .. }))
}

fn code(answer: &OutboundResponse) -> String {
    answer.json::<serde_json::Value>().unwrap()["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn people_who_are_who_they_say_match() {
    let rig = Rig::start().await;
    let source = rig.source();
    // An ordinary name, a compound surname, a middle dot, a rare character.
    for at in [0, 3, 4, 5] {
        let verdict = source.verify(question_about(&person(at), false)).await.unwrap();
        assert_eq!((verdict.outcome, verdict.method), (Outcome::Match, VerificationMethod::TwoItems));
        let verdict = source.verify(question_about(&person(at), true)).await.unwrap();
        assert_eq!((verdict.outcome, verdict.method), (Outcome::Match, VerificationMethod::ThreeItems));
        assert_eq!((verdict.source.as_str(), verdict.checked_at), ("population", NOON));
        assert!(!verdict.reference.is_empty());
    }
}

#[tokio::test]
async fn another_name_or_mobile_is_a_mismatch_and_an_unknown_number_is_not_found() {
    let rig = Rig::start().await;
    let source = rig.source();
    let (one, other) = (person(0), person(1));
    let mut question = question_about(&one, false);
    question.name = PersonName::parse(&other.name).unwrap();
    assert_eq!(source.verify(question).await.unwrap().outcome, Outcome::Mismatch);
    let mut question = question_about(&one, false);
    question.further = Further::Mobile(MobileNumber::parse(&other.mobile).unwrap());
    assert_eq!(source.verify(question).await.unwrap().outcome, Outcome::Mismatch);
    let mut question = question_about(&one, false);
    question.document = identity_card("11010519491231002X");
    assert_eq!(source.verify(question).await.unwrap().outcome, Outcome::NotFound);
}

#[tokio::test]
async fn an_authority_that_says_nothing_is_unavailable() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"hang"}"#).await;
    let source = rig.source_with(&SourceOptions { attempts: 2, attempt_timeout_ms: 100, ..rig.options() });
    assert!(unavailable(&source.verify(question_about(&person(0), false)).await));
    assert_eq!(rig.count("asked").await, 2);
}

#[tokio::test]
async fn an_authority_that_is_gone_is_unavailable() {
    let rig = Rig::start().await;
    let source = rig.source();
    rig.stop.cancel();
    rig.task.await.unwrap().unwrap();
    assert!(unavailable(&source.verify(question_about(&person(0), false)).await));
}

#[tokio::test]
async fn a_failure_that_passes_is_not_noticed() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"error500","count":2}"#).await;
    let verdict = rig.source().verify(question_about(&person(0), false)).await.unwrap();
    assert_eq!(verdict.outcome, Outcome::Match);
    assert_eq!((rig.count("asked").await, rig.count("matched").await), (3, 1));
}

#[tokio::test]
async fn an_authority_that_keeps_failing_is_left_alone_and_found_again() {
    let rig = Rig::start().await;
    let source = rig.source();
    let ask = || source.verify(question_about(&person(0), false));
    rig.switch(r#"{"mode":"error500"}"#).await;
    assert!(unavailable(&ask().await), "three tries");
    assert!(unavailable(&ask().await), "the fourth failure opens the breaker");
    assert_eq!(rig.count("asked").await, 4);
    let alone = ask().await;
    assert_eq!(alone, Err(AuthorityError::Unavailable { retry_after: Duration::from_secs(30) }));
    assert_eq!(rig.count("asked").await, 4, "left alone");

    rig.clock.advance(Duration::from_secs(30));
    assert!(unavailable(&ask().await), "one try fails, and it is left alone again");
    assert_eq!(rig.count("asked").await, 5);

    rig.switch(r#"{"mode":"ok"}"#).await;
    assert!(unavailable(&ask().await), "its time is not over");
    rig.clock.advance(Duration::from_secs(30));
    assert_eq!(ask().await.unwrap().outcome, Outcome::Match);
    assert_eq!(ask().await.unwrap().outcome, Outcome::Match);
}

#[tokio::test]
async fn garbage_is_no_verdict() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"garbage"}"#).await;
    assert!(unavailable(&rig.source().verify(question_about(&person(0), false)).await));
}

#[tokio::test]
async fn a_told_mismatch_and_a_spent_quota_arrive_as_such() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"mismatch_all"}"#).await;
    let verdict = rig.source().verify(question_about(&person(0), false)).await.unwrap();
    assert_eq!(verdict.outcome, Outcome::Mismatch);
    rig.switch(r#"{"mode":"quota"}"#).await;
    let spent = rig.source().verify(question_about(&person(0), false)).await;
    assert_eq!(spent, Err(AuthorityError::QuotaSpent { retry_after: Duration::from_secs(60) }));
    assert_eq!(rig.count("asked").await, 2, "a spent quota is not tried again");
}

#[tokio::test]
async fn more_questions_than_allowed_at_once_hear_it_at_once() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"hang"}"#).await;
    let options = SourceOptions { attempts: 1, attempt_timeout_ms: 200, max_in_flight: 1, ..rig.options() };
    let source = rig.source_with(&options);
    let ask = || source.verify(question_about(&person(0), false));
    let (first, second) = tokio::join!(ask(), ask());
    assert!(unavailable(&first) && unavailable(&second));
    assert_eq!(rig.count("asked").await, 1);
}

#[tokio::test]
async fn a_stranger_is_not_answered() {
    let rig = Rig::start().await;
    let wrong_secret = SourceOptions { secret: Secret::new("guessed"), ..rig.options() };
    let unknown_party = SourceOptions { party_id: "nobody".to_owned(), ..rig.options() };
    for options in [wrong_secret, unknown_party] {
        let result = rig.source_with(&options).verify(question_about(&person(0), false)).await;
        assert_eq!(result, Err(AuthorityError::Rejected));
    }
    assert_eq!((rig.count("refused").await, rig.count("matched").await), (2, 0));
    let unsigned = rig.send(&HeaderMap::new(), b"{}").await;
    assert_eq!((unsigned.status, code(&unsigned).as_str()), (StatusCode::UNAUTHORIZED, "signature_missing"));
}

fn signed(key: &str, nonce: &str, created: Timestamp, body: &[u8]) -> HeaderMap {
    sign_request(&party(), ("POST", VERIFY_PATH, body), key, (created, nonce)).unwrap()
}

fn body_about(person: &Person) -> Vec<u8> {
    serde_json::to_vec(&Question::from(&question_about(person, false))).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_once() {
    let rig = Rig::start().await;
    let body = body_about(&person(0));
    let headers = signed("question-1", "nonce-1", NOON, &body);
    assert_eq!(rig.send(&headers, &body).await.status, StatusCode::OK);
    let replayed = rig.send(&headers, &body).await;
    assert_eq!((replayed.status, code(&replayed).as_str()), (StatusCode::UNAUTHORIZED, "replayed"));
    // When its nonce is forgotten, its age refuses it.
    rig.clock.advance(Duration::from_secs(121));
    assert_eq!(code(&rig.send(&headers, &body).await), "clock_skew");
    rig.clock.advance(Duration::from_secs(1_000));
    assert_eq!(code(&rig.send(&headers, &body).await), "clock_skew");
}

#[tokio::test]
async fn fifty_copies_of_one_request_get_one_answer() {
    let rig = Rig::start().await;
    let body = body_about(&person(0));
    let headers = signed("question-1", "nonce-1", NOON, &body);
    let answers = futures::future::join_all((0..50).map(|_| rig.send(&headers, &body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count(), 49);
}

#[tokio::test]
async fn a_clock_that_is_off_too_far_is_refused_both_ways() {
    let rig = Rig::start().await;
    let body = body_about(&person(0));
    for (at, (seconds, status)) in [(120, 200), (121, 401), (-120, 200), (-121, 401)].into_iter().enumerate() {
        let created = Timestamp(NOON.0 + seconds * 1_000);
        let answer = rig.send(&signed("question-1", &format!("nonce-{at}"), created, &body), &body).await;
        assert_eq!(answer.status.as_u16(), status, "{seconds} s");
    }
}

#[tokio::test]
async fn the_same_question_under_the_same_key_has_the_same_answer() {
    let rig = Rig::start().await;
    let body = body_about(&person(0));
    let first = rig.send(&signed("question-1", "nonce-1", NOON, &body), &body).await.json::<Answer>().unwrap();
    let second = rig.send(&signed("question-1", "nonce-2", NOON, &body), &body).await.json::<Answer>().unwrap();
    assert_eq!(first.reference, second.reference);
    let other = body_about(&person(1));
    let conflict = rig.send(&signed("question-1", "nonce-3", NOON, &other), &other).await;
    assert_eq!((conflict.status, code(&conflict).as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_conflict"));
}

#[tokio::test]
async fn malformed_questions_have_their_codes() {
    let rig = Rig::start().await;
    let good = serde_json::json!({"name": "王小明", "document_type": "resident_identity_card", "document_number": "11010519491231002X"});
    let changed = |field: &str, value: &str| {
        let mut question = good.clone();
        question[field] = value.into();
        question.to_string()
    };
    let cases = [
        ("not JSON".to_owned(), 400, "malformed"),
        (changed("surprise", "x"), 400, "malformed"),
        (changed("name", "王1"), 422, "invalid_name"),
        (changed("document_type", "414"), 422, "unsupported_document_type"),
        (changed("document_number", "110105194912310020"), 422, "invalid_document_number"),
        (changed("mobile", "12345"), 422, "invalid_mobile"),
    ];
    for (at, (body, status, expected)) in cases.iter().enumerate() {
        let headers = signed(&format!("question-{at}"), &format!("nonce-{at}"), NOON, body.as_bytes());
        let answer = rig.send(&headers, body.as_bytes()).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (*status, *expected), "{body}");
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    assert_eq!(rig.send(&signed("q", "n", NOON, b"x"), &[b'x'; 9_000]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// A server that answers every question with `answer`, signed by `signer` for the request whose signature is `to`.
async fn impostor(rig: &Rig, signer: Option<Party>, to: Option<String>, answer: Answer) -> HttpSource {
    let app = Router::new().route(
        VERIFY_PATH,
        post(move |headers: HeaderMap| async move {
            let body = serde_json::to_vec(&answer).unwrap();
            let sent = headers[SIGNATURE].to_str().unwrap();
            let sent = sent.trim_start_matches("hufu=:").trim_end_matches(':');
            let to = to.unwrap_or_else(|| sent.to_owned());
            let signed = signer.map(|signer| sign_response(&signer, 200, &body, &to, NOON).unwrap());
            (signed.unwrap_or_default(), body)
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    rig.source_with(&SourceOptions { url, ..rig.options() })
}

fn match_at(checked_at: Timestamp) -> Answer {
    let (outcome, method) = (Outcome::Match, VerificationMethod::TwoItems);
    Answer { outcome, method, same_person: false, birth: None, reference: "A1".to_owned(), checked_at }
}

#[tokio::test]
async fn only_an_answer_signed_for_this_very_question_is_believed() {
    let rig = Rig::start().await;
    let ask = async |source: HttpSource| source.verify(question_about(&person(0), false)).await;
    let honest = impostor(&rig, Some(party()), None, match_at(NOON)).await;
    assert_eq!(ask(honest).await.unwrap().outcome, Outcome::Match);
    let unsigned = impostor(&rig, None, None, match_at(NOON)).await;
    assert!(unavailable(&ask(unsigned).await));
    let stranger = Party { secret: Secret::new("guessed"), ..party() };
    let foreign = impostor(&rig, Some(stranger), None, match_at(NOON)).await;
    assert!(unavailable(&ask(foreign).await));
    let old = impostor(&rig, Some(party()), Some("c29tZXRoaW5nIGVsc2U=".to_owned()), match_at(NOON)).await;
    assert!(unavailable(&ask(old).await));
    let more_than_asked = Answer { method: VerificationMethod::ThreeItems, ..match_at(NOON) };
    let upgraded = impostor(&rig, Some(party()), None, more_than_asked).await;
    assert!(unavailable(&ask(upgraded).await));
}

#[tokio::test]
async fn a_birth_that_cannot_be_or_that_is_told_without_a_match_makes_the_answer_none() {
    let rig = Rig::start().await;
    let ask = async |answer: Answer| {
        let source = impostor(&rig, Some(party()), None, answer).await;
        source.verify(question_about(&person(0), false)).await
    };
    let today = crate::realname::today_in_china(NOON);
    let told = |birth| Answer { birth: Some(birth), ..match_at(NOON) };
    assert_eq!(serde_json::to_value(told(today)).unwrap()["birth"], today.to_string(), "as the wire says it");
    assert_eq!(ask(told(today)).await.unwrap().birth, Some(today));
    assert!(unavailable(&ask(told(today.next_day().unwrap())).await), "born tomorrow");
    assert!(unavailable(&ask(Answer { outcome: Outcome::Mismatch, ..told(today) }).await));
}

#[tokio::test]
async fn a_proof_is_never_younger_than_now() {
    let rig = Rig::start().await;
    let ahead = impostor(&rig, Some(party()), None, match_at(NOON.plus(Duration::from_secs(86_400)))).await;
    assert_eq!(ahead.verify(question_about(&person(0), false)).await.unwrap().checked_at, NOON);
}

#[tokio::test]
async fn the_switches_and_the_people_are_for_callers_on_this_machine() {
    let clock = Arc::new(ManualClock::at(NOON));
    let options =
        AuthorityOptions { people: 1, ..AuthorityOptions::new(vec![], clock, Arc::new(SeededRandom::new(1))) };
    let app = router(&options, CancellationToken::new());
    for path in ["/v1/people", "/v1/faults"] {
        for caller in [None, Some("10.0.0.7:40000"), Some("[2400:3200::1]:40000")] {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            if let Some(caller) = caller {
                request.extensions_mut().insert(ConnectInfo(caller.parse::<SocketAddr>().unwrap()));
            }
            assert_eq!(
                app.clone().oneshot(request).await.unwrap().status(),
                StatusCode::FORBIDDEN,
                "{path} {caller:?}"
            );
        }
    }
    let health = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(app.oneshot(health).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn people_are_listed_by_pages() {
    let rig = Rig::start().await;
    let page = rig.outbound.get(rig.at("/v1/people?offset=78&limit=5"), Limits::default(), "test").await.unwrap();
    let page: serde_json::Value = page.json().unwrap();
    assert_eq!((page["total"].as_u64(), page["people"].as_array().unwrap().len()), (Some(80), 2));
    assert_eq!(page["people"][0]["document_number"], person(78).document_number.as_str());
    let bad = rig.outbound.get(rig.at("/v1/people?offset=-1"), Limits::default(), "test").await.unwrap();
    assert_eq!((bad.status, code(&bad).as_str()), (StatusCode::BAD_REQUEST, "malformed"));
    let faults = serde_json::json!({"mode": "sulk"});
    let bad = rig.outbound.post_json(rig.at("/v1/faults"), &faults, Limits::default(), "test").await.unwrap();
    assert_eq!((bad.status, code(&bad).as_str()), (StatusCode::BAD_REQUEST, "malformed"));
}

#[tokio::test]
async fn it_stops_though_somebody_is_kept_hanging() {
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"hang"}"#).await;
    let source = rig.source_with(&SourceOptions { attempts: 1, attempt_timeout_ms: 30_000, ..rig.options() });
    let hanging = tokio::spawn(async move { source.verify(question_about(&person(0), false)).await });
    while rig.count("asked").await == 0 {
        tokio::task::yield_now().await;
    }
    rig.stop.cancel();
    assert!(unavailable(&hanging.await.unwrap()));
    rig.task.await.unwrap().unwrap();
}

#[test]
fn a_source_that_leads_nowhere_is_found_at_start() {
    let clock: SharedClock = Arc::new(ManualClock::at(NOON));
    for url in
        ["", "authority", "ftp://authority.example", "http://10.0.0.1", "http://127.0.0.1/?a=b", "http://u@127.0.0.1"]
    {
        let options: SourceOptions = figment::Figment::new()
            .merge(("name", "population"))
            .merge(("url", url))
            .merge(("party_id", "province-11"))
            .merge(("secret", "s"))
            .extract()
            .unwrap();
        assert!(HttpSource::new(&options, outbound(), clock.clone(), Arc::new(SeededRandom::new(1))).is_err(), "{url}");
    }
}

/// Everything that is logged while a question is asked, retried and answered, at the finest level.
#[tokio::test]
async fn no_log_line_says_who_was_asked_about() {
    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let rig = Rig::start().await;
    rig.switch(r#"{"mode":"garbage","count":1}"#).await;
    let someone = person(4);
    let question = question_about(&someone, true);
    tracing::info!(?question, "asking");
    rig.source().verify(question).await.unwrap();
    let log = String::from_utf8(buffer.0.lock().clone()).unwrap();
    assert!(log.contains("the authority gave no answer") && log.contains("asking"), "{log}");
    let given = someone.name.split('·').next().unwrap().to_owned();
    for private in [given, someone.document_number, someone.mobile, party().secret.expose().to_owned()] {
        assert!(!log.contains(&private), "{log}");
    }
}
