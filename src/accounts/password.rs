//! Password hashing: argon2id in a bounded pool, so that a storm of sign-ins slows nothing else down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::AccountError;
use crate::base::{Secret, SharedRandom};

/// The `[accounts.hasher]` section. The defaults are OWASP's for argon2id.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HasherConfig {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// How many hashes run at once.
    pub threads: usize,
    /// How many wait; more than that are answered "busy".
    pub queue: usize,
}

impl Default for HasherConfig {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, threads: 2, queue: 64 }
    }
}

/// How long the memory of a hash is kept for the next one.
const REST: Duration = Duration::from_secs(5);

/// How long the allocator in its turn keeps what was freed before the system may have it: mimalloc's `purge_delay`, and some.
const ALLOCATOR_REST: Duration = Duration::from_secs(3);

/// Hashes and verifies passwords; clones share the pool.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Pool>);

struct Pool {
    argon2: Argon2<'static>,
    running: Semaphore,
    admitted: Semaphore,
    random: SharedRandom,
    work: AtomicU64,
    decoy: String,
    /// Memory that rests between two hashes, one piece for each that may run: asking the system for it anew, page by page,
    /// is a good part of what a hash costs.
    memory: Mutex<Vec<Vec<Block>>>,
}

impl PasswordHasher {
    /// A pool as configured; impossible costs fall back to the defaults (`hufu config check` names them first).
    #[must_use]
    pub fn new(config: &HasherConfig, random: SharedRandom) -> Self {
        let params = Params::new(config.memory_kib, config.passes, 1, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = decoy(&argon2, &random);
        let threads = config.threads.max(1);
        Self(Arc::new(Pool {
            argon2,
            running: Semaphore::new(threads),
            admitted: Semaphore::new(threads + config.queue),
            random,
            work: AtomicU64::new(0),
            decoy,
            memory: Mutex::default(),
        }))
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: Secret) -> Result<String, AccountError> {
        let salt = self.0.random.array::<16>();
        self.run(move |pool| pool.hash(&salt, password.expose().as_bytes())).await?
    }

    /// A hash that no password has: of an account whose owner has chosen none.
    #[must_use]
    pub fn of_nobody(&self) -> String {
        decoy(&self.0.argon2, &self.0.random)
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash a decoy is verified: the time is the same.
    pub async fn verify(&self, password: Secret, stored: Option<String>) -> Result<bool, AccountError> {
        self.run(move |pool| {
            let known = stored.is_some();
            let text = stored.unwrap_or_else(|| pool.decoy.clone());
            let parsed = PasswordHash::new(&text).map_err(|error| AccountError::Hasher(error.to_string()))?;
            let right = password.expose().len() <= super::policy::MAX_PASSWORD * 4
                && pool.verify(password.expose().as_bytes(), &parsed)?;
            Ok(right && known)
        })
        .await?
    }

    /// How many passwords were hashed or verified: what a sign-in has cost, whatever came of it.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.0.work.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Pool) -> T + Send + 'static) -> Result<T, AccountError> {
        let _place = self.0.admitted.try_acquire().map_err(|_| AccountError::Busy)?;
        self.0.work.fetch_add(1, Ordering::Relaxed);
        let _turn = self.0.running.acquire().await.map_err(|_| AccountError::Busy)?;
        let pool = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&pool)).await;
        self.release_when_quiet();
        done.map_err(|error| AccountError::Hasher(error.to_string()))
    }

    /// Gives the memory back to the system once nobody has signed in for a while.
    fn release_when_quiet(&self) {
        let (pool, work) = (Arc::downgrade(&self.0), self.work());
        tokio::spawn(async move {
            tokio::time::sleep(REST).await;
            if let Some(pool) = pool.upgrade().filter(|pool| pool.release(work)) {
                drop(pool);
                tokio::time::sleep(ALLOCATOR_REST).await;
                nudge_allocator();
            }
        });
    }
}

impl Pool {
    /// Gives the memory back, if there was no hash since that many; tells whether.
    fn release(&self, work: u64) -> bool {
        let quiet = self.work.load(Ordering::Relaxed) == work;
        if quiet {
            self.memory.lock().clear();
        }
        quiet
    }

    /// The PHC string of a password with this salt.
    fn hash(&self, salt: &[u8], password: &[u8]) -> Result<String, AccountError> {
        let mut out = [0_u8; Params::DEFAULT_OUTPUT_LEN];
        self.derive(&self.argon2, password, salt, &mut out)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(self.argon2.params()).map_err(unhashable)?,
            salt: Some(Salt::new(salt).map_err(unhashable)?),
            hash: Some(Output::new(&out).map_err(unhashable)?),
        };
        Ok(phc.to_string())
    }

    /// Whether this password gives this hash, at the cost that is written in the hash.
    fn verify(&self, password: &[u8], stored: &PasswordHash) -> Result<bool, AccountError> {
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
            return Err(AccountError::Hasher("a stored hash has no salt or no output".to_owned()));
        };
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(unhashable)?;
        let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from).map_err(unhashable)?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(stored).map_err(unhashable)?);
        let mut out = vec![0_u8; expected.len()];
        self.derive(&argon2, password, &salt, &mut out)?;
        Ok(bool::from(out.ct_eq(expected.as_bytes())))
    }

    /// Argon2 itself, in memory that a hash before it has used: the algorithm overwrites every block before it reads it.
    fn derive(&self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), AccountError> {
        let blocks = argon2.params().block_count();
        let mut memory = self.memory.lock().pop().unwrap_or_default();
        if memory.len() < blocks {
            memory = vec![Block::new(); blocks];
        }
        let done = argon2.hash_password_into_with_memory(password, salt, out, &mut memory);
        self.memory.lock().push(memory);
        done.map_err(unhashable)
    }
}

/// The allocator looks for memory to give back only when it is asked for a large piece. No page of this one is touched.
fn nudge_allocator() {
    drop(std::hint::black_box(Vec::<Block>::with_capacity(4 * 1024)));
}

fn unhashable(error: impl std::fmt::Display) -> AccountError {
    AccountError::Hasher(error.to_string())
}

/// A hash that no password has, at the same cost as any: what is verified when there is no account. Nothing is hashed for it.
fn decoy(argon2: &Argon2<'_>, random: &SharedRandom) -> String {
    let costs = argon2.params();
    let (salt, hash) = (STANDARD_NO_PAD.encode(random.array::<16>()), STANDARD_NO_PAD.encode(random.array::<32>()));
    let (memory, passes, lanes) = (costs.m_cost(), costs.t_cost(), costs.p_cost());
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::base::SystemRandom;

    fn hasher(threads: usize, queue: usize) -> PasswordHasher {
        let config = HasherConfig { memory_kib: 64, passes: 1, threads, queue };
        PasswordHasher::new(&config, Arc::new(SystemRandom))
    }

    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let hasher = hasher(1, 1);
        let real = hasher.0.hash(&[7; 16], b"tiger-tally").unwrap();
        let shape = |text: &str| text.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(shape(&hasher.0.decoy), shape(&real));
        assert_eq!(hasher.0.decoy.len(), real.len());
        assert!(PasswordHash::new(&hasher.0.decoy).is_ok());
    }

    #[test]
    fn used_memory_gives_what_fresh_memory_gives() {
        use argon2::password_hash::PasswordHasher as _;

        let hasher = hasher(1, 1);
        for password in ["tiger-tally", "青山绿水2026", "tiger-tally"] {
            let fresh = hasher.0.argon2.hash_password_with_salt(password.as_bytes(), &[7; 16]).unwrap().to_string();
            assert_eq!(hasher.0.hash(&[7; 16], password.as_bytes()).unwrap(), fresh);
        }
        assert_eq!(hasher.0.memory.lock().len(), 1, "one hash at a time needs one piece of memory");
    }

    #[test]
    fn a_hash_is_verified_at_its_own_cost() {
        let (cheap, dear) = (
            hasher(1, 1),
            PasswordHasher::new(
                &HasherConfig { memory_kib: 256, passes: 3, ..HasherConfig::default() },
                Arc::new(SystemRandom),
            ),
        );
        let stored = dear.0.hash(&[7; 16], b"tiger-tally").unwrap();
        let stored = PasswordHash::new(&stored).unwrap();
        assert!(cheap.0.verify(b"tiger-tally", &stored).unwrap());
        assert!(!cheap.0.verify(b"tiger-tallies", &stored).unwrap());
    }

    #[test]
    fn the_memory_goes_back_when_nobody_signs_in() {
        let hasher = hasher(1, 1);
        hasher.0.hash(&[7; 16], b"tiger-tally").unwrap();
        assert!(!hasher.0.release(hasher.work() + 1));
        assert_eq!(hasher.0.memory.lock().len(), 1, "somebody has signed in since");
        assert!(hasher.0.release(hasher.work()));
        assert!(hasher.0.memory.lock().is_empty());
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = hasher(2, 8);
        let hash = hasher.hash(Secret::new("青山绿水2026")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(hasher.verify(Secret::new("青山绿水2026"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(Secret::new("青山绿水2027"), Some(hash)).await.unwrap());
        assert!(!hasher.verify(Secret::new("anything"), None).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_the_pool_holds_is_busy() {
        let hasher = hasher(1, 0);
        let _held = hasher.0.admitted.try_acquire().unwrap();
        let told = tokio::time::timeout(Duration::from_secs(10), hasher.hash(Secret::new("x"))).await;
        assert!(matches!(told.expect("told at once"), Err(AccountError::Busy)));
    }

    /// Threat 21: the slowest answer for an unknown name against the fastest for a known one, so that a busy machine does
    /// not matter; without the decoy the first takes next to nothing.
    #[tokio::test]
    async fn an_unknown_name_costs_a_hash_like_a_known_one() {
        let config = HasherConfig { memory_kib: 1024, passes: 3, threads: 1, queue: 8 };
        let hasher = PasswordHasher::new(&config, Arc::new(SystemRandom));
        let hash = hasher.hash(Secret::new("青山绿水2026")).await.unwrap();
        let (mut known, mut unknown) = (Duration::MAX, Duration::ZERO);
        for _ in 0..5 {
            for stored in [Some(hash.clone()), None] {
                let (begun, is_known) = (Instant::now(), stored.is_some());
                assert!(!hasher.verify(Secret::new("wrong"), stored).await.unwrap());
                let took = begun.elapsed();
                if is_known { known = known.min(took) } else { unknown = unknown.max(took) }
            }
        }
        assert!(unknown * 2 > known, "unknown {unknown:?}, known {known:?}");
    }
}
