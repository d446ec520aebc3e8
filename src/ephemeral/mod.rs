//! Ephemeral state: what may be lost with the process or with Redis, and is bounded in number, size and life.
//!
//! Pushed authorization requests, rate-limit counters, replay marks. In memory for one process, in Redis for several;
//! callers see one trait. Nothing here decides identity by itself: what buys a token is marked in the durable store.

mod memory;
mod redis;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::base::{Secret, SharedClock};

pub use self::memory::MemoryEphemeral;
pub use self::redis::RedisEphemeral;

/// Why the ephemeral store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum EphemeralError {
    /// Redis is slow or gone: the caller answers 503 with Retry-After.
    #[error("the ephemeral store is unavailable: {0}")]
    Unavailable(String),
    /// The value is larger than [`MAX_VALUE`].
    #[error("the value is too large")]
    TooLarge,
    /// The store holds as many entries as it may.
    #[error("the ephemeral store is full")]
    Full,
}

/// The largest value, in bytes.
pub const MAX_VALUE: usize = 64 * 1024;

/// The `[ephemeral]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EphemeralConfig {
    /// A Redis URL, `redis://host:port/db` or `rediss://…`; in-process memory when not set.
    #[serde(serialize_with = "Secret::masked")]
    pub redis: Option<Secret>,
    /// What every key begins with, so that several systems can share one Redis.
    pub prefix: String,
    /// How many entries memory may hold.
    pub max_entries: usize,
    /// How long one call may take, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for EphemeralConfig {
    fn default() -> Self {
        Self { redis: None, prefix: "hufu:".into(), max_entries: 200_000, timeout_ms: 1_000 }
    }
}

/// What both engines do. Keys are `room:name`; they may hold hashes, never personal data.
pub trait EphemeralStore: Send + Sync + 'static {
    /// Keeps `value` under `key` for `ttl`, in place of an earlier one.
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> BoxFuture<'a, Result<(), EphemeralError>>;
    /// The value, if it is still there.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>>;
    /// Takes the value away: of several callers at once exactly one gets it.
    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>>;
    /// Sets a mark for `ttl`; true for the first caller only.
    fn mark<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<bool, EphemeralError>>;
    /// Adds one to a counter that starts a window of `window` at its first count; gives the new count.
    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, Result<u64, EphemeralError>>;
    /// The counter as it stands, without counting; zero when its window is over.
    fn peek<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, EphemeralError>>;
    /// Forgets a key.
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), EphemeralError>>;
    /// Whether it answers now.
    fn ping(&self) -> BoxFuture<'_, Result<(), EphemeralError>>;
    /// The engine's name for logs and `/readyz`: `memory` or `redis`.
    fn engine(&self) -> &'static str;
}

/// A handle that can be passed around.
pub type Ephemeral = Arc<dyn EphemeralStore>;

/// Opens the configured engine.
pub async fn open(config: &EphemeralConfig, clock: SharedClock) -> Result<Ephemeral, EphemeralError> {
    Ok(match &config.redis {
        Some(url) => Arc::new(RedisEphemeral::connect(url, config).await?),
        None => Arc::new(MemoryEphemeral::new(config.max_entries, clock)),
    })
}
