//! The relying party as pages show it.

use super::Level;
use crate::http::pages::Lang;

/// The service that asks for a sign-in.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Its name in the page's language.
    pub name: String,
    /// The address of its logo *at this node*, below the base path; never an address of the service, which would learn from
    /// the request who is about to sign in.
    pub logo: Option<String>,
    /// The level it needs, when it needs one.
    pub required: Option<Level>,
    /// Its privacy policy (OIDC Registration §2 `policy_uri`).
    pub policy: Option<WebAddress>,
    /// Its terms (`tos_uri`).
    pub terms: Option<WebAddress>,
}

impl Asking {
    /// A service on a sample page.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            name: lang.pick("海城市电子证照", "Haicheng Licences").to_owned(),
            logo: None,
            required: Some(Level::L2),
            policy: WebAddress::new("https://example.test/privacy"),
            terms: WebAddress::new("https://example.test/terms"),
        }
    }
}

/// An address on the web that may become a link: http or https, nothing that a browser would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// `address` when it is an absolute http or https URL. Whether it is registered for a service is checked before.
    #[must_use]
    pub fn new(address: &str) -> Option<Self> {
        let url = url::Url::parse(address).ok()?;
        matches!(url.scheme(), "http" | "https").then(|| Self(url.into()))
    }
}

impl std::fmt::Display for WebAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A link back to a service.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// The service's name in the page's language.
    pub name: String,
    /// An address that is registered for it.
    pub href: WebAddress,
}

impl WayBack {
    /// A way back on a sample page.
    #[must_use]
    pub fn sample(lang: Lang) -> Option<Self> {
        let href = WebAddress::new("https://licences.haicheng.example/")?;
        Some(Self { name: Asking::sample(lang).name, href })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        let accepted = WebAddress::new("https://a.example/x?y=\"><script>").unwrap();
        assert!(!accepted.to_string().contains(['"', '<']));
        for refused in
            ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "/local", "app.example:/x", ""]
        {
            assert_eq!(WebAddress::new(refused), None, "{refused:?}");
        }
    }
}
