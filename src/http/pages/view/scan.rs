//! Sign in by scanning (扫码登录): the code in the browser, and the question on the phone.

use askama::Template;

use super::security::QrCode;
use super::{Asking, Interaction, Problems};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// How often a page that waits looks again, in seconds.
const RENEW: u64 = 2;

/// The browser's page. While nobody has answered it shows `#qr-code` and `#scan-number`; then `#scan-continue` posts `scan`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/scan.html")]
pub struct ScanPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks for the sign-in; nobody when the person came on her own.
    pub asking: Option<Asking>,
    /// The code as the browser carries it; opaque here.
    pub scan: String,
    /// How it stands.
    pub state: ScanState,
}

/// How a code stands.
#[derive(Clone, Debug)]
pub enum ScanState {
    /// Nobody has answered.
    Waiting {
        /// The code.
        qr: QrCode,
        /// The address in it.
        address: String,
        /// The number beside it.
        number: u8,
        /// Whether a phone has opened it.
        seen: bool,
    },
    /// Somebody has approved.
    Approved {
        /// Who, masked.
        name: String,
    },
    /// It led to nothing.
    Ended(ScanEnd),
}

/// Why a code led to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanEnd {
    /// It was refused on the phone.
    Refused,
    /// Another number was picked on the phone.
    WrongNumber,
    /// It is too old, or was used.
    Over,
    /// The account was disabled; told after an approval only.
    Disabled,
    /// Too many codes for this address; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
}

impl ScanEnd {
    /// Whether somebody has said no.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Refused | Self::WrongNumber | Self::Disabled)
    }

    /// The picture above it.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        if self.is_bad() { "alert" } else { "wait" }
    }

    /// In words.
    #[must_use]
    pub fn told(&self, ctx: &PageContext) -> String {
        match self {
            Self::Refused => ctx.t("scan-refused"),
            Self::WrongNumber => ctx.t("scan-wrong-number"),
            Self::Over => ctx.t("scan-over"),
            Self::Disabled => ctx.t("sign-in-disabled"),
            Self::TooMany { seconds } => ctx.say("problem-too-many").count("seconds", seconds).plain(),
        }
    }
}

impl ScanPage {
    /// After how many seconds the page looks again.
    #[must_use]
    pub fn renews(&self) -> Option<u64> {
        matches!(self.state, ScanState::Waiting { .. }).then_some(RENEW)
    }

    fn leading(&self, page: &str) -> String {
        if self.form.in_flow() { format!("{page}?flow={}", self.form.flow) } else { page.to_owned() }
    }

    /// Where there is a new code.
    #[must_use]
    pub fn again(&self) -> String {
        self.leading(paths::SCAN_SIGN_IN)
    }

    /// Where the other ways are.
    #[must_use]
    pub fn by_password(&self) -> String {
        self.leading(paths::SIGN_IN)
    }

    /// A sample: waiting.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::SCAN_SIGN_IN.to_owned(), ..PageContext::sample(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            scan: "c2VhbGVk".to_owned(),
            state: ScanState::Waiting {
                qr: QrCode { side: 29, path: "M4 4h7v7h-7zM18 4h7v7h-7zM4 18h7v7h-7z".to_owned() },
                address: "https://id.example/scan?code=M5c1xT0vQ3".to_owned(),
                number: 47,
                seen: false,
            },
        }
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: ScanState) -> Self {
        Self { state, ..Self::sample(lang) }
    }
}

/// The phone's page. `#scan-form` posts `code`, `number` and `decision`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/scan_approve.html")]
pub struct ScanApprovePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What it shows.
    pub state: ApproveState,
    /// Whether no number was picked.
    pub missing: bool,
}

/// What the phone shows.
#[derive(Clone, Debug)]
pub enum ApproveState {
    /// The question.
    Asked(ScanAsked),
    /// What came of it.
    Told(ScanTold),
}

/// What the phone is asked.
#[derive(Clone, Debug)]
pub struct ScanAsked {
    /// The code.
    pub code: String,
    /// The service that the browser wants to go to.
    pub service: Option<String>,
    /// The browser and system, as far as they can be told.
    pub device: String,
    /// The browser's network address.
    pub address: String,
    /// Whether the phone has the same one.
    pub same_network: bool,
    /// When the code was shown.
    pub at: Timestamp,
    /// The numbers to choose from.
    pub choices: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanTold {
    /// Approved.
    Approved,
    /// Refused.
    Refused,
    /// The number was another one.
    WrongNumber,
    /// The code is over.
    Over,
    /// Nobody is signed in here, or not recently.
    SignIn,
    /// This account has answered too many codes.
    TooMany,
}

impl ScanTold {
    /// A word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::WrongNumber => "wrong-number",
            Self::Over => "over",
            Self::SignIn => "nobody",
            Self::TooMany => "too-many",
        }
    }

    /// How it looks.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Approved | Self::Refused => "good",
            Self::WrongNumber => "bad",
            Self::Over | Self::SignIn | Self::TooMany => "wait",
        }
    }

    /// The picture above it.
    #[must_use]
    pub const fn icon(&self) -> &'static str {
        match self {
            Self::Approved => "done",
            Self::Refused => "shield",
            Self::WrongNumber => "alert",
            Self::Over | Self::SignIn | Self::TooMany => "wait",
        }
    }

    /// Whether the person must sign in on the phone.
    #[must_use]
    pub const fn leads_to_sign_in(&self) -> bool {
        matches!(self, Self::SignIn)
    }

    /// In words.
    #[must_use]
    pub fn text(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::Approved => "approve-approved",
            Self::Refused => "approve-refused",
            Self::WrongNumber => "approve-wrong-number",
            Self::Over => "approve-over",
            Self::SignIn => "approve-sign-in",
            Self::TooMany => "approve-too-many",
        })
    }
}

impl ScanApprovePage {
    /// The problem in words, beside the numbers.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.missing.then(|| ("number", self.ctx.t("approve-number-missing"))))
    }

    /// A sample: the question.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::SCAN.to_owned(), ..PageContext::sample_signed_in(lang) };
        let asked = ScanAsked {
            code: "M5c1xT0vQ3".to_owned(),
            service: Some(Asking::sample(lang).name),
            device: "Chrome · Windows".to_owned(),
            address: "203.0.113.7".to_owned(),
            same_network: false,
            at: Timestamp(ctx.now.0 - 20_000),
            choices: vec![18, 47, 92],
        };
        Self { ctx, csrf: "Y3NyZi10b2tlbg".to_owned(), state: ApproveState::Asked(asked), missing: false }
    }

    /// A sample: what came of it.
    #[must_use]
    pub fn sample_told(lang: Lang, told: ScanTold) -> Self {
        Self { state: ApproveState::Told(told), ..Self::sample(lang) }
    }
}
