//! An account from the node above, before it is first used (激活).

use askama::Template;

use super::{Asking, Interaction, Level};
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#activate-form` takes the account into use.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/activate.html")]
pub struct ActivatePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks for the sign-in; nobody when the person came on their own.
    pub asking: Option<Asking>,
    /// What an account of the node above is called, or the node below from where the person came.
    pub above: String,
    /// Whether it was a node below.
    pub from_below: bool,
    /// The user name that the account got here.
    pub username: String,
    /// The level that was taken over.
    pub level: Level,
    /// What was taken over, masked.
    pub items: Vec<(TakenItem, String)>,
}

/// What is taken over from the node above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenItem {
    /// The name.
    Name,
    /// The number of the document.
    Document,
    /// The mobile number.
    Mobile,
}

impl ActivatePage {
    /// What an item is called.
    #[must_use]
    pub fn label(&self, item: &TakenItem) -> String {
        self.ctx.t(match item {
            TakenItem::Name => "activate-name",
            TakenItem::Document => "activate-document",
            TakenItem::Mobile => "activate-mobile",
        })
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::ACTIVATE.to_owned(), ..PageContext::sample_signed_in(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            above: lang.pick("国家政务服务平台账号", "national platform account").to_owned(),
            from_below: false,
            username: "user_k7m2xq4hwz".to_owned(),
            level: Level::L2,
            items: vec![
                (TakenItem::Name, "*明".to_owned()),
                (TakenItem::Document, "1***************2X".to_owned()),
                (TakenItem::Mobile, "138****5021".to_owned()),
            ],
        }
    }

    /// A sample of somebody who came from a node below.
    #[must_use]
    pub fn sample_below(lang: Lang) -> Self {
        let above = lang.pick("甲市政务服务平台", "City A services").to_owned();
        Self { above, from_below: true, asking: None, ..Self::sample(lang) }
    }

    /// A sample of a person of whom only a level was told, on her own.
    #[must_use]
    pub fn sample_little(lang: Lang) -> Self {
        Self { asking: None, items: Vec::new(), ..Self::sample(lang) }
    }
}
