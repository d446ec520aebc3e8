//! [`Sink`]: the services that are told of logouts, on a real socket. Each path is a service; each can be told how to answer.

use std::collections::{HashMap, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use hufu::base::{Clock, ManualClock};
use hufu::proto::jose::peek_claims_unverified;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// One logout token that arrived.
#[derive(Clone, Debug)]
pub struct Notice {
    pub token: String,
    pub claims: Map<String, Value>,
    /// When, by the test's clock, in epoch seconds.
    pub at: i64,
}

impl Notice {
    /// A claim that is text.
    pub fn text(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap()
    }
}

type Scripted = (StatusCode, HeaderMap, Vec<u8>);

#[derive(Default)]
struct Services {
    told: HashMap<String, Vec<Notice>>,
    answers: HashMap<String, VecDeque<Scripted>>,
    always: HashMap<String, Scripted>,
    documents: HashMap<String, (&'static str, Vec<u8>)>,
    held: HashMap<String, Arc<Notify>>,
    asked: HashMap<String, usize>,
}

#[derive(Clone)]
struct Shared {
    services: Arc<Mutex<Services>>,
    clock: ManualClock,
}

/// The services; clones are the same.
#[derive(Clone)]
pub struct Sink {
    port: u16,
    shared: Shared,
    _task: Arc<Task>,
}

struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sink {
    pub(super) async fn start(clock: &ManualClock) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared { services: Arc::default(), clock: clock.clone() };
        let router = Router::new().route("/{*service}", any(receive)).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, shared, _task: Arc::new(Task(task)) }
    }

    /// Where `service` is told.
    pub fn url(&self, service: &str) -> String {
        format!("http://127.0.0.1:{}/{service}", self.port)
    }

    /// What `service` was told, in order.
    pub fn told(&self, service: &str) -> Vec<Notice> {
        self.shared.services.lock().told.get(service).cloned().unwrap_or_default()
    }

    /// The one thing that `service` was told.
    pub fn told_once(&self, service: &str) -> Notice {
        let mut told = self.told(service);
        assert_eq!(told.len(), 1, "{service} was told {} times", told.len());
        told.remove(0)
    }

    /// How often `path` was asked for, by any method.
    pub fn asked(&self, path: &str) -> usize {
        self.shared.services.lock().asked.get(path).copied().unwrap_or_default()
    }

    /// Lets `service` answer so once, after what it was told before.
    pub fn answer_next(&self, service: &str, status: u16, headers: &[(&'static str, &str)]) {
        let scripted = scripted(status, headers);
        self.shared.services.lock().answers.entry(service.to_owned()).or_default().push_back(scripted);
    }

    /// Lets `service` answer so from now on.
    pub fn answer(&self, service: &str, status: u16, headers: &[(&'static str, &str)]) {
        self.shared.services.lock().always.insert(service.to_owned(), scripted(status, headers));
    }

    /// Lets `service` answer only when it is released.
    pub fn hold(&self, service: &str) {
        self.shared.services.lock().held.insert(service.to_owned(), Arc::default());
    }

    /// Lets `service` answer what it holds, and everything else at once.
    pub fn release(&self, service: &str) {
        if let Some(held) = self.shared.services.lock().held.remove(service) {
            held.notify_waiters();
        }
    }

    /// Serves a document at `path`.
    pub fn serve(&self, path: &str, document: impl Into<Vec<u8>>) -> String {
        self.serve_as(path, "application/octet-stream", document)
    }

    /// Serves a document of this media type at `path`.
    pub fn serve_as(&self, path: &str, media_type: &'static str, document: impl Into<Vec<u8>>) -> String {
        self.shared.services.lock().documents.insert(path.to_owned(), (media_type, document.into()));
        self.url(path)
    }
}

fn scripted(status: u16, headers: &[(&'static str, &str)]) -> Scripted {
    let headers =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    (StatusCode::from_u16(status).unwrap(), headers.collect(), Vec::new())
}

impl Shared {
    /// Counts; comes when the service is released, if it is held.
    fn asked(&self, service: &str) -> Option<impl Future<Output = ()> + use<>> {
        let mut services = self.services.lock();
        *services.asked.entry(service.to_owned()).or_default() += 1;
        services.held.get(service).map(|held| held.clone().notified_owned())
    }
}

async fn receive(State(shared): State<Shared>, Path(service): Path<String>, body: Bytes) -> Response {
    if let Some(released) = shared.asked(&service) {
        released.await;
    }
    let mut services = shared.services.lock();
    if let Some((media_type, document)) = services.documents.get(&service) {
        return ([(header::CONTENT_TYPE, *media_type)], document.clone()).into_response();
    }
    let token = url::form_urlencoded::parse(&body).find(|(name, _)| name == "logout_token").map(|(_, token)| token);
    if let Some(token) = token {
        let notice = Notice {
            claims: peek_claims_unverified(&token).unwrap(),
            token: token.into_owned(),
            at: shared.clock.now().seconds(),
        };
        services.told.entry(service.clone()).or_default().push(notice);
    }
    let next = services.answers.get_mut(&service).and_then(VecDeque::pop_front);
    next.or_else(|| services.always.get(&service).cloned())
        .unwrap_or((StatusCode::OK, HeaderMap::new(), Vec::new()))
        .into_response()
}
