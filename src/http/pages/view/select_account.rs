//! Choice of account (`prompt=select_account`).

use askama::Template;

use super::{Asking, Interaction, Level};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The choice. `#select-form` posts `account=<value>`, or `account=another` to sign in as somebody else.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/select_account.html")]
pub struct SelectAccountPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks.
    pub asking: Option<Asking>,
    /// What may be chosen.
    pub accounts: Vec<AccountChoice>,
}

/// One account.
#[derive(Clone, Debug)]
pub struct AccountChoice {
    /// What is posted as `account`; opaque here, checked again by whoever receives it.
    pub value: String,
    /// The masked name, or the user name of somebody without a verified name.
    pub name: String,
    /// The level reached.
    pub level: Level,
    /// When this browser signed in.
    pub since: Timestamp,
}

impl SelectAccountPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::SELECT_ACCOUNT.to_owned(), ..PageContext::sample_signed_in(lang) };
        Self {
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            accounts: vec![AccountChoice {
                value: "current".to_owned(),
                name: "*明".to_owned(),
                level: Level::L2,
                since: ctx.now,
            }],
            ctx,
        }
    }
}
