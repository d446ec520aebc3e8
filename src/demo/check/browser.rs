//! As much of a browser as the journey needs: cookies by host, redirects, forms with their hidden fields.

use std::collections::BTreeMap;

use http::{HeaderValue, Method, header};
use parking_lot::Mutex;
use url::Url;

use crate::outbound::{Limits, Outbound, OutboundRequest};

/// Most redirects in a row.
const MOST_REDIRECTS: usize = 24;

/// A page that was fetched.
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its text.
    pub html: String,
}

impl Page {
    /// The address of the link with this id.
    pub fn link(&self, id: &str) -> Option<String> {
        let tag = self.tag("<a ", id)?;
        Some(self.url.join(&attribute(tag, "href")?).ok()?.into())
    }

    /// The tag that begins with `kind` and has this id.
    fn tag(&self, kind: &str, id: &str) -> Option<&str> {
        let mark = format!("id=\"{id}\"");
        self.html.split(kind).skip(1).filter_map(|rest| rest.split('>').next()).find(|tag| tag.contains(&mark))
    }

    /// The hidden fields of the form that is or holds the element with this id, and where it goes.
    fn form(&self, id: &str) -> Option<(Url, Vec<(String, String)>)> {
        let mark = format!("id=\"{id}\"");
        let forms = self.html.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&mark))?;
        let action = attribute(form.split('>').next()?, "action").unwrap_or_default();
        let inputs = form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
        let fields = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect();
        Some((self.url.join(&action).ok()?, fields))
    }
}

/// The value of an attribute in a tag of ours, the few character references in it resolved.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&#38;", "&").replace("&#x3D;", "=").replace("&amp;", "&"))
}

/// A browser.
pub struct Browser {
    outbound: Outbound,
    cookies: Mutex<BTreeMap<(String, String), String>>,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound, cookies: Mutex::default() }
    }

    /// Follows a link, and every redirect.
    pub async fn get(&self, url: &str) -> Result<Page, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        self.follow(Method::GET, url, String::new()).await
    }

    /// Sends a form, its hidden fields and these.
    pub async fn submit(&self, page: &Page, form: &str, fields: &[(&str, &str)]) -> Result<Page, String> {
        let (action, hidden) = page.form(form).ok_or_else(|| format!("there is no form {form}"))?;
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(hidden).extend_pairs(fields).finish();
        self.follow(Method::POST, action, body).await
    }

    async fn follow(&self, method: Method, url: Url, body: String) -> Result<Page, String> {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..MOST_REDIRECTS {
            let answer = self.send(method, url.clone(), body).await?;
            let Some(location) = answer.headers.get(header::LOCATION).filter(|_| answer.status.is_redirection()) else {
                let html = String::from_utf8_lossy(&answer.body).into_owned();
                return Ok(Page { url, status: answer.status.as_u16(), html });
            };
            let location = location.to_str().map_err(|error| error.to_string())?;
            url = url.join(location).map_err(|error| error.to_string())?;
            (method, body) = (Method::GET, String::new());
        }
        Err("too many redirects".into())
    }

    async fn send(&self, method: Method, url: Url, body: String) -> Result<crate::outbound::OutboundResponse, String> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut request = OutboundRequest::get(url, Limits::default(), "demo-check");
        if method == Method::POST {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers.insert(header::CONTENT_TYPE, form);
        }
        request.method = method;
        request.body = body.into();
        if let Ok(cookies) = HeaderValue::from_str(&self.cookies_for(&host)) {
            request.headers.insert(header::COOKIE, cookies);
        }
        let answer = self.outbound.send(request).await.map_err(|error| error.to_string())?;
        let set = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for (name, value) in set.filter_map(|text| text.split(';').next()?.split_once('=')) {
            self.cookies.lock().insert((host.clone(), name.to_owned()), value.to_owned());
        }
        Ok(answer)
    }

    fn cookies_for(&self, host: &str) -> String {
        let jar = self.cookies.lock();
        let own = jar.iter().filter(|((other, _), _)| other == host);
        own.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}
