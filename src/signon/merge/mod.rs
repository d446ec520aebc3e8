//! Two accounts of one person become one.
//!
//! They are found by the verified key: a person proves in one account a document that the other one holds. To merge, the
//! person must have signed in to both a short while ago, each in the ordinary way with all its factors. The account that
//! holds the document goes on; the other is absorbed: its documents move, its sessions and grants end, and it is closed.
//! Nothing else of it moves, no password, no mobile number, no consent: whoever talks somebody into absorbing a strange
//! account gains nothing in theirs.
//!
//! A wish to merge is ephemeral and waits for the other account for a quarter of an hour; the merge itself is one
//! transaction.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, AccountState, Accounts, Person};
use crate::base::id::{AccountId, SessionId};
use crate::base::{SharedClock, Timestamp};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::logout::{Logouts, Reason};
use crate::session::Session;
use crate::store::account_merges::AccountMergeRow;
use crate::store::{self, Store, StoreError};

/// How long a finding or a wish waits.
const WAIT: Duration = Duration::from_secs(15 * 60);
/// How long ago a sign-in may be that counts as a step-up.
const STEP_UP: Duration = Duration::from_secs(5 * 60);

/// Why two accounts were not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Nothing is waiting: never found, too long ago, or done already.
    #[error("there is nothing to merge")]
    NothingWaits,
    /// The person has not signed in to this account a short while ago.
    #[error("the sign-in is too old")]
    SignInAgain,
    /// The other account is closed, locked or gone.
    #[error("the other account cannot be merged")]
    Gone,
    /// Anything that is not about the person.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for MergeError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<EphemeralError> for MergeError {
    fn from(error: EphemeralError) -> Self {
        Self::Account(error.into())
    }
}

/// What waits for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing.
    Nothing,
    /// A document that was proven here is held by another account: the person may wish to merge.
    Found,
    /// The person wished to merge and must now sign in to the other account.
    WishedHere,
    /// In the other account the person wished to merge it into this one; its user name.
    WishedThere(String),
}

/// A finding: which account holds the document. Kept under the account that proved it.
#[derive(Serialize, Deserialize)]
struct Finding {
    holder: AccountId,
    wished: bool,
}

/// A wish: which account is to be absorbed. Kept under the account that goes on.
#[derive(Serialize, Deserialize)]
struct Wish {
    absorbed: AccountId,
    session: SessionId,
    at: Timestamp,
}

/// Merges accounts; clones share everything.
#[derive(Clone)]
pub struct Merges {
    store: Store,
    ephemeral: Ephemeral,
    accounts: Accounts,
    logouts: Logouts,
    clock: SharedClock,
}

impl Merges {
    /// Over these rooms.
    #[must_use]
    pub fn new(
        (store, ephemeral): (Store, Ephemeral),
        accounts: Accounts,
        logouts: Logouts,
        clock: SharedClock,
    ) -> Self {
        Self { store, ephemeral, accounts, logouts, clock }
    }

    /// Remembers that a document which an authority has just confirmed for `person` is held by another account.
    pub async fn found(&self, person: &Person, session: &Session, holder: &AccountId) -> Result<(), AccountError> {
        if session.account_id != person.id || person.id == *holder {
            return Ok(());
        }
        let finding = Finding { holder: holder.clone(), wished: false };
        Ok(self.keep(&found_key(&person.id), &finding).await?)
    }

    /// What waits for the account of a session.
    pub async fn waiting(&self, session: &Session) -> Result<Waiting, AccountError> {
        if let Some(wish) = self.read::<Wish>(&wish_key(&session.account_id)).await? {
            return match self.accounts.find(&wish.absorbed).await {
                Ok(other) if other.state == AccountState::Active => Ok(Waiting::WishedThere(other.username.clone())),
                Ok(_) | Err(AccountError::Unknown) => Ok(Waiting::Nothing),
                Err(error) => Err(error),
            };
        }
        Ok(match self.read::<Finding>(&found_key(&session.account_id)).await? {
            None => Waiting::Nothing,
            Some(finding) if finding.wished => Waiting::WishedHere,
            Some(_) => Waiting::Found,
        })
    }

    /// The person wishes this account to be absorbed by the one that holds the document.
    pub async fn wish(&self, session: &Session) -> Result<(), MergeError> {
        self.stepped_up(session, Timestamp::default())?;
        let key = found_key(&session.account_id);
        let finding = self.read::<Finding>(&key).await?.ok_or(MergeError::NothingWaits)?;
        let (absorbed, at) = (session.account_id.clone(), self.clock.now());
        let wish = Wish { absorbed, session: session.id.clone(), at };
        self.keep(&wish_key(&finding.holder), &wish).await?;
        self.keep(&key, &Finding { wished: true, ..finding }).await?;
        Ok(())
    }

    /// The person does not want the account that waits.
    pub async fn decline(&self, session: &Session) -> Result<(), MergeError> {
        Ok(self.ephemeral.forget(&wish_key(&session.account_id)).await?)
    }

    /// Absorbs the account that waits into this one, whose owner has signed in here since the wish.
    pub async fn merge(&self, session: &Session) -> Result<(), MergeError> {
        let key = wish_key(&session.account_id);
        let wish = self.read::<Wish>(&key).await?.ok_or(MergeError::NothingWaits)?;
        self.stepped_up(session, wish.at)?;
        if self.ephemeral.take(&key).await?.is_none() {
            return Err(MergeError::NothingWaits);
        }
        self.absorb(&wish, session).await?;
        self.ephemeral.forget(&found_key(&wish.absorbed)).await?;
        Ok(())
    }

    async fn absorb(&self, wish: &Wish, session: &Session) -> Result<(), MergeError> {
        let (absorbed, survivor) = (&wish.absorbed, &session.account_id);
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let active = async |tx: &mut store::Transaction, id: &AccountId| {
            let row = store::accounts::find(tx, id).await?;
            Ok::<_, StoreError>(row.is_some_and(|row| row.state == AccountState::Active.as_str()))
        };
        if !active(&mut tx, absorbed).await? || !active(&mut tx, survivor).await? {
            return Err(MergeError::Gone);
        }
        let row = AccountMergeRow {
            absorbed_id: absorbed.clone(),
            survivor_id: survivor.clone(),
            absorbed_session_id: wish.session.clone(),
            survivor_session_id: session.id.clone(),
            merged_at: now,
        };
        match store::account_merges::insert(&mut tx, &row).await {
            Err(StoreError::Conflict) => return Err(MergeError::Gone),
            other => other?,
        }
        store::real_names::delete(&mut tx, absorbed).await?;
        store::network_identities::delete(&mut tx, absorbed).await?;
        store::identity_documents::move_all(&mut tx, absorbed, survivor).await?;
        self.accounts.set_state(&mut tx, absorbed, AccountState::Closed).await?;
        let ended = self.logouts.end_all(&mut tx, absorbed, None, Reason::AccountState).await?;
        store::grants::end_of_account(&mut tx, absorbed, now, Reason::AccountState.as_str()).await?;
        tx.commit().await?;
        ended.iter().for_each(|ended| self.logouts.committed(ended));
        self.accounts.changed(absorbed);
        self.accounts.changed(survivor);
        tracing::info!(absorbed = %absorbed, survivor = %survivor, "two accounts became one");
        Ok(())
    }

    /// Whether the sign-in of a session is young, and younger than `since`.
    fn stepped_up(&self, session: &Session, since: Timestamp) -> Result<(), MergeError> {
        let young = self.clock.now().since(session.auth_time) <= STEP_UP;
        if young && session.auth_time >= since { Ok(()) } else { Err(MergeError::SignInAgain) }
    }

    async fn keep(&self, key: &str, value: &impl Serialize) -> Result<(), EphemeralError> {
        self.ephemeral.put(key, &serde_json::to_vec(value).unwrap_or_default(), WAIT).await
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, EphemeralError> {
        let kept = self.ephemeral.get(key).await?;
        Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

fn found_key(account: &AccountId) -> String {
    format!("merge-found:{account}")
}

fn wish_key(account: &AccountId) -> String {
    format!("merge-wish:{account}")
}
