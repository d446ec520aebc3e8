//! The engines that tests run on: SQLite and memory always, PostgreSQL and Redis when `HUFU_TEST_POSTGRES` and
//! `HUFU_TEST_REDIS` name servers (`tests/rig/services.sh` starts private ones). Every [`Home`] is a place of its own: a file
//! in a temporary folder, or a database and a key prefix, removed when the test is over.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

use hufu::base::{Secret, SharedRandom, SystemRandom};
use hufu::ephemeral::EphemeralConfig;
use hufu::store::StoreConfig;
use redis::Commands as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use url::Url;

/// How long a test waits for a connection: long, because other tests work beside it.
const WAIT_MS: u64 = 20_000;

/// Where state is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite and this process's memory.
    Embedded,
    /// PostgreSQL and Redis.
    Networked,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "SQLite and memory",
            Self::Networked => "PostgreSQL and Redis",
        })
    }
}

/// The servers that the environment names; both or none.
fn servers() -> Option<(Url, String)> {
    let url = std::env::var("HUFU_TEST_POSTGRES").ok()?;
    let url = Url::parse(&url).expect("HUFU_TEST_POSTGRES is a URL");
    Some((url, std::env::var("HUFU_TEST_REDIS").ok()?))
}

impl Engine {
    /// The engines at hand. Says once, past the capture of the test harness, what is left out.
    pub fn at_hand() -> Vec<Self> {
        static SAID: Once = Once::new();
        if servers().is_some() {
            return vec![Self::Embedded, Self::Networked];
        }
        assert!(
            std::env::var_os("HUFU_TEST_NEEDS_SERVERS").is_none(),
            "there are no servers, and this run is about them"
        );
        SAID.call_once(|| {
            let text = "left out here: PostgreSQL and Redis, and with them nodes of two processes (HUFU_TEST_POSTGRES, \
                        HUFU_TEST_REDIS; see tests/rig/services.sh)";
            writeln!(std::io::stderr(), "{text}").unwrap_or_default();
        });
        vec![Self::Embedded]
    }
}

/// A place for the state of one node, or of several that share it.
pub struct Home {
    folder: TempDir,
    place: Place,
}

enum Place {
    Embedded,
    Networked { server: Url, database: String, redis: String, prefix: String },
}

impl Home {
    /// An empty place.
    pub async fn new(engine: Engine) -> Self {
        Self::copy_of(engine, None).await
    }

    /// A place that begins as a copy of `pattern`, which nobody may be using.
    pub async fn copy_of(engine: Engine, pattern: Option<&Self>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Some((server, redis)) = servers().filter(|_| engine == Engine::Networked) else {
            if let Some(pattern) = pattern {
                std::fs::copy(database_file(pattern.folder()), database_file(folder.path())).expect("a copy");
            }
            return Self { folder, place: Place::Embedded };
        };
        let random: SharedRandom = Arc::new(SystemRandom);
        let name = hufu::base::encoding::hex(&random.array::<6>());
        let (database, prefix) = (format!("hufu_test_{name}"), format!("hufu-test-{name}:"));
        let from = match pattern {
            Some(Self { place: Place::Networked { database, .. }, .. }) => format!(" TEMPLATE {database}"),
            _ => String::new(),
        };
        order(&server, format!("CREATE DATABASE {database}{from}")).await;
        Self { folder, place: Place::Networked { server, database, redis, prefix } }
    }

    /// Where the node keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The `[store]` section.
    pub fn store(&self) -> StoreConfig {
        let postgres = match &self.place {
            Place::Embedded => None,
            Place::Networked { server, database, .. } => {
                let mut url = server.clone();
                url.set_path(database);
                Some(Secret::new(url))
            }
        };
        StoreConfig { sqlite: database_file(self.folder()), postgres, connections: 4, wait_ms: WAIT_MS }
    }

    /// The `[ephemeral]` section.
    pub fn ephemeral(&self) -> EphemeralConfig {
        match &self.place {
            Place::Embedded => EphemeralConfig::default(),
            Place::Networked { redis, prefix, .. } => EphemeralConfig {
                redis: Some(Secret::new(redis.clone())),
                prefix: prefix.clone(),
                timeout_ms: WAIT_MS,
                ..EphemeralConfig::default()
            },
        }
    }

    /// Lets `span` pass in Redis, whose time no test can turn: every key is that much older. Memory follows the clock that
    /// it was given.
    pub fn age(&self, span: Duration) {
        let Place::Networked { redis, prefix, .. } = &self.place else { return };
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        let mut connection = redis::Client::open(redis.as_str()).unwrap().get_connection().expect("Redis answers");
        for key in keys(&mut connection, prefix) {
            let left: i64 = connection.pttl(&key).unwrap();
            let _: () = if left > span {
                connection.pexpire(&key, left - span).unwrap()
            } else {
                connection.del(&key).unwrap()
            };
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let Place::Networked { server, database, redis, prefix } = &self.place else { return };
        let (server, database, redis, prefix) = (server.clone(), database.clone(), redis.clone(), prefix.clone());
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(order(&server, format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")));
            let mut connection = redis::Client::open(redis.as_str()).unwrap().get_connection().unwrap();
            for key in keys(&mut connection, &prefix) {
                let _: () = connection.del(key).unwrap();
            }
        });
        // What is left behind is told, and fails no test.
        if cleaning.join().is_err() {
            writeln!(std::io::stderr(), "a test's database could not be removed").unwrap_or_default();
        }
    }
}

fn database_file(folder: &Path) -> PathBuf {
    folder.join("hufu.db")
}

async fn order(server: &Url, statement: String) {
    let mut connection = PgConnection::connect(server.as_str()).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("PostgreSQL obeys");
    connection.close().await.expect("PostgreSQL lets go");
}

fn keys(connection: &mut redis::Connection, prefix: &str) -> Vec<String> {
    let found = connection.scan_match(format!("{prefix}*")).expect("Redis answers");
    found.filter_map(Result::ok).collect()
}
