//! The only place that knows which database answers: SQLite embedded, PostgreSQL for several nodes.
//!
//! Two kinds of native sqlx connection behind one enum and four macros. The dialect points are all here: opening, the write
//! transaction, claiming jobs ([`claim_clause`]) and the migrations with their blob type.
//! SQLite has one writer connection (BEGIN IMMEDIATE: a deferred read-then-write can fail with "database is locked")
//! that commits in groups, and readers apart ([`super::sqlite`]); PostgreSQL has a pool.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};

use super::sqlite::{Member, Opener, ReadSeat, Readers, Writer};
use crate::base::Secret;

macro_rules! on_database {
    ($db:expr, $connection:ident => $statement:expr) => {
        match $crate::store::backend::Connection::native($db) {
            $crate::store::backend::Native::Sqlite($connection) => $statement,
            $crate::store::backend::Native::Postgres($connection) => $statement,
            $crate::store::backend::Native::Closed => Err(sqlx::Error::PoolClosed),
        }
    };
}

/// One row or none: `fetch_optional!(db, Row, "SELECT …", args…)`.
macro_rules! fetch_optional {
    ($db:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_database!($db, connection => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(connection).await)
            .map_err($crate::store::StoreError::from)
    };
}

/// Exactly one row.
macro_rules! fetch_one {
    ($db:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_database!($db, connection => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_one(connection).await)
            .map_err($crate::store::StoreError::from)
    };
}

/// Every row.
macro_rules! fetch_all {
    ($db:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_database!($db, connection => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(connection).await)
            .map_err($crate::store::StoreError::from)
    };
}

/// Runs a statement; gives the number of rows it touched.
macro_rules! execute {
    ($db:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_database!($db, connection => sqlx::query($sql)$(.bind($arg))*.execute(connection).await.map(|done| done.rows_affected()))
            .map_err($crate::store::StoreError::from)
    };
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is slow, full or gone: the caller answers 503 with Retry-After.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A unique column already holds this value.
    #[error("already there")]
    Conflict,
    /// The database refused the statement, or a row could not be read: a defect of ours.
    #[error("the database refused: {0}")]
    Refused(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A value read from the store is not what was written.
    #[error("damaged row: {0}")]
    Damaged(&'static str),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Conflict,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(database) if database.code().is_some_and(|code| passes(&code)) => {
                Self::Unavailable(error)
            }
            _ => Self::Refused(error),
        }
    }
}

/// Whether what this code says may be over at the next try: SQLite locked in one of its ways, or its disk full; PostgreSQL
/// (classes of its appendix A) in a deadlock, out of resources or shutting down.
fn passes(code: &str) -> bool {
    const LOCKED: [&str; 4] = ["5", "261", "517", "773"];
    const FULL: &str = "13";
    const CLASSES: [&str; 3] = ["40", "53", "57"];
    LOCKED.contains(&code) || code == FULL || (code.len() == 5 && CLASSES.iter().any(|class| code.starts_with(class)))
}

/// The `[store]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The SQLite file; used when `postgres` is not set.
    pub sqlite: PathBuf,
    /// A PostgreSQL URL, `postgres://user:password@host:port/database`.
    #[serde(serialize_with = "Secret::masked")]
    pub postgres: Option<Secret>,
    /// Connections kept to PostgreSQL, or readers of SQLite.
    pub connections: u32,
    /// How long a request waits for a connection before it is answered 503, in milliseconds.
    pub wait_ms: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { sqlite: PathBuf::from("var/hufu.db"), postgres: None, connections: 4, wait_ms: 2_000 }
    }
}

/// A handle to the durable store; clones share the pools.
#[derive(Clone)]
pub struct Store(Backend);

#[derive(Clone)]
enum Backend {
    Sqlite { writer: Writer, readers: Readers },
    Postgres(PgPool),
}

impl Store {
    /// Opens the configured database and brings its schema up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(Self(match &config.postgres {
            Some(url) => open_postgres(url, config).await?,
            None => open_sqlite(config).await?,
        }))
    }

    /// A connection for reading outside any transaction.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(match &self.0 {
            Backend::Sqlite { readers, .. } => Reader::Sqlite(ReadSeat::of(readers).await?),
            Backend::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a write transaction; dropped without [`Transaction::commit`], it is rolled back.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        Ok(match &self.0 {
            Backend::Sqlite { writer, .. } => Transaction::Sqlite(writer.begin().await?),
            Backend::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Begins a write of one statement, which costs less than a transaction.
    pub async fn begin_single(&self) -> Result<Single, StoreError> {
        Ok(match &self.0 {
            Backend::Sqlite { writer, .. } => Single::Sqlite(writer.begin_single().await?),
            Backend::Postgres(pool) => Single::Postgres(pool.acquire().await?),
        })
    }

    /// Whether the database answers now (for `/readyz`).
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut reader = self.read().await?;
        let _: (i64,) = fetch_one!(&mut reader, (i64,), "SELECT CAST(1 AS BIGINT)")?;
        Ok(())
    }

    /// The name of the engine, for logs and `/readyz`: `sqlite` or `postgresql`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match &self.0 {
            Backend::Sqlite { .. } => "sqlite",
            Backend::Postgres(_) => "postgresql",
        }
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Sqlite { writer, readers } => {
                // One after the other, the writer last: whoever comes after this sees one whole file, with no log beside it.
                for reader in readers.retain(|_, _| false).removed {
                    let _ = sqlx::Connection::close(reader).await;
                }
                readers.close();
                writer.close().await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(config: &StoreConfig) -> Result<Backend, StoreError> {
    if let Some(folder) = config.sqlite.parent() {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::Unavailable(sqlx::Error::Io(error)))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(&config.sqlite)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(config.wait_ms))
        .statement_cache_capacity(256);
    let wait = Duration::from_millis(config.wait_ms);
    let mut connection = options.connect().await?;
    sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
    let readers = Readers::builder(Opener(options))
        .max_size(usize::try_from(config.connections.max(1)).unwrap_or(1))
        .wait_timeout(Some(wait))
        .create_timeout(Some(wait))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .map_err(|error| StoreError::Unavailable(std::io::Error::other(error).into()))?;
    Ok(Backend::Sqlite { writer: Writer::new(connection, wait), readers })
}

async fn open_postgres(url: &Secret, config: &StoreConfig) -> Result<Backend, StoreError> {
    let options = PgConnectOptions::from_str(url.expose())?.statement_cache_capacity(256).application_name("hufu");
    let pool = PgPoolOptions::new()
        .max_connections(config.connections.max(2))
        .acquire_timeout(Duration::from_millis(config.wait_ms))
        .connect_with(options)
        .await?;
    sqlx::migrate!("migrations/postgres").run(&pool).await?;
    Ok(Backend::Postgres(pool))
}

/// A connection for reads.
pub enum Reader {
    /// One of SQLite's readers.
    Sqlite(ReadSeat),
    /// From the PostgreSQL pool.
    Postgres(PoolConnection<Postgres>),
}

/// A write transaction.
pub enum Transaction {
    /// On SQLite's one writer.
    Sqlite(Member),
    /// On a PostgreSQL connection.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Makes everything done in this transaction durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// A write of one statement. It is durable when [`Single::commit`] says so; dropped before, it may be or not, as in a crash
/// between commit and answer.
pub enum Single {
    /// On SQLite's one writer.
    Sqlite(Member),
    /// On a PostgreSQL connection, committed by itself.
    Postgres(PoolConnection<Postgres>),
}

impl Single {
    /// Makes the statement durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(member) => member.commit().await,
            Self::Postgres(_) => Ok(()),
        }
    }
}

impl Connection for Single {
    fn native(&mut self) -> Native<'_> {
        match self {
            Self::Sqlite(member) => member.connection().map_or(Native::Closed, Native::Sqlite),
            Self::Postgres(connection) => Native::Postgres(connection),
        }
    }
}

/// What a store function needs: somewhere to run one statement.
pub trait Connection: Send {
    /// The native connection underneath.
    #[doc(hidden)]
    fn native(&mut self) -> Native<'_>;
}

/// The native connection of either database.
#[doc(hidden)]
pub enum Native<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
    Closed,
}

impl Connection for Reader {
    fn native(&mut self) -> Native<'_> {
        match self {
            Self::Sqlite(connection) => Native::Sqlite(connection),
            Self::Postgres(connection) => Native::Postgres(connection),
        }
    }
}

impl Connection for Transaction {
    fn native(&mut self) -> Native<'_> {
        match self {
            Self::Sqlite(tx) => tx.connection().map_or(Native::Closed, Native::Sqlite),
            Self::Postgres(tx) => Native::Postgres(tx),
        }
    }
}

/// Which of two SQL texts this connection's database understands; only for the dialect points named above.
pub(super) fn dialect(connection: &mut impl Connection, sqlite: &'static str, postgres: &'static str) -> &'static str {
    match connection.native() {
        Native::Sqlite(_) | Native::Closed => sqlite,
        Native::Postgres(_) => postgres,
    }
}
