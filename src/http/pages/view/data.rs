//! My data (我的个人信息): what is held, masked item by item; take it along; where each thing is put right.

use askama::Template;

use crate::base::Timestamp;
use crate::centre::Item;
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#data` has a form an item that posts `item`; `#export-form` posts for the file.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/data.html")]
pub struct DataPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The user name.
    pub username: String,
    /// The items.
    pub items: Vec<ItemLine>,
    /// For how many seconds an item is shown.
    pub seconds: u64,
    /// Whether the person is a child, or can be or is a guardian.
    pub guardian: bool,
    /// The platforms that have registered her and keep that in step here: name, and since when.
    pub registered_at: Vec<(String, Timestamp)>,
}

/// An item that is masked until the person asks for it.
#[derive(Clone, Debug)]
pub struct ItemLine {
    /// Which.
    pub item: Item,
    /// Its value: masked, or in plain.
    pub value: String,
    /// Whether it is in plain now.
    pub plain: bool,
}

/// What an item is called.
#[must_use]
pub fn title(ctx: &PageContext, item: Item) -> String {
    ctx.t(match item {
        Item::Name => "claim-name",
        Item::Document => "claim-identity-number",
        Item::Mobile => "claim-mobile",
    })
}

impl DataPage {
    /// What the item of a line is called.
    #[must_use]
    pub fn title(&self, line: &ItemLine) -> String {
        title(&self.ctx, line.item)
    }

    /// What an item's button says to who cannot see the page.
    #[must_use]
    pub fn show_label(&self, line: &ItemLine) -> String {
        self.ctx.say("data-show-label").with("item", title(&self.ctx, line.item)).plain()
    }

    /// Whether anything is in plain, so that the page hides it again by itself.
    #[must_use]
    pub fn shows_anything(&self) -> bool {
        self.items.iter().any(|line| line.plain)
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let line = |item, value: &str| ItemLine { item, value: value.to_owned(), plain: false };
        let ctx = PageContext { here: paths::DATA.to_owned(), ..PageContext::sample_signed_in(lang) };
        let platform = if lang == Lang::En { "Hangzhou platform" } else { "杭州市平台" };
        Self {
            registered_at: vec![(platform.to_owned(), Timestamp(ctx.now.0 - 40 * 86_400_000))],
            ctx,
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            username: "wangming".to_owned(),
            items: vec![
                line(Item::Name, "*明"),
                line(Item::Document, "1****************5"),
                line(Item::Mobile, "138****5021"),
            ],
            seconds: 120,
            guardian: true,
        }
    }

    /// A sample with an item in plain.
    #[must_use]
    pub fn sample_shown(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        if let Some(line) = page.items.last_mut() {
            line.plain = true;
            line.value = "13800135021".to_owned();
        }
        page
    }
}
