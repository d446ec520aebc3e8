//! Passkeys (通行密钥): sign in with one, and make one.

use askama::Template;

use super::{Asking, Interaction, Problems};
use crate::http::pages::{Lang, PageContext, paths};

/// What `static/passkey.js` asks the browser for.
#[derive(Clone, Debug)]
pub struct PasskeyAsk {
    /// The options as JSON.
    pub options: String,
    /// The challenge, sealed; opaque here, posted back as `challenge`.
    pub sealed: String,
    /// After how many seconds the page asks for a new one.
    pub life: u64,
}

impl PasskeyAsk {
    /// A sample.
    #[must_use]
    pub fn sample() -> Self {
        let options = r#"{"publicKey":{"challenge":"AAAA","rpId":"localhost","allowCredentials":[]}}"#;
        Self { options: options.to_owned(), sealed: "c2VhbGVk".to_owned(), life: 540 }
    }
}

/// Why the last try did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyProblem {
    /// The passkey is not known here, is no longer good, or did not verify its user: which of them is not told.
    Wrong,
    /// The page was open for too long, or was left by another way.
    TooLate,
    /// The account was disabled; told only to who has its passkey.
    Disabled,
    /// The account has as many factors as one may have.
    TooMany,
    /// Too many tries from this address; again in so many seconds.
    Throttled {
        /// Whole seconds, at least one.
        seconds: u64,
    },
}

impl PasskeyProblem {
    fn told(self, ctx: &PageContext, wrong: &str) -> (&'static str, String) {
        let text = match self {
            Self::Wrong => ctx.t(wrong),
            Self::TooLate => ctx.t("passkey-too-late"),
            Self::Disabled => ctx.t("sign-in-disabled"),
            Self::TooMany => ctx.t("passkey-too-many"),
            Self::Throttled { seconds } => ctx.say("problem-too-many").count("seconds", &seconds).plain(),
        };
        ("", text)
    }
}

/// Sign in with a passkey: the page for a try that did not succeed, and for browsers without scripts. `#passkey-form` posts
/// `challenge` and `credential`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/passkey_sign_in.html")]
pub struct PasskeySignInPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks for the sign-in; nobody when the person came on her own.
    pub asking: Option<Asking>,
    /// What the browser is asked for.
    pub ask: PasskeyAsk,
    /// Why the last try did not succeed.
    pub problem: Option<PasskeyProblem>,
}

impl PasskeySignInPage {
    /// The problem in words.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| problem.told(&self.ctx, "passkey-wrong")))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::PASSKEY_SIGN_IN.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            ask: PasskeyAsk::sample(),
            problem: None,
        }
    }

    /// A sample after a passkey that is not known.
    #[must_use]
    pub fn sample_wrong(lang: Lang) -> Self {
        Self { problem: Some(PasskeyProblem::Wrong), ..Self::sample(lang) }
    }
}

/// Makes a passkey. `#passkey-form` posts `label`, `challenge` and `credential`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/passkey_setup.html")]
pub struct PasskeySetupPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What the browser is asked for.
    pub ask: PasskeyAsk,
    /// The flow that it is a step of, sealed; empty in the account centre.
    pub flow: String,
    /// What the passkey is to be called.
    pub called: String,
    /// Why the last try did not succeed.
    pub problem: Option<PasskeyProblem>,
}

impl PasskeySetupPage {
    /// The problem in words.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| problem.told(&self.ctx, "passkey-setup-wrong")))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::PASSKEY.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            ask: PasskeyAsk::sample(),
            flow: String::new(),
            called: "Chrome · Windows".to_owned(),
            problem: None,
        }
    }
}
