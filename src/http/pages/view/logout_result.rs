//! Sign out: what became of it, service by service.

use askama::Template;

use super::WayBack;
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The result of a logout (`#logout-result`). It renews itself while a service is still to be told: by the script, or by the
/// browser when there is none.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/logout_result.html")]
pub struct LogoutResultPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The services that took part; empty when the session had none, or when there was no session.
    pub rows: Vec<LogoutRow>,
    /// For how many hours at most a service is told.
    pub hours: u64,
    /// Back to the service that asked.
    pub back: Option<WayBack>,
}

/// One service and what became of telling it.
#[derive(Clone, Debug)]
pub struct LogoutRow {
    /// The service's name in the page's language.
    pub service: String,
    /// The platform it belongs to; may be empty.
    pub platform: String,
    /// What became of it.
    pub state: LogoutState,
}

/// What became of telling one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutState {
    /// It answered that the session is ended there.
    Told {
        /// When.
        at: Timestamp,
        /// How long it took from the logout, in milliseconds.
        took_ms: u64,
    },
    /// Its turn has not come yet.
    Waiting,
    /// It could not be reached so far.
    Retrying {
        /// The tries so far.
        tries: u64,
        /// When the next one comes.
        next: Timestamp,
    },
    /// Given up: an operator is told.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// It has no address for logout notices: it stays signed in until its own session ends.
    NotTellable,
}

impl LogoutState {
    /// The wording key of its short name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Told { .. } => "logout-told",
            Self::Waiting => "logout-waiting",
            Self::Retrying { .. } => "logout-retrying",
            Self::Failed { .. } => "logout-failed",
            Self::NotTellable => "logout-not-tellable",
        }
    }

    const fn is_pending(self) -> bool {
        matches!(self, Self::Waiting | Self::Retrying { .. })
    }
}

impl LogoutResultPage {
    /// Whether a service is still to be told.
    #[must_use]
    pub fn pending(&self) -> bool {
        self.rows.iter().any(|row| row.state.is_pending())
    }

    /// Whether a service may still hold the person signed in for good.
    #[must_use]
    pub fn left_open(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.state, LogoutState::Failed { .. } | LogoutState::NotTellable))
    }

    /// After how many seconds the page renews itself: soon while first tries are under way, later while retries are.
    #[must_use]
    pub fn renew_after(&self) -> u64 {
        if self.rows.iter().any(|row| row.state == LogoutState::Waiting) { 2 } else { 15 }
    }

    /// The result in one sentence.
    #[must_use]
    pub fn summary(&self) -> askama::filters::Safe<String> {
        let count = |wanted: fn(LogoutState) -> bool| self.rows.iter().filter(|row| wanted(row.state)).count() as u64;
        let told = count(|state| matches!(state, LogoutState::Told { .. }));
        let pending = count(LogoutState::is_pending);
        let all = self.rows.len() as u64;
        let key = match (all, pending) {
            (0, _) => "logout-result-none",
            (_, 0) if told == all => "logout-result-all",
            (_, 0) => "logout-result-some",
            _ => "logout-result-pending",
        };
        self.ctx
            .say(key)
            .count("all", &all)
            .count("told", &told)
            .count("pending", &pending)
            .count("left", &(all - told))
            .count("hours", &self.hours)
            .html()
    }

    /// Milliseconds as seconds: "0.12".
    #[must_use]
    pub fn seconds(&self, took_ms: &u64) -> String {
        format!("{}.{:02}", took_ms / 1000, took_ms % 1000 / 10)
    }

    /// A sample with one service in every state.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: format!("{}?id=sample", paths::LOGOUT_RESULT), ..PageContext::sample(lang) };
        let now = ctx.now;
        let row = |service: &str, platform: &str, state| LogoutRow {
            service: service.to_owned(),
            platform: platform.to_owned(),
            state,
        };
        Self {
            rows: vec![
                row(
                    lang.pick("电子证照", "e-Licences"),
                    lang.pick("海城市", "Haicheng"),
                    LogoutState::Told { at: now, took_ms: 124 },
                ),
                row(
                    lang.pick("网上办事", "Online matters"),
                    lang.pick("海城市", "Haicheng"),
                    LogoutState::Told { at: now, took_ms: 151 },
                ),
                row(lang.pick("公积金查询", "Housing fund"), lang.pick("东海省", "Donghai"), LogoutState::Waiting),
                row(
                    lang.pick("电子印章", "e-Seals"),
                    lang.pick("西江省", "Xijiang"),
                    LogoutState::Retrying { tries: 3, next: now },
                ),
                row(
                    lang.pick("不动产登记", "Land register"),
                    lang.pick("东海省", "Donghai"),
                    LogoutState::Failed { at: now },
                ),
                row(lang.pick("停车缴费", "Parking"), "", LogoutState::NotTellable),
            ],
            hours: 72,
            back: WayBack::sample(lang),
            ctx,
        }
    }

    /// A sample in which everybody was told.
    #[must_use]
    pub fn sample_done(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        page.rows.truncate(2);
        page
    }
}
