//! The worker over a store of its own and a handler whose tries end when the test says so.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Handler, JobConfig, Verdict, Wake, Worker};
use crate::base::id::JobId;
use crate::base::{ManualClock, SystemRandom, Timestamp};
use crate::store::outbox::{self, JobRow};
use crate::store::{Store, StoreConfig};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Tries that wait for leave to end; what was begun, and what was prepared together.
struct Held {
    leave: Semaphore,
    begun: Mutex<Vec<String>>,
    prepared: Mutex<Vec<usize>>,
}

impl Handler for Arc<Held> {
    fn kind(&self) -> &'static str {
        "held"
    }

    fn prepare<'a>(&'a self, jobs: &'a [&'a JobRow]) -> BoxFuture<'a, ()> {
        self.prepared.lock().push(jobs.len());
        Box::pin(async {})
    }

    fn run<'a>(&'a self, job: &'a JobRow) -> BoxFuture<'a, Verdict> {
        self.begun.lock().push(job.id.0.clone());
        Box::pin(async {
            self.leave.acquire().await.unwrap().forget();
            Verdict::Done
        })
    }
}

struct Bench {
    store: Store,
    clock: ManualClock,
    handler: Arc<Held>,
    stop: CancellationToken,
    working: JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl Bench {
    /// A worker that runs one job at once, and `jobs` for it, each for a destination of its own.
    async fn with(jobs: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = StoreConfig { sqlite: dir.path().join("jobs.db"), ..StoreConfig::default() };
        let store = Store::open(&config).await.unwrap();
        let rows: Vec<_> = (0..jobs).map(job).collect();
        let mut tx = store.begin().await.unwrap();
        outbox::insert_all(&mut tx, &rows).await.unwrap();
        tx.commit().await.unwrap();
        let clock = ManualClock::at(START);
        let handler = Arc::new(Held { leave: Semaphore::new(0), begun: Mutex::default(), prepared: Mutex::default() });
        let config = JobConfig { at_once: 1, ..JobConfig::default() };
        let both = (Arc::new(clock.clone()) as _, Arc::new(SystemRandom) as _);
        let worker = Worker::new(store.clone(), both, config, vec![Arc::new(handler.clone())], Wake::default());
        let stop = CancellationToken::new();
        let until = stop.clone();
        let working = tokio::spawn(async move { worker.run(until).await });
        Self { store, clock, handler, stop, working, _dir: dir }
    }

    /// Waits until so many tries have begun.
    async fn begun(&self, count: usize) {
        while self.handler.begun.lock().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn of(&self, state: &str) -> Vec<JobRow> {
        outbox::list(&mut self.store.read().await.unwrap(), state, "", 100).await.unwrap()
    }

    /// Tells the worker to stop, lets its tries end, and waits until it has.
    async fn stopped(&mut self) {
        self.stop.cancel();
        self.handler.leave.add_permits(100);
        (&mut self.working).await.unwrap();
    }
}

fn job(number: usize) -> JobRow {
    JobRow {
        id: JobId::from(format!("job-{number:02}").as_str()),
        kind: "held".into(),
        destination: format!("https://service-{number}.example"),
        logout_id: None,
        payload: "{}".into(),
        state: "pending".into(),
        tries: 0,
        due_at: START,
        last_error: None,
        created_at: START,
        ended_at: None,
        expires_at: START.plus(Duration::from_secs(3600)),
    }
}

#[tokio::test]
async fn no_more_run_at_once_than_may_and_all_are_done() {
    let mut bench = Bench::with(9).await;
    bench.begun(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(bench.handler.begun.lock().len(), 1);
    assert_eq!(bench.handler.prepared.lock()[0], 4, "what is claimed together is prepared together");
    bench.handler.leave.add_permits(9);
    bench.begun(9).await;
    bench.stopped().await;
    assert_eq!(bench.of("done").await.len(), 9);
}

#[tokio::test]
async fn who_is_told_to_stop_gives_back_what_has_not_begun() {
    let mut bench = Bench::with(4).await;
    bench.begun(1).await;
    bench.stopped().await;
    assert_eq!(bench.handler.begun.lock().len(), 1);
    assert_eq!(bench.of("done").await.len(), 1);
    let back = bench.of("pending").await;
    assert_eq!(back.len(), 3);
    assert!(back.iter().all(|job| job.tries == 0 && job.due_at < START.plus(Duration::from_secs(1))), "{back:?}");
}

#[tokio::test]
async fn what_has_too_little_left_of_its_lease_is_not_begun() {
    let mut bench = Bench::with(2).await;
    bench.begun(1).await;
    // While the first one hangs, the lease of the second runs down: another process may take it soon.
    bench.clock.advance(Duration::from_secs(11));
    bench.handler.leave.add_permits(1);
    while bench.of("pending").await.iter().any(|job| job.tries > 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(bench.handler.begun.lock().len(), 1);
    bench.clock.advance(Duration::from_secs(1));
    bench.begun(2).await;
    bench.stopped().await;
    assert_eq!(bench.of("done").await.len(), 2);
}
