//! Consents: what a person agreed to give to a client, remembered per client, scopes, claims, text version and
//! what the client said it is for. Each is also written down as it was given, to which words, and how it ended (PIPL art. 14,
//! 29, 55): that record stays when the consent does not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Person;
use crate::base::id::{AccountId, ClientId, ConsentId};
use crate::base::{Cache, SharedClock, SharedRandom, Timestamp, crash};
use crate::store::consent_records::ConsentRecordRow;
use crate::store::consents::ConsentRow;
pub use crate::store::consents::Stated;
use crate::store::{self, JsonText, Store, StoreError, Transaction};

/// How long an ended consent stays on record: three years, as PIPL art. 56 asks of records.
const KEEP: Duration = Duration::from_secs(3 * 366 * 86_400);

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

/// The words to which a person agrees.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shown {
    /// SHA-256 of everything that the page said, base64url.
    pub hash: String,
    /// In which language, a BCP 47 tag.
    pub language: String,
}

/// To whom a consent is given that the node itself asks for; no client has this name.
pub const NODE: &str = "hufu:node";

/// The consent to compare a face once (PIPL art. 28, 29), as a record that has ended with the check.
pub(super) fn face_record(person: &Person, at: (Timestamp, &SharedRandom), shown: &Shown) -> ConsentRecordRow {
    let (now, random) = at;
    let face = || JsonText(vec!["face".to_owned()]);
    ConsentRecordRow {
        id: ConsentId::new(now, random),
        account_id: person.id.clone(),
        client_id: ClientId::from(NODE),
        scope: String::new(),
        claims: face(),
        separate: face(),
        stated: JsonText(Stated::default()),
        text_version: TEXT_VERSION.into(),
        text_hash: shown.hash.clone(),
        language: shown.language.clone(),
        guardian_id: person.guardian.clone(),
        given_at: now,
        ended_at: Some(now),
        end_reason: Some("once".into()),
        expires_at: now.plus(KEEP),
    }
}

/// An agreement as it is given.
pub struct Giving<'a> {
    /// Scopes.
    pub scope: &'a [String],
    /// Claims one by one, the sensitive ones among them.
    pub claims: &'a [String],
    /// Those among them that are sensitive: each by a box of its own.
    pub separate: &'a [String],
    /// What the client said it is for.
    pub stated: Stated,
    /// The words on the page.
    pub shown: &'a Shown,
    /// Of a child: the guardian by whose acceptance it can agree.
    pub guardian: Option<&'a AccountId>,
}

/// The consents of this node; clones share the cache.
#[derive(Clone)]
pub struct Consents {
    store: Store,
    clock: SharedClock,
    random: SharedRandom,
    cache: Cache<(AccountId, ClientId), Option<Consent>>,
}

impl Consents {
    /// The consents in `store`.
    #[must_use]
    pub fn new(store: Store, (clock, random): (SharedClock, SharedRandom)) -> Self {
        let cache = Cache::new(16_384, Duration::from_millis(800));
        Self { store, clock, random, cache }
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

    /// Records an agreement given on the consent page, in the caller's transaction; see [`Self::changed`].
    pub async fn give(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        client: &ClientId,
        given: Giving<'_>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let record = self.record(account, client, &given);
        let row = ConsentRow {
            account_id: account.clone(),
            client_id: client.clone(),
            scope: record.scope.clone(),
            claims: record.claims.clone(),
            text_version: TEXT_VERSION.into(),
            stated: JsonText(given.stated),
            given_at: now,
        };
        store::consents::put(tx, &row).await?;
        store::consent_records::end(tx, account, Some(client), (now, "renewed"), now.plus(KEEP)).await?;
        store::consent_records::insert(tx, &record).await
    }

    /// What follows a commit: the cache forgets what was agreed.
    pub fn changed(&self, account: &AccountId, client: &ClientId) {
        self.cache.forget(&(account.clone(), client.clone()));
    }

    fn record(&self, account: &AccountId, client: &ClientId, given: &Giving<'_>) -> ConsentRecordRow {
        let now = self.clock.now();
        ConsentRecordRow {
            id: ConsentId::new(now, &self.random),
            account_id: account.clone(),
            client_id: client.clone(),
            scope: given.scope.join(" "),
            claims: JsonText(given.claims.to_vec()),
            separate: JsonText(given.separate.to_vec()),
            stated: JsonText(given.stated.clone()),
            text_version: TEXT_VERSION.into(),
            text_hash: given.shown.hash.clone(),
            language: given.shown.language.clone(),
            guardian_id: given.guardian.cloned(),
            given_at: now,
            ended_at: None,
            end_reason: None,
            expires_at: Timestamp::NEVER,
        }
    }

    /// What was ever agreed to and is still on record, the latest first, before `before`.
    pub async fn records(
        &self,
        account: &AccountId,
        before: Option<&ConsentId>,
        limit: i64,
    ) -> Result<Vec<ConsentRecordRow>, StoreError> {
        store::consent_records::list(&mut self.store.read().await?, account, before, limit).await
    }

    /// Ends everything that an account has agreed to, in the caller's transaction, which ends what was granted under it too.
    pub async fn end_all(&self, tx: &mut Transaction, account: &AccountId, reason: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        store::consents::withdraw_all(tx, account).await?;
        store::consent_records::end(tx, account, None, (now, reason), now.plus(KEEP)).await?;
        Ok(())
    }

    /// Withdraws an agreement and ends what was granted under it, offline grants too. False when there was none.
    pub async fn withdraw(&self, account: &AccountId, client: &ClientId) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let found = store::consents::withdraw(&mut tx, account, client).await?;
        let now = self.clock.now();
        store::consent_records::end(&mut tx, account, Some(client), (now, "withdrawn"), now.plus(KEEP)).await?;
        store::grants::end_of_pair(&mut tx, account, client, now, "withdrawn").await?;
        crash::point("consent.withdrawn.before_commit");
        tx.commit().await?;
        crash::point("consent.withdrawn.after_commit");
        self.changed(account, client);
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
