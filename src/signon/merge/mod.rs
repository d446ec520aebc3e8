//! Two accounts of one person become one.
//!
//! They are found by the verified key: a person proves in one account a document that the other one holds. To merge, the
//! person must have signed in to both a short while ago, and shown in both all that they are protected by. The account that
//! holds the document goes on; the other is absorbed and closed. Whoever talks somebody into absorbing a strange account, or
//! knows the password of one, gains nothing in the other.
//!
//! What becomes of what the absorbed account had:
//!
//! | what | becomes |
//! |---|---|
//! | documents, with the history of verifications | move: they are the person's |
//! | real name, network identity | end: those of the account that goes on stand |
//! | companies: standing as legal representative, mandates as agent | move; of two for one company the legal representative's stays, else that of the account that goes on, and the other ends (`merged`) |
//! | companies: invitations that wait, applications that wait | move; an application that both have stays once |
//! | companies: open invitations that the person has sent | go on as sent by the account that goes on, and end with its standing |
//! | guardians: who agrees for this child, for whom this person agrees, and wishes that wait | move; of two with the same other side that of the account that goes on stays |
//! | wishes for corrections, with their answers | move |
//! | password, authenticator apps, passkeys, recovery codes, devices, the link to the node above | end: no factor of one account ever opens another |
//! | mobile number | is given free, and told; it signs in nobody until a code is shown anew |
//! | consents | end: a service asks anew, since it sees another subject |
//! | sessions, grants, offline ones too | end; every service that takes part is told by its `sid`, and every other that holds a consent or an offline grant by the subject alone, but those that accept no notice without a `sid` |
//! | records of sign-ins and of what was changed | move: they are read where the person goes on |
//! | user name | stays with the closed account, so that nobody takes it |
//!
//! A wish to merge is ephemeral and waits for the other account for a quarter of an hour; the merge itself is one
//! transaction ([`moving`]).

mod moving;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, AccountState, Accounts, Person};
use crate::base::id::{AccountId, SessionId};
use crate::base::{SharedClock, Timestamp, crash};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::factors::{FactorError, Factors};
use crate::logout::{Logouts, Reason};
use crate::session::Session;
use crate::store::account_merges::AccountMergeRow;
use crate::store::sessions::SessionRow;
use crate::store::{self, Store, StoreError, Transaction};

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
    /// The account has a second factor, and the person has not shown it in this session.
    #[error("the second factor was not shown")]
    ShowMore,
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

impl From<FactorError> for MergeError {
    fn from(error: FactorError) -> Self {
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
    /// Whether the account had a name when it proved the document: then the authority has said that both are one person.
    named: bool,
}

/// A wish: which account is to be absorbed. Kept under the account that goes on.
#[derive(Serialize, Deserialize)]
struct Wish {
    absorbed: AccountId,
    session: SessionId,
    named: bool,
    at: Timestamp,
}

/// Merges accounts; clones share everything.
#[derive(Clone)]
pub struct Merges {
    store: Store,
    ephemeral: Ephemeral,
    accounts: Accounts,
    factors: Factors,
    logouts: Logouts,
    clock: SharedClock,
}

impl Merges {
    /// Over these rooms.
    #[must_use]
    pub fn new(
        (store, ephemeral): (Store, Ephemeral),
        (accounts, factors): (Accounts, Factors),
        logouts: Logouts,
        clock: SharedClock,
    ) -> Self {
        Self { store, ephemeral, accounts, factors, logouts, clock }
    }

    /// Remembers that a document which an authority has just confirmed for `person` is held by another account.
    pub async fn found(&self, person: &Person, session: &Session, holder: &AccountId) -> Result<(), AccountError> {
        if session.account_id != person.id || person.id == *holder {
            return Ok(());
        }
        let finding = Finding { holder: holder.clone(), wished: false, named: person.real_name.is_some() };
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
        self.stepped_up(session, Timestamp::default()).await?;
        let key = found_key(&session.account_id);
        let finding = self.read::<Finding>(&key).await?.ok_or(MergeError::NothingWaits)?;
        let (absorbed, at) = (session.account_id.clone(), self.clock.now());
        let wish = Wish { absorbed, session: session.id.clone(), named: finding.named, at };
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
        self.stepped_up(session, wish.at).await?;
        if self.ephemeral.take(&key).await?.is_none() {
            return Err(MergeError::NothingWaits);
        }
        self.absorb(&wish, session).await?;
        self.ephemeral.forget(&found_key(&wish.absorbed)).await?;
        Ok(())
    }

    async fn absorb(&self, wish: &Wish, session: &Session) -> Result<(), MergeError> {
        let (absorbed, survivor) = (&wish.absorbed, &session.account_id);
        let mut tx = self.store.begin().await?;
        self.both_stand(&mut tx, wish, session).await?;
        let row = AccountMergeRow {
            absorbed_id: absorbed.clone(),
            survivor_id: survivor.clone(),
            absorbed_session_id: wish.session.clone(),
            survivor_session_id: session.id.clone(),
            merged_at: self.clock.now(),
        };
        match store::account_merges::insert(&mut tx, &row).await {
            Err(StoreError::Conflict) => return Err(MergeError::Gone),
            other => other?,
        }
        let ended = self.end_and_move(&mut tx, absorbed, survivor).await?;
        crash::point("merge.before_commit");
        tx.commit().await?;
        crash::point("merge.after_commit");
        ended.iter().for_each(|ended| self.logouts.committed(ended));
        self.logouts.acting_ended();
        self.factors.notices().committed();
        self.accounts.changed(absorbed);
        self.accounts.changed(survivor);
        tracing::info!(absorbed = %absorbed, survivor = %survivor, "two accounts became one");
        Ok(())
    }

    /// That both accounts may sign in and both sessions still live, held until the transaction ends; and that nobody else's
    /// name came into the absorbed account after it was found.
    async fn both_stand(&self, tx: &mut Transaction, wish: &Wish, session: &Session) -> Result<(), MergeError> {
        // Always in one order: two that take rows in different orders would wait for each other.
        let mut both = [&wish.absorbed, &session.account_id];
        both.sort();
        for id in both {
            match self.accounts.hold_active(tx, id).await {
                Err(AccountError::State(_) | AccountError::Unknown) => return Err(MergeError::Gone),
                other => other?,
            }
            self.accounts.changed(id);
        }
        for id in [&wish.session, &session.id] {
            // Whoever signs in to the second account in the same browser has ended the session of the first by that.
            let stands = |row: SessionRow| match row.end_reason.as_deref() {
                None => true,
                Some(reason) => *id == wish.session && reason == Reason::OtherPerson.as_str(),
            };
            if !store::sessions::find(tx, id).await?.is_some_and(stands) {
                return Err(MergeError::NothingWaits);
            }
        }
        let named = store::real_names::find(tx, &wish.absorbed).await?.is_some();
        if named == wish.named { Ok(()) } else { Err(MergeError::NothingWaits) }
    }

    /// Whether the sign-in of a session is young, and younger than `since`, and has shown all that protects the account.
    async fn stepped_up(&self, session: &Session, since: Timestamp) -> Result<(), MergeError> {
        let young = self.clock.now().since(session.auth_time) <= STEP_UP;
        if !young || session.auth_time < since {
            return Err(MergeError::SignInAgain);
        }
        let person = self.accounts.find(&session.account_id).await?;
        if self.factors.has_shown_all(&person, &session.methods()).await? { Ok(()) } else { Err(MergeError::ShowMore) }
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
