//! How far a logout has come: which services are told, which are being tried again, which were given up.

use super::{Logouts, Notice, UpwardNotice};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, LogoutId};
use crate::store::outbox::{JobRow, LogoutRow};
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
    /// Who is to be told: a client, or the node above by its issuer.
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
    /// What went wrong at the last try, without personal data.
    pub last_error: Option<String>,
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
        Ok(Some((logout.account_id, deliveries(&store::outbox::of_logout(&mut db, id).await?))))
    }

    /// A person's latest logouts of which services were told.
    pub async fn recent(&self, account: &AccountId) -> Result<Vec<RecentLogout>, StoreError> {
        let mut db = self.0.store.read().await?;
        let mut recent = Vec::new();
        for logout in store::outbox::recent_logouts(&mut db, account, LATEST).await? {
            let deliveries = deliveries(&store::outbox::of_logout(&mut db, &logout.id).await?);
            recent.push(RecentLogout { id: logout.id, at: logout.created_at, deliveries });
        }
        Ok(recent)
    }
}

fn deliveries(rows: &[JobRow]) -> Vec<Delivery> {
    rows.iter().filter_map(delivery).collect()
}

fn delivery(row: &JobRow) -> Option<Delivery> {
    let client_id = match row.kind.as_str() {
        super::UPWARD => ClientId(serde_json::from_str::<UpwardNotice>(&row.payload).ok()?.issuer),
        _ => serde_json::from_str::<Notice>(&row.payload).ok()?.client_id,
    };
    let state = match row.state.as_str() {
        "done" => DeliveryState::Told,
        "dead" => DeliveryState::GivenUp,
        _ if row.last_error.is_some() => DeliveryState::Retrying,
        _ => DeliveryState::Waiting,
    };
    Some(Delivery {
        client_id,
        state,
        tries: row.tries,
        since: row.created_at,
        due_at: row.due_at,
        ended_at: row.ended_at,
        last_error: row.last_error.clone(),
    })
}

/// Most notices of which figures are made.
const MOST: i64 = 100_000;

/// How well services and nodes were told of logouts in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many were told.
    pub told: usize,
    /// How many wait, or are tried again.
    pub waiting: usize,
    /// How many were given up.
    pub given_up: usize,
    /// Within how many milliseconds so many in a hundred of those that were told were told.
    pub within_ms: Vec<(u32, i64)>,
}

impl Figures {
    /// The figures of these notices.
    fn of(notices: &[store::outbox::NoticeTimes]) -> Self {
        let count = |state: &str| notices.iter().filter(|notice| notice.state == state).count();
        let told = notices.iter().filter(|notice| notice.state == "done");
        let took = |notice: &store::outbox::NoticeTimes| Some(notice.ended_at?.0.saturating_sub(notice.created_at.0));
        let mut took: Vec<i64> = told.filter_map(took).collect();
        took.sort_unstable();
        let share = |percent: u32| {
            let place = (took.len() * usize::try_from(percent).unwrap_or(100)).div_ceil(100);
            took.get(place.saturating_sub(1)).map(|ms| (percent, *ms))
        };
        Self {
            told: took.len(),
            waiting: count("pending"),
            given_up: count("dead"),
            within_ms: [50, 90, 99, 100].into_iter().filter_map(share).collect(),
        }
    }
}

impl Logouts {
    /// How well everybody was told of the logouts since a moment.
    pub async fn figures(&self, since: Timestamp) -> Result<Figures, StoreError> {
        let mut db = self.0.store.read().await?;
        Ok(Figures::of(&store::outbox::told_since(&mut db, since, MOST).await?))
    }

    /// The logouts at this node that are part of a logout of the whole tree, by the name of that or of one of them.
    pub async fn of_tree(&self, id: &LogoutId) -> Result<Vec<LogoutRow>, StoreError> {
        let mut db = self.0.store.read().await?;
        let tree = store::outbox::find_logout(&mut db, id).await?.map_or_else(|| id.clone(), |logout| logout.tree_id);
        store::outbox::of_tree(&mut db, &tree).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::outbox::NoticeTimes;

    #[test]
    fn percentiles_are_those_of_the_notices_that_arrived() {
        let notice = |state: &str, took: Option<i64>| NoticeTimes {
            state: state.into(),
            created_at: Timestamp(1_000),
            ended_at: took.map(|ms| Timestamp(1_000 + ms)),
        };
        let mut all: Vec<NoticeTimes> = (1..=100).map(|ms| notice("done", Some(ms))).collect();
        all.extend([notice("pending", None), notice("dead", Some(9_999))]);
        let figures = Figures::of(&all);
        assert_eq!((figures.told, figures.waiting, figures.given_up), (100, 1, 1));
        assert_eq!(figures.within_ms, [(50, 50), (90, 90), (99, 99), (100, 100)]);
        assert_eq!(Figures::of(&[]).within_ms, []);
    }
}
