//! An account that was here before, and the node above (关联账号).

use askama::Template;

use super::Interaction;
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#link-form` posts `decision=link`, `#link-decline` `decision=decline`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/link.html")]
pub struct LinkPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// What an account of the node above is called.
    pub above: String,
    /// Where the person signs in to the account that was here, below the base path.
    pub sign_in: String,
    /// How far it is.
    pub state: LinkState,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// The person must sign in to the account that was here.
    SignIn,
    /// They have, and are asked.
    Asking,
    /// The account is linked to somebody else there.
    Taken,
    /// Nothing waits.
    Nothing,
}

impl LinkPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_in(lang, LinkState::SignIn)
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: LinkState) -> Self {
        Self {
            ctx: PageContext { here: paths::LINK_ABOVE.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            above: lang.pick("国家政务服务平台账号", "national platform account").to_owned(),
            sign_in: paths::SIGN_IN.to_owned(),
            state,
        }
    }
}
