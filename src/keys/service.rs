//! [`KeyService`]: the signing keys of this node as its processes share them: read from the store, rotated by plan, signing.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};

use super::rotation::{self, Change, Haste, Policy};
use super::{
    KeyRecord, KeyRing, MasterKey, MasterKeyError, PublishedKeys, SealError, SealedKeyRecord, Sealer, SignError,
};
use crate::base::{SharedClock, crash};
use crate::jobs::Chore;
use crate::proto::jose::{Audience, Expectations, SigningAlg, Typ, verify};
use crate::store::signing_keys::{self, PastKeyRow, SigningKeyRow};
use crate::store::{self, Store, StoreError, Transaction};

/// How late a change made by another process may be seen; several looks in [`rotation::SPREAD`].
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Expiry is the caller's to check: a hint is read long after it has expired.
const ANY_AGE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Most keys of the past that are told.
const PAST: i64 = 1_000;

/// What keys sign; each purpose has keys of its own, and no key serves two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// ID tokens, access tokens, logout tokens.
    Tokens,
    /// Statements of the federation: entity statements, trust marks and their answers.
    Federation,
}

impl Purpose {
    /// The name in the store.
    const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Federation => "federation",
        }
    }

    /// What the private keys are sealed under.
    const fn sealed_as(self) -> &'static str {
        match self {
            Self::Tokens => "signing-keys",
            Self::Federation => "federation-keys",
        }
    }

    /// The mark that one process at a time changes keys under.
    const fn lock(self) -> &'static str {
        match self {
            Self::Tokens => "key-rotation",
            Self::Federation => "federation-key-rotation",
        }
    }
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The master key.
    #[error(transparent)]
    Master(#[from] MasterKeyError),
    /// A key that cannot be made or used.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A stored key that cannot be opened: another master key, or damage.
    #[error("a signing key cannot be opened: {0}")]
    Sealed(#[from] SealError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key for this algorithm.
    #[error("there is no signing key for {0:?}")]
    NoKey(SigningAlg),
    /// A stored algorithm that is not known.
    #[error("a signing key has an unknown algorithm")]
    UnknownAlgorithm,
}

/// The signing keys; clones share everything.
#[derive(Clone)]
pub struct KeyService(Arc<Inner>);

struct Inner {
    purpose: Purpose,
    store: Store,
    sealer: Sealer,
    clock: SharedClock,
    policy: Policy,
    ring: ArcSwap<KeyRing>,
}

impl KeyService {
    /// Reads the keys that sign tokens from the store and makes those that are missing.
    pub async fn open(store: Store, master: &MasterKey, clock: SharedClock, policy: Policy) -> Result<Self, KeyError> {
        Self::open_for(Purpose::Tokens, store, master, clock, policy).await
    }

    /// The same for any purpose.
    pub async fn open_for(
        purpose: Purpose,
        store: Store,
        master: &MasterKey,
        clock: SharedClock,
        policy: Policy,
    ) -> Result<Self, KeyError> {
        let sealer = Sealer::new(master, purpose.sealed_as());
        let empty = ArcSwap::from_pointee(KeyRing::new(&[])?);
        let service = Self(Arc::new(Inner { purpose, store, sealer, clock, policy, ring: empty }));
        service.reload().await?;
        service.rotate_as_planned().await?;
        Ok(service)
    }

    /// Reads the keys again: another process may have changed them.
    pub async fn reload(&self) -> Result<(), KeyError> {
        let rows = signing_keys::list(&mut self.0.store.read().await?, self.0.purpose.name()).await?;
        if !is_of(&self.0.ring.load(), &rows) {
            self.0.ring.store(Arc::new(self.ring_of(rows)?));
        }
        Ok(())
    }

    fn ring_of(&self, rows: Vec<SigningKeyRow>) -> Result<KeyRing, KeyError> {
        let records: Result<Vec<KeyRecord>, KeyError> =
            rows.into_iter().map(|row| Ok(KeyRecord::from_sealed(&from_row(row)?, &self.0.sealer)?)).collect();
        Ok(KeyRing::new(&records?)?)
    }

    /// Does what the plan says is due. Of several processes one does it; the others see it at their next look.
    pub async fn rotate_as_planned(&self) -> Result<(), KeyError> {
        if rotation::plan(&self.0.ring.load(), self.0.clock.now(), &self.0.policy).is_empty() {
            return Ok(());
        }
        self.change(rotation::plan).await
    }

    /// A new key for `alg` out of turn.
    pub async fn rotate_now(&self, alg: SigningAlg, haste: Haste) -> Result<(), KeyError> {
        self.change(|ring, now, policy| rotation::rotate_now(ring, alg, now, policy, haste)).await
    }

    /// Plans on what the store holds under a lock, and writes the changes in the same transaction.
    async fn change(
        &self,
        plan: impl FnOnce(&KeyRing, crate::base::Timestamp, &Policy) -> Vec<Change>,
    ) -> Result<(), KeyError> {
        let now = self.0.clock.now();
        let mut tx = self.0.store.begin().await?;
        store::marks::lock(&mut tx, self.0.purpose.lock()).await?;
        let ring = self.ring_of(signing_keys::list(&mut tx, self.0.purpose.name()).await?)?;
        let changes = plan(&ring, now, &self.0.policy);
        if changes.is_empty() {
            return self.reload().await;
        }
        for change in changes {
            self.apply(&mut tx, &ring, change).await?;
        }
        crash::point("keys.before_commit");
        tx.commit().await?;
        crash::point("keys.after_commit");
        self.reload().await
    }

    async fn apply(&self, tx: &mut Transaction, ring: &KeyRing, change: Change) -> Result<(), KeyError> {
        tracing::info!(?change, "the signing keys change");
        match change {
            Change::Add { alg, publish_at, activate_at } => {
                let now = self.0.clock.now();
                let made = tokio::task::spawn_blocking(move || KeyRecord::generate(alg, now, publish_at, activate_at));
                let record = made.await.map_err(|_| KeyError::NoKey(alg))??;
                signing_keys::insert(tx, &to_row(self.0.purpose, record.to_sealed(&self.0.sealer))).await?;
            }
            Change::Retire { kid, retire_at, remove_at } => {
                signing_keys::retire(tx, &kid, retire_at, remove_at).await?;
            }
            Change::Remove { kid } => {
                if let Some(past) = self.past_of(ring, &kid) {
                    signing_keys::remember(tx, &past).await?;
                }
                signing_keys::delete(tx, &kid).await?;
            }
        }
        Ok(())
    }

    /// What is kept of a key that goes: statements of the federation are verified long after. Nothing of one that has
    /// never signed.
    fn past_of(&self, ring: &KeyRing, kid: &str) -> Option<PastKeyRow> {
        let now = self.0.clock.now();
        let key = ring.schedules().find(|key| key.kid == kid).filter(|key| key.activate_at <= now)?;
        let jwk = ring.find(kid)?.public_jwk().to_string();
        (self.0.purpose == Purpose::Federation).then(|| PastKeyRow {
            kid: kid.to_owned(),
            jwk,
            created_at: key.created_at,
            ended_at: key.remove_at.unwrap_or(now),
            // A key that was given up in good order verifies on after it has signed for the last time.
            revoked: key.retire_at.is_some() && key.retire_at == key.remove_at,
        })
    }

    /// The public halves of keys that signed and are gone, the latest first.
    pub async fn past(&self) -> Result<Vec<PastKeyRow>, KeyError> {
        Ok(signing_keys::past(&mut self.0.store.read().await?, PAST).await?)
    }

    /// Signs `claims` as a compact JWS of type `typ`.
    pub fn sign(&self, alg: SigningAlg, typ: &str, claims: &impl Serialize) -> Result<String, KeyError> {
        let ring = self.0.ring.load();
        let key = ring.active(alg, self.0.clock.now()).ok_or(KeyError::NoKey(alg))?;
        Ok(key.sign(typ, claims)?)
    }

    /// The claims of a token of ours, of exactly this type, unaltered. Its age is the caller's to judge.
    #[must_use]
    pub fn verify(&self, token: &str, typ: &str) -> Option<Map<String, Value>> {
        let now = self.0.clock.now();
        let expected = Expectations {
            algs: &self.0.policy.algs,
            typ: Typ::Required(typ),
            iss: None,
            aud: Audience::Unchecked,
            required: &["iss", "aud", "exp", "iat"],
            max_age: None,
            leeway: ANY_AGE,
            now,
        };
        verify(token, &self.0.ring.load().verifying(now), &expected).ok().map(|verified| verified.claims)
    }

    /// The JWK Set as it stands now.
    #[must_use]
    pub fn published(&self) -> PublishedKeys {
        self.0.ring.load().published(self.0.clock.now()).clone()
    }

    /// The ring as it stands, for lists and inventories.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.0.ring.load_full()
    }
}

/// The chore that looks at what other processes changed and does what the plan says is due.
pub struct RotateKeys(pub KeyService);

impl Chore for RotateKeys {
    fn name(&self) -> &'static str {
        "key rotation"
    }

    fn every(&self) -> Duration {
        LOOK_EVERY
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let looked = async {
                self.0.reload().await?;
                self.0.rotate_as_planned().await
            };
            match looked.await {
                Err(KeyError::Store(error)) => Err(error),
                Err(error) => {
                    tracing::error!(%error, "the signing keys cannot be rotated");
                    Ok(())
                }
                Ok(()) => Ok(()),
            }
        })
    }
}

/// Whether `ring` was made of these rows, so that no key has to be opened and parsed again. What is sealed under a `kid`
/// never changes; only times do.
fn is_of(ring: &KeyRing, rows: &[SigningKeyRow]) -> bool {
    let same = |row: &SigningKeyRow| {
        ring.schedules().any(|key| {
            key.kid == row.kid
                && (key.publish_at, key.activate_at) == (row.publish_at, row.activate_at)
                && (key.retire_at, key.remove_at) == (row.retire_at, row.remove_at)
        })
    };
    ring.schedules().count() == rows.len() && rows.iter().all(same)
}

fn from_row(row: SigningKeyRow) -> Result<SealedKeyRecord, KeyError> {
    Ok(SealedKeyRecord {
        alg: SigningAlg::parse(&row.alg).ok_or(KeyError::UnknownAlgorithm)?,
        kid: row.kid,
        pkcs8: row.sealed,
        created_at: row.created_at,
        publish_at: row.publish_at,
        activate_at: row.activate_at,
        retire_at: row.retire_at,
        remove_at: row.remove_at,
    })
}

fn to_row(purpose: Purpose, record: SealedKeyRecord) -> SigningKeyRow {
    SigningKeyRow {
        purpose: purpose.name().to_owned(),
        alg: record.alg.as_str().to_owned(),
        kid: record.kid,
        sealed: record.pkcs8,
        created_at: record.created_at,
        publish_at: record.publish_at,
        activate_at: record.activate_at,
        retire_at: record.retire_at,
        remove_at: record.remove_at,
    }
}
