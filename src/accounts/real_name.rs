//! [`RealName`]: what authorities have confirmed of a person, proof by proof.
//!
//! A proof has a level and a time that belong together. A fresh proof of a lower level does not make an older one of a
//! higher level any younger; so the latest of each level is kept, and whoever asks for a fresh proof is given one whose
//! level and time are both its own.

use std::time::Duration;

use time::Date;
use time::format_description::well_known::Iso8601;

use crate::base::{Secret, Timestamp};
use crate::realname::{DocumentNumber, DocumentType, PersonName, RealNameLevel, VerificationMethod};
use crate::store::real_names::StoredProof;

/// A confirmed real name (实名).
pub struct RealName {
    /// The level reached: that of the best proof.
    pub level: RealNameLevel,
    /// The name.
    pub name: Secret,
    /// Kind of document.
    pub document_type: DocumentType,
    /// Number of the document.
    pub document: Secret,
    /// How the best proof was made.
    pub method: VerificationMethod,
    /// Which authority confirmed it.
    pub source: String,
    /// When: the proof clock of the best proof.
    pub verified_at: Timestamp,
    /// The latest proof of each level, the highest first.
    pub proofs: Vec<Proof>,
    /// The date of birth, where an authority has told it.
    pub(super) told_birth: Option<Date>,
}

/// One proof. No name and no number: it can be handed around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The level that it proves.
    pub level: RealNameLevel,
    /// The kind of document that was shown; none with a network identity.
    pub document_type: Option<DocumentType>,
    /// How it was made.
    pub method: VerificationMethod,
    /// Which authority answered.
    pub source: String,
    /// The authority's own reference of its answer.
    pub reference: String,
    /// When.
    pub verified_at: Timestamp,
}

impl RealName {
    /// The document, as a value that can be masked and compared; `None` when what is stored is none by present rules.
    #[must_use]
    pub fn document(&self) -> Option<DocumentNumber> {
        DocumentNumber::parse(self.document_type, self.document.expose(), time::Date::MAX).ok()
    }

    /// The date of birth, by the number or as an authority has told it.
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        self.document().and_then(|document| document.birth()).or(self.told_birth)
    }

    /// The number, masked.
    #[must_use]
    pub fn masked_document(&self) -> String {
        self.document().map(|number| number.masked()).unwrap_or_default()
    }

    /// The name, masked.
    #[must_use]
    pub fn masked_name(&self) -> String {
        PersonName::parse(self.name.expose()).map(|name| name.masked()).unwrap_or_default()
    }
}

impl Proof {
    /// Whether it is at most `max_age` old.
    #[must_use]
    pub fn is_fresh(&self, max_age: Duration, now: Timestamp) -> bool {
        now.since(self.verified_at) <= max_age
    }

    pub(super) fn stored(&self) -> StoredProof {
        StoredProof {
            level: i32::from(i16::from(self.level)),
            document_type: self.document_type.map(DocumentType::name).unwrap_or_default().to_owned(),
            method: self.method.as_str().to_owned(),
            source: self.source.clone(),
            reference: self.reference.clone(),
            verified_at: self.verified_at,
        }
    }

    /// `None` when it is not what was written.
    pub(super) fn of(stored: StoredProof) -> Option<Self> {
        Some(Self {
            level: i16::try_from(stored.level).ok().and_then(|level| RealNameLevel::try_from(level).ok())?,
            document_type: if stored.document_type.is_empty() {
                None
            } else {
                Some(stored.document_type.parse().ok()?)
            },
            method: stored.method.parse().ok()?,
            source: stored.source,
            reference: stored.reference,
            verified_at: stored.verified_at,
        })
    }
}

/// A date of birth as it is sealed: `2014-05-06`.
pub(super) fn birth_text(birth: Date) -> String {
    birth.to_string()
}

/// What [`birth_text`] wrote; `None` when it is something else.
pub(super) fn read_birth(text: &str) -> Option<Date> {
    Date::parse(text, &Iso8601::DATE).ok()
}

/// The latest proof of each level once `new` is among them, the highest first.
pub(super) fn with(earlier: &[Proof], new: Proof) -> Vec<Proof> {
    let mut proofs: Vec<Proof> = earlier.iter().filter(|proof| proof.level != new.level).cloned().collect();
    proofs.push(new);
    proofs.sort_by_key(|proof| std::cmp::Reverse(proof.level));
    proofs
}
