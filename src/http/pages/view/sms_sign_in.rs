//! Sign in by a code by text message (短信验证码登录): the number, then the code.

use askama::Template;

use super::second_factor::SecondFactorProblem;
use super::sign_in::ChallengeAsked;
use super::{Asking, Interaction, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// The page. `#sms-form` posts `mobile`; `#otp-form` posts `mobile` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/sms_sign_in.html")]
pub struct SmsSignInPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks; nobody when the person came on her own.
    pub asking: Option<Asking>,
    /// What was typed as number.
    pub mobile: String,
    /// Whether a code was asked for: the page asks for it now.
    pub sent: bool,
    /// Why the last try did not succeed.
    pub problem: Option<SmsProblem>,
    /// A challenge that must be answered before a code is sent.
    pub challenge: Option<ChallengeAsked>,
}

/// Why a try did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsProblem {
    /// The number is missing or cannot be one.
    Number,
    /// A challenge is due, and was not answered rightly.
    Challenge,
    /// As for every code.
    Code(SecondFactorProblem),
    /// The account may not sign in; told only after the right code.
    Disabled,
}

impl SmsSignInPage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let ctx = &self.ctx;
        Problems::new(self.problem.map(|problem| match problem {
            SmsProblem::Number => ("mobile", ctx.t("sms-number-shape")),
            SmsProblem::Challenge => ("answer", ctx.t("challenge-again")),
            SmsProblem::Code(problem) => problem.told(ctx),
            SmsProblem::Disabled => ("", ctx.t("sign-in-disabled")),
        }))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::SMS_SIGN_IN.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            mobile: String::new(),
            sent: false,
            problem: None,
            challenge: None,
        }
    }

    /// A sample: a challenge is due.
    #[must_use]
    pub fn sample_challenged(lang: Lang) -> Self {
        let problem = Some(SmsProblem::Challenge);
        Self {
            mobile: "13800135021".to_owned(),
            problem,
            challenge: Some(ChallengeAsked::sample(lang)),
            ..Self::sample(lang)
        }
    }

    /// A sample: the code is asked, and was wrong.
    #[must_use]
    pub fn sample_sent(lang: Lang) -> Self {
        let problem = Some(SmsProblem::Code(SecondFactorProblem::Wrong));
        Self { mobile: "13800135021".to_owned(), sent: true, problem, ..Self::sample(lang) }
    }
}
