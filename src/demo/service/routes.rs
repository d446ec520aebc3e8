//! A service's pages: its front page, the way to sign in and back, the way out, and where the provider tells it of logouts.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::Value;

use super::Service;
use super::client::Prompt;
use super::client::SignedIn;
use super::sessions::Browser;
use super::view::{SIGN_IN, SIGN_OUT, SILENT, SWITCH, ServicePage, ServiceState};
use crate::http::cookies;
use crate::http::pages::{Lang, assets, paths};

/// The routes.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", get(front))
        .route(SIGN_IN, get(sign_in))
        .route(SILENT, get(silent))
        .route(SWITCH, get(switch))
        .route("/callback", get(callback))
        .route(SIGN_OUT, post(sign_out))
        .route("/backchannel-logout", post(backchannel_logout))
        .route(&format!("{}/{{file}}", paths::STATIC), get(asset))
        .with_state(service)
}

impl Service {
    fn cookie_name(&self) -> String {
        format!("service_{}", self.options.kind.slug())
    }

    /// The browser's cookie, and the header that sets it when it is new.
    fn cookie(&self, headers: &HeaderMap) -> (String, Option<HeaderValue>) {
        let name = self.cookie_name();
        if let Some(value) = cookies::read(headers, &name).filter(|value| value.len() == 43) {
            return (value, None);
        }
        let value = self.random.token();
        let secure = if self.options.address.starts_with("https") { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
        (value, HeaderValue::from_str(&text).ok())
    }
}

fn with_cookie(mut response: Response, set: Option<HeaderValue>) -> Response {
    if let Some(set) = set {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    response
}

fn lang(headers: &HeaderMap) -> Lang {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::negotiate(None, None, accepted)
}

async fn front(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    let (cookie, set) = service.cookie(&headers);
    let page = ServicePage {
        lang: lang(&headers),
        kind: service.options.kind,
        state: service.sessions.look(&cookie, state),
        csrf: cookie.clone(),
        guide: service.options.guide.clone(),
    };
    let html = page.render().unwrap_or_default();
    with_cookie(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(), set)
}

fn state(browser: &Browser) -> ServiceState {
    match browser {
        Browser::SignedOut | Browser::Pending(_) => ServiceState::SignedOut,
        Browser::Ended => ServiceState::Ended,
        Browser::Failed { silent: true, why } => ServiceState::SilentRefused { code: why.0.clone() },
        Browser::Failed { silent: false, why } => ServiceState::Failed { code: why.0.clone() },
        Browser::SignedIn(signed_in) => ServiceState::SignedIn {
            who: who(signed_in),
            sid: signed_in.sid.clone(),
            claims: signed_in.claims.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
        },
    }
}

fn who(signed_in: &SignedIn) -> String {
    let claim = |name| signed_in.claims.get(name).and_then(Value::as_str);
    claim("name").or_else(|| claim("nickname")).unwrap_or(&signed_in.subject).to_owned()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

async fn sign_in(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    begin(&service, &headers, Prompt::AsNeeded).await
}

async fn silent(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    begin(&service, &headers, Prompt::None).await
}

async fn switch(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    begin(&service, &headers, Prompt::SelectAccount).await
}

async fn begin(service: &Service, headers: &HeaderMap, prompt: Prompt) -> Response {
    let (cookie, set) = service.cookie(headers);
    let response = match service.party.begin(prompt, lang(headers).tag()).await {
        Ok((url, pending)) => {
            service.sessions.put(&cookie, Browser::Pending(Box::new(pending)));
            Redirect::to(url.as_str())
        }
        Err(why) => {
            service.sessions.put(&cookie, Browser::Failed { silent: prompt == Prompt::None, why });
            Redirect::to("/")
        }
    };
    with_cookie(response.into_response(), set)
}

async fn callback(State(service): State<Arc<Service>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let (cookie, set) = service.cookie(&headers);
    let query = query.unwrap_or_default();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    match service.sessions.take(&cookie) {
        Browser::Pending(pending) => {
            let silent = pending.silent;
            let browser = match service.party.finish(*pending, &query).await {
                Ok(signed_in) => Browser::SignedIn(Box::new(signed_in)),
                Err(why) => Browser::Failed { silent, why },
            };
            service.sessions.put(&cookie, browser);
        }
        // An answer that nothing waits for, as from another tab, changes nothing.
        other => service.sessions.put(&cookie, other),
    }
    with_cookie(Redirect::to("/").into_response(), set)
}

async fn sign_out(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    let (cookie, _) = service.cookie(&headers);
    let own = url::form_urlencoded::parse(&body).any(|(name, value)| name == "csrf" && value == cookie);
    if !own {
        return StatusCode::FORBIDDEN.into_response();
    }
    match service.sessions.take(&cookie) {
        Browser::SignedIn(signed_in) => Redirect::to(&service.party.sign_out_url(&signed_in.id_token)).into_response(),
        _ => Redirect::to("/").into_response(),
    }
}

async fn backchannel_logout(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let mut fields = url::form_urlencoded::parse(&body);
    let token = fields.find(|(name, _)| name == "logout_token").map(|(_, value)| value.into_owned());
    match service.party.read_logout_token(&token.unwrap_or_default()).await {
        Ok(sid) => {
            let ended = service.sessions.end(&sid);
            tracing::info!(service = service.options.kind.slug(), ended, "told of a logout");
            (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
        Err(_) => (StatusCode::BAD_REQUEST, [(header::CACHE_CONTROL, "no-store")]).into_response(),
    }
}

async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = assets::find(&file) else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, assets::CACHE_CONTROL)], asset.bytes)
        .into_response()
}
