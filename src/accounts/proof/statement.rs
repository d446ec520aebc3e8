//! [`Statement`]: what a person says about themselves, read and checked before anybody is asked.

use super::ProofError;
use crate::accounts::Shown;
use crate::base::{Secret, Timestamp};
use crate::realname::{Agreement, BankCard, DocumentType, Further, MobileNumber};

/// What a person says about themselves, as they typed it.
#[derive(Clone, Copy)]
pub struct Statement<'a> {
    /// The name.
    pub name: &'a str,
    /// The kind of document.
    pub kind: DocumentType,
    /// The number on it.
    pub number: &'a str,
    /// What else is compared.
    pub aside: Aside<'a>,
    /// The words by which the person agreed that this is checked; none where nobody has recorded them.
    pub agreed: Option<&'a Shown>,
}

impl Statement<'_> {
    /// How the person agreed, for whoever is asked.
    pub(super) fn agreement(&self, at: Timestamp, purpose: &str) -> Option<Agreement> {
        let words = self.agreed.map(|shown| shown.hash.clone())?;
        Some(Agreement { at, words, purpose: purpose.to_owned() })
    }
}

/// What is compared besides name and number, as it was typed.
#[derive(Clone, Copy, Default)]
pub enum Aside<'a> {
    /// Nothing: two items.
    #[default]
    Nothing,
    /// The mobile number: three items.
    Mobile(&'a str),
    /// Mobile number and bank card: four items.
    MobileAndBankCard(&'a str, &'a str),
    /// The token of a face check, and the words by which the person agreed to its use apart from everything else.
    Face(&'a str, &'a Shown),
}

impl Aside<'_> {
    pub(super) fn read(self) -> Result<Further, ProofError> {
        Ok(match self {
            Self::Nothing => Further::Nothing,
            Self::Mobile(mobile) => Further::Mobile(MobileNumber::parse(mobile)?),
            Self::MobileAndBankCard(mobile, card) => {
                Further::MobileAndBankCard(MobileNumber::parse(mobile)?, BankCard::parse(card)?)
            }
            Self::Face(token, _) => Further::Face(token_of(token)?),
        })
    }
}

impl Aside<'_> {
    /// The words by which the use of a face was agreed to.
    pub(super) fn face_agreed(self) -> Option<Shown> {
        match self {
            Self::Face(_, words) => Some(words.clone()),
            Self::Nothing | Self::Mobile(_) | Self::MobileAndBankCard(..) => None,
        }
    }
}

/// A code as apps give it: visible ASCII, at most 128 characters.
pub(super) fn token_of(text: &str) -> Result<Secret, ProofError> {
    let text = text.trim();
    let fits = (8..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Secret::new(text)) } else { Err(ProofError::Token) }
}
