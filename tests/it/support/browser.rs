//! [`Browser`]: cookies, redirects, forms. It knows no script.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use hufu::base::ManualClock;
use tower::ServiceExt as _;
use url::Url;

use super::page::{Callback, Landed, Page};
use super::{Client, Person, Request, TestNode, Tokens};

/// Most redirects in a row.
const MOST_REDIRECTS: usize = 12;

/// A browser before one node.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    clock: ManualClock,
    issuer: Url,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
    /// From where it comes.
    pub address: SocketAddr,
    /// Headers that it sends with every request.
    pub headers: HeaderMap,
    /// Every address it has been at or was sent to.
    pub visited: Vec<String>,
}

/// An answer as it came, redirects not followed.
#[derive(Clone, Debug)]
pub struct Plain {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Plain {
    /// Where it redirects to.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).unwrap_or_else(|| panic!("no redirect: {self:?}")).to_str().unwrap()
    }
}

impl Browser {
    pub(super) fn new(node: &TestNode) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("Mozilla/5.0 (Linux) Firefox/140.0"));
        Self {
            router: node.router(),
            clock: node.clock.clone(),
            issuer: node.app.config.issuer.url().clone(),
            cookies: BTreeMap::new(),
            address: SocketAddr::from(([203, 0, 113, 7], 40_000)),
            headers,
            visited: Vec::new(),
        }
    }

    /// Turns to another process of the same node, cookies kept.
    pub fn turn_to(&mut self, node: &TestNode) {
        self.router = node.router();
    }

    /// Sends a header with every request from now on.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// The value of the session cookie.
    pub fn session_cookie(&self) -> Option<&str> {
        self.cookies.iter().find(|(name, _)| name.ends_with("hufu_session")).map(|(_, value)| value.as_str())
    }

    /// One request, redirects not followed. People take their time: the clock moves by a millisecond.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Plain {
        self.clock.advance(Duration::from_millis(1));
        self.visited.push(path.to_owned());
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header(header::COOKIE, jar.join("; "));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let mut request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep_cookies(response.headers());
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Plain { status: parts.status, headers: parts.headers, body }
    }

    /// One request for something that is not text: headers and bytes.
    pub async fn send_bytes(&mut self, path: &str) -> (HeaderMap, Vec<u8>) {
        let mut request = axum::http::Request::builder().uri(path).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for set in headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Follows a link, and every redirect within the node.
    pub async fn get(&mut self, path: &str) -> Landed {
        let answer = self.send(Method::GET, path, None).await;
        self.follow(path, answer).await
    }

    /// Posts a form, and follows every redirect within the node.
    pub async fn post(&mut self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Landed {
        let answer = self.send(Method::POST, path, Some(encode(fields))).await;
        self.follow(path, answer).await
    }

    async fn follow(&mut self, path: &str, answer: Plain) -> Landed {
        let (mut path, mut answer) = (path.to_owned(), answer);
        for _ in 0..MOST_REDIRECTS {
            if !answer.status.is_redirection() {
                let Plain { status, headers, body } = answer;
                return Landed::Here(Page { path, status, headers, html: body });
            }
            let location = answer.location().to_owned();
            let Some(next) = self.within(&location) else { return Landed::There(Callback::of(&location)) };
            path = next;
            answer = self.send(Method::GET, &path, None).await;
        }
        panic!("too many redirects, at {path}");
    }

    /// The path of a location at this node.
    fn within(&self, location: &str) -> Option<String> {
        let url = self.issuer.join(location).unwrap();
        let here = url.origin() == self.issuer.origin();
        here.then(|| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    }

    /// Sends the form that is or holds the element with this id: its hidden fields and these.
    pub async fn submit(&mut self, page: &Page, form: &str, fields: &[(&str, &str)]) -> Landed {
        let (action, hidden) = page.form(form);
        let mut all = hidden;
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(&action, &all).await
    }

    /// Begins a sign-in at a service.
    pub async fn begin(&mut self, request: &Request) -> Landed {
        self.get(&request.path()).await
    }

    /// Fills in the sign-in page.
    pub async fn log_in(&mut self, page: &Page, person: &Person) -> Landed {
        let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
        self.submit(page.must_have("login-form"), "login-form", &fields).await
    }

    /// Fills in the real-name page and goes on from its answer.
    pub async fn prove_name(&mut self, page: &Page, person: &Person) -> Landed {
        let fields = [("name", person.name.as_str()), ("document_number", person.number.as_str())];
        let matched = self.submit(page.must_have("realname-form"), "realname-form", &fields).await.page();
        self.submit(matched.must_have("answer-matched"), "realname-continue", &[]).await
    }

    /// Signs in at the node itself.
    pub async fn sign_in(&mut self, person: &Person) -> Page {
        let page = self.get("/sign-in").await.page();
        let page = self.log_in(&page, person).await.page();
        page.must_have("account");
        page
    }

    /// Signs out at the node itself.
    pub async fn sign_out(&mut self) {
        let page = self.get("/logout").await.page();
        let page = self.submit(&page, "logout-form", &[("decision", "confirm")]).await.page();
        page.must_have("logout-result");
    }

    /// Signs in at a service: the code that it is given.
    pub async fn code_for(&mut self, request: &Request, person: &Person) -> String {
        let landed = match self.begin(request).await {
            Landed::Here(page) => self.log_in(&page, person).await,
            there @ Landed::There(_) => there,
        };
        landed.callback().code().to_owned()
    }

    /// Signs in at a service, which redeems its code: its tokens.
    pub async fn sign_in_at(&mut self, node: &TestNode, client: &Client, person: &Person) -> Tokens {
        let request = Request::of(client);
        let code = self.code_for(&request, person).await;
        node.redeem(client, &request, &code).await.tokens()
    }
}

/// A form as it is sent.
pub(super) fn encode(fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
        .finish()
}
