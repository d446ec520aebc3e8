//! [`Visitor`]: a person's browser over real HTTP, which may find the node gone at any moment.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hufu::outbound::{AllowRule, Limits, Outbound, OutboundPolicy, OutboundRequest};
use url::Url;

/// The node did not answer: whether it did what was asked is not known.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone;

/// An answer that came.
#[derive(Debug)]
pub struct Answer {
    pub url: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// What a browser sends: a link or a form.
#[derive(Clone, Debug)]
pub struct Form {
    method: Method,
    url: Url,
    body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn leads_to(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION).filter(|_| self.status.is_redirection())?;
        Some(self.url.join(location.to_str().unwrap()).unwrap())
    }

    /// The link with this id, as it is pressed.
    pub fn pressed(&self, id: &str) -> Form {
        let tags = self.text.split("<a ").filter_map(|rest| rest.split('>').next());
        let tag = tags.into_iter().find(|tag| tag.contains(&format!("id=\"{id}\"")));
        let href = tag.and_then(|tag| attribute(tag, "href")).unwrap_or_else(|| panic!("no #{id}: {}", self.text));
        Form { method: Method::GET, url: self.url.join(&href).unwrap(), body: String::new() }
    }

    /// The form that is or holds the element with this id: its hidden fields and these.
    pub fn filled(&self, id: &str, fields: &[(&str, &str)]) -> Form {
        let (url, hidden) = self.form(id);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(hidden).extend_pairs(fields).finish();
        Form { method: Method::POST, url, body }
    }

    /// Whether an element with this id is on the page.
    pub fn has(&self, id: &str) -> bool {
        self.text.contains(&format!("id=\"{id}\""))
    }

    /// The JSON that it is.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// A parameter of the address.
    pub fn param(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
    }

    /// The action and the hidden fields of the form that is or holds the element with this id.
    fn form(&self, id: &str) -> (Url, Vec<(String, String)>) {
        self.form_with(&format!("id=\"{id}\""))
    }

    /// The same for the form in which this text stands.
    fn form_with(&self, mark: &str) -> (Url, Vec<(String, String)>) {
        let forms = self.text.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms
            .into_iter()
            .find(|form| form.contains(mark))
            .unwrap_or_else(|| panic!("no form with {mark}: {}", self.text));
        let action = attribute(form.split('>').next().unwrap(), "action").unwrap_or_default();
        let inputs = form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
        let fields = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect();
        (self.url.join(&action).unwrap(), fields)
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&#x3D;", "=").replace("&#38;", "&").replace("&amp;", "&"))
}

/// A way to the node that keeps no connection from before it died.
pub fn way() -> Outbound {
    let loopback = |cidr: &str| AllowRule { cidr: cidr.parse().unwrap(), ports: Vec::new(), plain_http: true };
    let allow = vec![loopback("127.0.0.0/8"), loopback("::1/128")];
    Outbound::new(OutboundPolicy { allow, native_roots: false, idle_timeout_ms: 1, ..OutboundPolicy::default() })
        .unwrap()
}

/// One request, redirects not followed.
pub async fn send(way: &Outbound, url: &Url, method: Method, headers: HeaderMap, body: String) -> Result<Answer, Gone> {
    let limits = Limits { timeout: Duration::from_secs(20), max_body: 1024 * 1024 };
    let mut request = OutboundRequest::get(url.clone(), limits, "test");
    (request.method, request.headers, request.body) = (method, headers, body.into());
    let answer = way.send(request).await.map_err(|_| Gone)?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    Ok(Answer { url: url.clone(), status: answer.status, headers: answer.headers, text })
}

/// A person's browser.
#[derive(Clone)]
pub struct Visitor {
    way: Outbound,
    issuer: Url,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// A browser before the node at `issuer`.
    pub fn new(issuer: &Url) -> Self {
        Self { way: way(), issuer: issuer.clone(), cookies: BTreeMap::new() }
    }

    /// The node.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// A link of the node, or a whole address.
    pub fn link(&self, path: &str) -> Form {
        Form { method: Method::GET, url: self.issuer.join(path).unwrap(), body: String::new() }
    }

    /// Follows a link and every redirect within the node.
    pub async fn get(&mut self, path: &str) -> Result<Answer, Gone> {
        self.follow(self.link(path)).await
    }

    /// Sends the form that is or holds the element with this id: its hidden fields and these.
    pub async fn submit(&mut self, page: &Answer, form: &str, fields: &[(&str, &str)]) -> Result<Answer, Gone> {
        self.follow(page.filled(form, fields)).await
    }

    /// Sends the form with this hidden field as it is.
    pub async fn submit_field(&mut self, page: &Answer, name: &str, value: &str) -> Result<Answer, Gone> {
        let (action, hidden) = page.form_with(&format!("name=\"{name}\" value=\"{value}\""));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(hidden).finish();
        self.follow(Form { method: Method::POST, url: action, body }).await
    }

    async fn follow(&mut self, form: Form) -> Result<Answer, Gone> {
        let mut form = form;
        for _ in 0..12 {
            let mut answer = self.hop(form).await?;
            let Some(next) = answer.leads_to() else { return Ok(answer) };
            if next.origin() != self.issuer.origin() {
                answer.url = next;
                return Ok(answer);
            }
            form = self.link(next.as_str());
        }
        panic!("too many redirects, at {}", form.url);
    }

    /// One request, with the cookies that are held; a redirect is not followed.
    pub async fn hop(&mut self, Form { method, url, body }: Form) -> Result<Answer, Gone> {
        let mut headers = HeaderMap::new();
        if method == Method::POST {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        headers.insert(header::COOKIE, HeaderValue::from_str(&jar.join("; ")).unwrap());
        let answer = send(&self.way, &url, method, headers, body).await?;
        self.keep_cookies(&answer.headers);
        Ok(answer)
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

    /// Signs in at the node itself; true when the account page shows.
    pub async fn sign_in(&mut self, username: &str, password: &str) -> Result<bool, Gone> {
        let page = self.get("/sign-in").await?;
        let page = self.submit(&page, "login-form", &[("username", username), ("password", password)]).await?;
        Ok(page.has("account"))
    }

    /// Whether the browser's session lives.
    pub async fn is_signed_in(&mut self) -> Result<bool, Gone> {
        Ok(self.get("/account").await?.has("account"))
    }
}
