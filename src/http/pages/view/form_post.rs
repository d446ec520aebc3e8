//! The page that carries an authorization response to the service by a post (OAuth 2.0 Form Post Response Mode §4).

use askama::Template;

use crate::http::pages::{Lang, PageContext, paths};

/// A form that sends itself, or is sent by its button where scripts are off. Needs
/// [`FormTargets::Anywhere`](crate::http::pages::policy::FormTargets::Anywhere).
#[derive(Clone, Debug, Template)]
#[template(path = "pages/form_post.html")]
pub struct FormPostPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The registered redirect URI.
    pub action: String,
    /// The response parameters, in order.
    pub fields: Vec<(String, String)>,
    /// The service's name in the page's language.
    pub service: String,
}

impl FormPostPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            ctx: PageContext { here: paths::HOME.to_owned(), ..PageContext::sample(lang) },
            action: "/".to_owned(),
            fields: vec![field("code", "c2FtcGxl"), field("state", "af0ifjsldkj"), field("iss", "https://id.example")],
            service: lang.pick("海城市电子证照", "Haicheng Licences").to_owned(),
        }
    }
}
