//! Notices: what has happened to an account, told on every channel that the person has shown to be hers: on the account's
//! page for everybody, by the outbox to a verified mobile number. A flood of one kind sends few messages and silences no
//! other kind; a gateway that is gone fails nothing: the row waits.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Body, Message, MessageError, SharedMessenger};
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::{AccountId, JobId, NoticeId};
use crate::base::{Secret, SharedClock, SharedRandom, Timestamp};
use crate::jobs::{Handler, JobConfig, Verdict, Wake};
use crate::keys::{MasterKey, Sealer};
use crate::realname::MobileNumber;
use crate::store::notices::NoticeRow;
use crate::store::outbox::JobRow;
use crate::store::{self, Store, StoreError, Transaction};

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
    /// Another level of real name.
    LevelChanged,
    /// The person signed out on every other device, or on all.
    SignedOutEverywhere,
    /// Somebody applied to recover the account.
    RecoveryBegun,
    /// That application was cancelled.
    RecoveryCancelled,
    /// The account was recovered: a new password.
    RecoveryFinished,
    /// An agent was invited.
    AgentInvited,
    /// An agent accepted.
    AgentAccepted,
    /// An agent's mandate was taken or given back.
    AgentRevoked,
    /// An agent's mandate ran out.
    AgentExpired,
    /// An appeal was accepted.
    AppealAccepted,
    /// An appeal was refused.
    AppealRefused,
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
    /// Another account has shown that the mobile number is in its hand; this one holds it no longer.
    MobileTaken,
    /// The second step is asked at every sign-in no longer.
    AlwaysAskOff,
    /// A trusted device is trusted no longer.
    DeviceDistrusted,
    /// A device is trusted from now on: policy asks for no second step there.
    DeviceTrusted,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 30] = [
        Self::NewDevice,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::MobileChanged,
        Self::PasswordChanged,
        Self::RecoveryUsed,
        Self::LevelChanged,
        Self::SignedOutEverywhere,
        Self::RecoveryBegun,
        Self::RecoveryCancelled,
        Self::RecoveryFinished,
        Self::AgentInvited,
        Self::AgentAccepted,
        Self::AgentRevoked,
        Self::AgentExpired,
        Self::AppealAccepted,
        Self::AppealRefused,
        Self::DataExported,
        Self::ClosingAsked,
        Self::ClosingCancelled,
        Self::Closed,
        Self::CorrectionDecided,
        Self::GuardianAsked,
        Self::GuardianEnded,
        Self::AccountsMerged,
        Self::RepresentativeChanged,
        Self::MobileTaken,
        Self::AlwaysAskOff,
        Self::DeviceDistrusted,
        Self::DeviceTrusted,
    ];

    /// The word in templates' names and in stored rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::MobileChanged => "mobile_changed",
            Self::PasswordChanged => "password_changed",
            Self::RecoveryUsed => "recovery_used",
            Self::LevelChanged => "level_changed",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::RecoveryBegun => "recovery_begun",
            Self::RecoveryCancelled => "recovery_cancelled",
            Self::RecoveryFinished => "recovery_finished",
            Self::AgentInvited => "agent_invited",
            Self::AgentAccepted => "agent_accepted",
            Self::AgentRevoked => "agent_revoked",
            Self::AgentExpired => "agent_expired",
            Self::AppealAccepted => "appeal_accepted",
            Self::AppealRefused => "appeal_refused",
            Self::DataExported => "data_exported",
            Self::ClosingAsked => "closing_asked",
            Self::ClosingCancelled => "closing_cancelled",
            Self::Closed => "closed",
            Self::CorrectionDecided => "correction_decided",
            Self::GuardianAsked => "guardian_asked",
            Self::GuardianEnded => "guardian_ended",
            Self::AccountsMerged => "accounts_merged",
            Self::RepresentativeChanged => "representative_changed",
            Self::MobileTaken => "mobile_taken",
            Self::AlwaysAskOff => "always_ask_off",
            Self::DeviceDistrusted => "device_distrusted",
            Self::DeviceTrusted => "device_trusted",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it goes by message however many were sent: whoever would take an account must not be able to use them up.
    const fn is_urgent(self) -> bool {
        matches!(self, Self::RecoveryBegun | Self::RecoveryFinished | Self::PasswordChanged | Self::MobileChanged)
    }
}

/// What an outbox row of this room says, sealed: it holds a number.
#[derive(Serialize, Deserialize)]
struct Letter {
    to: String,
    locale: String,
    kind: NoticeKind,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

/// Whom to tell, by every channel that is theirs.
#[derive(Clone, Copy)]
pub struct Addressee<'a> {
    /// The account, on whose page it stands.
    pub account: &'a AccountId,
    /// A mobile number that was shown to be the person's.
    pub mobile: Option<&'a str>,
    /// Their language, a BCP 47 tag.
    pub locale: &'a str,
}

/// A notice as its reader sees it.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// What has happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
    /// Whether a message was sent as well.
    pub messaged: bool,
}

/// The part of `[messages]` that is about notices.
#[derive(Clone, Copy, Debug)]
pub struct NoticePolicy {
    /// How long one stands on the account's page, in days.
    pub keep_days: u64,
    /// Messages of one kind to one account in a day.
    pub kind_per_day: u64,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Writes notices; clones share everything.
#[derive(Clone)]
pub struct Notices(Arc<Inner>);

struct Inner {
    store: Store,
    policy: NoticePolicy,
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
        (store, master): (Store, &MasterKey),
        messenger: SharedMessenger,
        (clock, random): (SharedClock, SharedRandom),
        (jobs, policy): (JobConfig, NoticePolicy),
        wake: Wake,
    ) -> Self {
        let sealer = Sealer::new(master, "message");
        Self(Arc::new(Inner { store, policy, sealer, messenger, clock, random, jobs, wake }))
    }

    /// Who carries them, for codes that cannot wait.
    #[must_use]
    pub fn messenger(&self) -> &SharedMessenger {
        &self.0.messenger
    }

    /// Writes a notice in the caller's transaction, for every channel of `to`. Call [`Notices::committed`] after it.
    pub async fn tell(&self, tx: &mut Transaction, to: Addressee<'_>, kind: NoticeKind) -> Result<(), StoreError> {
        self.tell_with(tx, to, (kind, None)).await
    }

    /// The same, with a code in the message, by which its reader can answer without signing in. The page shows no code.
    pub async fn tell_with(
        &self,
        tx: &mut Transaction,
        to: Addressee<'_>,
        (kind, code): (NoticeKind, Option<&Secret>),
    ) -> Result<(), StoreError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let mobile = match to.mobile {
            Some(mobile) if self.may_message(tx, to.account, kind).await? => Some(mobile),
            _ => None,
        };
        let row = NoticeRow {
            id: NoticeId::new(now, &inner.random),
            account_id: to.account.clone(),
            kind: kind.as_str().to_owned(),
            messaged: mobile.is_some(),
            created_at: now,
            expires_at: now.plus(Duration::from_secs(inner.policy.keep_days * DAY.as_secs())),
        };
        store::notices::insert(tx, &row).await?;
        match mobile {
            Some(mobile) => self.message(tx, (mobile, to.locale), (kind, code)).await,
            None => Ok(()),
        }
    }

    async fn may_message(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        kind: NoticeKind,
    ) -> Result<bool, StoreError> {
        if kind.is_urgent() {
            return Ok(true);
        }
        let since = Timestamp(self.0.clock.now().0 - i64::try_from(DAY.as_millis()).unwrap_or(0));
        let sent = store::notices::count_messaged(tx, account, kind.as_str(), since).await?;
        Ok(u64::try_from(sent).unwrap_or(0) < self.0.policy.kind_per_day)
    }

    /// Writes a message to one number in the caller's transaction, and nothing on any page.
    pub async fn message(
        &self,
        tx: &mut Transaction,
        (mobile, locale): (&str, &str),
        (kind, code): (NoticeKind, Option<&Secret>),
    ) -> Result<(), StoreError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let id = JobId::new(now, &inner.random);
        let code = code.map(|code| code.expose().to_owned());
        let letter = Letter { to: mobile.to_owned(), locale: locale.to_owned(), kind, at: now, code };
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

    /// What an account was told, the latest first.
    pub async fn inbox(&self, account: &AccountId, limit: i64) -> Result<Vec<Told>, StoreError> {
        let rows = store::notices::list(&mut self.0.store.read().await?, account, limit).await?;
        let told = |row: NoticeRow| {
            let kind = NoticeKind::parse(&row.kind)?;
            Some(Told { kind, at: row.created_at, messaged: row.messaged })
        };
        Ok(rows.into_iter().filter_map(told).collect())
    }

    /// What follows a commit: the worker wakes.
    pub fn committed(&self) {
        self.0.wake.wake();
    }

    fn open(&self, job: &JobRow) -> Option<Message> {
        let sealed = from_base64url(&job.payload)?;
        let letter = self.0.sealer.open_bytes(&sealed, job.id.as_str().as_bytes()).ok()?;
        let Letter { to, locale, kind, at, code } = serde_json::from_slice(&letter).ok()?;
        let (to, code) = (MobileNumber::parse(&to).ok()?, code.map(Secret::new));
        Some(Message { to, locale, body: Body::Notice { kind, at, code }, key: job.id.to_string() })
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
