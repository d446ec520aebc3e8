//! The verifier: asks an authority whether a person is who they say, and writes what it confirms. It is the only writer of
//! real names (threat 15): no page, no client and no administrator can set a level.
//!
//! Whatever comes of a question is recorded, without name and number. One document belongs to one account, and one account
//! to one person: a document that another account holds is refused once the authority has confirmed it (never before, so
//! that nobody learns who has an account), and a new document of somebody known is taken only when the authority says that
//! both are the same person's.

mod above;
mod error;
mod network;
mod reproof;
mod statement;

use std::sync::Arc;
use std::time::Duration;

use time::Date;

use super::consent::{Shown, face_record};
use super::real_name::{self, Proof};
use super::{AccountError, Accounts, Person};
use crate::base::encoding::{base64url, sha256};
use crate::base::id::{AccountId, VerificationId};
use crate::base::{Timestamp, crash};
use crate::keys::{BlindIndex, MasterKey};
use crate::messages::{NoticeKind, Notices};
use crate::realname::{
    AuthorityError, DocumentNumber, DocumentType, Outcome, PersonName, RealNameLevel, SharedAuthority,
    SharedNetworkIdentity, Verdict, VerificationMethod, VerificationRequest, today_in_china,
};
use crate::store::identity_documents::IdentityDocumentRow;
use crate::store::real_names::RealNameRow;
use crate::store::verifications::VerificationRow;
use crate::store::{self, JsonText, Store, StoreError, Transaction};

pub use above::{TakenOver, ToldAbove};
pub use error::ProofError;
pub use reproof::Reproof;
pub use statement::{Aside, Statement};

/// How long it is remembered what was asked: three years (PIPL art. 56 for assessments; longer than the six months of logs).
const KEEP: Duration = Duration::from_secs(3 * 366 * 86_400);

/// What a name is checked for, as it is told to whoever is asked.
const PURPOSE: &str = "实名核验";

/// What was confirmed.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The level that the person has now.
    pub level: RealNameLevel,
    /// The name, masked; empty with a network identity.
    pub masked_name: String,
    /// The number, masked; empty with a network identity.
    pub masked_number: String,
    /// Which authority confirmed it.
    pub source: String,
    /// When.
    pub at: Timestamp,
}

/// Confirms real names; clones share everything.
#[derive(Clone)]
pub struct Verifier {
    accounts: Accounts,
    notices: Notices,
    store: Store,
    authority: SharedAuthority,
    network: SharedNetworkIdentity,
    document_index: Arc<BlindIndex>,
    network_index: Arc<BlindIndex>,
}

/// A checked question, and where its answer belongs.
struct Asked {
    request: VerificationRequest,
    index: String,
    held_index: Option<String>,
    method: VerificationMethod,
}

impl Verifier {
    /// A verifier that asks `authority`, and `network` about tickets.
    #[must_use]
    pub fn new(
        (accounts, notices): (Accounts, Notices),
        store: Store,
        (authority, network): (SharedAuthority, SharedNetworkIdentity),
        master: &MasterKey,
    ) -> Self {
        Self {
            accounts,
            notices,
            store,
            authority,
            network,
            document_index: Arc::new(BlindIndex::new(master, "identity-document")),
            network_index: Arc::new(BlindIndex::new(master, "network-identity")),
        }
    }

    /// [`Verifier::prove`] by name and number of the identity card.
    pub async fn verify(&self, person: &Person, name: &str, number: &str) -> Result<RealNameLevel, ProofError> {
        let kind = DocumentType::ResidentIdentityCard;
        Ok(self.prove(person, &Statement { name, kind, number, aside: Aside::Nothing, agreed: None }).await?.level)
    }

    /// Checks what the person typed, asks the authority, and on a match records the name. The proof clock of its level
    /// starts anew each time.
    pub async fn prove(&self, person: &Person, statement: &Statement<'_>) -> Result<Proven, ProofError> {
        let asked = self.read(person, statement)?;
        self.accounts.limits().proof(person.id.as_str()).await?;
        if let Some(shown) = statement.aside.face_agreed() {
            let mut tx = self.store.begin().await?;
            self.record_face_consent(&mut tx, person, &shown).await?;
            tx.commit().await?;
        }
        self.ask_and_record(person, asked, None).await
    }

    /// Records that the person stood at a counter with the document in their hand, once the authority has confirmed name
    /// and number. `counter` names the counter and who sat behind it, for the record.
    pub async fn prove_in_person(
        &self,
        person: &Person,
        statement: &Statement<'_>,
        counter: &str,
    ) -> Result<Proven, ProofError> {
        // At a counter the agreement is on paper: the record is the counter's.
        let paper = Shown { hash: base64url(&sha256(counter.as_bytes())), language: String::new() };
        let asked = self.read(person, &Statement { agreed: Some(statement.agreed.unwrap_or(&paper)), ..*statement })?;
        self.ask_and_record(person, Asked { method: VerificationMethod::InPerson, ..asked }, Some(counter)).await
    }

    /// Writes down in the caller's transaction that a face may be compared once, and by which words that was agreed.
    pub async fn record_face_consent(
        &self,
        tx: &mut Transaction,
        person: &Person,
        shown: &Shown,
    ) -> Result<(), StoreError> {
        let record = face_record(person, (self.accounts.now(), self.accounts.random()), shown);
        store::consent_records::insert(tx, &record).await
    }

    /// What was asked about an account and answered, the latest first.
    pub async fn history(&self, account: &AccountId, limit: i64) -> Result<Vec<VerificationRow>, StoreError> {
        store::verifications::list(&mut self.store.read().await?, account, limit).await
    }

    /// A page of the same before `before`.
    pub async fn history_before(
        &self,
        account: &AccountId,
        before: Option<&VerificationId>,
        limit: i64,
    ) -> Result<Vec<VerificationRow>, StoreError> {
        store::verifications::page(&mut self.store.read().await?, account, before, limit).await
    }

    fn read(&self, person: &Person, statement: &Statement<'_>) -> Result<Asked, ProofError> {
        let name = PersonName::parse(statement.name)?;
        let today = today_in_china(self.accounts.now());
        let document = DocumentNumber::parse(statement.kind, statement.number, today)?;
        let further = statement.aside.read()?;
        let known = person.real_name.as_ref().and_then(|found| found.document());
        let held = known.filter(|held| !held.is(&document));
        let index_of = |document: &DocumentNumber| self.document_index.of(document.index_text().expose());
        let (index, held_index) = (index_of(&document), held.as_ref().map(index_of));
        let agreed = statement.agreement(self.accounts.now(), PURPOSE);
        let request = VerificationRequest { name, document, further, held, agreed };
        Ok(Asked { index, held_index, method: request.method(), request })
    }

    async fn ask_and_record(&self, person: &Person, asked: Asked, counter: Option<&str>) -> Result<Proven, ProofError> {
        let kind = asked.request.document.kind().name();
        let verdict = match self.authority.verify(asked.request.clone()).await {
            Ok(verdict) => verdict,
            Err(error) => return Err(self.no_answer(person, kind, asked.method, &error).await?),
        };
        let record = VerificationRow {
            source: verdict.source.clone(),
            reference: verdict.reference.clone(),
            ..self.record_of(person, kind, asked.method, verdict.outcome.label())
        };
        let refused = match verdict.outcome {
            Outcome::Match if asked.request.held.is_some() && !verdict.same_person => {
                Some(("other_person", ProofError::OtherPerson))
            }
            Outcome::Match => None,
            Outcome::Mismatch => Some(("mismatch", ProofError::Mismatch)),
            Outcome::NotFound => Some(("not_found", ProofError::NotFound)),
            Outcome::Invalid => Some(("invalid", ProofError::Invalid)),
        };
        if let Some((outcome, error)) = refused {
            self.write_down(VerificationRow { outcome: outcome.into(), ..record }).await?;
            return Err(error);
        }
        let proof = Proof {
            level: RealNameLevel::proven_by(asked.method),
            document_type: Some(asked.request.document.kind()),
            method: asked.method,
            source: verdict.source.clone(),
            reference: reference(&verdict, counter),
            verified_at: verdict.checked_at.min(self.accounts.now()),
        };
        let level = self.record(person, (&asked, verdict.birth), &proof, record).await?;
        self.accounts.changed(&person.id);
        tracing::info!(account = %person.id, level = i16::from(level), source = proof.source, "a real name was confirmed");
        Ok(Proven {
            level,
            masked_name: asked.request.name.masked(),
            masked_number: asked.request.document.masked(),
            source: proof.source,
            at: proof.verified_at,
        })
    }

    /// Writes the name, the document and the proof, or finds that the document is another account's; gives the level then.
    async fn record(
        &self,
        person: &Person,
        (asked, birth): (&Asked, Option<Date>),
        proof: &Proof,
        record: VerificationRow,
    ) -> Result<RealNameLevel, ProofError> {
        let claim = IdentityDocumentRow {
            document_index: asked.index.clone(),
            account_id: person.id.clone(),
            document_type: asked.request.document.kind().name().into(),
            proven_at: proof.verified_at,
        };
        let mut tx = self.store.begin().await?;
        let person = &*self.as_it_stands(&mut tx, person).await?;
        if !store::identity_documents::claim(&mut tx, &claim).await? {
            let holder = store::identity_documents::find(&mut tx, &asked.index).await?;
            drop(tx);
            self.write_down(VerificationRow { outcome: "held_elsewhere".into(), ..record }).await?;
            let holder = holder.map(|row| row.account_id).ok_or(AccountError::Unknown)?;
            return Err(ProofError::HeldElsewhere { holder });
        }
        let earlier = person.real_name.as_ref().map(|found| found.proofs.as_slice()).unwrap_or_default();
        let after = proof.level.max(person.real_name.as_ref().map_or(RealNameLevel::L0, |held| held.level));
        let record = VerificationRow { level_after: Some(i32::from(i16::from(after))), ..record };
        let row = self.row(person, asked, &real_name::with(earlier, proof.clone()));
        let row = RealNameRow { birth: birth.map(|birth| self.sealed_birth(person, birth)), ..row };
        // Two questions at once about two people: the second finds the account taken.
        if !store::real_names::put(&mut tx, &row, asked.held_index.as_deref()).await? {
            drop(tx);
            self.write_down(VerificationRow {
                outcome: "other_person".into(),
                level_after: record.level_before,
                ..record
            })
            .await?;
            return Err(ProofError::OtherPerson);
        }
        store::verifications::insert(&mut tx, &record).await?;
        self.tell_of_rise(&mut tx, person, proof.level).await?;
        crash::point("proof.before_commit");
        tx.commit().await?;
        crash::point("proof.after_commit");
        self.notices.committed();
        Ok(after)
    }

    /// The person as she stands now, held until the transaction ends. While the authority was asked another proof may have
    /// come, a recovery may have left her less, or a merge may have ended the account: what was read before is worth nothing.
    async fn as_it_stands(&self, tx: &mut Transaction, person: &Person) -> Result<Arc<Person>, AccountError> {
        self.accounts.hold_active(tx, &person.id).await?;
        self.accounts.changed(&person.id);
        self.accounts.find_in(tx, &person.id).await
    }

    /// Tells the person of a level that she did not have before.
    async fn tell_of_rise(
        &self,
        tx: &mut Transaction,
        person: &Person,
        level: RealNameLevel,
    ) -> Result<(), StoreError> {
        if level > person.level() {
            self.notices.tell(tx, person.addressee(), NoticeKind::LevelChanged).await?;
        }
        Ok(())
    }

    /// The row of a person whose proofs are `proofs`, the best first.
    fn row(&self, person: &Person, asked: &Asked, proofs: &[Proof]) -> RealNameRow {
        let best = proofs.first().map(Proof::stored);
        let request = &asked.request;
        RealNameRow {
            account_id: person.id.clone(),
            level: best.as_ref().map_or(0, |best| best.level),
            name: self.accounts.seal(&person.id, request.name.expose()),
            document_type: request.document.kind().name().into(),
            document: self.accounts.seal(&person.id, request.document.expose()),
            document_index: asked.index.clone(),
            method: best.as_ref().map(|best| best.method.clone()).unwrap_or_default(),
            source: best.as_ref().map(|best| best.source.clone()).unwrap_or_default(),
            reference: best.as_ref().map(|best| best.reference.clone()).unwrap_or_default(),
            verified_at: best.map(|best| best.verified_at).unwrap_or_default(),
            proofs: JsonText(proofs.iter().map(Proof::stored).collect()),
            birth: None,
        }
    }

    fn sealed_birth(&self, person: &Person, birth: Date) -> Vec<u8> {
        self.accounts.seal(&person.id, &real_name::birth_text(birth))
    }

    /// Records that nobody answered, and says so in the person's terms.
    async fn no_answer(
        &self,
        person: &Person,
        kind: &str,
        method: VerificationMethod,
        error: &AuthorityError,
    ) -> Result<ProofError, ProofError> {
        self.write_down(self.record_of(person, kind, method, error.label())).await?;
        Ok(match error {
            AuthorityError::Unavailable { retry_after } => ProofError::Unavailable { retry_after: *retry_after },
            AuthorityError::QuotaSpent { retry_after } => ProofError::QuotaSpent { retry_after: *retry_after },
            AuthorityError::NobodyToAsk => ProofError::NobodyToAsk,
            AuthorityError::NotAccepted | AuthorityError::Rejected => {
                tracing::error!(%error, "nobody answers the question");
                ProofError::Unavailable { retry_after: Duration::from_secs(300) }
            }
        })
    }

    fn record_of(&self, person: &Person, kind: &str, method: VerificationMethod, outcome: &str) -> VerificationRow {
        let now = self.accounts.now();
        VerificationRow {
            id: VerificationId::new(now, self.accounts.random()),
            account_id: person.id.clone(),
            document_type: kind.to_owned(),
            method: method.as_str().to_owned(),
            source: String::new(),
            outcome: outcome.to_owned(),
            reference: String::new(),
            asked_at: now,
            level_before: level_of(person),
            level_after: level_of(person),
            expires_at: now.plus(KEEP),
        }
    }

    async fn write_down(&self, record: VerificationRow) -> Result<(), StoreError> {
        let mut tx: Transaction = self.store.begin().await?;
        store::verifications::insert(&mut tx, &record).await?;
        tx.commit().await
    }
}

fn level_of(person: &Person) -> Option<i32> {
    Some(i32::from(i16::from(person.level())))
}

fn reference(verdict: &Verdict, counter: Option<&str>) -> String {
    match counter {
        Some(counter) => format!("{counter}/{}", verdict.reference),
        None => verdict.reference.clone(),
    }
}
