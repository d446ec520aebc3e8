//! Register (注册).

use askama::Template;

use super::form::PasswordProblem;
use super::sign_in::ChallengeAsked;
use super::{Asking, Interaction, PasswordRule, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// The registration page. `#register-form` posts `username`, `mobile`, `password`, `password_again` and `terms`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/register.html")]
pub struct RegisterPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// The service on whose way the registration lies.
    pub asking: Option<Asking>,
    /// What was typed as user name.
    pub username: String,
    /// What was typed as mobile number.
    pub mobile: String,
    /// What a password must be.
    pub rule: PasswordRule,
    /// What to put right.
    pub found: Vec<RegisterProblem>,
    /// A challenge that must be answered with it.
    pub challenge: Option<ChallengeAsked>,
}

/// What kept an account from being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterProblem {
    /// No user name.
    UsernameMissing,
    /// Not a user name by the rules (4 to 32 letters, digits, `-`, `_`, `.`; a letter first).
    UsernameShape,
    /// Somebody has this name.
    UsernameTaken,
    /// Not an 11-digit mobile number of the mainland.
    MobileShape,
    /// The password was not accepted.
    Password(PasswordProblem),
    /// The terms were not accepted.
    TermsMissing,
    /// A challenge is due, and was not answered rightly.
    Challenge,
    /// Too many registrations from this address; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
    /// The node cannot make more accounts at this moment.
    Busy,
}

impl RegisterPage {
    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let ctx = &self.ctx;
        Problems::new(self.found.iter().map(|problem| match problem {
            RegisterProblem::UsernameMissing => ("username", ctx.t("register-username-missing")),
            RegisterProblem::UsernameShape => ("username", ctx.t("register-username-shape")),
            RegisterProblem::UsernameTaken => ("username", ctx.t("register-username-taken")),
            RegisterProblem::MobileShape => ("mobile", ctx.t("register-mobile-shape")),
            RegisterProblem::Password(problem) => problem.told(ctx, self.rule),
            RegisterProblem::TermsMissing => ("terms", ctx.t("register-terms-missing")),
            RegisterProblem::Challenge => ("answer", ctx.t("challenge-wrong")),
            RegisterProblem::TooMany { seconds } => ("", ctx.say("problem-too-many").count("seconds", seconds).plain()),
            RegisterProblem::Busy => ("", ctx.t("problem-busy")),
        }))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::REGISTER.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            username: String::new(),
            mobile: String::new(),
            rule: PasswordRule::sample(),
            found: Vec::new(),
            challenge: None,
        }
    }

    /// A sample in which every field has something to put right.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self {
            username: "wangming".to_owned(),
            mobile: "1380013".to_owned(),
            found: vec![
                RegisterProblem::UsernameTaken,
                RegisterProblem::MobileShape,
                RegisterProblem::Password(PasswordProblem::Common),
                RegisterProblem::Password(PasswordProblem::Differs),
                RegisterProblem::TermsMissing,
            ],
            challenge: Some(ChallengeAsked::sample(lang)),
            ..Self::sample(lang)
        }
    }
}
