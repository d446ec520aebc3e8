//! Two accounts of one person become one.

use askama::Template;

use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#merge-wish` posts `decision=wish`; `#merge-form` posts `decision=merge`, `#merge-decline` `decision=decline`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/merge.html")]
pub struct MergePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The user name of the account that is signed in.
    pub username: String,
    /// How far it is.
    pub state: MergeState,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeState {
    /// Nothing waits.
    Nothing,
    /// Another account holds a document that was proven here.
    Found,
    /// The person must now sign in to the other account.
    WishedHere,
    /// Another account waits to be absorbed by this one.
    WishedThere {
        /// Its user name.
        username: String,
    },
    /// The sign-in is too old for this.
    SignInAgain,
    /// Done.
    Done,
}

impl MergePage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_in(lang, MergeState::WishedThere { username: "wangming2".to_owned() })
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: MergeState) -> Self {
        Self {
            ctx: PageContext { here: paths::MERGE.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            username: "wangming".to_owned(),
            state,
        }
    }
}
