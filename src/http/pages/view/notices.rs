//! Notices (账号通知): what has happened to the account, for its owner to read.

use askama::Template;

use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};
use crate::messages::NoticeKind;

/// The notices of an account (`#notices`), the latest first.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/notices.html")]
pub struct NoticesPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The notices.
    pub lines: Vec<NoticeLine>,
    /// For how many days they stand here.
    pub days: u64,
}

/// One notice.
#[derive(Clone, Copy, Debug)]
pub struct NoticeLine {
    /// What has happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
    /// Whether a message was sent as well.
    pub messaged: bool,
}

impl NoticesPage {
    /// What has happened, in words.
    #[must_use]
    pub fn said(&self, line: &NoticeLine) -> String {
        self.ctx.t(match line.kind {
            NoticeKind::NewDevice => "notices-new-device",
            NoticeKind::FactorAdded => "notices-factor-added",
            NoticeKind::FactorRemoved => "notices-factor-removed",
            NoticeKind::MobileChanged => "notices-mobile-changed",
            NoticeKind::PasswordChanged => "notices-password-changed",
            NoticeKind::RecoveryUsed => "notices-recovery-used",
            NoticeKind::LevelChanged => "notices-level-changed",
            NoticeKind::SignedOutEverywhere => "notices-signed-out-everywhere",
            NoticeKind::RecoveryBegun => "notices-recovery-begun",
            NoticeKind::RecoveryCancelled => "notices-recovery-cancelled",
            NoticeKind::RecoveryFinished => "notices-recovery-finished",
            NoticeKind::AgentInvited => "notices-agent-invited",
            NoticeKind::AgentAccepted => "notices-agent-accepted",
            NoticeKind::AgentRevoked => "notices-agent-revoked",
            NoticeKind::AgentExpired => "notices-agent-expired",
            NoticeKind::AppealAccepted => "notices-appeal-accepted",
            NoticeKind::AppealRefused => "notices-appeal-refused",
            NoticeKind::DataExported => "notices-data-exported",
            NoticeKind::ClosingAsked => "notices-closing-asked",
            NoticeKind::ClosingCancelled => "notices-closing-cancelled",
            NoticeKind::Closed => "notices-closed",
            NoticeKind::CorrectionDecided => "notices-correction-decided",
            NoticeKind::GuardianAsked => "notices-guardian-asked",
            NoticeKind::GuardianEnded => "notices-guardian-ended",
            NoticeKind::AccountsMerged => "notices-accounts-merged",
            NoticeKind::RepresentativeChanged => "notices-representative-changed",
            NoticeKind::MobileTaken => "notices-mobile-taken",
            NoticeKind::AlwaysAskOff => "notices-always-ask-off",
            NoticeKind::DeviceDistrusted => "notices-device-distrusted",
            NoticeKind::DeviceTrusted => "notices-device-trusted",
        })
    }

    /// A sample with every kind.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::NOTICES.to_owned(), ..PageContext::sample_signed_in(lang) };
        let mut at = ctx.now.0;
        let lines = NoticeKind::ALL.into_iter().map(|kind| {
            at -= 5 * 3_600_000;
            NoticeLine { kind, at: Timestamp(at), messaged: kind == NoticeKind::RecoveryBegun }
        });
        Self { lines: lines.collect(), days: 190, ctx }
    }

    /// A sample of an account to which nothing has happened.
    #[must_use]
    pub fn sample_empty(lang: Lang) -> Self {
        Self { lines: Vec::new(), ..Self::sample(lang) }
    }
}
