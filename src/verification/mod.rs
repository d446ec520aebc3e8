//! The real-name verification system as it is offered to access parties (实名核验服务, standard 6.4 a): their own registration
//! asks here before there is an account.
//!
//! A question says for what purpose and by which consent it is asked, and is bound to one person and one moment; the answer says
//! whether the items belong together and nothing that was not asked: this is never a way to look somebody up. Each question
//! is on record without name and number. How often a party may ask, in all and about one document, is limited.

mod question;
mod recheck;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, Accounts};
use crate::base::id::{ClientId, VerificationId};
use crate::base::{SharedClock, SharedRandom, Timestamp, within};
use crate::keys::{BlindIndex, MasterKey, Sealer};
use crate::realname::{AuthorityError, RealNameLevel, SharedAuthority, VERIFY_SCOPE, Verdict, age, today_in_china};
use crate::store::offered_verifications::{self as rows, OfferedVerificationRow};
use crate::store::{Store, StoreError};

use question::Read;
pub use question::{Consent, Document, Question, QuestionError};
pub use recheck::Rechecked;

/// The scope that an access party needs.
pub const SCOPE: &str = VERIFY_SCOPE;

/// How long a question stays on record: three years, as those about accounts.
const KEEP: Duration = Duration::from_secs(3 * 366 * 86_400);

const DAY: Duration = Duration::from_secs(86_400);

/// The `[verification]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerificationConfig {
    /// Questions of one access party in a day (China time).
    #[serde(deserialize_with = "within::<_, 0, 100_000_000>")]
    pub party_per_day: u64,
    /// Questions of one access party about one document in a day.
    #[serde(deserialize_with = "within::<_, 1, 1_000>")]
    pub document_per_day: u64,
    /// Names that one access party may have checked in a day for registrations that it keeps in step.
    #[serde(deserialize_with = "within::<_, 0, 100_000_000>")]
    pub registrations_per_day: u64,
    /// How old the person's consent may be, in seconds.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub consent_seconds: u64,
    /// For how long an answer may be relied on, in seconds.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub answer_seconds: u64,
}

impl Default for VerificationConfig {
    fn default() -> Self {
        Self {
            party_per_day: 100_000,
            document_per_day: 10,
            registrations_per_day: 2_000_000,
            consent_seconds: 3_600,
            answer_seconds: 3_600,
        }
    }
}

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// The question is not one that can be asked.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// The same reference stood for another question.
    #[error("the reference was used for another question")]
    ReferenceReused,
    /// The party, or the party about this document, has asked as often as it may.
    #[error("asked as often as it may be")]
    QuotaSpent {
        /// When to try again.
        retry_after: Duration,
    },
    /// Nobody who knows can answer now.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Our own state cannot be read or written now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The counters cannot be reached now.
    #[error(transparent)]
    Limits(#[from] AccountError),
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The verification.
    pub id: VerificationId,
    /// The party's own name for it.
    pub reference: String,
    /// `match`, `mismatch`, `not_found` or `invalid`.
    pub outcome: String,
    /// What was compared: `two_items`, `three_items`, `four_items` or `face`.
    pub method: String,
    /// The level that a match earns, `l2` or `l3`; none otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Which authority answered.
    pub source: String,
    /// When it did, epoch seconds.
    pub checked_at: i64,
    /// Until when the answer may be relied on, epoch seconds.
    pub valid_until: i64,
    /// Whether the other document that was named is the same person's; only where one was, and with a match.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub same_person: bool,
    /// The date of birth of a child under 14 whose number does not tell it; with a match only. A guardian agrees for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth: Option<String>,
}

/// The service; clones share everything.
#[derive(Clone)]
pub struct Verifications(Arc<Inner>);

struct Inner {
    store: Store,
    accounts: Accounts,
    authority: SharedAuthority,
    index: BlindIndex,
    births: Sealer,
    documents: BlindIndex,
    clock: SharedClock,
    random: SharedRandom,
    config: VerificationConfig,
}

impl Verifications {
    /// A service that asks `authority`.
    #[must_use]
    pub fn new(
        (store, accounts): (Store, Accounts),
        authority: SharedAuthority,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
        config: VerificationConfig,
    ) -> Self {
        let index = BlindIndex::new(master, "offered-verification");
        let births = Sealer::new(master, "offered-verification-birth");
        let documents = BlindIndex::new(master, "identity-document");
        Self(Arc::new(Inner { store, accounts, authority, index, births, documents, clock, random, config }))
    }

    /// Answers a question of an access party. The same question under the same reference is answered again without being
    /// asked again.
    pub async fn verify(&self, party: &ClientId, question: &Question) -> Result<Answer, VerificationError> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let read = question.read((now, today_in_china(now)), inner.config.consent_seconds)?;
        let binding = inner.index.of(read.bound.expose());
        if let Some(row) = rows::find(&mut inner.store.read().await?, party, &question.reference).await? {
            let same = row.binding == binding;
            return if same { Ok(self.answer(&row)) } else { Err(VerificationError::ReferenceReused) };
        }
        self.within_quota(party, &read, now).await?;
        let method = read.request.method();
        let verdict = inner.authority.verify(read.request.clone()).await?;
        let row = self.row((party, question), (&read, binding), &verdict, RealNameLevel::proven_by(method));
        let mut tx = inner.store.begin().await?;
        // Two at once under one reference: the first one's answer is everybody's.
        let first = rows::insert(&mut tx, &row).await?;
        tx.commit().await?;
        metrics::counter!("hufu_offered_verifications_total", "outcome" => row.outcome.clone()).increment(1);
        if first {
            return Ok(self.answer(&row));
        }
        let held = rows::find(&mut inner.store.read().await?, party, &question.reference).await?;
        match held.filter(|held| held.binding == row.binding) {
            Some(held) => Ok(self.answer(&held)),
            None => Err(VerificationError::ReferenceReused),
        }
    }

    /// An earlier answer, to the party that asked.
    pub async fn find(&self, party: &ClientId, id: &VerificationId) -> Result<Option<Answer>, StoreError> {
        let row = rows::by_id(&mut self.0.store.read().await?, id).await?;
        Ok(row.filter(|row| row.client_id == *party).map(|row| self.answer(&row)))
    }

    async fn within_quota(&self, party: &ClientId, read: &Read, now: Timestamp) -> Result<(), VerificationError> {
        let config = &self.0.config;
        let asked = rows::count_since(&mut self.0.store.read().await?, party, day_of(now)).await?;
        if u64::try_from(asked).unwrap_or_default() >= config.party_per_day {
            return Err(VerificationError::QuotaSpent { retry_after: day_of(now).plus(DAY).since(now) });
        }
        let pair = format!("{party}\n{}", read.document.expose());
        match self.0.accounts.limits().offered_verification(&pair, config.document_per_day).await {
            Err(AccountError::Throttled { retry_after }) => Err(VerificationError::QuotaSpent { retry_after }),
            counted => Ok(counted?),
        }
    }

    fn row(
        &self,
        (party, question): (&ClientId, &Question),
        (read, binding): (&Read, String),
        verdict: &Verdict,
        level: RealNameLevel,
    ) -> OfferedVerificationRow {
        let now = self.0.clock.now();
        let checked_at = verdict.checked_at.min(now);
        let matched = verdict.outcome == crate::realname::Outcome::Match;
        let id = VerificationId::new(now, &self.0.random);
        let child = verdict.birth.filter(|birth| matched && age::is_under(*birth, age::CHILD, now));
        let seal = |birth: time::Date| self.0.births.seal_bytes(birth.to_string().as_bytes(), id.as_str().as_bytes());
        OfferedVerificationRow {
            birth: child.map(seal),
            same_person: verdict.same_person && matched,
            id,
            client_id: party.clone(),
            reference: question.reference.clone(),
            binding,
            document_type: read.request.document.kind().name().into(),
            method: read.request.method().as_str().into(),
            outcome: verdict.outcome.label().into(),
            level: if matched { i32::from(i16::from(level)) } else { 0 },
            source: verdict.source.clone(),
            source_reference: verdict.reference.clone(),
            purpose: question.purpose.clone(),
            consent_hash: question.consent.text_hash.clone(),
            consent_at: Timestamp::from_seconds(question.consent.given_at),
            checked_at,
            valid_until: checked_at.plus(Duration::from_secs(self.0.config.answer_seconds)),
            asked_at: now,
            expires_at: now.plus(KEEP),
        }
    }

    fn answer(&self, row: &OfferedVerificationRow) -> Answer {
        let birth =
            row.birth.as_deref().and_then(|sealed| self.0.births.open_bytes(sealed, row.id.as_str().as_bytes()).ok());
        Answer {
            id: row.id.clone(),
            reference: row.reference.clone(),
            outcome: row.outcome.clone(),
            method: row.method.clone(),
            level: (row.level > 0).then(|| format!("l{}", row.level)),
            source: row.source.clone(),
            checked_at: row.checked_at.seconds(),
            valid_until: row.valid_until.seconds(),
            same_person: row.same_person,
            birth: birth.and_then(|text| String::from_utf8(text.to_vec()).ok()),
        }
    }
}

/// Midnight in China before `now`.
fn day_of(now: Timestamp) -> Timestamp {
    const EAST: i64 = 8 * 3_600_000;
    const DAY_MS: i64 = 86_400_000;
    Timestamp((now.0 + EAST).div_euclid(DAY_MS) * DAY_MS - EAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        // 2026-11-29T16:30:00Z is half past midnight of the thirtieth there.
        let now = Timestamp(1_795_969_800_000);
        assert_eq!(now.0 - day_of(now).0, 30 * 60_000);
        assert_eq!(day_of(Timestamp(day_of(now).0 - 1)).0, day_of(now).0 - 86_400_000);
    }
}
