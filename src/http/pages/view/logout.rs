//! Sign out: the question.

use askama::Template;

use super::Interaction;
use crate::http::pages::{Lang, PageContext, paths};

/// Asks whether to sign out of everything. `#logout-form` posts `decision=confirm` or `cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/logout.html")]
pub struct LogoutPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// The service that asks for it, when one does.
    pub asking: Option<String>,
    /// The services that took part in the session and will be told.
    pub services: Vec<ServiceLine>,
}

/// A service in a list.
#[derive(Clone, Debug)]
pub struct ServiceLine {
    /// Its name in the page's language.
    pub name: String,
    /// The platform it belongs to: 海城市; may be empty.
    pub platform: String,
}

impl LogoutPage {
    /// How many services will be told, in words.
    #[must_use]
    pub fn services_line(&self) -> askama::filters::Safe<String> {
        self.ctx.say("logout-services").count("count", &(self.services.len() as u64)).html()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let line = |name: &str, platform: &str| ServiceLine { name: name.to_owned(), platform: platform.to_owned() };
        Self {
            ctx: PageContext { here: paths::LOGOUT.to_owned(), ..PageContext::sample_signed_in(lang) },
            form: Interaction::sample(),
            asking: Some(lang.pick("海城市电子证照", "Haicheng Licences").to_owned()),
            services: vec![
                line(lang.pick("电子证照", "e-Licences"), lang.pick("海城市", "Haicheng")),
                line(lang.pick("网上办事", "Online matters"), lang.pick("海城市", "Haicheng")),
                line(lang.pick("政务门户", "Government portal"), lang.pick("国家", "National")),
            ],
        }
    }
}
