//! Appeals (申诉) of people who have none of the ways: a contact and a text, sealed, read and decided by operators.
//!
//! To accept one takes two operators, one who proposes and another who accepts; to refuse takes one. What an operator sees
//! and does is written down. An accepted appeal becomes a recovery that waits the whole time and is told on every channel;
//! the account then keeps no factor, and the level of the name is that of the proof in the appeal. One whose name the
//! authority did not confirm can only be refused: its author goes to a counter.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Application, Cooling, DAY, Recoveries, RecoveryError};
use crate::accounts::AccountError;
use crate::base::id::AppealId;
use crate::base::{Secret, Timestamp};
use crate::messages::NoticeKind;
use crate::realname::MobileNumber;
use crate::store::appeals::{AppealActRow, AppealRow};
use crate::store::recoveries::RecoveryRow;
use crate::store::{self, JsonText, StoreError, Transaction};

/// Longest contact, in characters.
pub const LONGEST_CONTACT: usize = 100;
/// Longest text, in characters.
pub const LONGEST_TEXT: usize = 1_000;
/// Longest name of an operator.
const LONGEST_OPERATOR: usize = 40;

/// Why an appeal was not taken or not decided.
#[derive(Debug, thiserror::Error)]
pub enum AppealError {
    /// Contact or text is empty or too long.
    #[error("contact or text is empty or too long")]
    Shape,
    /// One about this document from this address is being worked on.
    #[error("an appeal about this document is being worked on")]
    AlreadyOpen,
    /// So many wait that no more are taken now.
    #[error("too many appeals wait")]
    Full,
    /// There is no such appeal.
    #[error("there is no such appeal")]
    Unknown,
    /// It is not in a state in which this can be done, or the same operator has proposed it.
    #[error("the appeal was decided, was not proposed, or was proposed by the same operator")]
    NotNow,
    /// The authority did not confirm the name, or nobody has such an account.
    #[error("no account was proven by this appeal: it can only be refused")]
    Unproven,
    /// The operator's name is empty or too long.
    #[error("an operator must be named")]
    Operator,
    /// What a recovery can fail with.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
}

impl From<StoreError> for AppealError {
    fn from(error: StoreError) -> Self {
        Self::Recovery(error.into())
    }
}

impl From<AccountError> for AppealError {
    fn from(error: AccountError) -> Self {
        Self::Recovery(error.into())
    }
}

/// How far an appeal has come, as its author is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealState {
    /// It waits.
    Waiting,
    /// It was accepted.
    Accepted,
    /// It was refused.
    Refused,
}

/// What the author wrote.
#[derive(Clone, Serialize, Deserialize)]
struct Letter {
    contact: String,
    text: String,
    locale: String,
}

/// An appeal, opened for an operator. No `Debug`: it holds personal data.
pub struct Appeal {
    /// The row.
    pub row: AppealRow,
    /// How its author can be reached.
    pub contact: String,
    /// What they wrote.
    pub text: String,
    /// What was done with it.
    pub acts: Vec<AppealActRow>,
}

impl Recoveries {
    /// Takes an appeal: the code by which its author asks about it, seen here and never again. The answer is the same whether
    /// or not there is such an account.
    pub async fn appeal(
        &self,
        application: &Application,
        (contact, text): (&str, &str),
        locale: &str,
        address: &str,
    ) -> Result<Secret, AppealError> {
        let (contact, text) = (contact.trim(), text.trim());
        let fits = |text: &str, longest: usize| !text.is_empty() && text.chars().count() <= longest;
        if !fits(contact, LONGEST_CONTACT) || !fits(text, LONGEST_TEXT) {
            return Err(AppealError::Shape);
        }
        self.0.on.accounts.limits().appeal(address).await?;
        let letter = Letter { contact: contact.to_owned(), text: text.to_owned(), locale: locale.to_owned() };
        let (code, now) = (self.code(), self.0.clock.now());
        let known = self.exists(&application.reproof.account).await?;
        let id = AppealId::new(now, &self.0.random);
        let row = AppealRow {
            account_id: known.then(|| application.reproof.account.clone()),
            state: "open".into(),
            code_hash: self.hash(&code),
            document: self.asked_from(&application.reproof.document, address),
            sealed: self.seal_letter(&id, &letter),
            proof: application.reproof.matched.then(|| JsonText(application.reproof.proof.clone())),
            proposed_by: None,
            decided_by: None,
            created_at: now,
            decided_at: None,
            expires_at: self.keep_until(now),
            id,
        };
        let mut tx = self.0.on.store.begin().await?;
        let waiting = u64::try_from(store::appeals::count_waiting(&mut tx).await?).unwrap_or(0);
        if waiting >= self.0.config.appeals_waiting {
            return Err(AppealError::Full);
        }
        match store::appeals::insert(&mut tx, &row).await {
            Err(StoreError::Conflict) => return Err(AppealError::AlreadyOpen),
            other => other?,
        }
        tx.commit().await?;
        tracing::info!(appeal = %row.id, "an appeal came");
        Ok(code)
    }

    /// What one appeal at a time is taken for: a document, asked about from one address. For the document alone whoever has
    /// it and the name, which are known to many, would keep its owner from appealing.
    fn asked_from(&self, document: &str, address: &str) -> String {
        self.0.hasher.hash(&format!("appeal:{document}:{address}"))
    }

    fn keep_until(&self, now: Timestamp) -> Timestamp {
        now.plus(Duration::from_secs(self.0.config.appeal_days * DAY.as_secs()))
    }

    fn seal_letter(&self, id: &AppealId, letter: &Letter) -> Vec<u8> {
        let bytes = serde_json::to_vec(letter).unwrap_or_default();
        self.0.letters.seal_bytes(&bytes, id.as_str().as_bytes())
    }

    fn open_letter(&self, row: &AppealRow) -> Result<Letter, AppealError> {
        let bytes = self.0.letters.open_bytes(&row.sealed, row.id.as_str().as_bytes());
        let letter = bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(letter.ok_or(AccountError::Sealed)?)
    }

    pub(super) async fn appeal_state(&self, code: &Secret) -> Result<Option<AppealState>, AccountError> {
        let hash = self.hash(code);
        let row = store::appeals::find_by_code(&mut self.0.on.store.read().await?, &hash).await?;
        Ok(row.map(|row| match row.state.as_str() {
            "accepted" => AppealState::Accepted,
            "refused" => AppealState::Refused,
            _ => AppealState::Waiting,
        }))
    }

    /// Appeals that wait, the oldest first.
    pub async fn waiting_appeals(&self, after: &str, limit: i64) -> Result<Vec<AppealRow>, StoreError> {
        store::appeals::list_waiting(&mut self.0.on.store.read().await?, after, limit).await
    }

    /// Shows an appeal to an operator, and writes down that it was seen.
    pub async fn show_appeal(&self, id: &AppealId, operator: &str) -> Result<Appeal, AppealError> {
        let operator = named(operator)?;
        let mut tx = self.0.on.store.begin().await?;
        let row = store::appeals::find(&mut tx, id).await?.ok_or(AppealError::Unknown)?;
        let letter = self.open_letter(&row)?;
        self.record(&mut tx, &row, "shown", operator).await?;
        let acts = store::appeals::acts(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Appeal { row, contact: letter.contact, text: letter.text, acts })
    }

    async fn record(&self, tx: &mut Transaction, row: &AppealRow, act: &str, operator: &str) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let act_row = AppealActRow {
            id: AppealId::new(now, &self.0.random).0,
            appeal_id: row.id.clone(),
            act: act.to_owned(),
            operator: operator.to_owned(),
            created_at: now,
            expires_at: self.keep_until(now),
        };
        tracing::info!(appeal = %row.id, act, operator, "an operator worked on an appeal");
        store::appeals::record(tx, &act_row).await
    }

    /// An operator proposes to accept an appeal.
    pub async fn propose_appeal(&self, id: &AppealId, operator: &str) -> Result<(), AppealError> {
        let operator = named(operator)?;
        let mut tx = self.0.on.store.begin().await?;
        let row = store::appeals::find(&mut tx, id).await?.ok_or(AppealError::Unknown)?;
        if row.account_id.is_none() || row.proof.is_none() {
            return Err(AppealError::Unproven);
        }
        if !store::appeals::propose(&mut tx, id, operator).await? {
            return Err(AppealError::NotNow);
        }
        self.record(&mut tx, &row, "proposed", operator).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Another operator accepts it: a recovery begins, which its author finishes with the appeal's code.
    pub async fn accept_appeal(&self, id: &AppealId, operator: &str) -> Result<(), AppealError> {
        let (operator, on) = (named(operator)?, &self.0.on);
        let mut tx = on.store.begin().await?;
        let row = store::appeals::find(&mut tx, id).await?.ok_or(AppealError::Unknown)?;
        let (Some(account), Some(proof)) = (row.account_id.clone(), row.proof.clone()) else {
            return Err(AppealError::Unproven);
        };
        let opened = RecoveryRow { proof, ..self.row(&account, &row.code_hash, self.cooling(Cooling::Long)) };
        self.open_in(&mut tx, opened).await?;
        if !store::appeals::accept(&mut tx, id, operator, self.0.clock.now()).await? {
            return Err(AppealError::NotNow);
        }
        self.record(&mut tx, &row, "accepted", operator).await?;
        let person = on.accounts.find_in(&mut tx, &account).await?;
        on.tell(&mut tx, &person, NoticeKind::AppealAccepted).await?;
        self.answer(&mut tx, &row, NoticeKind::AppealAccepted).await?;
        tx.commit().await?;
        on.factors.notices().committed();
        Ok(())
    }

    /// An operator refuses it.
    pub async fn refuse_appeal(&self, id: &AppealId, operator: &str) -> Result<(), AppealError> {
        let (operator, on) = (named(operator)?, &self.0.on);
        let mut tx = on.store.begin().await?;
        let row = store::appeals::find(&mut tx, id).await?.ok_or(AppealError::Unknown)?;
        if !store::appeals::refuse(&mut tx, id, operator, self.0.clock.now()).await? {
            return Err(AppealError::NotNow);
        }
        self.record(&mut tx, &row, "refused", operator).await?;
        if let Some(account) = &row.account_id {
            let person = on.accounts.find_in(&mut tx, account).await?;
            on.tell(&mut tx, &person, NoticeKind::AppealRefused).await?;
        }
        self.answer(&mut tx, &row, NoticeKind::AppealRefused).await?;
        tx.commit().await?;
        on.factors.notices().committed();
        Ok(())
    }

    /// Tells the author, where the contact is a mobile number; whoever left another contact asks by the code.
    async fn answer(&self, tx: &mut Transaction, row: &AppealRow, kind: NoticeKind) -> Result<(), AppealError> {
        let letter = self.open_letter(row)?;
        let Ok(number) = MobileNumber::parse(&letter.contact) else { return Ok(()) };
        let to = (number.expose(), letter.locale.as_str());
        Ok(self.0.on.factors.notices().message(tx, to, (kind, None)).await?)
    }
}

fn named(operator: &str) -> Result<&str, AppealError> {
    let operator = operator.trim();
    let fits = !operator.is_empty() && operator.chars().count() <= LONGEST_OPERATOR;
    if fits { Ok(operator) } else { Err(AppealError::Operator) }
}
