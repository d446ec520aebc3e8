//! Recovery of an account (找回账号) without weakening it: the name is proven anew to an authority, something else that the
//! account has is shown ([`rules`]), the account waits while everybody who could know is told and can cancel, and then its
//! owner sets a new password, once.
//!
//! Until both are shown nobody learns whether there is an account, and nothing is written: what was shown travels sealed in
//! the form, for its browser ([`Application`]). Whoever has none of the ways appeals ([`appeal`]); an appeal that is accepted
//! waits like every other recovery.

mod appeal;
mod finish;
mod rules;
mod ways;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SignOn;
use crate::accounts::{AccountError, ProofError, Reproof, Statement, Verifier};
use crate::base::id::{AccountId, RecoveryId};
use crate::base::{Secret, SharedClock, SharedRandom, Timestamp, within};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::factors::FactorError;
use crate::keys::{MasterKey, Sealer, SecretHasher};
use crate::messages::NoticeKind;
use crate::realname::VerificationMethod;
use crate::store::recoveries::{RecoveryRow, StoredWay};
use crate::store::{self, JsonText, StoreError, Transaction};

pub use appeal::{Appeal, AppealError, AppealState, LONGEST_CONTACT};
pub use finish::{Progress, Standing as RecoveryStanding};
pub use rules::{Cooling, OwnWay};
pub use ways::Shown;

/// How long the ways may take to be shown.
const APPLICATION_LIFE: Duration = Duration::from_secs(30 * 60);

/// Recoveries of one account that may begin in a day.
const PER_DAY: i64 = 3;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long a recovery stays on record: three years, as verifications.
const KEEP: Duration = Duration::from_secs(3 * 366 * 86_400);

/// Sealed applications are this long at least, so that their length tells nothing.
const PADDED: usize = 1_200;

/// The `[recovery]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecoveryConfig {
    /// How long an account waits, in seconds, while it can be cancelled.
    #[serde(deserialize_with = "within::<_, 1, 2_592_000>")]
    pub cooling_seconds: u64,
    /// The same after two ways of different kinds were shown; never longer than `cooling_seconds`.
    #[serde(deserialize_with = "within::<_, 1, 2_592_000>")]
    pub short_cooling_seconds: u64,
    /// For how many days it can then be finished.
    #[serde(deserialize_with = "within::<_, 1, 90>")]
    pub finish_days: u64,
    /// How long an appeal is kept, in days.
    #[serde(deserialize_with = "within::<_, 30, 3660>")]
    pub appeal_days: u64,
    /// The most appeals that may wait for an operator.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub appeals_waiting: u64,
}

impl Default for RecoveryConfig {
    fn default() -> Self {
        Self {
            cooling_seconds: 72 * 3600,
            short_cooling_seconds: 24 * 3600,
            finish_days: 7,
            appeal_days: 190,
            appeals_waiting: 10_000,
        }
    }
}

/// Why a recovery did not go on.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// What was shown is wrong, or there is no such account, or it has no such way; which of them is not told.
    #[error("the way was not shown")]
    Wrong,
    /// The application is too old, of another browser, or was handed in before.
    #[error("the application is over")]
    Over,
    /// Not enough was shown.
    #[error("not enough was shown")]
    NotEnough,
    /// The account is being recovered already.
    #[error("a recovery is open")]
    AlreadyOpen,
    /// Too many were begun at this account today.
    #[error("too many recoveries today")]
    TooMany,
    /// The time has not come.
    #[error("the account still waits")]
    TooEarly,
    /// Messages cannot be sent now.
    #[error("messages cannot be sent now")]
    NotSent,
    /// Limits, a password that is not acceptable, or a store that cannot answer.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for RecoveryError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<EphemeralError> for RecoveryError {
    fn from(error: EphemeralError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FactorError> for RecoveryError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Wrong | FactorError::TooMany => Self::Wrong,
            FactorError::Over => Self::Over,
            FactorError::NotSent => Self::NotSent,
            FactorError::Account(error) => Self::Account(error),
            FactorError::Sealed => Self::Account(AccountError::Sealed),
        }
    }
}

/// An application on its way: sealed in the form, for its browser. It changes with each way that is shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct Application {
    id: String,
    at: Timestamp,
    reproof: Reproof,
    shown: Vec<StoredWay>,
}

impl Application {
    /// Names it: what challenges for it are bound to.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was shown besides the name.
    #[must_use]
    pub fn shown(&self) -> Vec<OwnWay> {
        self.shown.iter().filter_map(|stored| OwnWay::parse(&stored.way)).collect()
    }
}

/// A recovery that has begun.
pub struct Begun {
    /// By which it is finished; seen here and never again.
    pub code: Secret,
    /// When it can be.
    pub ready_at: Timestamp,
    /// Until when.
    pub lapses_at: Timestamp,
}

/// A recovery that is open, as the account's owner sees it.
#[derive(Clone, Copy, Debug)]
pub struct OpenRecovery {
    /// When it began.
    pub begun_at: Timestamp,
    /// When it can be finished.
    pub ready_at: Timestamp,
}

/// Recoveries; clones share everything.
#[derive(Clone)]
pub struct Recoveries(Arc<Inner>);

struct Inner {
    on: SignOn,
    verifier: Verifier,
    ephemeral: Ephemeral,
    applications: Sealer,
    letters: Sealer,
    hasher: SecretHasher,
    clock: SharedClock,
    random: SharedRandom,
    config: RecoveryConfig,
}

impl Recoveries {
    /// Over these rooms.
    #[must_use]
    pub fn new(
        (on, verifier): (SignOn, Verifier),
        ephemeral: Ephemeral,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
        config: RecoveryConfig,
    ) -> Self {
        let (applications, letters) = (Sealer::new(master, "recovery-application"), Sealer::new(master, "appeal"));
        let hasher = SecretHasher::new(master);
        Self(Arc::new(Inner { on, verifier, ephemeral, applications, letters, hasher, clock, random, config }))
    }

    /// Asks the authority, and begins an application. The answer is the same whatever the authority says, and whether there
    /// is such an account.
    pub async fn apply(&self, statement: &Statement<'_>, address: &str) -> Result<Application, ProofError> {
        let reproof = self.0.verifier.reprove(statement, address).await?;
        let known = self.exists(&reproof.account).await?;
        let by_face = reproof.method() == Some(VerificationMethod::Face) && known;
        let shown = by_face.then(|| StoredWay::of(OwnWay::Face.as_str()));
        let (id, at) = (self.0.random.short_token(), self.0.clock.now());
        Ok(Application { id, at, reproof, shown: shown.into_iter().collect() })
    }

    async fn exists(&self, account: &AccountId) -> Result<bool, AccountError> {
        match self.0.on.accounts.find(account).await {
            Ok(_) => Ok(true),
            Err(AccountError::Unknown) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Seals an application for the browser with this name; always of the same length.
    #[must_use]
    pub fn seal(&self, application: &Application, browser: &str) -> String {
        let text = serde_json::to_string(application).unwrap_or_default();
        self.0.applications.seal(&format!("{text:<PADDED$}"), browser.as_bytes())
    }

    /// Opens what this browser brought; nothing when it was sealed for another one, altered, or is too old.
    #[must_use]
    pub fn open(&self, sealed: &str, browser: &str) -> Option<Application> {
        let text: String = self.0.applications.open(sealed, browser.as_bytes()).ok()?;
        let application: Application = serde_json::from_str(&text).ok()?;
        let age = self.0.clock.now().since(application.at);
        (age <= APPLICATION_LIFE).then_some(application)
    }

    /// Whether enough was shown, and how long the account would wait.
    pub async fn judge(&self, application: &Application) -> Result<Option<Cooling>, RecoveryError> {
        let held = self.0.on.factors.list(&application.reproof.account).await?;
        let kinds: Vec<_> = held.iter().map(|factor| factor.kind).collect();
        Ok(rules::judge(rules::is_strongly_protected(&kinds), &application.shown()))
    }

    /// How long an account waits.
    #[must_use]
    pub fn cooling(&self, cooling: Cooling) -> Duration {
        let long = self.0.config.cooling_seconds;
        Duration::from_secs(match cooling {
            Cooling::Long => long,
            Cooling::Short => self.0.config.short_cooling_seconds.min(long),
        })
    }

    /// Hands an application in: the account waits from now on, and its owner is told on every channel.
    pub async fn begin(&self, application: &Application) -> Result<Begun, RecoveryError> {
        let cooling = self.judge(application).await?.ok_or(RecoveryError::NotEnough)?;
        if !self.0.ephemeral.mark(&format!("recovery:{}", application.id), APPLICATION_LIFE * 2).await? {
            return Err(RecoveryError::Over);
        }
        let code = self.code();
        let mut tx = self.0.on.store.begin().await?;
        let row = self.row(&application.reproof.account, &self.hash(&code), self.cooling(cooling));
        let proof = JsonText(application.reproof.proof.clone());
        let row = RecoveryRow { ways: JsonText(application.shown.clone()), proof, ..row };
        self.open_in(&mut tx, row.clone()).await?;
        if let Some(shown) = &application.reproof.face_agreed {
            let person = self.0.on.accounts.find_in(&mut tx, &row.account_id).await?;
            self.0.verifier.record_face_consent(&mut tx, &person, shown).await?;
        }
        tx.commit().await?;
        self.0.on.factors.notices().committed();
        tracing::info!(account = %row.account_id, recovery = %row.id, "the recovery of an account began");
        Ok(Begun { code, ready_at: row.ready_at, lapses_at: row.lapses_at })
    }

    /// Writes an open recovery, and tells of it, in the caller's transaction.
    async fn open_in(&self, tx: &mut Transaction, row: RecoveryRow) -> Result<(), RecoveryError> {
        let on = &self.0.on;
        let account = row.account_id.clone();
        on.accounts.hold_active(tx, &account).await?;
        let since = Timestamp(row.begun_at.0 - i64::try_from(DAY.as_millis()).unwrap_or(0));
        if store::recoveries::find_open(tx, &account, row.begun_at).await?.is_some() {
            return Err(RecoveryError::AlreadyOpen);
        }
        if store::recoveries::count_since(tx, &account, since).await? >= PER_DAY {
            return Err(RecoveryError::TooMany);
        }
        let cancel = self.code();
        let row = RecoveryRow { cancel_hash: self.hash(&cancel), ..row };
        match store::recoveries::insert(tx, &row).await {
            Err(StoreError::Conflict) => return Err(RecoveryError::AlreadyOpen),
            other => other?,
        }
        self.0.verifier.record_reproof(tx, &account, &row.proof.0).await?;
        let person = on.accounts.find_in(tx, &account).await?;
        let told = (NoticeKind::RecoveryBegun, Some(&cancel));
        on.factors.notices().tell_with(tx, person.addressee(), told).await?;
        Ok(())
    }

    fn row(&self, account: &AccountId, claim_hash: &str, cooling: Duration) -> RecoveryRow {
        let now = self.0.clock.now();
        let ready_at = now.plus(cooling);
        let lapses_at = ready_at.plus(DAY * u32::try_from(self.0.config.finish_days).unwrap_or(1));
        RecoveryRow {
            id: RecoveryId::new(now, &self.0.random),
            account_id: account.clone(),
            state: "open".into(),
            claim_hash: claim_hash.to_owned(),
            cancel_hash: String::new(),
            ways: JsonText(Vec::new()),
            proof: JsonText(nothing_proven()),
            begun_at: now,
            ready_at,
            lapses_at,
            ended_at: None,
            end_reason: None,
            expires_at: lapses_at.plus(KEEP),
        }
    }

    /// What is open at an account.
    pub async fn open_at(&self, account: &AccountId) -> Result<Option<OpenRecovery>, AccountError> {
        let now = self.0.clock.now();
        let row = store::recoveries::find_open(&mut self.0.on.store.read().await?, account, now).await?;
        Ok(row.map(|row| OpenRecovery { begun_at: row.begun_at, ready_at: row.ready_at }))
    }

    /// Fifty random bits in two groups, as recovery codes are written: by them a recovery is finished, cancelled or asked
    /// about.
    fn code(&self) -> Secret {
        self.0.on.factors.fresh_code()
    }

    fn hash(&self, code: &Secret) -> String {
        self.0.hasher.hash(&format!("recovery:{}", crate::factors::typed_code(code)))
    }
}

fn nothing_proven() -> store::real_names::StoredProof {
    store::real_names::StoredProof {
        level: 0,
        document_type: String::new(),
        method: String::new(),
        source: String::new(),
        reference: String::new(),
        verified_at: Timestamp::default(),
    }
}

/// Cancels what is open at an account whose owner has just shown that she can sign in, in the caller's transaction.
pub(super) async fn overtake(
    tx: &mut Transaction,
    account: &AccountId,
    now: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    store::recoveries::cancel(tx, account, now, reason).await
}
