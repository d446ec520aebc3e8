//! What has changed, at the node above, of people who are known here (用户信息同步, standard 6.4 b): a new name, a level that fell, an
//! account that was locked or closed, a consent that was taken back. The node above tells it of people who have used this node,
//! as far as they granted; here it changes what was taken over from there and nothing else.
//!
//! Read page by page by a cursor of that node's own, which is kept once a page is done: a page that broke is read again,
//! and everything here may be done twice.

use std::time::Duration;

use futures::future::BoxFuture;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::Upstream;
use super::above::AboveError;
use crate::accounts::{AccountError, Person};
use crate::jobs::Chore;
use crate::logout::{Cause, Reason};
use crate::outbound::{Limits, OutboundRequest};
use crate::store::followed_people::{self, FollowedPeopleRow};
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, StoreError, Transaction};
use crate::trust::told;

/// The scope by which it is read.
const SCOPE: &str = "users.read";
/// People of one page.
const PAGE: &str = "100";
/// Pages of one round: what is left is read in the next one.
const MOST_PAGES: usize = 100;
/// Limits on one page.
const LIMITS: Limits = Limits { timeout: Duration::from_secs(10), max_body: 1 << 20 };
/// Longest cursor that is kept, in bytes.
const LONGEST_CURSOR: usize = 2_000;

/// What came of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// People whose claims were taken over as they are now.
    pub changed: usize,
    /// People whose sessions ended here, because their account there may not be used now.
    pub suspended: usize,
    /// People of whom nothing may be kept any longer.
    pub forgotten: usize,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Our own state cannot be read or written.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The node above does not answer, or not as it should.
    #[error(transparent)]
    Above(#[from] AboveError),
}

impl From<StoreError> for FollowError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

/// A page, as it comes.
#[derive(Deserialize)]
struct Page {
    users: Vec<Known>,
    cursor: String,
    more: bool,
}

#[derive(Deserialize)]
struct Known {
    sub: String,
    state: State,
    #[serde(default)]
    claims: Map<String, Value>,
}

/// How somebody stands there.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Active,
    Suspended,
    Withdrawn,
    Closed,
}

/// The chore that reads it; without a node above there is nothing to read.
pub struct FollowPeople(pub Option<Upstream>);

impl Chore for FollowPeople {
    fn name(&self) -> &'static str {
        "people of the node above"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let Some(upstream) = self.0.as_ref().filter(|upstream| upstream.0.config.follow_people) else {
                return Ok(());
            };
            match upstream.follow_people().await {
                Ok(_) => Ok(()),
                Err(FollowError::Account(AccountError::Store(error))) => Err(error),
                Err(error) => {
                    tracing::warn!(%error, "what has changed of people at the node above cannot be read now");
                    Ok(())
                }
            }
        })
    }
}

impl Upstream {
    /// Reads what has changed since the last time, and does it here.
    ///
    /// # Errors
    /// [`FollowError`]: what was not done is read again.
    pub async fn follow_people(&self) -> Result<Followed, FollowError> {
        let mut all = Followed::default();
        let Some(endpoint) = self.0.above.metadata().await?.hufu_users_endpoint.clone() else { return Ok(all) };
        for _ in 0..MOST_PAGES {
            let before = followed_people::find(&mut self.0.on.store.read().await?, self.issuer()).await?;
            let page = self.people_page(&endpoint, before.as_ref().map(|row| row.cursor.as_str())).await?;
            for known in &page.users {
                self.follow(known, &mut all).await?;
            }
            let (issuer, read_at) = (self.issuer().to_owned(), self.0.on.clock.now());
            let mut tx = self.0.on.store.begin().await?;
            followed_people::put(&mut tx, &FollowedPeopleRow { issuer, cursor: page.cursor, read_at }).await?;
            tx.commit().await?;
            if !page.more {
                break;
            }
        }
        if all != Followed::default() {
            let Followed { changed, suspended, forgotten } = all;
            tracing::info!(changed, suspended, forgotten, "people of the node above have changed");
        }
        Ok(all)
    }

    async fn people_page(&self, endpoint: &Url, cursor: Option<&str>) -> Result<Page, AboveError> {
        let mut url = endpoint.clone();
        url.query_pairs_mut().append_pair("count", PAGE).extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let answer = self.0.party.send(OutboundRequest::get(url, LIMITS, "upstream-people"), SCOPE).await?;
        if answer.status != StatusCode::OK {
            return Err(AboveError::Unusable(format!("it answered {} about people", answer.status)));
        }
        let page: Page = answer.json().map_err(|_| AboveError::Unusable("its people cannot be read".to_owned()))?;
        let bounded = !page.cursor.is_empty() && page.cursor.len() <= LONGEST_CURSOR;
        bounded.then_some(page).ok_or_else(|| AboveError::Unusable("its cursor is none".to_owned()))
    }

    /// One person, in one transaction.
    async fn follow(&self, known: &Known, all: &mut Followed) -> Result<(), FollowError> {
        let on = &self.0.on;
        let Some(link) = self.linked(&known.sub).await? else { return Ok(()) };
        let mut tx = on.store.begin().await?;
        store::accounts::hold(&mut tx, &link.account_id).await?;
        on.accounts.changed(&link.account_id);
        let person = match on.accounts.find_in(&mut tx, &link.account_id).await {
            Err(AccountError::Unknown) => return Ok(()),
            found => found?,
        };
        let mut ended = Vec::new();
        if known.state != State::Active {
            let sessions = store::upstream_sessions::before_subject(&mut tx, (self.issuer(), &known.sub)).await?;
            for row in sessions {
                let cause = Cause { reason: Reason::NodeAbove, tree: None, told_by: None };
                ended.extend(on.logouts.end_by(&mut tx, &row.session_id, cause).await?);
            }
        }
        match known.state {
            State::Active => all.changed += usize::from(self.take_over_claims(&mut tx, &person, known).await?),
            State::Suspended => all.suspended += 1,
            State::Withdrawn | State::Closed => {
                self.forget(&mut tx, (&person, &link), known.state == State::Closed).await?;
                all.forgotten += 1;
            }
        }
        tx.commit().await?;
        on.accounts.changed(&person.id);
        ended.iter().for_each(|ended| on.logouts.committed(ended));
        Ok(())
    }

    /// Whether the claims say anything that counts.
    async fn take_over_claims(
        &self,
        tx: &mut Transaction,
        person: &Person,
        known: &Known,
    ) -> Result<bool, FollowError> {
        let pair = (self.issuer(), known.sub.as_str());
        let Some(told) = told::granted(&known.claims, pair, self.maximum_level()) else { return Ok(false) };
        match self.0.on.verifier.take_over(tx, person, &told).await {
            Ok(taken) => {
                tracing::debug!(account = %person.id, ?taken, "what the node above says of a name was read again")
            }
            Err(error) => {
                tracing::warn!(account = %person.id, %error, "what the node above says of a name is not taken over");
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Nothing that was taken over from there stays; whose account is closed there is nobody here by it any more.
    async fn forget(
        &self,
        tx: &mut Transaction,
        (person, link): (&Person, &UpstreamLinkRow),
        closed: bool,
    ) -> Result<(), FollowError> {
        self.0.on.verifier.forget_told(tx, person, self.issuer()).await?;
        if closed {
            store::upstream_links::delete(tx, &link.issuer, &link.subject).await?;
        }
        tracing::info!(account = %person.id, closed, "what the node above had told of a person is forgotten");
        Ok(())
    }
}
