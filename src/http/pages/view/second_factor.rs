//! A further factor (二次验证): which way, then the code.

use askama::Template;

use super::{Asking, Interaction, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// The second-factor page. `#second-factor-form` posts `way`; `#otp-form` posts `way` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/second_factor.html")]
pub struct SecondFactorPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks; nobody when the person came on her own.
    pub asking: Option<Asking>,
    /// What is posted back as `why`: `step-up` in a session, empty on the way into one.
    pub why: String,
    /// The ways that the person has, the best first.
    pub ways: Vec<WayChoice>,
    /// The way whose code is asked; none while the person chooses.
    pub chosen: Option<WayChoice>,
    /// Whether the person may go on without.
    pub may_skip: bool,
    /// Where the code was sent, masked; empty when none was sent.
    pub sent_to: String,
    /// Whether the browser may be trusted for some days, and for how many; none when it may not.
    pub trust_days: Option<u64>,
    /// Why the last try did not succeed.
    pub problem: Option<SecondFactorProblem>,
}

/// One way to show a further factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayChoice {
    /// 通行密钥
    Passkey,
    /// 动态口令
    Totp,
    /// 短信验证码
    Sms,
    /// 密码
    Password,
    /// 恢复码
    Recovery,
}

impl WayChoice {
    /// What is posted as `way`.
    #[must_use]
    pub const fn value(&self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Password => "password",
            Self::Recovery => "recovery",
        }
    }

    /// The picture beside it.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::Passkey => "key",
            Self::Totp => "device",
            Self::Sms => "message",
            Self::Password => "lock",
            Self::Recovery => "tally",
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::Passkey => "second-way-passkey",
            Self::Totp => "second-way-totp",
            Self::Sms => "second-way-sms",
            Self::Password => "second-way-password",
            Self::Recovery => "second-way-recovery",
        })
    }

    /// The label of its field.
    #[must_use]
    pub fn label(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::Password => "password",
            Self::Recovery => "second-recovery-code",
            _ => "second-code",
        })
    }

    /// What to do, under the label.
    #[must_use]
    pub fn hint(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::Password => "second-password-hint",
            Self::Recovery => "second-recovery-hint",
            Self::Sms => "second-sms-hint",
            _ => "second-totp-hint",
        })
    }

    /// Kind of field, what browsers fill in, and which keyboard they show.
    #[must_use]
    pub const fn field(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Password => ("password", "current-password", "text"),
            Self::Recovery => ("text", "off", "text"),
            _ => ("text", "one-time-code", "numeric"),
        }
    }

    /// The most characters of the field.
    #[must_use]
    pub const fn longest(&self) -> u32 {
        match self {
            Self::Password => 128,
            Self::Recovery => 24,
            _ => 12,
        }
    }
}

/// Why a try did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorProblem {
    /// Nothing was typed.
    Missing,
    /// What was typed is not right, or was used before.
    Wrong,
    /// Too many wrong tries; open again in so many minutes.
    Locked {
        /// Whole minutes, at least one.
        minutes: u64,
    },
    /// Too many codes were sent, or too many tries came from here; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
    /// Messages cannot be sent at this moment.
    NotSent,
    /// The node cannot check more passwords at this moment.
    Busy,
}

impl SecondFactorProblem {
    /// The field it stands beside, and the words.
    #[must_use]
    pub fn told(self, ctx: &PageContext) -> (&'static str, String) {
        match self {
            Self::Missing => ("code", ctx.t("second-missing")),
            Self::Wrong => ("code", ctx.t("second-wrong")),
            Self::Locked { minutes } => ("", ctx.say("second-locked").count("minutes", &minutes).plain()),
            Self::TooMany { seconds } => ("", ctx.say("problem-too-many").count("seconds", &seconds).plain()),
            Self::NotSent => ("", ctx.t("second-not-sent")),
            Self::Busy => ("", ctx.t("problem-busy")),
        }
    }
}

impl SecondFactorPage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| problem.told(&self.ctx)))
    }

    /// Whether there is another way than the chosen one.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.ways.len() > 1
    }

    /// Where the person chooses another way.
    #[must_use]
    pub fn other_ways(&self) -> String {
        let why = if self.why.is_empty() { String::new() } else { format!("&why={}", self.why) };
        format!("{}?way=choose&flow={}{why}", paths::SECOND_FACTOR, self.form.flow)
    }

    /// A sample: the choice.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::SECOND_FACTOR.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            why: String::new(),
            ways: vec![WayChoice::Passkey, WayChoice::Totp, WayChoice::Sms, WayChoice::Recovery],
            chosen: None,
            may_skip: false,
            sent_to: String::new(),
            trust_days: None,
            problem: None,
        }
    }

    /// A sample: a code was sent.
    #[must_use]
    pub fn sample_sent(lang: Lang) -> Self {
        Self {
            chosen: Some(WayChoice::Sms),
            sent_to: "138****5021".to_owned(),
            trust_days: Some(30),
            may_skip: true,
            ..Self::sample(lang)
        }
    }

    /// A sample after a wrong code of an app.
    #[must_use]
    pub fn sample_wrong(lang: Lang) -> Self {
        Self { chosen: Some(WayChoice::Totp), problem: Some(SecondFactorProblem::Wrong), ..Self::sample(lang) }
    }
}
