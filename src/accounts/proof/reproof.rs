//! Proof of a real name by somebody who is not signed in, on the way to recovering an account. Nothing is written and
//! nothing is told: whatever the authority says, and whether there is such an account, the caller goes on with a [`Reproof`]
//! of the same form. What it is worth shows only when something else is shown that the account has.

use serde::{Deserialize, Serialize};

use super::{ProofError, Statement, Verifier};
use crate::accounts::{AccountState, Shown};
use crate::base::id::{AccountId, VerificationId};
use crate::realname::{
    AuthorityError, DocumentNumber, Further, Outcome, PersonName, RealNameLevel, VerificationMethod,
    VerificationRequest, today_in_china,
};
use crate::store::verifications::VerificationRow;
use crate::store::{self, JsonText, StoreError, Transaction, real_names};

/// What the name is checked for, as it is told to whoever is asked.
const PURPOSE: &str = "找回账号";

/// What came of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reproof {
    /// The account that holds the document. A name that no account has when there is none that may be recovered, or name
    /// and number do not belong together.
    pub account: AccountId,
    /// Keyed index of the document, for limits.
    pub document: String,
    /// Whether the authority said that all items belong together.
    pub matched: bool,
    /// The proof, good only when `matched`.
    pub proof: real_names::StoredProof,
    /// The mobile number that was compared.
    mobile: Option<String>,
    /// The words by which the use of a face was agreed to.
    pub face_agreed: Option<Shown>,
}

impl Reproof {
    /// How it was made.
    #[must_use]
    pub fn method(&self) -> Option<VerificationMethod> {
        self.proof.method.parse().ok().filter(|_| self.matched)
    }

    /// The mobile number that the authority knows as the person's.
    #[must_use]
    pub fn mobile(&self) -> Option<&str> {
        self.mobile.as_deref().filter(|_| self.matched)
    }
}

impl Verifier {
    /// Asks the authority about name and document, and finds the account. Both happen whatever the other says.
    ///
    /// # Errors
    /// What is malformed in itself, the limits of the address and of the document, or an authority that cannot answer.
    pub async fn reprove(&self, statement: &Statement<'_>, address: &str) -> Result<Reproof, ProofError> {
        let name = PersonName::parse(statement.name)?;
        let now = self.accounts.now();
        let document = DocumentNumber::parse(statement.kind, statement.number, today_in_china(now))?;
        let further = statement.aside.read()?;
        let index = self.document_index.of(document.index_text().expose());
        self.accounts.limits().recovery_begins(&index, address).await?;
        let mobile = match &further {
            Further::Mobile(mobile) | Further::MobileAndBankCard(mobile, _) => Some(mobile.expose().to_owned()),
            Further::Nothing | Further::Face(_) => None,
        };
        let kind = document.kind();
        let request =
            VerificationRequest { name, document, further, held: None, agreed: statement.agreement(now, PURPOSE) };
        let method = request.method();
        let verdict = self.authority.verify(request).await.map_err(|error| no_answer(&error))?;
        let matched = verdict.outcome == Outcome::Match;
        let holder = store::identity_documents::find(&mut self.store.read().await?, &index).await?;
        let account = self.recoverable(holder.map(|row| row.account_id), matched).await?;
        tracing::info!(
            source = verdict.source,
            outcome = verdict.outcome.label(),
            "a name was checked to recover an account"
        );
        let proof = real_names::StoredProof {
            level: i32::from(i16::from(RealNameLevel::proven_by(method))),
            document_type: kind.name().to_owned(),
            method: method.as_str().to_owned(),
            source: verdict.source,
            reference: verdict.reference,
            verified_at: verdict.checked_at.min(now),
        };
        Ok(Reproof { account, document: index, matched, proof, mobile, face_agreed: statement.aside.face_agreed() })
    }

    /// The account, when it may be recovered; otherwise a name that nobody has.
    async fn recoverable(&self, holder: Option<AccountId>, matched: bool) -> Result<AccountId, ProofError> {
        let nobody = AccountId::new(self.accounts.now(), self.accounts.random());
        let person = match self.accounts.find(holder.as_ref().unwrap_or(&nobody)).await {
            Ok(person) => Some(person),
            Err(crate::accounts::AccountError::Unknown) => None,
            Err(other) => return Err(other.into()),
        };
        let known = person.filter(|person| matched && person.state == AccountState::Active);
        Ok(known.map_or(nobody, |person| person.id.clone()))
    }

    /// Writes down in the caller's transaction that a name was proven to recover its account.
    pub async fn record_reproof(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        proof: &real_names::StoredProof,
    ) -> Result<(), StoreError> {
        let now = self.accounts.now();
        let record = VerificationRow {
            id: VerificationId::new(now, self.accounts.random()),
            account_id: account.clone(),
            document_type: proof.document_type.clone(),
            method: proof.method.clone(),
            source: proof.source.clone(),
            outcome: Outcome::Match.label().to_owned(),
            reference: proof.reference.clone(),
            asked_at: now,
            level_before: None,
            level_after: None,
            expires_at: now.plus(super::KEEP),
        };
        store::verifications::insert(tx, &record).await
    }

    /// Leaves an account, in the caller's transaction, no more than was proven to recover it: the level of that proof, or
    /// the account's own when it is lower, and the clock of that proof.
    pub async fn keep_only(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        proof: &real_names::StoredProof,
    ) -> Result<(), StoreError> {
        let Some(row) = store::real_names::find(tx, account).await? else { return Ok(()) };
        let kept = real_names::StoredProof { level: row.level.min(proof.level), ..proof.clone() };
        let row = real_names::RealNameRow {
            level: kept.level,
            method: kept.method.clone(),
            source: kept.source.clone(),
            reference: kept.reference.clone(),
            verified_at: kept.verified_at,
            proofs: JsonText(vec![kept]),
            ..row
        };
        store::real_names::put(tx, &row, None).await?;
        Ok(())
    }
}

fn no_answer(error: &AuthorityError) -> ProofError {
    match error {
        AuthorityError::Unavailable { retry_after } => ProofError::Unavailable { retry_after: *retry_after },
        AuthorityError::QuotaSpent { retry_after } => ProofError::QuotaSpent { retry_after: *retry_after },
        AuthorityError::NobodyToAsk => ProofError::NobodyToAsk,
        AuthorityError::NotAccepted | AuthorityError::Rejected => {
            tracing::error!(%error, "nobody answers the question");
            ProofError::Unavailable { retry_after: std::time::Duration::from_secs(300) }
        }
    }
}
