//! What comes back to a browser: a [`Page`] of the node, or a [`Callback`] to a service.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use url::Url;

/// A page of the node.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it is, below the issuer.
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

impl Page {
    /// Whether an element with this id is on the page.
    pub fn has(&self, id: &str) -> bool {
        self.html.contains(&format!("id=\"{id}\""))
    }

    /// The page must be the one with this element.
    #[track_caller]
    pub fn must_have(&self, id: &str) -> &Self {
        assert!(self.has(id), "#{id} is not on the page at {} ({}):\n{}", self.path, self.status, self.html);
        self
    }

    /// The text of the element with this id (no element inside it).
    #[track_caller]
    pub fn text(&self, id: &str) -> String {
        let rest =
            self.html.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("no #{id} at {}", self.path));
        let inner = rest.split_once('>').unwrap().1;
        inner.split('<').next().unwrap().trim().to_owned()
    }

    /// Where the form that is or holds the element with this id goes, and its hidden fields.
    #[track_caller]
    pub fn form(&self, id: &str) -> (String, Vec<(String, String)>) {
        let mark = format!("id=\"{id}\"");
        let forms = self.html.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
        let form = forms.into_iter().find(|form| form.contains(&mark));
        let form = form.unwrap_or_else(|| panic!("no form #{id} at {} ({}):\n{}", self.path, self.status, self.html));
        let action = attribute(form.split('>').next().unwrap(), "action").unwrap_or_default();
        let inputs = form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
        let fields = hidden.map(|tag| (attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap()));
        (action, fields.collect())
    }

    /// Every hidden field of this name on the page.
    pub fn hidden(&self, name: &str) -> Vec<String> {
        let tags = self.html.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
        let named = tags.filter(|tag| attribute(tag, "name").as_deref() == Some(name));
        named.filter_map(|tag| attribute(tag, "value")).collect()
    }

    /// The stable code of an error page.
    #[track_caller]
    pub fn error_code(&self) -> String {
        self.must_have("error").text("error-code")
    }
}

pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&#x3D;", "=").replace("&#38;", "&").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// A response on its way to a service.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The redirect URI, without what was added to it.
    pub uri: String,
    pub params: BTreeMap<String, String>,
    /// The whole address.
    pub whole: String,
}

impl Callback {
    pub(super) fn of(location: &str) -> Self {
        let url = Url::parse(location).unwrap();
        let added = url.fragment().or(url.query()).unwrap_or_default().to_owned();
        let params = url::form_urlencoded::parse(added.as_bytes()).into_owned().collect();
        let uri = location.split(['?', '#']).next().unwrap().to_owned();
        Self { uri, params, whole: location.to_owned() }
    }

    /// A parameter, which must be there.
    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        self.params.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.params))
    }

    /// The code, if it is not an error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.get("code")
    }

    /// The error code.
    #[track_caller]
    pub fn error(&self) -> &str {
        self.get("error")
    }
}

/// Where a browser is after all redirects.
#[derive(Clone, Debug)]
pub enum Landed {
    /// At the node.
    Here(Page),
    /// At a service.
    There(Callback),
}

impl Landed {
    /// The page of the node.
    #[track_caller]
    pub fn page(self) -> Page {
        match self {
            Self::Here(page) => page,
            Self::There(callback) => panic!("the browser has left to {}", callback.whole),
        }
    }

    /// The response to the service.
    #[track_caller]
    pub fn callback(self) -> Callback {
        match self {
            Self::There(callback) => callback,
            Self::Here(page) => panic!("the browser is at {} ({}):\n{}", page.path, page.status, page.html),
        }
    }
}
