//! This sign-in is over: start again.

use askama::Template;

use super::WayBack;
use crate::http::pages::{Lang, PageContext, paths};

/// Shown for a step of a flow that cannot go on (back button, second tab, long absence). It never strands: there is always
/// a place to start from (`#start-again`).
#[derive(Clone, Debug, Template)]
#[template(path = "pages/expired.html")]
pub struct ExpiredPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// Why it cannot go on.
    pub reason: ExpiredReason,
    /// The service to start again from.
    pub back: Option<WayBack>,
}

/// Why a flow cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiredReason {
    /// It was finished already.
    Finished,
    /// Too much time went by.
    Expired,
    /// It was begun in another browser, or cookies are off.
    OtherBrowser,
}

impl ExpiredPage {
    const fn keys(&self) -> (&'static str, &'static str) {
        match self.reason {
            ExpiredReason::Finished => ("expired-finished", "expired-finished-what"),
            ExpiredReason::Expired => ("expired-time", "expired-time-what"),
            ExpiredReason::OtherBrowser => ("expired-browser", "expired-browser-what"),
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
    pub fn sample_for(lang: Lang, reason: ExpiredReason) -> Self {
        Self {
            ctx: PageContext { here: paths::HOME.to_owned(), ..PageContext::sample(lang) },
            reason,
            back: WayBack::sample(lang),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_for(lang, ExpiredReason::Expired)
    }
}
