//! Logout (standard 6.4 d): a session ends, and everyone who took part in it is told, however long that takes.
//!
//! The end of the session, the end of its tokens and one outbox row for each client to be told are one transaction:
//! nothing acknowledged is lost to a crash, and a service that is down is told when it is back. Whom to tell hangs on the
//! session–client link, never on the life of a token.
//!
//! - [`end_session`]: what relying parties ask for (OIDC RP-Initiated Logout 1.0)
//! - [`deliver`]: the outbox handler that tells one client (OIDC Back-Channel Logout 1.0)

mod absorbed;
mod closing;
pub mod deliver;
pub mod end_session;
mod expiry;
mod mandate;
mod progress;
mod suspension;
mod upward;

use std::sync::Arc;
use std::time::Duration;

use crate::base::id::{AccountId, ClientId, JobId, LogoutId, SessionId};
use crate::base::{SharedClock, SharedRandom, crash};
use crate::jobs::{JobConfig, Wake};
use crate::oidc::Provider;
use crate::oidc::notice::{BACKCHANNEL, Notice};
use crate::session::Sessions;
use crate::store::outbox::{JobRow, LogoutRow};
use crate::store::sessions::SessionClientRow;
use crate::store::{self, Store, StoreError, Transaction};

pub use deliver::BackchannelLogout;
pub use end_session::{Confirmation, EndSession};
pub use expiry::ExpiredSessions;
pub use progress::{Delivery, DeliveryState, Figures, RecentLogout};
pub use upward::{UPWARD, UpwardNotice};

/// How long a logout token is good for (OIDC Back-Channel Logout §2.4: at most two minutes).
const TOKEN_LIFE: Duration = Duration::from_secs(120);

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A relying party asked, by the person's browser.
    RelyingParty,
    /// The person asked, at this node.
    Person,
    /// An administrator asked.
    Admin,
    /// The password was changed.
    PasswordChanged,
    /// The account was locked, disabled or removed.
    AccountState,
    /// The account was recovered.
    Recovered,
    /// Another person signed in in the same browser.
    OtherPerson,
    /// It ran out.
    Expired,
    /// The client was suspended.
    ClientSuspended,
    /// The client was removed.
    ClientRemoved,
    /// The person may no longer act for the company.
    MandateEnded,
    /// The account was closed for good.
    AccountClosed,
    /// No guardian agrees any more for a child.
    GuardianEnded,
    /// The session at the node above has ended.
    NodeAbove,
    /// A node below that took part has ended its own.
    NodeBelow,
}

impl Reason {
    /// Whether the node above is told: of what somebody has done, not of a session here that merely ran out, and never what
    /// it has told itself.
    #[must_use]
    pub const fn goes_up(self) -> bool {
        !matches!(self, Self::Expired | Self::NodeAbove)
    }

    /// The word that is stored and logged.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RelyingParty => "relying_party",
            Self::Person => "person",
            Self::Admin => "admin",
            Self::PasswordChanged => "password_changed",
            Self::AccountState => "account_state",
            Self::Recovered => "recovered",
            Self::OtherPerson => "other_person",
            Self::Expired => "expired",
            Self::ClientSuspended => "client_suspended",
            Self::ClientRemoved => "client_removed",
            Self::MandateEnded => "mandate_ended",
            Self::AccountClosed => "account_closed",
            Self::GuardianEnded => "guardian_ended",
            Self::NodeAbove => "node_above",
            Self::NodeBelow => "node_below",
        }
    }
}

/// Why a session ends, and where that began.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    /// Why.
    pub reason: Reason,
    /// The logout of the whole tree of nodes that it is part of; none: it begins here.
    pub tree: Option<&'a LogoutId>,
    /// The client that has told of it and knows already.
    pub told_by: Option<&'a ClientId>,
}

impl From<Reason> for Cause<'_> {
    fn from(reason: Reason) -> Self {
        Self { reason, tree: None, told_by: None }
    }
}

/// A session that ended in a transaction; hand it to [`Logouts::committed`] once that is committed.
#[must_use = "caches and the worker must hear of it"]
pub struct Ended {
    /// The logout, for its page and its ledger.
    pub logout_id: LogoutId,
    cookie_hash: String,
}

/// Ends sessions; clones share everything.
#[derive(Clone)]
pub struct Logouts(Arc<Inner>);

struct Inner {
    store: Store,
    sessions: Sessions,
    provider: Provider,
    clock: SharedClock,
    random: SharedRandom,
    jobs: JobConfig,
    wake: Wake,
}

impl Logouts {
    /// Logouts over `store`; `wake` is the outbox worker's.
    #[must_use]
    pub fn new(
        store: Store,
        (sessions, provider): (Sessions, Provider),
        (clock, random): (SharedClock, SharedRandom),
        jobs: JobConfig,
        wake: Wake,
    ) -> Self {
        Self(Arc::new(Inner { store, sessions, provider, clock, random, jobs, wake }))
    }

    /// Ends a session in the caller's transaction: the session, its tokens, and a notice for each client that took part.
    /// `None` when it had ended already.
    pub async fn end(&self, tx: &mut Transaction, id: &SessionId, reason: Reason) -> Result<Option<Ended>, StoreError> {
        self.end_by(tx, id, reason.into()).await
    }

    /// The same, for a logout that may have begun at another node: each node acts once on a session, whichever message
    /// comes first, so that no logout goes round.
    pub async fn end_by(
        &self,
        tx: &mut Transaction,
        id: &SessionId,
        Cause { reason, tree, told_by }: Cause<'_>,
    ) -> Result<Option<Ended>, StoreError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let keep_until = inner.sessions.on_record_until();
        if !store::sessions::end(tx, id, now, reason.as_str(), keep_until).await? {
            return Ok(None);
        }
        let Some(session) = store::sessions::find(tx, id).await? else { return Ok(None) };
        let own = LogoutId::new(now, &inner.random);
        let logout = LogoutRow {
            tree_id: tree.unwrap_or(&own).clone(),
            id: own,
            account_id: session.account_id,
            session_id: id.clone(),
            reason: reason.as_str().into(),
            created_at: now,
            expires_at: now.plus(inner.jobs.keep_dead()),
        };
        store::outbox::insert_logout(tx, &logout).await?;
        store::grants::end_of_session(tx, id, now, reason.as_str()).await?;
        let mut links = store::sessions::clients(tx, id).await?;
        links.retain(|link| told_by != Some(&link.client_id));
        self.notify(tx, Some(&logout), &links, reason).await?;
        if reason.goes_up() {
            self.tell_above(tx, &logout).await?;
        }
        Ok(Some(Ended { logout_id: logout.id, cookie_hash: session.cookie_hash }))
    }

    /// Writes the notices for these, if they have an address to be told at and want to hear of this.
    async fn notify(
        &self,
        tx: &mut Transaction,
        logout: Option<&LogoutRow>,
        links: &[SessionClientRow],
        reason: Reason,
    ) -> Result<(), StoreError> {
        self.0.provider.write_notices(tx, logout, links, reason == Reason::Expired).await
    }

    /// What follows a commit: caches forget the session, the worker wakes.
    pub fn committed(&self, ended: &Ended) {
        self.0.sessions.forget(&ended.cookie_hash);
        self.0.provider.tokens_changed();
        self.0.wake.wake();
    }

    /// Ends one session now. `None` when it had ended already.
    pub async fn end_session(&self, id: &SessionId, reason: Reason) -> Result<Option<LogoutId>, StoreError> {
        let mut tx = self.0.store.begin().await?;
        let ended = self.end(&mut tx, id, reason).await?;
        crash::point("logout.before_commit");
        tx.commit().await?;
        crash::point("logout.after_commit");
        let Some(ended) = ended else { return Ok(None) };
        self.committed(&ended);
        tracing::info!(logout = %ended.logout_id, reason = reason.as_str(), "a session ended");
        Ok(Some(ended.logout_id))
    }

    /// Ends all sessions of a person, but for `except`, in the caller's transaction.
    pub async fn end_all(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        except: Option<&SessionId>,
        reason: Reason,
    ) -> Result<Vec<Ended>, StoreError> {
        let mut all = Vec::new();
        for session in store::sessions::list_live(tx, account, self.0.clock.now()).await? {
            if except != Some(&session.id) {
                all.extend(self.end(tx, &session.id, reason).await?);
            }
        }
        Ok(all)
    }

    /// Ends all sessions of a person, but for `except`, now; gives how many.
    pub async fn end_sessions_of(
        &self,
        account: &AccountId,
        except: Option<&SessionId>,
        reason: Reason,
    ) -> Result<usize, StoreError> {
        let mut tx = self.0.store.begin().await?;
        let all = self.end_all(&mut tx, account, except, reason).await?;
        crash::point("logout.ordered.before_commit");
        tx.commit().await?;
        crash::point("logout.ordered.after_commit");
        all.iter().for_each(|ended| self.committed(ended));
        Ok(all.len())
    }

    /// Sets a given-up notice to be tried again; false when there is no such one.
    pub async fn replay(&self, id: &JobId) -> Result<bool, StoreError> {
        let now = self.0.clock.now();
        let keep = now.plus(self.0.jobs.give_up_after() + self.0.jobs.keep_dead());
        let mut tx = self.0.store.begin().await?;
        let found = store::outbox::replay(&mut tx, id, now, keep).await?;
        tx.commit().await?;
        self.0.wake.wake();
        Ok(found)
    }

    /// Notices that were given up, in order of id, after `after`.
    pub async fn dead(&self, after: &str, limit: i64) -> Result<Vec<JobRow>, StoreError> {
        store::outbox::list(&mut self.0.store.read().await?, "dead", after, limit).await
    }
}
