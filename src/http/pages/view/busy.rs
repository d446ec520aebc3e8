//! Come back in a moment (503, 429).

use askama::Template;

use crate::http::pages::{Lang, PageContext, paths};

/// Shown with `Retry-After`. `#retry` shows the page again that was wanted.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/busy.html")]
pub struct BusyPage {
    /// The page's surroundings; `here` is where the button leads.
    pub ctx: PageContext,
    /// Why.
    pub reason: BusyReason,
    /// The same number of seconds as in `Retry-After`.
    pub seconds: u64,
    /// The short number under which the log has the whole story.
    pub reference: String,
}

/// Why the node does not answer now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusyReason {
    /// Too many people at once.
    Crowded,
    /// Too many requests from this address.
    TooMany,
    /// Something that the node needs does not answer.
    Unavailable,
}

impl BusyPage {
    const fn keys(&self) -> (&'static str, &'static str) {
        match self.reason {
            BusyReason::Crowded => ("busy-crowded", "busy-crowded-what"),
            BusyReason::TooMany => ("busy-too-many", "busy-too-many-what"),
            BusyReason::Unavailable => ("busy-unavailable", "busy-unavailable-what"),
        }
    }

    /// The headline.
    #[must_use]
    pub fn headline(&self) -> String {
        self.ctx.t(self.keys().0)
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> String {
        self.ctx.t(self.keys().1)
    }

    /// A sample for `reason`.
    #[must_use]
    pub fn sample_for(lang: Lang, reason: BusyReason) -> Self {
        Self {
            ctx: PageContext { here: paths::SIGN_IN.to_owned(), ..PageContext::sample(lang) },
            reason,
            seconds: 20,
            reference: "7F3K-92QD".to_owned(),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_for(lang, BusyReason::Crowded)
    }
}
