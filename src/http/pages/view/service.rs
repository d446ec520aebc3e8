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
}

impl Asking {
    /// A service on a sample page.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            name: lang.pick("海城市电子证照", "Haicheng Licences").to_owned(),
            logo: None,
            required: Some(Level::L2),
        }
    }
}

/// A link back to a service: an address that is registered for it, and its name.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// The service's name in the page's language.
    pub name: String,
    /// The address; checked to be http(s) and registered before it gets here.
    pub href: String,
}

impl WayBack {
    /// A way back on a sample page.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self { name: Asking::sample(lang).name, href: "https://licences.haicheng.example/".to_owned() }
    }
}
