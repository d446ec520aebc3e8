//! The bench that a contract is tested on: an empty store of one engine, and rows to put into it.

use std::sync::Arc;
use std::time::Duration;

use hufu::base::id::{AccountId, ClientId, GrantId, JobId, SessionId};
use hufu::base::{ManualClock, SharedRandom, SystemRandom, Timestamp};
use hufu::ephemeral::{self, Ephemeral};
use hufu::store::accounts::AccountRow;
use hufu::store::grants::GrantRow;
use hufu::store::outbox::JobRow;
use hufu::store::sessions::SessionRow;
use hufu::store::{JsonText, Reader, Store, Transaction};

use crate::engines::{Engine, Home};

/// The moment at which every test begins.
pub const NOW: Timestamp = Timestamp(1_795_500_000_123);

/// A moment so many seconds later.
pub fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// An empty store of one engine.
pub struct Bench {
    pub engine: Engine,
    pub store: Store,
    pub ephemeral: Ephemeral,
    pub clock: ManualClock,
    pub home: Home,
    random: SharedRandom,
}

/// Runs `body` on every engine at hand, one after the other.
pub async fn on_every_engine(body: impl AsyncFn(&Bench)) {
    for engine in Engine::at_hand() {
        println!("on {engine}");
        let bench = Bench::new(engine).await;
        body(&bench).await;
        bench.store.close().await;
    }
}

impl Bench {
    async fn new(engine: Engine) -> Self {
        let home = Home::new(engine).await;
        let clock = ManualClock::at(NOW);
        let store = Store::open(&home.store()).await.expect("the store opens");
        let ephemeral = ephemeral::open(&home.ephemeral(), Arc::new(clock.clone())).await.expect("it opens");
        Self { engine, store, ephemeral, clock, home, random: Arc::new(SystemRandom) }
    }

    /// A connection for reading.
    pub async fn read(&self) -> Reader {
        self.store.read().await.unwrap()
    }

    /// A transaction.
    pub async fn begin(&self) -> Transaction {
        self.store.begin().await.unwrap()
    }

    /// Lets time pass for the ephemeral store.
    pub fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.home.age(span);
    }

    /// A name that nothing else has.
    pub fn name(&self) -> String {
        self.random.short_token()
    }

    /// An account, stored.
    pub async fn account(&self) -> AccountRow {
        let row = account(&self.name());
        let mut tx = self.begin().await;
        hufu::store::accounts::insert(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        row
    }

    /// A live session of a new account, stored.
    pub async fn session(&self) -> SessionRow {
        let account = self.account().await;
        self.session_of(&account.id).await
    }

    /// A live session of this account, stored.
    pub async fn session_of(&self, account: &AccountId) -> SessionRow {
        let row = session(&self.name(), account);
        let mut tx = self.begin().await;
        hufu::store::sessions::insert(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        row
    }

    /// A job that is due at `due_at`, stored.
    pub async fn job(&self, due_at: Timestamp) -> JobRow {
        let row = job(&self.name(), due_at);
        let mut tx = self.begin().await;
        hufu::store::outbox::insert(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        row
    }
}

/// Runs one statement of the store in a transaction of its own: `write!(bench, marks::set, "a", NOW)`.
macro_rules! write {
    ($bench:expr, $room:ident :: $call:ident $(, $arg:expr)* $(,)?) => {{
        let mut tx = $bench.begin().await;
        let outcome = hufu::store::$room::$call(&mut tx, $($arg),*).await;
        if outcome.is_ok() {
            tx.commit().await.unwrap();
        }
        outcome
    }};
}
/// Runs one statement of the store outside any transaction: `read!(bench, marks::is_set, "a")`.
macro_rules! read {
    ($bench:expr, $room:ident :: $call:ident $(, $arg:expr)* $(,)?) => {
        hufu::store::$room::$call(&mut $bench.read().await, $($arg),*).await
    };
}
pub(crate) use {read, write};

/// An account whose every column is set.
pub fn account(name: &str) -> AccountRow {
    AccountRow {
        id: AccountId::from(format!("account-{name}").as_str()),
        kind: "natural".into(),
        state: "active".into(),
        username: format!("Wang-{name}"),
        username_key: format!("wang-{name}"),
        password_hash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA".into(),
        password_changed_at: NOW,
        mobile: Some(vec![0, 1, 254, 255]),
        mobile_index: Some(format!("mobile-{name}")),
        mobile_verified_at: Some(NOW),
        locale: Some("zh-CN".into()),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A live session.
pub fn session(name: &str, account: &AccountId) -> SessionRow {
    SessionRow {
        id: SessionId::from(format!("session-{name}").as_str()),
        cookie_hash: format!("cookie-{name}"),
        account_id: account.clone(),
        strength: 2,
        amr: JsonText(vec!["pwd".into(), "otp".into()]),
        auth_time: NOW,
        created_at: NOW,
        seen_at: NOW,
        address: "192.0.2.1".into(),
        user_agent: "Mozilla/5.0 (虎符)".into(),
        ceiling: Some(3),
        isolated_for: Some("client".into()),
        ended_at: None,
        end_reason: None,
        expires_at: later(1800),
    }
}

/// A grant with a refresh token.
pub fn grant(name: &str, account: &str, client: &str, session: Option<&SessionId>) -> GrantRow {
    GrantRow {
        id: GrantId::from(format!("grant-{name}").as_str()),
        account_id: AccountId::from(account),
        client_id: ClientId::from(client),
        session_id: session.cloned(),
        acting_for: String::new(),
        scope: "openid profile".into(),
        detail: r#"{"subject":"王"}"#.into(),
        offline: session.is_none(),
        refresh_hash: Some(format!("refresh-{name}-0")),
        refresh_previous_hash: None,
        refresh_generation: 0,
        refresh_rotated_at: None,
        refresh_expires_at: Some(later(3600)),
        created_at: NOW,
        ended_at: None,
        end_reason: None,
        expires_at: later(3600),
    }
}

/// A pending job.
pub fn job(name: &str, due_at: Timestamp) -> JobRow {
    JobRow {
        id: JobId::from(format!("job-{name}").as_str()),
        kind: "backchannel_logout".into(),
        destination: "https://matters.example".into(),
        logout_id: None,
        payload: r#"{"sid":"x"}"#.into(),
        state: "pending".into(),
        tries: 0,
        due_at,
        last_error: None,
        created_at: NOW,
        ended_at: None,
        expires_at: later(90 * 24 * 3600),
    }
}

/// Whether two rows say the same in every column.
pub fn assert_same(found: &impl std::fmt::Debug, wanted: &impl std::fmt::Debug) {
    assert_eq!(format!("{found:#?}"), format!("{wanted:#?}"));
}
