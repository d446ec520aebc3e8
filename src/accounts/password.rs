//! Password hashing: argon2id in a bounded pool, so that a storm of sign-ins slows nothing else down.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
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

/// Hashes and verifies passwords; clones share the pool.
#[derive(Clone)]
pub struct PasswordHasher(Arc<Pool>);

struct Pool {
    argon2: Argon2<'static>,
    running: Semaphore,
    admitted: Semaphore,
    random: SharedRandom,
    decoy: String,
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
            decoy,
        }))
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: Secret) -> Result<String, AccountError> {
        let salt = self.0.random.array::<16>();
        self.run(move |pool| hash_now(&pool.argon2, &salt, password.expose().as_bytes())).await?
    }

    /// Whether `password` is the one behind `stored`. Without a stored hash a decoy is verified: the time is the same.
    pub async fn verify(&self, password: Secret, stored: Option<String>) -> Result<bool, AccountError> {
        self.run(move |pool| {
            let known = stored.is_some();
            let text = stored.unwrap_or_else(|| pool.decoy.clone());
            let parsed = PasswordHash::new(&text).map_err(|error| AccountError::Hasher(error.to_string()))?;
            let right = password.expose().len() <= super::policy::MAX_PASSWORD * 4
                && pool.argon2.verify_password(password.expose().as_bytes(), &parsed).is_ok();
            Ok(right && known)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Pool) -> T + Send + 'static) -> Result<T, AccountError> {
        let _place = self.0.admitted.try_acquire().map_err(|_| AccountError::Busy)?;
        let _turn = self.0.running.acquire().await.map_err(|_| AccountError::Busy)?;
        let pool = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&pool)).await.map_err(|error| AccountError::Hasher(error.to_string()))
    }
}

/// A hash that no password has, at the same cost as any: what is verified when there is no account. Nothing is hashed for it.
fn decoy(argon2: &Argon2<'_>, random: &SharedRandom) -> String {
    let costs = argon2.params();
    let (salt, hash) = (STANDARD_NO_PAD.encode(random.array::<16>()), STANDARD_NO_PAD.encode(random.array::<32>()));
    let (memory, passes, lanes) = (costs.m_cost(), costs.t_cost(), costs.p_cost());
    format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
}

fn hash_now(argon2: &Argon2<'_>, salt: &[u8; 16], password: &[u8]) -> Result<String, AccountError> {
    let params = argon2.params().clone();
    argon2
        .hash_password_with_params(password, salt, params)
        .map(|hash| hash.to_string())
        .map_err(|error| AccountError::Hasher(error.to_string()))
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
        let real = hash_now(&hasher.0.argon2, &[7; 16], b"tiger-tally").unwrap();
        let shape = |text: &str| text.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(shape(&hasher.0.decoy), shape(&real));
        assert_eq!(hasher.0.decoy.len(), real.len());
        assert!(PasswordHash::new(&hasher.0.decoy).is_ok());
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
