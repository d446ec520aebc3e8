//! The verifier: asks the authority whether name and number belong together, and writes what it confirms. It is the only
//! writer of real names (threat 15): no page, no client and no administrator can set a level.

use std::sync::Arc;
use std::time::Duration;

use super::{AccountError, Accounts, Person};
use crate::base::Timestamp;
use crate::keys::{BlindIndex, MasterKey};
use crate::realname::{
    AuthorityError, DocumentNumber, DocumentNumberError, DocumentType, Further, NameError, Outcome, PersonName,
    RealNameLevel, SharedAuthority, Verdict, VerificationRequest, today_in_china,
};
use crate::store::real_names::RealNameRow;
use crate::store::{self, Store, StoreError};

/// Why a real name was not confirmed. Mismatch, unknown number and unavailable authority are three answers, because the
/// person has something else to do in each case.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The name cannot be one.
    #[error("the name is malformed: {0}")]
    Name(#[from] NameError),
    /// The number cannot be one; nobody was asked.
    #[error("the number is malformed: {0}")]
    Number(#[from] DocumentNumberError),
    /// The authority knows the number under another name.
    #[error("name and number do not belong together")]
    Mismatch,
    /// The authority does not know the number.
    #[error("the number is not known")]
    NotFound,
    /// The document is known and no longer good.
    #[error("the document is no longer good")]
    Invalid,
    /// The authority cannot answer now; nothing is lost.
    #[error("the authority cannot answer now")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The document is confirmed for another account.
    #[error("another account holds this document")]
    HeldElsewhere,
    /// This account is confirmed for another document.
    #[error("this account is confirmed for another person")]
    OtherPerson,
    /// Anything that is not about the person.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for ProofError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

/// Confirms real names; clones share everything.
#[derive(Clone)]
pub struct Verifier {
    accounts: Accounts,
    store: Store,
    authority: SharedAuthority,
    document_index: Arc<BlindIndex>,
}

impl Verifier {
    /// A verifier that asks `authority`.
    #[must_use]
    pub fn new(accounts: Accounts, store: Store, authority: SharedAuthority, master: &MasterKey) -> Self {
        Self { accounts, store, authority, document_index: Arc::new(BlindIndex::new(master, "identity-document")) }
    }

    /// Checks what the person typed, asks the authority, and on a match records the name. The person's proof clock starts
    /// anew each time.
    pub async fn verify(&self, person: &Person, name: &str, number: &str) -> Result<RealNameLevel, ProofError> {
        let name = PersonName::parse(name)?;
        let number =
            DocumentNumber::parse(DocumentType::ResidentIdentityCard, number, today_in_china(self.accounts.now()))?;
        self.accounts.limits().proof(person.id.as_str()).await?;
        let index = self.index(&number);
        self.free_for(person, &index).await?;
        let verdict = self.ask(&name, &number).await?;
        let level = RealNameLevel::proven_by(verdict.method).max(person.level());
        self.record(person, (&name, &number, index), &verdict, level).await?;
        self.accounts.changed(&person.id);
        tracing::info!(account = %person.id, level = i16::from(level), source = verdict.source, "a real name was confirmed");
        Ok(level)
    }

    fn index(&self, number: &DocumentNumber) -> String {
        self.document_index.of(number.index_text().expose())
    }

    /// One document, one account; and one account, one person.
    async fn free_for(&self, person: &Person, index: &str) -> Result<(), ProofError> {
        let mut db = self.store.read().await?;
        let own = store::real_names::find(&mut db, &person.id).await?;
        if own.is_some_and(|row| row.document_index != index) {
            return Err(ProofError::OtherPerson);
        }
        Ok(())
    }

    async fn ask(&self, name: &PersonName, number: &DocumentNumber) -> Result<Verdict, ProofError> {
        let request =
            VerificationRequest { name: name.clone(), document: number.clone(), further: Further::Nothing, held: None };
        match self.authority.verify(request).await {
            Ok(verdict) => match verdict.outcome {
                Outcome::Match => Ok(verdict),
                Outcome::Mismatch => Err(ProofError::Mismatch),
                Outcome::NotFound => Err(ProofError::NotFound),
                Outcome::Invalid => Err(ProofError::Invalid),
            },
            Err(AuthorityError::Unavailable { retry_after } | AuthorityError::QuotaSpent { retry_after }) => {
                Err(ProofError::Unavailable { retry_after })
            }
            Err(error) => {
                tracing::error!(%error, "nobody answers the question");
                Err(ProofError::Unavailable { retry_after: Duration::from_secs(300) })
            }
        }
    }

    async fn record(
        &self,
        person: &Person,
        (name, number, document_index): (&PersonName, &DocumentNumber, String),
        verdict: &Verdict,
        level: RealNameLevel,
    ) -> Result<(), ProofError> {
        let row = RealNameRow {
            account_id: person.id.clone(),
            level: i32::from(i16::from(level)),
            name: self.accounts.seal(&person.id, name.expose()),
            document_type: "111".into(),
            document: self.accounts.seal(&person.id, number.expose()),
            document_index,
            method: verdict.method.as_str().into(),
            source: verdict.source.clone(),
            reference: verdict.reference.clone(),
            verified_at: Timestamp(verdict.checked_at.0.min(self.accounts.now().0)),
        };
        let mut tx = self.store.begin().await?;
        match store::real_names::put(&mut tx, &row).await {
            Err(StoreError::Conflict) => return Err(ProofError::HeldElsewhere),
            other => other?,
        }
        crate::base::crash::point("proof.before_commit");
        tx.commit().await?;
        crate::base::crash::point("proof.after_commit");
        Ok(())
    }
}
