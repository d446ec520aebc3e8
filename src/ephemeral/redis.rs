//! The Redis engine, for several processes that behave as one. One managed connection; every call has a timeout.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, Cmd, FromRedisValue, RedisError, Script, cmd};
use futures::future::BoxFuture;

use super::{EphemeralConfig, EphemeralError, EphemeralStore, MAX_VALUE};
use crate::base::Secret;

/// Counts and starts the window in one step, so that a counter never outlives it.
const COUNT: &str = "local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n";

/// Ephemeral state in Redis.
pub struct RedisEphemeral {
    connection: ConnectionManager,
    prefix: String,
    timeout: Duration,
    count: Script,
}

impl From<RedisError> for EphemeralError {
    fn from(error: RedisError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl RedisEphemeral {
    /// Connects to the Redis at `url`; it reconnects by itself afterwards.
    pub async fn connect(url: &Secret, config: &EphemeralConfig) -> Result<Self, EphemeralError> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let client = Client::open(url.expose())?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(2);
        let connecting = ConnectionManager::new_with_config(client, settings);
        let connection = within(timeout * 4, connecting).await?;
        Ok(Self { connection, prefix: config.prefix.clone(), timeout, count: Script::new(COUNT) })
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn ask<T: FromRedisValue>(&self, command: Cmd) -> Result<T, EphemeralError> {
        let mut connection = self.connection.clone();
        within(self.timeout, command.query_async(&mut connection)).await
    }
}

async fn within<T>(timeout: Duration, call: impl Future<Output = Result<T, RedisError>>) -> Result<T, EphemeralError> {
    match tokio::time::timeout(timeout, call).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(EphemeralError::Unavailable("timed out".into())),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl EphemeralStore for RedisEphemeral {
    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], ttl: Duration) -> BoxFuture<'a, Result<(), EphemeralError>> {
        Box::pin(async move {
            if value.len() > MAX_VALUE {
                return Err(EphemeralError::TooLarge);
            }
            self.ask(cmd("SET").arg(self.key(key)).arg(value).arg("PX").arg(millis(ttl)).clone()).await
        })
    }

    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>> {
        Box::pin(async move { self.ask(cmd("GET").arg(self.key(key)).clone()).await })
    }

    fn take<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, EphemeralError>> {
        Box::pin(async move { self.ask(cmd("GETDEL").arg(self.key(key)).clone()).await })
    }

    fn mark<'a>(&'a self, key: &'a str, ttl: Duration) -> BoxFuture<'a, Result<bool, EphemeralError>> {
        Box::pin(async move {
            let set = cmd("SET").arg(self.key(key)).arg("").arg("NX").arg("PX").arg(millis(ttl)).clone();
            let answer: Option<String> = self.ask(set).await?;
            Ok(answer.is_some())
        })
    }

    fn count<'a>(&'a self, key: &'a str, window: Duration) -> BoxFuture<'a, Result<u64, EphemeralError>> {
        Box::pin(async move {
            let mut connection = self.connection.clone();
            let mut script = self.count.key(self.key(key));
            let call = script.arg(millis(window)).invoke_async(&mut connection);
            within(self.timeout, call).await
        })
    }

    fn peek<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64, EphemeralError>> {
        Box::pin(async move {
            let count: Option<u64> = self.ask(cmd("GET").arg(self.key(key)).clone()).await?;
            Ok(count.unwrap_or(0))
        })
    }

    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), EphemeralError>> {
        Box::pin(async move { self.ask(cmd("DEL").arg(self.key(key)).clone()).await })
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), EphemeralError>> {
        Box::pin(async move {
            let _: String = self.ask(cmd("PING")).await?;
            Ok(())
        })
    }

    fn engine(&self) -> &'static str {
        "redis"
    }
}
