//! A recovery is cancelled: by the code in the message, or by whoever is signed in; and an appeal is written.

use askama::Template;

use super::{Interaction, Problems};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// Cancelling by code. `#cancel-form` posts `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/recover_cancel.html")]
pub struct RecoverCancelPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What came of it.
    pub state: CancelState,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelState {
    /// The code is asked.
    Asking,
    /// The field was left empty.
    Missing,
    /// Nothing belongs to the code, or too many were tried.
    Wrong,
    /// It is cancelled.
    Done,
    /// It had ended before.
    Over,
}

impl RecoverCancelPage {
    /// What to put right.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(match self.state {
            CancelState::Missing => Some(("code", self.ctx.t("recover-code-missing"))),
            CancelState::Wrong => Some(("code", self.ctx.t("recover-code-wrong"))),
            CancelState::Asking | CancelState::Done | CancelState::Over => None,
        })
    }

    /// A sample in this state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: CancelState) -> Self {
        let ctx = PageContext { here: paths::RECOVER_CANCEL.to_owned(), ..PageContext::sample(lang) };
        Self { ctx, csrf: "Y3NyZi10b2tlbg".to_owned(), state }
    }
}

/// What whoever is signed in sees of a recovery (`#account-recovery`). `#recovery-cancel` posts `decision`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/account_recovery.html")]
pub struct AccountRecoveryPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields; the flow is empty outside of one.
    pub form: Interaction,
    /// When the open one began, and when it can be finished; none when none is open.
    pub open: Option<(Timestamp, Timestamp)>,
    /// Whether it was just cancelled.
    pub cancelled: bool,
}

impl AccountRecoveryPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::ACCOUNT_RECOVERY.to_owned(), ..PageContext::sample_signed_in(lang) };
        let (begun, ready) = (Timestamp(ctx.now.0 - 3_600_000), Timestamp(ctx.now.0 + 71 * 3_600_000));
        Self { form: Interaction::sample(), open: Some((begun, ready)), cancelled: false, ctx }
    }

    /// A sample after it was cancelled.
    #[must_use]
    pub fn sample_cancelled(lang: Lang) -> Self {
        Self { open: None, cancelled: true, ..Self::sample(lang) }
    }
}

/// An appeal. `#appeal-form` posts `contact` and `text`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/appeal.html")]
pub struct AppealPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The application that it belongs to, sealed; opaque here.
    pub application: String,
    /// What was typed as contact.
    pub contact: String,
    /// What was typed as text.
    pub written: String,
    /// Why it was not taken.
    pub problem: Option<AppealProblem>,
}

/// Why an appeal was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealProblem {
    /// No contact, or one that is too long.
    Contact,
    /// No text, or one that is too long.
    Text,
    /// One is being worked on.
    AlreadyOpen,
    /// No more are taken now.
    Full,
}

impl AppealPage {
    /// What to put right.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| match problem {
            AppealProblem::Contact => ("contact", self.ctx.t("appeal-contact-missing")),
            AppealProblem::Text => ("text", self.ctx.t("appeal-text-missing")),
            AppealProblem::AlreadyOpen => ("", self.ctx.t("appeal-already")),
            AppealProblem::Full => ("", self.ctx.t("appeal-full")),
        }))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::RECOVER.to_owned(), ..PageContext::sample(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            application: "c2VhbGVk".to_owned(),
            contact: String::new(),
            written: String::new(),
            problem: None,
        }
    }

    /// A sample without a text.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self { contact: "13800135021".to_owned(), problem: Some(AppealProblem::Text), ..Self::sample(lang) }
    }
}
