//! Factors: what a person signs in with besides the password, and when a second one is asked.
//!
//! A factor is added, listed and removed here, and shown here; what it is worth is `session`'s table, and what follows
//! from showing it (a session, a step-up) is `signon`'s. Secrets of factors are sealed for their row before the store
//! sees them. Nothing here knows of pages or relying parties.
//!
//! - [`Way`]: how a further factor can be shown, and where it leads · [`HalfSignedOn`]: between the first and the second
//! - `show`: is what was shown right? · `totp`, `recovery`, `codes`, [`passkey`]: one file a kind

mod codes;
mod devices;
mod half;
pub mod passkey;
mod recovery;
mod show;
mod totp;
mod way;

use std::sync::Arc;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, Accounts, Person};
use crate::base::id::{AccountId, FactorId};
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::keys::{MasterKey, Sealer, SecretHasher};
use crate::messages::Notices;
use crate::realname::RealNameLevel;
use crate::session::{Amr, AuthEvent, Device, cap};
use crate::store::factors::FactorRow;
use crate::store::{self, Connection, Store, StoreError, Transaction};

pub use codes::{CodeConfig, CodeFor, Sending};
pub use devices::{KNOWN as DEVICE_KNOWN, TrustedDevice};
pub use half::HalfSignedOn;
pub use passkey::Passkeys;
pub use recovery::{HOW_MANY as RECOVERY_CODES, typed as typed_code};
pub use show::Browser;
pub use totp::TotpSetup;
pub use way::{Way, leading};

/// The most factors of one account, so that a list is a list.
const MOST: usize = 20;

/// Why a factor was not accepted, or could not be added.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// The answer is wrong, or has been used, or there is no such factor; which of them is not told.
    #[error("the factor was not shown")]
    Wrong,
    /// The sign-in that it belongs to is over, was finished before, or has been overtaken.
    #[error("the sign-in is over")]
    Over,
    /// Messages cannot be sent now.
    #[error("messages cannot be sent now")]
    NotSent,
    /// The account has as many factors as one may have.
    #[error("too many factors")]
    TooMany,
    /// Wrong password, too many tries, or a store that cannot answer.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// What is stored of a factor cannot be opened: wrong key or damaged row.
    #[error("a factor cannot be opened")]
    Sealed,
}

impl From<StoreError> for FactorError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FactorError> for AccountError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Account(error) => error,
            FactorError::Wrong | FactorError::Over | FactorError::NotSent | FactorError::TooMany => {
                Self::WrongCredentials
            }
            FactorError::Sealed => Self::Sealed,
        }
    }
}

impl From<EphemeralError> for FactorError {
    fn from(error: EphemeralError) -> Self {
        Self::Account(error.into())
    }
}

/// When a second factor is asked of those who have one; services and persons may always ask for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// When a service or the person asks for it.
    #[default]
    WhenAsked,
    /// At every sign-in.
    WhenHeld,
}

/// The `[factors]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FactorConfig {
    /// When a second factor is asked of those who have one: `when_asked` or `when_held`.
    pub second_factor: SecondFactor,
    /// How long a person may take from the first factor to the second, in seconds.
    pub half_seconds: u64,
    /// For how many days a browser may be trusted; 0 when none may.
    pub trust_days: u64,
    /// One-time codes by text message.
    pub codes: CodeConfig,
}

impl Default for FactorConfig {
    fn default() -> Self {
        Self { second_factor: SecondFactor::default(), half_seconds: 600, trust_days: 30, codes: CodeConfig::default() }
    }
}

/// The kinds of factors that have rows of their own. A verified mobile number is a column of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactorKind {
    /// An authenticator app.
    Totp,
    /// A set of recovery codes.
    Recovery,
    /// A passkey.
    Passkey,
}

impl FactorKind {
    const ALL: [Self; 3] = [Self::Totp, Self::Recovery, Self::Passkey];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.way().as_str()
    }

    /// The way by which it is shown.
    #[must_use]
    pub const fn way(self) -> Way {
        match self {
            Self::Totp => Way::Totp,
            Self::Recovery => Way::Recovery,
            Self::Passkey => Way::Passkey,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A factor of an account.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The factor.
    pub id: FactorId,
    /// Its kind.
    pub kind: FactorKind,
    /// What the person calls it.
    pub label: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last shown.
    pub last_used_at: Option<Timestamp>,
    sealed: Vec<u8>,
}

/// The factors of this node; clones share everything.
#[derive(Clone)]
pub struct Factors(Arc<Inner>);

struct Inner {
    store: Store,
    ephemeral: Ephemeral,
    accounts: Accounts,
    clock: SharedClock,
    random: SharedRandom,
    config: FactorConfig,
    sealer: Sealer,
    halves: Sealer,
    hasher: SecretHasher,
    code_key: hmac::Key,
    notices: Notices,
}

impl Factors {
    /// The factors of `accounts`, their secrets sealed under `master`.
    #[must_use]
    pub fn new(
        (store, ephemeral): (Store, Ephemeral),
        (accounts, notices): (Accounts, Notices),
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
        config: FactorConfig,
    ) -> Self {
        let (sealer, halves) = (Sealer::new(master, "factor"), Sealer::new(master, "half-signed-on"));
        let hasher = SecretHasher::new(master);
        let code_key = hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("one-time-code"));
        Self(Arc::new(Inner {
            store,
            ephemeral,
            accounts,
            clock,
            random,
            config,
            sealer,
            halves,
            hasher,
            code_key,
            notices,
        }))
    }

    /// Who writes notices, and who carries messages.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.0.notices
    }

    /// The factors of an account that have rows of their own, in the order they were added.
    pub async fn list(&self, account: &AccountId) -> Result<Vec<Factor>, FactorError> {
        self.list_in(&mut self.0.store.read().await?, account).await
    }

    /// The same, on a connection that the caller holds already.
    pub async fn list_in(&self, db: &mut impl Connection, account: &AccountId) -> Result<Vec<Factor>, FactorError> {
        store::factors::list(db, account).await?.into_iter().map(Factor::try_from).collect()
    }

    /// Every way by which this person can show a further factor, the best first.
    pub async fn ways(&self, person: &Person) -> Result<Vec<Way>, FactorError> {
        let held: Vec<Way> = self.list(&person.id).await?.iter().map(|factor| factor.kind.way()).collect();
        Ok(Way::ALL.into_iter().filter(|way| held.contains(way) || has_by_itself(person, *way)).collect())
    }

    /// Whether what was shown is all that an account is protected by: two factors where it has a second one, else whatever
    /// has opened the session.
    pub async fn has_shown_all(&self, person: &Person, shown: &[Amr]) -> Result<bool, FactorError> {
        let two = i32::from(i16::from(RealNameLevel::L3));
        Ok(cap(shown) >= two || !self.has_second(person).await?)
    }

    /// Whether there is anything to show besides the password.
    pub async fn has_second(&self, person: &Person) -> Result<bool, FactorError> {
        let two = i32::from(i16::from(RealNameLevel::L3));
        Ok(!leading(&self.ways(person).await?, &[Amr::Pwd], two).is_empty())
    }

    /// Adds a factor in the caller's transaction. `data` is what the kind needs to recognise it; it is sealed for the row.
    pub async fn add(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        (kind, label): (FactorKind, &str),
        data: &[u8],
    ) -> Result<FactorId, FactorError> {
        if store::factors::list(tx, account).await?.len() >= MOST {
            return Err(FactorError::TooMany);
        }
        let now = self.0.clock.now();
        let id = FactorId::new(now, &self.0.random);
        let row = FactorRow {
            sealed: self.0.sealer.seal_bytes(data, id.as_str().as_bytes()),
            account_id: account.clone(),
            kind: kind.as_str().to_owned(),
            label: called(label),
            created_at: now,
            last_used_at: None,
            id: id.clone(),
        };
        store::factors::insert(tx, &row).await?;
        Ok(id)
    }

    /// Writes what this person calls a factor; false when there is no such one.
    pub async fn rename(&self, account: &AccountId, id: &FactorId, label: &str) -> Result<bool, FactorError> {
        let mut tx = self.0.store.begin().await?;
        let found = store::factors::rename(&mut tx, account, id, &called(label)).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Opens what a factor's kind needs.
    pub fn open(&self, factor: &Factor) -> Result<Vec<u8>, FactorError> {
        let opened = self.0.sealer.open_bytes(&factor.sealed, factor.id.as_str().as_bytes());
        opened.map(|data| data.to_vec()).map_err(|_| FactorError::Sealed)
    }

    /// Writes what a factor's kind needs anew, in the caller's transaction, and that it was shown. False when somebody was
    /// faster: the caller has looked at what no longer holds, and must not accept what was shown.
    pub async fn replace(&self, tx: &mut Transaction, factor: &Factor, data: &[u8]) -> Result<bool, FactorError> {
        let after = self.0.sealer.seal_bytes(data, factor.id.as_str().as_bytes());
        Ok(store::factors::replace(tx, &factor.id, (&factor.sealed, &after), self.0.clock.now()).await?)
    }

    /// Removes a factor of this account in the caller's transaction; false when there is no such one.
    pub async fn remove(&self, tx: &mut Transaction, account: &AccountId, id: &FactorId) -> Result<bool, FactorError> {
        Ok(store::factors::delete(tx, account, id).await?)
    }

    /// Whether the person wants to be asked at every sign-in.
    pub async fn always_asks(&self, account: &AccountId) -> Result<bool, FactorError> {
        let wish = store::factors::always_ask(&mut self.0.store.read().await?, account).await?;
        Ok(wish.unwrap_or(false))
    }

    /// Writes that wish in the caller's transaction; gives what it was before.
    pub async fn set_always_asks(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        always: bool,
    ) -> Result<bool, FactorError> {
        let before = store::factors::always_ask(tx, account).await?.unwrap_or(false);
        if before != always {
            store::factors::set_always_ask(tx, account, always, self.0.clock.now()).await?;
        }
        Ok(before)
    }

    /// Whether a second factor must be shown before this sign-in is one at all: by the node's policy or the person's wish,
    /// of those who have one and not on a
    /// browser that they trust. What a service asks for comes later, as a step-up.
    pub async fn second_is_due(
        &self,
        person: &Person,
        first: &AuthEvent,
        device: &Device,
    ) -> Result<bool, FactorError> {
        let two = i32::from(i16::from(RealNameLevel::L3));
        if cap(first.methods()) >= two || leading(&self.ways(person).await?, first.methods(), two).is_empty() {
            return Ok(false);
        }
        let asked = self.0.config.second_factor == SecondFactor::WhenHeld || self.always_asks(&person.id).await?;
        Ok(asked && !self.is_trusted(&person.id, device).await?)
    }
}

/// What a person calls a factor, cut to what fits a line.
fn called(label: &str) -> String {
    label.trim().chars().take(40).collect()
}

/// The ways that need no row: every account has a password, and the verified number is the account's.
fn has_by_itself(person: &Person, way: Way) -> bool {
    match way {
        Way::Password => true,
        Way::Sms => person.verified_mobile().is_some(),
        Way::Passkey | Way::Totp | Way::Recovery => false,
    }
}

impl TryFrom<FactorRow> for Factor {
    type Error = FactorError;

    fn try_from(row: FactorRow) -> Result<Self, FactorError> {
        Ok(Self {
            kind: FactorKind::parse(&row.kind).ok_or(FactorError::Sealed)?,
            id: row.id,
            label: row.label,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            sealed: row.sealed,
        })
    }
}
