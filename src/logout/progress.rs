//! How far a logout has come: which services are told, which are being tried again, which were given up.

use super::{Logouts, Notice};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, LogoutId};
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

impl Logouts {
    /// The notices of a logout, and whose logout it was; `None` when there is no such logout.
    pub async fn progress(&self, id: &LogoutId) -> Result<Option<(AccountId, Vec<Delivery>)>, StoreError> {
        let mut db = self.0.store.read().await?;
        let Some(logout) = store::outbox::find_logout(&mut db, id).await? else { return Ok(None) };
        let rows = store::outbox::of_logout(&mut db, id).await?;
        let deliveries = rows.into_iter().filter_map(|row| {
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
        });
        Ok(Some((logout.account_id, deliveries.collect())))
    }
}
