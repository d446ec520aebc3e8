//! Consents: what a person agreed to give to a client, remembered per client, scopes, claims, text version and
//! what the client said it is for.

use std::time::Duration;

use crate::base::id::{AccountId, ClientId};
use crate::base::{Cache, SharedClock, Timestamp};
use crate::store::consents::ConsentRow;
pub use crate::store::consents::Stated;
use crate::store::{self, JsonText, Store, StoreError, Transaction};

/// Version of the consent text; a new one asks everybody again.
pub const TEXT_VERSION: &str = "2026-11";

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Scopes agreed to.
    pub scope: Vec<String>,
    /// Claims agreed to one by one, the sensitive ones among them.
    pub claims: Vec<String>,
    /// What the client said it is for.
    pub stated: Stated,
    /// When.
    pub given_at: Timestamp,
}

impl Consent {
    /// Whether it covers all of `scope` and `claims`.
    pub fn covers<'a>(
        &self,
        scope: impl IntoIterator<Item = &'a str>,
        claims: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        scope.into_iter().all(|item| self.scope.iter().any(|held| held == item))
            && claims.into_iter().all(|item| self.claims.iter().any(|held| held == item))
    }
}

/// The consents of this node; clones share the cache.
#[derive(Clone)]
pub struct Consents {
    store: Store,
    clock: SharedClock,
    cache: Cache<(AccountId, ClientId), Option<Consent>>,
}

impl Consents {
    /// The consents in `store`.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock) -> Self {
        let cache = Cache::new(16_384, Duration::from_millis(800));
        Self { store, clock, cache }
    }

    /// What this person agreed to for this client, under the text in force.
    pub async fn find(&self, account: &AccountId, client: &ClientId) -> Result<Option<Consent>, StoreError> {
        let pair = (account.clone(), client.clone());
        if let Some(known) = self.cache.get(&pair) {
            return Ok(known);
        }
        let row = store::consents::find(&mut self.store.read().await?, account, client).await?;
        let consent = row.filter(|row| row.text_version == TEXT_VERSION).map(from_row);
        self.cache.insert(pair, consent.clone());
        Ok(consent)
    }

    /// The same as it stands now, held until the caller's transaction ends: a withdrawal comes wholly before or wholly after.
    pub async fn hold(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        client: &ClientId,
    ) -> Result<Option<Consent>, StoreError> {
        let row = store::consents::hold(tx, account, client).await?;
        Ok(row.filter(|row| row.text_version == TEXT_VERSION).map(from_row))
    }

    /// Every consent of a person, with the client that holds it.
    pub async fn list(&self, account: &AccountId) -> Result<Vec<(ClientId, Consent)>, StoreError> {
        let rows = store::consents::list(&mut self.store.read().await?, account).await?;
        Ok(rows.into_iter().map(|row| (row.client_id.clone(), from_row(row))).collect())
    }

    /// Records an agreement given on the consent page.
    pub async fn give(
        &self,
        account: &AccountId,
        client: &ClientId,
        scope: &[String],
        claims: &[String],
        stated: Stated,
    ) -> Result<(), StoreError> {
        let row = ConsentRow {
            account_id: account.clone(),
            client_id: client.clone(),
            scope: scope.join(" "),
            claims: JsonText(claims.to_vec()),
            text_version: TEXT_VERSION.into(),
            stated: JsonText(stated),
            given_at: self.clock.now(),
        };
        let mut tx = self.store.begin().await?;
        store::consents::put(&mut tx, &row).await?;
        tx.commit().await?;
        self.cache.forget(&(account.clone(), client.clone()));
        Ok(())
    }

    /// Withdraws an agreement and ends what was granted under it, offline grants too. False when there was none.
    pub async fn withdraw(&self, account: &AccountId, client: &ClientId) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let found = store::consents::withdraw(&mut tx, account, client).await?;
        store::grants::end_of_pair(&mut tx, account, client, self.clock.now(), "withdrawn").await?;
        tx.commit().await?;
        self.cache.forget(&(account.clone(), client.clone()));
        Ok(found)
    }
}

fn from_row(row: ConsentRow) -> Consent {
    Consent {
        scope: row.scope.split(' ').filter(|item| !item.is_empty()).map(str::to_owned).collect(),
        claims: row.claims.0,
        stated: row.stated.0,
        given_at: row.given_at,
    }
}
