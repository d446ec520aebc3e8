//! Sign in (登录).

use askama::Template;

use super::{Asking, Interaction, PasskeyAsk, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// The sign-in page. `#login-form` posts `username` and `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks for the sign-in; nobody when the person came on her own.
    pub asking: Option<Asking>,
    /// What was typed as user name, or the login hint.
    pub username: String,
    /// What is said before anything was typed.
    pub notice: Option<SignInNotice>,
    /// Why the last try did not succeed.
    pub problem: Option<SignInProblem>,
    /// The ways to sign in besides the password.
    pub ways: OtherWays,
    /// What the browser is asked for, so that it can offer passkeys where the user name is typed.
    pub passkey: Option<PasskeyAsk>,
    /// The button of the node above, if there is one.
    pub above: Option<AboveButton>,
    /// The challenge that must be answered too, after several failures.
    pub challenge: Option<ChallengeAsked>,
    /// Whether a new account may be made here.
    pub registration_open: bool,
}

/// Signs in by an account of the node above (`#upstream-button`).
#[derive(Clone, Debug)]
pub struct AboveButton {
    /// Where it leads, below the base path.
    pub href: String,
    /// What such an account is called.
    pub name: String,
}

/// A challenge on a form: `challenge` carries it, `answer` answers it.
#[derive(Clone, Debug)]
pub struct ChallengeAsked {
    /// What the form carries, opaque.
    pub sealed: String,
    /// The address of its picture, below the base path; none when there is only the question.
    pub picture: Option<String>,
    /// The question in words.
    pub question: String,
}

impl ChallengeAsked {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            sealed: "c2VhbGVk".to_owned(),
            picture: Some("/sign-in/challenge?c=c2VhbGVk".to_owned()),
            question: lang.pick("三加五等于几？", "how much is three plus five?").to_owned(),
        }
    }
}

/// Ways besides the password; each is shown only when it has an address (below the base path).
#[derive(Clone, Debug, Default)]
pub struct OtherWays {
    /// 法人登录: sign in for a company.
    pub business: Option<String>,
    /// 通行密钥
    pub passkey: Option<String>,
    /// 短信验证码
    pub sms: Option<String>,
    /// 扫码登录
    pub scan: Option<String>,
    /// 忘记密码
    pub recovery: Option<String>,
}

impl OtherWays {
    /// Whether the row of other ways has anything in it.
    #[must_use]
    pub fn any(&self) -> bool {
        self.passkey.is_some() || self.sms.is_some() || self.scan.is_some()
    }
}

/// Why the person sees the sign-in page, when that needs saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInNotice {
    /// The account was just made.
    Registered,
    /// The password was just changed, and with it all sessions ended.
    PasswordChanged,
    /// The session ended by time.
    SessionEnded,
    /// There is a session, but the service wants the person to show again that it is her.
    ShowAgain,
}

/// Why a try did not succeed. The same for known and unknown user names, but for [`Self::Disabled`], which is told only after
/// the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// No user name.
    UsernameMissing,
    /// No password.
    PasswordMissing,
    /// User name and password do not belong together, or neither exists.
    WrongPair,
    /// Too many wrong tries for this name; open again in so many minutes.
    Locked {
        /// Whole minutes, at least one.
        minutes: u64,
    },
    /// Too many tries from this address; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
    /// The challenge was not answered, or not rightly; the password was not looked at.
    Challenge,
    /// The account was disabled.
    Disabled,
    /// The node cannot check more passwords at this moment.
    Busy,
}

impl SignInPage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let ctx = &self.ctx;
        Problems::new(self.problem.map(|problem| match problem {
            SignInProblem::UsernameMissing => ("username", ctx.t("sign-in-username-missing")),
            SignInProblem::PasswordMissing => ("password", ctx.t("sign-in-password-missing")),
            SignInProblem::WrongPair => ("password", ctx.t("sign-in-wrong-pair")),
            SignInProblem::Locked { minutes } => ("", ctx.say("sign-in-locked").count("minutes", &minutes).plain()),
            SignInProblem::TooMany { seconds } => ("", ctx.say("problem-too-many").count("seconds", &seconds).plain()),
            SignInProblem::Challenge => ("answer", ctx.t("challenge-wrong")),
            SignInProblem::Disabled => ("", ctx.t("sign-in-disabled")),
            SignInProblem::Busy => ("", ctx.t("problem-busy")),
        }))
    }

    /// What browsers fill in as user name (WebAuthn §5.1.4, `webauthn` in `autocomplete`).
    #[must_use]
    pub fn fill_username(&self) -> &'static str {
        if self.passkey.is_some() { "username webauthn" } else { "username" }
    }

    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| {
            self.ctx.t(match notice {
                SignInNotice::Registered => "sign-in-registered",
                SignInNotice::PasswordChanged => "sign-in-password-changed",
                SignInNotice::SessionEnded => "sign-in-session-ended",
                SignInNotice::ShowAgain => "sign-in-show-again",
            })
        })
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext::sample(lang),
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            username: String::new(),
            notice: None,
            problem: None,
            ways: OtherWays::default(),
            passkey: None,
            above: None,
            challenge: None,
            registration_open: true,
        }
    }

    /// A sample after several failures.
    #[must_use]
    pub fn sample_challenged(lang: Lang) -> Self {
        Self {
            username: "wangming".to_owned(),
            problem: Some(SignInProblem::Challenge),
            challenge: Some(ChallengeAsked::sample(lang)),
            ..Self::sample(lang)
        }
    }

    /// A sample with everything that can be switched on, after a failed try.
    #[must_use]
    pub fn sample_full(lang: Lang) -> Self {
        let elsewhere = || Some("/sign-in/other".to_owned());
        Self {
            username: "wangming".to_owned(),
            problem: Some(SignInProblem::WrongPair),
            ways: OtherWays {
                business: elsewhere(),
                passkey: elsewhere(),
                sms: elsewhere(),
                scan: elsewhere(),
                recovery: elsewhere(),
            },
            passkey: Some(PasskeyAsk::sample()),
            above: Some(AboveButton {
                href: "/upstream/start?flow=c2VhbGVkLWZsb3c".to_owned(),
                name: lang.pick("国家政务服务平台账号", "national platform account").to_owned(),
            }),
            ..Self::sample(lang)
        }
    }
}
