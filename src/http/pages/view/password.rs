//! Password change.

use askama::Template;

use super::form::PasswordProblem;
use super::{PasswordRule, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// The password change. `#password-form` posts `current_password`, `password` and `password_again`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/password.html")]
pub struct PasswordPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The user name, for the browser's password store.
    pub username: String,
    /// What a password must be.
    pub rule: PasswordRule,
    /// What to put right.
    pub found: Vec<PasswordChangeProblem>,
}

/// What kept the password from being changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeProblem {
    /// The current password was left out.
    CurrentMissing,
    /// The current password is not right.
    CurrentWrong,
    /// The new one is the old one.
    Same,
    /// The new one was not accepted.
    New(PasswordProblem),
    /// Too many tries; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
    /// The node cannot check more passwords at this moment.
    Busy,
}

impl PasswordPage {
    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let ctx = &self.ctx;
        Problems::new(self.found.iter().map(|problem| match problem {
            PasswordChangeProblem::CurrentMissing => ("current_password", ctx.t("password-current-missing")),
            PasswordChangeProblem::CurrentWrong => ("current_password", ctx.t("password-current-wrong")),
            PasswordChangeProblem::Same => ("password", ctx.t("password-same")),
            PasswordChangeProblem::New(problem) => problem.told(ctx, self.rule),
            PasswordChangeProblem::TooMany { seconds } => {
                ("", ctx.say("problem-too-many").count("seconds", seconds).plain())
            }
            PasswordChangeProblem::Busy => ("", ctx.t("problem-busy")),
        }))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::PASSWORD.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            username: "wangming".to_owned(),
            rule: PasswordRule::sample(),
            found: Vec::new(),
        }
    }

    /// A sample after a failed try.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self {
            found: vec![
                PasswordChangeProblem::CurrentWrong,
                PasswordChangeProblem::New(PasswordProblem::Short),
                PasswordChangeProblem::New(PasswordProblem::Differs),
            ],
            ..Self::sample(lang)
        }
    }
}
