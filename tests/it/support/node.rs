//! [`TestNode`]: a whole node in this process, on a clock that the test turns and a database of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use hufu::app::{App, World};
use hufu::base::{ManualClock, SharedClock, SharedRandom, SystemClock, SystemRandom, Timestamp};
use hufu::config::{Config, Override, Sources};
use hufu::demo;
use hufu::demo::authority::{self, AuthorityOptions};
use hufu::demo::people::people;
use hufu::http::shutdown::Shutdown;
use hufu::outbound::{Limits, Outbound, OutboundRequest};
use hufu::realname::sources::signature::Party;
use hufu::telemetry::Metrics;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::{Browser, Client, Person, Process, Proxy, Sink};
use crate::engines::{Engine, Home};

/// The moment at which every test begins: 2026-11-24T06:40:00Z.
pub const NOW: Timestamp = Timestamp(1_795_502_400_000);

/// The issuer of every node but where a test says otherwise.
pub const ISSUER: &str = "https://id.example";

/// The secret of the test nodes' every key.
const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What the test authority shares with the node.
const AUTHORITY_SECRET: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY";

/// How many people the test authority knows.
const POPULATION: usize = 60;

/// A node whose database holds the schema and signing keys: every test begins with a copy. It lives while any test needs
/// it.
struct Pattern(Home);

static PATTERN: Mutex<Weak<Pattern>> = Mutex::const_new(Weak::new());

/// A node in this process.
pub struct TestNode {
    /// Its services.
    pub app: App,
    /// Its clock.
    pub clock: ManualClock,
    /// Who is told of logouts.
    pub sink: Sink,
    config: Box<Config>,
    settings: Arc<[Override]>,
    router: Router,
    process: Option<Process>,
    home: Arc<Home>,
    authority: Arc<Authority>,
    citizens: Arc<AtomicUsize>,
    closed: bool,
    _pattern: Option<Arc<Pattern>>,
}

/// A running test authority; it ends with the last node that asks it.
struct Authority {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TestNode {
    /// A node as every test wants it. The test ends with [`TestNode::close`].
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A node with other values in its configuration, written as in environment variables.
    pub async fn with(overrides: &[(&str, &str)]) -> Self {
        let pattern = pattern().await;
        let home = Home::copy_of(engine(), Some(&pattern.0)).await;
        let mut node = Box::pin(Self::on(home, ManualClock::at(NOW), overrides)).await;
        node._pattern = Some(pattern);
        node
    }

    /// A node of several that share this clock, with keys of its own.
    pub async fn beside_others(clock: &ManualClock, overrides: &[(&str, &str)]) -> Self {
        Box::pin(Self::on(Home::new(engine()).await, clock.clone(), overrides)).await
    }

    /// A node with keys and a database of its own, on a clock that several share: one of a federation.
    pub async fn sharing(clock: &ManualClock, overrides: &[(&str, &str)]) -> Self {
        Box::pin(Self::on(Home::new(engine()).await, clock.clone(), overrides)).await
    }

    /// A node at this very moment, as an administrator's desk: what it does beside processes of the same node
    /// ([`TestNode::served`]) happens in their time. `None` where processes cannot share a node.
    pub async fn desk() -> Option<Self> {
        if engine() != Engine::Networked {
            return None;
        }
        let now = hufu::base::Clock::now(&SystemClock);
        Some(Self::on(Home::new(engine()).await, ManualClock::at(now), &[]).await)
    }

    async fn on(home: Home, clock: ManualClock, overrides: &[(&str, &str)]) -> Self {
        let authority = Arc::new(Authority::start(&clock).await);
        let settings = settings(&home, &authority, overrides);
        let config = config(&home, &settings);
        let (app, router) = Box::pin(boot(&config, &clock)).await;
        let sink = Sink::start(&clock).await;
        Self {
            app,
            clock,
            sink,
            config: Box::new(config),
            settings,
            router,
            process: None,
            home: Arc::new(home),
            authority,
            citizens: Arc::default(),
            closed: false,
            _pattern: None,
        }
    }

    /// A node that reaches PostgreSQL and Redis through proxies that can be cut; `None` where it does not use them.
    pub async fn behind_proxies(overrides: &[(&str, &str)]) -> Option<(Self, Proxy, Proxy)> {
        if engine() != Engine::Networked {
            return None;
        }
        let mut node = Self::with(overrides).await;
        let postgres = Proxy::before(node.config.store.postgres.as_mut().unwrap(), 5432).await;
        let redis = Proxy::before(node.config.ephemeral.redis.as_mut().unwrap(), 6379).await;
        node.restart().await;
        Some((node, postgres, redis))
    }

    /// Ends the process of this node and starts another one on what it left.
    pub async fn restart(&mut self) {
        self.app.store.close().await;
        (self.app, self.router) = Box::pin(boot(&self.config, &self.clock)).await;
    }

    /// Another process of the same node, where processes can share one: on PostgreSQL and Redis.
    pub async fn another_process(&self) -> Option<Self> {
        if engine() != Engine::Networked {
            return None;
        }
        let (app, router) = Box::pin(boot(&self.config, &self.clock)).await;
        Some(self.beside(app, router, None))
    }

    /// `hufu serve` of the same node: what this one is asked goes over HTTP to a real process. Its clock is the machine's.
    pub async fn served(&self) -> Self {
        let process = Process::serve(self.home.folder(), &self.whole_settings()).await;
        let router = process.router();
        self.beside(self.app.clone(), router, Some(process))
    }

    fn beside(&self, app: App, router: Router, process: Option<Process>) -> Self {
        Self {
            app,
            router,
            process,
            clock: self.clock.clone(),
            sink: self.sink.clone(),
            config: self.config.clone(),
            settings: self.settings.clone(),
            home: self.home.clone(),
            authority: self.authority.clone(),
            citizens: self.citizens.clone(),
            closed: false,
            _pattern: self._pattern.clone(),
        }
    }

    /// What this node runs on, as another process of it is told.
    fn whole_settings(&self) -> Vec<Override> {
        let (store, ephemeral) = (&self.config.store, &self.config.ephemeral);
        let places = [
            ("store.sqlite", Some(store.sqlite.display().to_string())),
            ("store.postgres", store.postgres.as_ref().map(|url| url.expose().to_owned())),
            ("ephemeral.redis", ephemeral.redis.as_ref().map(|url| url.expose().to_owned())),
            ("ephemeral.prefix", Some(ephemeral.prefix.clone())),
        ];
        let places = places.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        self.settings.iter().cloned().chain(places).collect()
    }

    /// Another command of the binary beside the processes of this node: what it answers.
    pub async fn command(&self, arguments: &[&str]) -> String {
        super::process::command(self.home.folder(), &self.whole_settings(), arguments).await
    }

    /// The test is over: nothing that must still happen may be left behind.
    pub async fn close(mut self) {
        self.finish().await;
    }

    /// The same, for one that something else holds.
    pub async fn finish(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop().await;
            self.closed = true;
            return;
        }
        let left = self.pending().await;
        assert_eq!(left, 0, "jobs are left; deliver them, or close with the number that is meant to be left");
        self.closed = true;
        self.app.store.close().await;
    }

    /// The same, where a test means to leave jobs behind.
    pub async fn close_with_pending(mut self, jobs: i64) {
        assert_eq!(self.pending().await, jobs);
        self.closed = true;
        self.app.store.close().await;
    }

    /// How many rows the database holds that are about people.
    pub async fn rows(&self) -> i64 {
        const TABLES: [&str; 8] =
            ["accounts", "real_names", "sessions", "session_clients", "grants", "consents", "marks", "outbox"];
        let counts: Vec<String> = TABLES.iter().map(|table| format!("(SELECT COUNT(*) FROM {table})")).collect();
        let sql = AssertSqlSafe(format!("SELECT CAST({} AS BIGINT)", counts.join(" + ")));
        match &self.config.store.postgres {
            Some(url) => {
                let mut connection = sqlx::PgConnection::connect(url.expose()).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            None => {
                let file = self.config.store.sqlite.display().to_string();
                let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{file}")).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// How many jobs are pending.
    pub async fn pending(&self) -> i64 {
        let mut db = self.app.store.read().await.unwrap();
        hufu::store::outbox::count(&mut db, "pending").await.unwrap()
    }

    /// The web of the node.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Lets time pass.
    pub fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.home.age(span);
    }

    /// The present moment in epoch seconds.
    pub fn now(&self) -> i64 {
        hufu::base::Clock::now(&self.clock).seconds()
    }

    /// Runs every job that is due now; how many were done.
    pub async fn deliver(&self) -> usize {
        let mut done = 0;
        loop {
            let round = self.app.worker.run_due().await.unwrap();
            done += round.done;
            if round.taken == 0 {
                return done;
            }
        }
    }

    /// A new browser.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// A client with the usual metadata (see [`Client`]).
    pub async fn client(&self, name: &str) -> Client {
        self.client_with(name, serde_json::json!({})).await
    }

    /// A client with these members in place of the usual ones; `null` leaves one out.
    pub async fn client_with(&self, name: &str, members: serde_json::Value) -> Client {
        Client::put(self, name, members).await
    }

    /// Somebody whom the authority knows and who has no account yet.
    pub fn next_citizen(&self) -> demo::people::Person {
        let place = self.citizens.fetch_add(1, Ordering::Relaxed);
        people(AuthorityOptions::SEED, POPULATION).swap_remove(place)
    }

    /// Writes a client again with other metadata; its secret stays.
    pub async fn put_again(&self, client: &Client, members: serde_json::Value) {
        Client::write(self, &client.id, members, Some(&client.secret)).await;
    }

    /// Lets the authority fail from now on, or be well again.
    pub async fn authority_fails(&self, mode: demo::authority::Mode) {
        let faults = demo::authority::Faults { mode, ..demo::authority::Faults::default() };
        self.ask_authority(
            OutboundRequest::json(self.authority.url("/v1/faults"), &faults, Limits::default(), "test").unwrap(),
        )
        .await;
    }

    /// Tells the authority something, as whoever watches it may: its answer.
    pub async fn tell_authority(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let request = OutboundRequest::json(self.authority.url(path), body, Limits::default(), "test").unwrap();
        let outbound = Outbound::new(self.config.outbound.clone()).unwrap();
        let answer = outbound.send(request).await.unwrap();
        assert!(answer.is_success(), "{}", answer.status);
        answer.json().unwrap_or_default()
    }

    /// A row of `[[realname.sources]]` that is this node's authority, with these members besides.
    pub fn source_row(&self, name: &str, members: &str) -> String {
        let url = self.authority.url("");
        let url = url.as_str().trim_end_matches('/');
        format!(
            "{{name = \"{name}\", url = \"{url}\", party_id = \"node\", secret = \"{AUTHORITY_SECRET}\", {members}}}"
        )
    }

    /// The same node with other sources, written as in an environment variable.
    pub async fn with_sources(&mut self, rows: &[String]) {
        let text = format!("[{}]", rows.join(", "));
        let overrides =
            [("server.issuer", ISSUER.to_owned()), ("realname.sources", text), ("keys.master", MASTER.to_owned())];
        let overrides = overrides.map(|(key, value)| (key.to_owned(), value));
        let sources = Sources { overrides: overrides.to_vec(), ..Sources::default() };
        let config = Config::from_sources(&sources).unwrap_or_else(|error| panic!("{error}"));
        self.config.realname = config.realname;
        self.restart().await;
    }

    /// How often the authority was asked since the node started.
    pub async fn authority_was_asked(&self) -> u64 {
        let request = OutboundRequest::get(self.authority.url("/v1/faults"), Limits::default(), "test");
        self.ask_authority(request).await["counts"]["asked"].as_u64().unwrap()
    }

    async fn ask_authority(&self, request: OutboundRequest) -> serde_json::Value {
        let outbound = Outbound::new(self.config.outbound.clone()).unwrap();
        let answer = outbound.send(request).await.unwrap();
        assert!(answer.is_success(), "{}", answer.status);
        answer.json().unwrap()
    }

    /// A person with an account, not real-named.
    pub async fn person(&self, username: &str) -> Person {
        Person::register(self, username).await
    }

    /// A person whose real name is confirmed by more than a page of this node asks for.
    pub async fn person_at_level_three(&self, username: &str) -> Person {
        let person = self.verified_person(username).await;
        person.raise_to(self, 3).await;
        person
    }

    /// A person whose real name is confirmed.
    pub async fn verified_person(&self, username: &str) -> Person {
        let mut person = self.person(username).await;
        person.verify(self).await;
        person
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        let forgotten = !self.closed && !std::thread::panicking();
        assert!(!forgotten, "end the test with close(), which looks for jobs that are left");
    }
}

/// The engine of every node of this run: the networked one when it is at hand.
fn engine() -> Engine {
    Engine::at_hand().pop().unwrap_or(Engine::Embedded)
}

async fn pattern() -> Arc<Pattern> {
    let mut shared = PATTERN.lock().await;
    if let Some(pattern) = shared.upgrade() {
        return pattern;
    }
    let home = Home::new(engine()).await;
    let clock = ManualClock::at(NOW);
    let nobody = Authority { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9)), task: tokio::spawn(async {}) };
    let (app, _) = boot(&config(&home, &settings(&home, &nobody, &[])), &clock).await;
    app.store.close().await;
    let pattern = Arc::new(Pattern(home));
    *shared = Arc::downgrade(&pattern);
    pattern
}

async fn boot(config: &Config, clock: &ManualClock) -> (App, Router) {
    let random: SharedRandom = Arc::new(SystemRandom);
    let world = World { clock: Arc::new(clock.clone()), random };
    let app = Box::pin(App::build_in(config.clone(), world)).await.expect("the node starts");
    let router = hufu::http::node::node(app.clone(), &Metrics::new(), &Shutdown::new());
    (app, router)
}

fn settings(home: &Home, authority: &Authority, overrides: &[(&str, &str)]) -> Arc<[Override]> {
    let keys = home.folder().join("keys").display().to_string();
    let source = format!(
        "{{name = \"population\", url = \"http://{}\", party_id = \"node\", secret = \"{AUTHORITY_SECRET}\"}}",
        authority.address
    );
    let usual = [
        ("server.issuer", ISSUER),
        ("store.wait_ms", "20000"),
        ("ephemeral.timeout_ms", "20000"),
        ("keys.dir", &keys),
        ("keys.master", MASTER),
        ("accounts.hasher.memory_kib", "64"),
        ("accounts.hasher.passes", "1"),
        ("accounts.limits.pause_after", "1000000"),
        ("accounts.limits.challenge_after", "1000000"),
        ("accounts.limits.challenge_address_after", "1000000"),
        ("registration.http_loopback", "true"),
        ("realname.source", &source),
        ("outbound.allow", "[{cidr = \"127.0.0.0/8\", plain_http = true}]"),
        ("outbound.native_roots", "false"),
    ];
    usual.iter().chain(overrides).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn config(home: &Home, settings: &[Override]) -> Config {
    let sources = Sources { overrides: settings.to_vec(), ..Sources::default() };
    let mut config = Config::from_sources(&sources).unwrap_or_else(|error| panic!("{error}"));
    let (store, ephemeral) = (home.store(), home.ephemeral());
    (config.store.sqlite, config.store.postgres) = (store.sqlite, store.postgres);
    (config.ephemeral.redis, config.ephemeral.prefix) = (ephemeral.redis, ephemeral.prefix);
    config
}

impl Authority {
    fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    async fn start(clock: &ManualClock) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let party = Party { id: "node".into(), secret: hufu::base::Secret::new(AUTHORITY_SECRET) };
        let clock: SharedClock = Arc::new(clock.clone());
        let options = AuthorityOptions {
            people: POPULATION,
            ..AuthorityOptions::new(vec![party], clock, Arc::new(SystemRandom))
        };
        let task = tokio::spawn(async move {
            authority::serve(listener, options, std::future::pending()).await.unwrap();
        });
        Self { address, task }
    }
}
