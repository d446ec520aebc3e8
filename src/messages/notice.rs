//! Notices: what has happened to an account, told by the outbox on every channel that the person has shown to be hers.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Body, Message, MessageError, SharedMessenger};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::JobId;
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::jobs::{Handler, JobConfig, Verdict, Wake};
use crate::keys::{MasterKey, Sealer};
use crate::realname::MobileNumber;
use crate::store::outbox::JobRow;
use crate::store::{self, StoreError, Transaction};

/// `kind` of the outbox rows of this room.
pub const MESSAGE: &str = "message";

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A sign-in on a device that was not seen before.
    NewDevice,
    /// A factor was added.
    FactorAdded,
    /// A factor was removed.
    FactorRemoved,
    /// Another mobile number.
    MobileChanged,
    /// Another password.
    PasswordChanged,
    /// A recovery code was used.
    RecoveryUsed,
    /// Everything that is held about the person was taken along as a file.
    DataExported,
    /// The closing of the account was asked for.
    ClosingAsked,
    /// It was taken back.
    ClosingCancelled,
    /// The account was closed for good.
    Closed,
    /// A wish for a correction was decided.
    CorrectionDecided,
    /// A child asks for a guardian.
    GuardianAsked,
    /// A guardianship ended.
    GuardianEnded,
    /// Two accounts were brought together.
    AccountsMerged,
    /// A company's legal representative is another one now.
    RepresentativeChanged,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::NewDevice,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::MobileChanged,
        Self::PasswordChanged,
        Self::RecoveryUsed,
        Self::DataExported,
        Self::ClosingAsked,
        Self::ClosingCancelled,
        Self::Closed,
        Self::CorrectionDecided,
        Self::GuardianAsked,
        Self::GuardianEnded,
        Self::AccountsMerged,
        Self::RepresentativeChanged,
    ];

    /// The word in templates' names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::MobileChanged => "mobile_changed",
            Self::PasswordChanged => "password_changed",
            Self::RecoveryUsed => "recovery_used",
            Self::DataExported => "data_exported",
            Self::ClosingAsked => "closing_asked",
            Self::ClosingCancelled => "closing_cancelled",
            Self::Closed => "closed",
            Self::CorrectionDecided => "correction_decided",
            Self::GuardianAsked => "guardian_asked",
            Self::GuardianEnded => "guardian_ended",
            Self::AccountsMerged => "accounts_merged",
            Self::RepresentativeChanged => "representative_changed",
        }
    }
}

/// What an outbox row of this room says, sealed: it holds a number.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    locale: String,
    kind: NoticeKind,
    at: Timestamp,
}

/// Whom to tell.
pub struct Channel<'a> {
    /// A mobile number that was shown to be the person's.
    pub mobile: &'a str,
    /// Her language, a BCP 47 tag.
    pub locale: &'a str,
}

/// Writes notices; clones share everything.
#[derive(Clone)]
pub struct Notices(Arc<Inner>);

struct Inner {
    sealer: Sealer,
    messenger: SharedMessenger,
    clock: SharedClock,
    random: SharedRandom,
    jobs: JobConfig,
    wake: Wake,
}

impl Notices {
    /// Notices by `messenger`; `wake` is the outbox worker's.
    #[must_use]
    pub fn new(
        master: &MasterKey,
        messenger: SharedMessenger,
        (clock, random): (SharedClock, SharedRandom),
        jobs: JobConfig,
        wake: Wake,
    ) -> Self {
        let sealer = Sealer::new(master, "message");
        Self(Arc::new(Inner { sealer, messenger, clock, random, jobs, wake }))
    }

    /// Who carries them, for codes that cannot wait.
    #[must_use]
    pub fn messenger(&self) -> &SharedMessenger {
        &self.0.messenger
    }

    /// Writes a notice in the caller's transaction. Call [`Notices::committed`] after it.
    pub async fn tell(&self, tx: &mut Transaction, to: &Channel<'_>, kind: NoticeKind) -> Result<(), StoreError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let id = JobId::new(now, &inner.random);
        let letter = Letter { to: to.mobile.to_owned(), locale: to.locale.to_owned(), kind, at: now };
        let letter = serde_json::to_vec(&letter).unwrap_or_default();
        let row = JobRow {
            payload: base64url(&inner.sealer.seal_bytes(&letter, id.as_str().as_bytes())),
            kind: MESSAGE.into(),
            destination: inner.messenger.destination(),
            logout_id: None,
            state: "pending".into(),
            tries: 0,
            due_at: now,
            last_error: None,
            created_at: now,
            ended_at: None,
            expires_at: now.plus(inner.jobs.give_up_after() + inner.jobs.keep_dead()),
            id,
        };
        store::outbox::insert(tx, &row).await
    }

    /// What follows a commit: the worker wakes.
    pub fn committed(&self) {
        self.0.wake.wake();
    }

    fn open(&self, job: &JobRow) -> Option<Message> {
        let sealed = from_base64url(&job.payload)?;
        let letter = self.0.sealer.open_bytes(&sealed, job.id.as_str().as_bytes()).ok()?;
        let Letter { to, locale, kind, at } = serde_json::from_slice(&letter).ok()?;
        let to = MobileNumber::parse(&to).ok()?;
        Some(Message { to, locale, body: Body::Notice { kind, at }, key: job.id.to_string() })
    }
}

/// The outbox handler for notices.
pub struct DeliverNotice(pub Notices);

impl Handler for DeliverNotice {
    fn kind(&self) -> &'static str {
        MESSAGE
    }

    fn run<'a>(&'a self, job: &'a JobRow) -> BoxFuture<'a, Verdict> {
        Box::pin(async move {
            let Some(message) = self.0.open(job) else {
                return Verdict::Refused { error: "the notice cannot be opened".into() };
            };
            match self.0.0.messenger.send(&message).await {
                Ok(()) => Verdict::Done,
                Err(MessageError::Refused) => Verdict::Refused { error: "the gateway refused the message".into() },
                Err(error) => Verdict::Retry { after: None, error: error.to_string() },
            }
        })
    }
}
