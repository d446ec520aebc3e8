//! The node's cookies: host-only, HttpOnly, SameSite=Lax; `Secure` and a `__Host-` name exactly when the issuer is https.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use url::Url;

use crate::base::encoding::sha256;
use crate::base::id::ClientId;
use crate::factors::DEVICE_KNOWN;
use crate::session::SessionCookie;

/// Most sessions for isolated clients in one browser: each client has a place by its name. Where two share one, the later
/// sign-in takes it, and the earlier client asks again.
const ISOLATED_PLACES: u8 = 16;

/// The names and the scope of the cookies.
#[derive(Clone, Debug)]
pub struct Cookies {
    session: String,
    isolated: String,
    browser: String,
    half: String,
    link: String,
    nonce: String,
    passage: String,
    device: String,
    path: String,
    secure: bool,
}

impl Cookies {
    /// Cookies for the node behind `issuer`.
    #[must_use]
    pub fn of(issuer: &Url) -> Self {
        let secure = issuer.scheme() == "https";
        let path = match issuer.path().trim_end_matches('/') {
            "" => "/".to_owned(),
            prefix => prefix.to_owned(),
        };
        let prefix = match (secure, path.as_str()) {
            (false, _) => "",
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
        };
        let named = |name: &str| format!("{prefix}hufu_{name}");
        Self {
            session: named("session"),
            isolated: named("isolated"),
            browser: named("browser"),
            half: named("half"),
            link: named("link"),
            nonce: named("nonce"),
            passage: named("passage"),
            device: named("device"),
            path,
            secure,
        }
    }

    /// The session cookie of a request.
    #[must_use]
    pub fn session(&self, headers: &HeaderMap) -> Option<SessionCookie> {
        read(headers, &self.session).map(SessionCookie::new)
    }

    /// The cookies of a request that hold sessions for isolated clients.
    #[must_use]
    pub fn isolated(&self, headers: &HeaderMap) -> Vec<SessionCookie> {
        let places = (0..ISOLATED_PLACES).filter_map(|place| read(headers, &self.isolated_at(place)));
        places.map(SessionCookie::new).collect()
    }

    /// Takes back every cookie of a request that holds a session for an isolated client, but those that are `kept`.
    #[must_use]
    pub fn clear_isolated_but(&self, headers: &HeaderMap, kept: impl Fn(&SessionCookie) -> bool) -> Vec<HeaderValue> {
        let names = (0..ISOLATED_PLACES).map(|place| self.isolated_at(place));
        let gone = names.filter(|name| read(headers, name).is_some_and(|value| !kept(&SessionCookie::new(value))));
        gone.map(|name| self.header(&name, "", Some(cookie::time::Duration::ZERO))).collect()
    }

    fn isolated_name(&self, client: &ClientId) -> String {
        self.isolated_at(sha256(client.as_str().as_bytes()).first().map_or(0, |byte| byte % ISOLATED_PLACES))
    }

    fn isolated_at(&self, place: u8) -> String {
        format!("{}_{place}", self.isolated)
    }

    /// The browser cookie of a request, to which form tokens are bound.
    #[must_use]
    pub fn browser(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.browser).filter(|value| value.len() == 43)
    }

    /// Sets the session cookie.
    #[must_use]
    pub fn set_session(&self, cookie: &SessionCookie) -> HeaderValue {
        self.header(&self.session, cookie.expose(), None)
    }

    /// Takes the session cookie back.
    #[must_use]
    pub fn clear_session(&self) -> HeaderValue {
        self.header(&self.session, "", Some(cookie::time::Duration::ZERO))
    }

    /// Sets the cookie of a session for an isolated client.
    #[must_use]
    pub fn set_isolated(&self, client: &ClientId, cookie: &SessionCookie) -> HeaderValue {
        self.header(&self.isolated_name(client), cookie.expose(), None)
    }

    /// Takes the cookie of a session for an isolated client back.
    #[must_use]
    pub fn clear_isolated(&self, client: &ClientId) -> HeaderValue {
        self.header(&self.isolated_name(client), "", Some(cookie::time::Duration::ZERO))
    }

    /// Sets the browser cookie.
    #[must_use]
    pub fn set_browser(&self, value: &str) -> HeaderValue {
        self.header(&self.browser, value, None)
    }

    /// The half-finished sign-in of a request, sealed.
    #[must_use]
    pub fn half(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.half).filter(|value| !value.is_empty())
    }

    /// Sets a half-finished sign-in for as long as it may take.
    #[must_use]
    pub fn set_half(&self, sealed: &str, life: Duration) -> HeaderValue {
        let seconds = i64::try_from(life.as_secs()).unwrap_or(600);
        self.header(&self.half, sealed, Some(cookie::time::Duration::seconds(seconds)))
    }

    /// Takes it back.
    #[must_use]
    pub fn clear_half(&self) -> HeaderValue {
        self.header(&self.half, "", Some(cookie::time::Duration::ZERO))
    }

    /// What waits to be linked to the node above, sealed.
    #[must_use]
    pub fn link(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.link).filter(|value| !value.is_empty())
    }

    /// Sets it for as long as it waits.
    #[must_use]
    pub fn set_link(&self, sealed: &str, life: Duration) -> HeaderValue {
        let seconds = i64::try_from(life.as_secs()).unwrap_or(900);
        self.header(&self.link, sealed, Some(cookie::time::Duration::seconds(seconds)))
    }

    /// Takes it back.
    #[must_use]
    pub fn clear_link(&self) -> HeaderValue {
        self.header(&self.link, "", Some(cookie::time::Duration::ZERO))
    }

    /// The nonce for which a node below is to vouch.
    #[must_use]
    pub fn nonce(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.nonce).filter(|value| value.len() == 43)
    }

    /// Sets it for as long as the way may take.
    #[must_use]
    pub fn set_nonce(&self, nonce: &str, life: Duration) -> HeaderValue {
        self.header(&self.nonce, nonce, Some(seconds(life)))
    }

    /// Takes it back.
    #[must_use]
    pub fn clear_nonce(&self) -> HeaderValue {
        self.header(&self.nonce, "", Some(cookie::time::Duration::ZERO))
    }

    /// Who waits to be asked before a sign-in at a node below counts, sealed.
    #[must_use]
    pub fn passage(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.passage).filter(|value| !value.is_empty())
    }

    /// Sets it for as long as it waits.
    #[must_use]
    pub fn set_passage(&self, sealed: &str, life: Duration) -> HeaderValue {
        self.header(&self.passage, sealed, Some(seconds(life)))
    }

    /// Takes it back.
    #[must_use]
    pub fn clear_passage(&self) -> HeaderValue {
        self.header(&self.passage, "", Some(cookie::time::Duration::ZERO))
    }

    /// The cookie by which a browser is known again.
    #[must_use]
    pub fn device(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.device).filter(|value| value.len() == 43)
    }

    /// Sets it for as long as a browser is known.
    #[must_use]
    pub fn set_device(&self, value: &str) -> HeaderValue {
        let seconds = i64::try_from(DEVICE_KNOWN.as_secs()).unwrap_or(0);
        self.header(&self.device, value, Some(cookie::time::Duration::seconds(seconds)))
    }

    /// Sets a preference for a year.
    #[must_use]
    pub fn set_preference(&self, name: &str, value: &str) -> HeaderValue {
        self.header(name, value, Some(cookie::time::Duration::days(365)))
    }

    fn header(&self, name: &str, value: &str, max_age: Option<cookie::time::Duration>) -> HeaderValue {
        let mut cookie = Cookie::build((name, value))
            .path(self.path.as_str())
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build();
        if let Some(max_age) = max_age {
            cookie.set_max_age(max_age);
        }
        HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn seconds(life: Duration) -> cookie::time::Duration {
    cookie::time::Duration::seconds(i64::try_from(life.as_secs()).unwrap_or(0))
}

/// The value of a cookie of a request; the first one of that name.
#[must_use]
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(Cookie::split_parse).flatten().find(|cookie| cookie.name() == name).map(|c| c.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolated_clients_have_places_of_their_own_and_no_more_than_there_are() {
        let cookies = cookies("https://id.example");
        let names: std::collections::BTreeSet<String> = (0..500)
            .map(|number| cookies.isolated_name(&ClientId::from(format!("client-{number}").as_str())))
            .collect();
        assert_eq!(names.len(), usize::from(ISOLATED_PLACES));
        assert!(names.iter().all(|name| name.starts_with("__Host-hufu_isolated_")));
    }

    fn cookies(issuer: &str) -> Cookies {
        Cookies::of(&Url::parse(issuer).unwrap())
    }

    #[test]
    fn https_makes_the_cookie_secure_and_host_bound() {
        let header = cookies("https://id.example").set_session(&SessionCookie::new("v"));
        assert_eq!(header, "__Host-hufu_session=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        let header = cookies("https://gateway.example/id").set_session(&SessionCookie::new("v"));
        assert_eq!(header, "__Secure-hufu_session=v; HttpOnly; SameSite=Lax; Secure; Path=/id");
        let header = cookies("http://localhost:9000").set_session(&SessionCookie::new("v"));
        assert_eq!(header, "hufu_session=v; HttpOnly; SameSite=Lax; Path=/");
    }
}
