//! Guardians (监护人): a child's page, the guardian's page, and what a child sees on the way to a service.

use askama::Template;

use super::second_factor::SecondFactorProblem;
use super::{Asking, Interaction, Problems};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The page in the account centre. `#guardian-form` posts `guardian_name` and `mobile`; `#otp-form` both and `code`; lines
/// post `guardianship` and `answer`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/guardian.html")]
pub struct GuardianPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<GuardianNotice>,
    /// Who sees it.
    pub role: GuardianRole,
    /// What is asked or stands.
    pub lines: Vec<GuardianRow>,
    /// What was typed as the guardian's name.
    pub name: String,
    /// What was typed as the guardian's number.
    pub mobile: String,
    /// Whether a code was sent.
    pub sent: bool,
    /// What to put right.
    pub problem: Option<GuardianProblem>,
}

/// Who sees the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardianRole {
    /// A child under 14.
    Child,
    /// Somebody who can be a guardian.
    Guardian,
    /// Somebody of age whose name is not proven well enough, or whose age is not known.
    Neither,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardianNotice {
    /// The child has asked.
    Asked,
    /// The guardian has accepted.
    Accepted,
    /// It was ended.
    Ended,
}

/// What kept something from being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardianProblem {
    /// No name was typed.
    Name,
    /// The number cannot be one.
    Number,
    /// The code, or its sending.
    Code(SecondFactorProblem),
}

/// One guardianship.
#[derive(Clone, Debug)]
pub struct GuardianRow {
    /// What is posted as `guardianship`.
    pub id: String,
    /// Whether the one who sees it is the guardian.
    pub as_guardian: bool,
    /// The other one's name, masked.
    pub name: String,
    /// Whether it was accepted.
    pub active: bool,
    /// Until when it waits, or stands.
    pub until: Timestamp,
}

impl GuardianPage {
    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| {
            self.ctx.t(match notice {
                GuardianNotice::Asked => "guardian-asked-done",
                GuardianNotice::Accepted => "guardian-accepted-done",
                GuardianNotice::Ended => "guardian-ended-done",
            })
        })
    }

    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| match problem {
            GuardianProblem::Name => ("guardian_name", self.ctx.t("guardian-name-missing")),
            GuardianProblem::Number => ("mobile", self.ctx.t("sms-number-shape")),
            GuardianProblem::Code(problem) => problem.told(&self.ctx),
        }))
    }

    /// A sample of a child.
    #[must_use]
    pub fn sample_child(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::GUARDIAN.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: None,
            role: GuardianRole::Child,
            lines: Vec::new(),
            name: String::new(),
            mobile: String::new(),
            sent: false,
            problem: None,
        }
    }

    /// A sample of a child to whose guardian a code was sent.
    #[must_use]
    pub fn sample_sent(lang: Lang) -> Self {
        let name = "王建国".to_owned();
        Self { sent: true, name, mobile: "13800135021".to_owned(), ..Self::sample_child(lang) }
    }

    /// A sample of a guardian.
    #[must_use]
    pub fn sample_guardian(lang: Lang) -> Self {
        let sample = Self::sample_child(lang);
        let row = |id: &str, name: &str, active, days: i64| GuardianRow {
            id: id.to_owned(),
            as_guardian: true,
            name: name.to_owned(),
            active,
            until: Timestamp(sample.ctx.now.0 + days * 86_400_000),
        };
        let lines = vec![row("g1", "*小雨", false, 6), row("g2", "*小明", true, 900)];
        Self { role: GuardianRole::Guardian, lines, ..sample }
    }
}

/// What a child sees on the way to a service while nobody agrees for it (`#guardian-needed`).
#[derive(Clone, Debug, Template)]
#[template(path = "pages/guardian_needed.html")]
pub struct GuardianNeededPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// The service.
    pub asking: Asking,
    /// Where the sign-in goes on once a guardian has accepted, below the base path.
    pub again: String,
}

impl GuardianNeededPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::GUARDIAN_NEEDED.to_owned(), ..PageContext::sample_signed_in(lang) },
            form: Interaction::sample(),
            asking: Asking::sample(lang),
            again: "/oauth2/authorize?flow=c2VhbGVkLWZsb3c".to_owned(),
        }
    }
}
