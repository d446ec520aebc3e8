//! Accounts: who a person is to this node. Registration, password sign-in, the person's own record, and the verifier that
//! alone writes real names.
//!
//! Personal data is sealed before it reaches the store and opened only here. Nothing in this room knows of browsers or
//! relying parties: sessions are `session`'s, and what a client may see is decided in `oidc`.

mod breached;
mod consent;
mod elsewhere;
mod events;
mod limits;
mod mobile;
mod new_password;
mod password;
mod person;
mod policy;
mod proof;
mod real_name;
mod username;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::id::AccountId;
use crate::base::{Cache, Secret, SharedClock, SharedRandom, Timestamp, within};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::keys::{BlindIndex, MasterKey, Sealer};
use crate::store::accounts::{AccountRow, HeldAccount};
use crate::store::{self, Connection, Store, StoreError, Transaction};

pub use breached::{BreachedPasswords, prefix as breached_prefix};
pub use consent::{Consent, Consents, Giving, Shown, Stated};
pub use events::{Event, EventKind, masked_address};
pub use limits::{Challenged, LimitConfig, Limits};
pub use password::{HasherConfig, PasswordHasher};
pub use person::{AccountState, Person};
pub use policy::{PasswordFault, PasswordPolicy};
pub use proof::{Aside, ProofError, Proven, Reproof, Statement, TakenOver, ToldAbove, Verifier};
pub use real_name::{Proof, RealName};
pub use username::UsernameFault;

/// How long a person's record may be served from memory: the bound on how late a lock bites elsewhere.
const CACHE_LIFE: Duration = Duration::from_millis(800);

/// Why an account call failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The username belongs to an account already.
    #[error("the name is taken")]
    Taken,
    /// The username cannot be used.
    #[error("the username is not acceptable: {0}")]
    Username(#[from] UsernameFault),
    /// The mobile number is not one.
    #[error("the mobile number is malformed")]
    Mobile,
    /// The password does not meet the policy.
    #[error("the password is not acceptable: {0}")]
    Password(#[from] PasswordFault),
    /// Name or password is wrong, or there is no such account; which of them is not told.
    #[error("wrong name or password")]
    WrongCredentials,
    /// The account may not sign in now; told only to whoever knows the password.
    #[error("the account is {0}")]
    State(AccountState),
    /// The account is to be closed, and its owner can take that back; told only to whoever has shown that it is theirs.
    #[error("the account is closing")]
    Closing(AccountId),
    /// Too many tries for this account.
    #[error("too many tries for this account")]
    Locked {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many tries from this address.
    #[error("too many tries from this address")]
    Throttled {
        /// When to try again.
        retry_after: Duration,
    },
    /// More sign-ins at once than the hasher can hold: 503 with Retry-After.
    #[error("busy")]
    Busy,
    /// There is no such account.
    #[error("no such account")]
    Unknown,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ephemeral store could not answer.
    #[error(transparent)]
    Ephemeral(#[from] EphemeralError),
    /// A sealed column could not be opened: wrong key or damaged row.
    #[error("personal data cannot be opened")]
    Sealed,
    /// The hasher failed.
    #[error("the password hasher failed: {0}")]
    Hasher(String),
}

/// The `[accounts]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountConfig {
    /// How long sign-ins and other events stay on record, in days: at least six months (Cybersecurity Law art. 21).
    #[serde(deserialize_with = "within::<_, 184, 3660>")]
    pub history_days: u64,
    /// What a password must be.
    pub password: PasswordPolicy,
    /// Cost and bound of password hashing.
    pub hasher: HasherConfig,
    /// Limits on failed sign-ins and registrations.
    pub limits: LimitConfig,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            history_days: 190,
            password: PasswordPolicy::default(),
            hasher: HasherConfig::default(),
            limits: LimitConfig::default(),
        }
    }
}

/// A wish to register.
pub struct Registration<'a> {
    /// The username wanted.
    pub username: &'a str,
    /// A mobile number, if the person gives one.
    pub mobile: Option<&'a str>,
    /// The password wanted.
    pub password: &'a Secret,
    /// The language of the page, a BCP 47 tag.
    pub locale: &'a str,
    /// From where, for the limits: an IP address.
    pub address: &'a str,
}

/// The accounts of this node; clones share everything.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Store,
    clock: SharedClock,
    random: SharedRandom,
    hasher: PasswordHasher,
    policy: PasswordPolicy,
    breached: BreachedPasswords,
    limits: Limits,
    sealer: Sealer,
    mobile_index: BlindIndex,
    cache: Cache<AccountId, Arc<Person>>,
    history_life: Duration,
}

impl Accounts {
    /// The accounts in `store`, their personal data sealed under `master`.
    #[must_use]
    pub fn new(
        store: Store,
        ephemeral: Ephemeral,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
        config: &AccountConfig,
        breached: BreachedPasswords,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            random: random.clone(),
            hasher: PasswordHasher::new(&config.hasher, random),
            policy: config.password.clone(),
            breached,
            limits: Limits::new(ephemeral, config.limits.clone()),
            sealer: Sealer::new(master, "personal-data"),
            mobile_index: BlindIndex::new(master, "mobile"),
            cache: Cache::new(16_384, CACHE_LIFE),
            history_life: events::life(config.history_days),
        }))
    }

    /// How many passwords were hashed or verified since the start.
    #[must_use]
    pub fn hashing_work(&self) -> u64 {
        self.0.hasher.work()
    }

    /// The limits on tries, for other ways to sign in.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Everything wrong with a wish that shows in the wish itself, in the order of its fields.
    #[must_use]
    pub fn faults(&self, wish: &Registration<'_>) -> Vec<AccountError> {
        let username = username::check(wish.username).map(|_| ()).map_err(AccountError::from);
        let mobile = wish.mobile.map_or(Ok(()), |mobile| username::check_mobile(mobile).map(|_| ()));
        let password = self.0.policy.check(wish.password, wish.username).map_err(AccountError::from);
        [username, mobile, password].into_iter().filter_map(Result::err).collect()
    }

    /// Makes an account for a natural person, not real-named yet.
    pub async fn register(&self, wish: &Registration<'_>) -> Result<Arc<Person>, AccountError> {
        let username = username::check(wish.username)?;
        let mobile = wish.mobile.map(username::check_mobile).transpose()?;
        self.0.policy.check(wish.password, &username)?;
        self.0.limits.registration(wish.address).await?;
        self.not_breached(wish.password).await?;
        let password_hash = self.0.hasher.hash(wish.password.clone()).await?;
        let row = self.new_row(&username, mobile.as_deref(), password_hash, wish.locale);
        let mut tx = self.0.store.begin().await?;
        match store::accounts::insert(&mut tx, &row).await {
            Err(StoreError::Conflict) => return Err(AccountError::Taken),
            other => other?,
        }
        crate::base::crash::point("register.before_commit");
        tx.commit().await?;
        crate::base::crash::point("register.after_commit");
        Ok(Arc::new(person::open(&self.0.sealer, row, None, None)?))
    }

    fn new_row(&self, username: &str, mobile: Option<&str>, password_hash: String, locale: &str) -> AccountRow {
        let now = self.0.clock.now();
        let id = AccountId::new(now, &self.0.random);
        AccountRow {
            mobile: mobile.map(|number| self.seal(&id, number)),
            // A number that is only declared is found by nobody and taken from nobody: its index comes with its code.
            mobile_index: None,
            mobile_verified_at: None,
            id,
            kind: "natural".into(),
            state: AccountState::Active.as_str().into(),
            username: username.to_owned(),
            username_key: username::key(username),
            password_hash,
            password_changed_at: now,
            locale: Some(locale.to_owned()),
            created_at: now,
            updated_at: now,
        }
    }

    /// Checks a name (username or mobile number) and password. Unknown names cost the same time and give the same answer.
    pub async fn authenticate(
        &self,
        login: &str,
        password: &Secret,
        address: &str,
    ) -> Result<Arc<Person>, AccountError> {
        self.0.limits.address_begins(address).await?;
        let found = self.find_by_login(login, &username::key(login)).await?;
        let key = limit_key(login, found.as_ref());
        self.0.limits.sign_in_begins(&key, address).await?;
        let stored = found.as_ref().map(|row| row.password_hash.clone());
        let holder = found.as_ref().map(|row| row.id.clone());
        let right = self.0.hasher.verify(password.clone(), stored).await?;
        let Some(row) = found.filter(|_| right) else {
            self.0.limits.sign_in_failed(address).await?;
            self.0.limits.failed_at(holder.as_ref().map(AccountId::as_str)).await?;
            self.0.limits.pause(&key).await?;
            return Err(AccountError::WrongCredentials);
        };
        self.0.limits.sign_in_succeeded(&key).await?;
        let person = self.load_row(&mut self.0.store.read().await?, row).await?;
        person.may_sign_in().map(|()| person)
    }

    /// Whether a try to sign in by this name from this address must come with the answer to a challenge.
    pub async fn wants_challenge(&self, login: &str, address: &str) -> Result<bool, AccountError> {
        let found = self.find_by_login(login, &username::key(login)).await?;
        self.0.limits.wants_challenge(&limit_key(login, found.as_ref()), address).await
    }

    async fn find_by_login(&self, login: &str, key: &str) -> Result<Option<AccountRow>, AccountError> {
        let mobile_index = username::check_mobile(login).map(|number| self.0.mobile_index.of(&number));
        let mobile_index = mobile_index.unwrap_or_default();
        Ok(store::accounts::find_by_login(&mut self.0.store.read().await?, key, &mobile_index).await?)
    }

    /// The person behind an account; at most [`CACHE_LIFE`] old.
    pub async fn find(&self, id: &AccountId) -> Result<Arc<Person>, AccountError> {
        if let Some(person) = self.0.cache.get(id) {
            return Ok(person);
        }
        self.find_in(&mut self.0.store.read().await?, id).await
    }

    /// The same, on a connection that the caller holds already: whoever holds one must not wait for a second.
    pub async fn find_in(&self, db: &mut impl Connection, id: &AccountId) -> Result<Arc<Person>, AccountError> {
        if let Some(person) = self.0.cache.get(id) {
            return Ok(person);
        }
        let row = store::accounts::find(db, id).await?.ok_or(AccountError::Unknown)?;
        self.load_row(db, row).await
    }

    /// The account that a username or mobile number names, for administrators.
    pub async fn find_by_name(&self, login: &str) -> Result<Arc<Person>, AccountError> {
        let row = self.find_by_login(login, &username::key(login)).await?.ok_or(AccountError::Unknown)?;
        self.load_row(&mut self.0.store.read().await?, row).await
    }

    async fn load_row(&self, db: &mut impl Connection, row: AccountRow) -> Result<Arc<Person>, AccountError> {
        let real_name = store::real_names::find(db, &row.id).await?;
        let network_identity = store::network_identities::find(db, &row.id).await?;
        let mut person = person::open(&self.0.sealer, row, real_name, network_identity)?;
        if person.lacks_guardian(self.now()) {
            let found = store::guardianships::guardian_of(db, &person.id, self.now()).await?;
            person.guardian = found.map(|row| row.guardian_id);
        }
        let person = Arc::new(person);
        self.0.cache.insert(person.id.clone(), Arc::clone(&person));
        Ok(person)
    }

    /// Forgets what is cached of an account: it has just changed.
    pub fn changed(&self, id: &AccountId) {
        self.0.cache.forget(id);
    }

    /// Checks the present password of a signed-in person, under the same limits as sign-in.
    pub async fn confirm_password(&self, id: &AccountId, password: &Secret, address: &str) -> Result<(), AccountError> {
        let row = store::accounts::find(&mut self.0.store.read().await?, id).await?.ok_or(AccountError::Unknown)?;
        self.0.limits.sign_in_begins(id.as_str(), address).await?;
        if self.0.hasher.verify(password.clone(), Some(row.password_hash)).await? {
            return self.0.limits.sign_in_succeeded(id.as_str()).await;
        }
        self.0.limits.sign_in_failed(address).await?;
        self.0.limits.pause(id.as_str()).await?;
        Err(AccountError::WrongCredentials)
    }

    /// Whether this is the password of an account; the same work when there is no such account. The caller counts tries.
    pub async fn knows_password(&self, id: &AccountId, password: &Secret) -> Result<bool, AccountError> {
        let row = store::accounts::find(&mut self.0.store.read().await?, id).await?;
        self.0.hasher.verify(password.clone(), row.map(|row| row.password_hash)).await
    }

    /// Writes a state in the caller's transaction, so that ending sessions and grants goes with it.
    pub async fn set_state(
        &self,
        tx: &mut Transaction,
        id: &AccountId,
        state: AccountState,
    ) -> Result<(), AccountError> {
        let found = store::accounts::set_state(tx, id, state.as_str(), self.0.clock.now()).await?;
        if found { Ok(()) } else { Err(AccountError::Unknown) }
    }

    /// Makes sure that the account may sign in, and holds it so until the caller's transaction ends: whoever locks it meanwhile
    /// waits, and then ends what this transaction began.
    ///
    /// # Errors
    /// [`AccountError::State`] or [`AccountError::Unknown`]: it may not, whatever was read of it before.
    pub async fn hold_active(&self, tx: &mut Transaction, id: &AccountId) -> Result<(), AccountError> {
        self.hold(tx, id).await.map(|_| ())
    }

    /// The same for a sign-in by a password: it is refused when the password has changed since `person` was read.
    ///
    /// # Errors
    /// As [`Accounts::hold_active`], and [`AccountError::WrongCredentials`].
    pub async fn hold_by_password(&self, tx: &mut Transaction, person: &Person) -> Result<(), AccountError> {
        let held = self.hold(tx, &person.id).await?;
        let same = held.password_changed_at == person.password_changed_at;
        if same { Ok(()) } else { Err(AccountError::WrongCredentials) }
    }

    async fn hold(&self, tx: &mut Transaction, id: &AccountId) -> Result<HeldAccount, AccountError> {
        let held = store::accounts::hold(tx, id).await?.ok_or(AccountError::Unknown)?;
        match AccountState::parse(&held.state).ok_or(AccountError::Sealed)? {
            AccountState::Active => Ok(held),
            AccountState::Closing => Err(AccountError::Closing(id.clone())),
            state => Err(AccountError::State(state)),
        }
    }

    /// Seals a personal value of an account for its column.
    #[must_use]
    pub fn seal(&self, id: &AccountId, value: &str) -> Vec<u8> {
        self.0.sealer.seal_bytes(value.as_bytes(), id.as_str().as_bytes())
    }

    /// Opens a personal value of an account from its column.
    pub fn unseal(&self, id: &AccountId, sealed: &[u8]) -> Result<Secret, AccountError> {
        let opened = self.0.sealer.open_bytes(sealed, id.as_str().as_bytes()).map_err(|_| AccountError::Sealed)?;
        std::str::from_utf8(&opened).map(Secret::new).map_err(|_| AccountError::Sealed)
    }

    /// Writes another user name in the caller's transaction.
    ///
    /// # Errors
    /// [`AccountError::Username`] or [`AccountError::Taken`].
    pub async fn set_username(&self, tx: &mut Transaction, id: &AccountId, wanted: &str) -> Result<(), AccountError> {
        let username = username::check(wanted)?;
        let names = (username.as_str(), &*username::key(&username));
        match store::accounts::set_username(tx, id, names, self.0.clock.now()).await {
            Err(StoreError::Conflict) => Err(AccountError::Taken),
            Ok(false) => Err(AccountError::Unknown),
            other => Ok(other.map(|_| ())?),
        }
    }

    /// Chance, for what is written with this room.
    pub(crate) fn random(&self) -> &SharedRandom {
        &self.0.random
    }

    /// The present moment, for callers that write with this room.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// What tries are counted for: the account, by whichever of its names it is tried; a name that nobody has, for itself.
fn limit_key(login: &str, found: Option<&AccountRow>) -> String {
    found.map_or_else(|| username::key(login), |row| row.id.to_string())
}
