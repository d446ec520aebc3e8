//! Registrations that an access party keeps in step (standard 6.4 a): whether name and document belong together is asked here
//! again, whatever the party says of it, and put on record like any other question of the party.

use super::{VerificationError, Verifications, day_of};
use crate::accounts::AccountError;
use crate::base::encoding::{base64url, sha256};
use crate::base::id::{ClientId, VerificationId};
use crate::realname::{
    Agreement, DocumentNumber, Further, Outcome, PersonName, RealNameLevel, Verdict, VerificationRequest,
};
use crate::store::offered_verifications::{self as rows, OfferedVerificationRow};

/// What is written as the purpose of the question.
const PURPOSE: &str = "registration sync";

/// What was confirmed, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rechecked {
    /// The answer.
    pub outcome: Outcome,
    /// The level that a match proves.
    pub level: RealNameLevel,
    /// Keyed index of the document, as accounts have it.
    pub document_index: String,
    /// Which authority answered.
    pub source: String,
    /// Its own reference of the answer.
    pub reference: String,
    /// When it answered.
    pub checked_at: crate::base::Timestamp,
}

impl Verifications {
    /// Keyed index of a document, by which accounts are found that hold it.
    #[must_use]
    pub fn document_index(&self, document: &DocumentNumber) -> String {
        self.0.documents.of(document.index_text().expose())
    }

    /// Asks whether the name and the document of a registration belong together.
    ///
    /// # Errors
    /// The party has asked as often as it may, or nobody who knows can answer now.
    pub async fn recheck(
        &self,
        party: &ClientId,
        name: &PersonName,
        document: &DocumentNumber,
    ) -> Result<Rechecked, VerificationError> {
        self.count_registration(party, document).await?;
        // By which words the person agreed the party knows: for whoever is asked, its name stands for them.
        let words = base64url(&sha256(format!("registration {party}").as_bytes()));
        let agreed = Agreement { at: self.0.clock.now(), words, purpose: PURPOSE.to_owned() };
        let request = VerificationRequest {
            name: name.clone(),
            document: document.clone(),
            further: Further::Nothing,
            held: None,
            agreed: Some(agreed),
        };
        let method = request.method();
        let verdict = self.0.authority.verify(request).await?;
        let rechecked = Rechecked {
            outcome: verdict.outcome,
            level: RealNameLevel::proven_by(method),
            document_index: self.document_index(document),
            source: verdict.source.clone(),
            reference: verdict.reference.clone(),
            checked_at: verdict.checked_at.min(self.0.clock.now()),
        };
        let row = self.record(party, (name, document), &verdict, &rechecked);
        let mut tx = self.0.store.begin().await?;
        rows::insert(&mut tx, &row).await?;
        tx.commit().await?;
        metrics::counter!("hufu_offered_verifications_total", "outcome" => row.outcome.clone()).increment(1);
        Ok(rechecked)
    }

    /// Counts a question about a document, for a registration.
    ///
    /// # Errors
    /// [`VerificationError::QuotaSpent`]: the party has asked as often as it may.
    pub async fn count_registration(
        &self,
        party: &ClientId,
        document: &DocumentNumber,
    ) -> Result<(), VerificationError> {
        let config = &self.0.config;
        let limits = self.0.accounts.limits();
        let pair = format!("{party}\n{}", document.index_text().expose());
        let day = day_of(self.0.clock.now());
        let counted =
            match limits.registration_check(&format!("{party}\n{}", day.0), config.registrations_per_day).await {
                Ok(()) => limits.offered_verification(&pair, config.document_per_day).await,
                refused => refused,
            };
        match counted {
            Err(AccountError::Throttled { retry_after }) => Err(VerificationError::QuotaSpent { retry_after }),
            counted => Ok(counted?),
        }
    }

    fn record(
        &self,
        party: &ClientId,
        (name, document): (&PersonName, &DocumentNumber),
        verdict: &Verdict,
        rechecked: &Rechecked,
    ) -> OfferedVerificationRow {
        let now = self.0.clock.now();
        let id = VerificationId::new(now, &self.0.random);
        let matched = verdict.outcome == Outcome::Match;
        let bound = format!("{}\n{}\n", document.index_text().expose(), name.expose());
        OfferedVerificationRow {
            client_id: party.clone(),
            reference: format!("registration:{id}"),
            binding: self.0.index.of(&bound),
            document_type: document.kind().name().into(),
            method: verdict.method.as_str().into(),
            outcome: verdict.outcome.label().into(),
            level: if matched { i32::from(i16::from(rechecked.level)) } else { 0 },
            source: verdict.source.clone(),
            source_reference: verdict.reference.clone(),
            purpose: PURPOSE.into(),
            // Registrations are kept in step by law, not by a consent; by this they are told from the party's own questions.
            consent_hash: String::new(),
            consent_at: now,
            checked_at: rechecked.checked_at,
            valid_until: rechecked.checked_at,
            asked_at: now,
            expires_at: now.plus(super::KEEP),
            same_person: false,
            birth: None,
            id,
        }
    }
}
