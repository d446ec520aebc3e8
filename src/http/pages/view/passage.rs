//! Somebody who has signed in at a node below, and is asked something before that counts here (信任传递).

use askama::Template;

use super::Interaction;
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#passage-form` posts `decision=agree`, `#passage-decline` `decision=decline`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/passage.html")]
pub struct PassagePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// What the node below is called.
    pub below: String,
    /// Who is signed in in this browser now, masked; empty: nobody.
    pub person: String,
    /// What is asked.
    pub state: PassageState,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassageState {
    /// Whether the session of another person in this browser may end.
    OtherPerson,
    /// To sign in to the account that was here before.
    SignIn,
    /// Whether it is to be linked, now that they have signed in to it.
    Link,
    /// Nothing waits.
    Nothing,
}

impl PassagePage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_in(lang, PassageState::OtherPerson)
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: PassageState) -> Self {
        Self {
            ctx: PageContext { here: paths::PASSAGE.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            below: lang.pick("甲市政务服务平台", "City A services").to_owned(),
            person: "*丽".to_owned(),
            state,
        }
    }
}
