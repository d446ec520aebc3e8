//! Recovery of an account (找回账号): who it is, what else is shown, and what becomes of it.

use askama::Template;
use askama::filters::Safe;

use super::form::PasswordProblem;
use super::second_factor::SecondFactorProblem;
use super::{PasskeyAsk, PasswordRule, Problems, RealNamePage};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};
use crate::signon::OwnWay;

/// The first page: `#recover-form` posts name and document.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/recover.html")]
pub struct RecoverPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The fields, as on the page where a name is proven.
    pub asked: RealNamePage,
}

impl RecoverPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::around(RealNamePage::sample(lang))
    }

    /// A sample around these fields.
    #[must_use]
    pub fn around(asked: RealNamePage) -> Self {
        let lang = asked.ctx.lang;
        let ctx = PageContext { here: paths::RECOVER.to_owned(), ..PageContext::sample(lang) };
        Self { ctx, csrf: "Y3NyZi10b2tlbg".to_owned(), asked }
    }
}

/// The second page: a way is chosen and shown. `#recover-ways` posts `way`; `#otp-form` posts `way` and `code`, `#mobile-form`
/// posts `mobile`; `#recover-apply` hands the application in.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/recover_ways.html")]
pub struct RecoverWaysPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The application, sealed; opaque here.
    pub application: String,
    /// Ways that can be shown still.
    pub ways: Vec<OwnWay>,
    /// Ways that were shown.
    pub shown: Vec<OwnWay>,
    /// The way whose field is shown.
    pub chosen: Option<OwnWay>,
    /// What the browser is asked for, when a passkey was chosen.
    pub passkey: Option<PasskeyAsk>,
    /// What was typed as number.
    pub mobile: String,
    /// Whether a code was sent.
    pub sent: bool,
    /// For how many minutes the account would wait, when enough was shown.
    pub minutes: Option<u64>,
    /// Why it does not go on.
    pub problem: Option<RecoverProblem>,
}

/// Why it does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverProblem {
    /// About the way that was shown.
    Way(SecondFactorProblem),
    /// The number cannot be one.
    Number,
    /// A recovery is open.
    AlreadyOpen,
    /// Too many were begun today.
    TooManyToday,
}

impl RecoverWaysPage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| match problem {
            RecoverProblem::Way(SecondFactorProblem::Wrong) if self.field_is_shown() => {
                ("code", self.ctx.t("recover-wrong"))
            }
            RecoverProblem::Way(SecondFactorProblem::Wrong) => ("", self.ctx.t("recover-wrong")),
            RecoverProblem::Way(problem) => problem.told(&self.ctx),
            RecoverProblem::Number => ("mobile", self.ctx.t("sms-number-shape")),
            RecoverProblem::AlreadyOpen => ("", self.ctx.t("recover-already")),
            RecoverProblem::TooManyToday => ("", self.ctx.t("recover-too-many")),
        }))
    }

    fn field_is_shown(&self) -> bool {
        match self.chosen {
            Some(OwnWay::Mobile) => self.sent,
            Some(OwnWay::Totp | OwnWay::RecoveryCode | OwnWay::Password) => true,
            _ => false,
        }
    }

    /// Whether an open recovery stands in the way and can be cancelled.
    #[must_use]
    pub fn is_already_open(&self) -> bool {
        self.problem == Some(RecoverProblem::AlreadyOpen)
    }

    /// How long the account would wait, and what that means.
    #[must_use]
    pub fn waits(&self, minutes: &u64) -> Safe<String> {
        if minutes.is_multiple_of(60) {
            return self.ctx.say("recover-enough").count("hours", &(minutes / 60)).html();
        }
        self.ctx.say("recover-enough-minutes").count("minutes", minutes).html()
    }

    /// The name of a way.
    #[must_use]
    pub fn name(&self, way: &OwnWay) -> String {
        self.ctx.t(match way {
            OwnWay::Passkey => "second-way-passkey",
            OwnWay::Totp => "second-way-totp",
            OwnWay::RecoveryCode => "second-way-recovery",
            OwnWay::Face => "recover-way-face",
            OwnWay::Mobile => "recover-way-mobile",
            OwnWay::Device => "recover-way-device",
            OwnWay::Password => "second-way-password",
        })
    }

    /// The picture beside it.
    #[must_use]
    pub const fn icon(&self, way: &OwnWay) -> &'static str {
        match way {
            OwnWay::Passkey => "key",
            OwnWay::Totp | OwnWay::Device => "device",
            OwnWay::RecoveryCode => "tally",
            OwnWay::Face => "person",
            OwnWay::Mobile => "message",
            OwnWay::Password => "lock",
        }
    }

    /// Label and hint of the field of a way.
    #[must_use]
    pub fn field(&self, way: &OwnWay) -> (String, String) {
        match way {
            OwnWay::Password => (self.ctx.t("password"), self.ctx.t("recover-password-hint")),
            OwnWay::RecoveryCode => (self.ctx.t("second-recovery-code"), self.ctx.t("second-recovery-hint")),
            OwnWay::Mobile => (self.ctx.t("second-code"), self.ctx.t("second-sms-hint")),
            _ => (self.ctx.t("second-code"), self.ctx.t("second-totp-hint")),
        }
    }

    /// Kind of field, what browsers fill in, which keyboard they show, and the most characters.
    #[must_use]
    pub const fn input(&self, way: &OwnWay) -> (&'static str, &'static str, &'static str, u32) {
        match way {
            OwnWay::Password => ("password", "current-password", "text", 128),
            OwnWay::RecoveryCode => ("text", "off", "text", 24),
            _ => ("text", "one-time-code", "numeric", 12),
        }
    }

    /// A sample: the choice.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::RECOVER.to_owned(), ..PageContext::sample(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            application: "c2VhbGVk".to_owned(),
            ways: OwnWay::ALL.into_iter().filter(|way| *way != OwnWay::Face).collect(),
            shown: Vec::new(),
            chosen: None,
            passkey: None,
            mobile: String::new(),
            sent: false,
            minutes: None,
            problem: None,
        }
    }

    /// A sample: enough was shown.
    #[must_use]
    pub fn sample_enough(lang: Lang) -> Self {
        let ways = vec![OwnWay::Passkey, OwnWay::Mobile, OwnWay::Password];
        Self { shown: vec![OwnWay::Totp], ways, minutes: Some(72 * 60), ..Self::sample(lang) }
    }

    /// A sample: another recovery is open.
    #[must_use]
    pub fn sample_open(lang: Lang) -> Self {
        Self { problem: Some(RecoverProblem::AlreadyOpen), ..Self::sample_enough(lang) }
    }

    /// A sample after a wrong code of this way.
    #[must_use]
    pub fn sample_wrong(lang: Lang, way: OwnWay) -> Self {
        let problem = Some(RecoverProblem::Way(SecondFactorProblem::Wrong));
        Self { chosen: Some(way), sent: true, mobile: "13800135021".to_owned(), problem, ..Self::sample(lang) }
    }
}

/// What becomes of a recovery or an appeal. `#recover-code-form` posts `code`; `#password-form` sets the password.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/recover_status.html")]
pub struct RecoverStatusPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The code that it is about; empty while it is asked.
    pub code: String,
    /// How it stands.
    pub state: RecoverState,
    /// What a password must be.
    pub rule: PasswordRule,
    /// What is wrong with the password.
    pub found: Option<PasswordProblem>,
    /// Once it is done: the agents that were appointed by this account lately.
    pub given: Vec<GivenAgent>,
}

/// An appointment that the owner of a recovered account looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAgent {
    /// The company.
    pub company: String,
    /// When the agent was invited.
    pub at: Timestamp,
}

/// How a recovery or an appeal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoverState {
    /// The code is asked.
    Asking {
        /// Whether one was typed that nothing belongs to.
        wrong: bool,
    },
    /// The code is asked: the field was left empty.
    CodeMissing,
    /// Too many tries came from here.
    Throttled {
        /// Whole seconds, at least one.
        seconds: u64,
    },
    /// It has just begun: the code is shown.
    Begun {
        /// When it can be finished.
        ready: Timestamp,
        /// Until when.
        lapses: Timestamp,
    },
    /// The account still waits.
    Waiting {
        /// Until when.
        ready: Timestamp,
    },
    /// The new password is asked.
    Ready {
        /// Until when.
        lapses: Timestamp,
    },
    /// It is done.
    Done,
    /// It was cancelled or lapsed, or the account may not be recovered any more.
    Over,
    /// The appeal has just come: the code is shown.
    AppealFiled,
    /// The appeal waits.
    AppealWaiting,
    /// The appeal was refused.
    AppealRefused,
}

impl RecoverStatusPage {
    /// What to put right.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let told = match self.state {
            RecoverState::Asking { wrong: true } => Some(("code", self.ctx.t("recover-code-wrong"))),
            RecoverState::CodeMissing => Some(("code", self.ctx.t("recover-code-missing"))),
            RecoverState::Throttled { seconds } => {
                Some(("", self.ctx.say("problem-too-many").count("seconds", &seconds).plain()))
            }
            _ => self.found.map(|problem| problem.told(&self.ctx, self.rule)),
        };
        Problems::new(told)
    }

    /// A sample in this state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: RecoverState) -> Self {
        let ctx = PageContext { here: paths::RECOVER_STATUS.to_owned(), ..PageContext::sample(lang) };
        let code = "0a1b2-c3d4e".to_owned();
        Self {
            ctx,
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            code,
            state,
            rule: PasswordRule::sample(),
            found: None,
            given: Vec::new(),
        }
    }

    /// Samples of every state, by name.
    #[must_use]
    pub fn samples(lang: Lang) -> Vec<(&'static str, Self)> {
        let now = PageContext::sample(lang).now;
        let (ready, lapses) = (Timestamp(now.0 + 72 * 3_600_000), Timestamp(now.0 + 240 * 3_600_000));
        let page = |state| Self::sample_in(lang, state);
        let given = vec![GivenAgent { company: "青峰山市云帆软件有限公司".to_owned(), at: now }];
        vec![
            ("recovery_code", page(RecoverState::Asking { wrong: true })),
            ("recovery_begun", page(RecoverState::Begun { ready, lapses })),
            ("recovery_waiting", page(RecoverState::Waiting { ready })),
            ("recovery_ready", Self { found: Some(PasswordProblem::Short), ..page(RecoverState::Ready { lapses }) }),
            ("recovery_done", Self { given, ..page(RecoverState::Done) }),
            ("recovery_over", page(RecoverState::Over)),
            ("recovery_appeal_filed", page(RecoverState::AppealFiled)),
            ("recovery_appeal_waiting", page(RecoverState::AppealWaiting)),
            ("recovery_appeal_refused", page(RecoverState::AppealRefused)),
        ]
    }
}
