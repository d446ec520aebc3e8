//! Close the account (注销账号): what it comes to, that it waits, and the one choice of whoever comes back meanwhile.

use askama::Template;
use askama::filters::Safe;

use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The page before. `#close-form` posts `decision=close`, and `companies=end` when that box is ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/close.html")]
pub struct ClosePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The services that the person has let in.
    pub services: Vec<String>,
    /// The companies that the person represents.
    pub companies: Vec<String>,
    /// When it would be done.
    pub due: Timestamp,
    /// How many days that is.
    pub days: u64,
    /// Whether the box about companies was left empty.
    pub companies_left: bool,
}

impl ClosePage {
    /// How long it waits, in words.
    #[must_use]
    pub fn waits(&self) -> Safe<String> {
        self.ctx.say("close-waits").count("days", &self.days).html()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::CLOSE.to_owned(), ..PageContext::sample_signed_in(lang) };
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            services: vec![
                lang.pick("海城市电子证照", "Haicheng Licences").to_owned(),
                lang.pick("海城市网上办事", "Haicheng Online Matters").to_owned(),
            ],
            companies: Vec::new(),
            due: Timestamp(ctx.now.0 + 15 * 86_400_000),
            days: 15,
            companies_left: false,
            ctx,
        }
    }

    /// A sample of somebody who represents a company and has not ticked the box.
    #[must_use]
    pub fn sample_companies(lang: Lang) -> Self {
        let companies = vec![lang.pick("海城远航贸易有限公司", "Haicheng Trading").to_owned()];
        Self { companies, companies_left: true, ..Self::sample(lang) }
    }
}

/// Once it waits, and for whoever signs in meanwhile. `#closing-form` posts `decision=cancel` or `leave`, with `ticket`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/closing.html")]
pub struct ClosingPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What the closing can be taken back with.
    pub ticket: String,
    /// How far it is.
    pub state: ClosingState,
}

/// How far a closing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingState {
    /// It was just asked for; done at this time.
    Asked(Timestamp),
    /// Its owner is back; done at this time.
    Waiting(Timestamp),
    /// It was taken back.
    Cancelled,
    /// There is nothing to take back any more.
    Over,
}

impl ClosingPage {
    /// When it is done, in words.
    #[must_use]
    pub fn due(&self) -> Safe<String> {
        match &self.state {
            ClosingState::Asked(due) | ClosingState::Waiting(due) => self.ctx.moment(due),
            ClosingState::Cancelled | ClosingState::Over => Safe(String::new()),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample_in(lang: Lang, state: ClosingState) -> Self {
        Self { ctx: PageContext::sample(lang), csrf: "Y3NyZi10b2tlbg".to_owned(), ticket: "c2VhbGVk".to_owned(), state }
    }

    /// The moment at which a sample's closing is done.
    #[must_use]
    pub fn sample_due(lang: Lang) -> Timestamp {
        Timestamp(PageContext::sample(lang).now.0 + 15 * 86_400_000)
    }
}
