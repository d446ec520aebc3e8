//! [`Visit`]: one request of a person's browser: session, language, form token, address; and how a page goes back to it.

use std::ops::Deref;
use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;

use crate::accounts::Person;
use crate::app::App;
use crate::base::Secret;
use crate::base::id::{ClientId, SessionId};
use crate::factors::HalfSignedOn;
use crate::http::cookies::{self, Cookies};
use crate::http::csrf::Csrf;
use crate::http::error;
use crate::http::middleware::{ClientAddress, Nonce, Reference};
use crate::http::pages::policy::{FormTargets, content_security_policy};
use crate::http::pages::preference::{ELDER_VIEW, LANGUAGE_COOKIE, VIEW_COOKIE};
use crate::http::pages::{Lang, PageContext};
use crate::keys::Sealer;
use crate::oidc::authorize::Browser;
use crate::oidc::client::Client;
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::PersonName;
use crate::session::{Device, Session, SessionCookie, cookie_hash};
use crate::signon::{At, SignedOn};
use crate::trust::from_below::begin::NONCE_LIFE;
use crate::trust::from_below::passage::{self, Passage};
use crate::trust::upstream::link::{Ticket, WAIT};

/// What handlers share; every request holds it by one reference.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

impl Web {
    /// Shares these.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The services and the few things that only the web needs.
pub struct Shared {
    /// The services.
    pub app: App,
    /// Cookie names.
    pub cookies: Cookies,
    /// Form tokens.
    pub csrf: Csrf,
    /// The path below which the issuer lives, without a slash at its end.
    pub base: Arc<str>,
    /// Seals what a confirmed logout goes on with.
    pub pending_logout: Arc<Sealer>,
    /// Seals an invitation's code for the one who made it.
    pub shown_invitation: Arc<Sealer>,
    /// The discovery document, rendered once.
    pub discovery: Bytes,
}

/// One request of a browser.
pub struct Visit {
    /// What handlers share.
    pub web: Web,
    /// The live session: the browser's sign-on session, or the one for the isolated client of [`Visit::enter`].
    pub session: Option<Session>,
    isolated: Vec<Session>,
    isolated_for: Option<ClientId>,
    on_the_way_to: Option<ClientId>,
    /// The language of the page.
    pub lang: Lang,
    /// Where the browser is.
    pub device: Device,
    /// The reference of this request.
    pub reference: String,
    /// The headers, for form tokens.
    pub headers: HeaderMap,
    elder: bool,
    nonce: String,
    browser: String,
    browser_is_new: bool,
    set_cookies: Vec<HeaderValue>,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let headers = parts.headers.clone();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let session = find(web, web.cookies.session(&headers)).await?.filter(|found| found.isolated_for.is_none());
        let mut isolated = Vec::new();
        for cookie in web.cookies.isolated(&headers) {
            isolated.extend(find(web, Some(cookie)).await?.filter(|found| found.isolated_for.is_some()));
        }
        let (known, device) = (web.cookies.browser(&headers), web.cookies.device(&headers));
        let lang_cookie = cookies::read(&headers, LANGUAGE_COOKIE);
        let nonce = parts.extensions.get::<Nonce>().copied().unwrap_or_else(|| Nonce::draw(&web.app.random));
        let address = parts.extensions.get::<ClientAddress>().map_or(String::new(), |found| found.0.to_string());
        Ok(Self {
            session,
            isolated,
            isolated_for: None,
            on_the_way_to: None,
            lang: Lang::negotiate(None, lang_cookie.as_deref(), text(header::ACCEPT_LANGUAGE)),
            elder: cookies::read(&headers, VIEW_COOKIE).is_some_and(|view| view == ELDER_VIEW),
            device: Device {
                address,
                user_agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
                cookie: Some(Secret::new(device.unwrap_or_else(|| web.app.random.token()))),
            },
            reference: parts.extensions.get::<Reference>().map_or_else(String::new, ToString::to_string),
            nonce: nonce.as_str().to_owned(),
            browser_is_new: known.is_none(),
            browser: known.unwrap_or_else(|| web.app.random.token()),
            web: web.clone(),
            set_cookies: Vec::new(),
            headers,
        })
    }
}

impl Visit {
    /// The services.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.web.app
    }

    /// The browser as the engine sees it.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser { session: self.session.clone(), isolated: self.isolated.clone() }
    }

    /// From now on the visit is about signing in to `client`: an isolated one has a session of its own.
    pub fn enter(&mut self, client: &Client) {
        self.on_the_way_to = Some(client.id.clone());
        if client.metadata.isolated {
            self.session = self.browser().session_at(client).cloned();
            self.isolated_for = Some(client.id.clone());
        }
    }

    /// Where somebody signs in now.
    #[must_use]
    pub fn at(&self) -> At<'_> {
        At {
            device: &self.device,
            current: self.session.as_ref(),
            isolated_for: self.isolated_for.as_ref(),
            on_the_way_to: self.on_the_way_to.as_ref(),
        }
    }

    /// Lets `ui_locales` choose the language (OIDC Core §3.1.2.1), unless the person has chosen one.
    pub fn prefer(&mut self, ui_locales: Option<&str>) {
        let cookie = cookies::read(&self.headers, LANGUAGE_COOKIE);
        let accepted = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        self.lang = Lang::negotiate(ui_locales.filter(|_| cookie.is_none()), cookie.as_deref(), accepted);
    }

    /// The surroundings of a page that a GET of `here` shows again.
    #[must_use]
    pub fn context(&self, here: &str) -> PageContext {
        let node = &self.app().config.node;
        PageContext {
            lang: self.lang,
            base: self.web.base.to_string(),
            node_name: node.name(self.lang.tag()).to_owned(),
            elder: self.elder,
            nonce: self.nonce.clone(),
            here: here.to_owned(),
            person: None,
            now: self.app().clock.now(),
        }
    }

    /// The token for this browser's forms.
    #[must_use]
    pub fn csrf(&self) -> String {
        self.web.csrf.token(&self.browser)
    }

    /// Whether a post is from a form of ours in this browser.
    #[must_use]
    pub fn is_own_form(&self, form: &Params) -> bool {
        let browser = (!self.browser_is_new).then_some(self.browser.as_str());
        self.web.csrf.accepts(&self.headers, browser, form.get("csrf"))
    }

    /// Whether the browser says that a post comes from another site's page.
    #[must_use]
    pub fn is_foreign_form(&self) -> bool {
        self.web.csrf.is_foreign(&self.headers)
    }

    /// The person who is signed in.
    pub async fn person(&self) -> Result<Option<Arc<Person>>, OAuthError> {
        match &self.session {
            None => Ok(None),
            Some(session) => Ok(Some(self.app().accounts.find(&session.account_id).await?)),
        }
    }

    /// The browser's own name, to which form tokens and half-finished sign-ins are bound.
    #[must_use]
    pub fn browser_id(&self) -> &str {
        &self.browser
    }

    /// The half-finished sign-in of this browser, if it has one that still holds.
    #[must_use]
    pub fn half(&self) -> Option<HalfSignedOn> {
        let sealed = self.web.cookies.half(&self.headers)?;
        self.app().factors.open_half(&sealed, &self.browser)
    }

    /// Takes a half-finished sign-in along.
    pub fn half_signed_on(&mut self, half: &HalfSignedOn) {
        let factors = &self.app().factors;
        let cookie = self.web.cookies.set_half(&factors.seal_half(half, &self.browser), factors.half_life());
        self.set_cookies.push(cookie);
    }

    /// What waits in this browser to be linked to the node above, while it holds.
    #[must_use]
    pub fn ticket(&self) -> Option<Ticket> {
        let sealed = self.web.cookies.link(&self.headers)?;
        self.app().upstream.as_ref()?.open_ticket(&sealed, &self.browser)
    }

    /// Lets something wait in this browser to be linked.
    pub fn hold_ticket(&mut self, sealed: &str) {
        self.set_cookies.push(self.web.cookies.set_link(sealed, WAIT));
    }

    /// Nothing waits any more.
    pub fn drop_ticket(&mut self) {
        self.set_cookies.push(self.web.cookies.clear_link());
    }

    /// The nonce of this browser, for which a node below is to vouch.
    #[must_use]
    pub fn nonce(&self) -> Option<String> {
        self.web.cookies.nonce(&self.headers)
    }

    /// Lets the browser hold a nonce.
    pub fn hold_nonce(&mut self, nonce: &str) {
        self.set_cookies.push(self.web.cookies.set_nonce(nonce, NONCE_LIFE));
    }

    /// The nonce is used up.
    pub fn drop_nonce(&mut self) {
        self.set_cookies.push(self.web.cookies.clear_nonce());
    }

    /// Who waits in this browser to be asked before a sign-in at a node below counts, while that holds.
    #[must_use]
    pub fn passage(&self) -> Option<Passage> {
        let sealed = self.web.cookies.passage(&self.headers)?;
        self.app().from_below.open_passage(&sealed, &self.browser)
    }

    /// Lets somebody wait in this browser to be asked.
    pub fn hold_passage(&mut self, sealed: &str) {
        self.set_cookies.push(self.web.cookies.set_passage(sealed, passage::WAIT));
    }

    /// Nobody waits any more.
    pub fn drop_passage(&mut self) {
        self.set_cookies.push(self.web.cookies.clear_passage());
    }

    /// Takes the cookie of a new sign-in along; one that was half finished is over.
    pub fn signed_on(&mut self, signed_on: &SignedOn) {
        if self.web.cookies.half(&self.headers).is_some() {
            self.set_cookies.push(self.web.cookies.clear_half());
        }
        // Its life begins anew at every sign-in.
        if let Some(cookie) = &self.device.cookie {
            self.set_cookies.push(self.web.cookies.set_device(cookie.expose()));
        }
        let cookies = &self.web.cookies;
        self.session = Some(signed_on.session.clone());
        if let Some(client) = &signed_on.session.isolated_for {
            self.set_cookies.push(cookies.set_isolated(client, &signed_on.cookie));
            self.isolated.retain(|session| !session.is_isolated_for(client));
            self.isolated.push(signed_on.session.clone());
        } else {
            self.set_cookies.push(cookies.set_session(&signed_on.cookie));
        }
    }

    /// Takes the cookie of the visit's session back.
    pub fn signed_off(&mut self) {
        self.session = None;
        if let Some(client) = &self.isolated_for {
            self.set_cookies.push(self.web.cookies.clear_isolated(client));
            self.isolated.retain(|session| !session.is_isolated_for(client));
        } else {
            self.set_cookies.push(self.web.cookies.clear_session());
        }
    }

    /// A session has ended: takes its cookie back where it is this browser's, and any cookie that names none.
    pub fn left(&mut self, ended: Option<&SessionId>) {
        self.isolated.retain(|session| Some(&session.id) != ended);
        let lives = |cookie: &SessionCookie| {
            let hash = cookie_hash(cookie.expose());
            self.isolated.iter().any(|session| session.cookie_hash == hash)
        };
        self.set_cookies.extend(self.web.cookies.clear_isolated_but(&self.headers, lives));
        if self.session.as_ref().is_none_or(|session| Some(&session.id) == ended) {
            self.session = None;
            self.set_cookies.push(self.web.cookies.clear_session());
        }
    }

    /// A page, with its security policy and cookies.
    pub fn page(&self, status: StatusCode, page: &impl Template, forms: FormTargets) -> Response {
        let html = match page.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let policy = content_security_policy(&self.nonce, forms);
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(""))),
        ];
        let mut response = (status, headers, html).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, error::RETRY_AFTER);
        }
        self.with_cookies(response)
    }

    /// A redirect to a place at this node, below the base path.
    pub fn to(&self, place: &str) -> Response {
        self.redirect(&format!("{}{place}", self.web.base))
    }

    /// A redirect (303: whatever the method was, the next is GET).
    pub fn redirect(&self, location: &str) -> Response {
        self.with_cookies(Redirect::to(location).into_response())
    }

    fn with_cookies(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if self.browser_is_new {
            headers.append(header::SET_COOKIE, self.web.cookies.set_browser(&self.browser));
        }
        for cookie in &self.set_cookies {
            headers.append(header::SET_COOKIE, cookie.clone());
        }
        response
    }
}

/// The live session that a cookie names.
async fn find(web: &Web, cookie: Option<SessionCookie>) -> Result<Option<Session>, Response> {
    let Some(cookie) = cookie else { return Ok(None) };
    web.app.sessions.find(&cookie).await.map_err(|error| error::unavailable(&error.into()))
}

/// The name by which a page greets a person: masked, or the username.
#[must_use]
pub fn shown_name(person: &Person) -> String {
    let real = person.real_name.as_ref().and_then(|found| PersonName::parse(found.name.expose()).ok());
    real.map_or_else(|| person.username.clone(), |name| name.masked())
}
