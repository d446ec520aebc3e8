//! Security of the account (登录安全): factors, trusted devices, and the pages on which factors are added.

use askama::Template;

use super::Problems;
use super::second_factor::SecondFactorProblem;
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The security page. Forms post to the addresses of [`paths`].
#[derive(Clone, Debug, Template)]
#[template(path = "pages/security.html")]
pub struct SecurityPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<SecurityNotice>,
    /// The mobile number, masked; empty when there is none.
    pub mobile: String,
    /// Whether a code sent to it was shown.
    pub mobile_verified: bool,
    /// Whether text messages can be sent here.
    pub can_send: bool,
    /// Whether browsers can have passkeys for this node.
    pub passkeys_possible: bool,
    /// Authenticator apps and passkeys.
    pub factors: Vec<FactorLine>,
    /// How many recovery codes are left; none when there is no set.
    pub recovery_left: Option<u64>,
    /// Whether the person has a second factor at all.
    pub has_second: bool,
    /// Whether the person wants to be asked at every sign-in.
    pub always: bool,
    /// Browsers that are trusted.
    pub devices: Vec<DeviceLine>,
}

/// One factor.
#[derive(Clone, Debug)]
pub struct FactorLine {
    /// What is posted as `factor` to remove it.
    pub id: String,
    /// Whether it is a passkey; otherwise an authenticator app.
    pub passkey: bool,
    /// What the person calls it; may be empty.
    pub label: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
}

/// One trusted browser.
#[derive(Clone, Debug)]
pub struct DeviceLine {
    /// What is posted as `device` to trust it no longer.
    pub id: String,
    /// The browser and system.
    pub device: String,
    /// When it last signed in.
    pub seen: Timestamp,
    /// Until when it is trusted.
    pub until: Timestamp,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityNotice {
    /// An authenticator app was added.
    AppAdded,
    /// A passkey was added.
    PasskeyAdded,
    /// A mobile number was verified.
    MobileVerified,
    /// A factor was removed.
    Removed,
    /// A factor was renamed.
    Renamed,
    /// The wish to be asked was written.
    Saved,
    /// A device is trusted no longer.
    Distrusted,
}

impl SecurityPage {
    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| {
            self.ctx.t(match notice {
                SecurityNotice::AppAdded => "security-app-added",
                SecurityNotice::PasskeyAdded => "security-passkey-added",
                SecurityNotice::MobileVerified => "security-mobile-verified",
                SecurityNotice::Removed => "security-removed",
                SecurityNotice::Renamed => "security-renamed",
                SecurityNotice::Saved => "security-saved",
                SecurityNotice::Distrusted => "security-distrusted",
            })
        })
    }

    /// A sample with everything.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::SECURITY.to_owned(), ..PageContext::sample_signed_in(lang) };
        let ago = |hours: i64| Timestamp(ctx.now.0 - hours * 3_600_000);
        let line = |id: &str, passkey, label: &str| FactorLine {
            id: id.to_owned(),
            passkey,
            label: label.to_owned(),
            added: ago(700),
            used: Some(ago(3)),
        };
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: Some(SecurityNotice::AppAdded),
            mobile: "138****5021".to_owned(),
            mobile_verified: true,
            can_send: true,
            passkeys_possible: true,
            factors: vec![line("f1", false, lang.pick("手机", "Phone")), line("f2", true, "")],
            recovery_left: Some(9),
            has_second: true,
            always: true,
            devices: vec![DeviceLine {
                id: "d1".to_owned(),
                device: "Chrome · Windows".to_owned(),
                seen: ago(5),
                until: Timestamp(ctx.now.0 + 20 * 86_400_000),
            }],
            ctx,
        }
    }

    /// A sample of somebody who has only a password.
    #[must_use]
    pub fn sample_new(lang: Lang) -> Self {
        Self {
            notice: None,
            mobile: String::new(),
            mobile_verified: false,
            factors: Vec::new(),
            recovery_left: None,
            has_second: false,
            always: false,
            devices: Vec::new(),
            ..Self::sample(lang)
        }
    }
}

/// Setting up an authenticator app. `#totp-setup` posts `setup`, `label` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/totp_setup.html")]
pub struct TotpSetupPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The flow that it is a step of, sealed; empty in the account centre.
    pub flow: String,
    /// The secret on its way, sealed; opaque here.
    pub setup: String,
    /// The secret as it is typed.
    pub secret: String,
    /// The QR code.
    pub qr: QrCode,
    /// What was typed as the app's name. Not called `label`, which the macro of fields has for itself.
    pub app_name: String,
    /// Why the last try did not succeed.
    pub problem: Option<SecondFactorProblem>,
}

/// A QR code as one path on a grid.
#[derive(Clone, Debug, Default)]
pub struct QrCode {
    /// Cells on a side, the quiet zone among them.
    pub side: usize,
    /// The dark cells, as an SVG path.
    pub path: String,
}

impl TotpSetupPage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.problem.map(|problem| problem.told(&self.ctx)))
    }

    /// A sample after a wrong code.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::TOTP.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            flow: String::new(),
            setup: "c2VhbGVk".to_owned(),
            secret: "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ".to_owned(),
            qr: QrCode { side: 29, path: "M4 4h7v7h-7zM18 4h7v7h-7zM4 18h7v7h-7z".to_owned() },
            app_name: String::new(),
            problem: Some(SecondFactorProblem::Wrong),
        }
    }
}

/// Recovery codes (恢复码), shown once (`#recovery-codes`).
#[derive(Clone, Debug, Template)]
#[template(path = "pages/recovery_codes.html")]
pub struct RecoveryCodesPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The codes.
    pub codes: Vec<String>,
    /// The codes sealed, for the file.
    pub sealed: String,
}

impl RecoveryCodesPage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::SECURITY.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            codes: (0..10).map(|number| format!("0a1b{number}-c3d4e")).collect(),
            sealed: "c2VhbGVk".to_owned(),
        }
    }
}

/// Verifying a mobile number. `#mobile-form` posts `mobile`; `#otp-form` posts `mobile` and `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/mobile.html")]
pub struct MobilePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// The flow that it is a step of, sealed; empty in the account centre.
    pub flow: String,
    /// What was typed as number.
    pub mobile: String,
    /// Whether a code was sent.
    pub sent: bool,
    /// Whether the number cannot be one.
    pub bad_number: bool,
    /// Why the last try did not succeed.
    pub problem: Option<SecondFactorProblem>,
}

impl MobilePage {
    /// The problem in words, beside its field.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let number = self.bad_number.then(|| ("mobile", self.ctx.t("sms-number-shape")));
        Problems::new(number.into_iter().chain(self.problem.map(|problem| problem.told(&self.ctx))))
    }

    /// A sample: the number is asked.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::MOBILE.to_owned(), ..PageContext::sample_signed_in(lang) },
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            flow: String::new(),
            mobile: String::new(),
            sent: false,
            bad_number: false,
            problem: None,
        }
    }

    /// A sample: the code is asked.
    #[must_use]
    pub fn sample_sent(lang: Lang) -> Self {
        Self { mobile: "13800135021".to_owned(), sent: true, ..Self::sample(lang) }
    }
}
