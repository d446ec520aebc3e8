//! A further factor is added (添加验证方式) on the way to a service.

use askama::Template;

use super::{Asking, Interaction};
use crate::http::pages::{Lang, PageContext, paths};

/// The choice of what to add (`#enrol`); `#enrol-decline` goes back to the service without.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/enrol.html")]
pub struct EnrolPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks.
    pub asking: Option<Asking>,
    /// Where a passkey is made; none where browsers have none for this node.
    pub passkey: Option<String>,
    /// Where an authenticator app is set up.
    pub totp: String,
    /// Where a mobile number is verified; none where messages cannot be sent.
    pub mobile: Option<String>,
}

impl EnrolPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let form = Interaction::sample();
        let leading = |page: &str| format!("{page}?flow={}", form.flow);
        Self {
            ctx: PageContext { here: paths::ENROL.to_owned(), ..PageContext::sample(lang) },
            asking: Some(Asking::sample(lang)),
            passkey: Some(leading(paths::PASSKEY)),
            totp: leading(paths::TOTP),
            mobile: Some(leading(paths::MOBILE)),
            form,
        }
    }
}
