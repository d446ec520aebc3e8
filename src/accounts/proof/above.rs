//! What the node above tells of a person's real name (standard 6.4 c), taken over as a proof whose source is that node:
//! never more than it says, never more than the operator allows, and never about another person than the one who is known.

use super::super::real_name::{self, Proof};
use super::{ProofError, Verifier};
use crate::accounts::Person;
use crate::base::id::AccountId;
use crate::base::{Secret, Timestamp};
use crate::realname::{DocumentNumber, DocumentType, PersonName, RealNameLevel, VerificationMethod, today_in_china};
use crate::store::identity_documents::IdentityDocumentRow;
use crate::store::network_identities::NetworkIdentityRow;
use crate::store::real_names::RealNameRow;
use crate::store::verifications::VerificationRow;
use crate::store::{self, JsonText, StoreError, Transaction};

const METHOD: VerificationMethod = VerificationMethod::NodeAbove;

/// What the node above tells of a person, as it came.
pub struct ToldAbove {
    /// Its issuer: the source of the proof.
    pub source: String,
    /// The `sub` by which it knows the person.
    pub subject: String,
    /// The level, not more than may be taken over.
    pub level: RealNameLevel,
    /// Its proof clock.
    pub verified_at: Timestamp,
    /// The name.
    pub name: Option<Secret>,
    /// Kind and number of the document, where the person let it be told.
    pub document: Option<(DocumentType, Secret)>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOver {
    /// The proof stands here now.
    Taken,
    /// There is nothing that counts as a proof.
    Nothing,
    /// The account is known by another document or name: what stands here stays.
    OtherPerson,
    /// Another account here holds the document: what stands here stays.
    HeldElsewhere,
}

impl ToldAbove {
    /// The name and the document, when both can be read.
    fn read(&self, now: Timestamp) -> Option<(PersonName, DocumentNumber)> {
        let (kind, number) = self.document.as_ref()?;
        let document = DocumentNumber::parse(*kind, number.expose(), today_in_china(now)).ok()?;
        Some((PersonName::parse(self.name.as_ref()?.expose()).ok()?, document))
    }

    fn is_proof(&self) -> bool {
        self.level >= RealNameLevel::L2
    }

    fn proof(&self, document_type: Option<DocumentType>, now: Timestamp) -> Proof {
        Proof {
            level: self.level,
            document_type,
            method: METHOD,
            source: self.source.clone(),
            reference: String::new(),
            verified_at: self.verified_at.min(now),
        }
    }
}

impl Verifier {
    /// The account here that holds the document which the node above tells, when it tells one with a proof.
    pub async fn holder_of(&self, told: &ToldAbove) -> Result<Option<AccountId>, StoreError> {
        let Some((_, document)) = told.read(self.accounts.now()).filter(|_| told.is_proof()) else { return Ok(None) };
        let index = self.document_index.of(document.index_text().expose());
        let row = store::identity_documents::find(&mut self.store.read().await?, &index).await?;
        Ok(row.map(|row| row.account_id))
    }

    /// Writes what is told of `person` in the caller's transaction: name, document and level, or without a document the
    /// level and the name. An earlier proof of the same source goes, so that a level which has fallen there falls here.
    /// Tell [`crate::accounts::Accounts::changed`] after the commit.
    pub async fn take_over(
        &self,
        tx: &mut Transaction,
        person: &Person,
        told: &ToldAbove,
    ) -> Result<TakenOver, ProofError> {
        if !told.is_proof() {
            return Ok(TakenOver::Nothing);
        }
        match told.read(self.accounts.now()) {
            Some((name, document)) => self.take_name(tx, person, told, (&name, &document)).await,
            None => self.take_level(tx, person, told).await,
        }
    }

    async fn take_name(
        &self,
        tx: &mut Transaction,
        person: &Person,
        told: &ToldAbove,
        (name, document): (&PersonName, &DocumentNumber),
    ) -> Result<TakenOver, ProofError> {
        let known = person.real_name.as_ref();
        if known.is_some_and(|known| !known.document().is_some_and(|held| held.is(document))) {
            return Ok(TakenOver::OtherPerson);
        }
        let now = self.accounts.now();
        let proof = told.proof(Some(document.kind()), now);
        let index = self.document_index.of(document.index_text().expose());
        let claim = IdentityDocumentRow {
            document_index: index.clone(),
            account_id: person.id.clone(),
            document_type: document.kind().name().into(),
            proven_at: proof.verified_at,
        };
        if !store::identity_documents::claim(tx, &claim).await? {
            return Ok(TakenOver::HeldElsewhere);
        }
        let of_others = known.map(|known| known.proofs.iter().filter(|held| held.source != told.source));
        let mut proofs: Vec<Proof> = of_others.into_iter().flatten().cloned().collect();
        // Of one level the later proof stays, wherever it was made.
        if !proofs.iter().any(|held| held.level == proof.level && held.verified_at >= proof.verified_at) {
            proofs = real_name::with(&proofs, proof.clone());
        }
        // A name changes; the one that was checked last counts.
        let older = known.filter(|known| known.verified_at > proof.verified_at);
        let held = older.and_then(|known| PersonName::parse(known.name.expose()).ok());
        let name = held.as_ref().unwrap_or(name);
        if known.is_some_and(|known| known.proofs == proofs && known.name.is(name.expose())) {
            return Ok(TakenOver::Taken);
        }
        let row = self.row_from_above(person, (name, document, &index), &proofs);
        if !store::real_names::put(tx, &row, None).await? {
            return Ok(TakenOver::OtherPerson);
        }
        self.note_taken(tx, person, &proof, row.level).await?;
        Ok(TakenOver::Taken)
    }

    fn row_from_above(
        &self,
        person: &Person,
        (name, document, index): (&PersonName, &DocumentNumber, &str),
        proofs: &[Proof],
    ) -> RealNameRow {
        let best = proofs.first().map(Proof::stored);
        let text = |pick: fn(&store::real_names::StoredProof) -> &String| best.as_ref().map(pick).cloned();
        RealNameRow {
            account_id: person.id.clone(),
            level: best.as_ref().map_or(0, |best| best.level),
            name: self.accounts.seal(&person.id, name.expose()),
            document_type: document.kind().name().into(),
            document: self.accounts.seal(&person.id, document.expose()),
            document_index: index.to_owned(),
            method: text(|best| &best.method).unwrap_or_default(),
            source: text(|best| &best.source).unwrap_or_default(),
            reference: text(|best| &best.reference).unwrap_or_default(),
            verified_at: best.map(|best| best.verified_at).unwrap_or_default(),
            proofs: JsonText(proofs.iter().map(Proof::stored).collect()),
            birth: None,
        }
    }

    /// Without a document: the level and the name, which count while no document is known here.
    async fn take_level(
        &self,
        tx: &mut Transaction,
        person: &Person,
        told: &ToldAbove,
    ) -> Result<TakenOver, ProofError> {
        if person.real_name.is_some() {
            return Ok(TakenOver::OtherPerson);
        }
        let proof = told.proof(None, self.accounts.now());
        let readable = told.name.as_ref().filter(|name| PersonName::parse(name.expose()).is_ok());
        let same_name = match (&person.told_name, readable) {
            (Some(held), Some(told)) => held.is(told.expose()),
            (held, told) => held.is_none() == told.is_none(),
        };
        if person.network_identity.as_ref() == Some(&proof) && same_name {
            return Ok(TakenOver::Taken);
        }
        let row = NetworkIdentityRow {
            account_id: person.id.clone(),
            pairwise_index: self.network_index.of(&format!("{}:{}", told.source, told.subject)),
            level: i32::from(i16::from(proof.level)),
            source: proof.source.clone(),
            reference: String::new(),
            verified_at: proof.verified_at,
            method: METHOD.as_str().to_owned(),
            name: readable.map(|name| self.accounts.seal(&person.id, name.expose())),
        };
        if !store::network_identities::put(tx, &row).await? {
            return Ok(TakenOver::OtherPerson);
        }
        self.note_taken(tx, person, &proof, row.level).await?;
        Ok(TakenOver::Taken)
    }

    /// Forgets in the caller's transaction what the node above has told of a person: its proofs, and the name and the document
    /// where nobody else has proven them. That the document was this account's stays known, by its index alone. Tell
    /// [`crate::accounts::Accounts::changed`] after the commit.
    pub async fn forget_told(&self, tx: &mut Transaction, person: &Person, source: &str) -> Result<(), StoreError> {
        if person.network_identity.as_ref().is_some_and(|told| told.source == source) {
            store::network_identities::delete(tx, &person.id).await?;
        }
        let Some(known) = &person.real_name else { return Ok(()) };
        let left: Vec<Proof> = known.proofs.iter().filter(|proof| proof.source != source).cloned().collect();
        if left.len() == known.proofs.len() {
            return Ok(());
        }
        let (Some(best), Some(row)) = (left.first(), store::real_names::find(tx, &person.id).await?) else {
            store::real_names::delete(tx, &person.id).await?;
            return Ok(());
        };
        let best = best.stored();
        let row = RealNameRow {
            level: best.level,
            method: best.method,
            source: best.source,
            reference: best.reference,
            verified_at: best.verified_at,
            proofs: JsonText(left.iter().map(Proof::stored).collect()),
            ..row
        };
        store::real_names::put(tx, &row, None).await?;
        Ok(())
    }

    async fn note_taken(
        &self,
        tx: &mut Transaction,
        person: &Person,
        proof: &Proof,
        level: i32,
    ) -> Result<(), StoreError> {
        let kind = proof.document_type.map(DocumentType::name).unwrap_or_default();
        let record = VerificationRow {
            source: proof.source.clone(),
            level_after: Some(level),
            ..self.record_of(person, kind, METHOD, "match")
        };
        store::verifications::insert(tx, &record).await
    }
}
