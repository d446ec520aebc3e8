//! Put right (更正): what a person changes herself, and what she asks an operator to correct.

use askama::Template;

use super::Problems;
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#username-form` posts `username`; `#correction-form` posts `item` and `wish`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/corrections.html")]
pub struct CorrectionsPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<CorrectionNotice>,
    /// The user name, or what was typed as one.
    pub username: String,
    /// What was typed as wish.
    pub wish: String,
    /// Her requests, the newest first.
    pub requests: Vec<CorrectionLine>,
    /// What to put right on this page.
    pub found: Vec<CorrectionProblem>,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionNotice {
    /// The user name was changed.
    Username,
    /// The request was taken.
    Asked,
}

/// What kept something from being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionProblem {
    /// Somebody has this user name.
    Taken,
    /// It cannot be a user name.
    Username,
    /// The wish is empty or too long.
    Wish,
    /// Too many requests wait.
    TooMany,
}

/// One request.
#[derive(Clone, Debug)]
pub struct CorrectionLine {
    /// About what, by its word.
    pub item: String,
    /// In her words.
    pub wish: String,
    /// `open`, `accepted` or `refused`.
    pub state: String,
    /// The answer; empty while there is none.
    pub answer: String,
    /// When it was asked.
    pub at: Timestamp,
}

impl CorrectionsPage {
    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| {
            self.ctx.t(match notice {
                CorrectionNotice::Username => "correction-username-done",
                CorrectionNotice::Asked => "correction-asked",
            })
        })
    }

    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.found.iter().map(|problem| match problem {
            CorrectionProblem::Taken => ("username", self.ctx.t("correction-username-taken")),
            CorrectionProblem::Username => ("username", self.ctx.t("correction-username-malformed")),
            CorrectionProblem::Wish => ("wish", self.ctx.t("correction-wish-missing")),
            CorrectionProblem::TooMany => ("wish", self.ctx.t("correction-too-many")),
        }))
    }

    /// What can be asked about: the word that is posted, and what it is called.
    #[must_use]
    pub fn items(&self) -> Vec<(&'static str, String)> {
        ["real_name", "history", "company", "other"].into_iter().map(|item| (item, self.item(item))).collect()
    }

    /// What an item is called.
    #[must_use]
    pub fn item(&self, item: &str) -> String {
        self.ctx.t(match item {
            "real_name" => "correction-item-real-name",
            "history" => "correction-item-history",
            "company" => "correction-item-company",
            _ => "correction-item-other",
        })
    }

    /// How far a request is: how it looks, and the words.
    #[must_use]
    pub fn state(&self, line: &CorrectionLine) -> (&'static str, String) {
        let (look, key) = match line.state.as_str() {
            "accepted" => ("good", "correction-accepted"),
            "refused" => ("fail", "correction-refused"),
            _ => ("wait", "correction-open"),
        };
        (look, self.ctx.t(key))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::CORRECTIONS.to_owned(), ..PageContext::sample_signed_in(lang) };
        let line = |days: i64, item: &str, state: &str, wish: &str, answer: &str| CorrectionLine {
            item: item.to_owned(),
            wish: wish.to_owned(),
            state: state.to_owned(),
            answer: answer.to_owned(),
            at: Timestamp(ctx.now.0 - days * 86_400_000),
        };
        let requests = vec![
            line(
                1,
                "history",
                "open",
                lang.pick("11 月 3 日的登录不是我本人。", "The sign-in of 3 November was not mine."),
                "",
            ),
            line(
                20,
                "real_name",
                "accepted",
                lang.pick("姓名中的“喆”字显示不正确。", "A character of my name is shown wrongly."),
                lang.pick("已与发证机关核对，请重新核验一次。", "Checked with the authority. Please verify once more."),
            ),
        ];
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: None,
            username: "wangming".to_owned(),
            wish: String::new(),
            requests,
            found: Vec::new(),
            ctx,
        }
    }

    /// A sample after a failed try.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self { found: vec![CorrectionProblem::Taken, CorrectionProblem::Wish], ..Self::sample(lang) }
    }
}
