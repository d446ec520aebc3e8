//! The sign-on session of a browser: who signed in, how strongly, when, and which clients took part.
//!
//! The cookie holds a random value whose hash is stored; it turns at every sign-in and step-up, while the session and
//! the `sid`s that clients know stay. A session for an isolated client is that client's alone: its cookie has another name
//! and never counts as the browser's sign-on. This room opens, finds and extends sessions; ending one is `logout`'s, because
//! an end must be told to every client in the same transaction.

mod cookie;
mod strength;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use crate::base::encoding::base64url;
use crate::base::id::{AccountId, ClientId, SessionId};
use crate::base::{Cache, Secret, SharedClock, SharedRandom, Timestamp, within};
use crate::keys::MasterKey;
use crate::store::sessions::{SessionClientRow, SessionRow};
use crate::store::{self, JsonText, Store, StoreError, Transaction};

pub use cookie::{SessionCookie, cookie_hash};
pub use strength::{Amr, AuthEvent, cap, strength};

/// How long a session may be served from memory: the bound on how late a logout elsewhere bites here.
const CACHE_LIFE: Duration = Duration::from_millis(800);

/// How old the last sign of life may be before it is written again.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// The `[session]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// How long a session lives without a sign of life, in seconds.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub idle_seconds: u64,
    /// How long a session lives at most, in seconds.
    #[serde(deserialize_with = "within::<_, 300, 604_800>")]
    pub cap_seconds: u64,
    /// For how long after a sign-in a further factor adds to it, in seconds; later the person signs in anew first.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub unite_seconds: u64,
    /// How long an ended session stays on record, in days: at least six months (Cybersecurity Law art. 21).
    #[serde(deserialize_with = "within::<_, 184, 3660>")]
    pub record_days: u64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { idle_seconds: 30 * 60, cap_seconds: 12 * 3600, unite_seconds: 30 * 60, record_days: 190 }
    }
}

/// A live session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session; never leaves this node.
    pub id: SessionId,
    /// Who signed in.
    pub account_id: AccountId,
    /// How strongly: the cap of `acr`.
    pub strength: i32,
    /// By which methods (RFC 8176).
    pub amr: Vec<String>,
    /// The latest active authentication.
    pub auth_time: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last showed life.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// From where it began.
    pub address: String,
    /// In which browser.
    pub user_agent: String,
    /// What it can reach at most, when it came from the node above; none when it began here.
    pub ceiling: Option<i32>,
    /// The one client that it is for; none for a sign-on session.
    pub isolated_for: Option<ClientId>,
    /// The stored hash of its cookie, by which it is cached.
    pub cookie_hash: String,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            strength: row.strength,
            amr: row.amr.0,
            auth_time: row.auth_time,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
            address: row.address,
            user_agent: row.user_agent,
            ceiling: row.ceiling,
            isolated_for: row.isolated_for,
            cookie_hash: row.cookie_hash,
        }
    }
}

impl Session {
    /// Whether it is a session for this client alone.
    #[must_use]
    pub fn is_isolated_for(&self, client: &ClientId) -> bool {
        self.isolated_for.as_ref() == Some(client)
    }

    /// The methods shown in it.
    #[must_use]
    pub fn methods(&self) -> Vec<Amr> {
        self.amr.iter().filter_map(|name| Amr::parse(name)).collect()
    }

    fn to_row(&self) -> SessionRow {
        SessionRow {
            id: self.id.clone(),
            cookie_hash: self.cookie_hash.clone(),
            account_id: self.account_id.clone(),
            strength: self.strength,
            amr: JsonText(self.amr.clone()),
            auth_time: self.auth_time,
            created_at: self.created_at,
            seen_at: self.seen_at,
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
            ceiling: self.ceiling,
            isolated_for: self.isolated_for.clone(),
            ended_at: None,
            end_reason: None,
            expires_at: self.expires_at,
        }
    }
}

/// The browser in which a person signs in.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// Its IP address.
    pub address: String,
    /// Its User-Agent header, cut to 200 characters.
    pub user_agent: String,
    /// The cookie by which the browser is known again, if it has one.
    pub cookie: Option<Secret>,
}

/// The sessions of this node; clones share everything.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    store: Store,
    clock: SharedClock,
    random: SharedRandom,
    config: SessionConfig,
    sid_key: hmac::Key,
    cache: Cache<String, Session>,
    joined: Cache<String, ()>,
    touched: Cache<SessionId, Timestamp>,
}

impl Sessions {
    /// The sessions in `store`.
    #[must_use]
    pub fn new(
        store: Store,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
        config: SessionConfig,
    ) -> Self {
        let sid_key = hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("session-sid"));
        let cache = Cache::new(16_384, CACHE_LIFE);
        let joined = Cache::new(32_768, Duration::from_secs(config.cap_seconds));
        let touched = Cache::lasting(16_384);
        Self(Arc::new(Inner { store, clock, random, config, sid_key, cache, joined, touched }))
    }

    /// The live session that a cookie value names.
    pub async fn find(&self, cookie: &SessionCookie) -> Result<Option<Session>, StoreError> {
        let hash = cookie_hash(cookie.expose());
        let now = self.0.clock.now();
        // One that has run out may have been extended in the store by a refresh.
        if let Some(session) = self.0.cache.get(&hash).filter(|session| session.expires_at > now) {
            return Ok(Some(session));
        }
        let row = store::sessions::find_by_cookie(&mut self.0.store.read().await?, &hash).await?;
        let Some(row) = row.filter(|row| row.ended_at.is_none() && row.expires_at > now) else { return Ok(None) };
        let session = Session::from(row);
        self.0.cache.insert(hash, session.clone());
        Ok(Some(session))
    }

    /// A person's live sessions, latest first.
    pub async fn list(&self, account_id: &AccountId) -> Result<Vec<Session>, StoreError> {
        let now = self.0.clock.now();
        let rows = store::sessions::list_live(&mut self.0.store.read().await?, account_id, now).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    /// The clients that took part in a session.
    pub async fn clients(&self, id: &SessionId) -> Result<Vec<SessionClientRow>, StoreError> {
        store::sessions::clients(&mut self.0.store.read().await?, id).await
    }

    /// As whom a client takes part in a session.
    pub async fn links_at(&self, id: &SessionId, client: &ClientId) -> Result<Vec<SessionClientRow>, StoreError> {
        store::sessions::links_at(&mut self.0.store.read().await?, id, client).await
    }

    /// Opens a session in the caller's transaction, for all clients or isolated for one; the cookie is for this browser alone.
    pub async fn open(
        &self,
        tx: &mut Transaction,
        account_id: &AccountId,
        event: &AuthEvent,
        (device, isolated_for): (&Device, Option<&ClientId>),
    ) -> Result<(Session, SessionCookie), StoreError> {
        let now = self.0.clock.now();
        let cookie = SessionCookie::new(self.0.random.token());
        let row = SessionRow {
            id: SessionId::new(now, &self.0.random),
            cookie_hash: cookie_hash(cookie.expose()),
            account_id: account_id.clone(),
            strength: event.cap(),
            amr: JsonText(event.amr()),
            auth_time: event.time(now),
            created_at: now,
            seen_at: now,
            address: device.address.clone(),
            user_agent: device.user_agent.chars().take(200).collect(),
            ceiling: event.ceiling(),
            isolated_for: isolated_for.cloned(),
            ended_at: None,
            end_reason: None,
            expires_at: self.end_of_life(now, now),
        };
        store::sessions::insert(tx, &row).await?;
        Ok((row.into(), cookie))
    }

    /// Whether a further factor can still be added to the sign-in of a session; otherwise the person signs in anew first.
    #[must_use]
    pub fn is_recent(&self, session: &Session) -> bool {
        let age = self.0.clock.now().since(session.auth_time);
        age <= Duration::from_secs(self.0.config.unite_seconds)
    }

    /// What was shown in the session recently enough to count together with what is shown now.
    #[must_use]
    pub fn shown_recently(&self, session: &Session) -> Vec<Amr> {
        if self.is_recent(session) { session.methods() } else { Vec::new() }
    }

    /// Adds an authentication event to a session of the same person: the cookie turns, the session and its `sid`s stay.
    /// Methods shown recently unite with it; older ones no longer count, so that the strength is always that of what was
    /// shown together. Only a sign-in turns the login clock. `None` when the session has ended meanwhile, or is too old
    /// for a further factor to be added to.
    pub async fn step_up(
        &self,
        tx: &mut Transaction,
        session: &Session,
        event: &AuthEvent,
    ) -> Result<Option<(Session, SessionCookie)>, StoreError> {
        let now = self.0.clock.now();
        if !event.is_sign_in() && !self.is_recent(session) {
            return Ok(None);
        }
        let cookie = SessionCookie::new(self.0.random.token());
        let mut next = session.clone();
        // The node above tells of what may be weaker than what was shown here: then only the cookie turns.
        let weaker = event.ceiling().is_some() && self.is_recent(session) && event.cap() < session.strength;
        if !weaker {
            let united = self.united(session, event);
            (next.strength, next.amr, next.ceiling) = (united.cap(), united.amr(), united.ceiling());
            if event.is_sign_in() {
                next.auth_time = event.time(now).max(session.auth_time);
            }
        }
        next.seen_at = now;
        next.expires_at = self.end_of_life(session.created_at, now);
        next.cookie_hash = cookie_hash(cookie.expose());
        Ok(store::sessions::authenticate(tx, &next.to_row()).await?.then_some((next, cookie)))
    }

    /// What an event comes to in a session. What the node above has told never unites with a sign-in here, nor the other way
    /// round: nobody is raised by what was shown in two places. A further factor counts up to what the node above allows.
    fn united(&self, session: &Session, event: &AuthEvent) -> AuthEvent {
        match session.ceiling {
            _ if event.ceiling().is_some() => event.clone(),
            Some(_) if event.is_sign_in() => event.clone(),
            ceiling => event.clone().after(&self.shown_recently(session)).bounded(ceiling),
        }
    }

    /// Shows that the session is in use, at most once a minute.
    pub async fn keep_alive(&self, session: &Session) -> Result<(), StoreError> {
        if self.0.clock.now().since(session.seen_at) < TOUCH_AFTER {
            return Ok(());
        }
        let mut tx = self.0.store.begin().await?;
        self.touch(&mut tx, &session.id, session.created_at).await?;
        tx.commit().await?;
        self.forget(&session.cookie_hash);
        Ok(())
    }

    /// Extends the session and holds its row until the caller's transaction ends, so that a logout comes wholly before
    /// or wholly after. False when it has ended: the caller must not issue anything.
    pub async fn touch(&self, tx: &mut Transaction, id: &SessionId, created_at: Timestamp) -> Result<bool, StoreError> {
        let now = self.0.clock.now();
        let alive = store::sessions::touch(tx, id, now, self.end_of_life(created_at, now)).await?;
        if alive {
            self.0.touched.insert(id.clone(), now);
        }
        Ok(alive)
    }

    /// Whether the session was extended in the last minute, so that it need not be again. Says nothing of whether it lives.
    #[must_use]
    pub fn touched_lately(&self, id: &SessionId) -> bool {
        self.0.touched.get(id).is_some_and(|at| self.0.clock.now().since(at) < TOUCH_AFTER)
    }

    /// Records in the caller's transaction that a client takes part, unless this process has seen it committed before: a
    /// link lasts as long as its session. Tell [`Sessions::joined`] after the commit.
    pub async fn join(&self, tx: &mut Transaction, link: SessionClientRow) -> Result<(), StoreError> {
        if self.has_joined(&link.sid) {
            return Ok(());
        }
        store::sessions::join(tx, &link).await
    }

    /// Whether this process has seen the link committed.
    #[must_use]
    pub fn has_joined(&self, sid: &str) -> bool {
        self.0.joined.get(sid).is_some()
    }

    /// A link was committed.
    pub fn joined(&self, sid: &str) {
        if !self.has_joined(sid) {
            self.0.joined.insert(sid.to_owned(), ());
        }
    }

    /// The `sid` that a client knows: the same for every sign-in of one session at one client for one company, and of no
    /// use to anyone else.
    #[must_use]
    pub fn sid(&self, session: &SessionId, client: &ClientId, acting_for: &str) -> String {
        let text = format!("{session}\n{client}\n{acting_for}");
        let tag = hmac::sign(&self.0.sid_key, text.as_bytes());
        base64url(tag.as_ref().first_chunk::<16>().map_or(tag.as_ref(), |half| &half[..]))
    }

    /// Until when a session that ends now stays on record.
    #[must_use]
    pub fn on_record_until(&self) -> Timestamp {
        self.0.clock.now().plus(Duration::from_secs(self.0.config.record_days * 24 * 3600))
    }

    /// Forgets what is cached of a session: its cookie has turned or it has ended.
    pub fn forget(&self, cookie_hash: &str) {
        self.0.cache.forget(cookie_hash);
    }

    fn end_of_life(&self, created_at: Timestamp, now: Timestamp) -> Timestamp {
        let idle = now.plus(Duration::from_secs(self.0.config.idle_seconds));
        idle.min(created_at.plus(Duration::from_secs(self.0.config.cap_seconds)))
    }
}
