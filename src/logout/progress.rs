//! How far a logout has come: which services are told, which are being tried again, which were given up.

use super::{Logouts, Notice};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, LogoutId};
use crate::store::outbox::JobRow;
use crate::store::{self, StoreError};

/// The state of one notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// On its way for the first time.
    Waiting,
    /// Tried before, to be tried again.
    Retrying,
    /// The service has confirmed.
    Told,
    /// Given up; an administrator can replay it.
    GivenUp,
}

/// One notice of a logout.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Who is to be told.
    pub client_id: ClientId,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: i32,
    /// When it was written.
    pub since: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it was confirmed or given up.
    pub ended_at: Option<Timestamp>,
}

/// A logout of a person, for their own eyes.
#[derive(Clone, Debug)]
pub struct RecentLogout {
    /// The logout.
    pub id: LogoutId,
    /// When.
    pub at: Timestamp,
    /// Its notices.
    pub deliveries: Vec<Delivery>,
}

/// How many of a person's logouts are looked back at.
const LATEST: i64 = 5;

impl Logouts {
    /// The notices of a logout, and whose logout it was; `None` when there is no such logout.
    pub async fn progress(&self, id: &LogoutId) -> Result<Option<(AccountId, Vec<Delivery>)>, StoreError> {
        let mut db = self.0.store.read().await?;
        let Some(logout) = store::outbox::find_logout(&mut db, id).await? else { return Ok(None) };
        Ok(Some((logout.account_id, deliveries(store::outbox::of_logout(&mut db, id).await?))))
    }

    /// A person's latest logouts of which services were told.
    pub async fn recent(&self, account: &AccountId) -> Result<Vec<RecentLogout>, StoreError> {
        let mut db = self.0.store.read().await?;
        let mut recent = Vec::new();
        for logout in store::outbox::recent_logouts(&mut db, account, LATEST).await? {
            let deliveries = deliveries(store::outbox::of_logout(&mut db, &logout.id).await?);
            recent.push(RecentLogout { id: logout.id, at: logout.created_at, deliveries });
        }
        Ok(recent)
    }
}

fn deliveries(rows: Vec<JobRow>) -> Vec<Delivery> {
    rows.into_iter().filter_map(delivery).collect()
}

fn delivery(row: JobRow) -> Option<Delivery> {
    let notice: Notice = serde_json::from_str(&row.payload).ok()?;
    let state = match row.state.as_str() {
        "done" => DeliveryState::Told,
        "dead" => DeliveryState::GivenUp,
        _ if row.last_error.is_some() => DeliveryState::Retrying,
        _ => DeliveryState::Waiting,
    };
    Some(Delivery {
        client_id: notice.client_id,
        state,
        tries: row.tries,
        since: row.created_at,
        due_at: row.due_at,
        ended_at: row.ended_at,
    })
}
