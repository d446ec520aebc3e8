//! SQLite, embedded: one writer that commits in groups, and readers apart.
//!
//! A commit waits for the disk, and only one transaction can be open: so those who wait for the writer join the transaction
//! that is open, each within a savepoint, and one COMMIT makes all of them durable. Nobody is told that a transaction is
//! committed before it is on disk; one that is dropped is undone alone. Should SQLite roll back of itself (disk full, I/O),
//! the group's savepoint is gone with it, its release fails, and every member is told.
//!
//! Connections are held here and not in a sqlx pool, which asks after every use whether the connection still lives: to a
//! file in the same process that is a thread switch for nothing.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleResult};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection as _, Executor};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use super::StoreError;

/// How many transactions one COMMIT may carry.
const GROUP: usize = 64;

const OPEN: &str = "BEGIN IMMEDIATE; SAVEPOINT hufu_group; SAVEPOINT hufu_member";
const NEXT: &str = "SAVEPOINT hufu_member";
const UNDO: &str = "ROLLBACK TO hufu_member";
const COMMIT: &str = "RELEASE hufu_group; COMMIT";
const ROLLBACK: &str = "ROLLBACK";

/// The one writer; clones share it.
#[derive(Clone)]
pub struct Writer {
    seat: Arc<Mutex<Seat>>,
    wait: Duration,
}

/// Where the writing connection sits: one transaction at a time. Whoever is cancelled here leaves it fit for the next: what
/// takes several statements runs as a task of its own, and one statement runs wholly or not at all.
struct Seat {
    connection: Option<SqliteConnection>,
    group: Option<Group>,
}

/// The transaction that is open.
#[derive(Default)]
struct Group {
    /// Those whose work is done and who wait for the COMMIT.
    waiting: Vec<oneshot::Sender<bool>>,
    /// What the innermost savepoint holds.
    savepoint: Savepoint,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Savepoint {
    /// Nothing.
    #[default]
    Clean,
    /// A member's work.
    Used,
    /// The work of a member who is gone: to be undone.
    Left,
}

impl Seat {
    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        connection.execute(sqlx::query(sql)).await.map(|_| ())
    }

    fn savepoint(&self) -> Option<Savepoint> {
        self.group.as_ref().map(|group| group.savepoint)
    }

    fn mark(&mut self, savepoint: Savepoint) {
        if let Some(group) = &mut self.group {
            group.savepoint = savepoint;
        }
    }

    /// Opens the transaction.
    async fn open(&mut self) -> Result<(), sqlx::Error> {
        let opened = self.run(OPEN).await;
        match opened {
            Ok(()) => self.group = Some(Group::default()),
            Err(_) => self.disband().await,
        }
        opened
    }

    /// Undoes what a member left, and only that.
    async fn undo(&mut self) -> Result<(), sqlx::Error> {
        let alone = self.group.as_ref().is_none_or(|group| group.waiting.is_empty());
        if alone {
            self.disband().await;
            return Ok(());
        }
        let undone = self.run(UNDO).await;
        match undone {
            Ok(()) => self.mark(Savepoint::Clean),
            Err(_) => self.disband().await,
        }
        undone
    }

    /// Gives a new member a savepoint of their own in the open transaction.
    async fn join(&mut self) -> Result<(), sqlx::Error> {
        if self.savepoint() == Some(Savepoint::Used) {
            self.run(NEXT).await?;
        }
        self.mark(Savepoint::Used);
        Ok(())
    }

    /// Undoes what was left, commits for everyone who waits, and tells them.
    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        if self.savepoint() == Some(Savepoint::Left) {
            self.undo().await?;
        }
        if self.group.is_none() {
            return Ok(());
        }
        let done = self.run(COMMIT).await;
        match done {
            Ok(()) => self.tell(true),
            Err(_) => self.disband().await,
        }
        done
    }

    /// Ends the transaction with nothing of it kept.
    async fn disband(&mut self) {
        // Fails when SQLite has rolled back already; what counts is that none is open.
        let _ = self.run(ROLLBACK).await;
        self.tell(false);
    }

    fn tell(&mut self, durable: bool) {
        for member in self.group.take().into_iter().flat_map(|group| group.waiting) {
            // A member who no longer listens needs no answer.
            let _ = member.send(durable);
        }
    }
}

impl Writer {
    /// With this connection, waited for as long as this.
    pub fn new(connection: SqliteConnection, wait: Duration) -> Self {
        Self { seat: Arc::new(Mutex::new(Seat { connection: Some(connection), group: None })), wait }
    }

    /// Begins a transaction when the writer is free: a new one, or a part of the one that is open.
    pub async fn begin(&self) -> Result<Member, StoreError> {
        let mut seat = self.seat().await?;
        seat.join().await?;
        Ok(Member { writer: self.clone(), seat: Some(seat), single: false })
    }

    /// Begins a transaction of one statement: SQLite undoes a statement that fails, so it needs no savepoint.
    pub async fn begin_single(&self) -> Result<Member, StoreError> {
        let mut seat = self.seat().await?;
        seat.mark(Savepoint::Used);
        Ok(Member { writer: self.clone(), seat: Some(seat), single: true })
    }

    async fn seat(&self) -> Result<OwnedMutexGuard<Seat>, StoreError> {
        let seat = timeout(self.wait, Arc::clone(&self.seat).lock_owned()).await;
        let mut seat = seat.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if seat.savepoint() == Some(Savepoint::Left) {
            seat.undo().await?;
        }
        if seat.group.is_none() { self.open(seat).await } else { Ok(seat) }
    }

    async fn open(&self, mut seat: OwnedMutexGuard<Seat>) -> Result<OwnedMutexGuard<Seat>, StoreError> {
        let opening = tokio::spawn(async move { seat.open().await.map(|()| seat) });
        Ok(opening.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
    }

    /// Commits what is open, and closes the connection.
    pub async fn close(&self) {
        let mut seat = self.seat.lock().await;
        // Whoever waits has been told either way.
        let _ = seat.commit().await;
        if let Some(connection) = seat.connection.take() {
            let _ = connection.close().await;
        }
    }

    /// Ends what is open as a task of its own, so that no one who is cancelled takes others along.
    fn commit(mut seat: OwnedMutexGuard<Seat>) -> tokio::task::JoinHandle<Result<(), sqlx::Error>> {
        tokio::spawn(async move { seat.commit().await })
    }

    fn tidy(&self) {
        // Without a runtime the process is ending, and what is not committed is not kept.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let seat = Arc::clone(&self.seat);
            runtime.spawn(async move { seat.lock().await.commit().await });
        }
    }
}

/// A write transaction: one member of the group that the next COMMIT carries. Dropped without [`Member::commit`], it is undone.
pub struct Member {
    writer: Writer,
    seat: Option<OwnedMutexGuard<Seat>>,
    single: bool,
}

impl Member {
    /// Makes this transaction durable, together with those who wait: done when it is on disk.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let (told, answer) = oneshot::channel();
        let mut seat = self.seat.take().ok_or(sqlx::Error::PoolClosed)?;
        let group = seat.group.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        group.waiting.push(told);
        let full = group.waiting.len() >= GROUP;
        let mut waiting = Waiting { writer: &self.writer, over: false };
        if full {
            let _ = Writer::commit(seat).await;
        } else {
            drop(seat);
        }
        waiting.until(answer).await
    }

    pub(super) fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.seat.as_mut().and_then(|seat| seat.connection.as_mut())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut seat) = self.seat.take() {
            if !self.single {
                seat.mark(Savepoint::Left);
            }
            drop(seat);
            self.writer.tidy();
        }
    }
}

/// One who has done their work and waits for the COMMIT: of another, or, when nobody is before them, their own.
struct Waiting<'w> {
    writer: &'w Writer,
    over: bool,
}

impl Waiting<'_> {
    async fn until(&mut self, mut answer: oneshot::Receiver<bool>) -> Result<(), StoreError> {
        let durable = tokio::select! {
            biased;
            told = &mut answer => told,
            seat = Arc::clone(&self.writer.seat).lock_owned() => {
                let _ = Writer::commit(seat).await;
                answer.await
            }
        };
        self.over = true;
        match durable {
            Ok(true) => Ok(()),
            _ => Err(StoreError::Unavailable(std::io::Error::other("the group could not be committed").into())),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.writer.tidy();
        }
    }
}

/// The readers: opened when they are first needed.
pub type Readers = managed::Pool<Opener>;

/// Opens a reader.
pub struct Opener(pub SqliteConnectOptions);

impl managed::Manager for Opener {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.0.connect().await
    }

    async fn recycle(&self, _: &mut SqliteConnection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

/// A reader, given back when dropped.
pub struct ReadSeat(managed::Object<Opener>);

impl ReadSeat {
    /// One of the readers, when one is free.
    pub async fn of(readers: &Readers) -> Result<Self, StoreError> {
        readers.get().await.map(Self).map_err(|error| match error {
            managed::PoolError::Backend(error) => error.into(),
            managed::PoolError::Timeout(_) => sqlx::Error::PoolTimedOut.into(),
            _ => sqlx::Error::PoolClosed.into(),
        })
    }
}

impl Deref for ReadSeat {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0
    }
}

impl DerefMut for ReadSeat {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn writer(dir: &tempfile::TempDir) -> (Writer, SqliteConnection) {
        let options = SqliteConnectOptions::new()
            .filename(dir.path().join("test.db"))
            .create_if_missing(true)
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let mut connection = options.connect().await.unwrap();
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)").await.unwrap();
        (Writer::new(connection, Duration::from_secs(5)), options.connect().await.unwrap())
    }

    async fn note(member: &mut Member, id: i64) {
        let sql = sqlx::query("INSERT INTO notes (id) VALUES ($1)").bind(id);
        sql.execute(member.connection().unwrap()).await.unwrap();
    }

    async fn notes(reader: &mut SqliteConnection) -> Vec<i64> {
        sqlx::query_scalar("SELECT id FROM notes ORDER BY id").fetch_all(reader).await.unwrap()
    }

    /// Holds the writer until `members` wait behind it, so that all of them come into one group.
    async fn together<T: Send + 'static>(
        writer: &Writer,
        members: Vec<impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let seat = Arc::clone(&writer.seat).lock_owned().await;
        let running: Vec<_> = members.into_iter().map(tokio::spawn).collect();
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(seat);
        let mut done = Vec::new();
        for task in running {
            done.push(task.await.unwrap());
        }
        done
    }

    #[tokio::test]
    async fn what_is_committed_is_on_disk_when_it_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader) = writer(&dir).await;
        let mut member = writer.begin().await.unwrap();
        note(&mut member, 1).await;
        assert_eq!(notes(&mut reader).await, Vec::<i64>::new());
        member.commit().await.unwrap();
        assert_eq!(notes(&mut reader).await, [1]);
    }

    #[tokio::test]
    async fn one_who_drops_is_undone_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader) = writer(&dir).await;
        let members = (0..30).map(|id| {
            let writer = writer.clone();
            async move {
                let mut member = writer.begin().await.unwrap();
                note(&mut member, id).await;
                if id % 3 == 0 { drop(member) } else { member.commit().await.unwrap() }
            }
        });
        together(&writer, members.collect()).await;
        writer.begin().await.unwrap().commit().await.unwrap();
        let kept: Vec<i64> = (0..30).filter(|id| id % 3 != 0).collect();
        assert_eq!(notes(&mut reader).await, kept);
    }

    #[tokio::test]
    async fn one_who_is_cancelled_anywhere_takes_nobody_along() {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader) = writer(&dir).await;
        let members = (0..200_i64).map(|id| {
            let writer = writer.clone();
            async move {
                let work = async {
                    let mut member = writer.begin().await.unwrap();
                    note(&mut member, id).await;
                    member.commit().await.unwrap();
                };
                let patience =
                    Duration::from_micros(if id % 2 == 0 { 5_000_000 } else { u64::try_from(id).unwrap() * 30 });
                tokio::time::timeout(patience, work).await.is_ok().then_some(id)
            }
        });
        let told = together(&writer, members.collect()).await;
        writer.begin().await.unwrap().commit().await.unwrap();
        let kept = notes(&mut reader).await;
        assert!(told.iter().flatten().all(|id| kept.contains(id)), "one was told and is not there");
        assert!((0..200).step_by(2).all(|id| kept.contains(&id)), "one who was patient is not there");
    }

    #[tokio::test]
    async fn nobody_is_told_of_a_commit_that_failed() {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader) = writer(&dir).await;
        let members = (0..10).map(|id| {
            let writer = writer.clone();
            async move {
                let mut member = writer.begin().await?;
                note(&mut member, id).await;
                if id == 7 {
                    // As when the disk is full: the whole transaction is gone, and a later savepoint would begin another.
                    member.connection().unwrap().execute("ROLLBACK").await.unwrap();
                }
                member.commit().await
            }
        });
        let told = together(&writer, members.collect()).await;
        let kept = notes(&mut reader).await;
        for (id, told) in (0..).zip(&told) {
            assert_eq!(told.is_ok(), kept.contains(&id), "{id}: {told:?}");
        }
        assert!(told[..8].iter().all(Result::is_err));
        let mut member = writer.begin().await.unwrap();
        note(&mut member, 100).await;
        member.commit().await.unwrap();
        assert!(notes(&mut reader).await.contains(&100));
    }
}
