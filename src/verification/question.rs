//! [`Question`]: what an access party asks, read and checked before anybody else is asked.

use std::time::Duration;

use serde::Deserialize;
use time::Date;

use crate::base::encoding::from_base64url;
use crate::base::{Secret, Timestamp};
use crate::realname::{
    Agreement, BankCard, BankCardError, DocumentNumber, DocumentNumberError, DocumentType, Further, MobileError,
    MobileNumber, NameError, PersonName, VerificationRequest,
};

/// A question as it comes. Its `Debug` shows nothing about the person.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The party's own name for it, 1 to 64 visible ASCII characters: the same again is the same question.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// The person's document.
    pub document: Document,
    /// The mobile number, to compare three items.
    #[serde(default)]
    pub mobile: Option<String>,
    /// The bank card besides the mobile number, to compare four items.
    #[serde(default)]
    pub bank_card: Option<String>,
    /// The token of a face check, to compare a face.
    #[serde(default)]
    pub face: Option<String>,
    /// The document under which the party knows the person so far, to be told whether both are one person's.
    #[serde(default)]
    pub held: Option<Document>,
    /// What for, as the person was told; up to 200 characters.
    pub purpose: String,
    /// How the person agreed.
    pub consent: Consent,
}

/// A document.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its kind: `resident_identity_card`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number.
    pub number: String,
}

/// How the person agreed that this is asked (PIPL art. 14, 29).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When, epoch seconds.
    pub given_at: i64,
    /// SHA-256 of the words that were agreed to, base64url.
    pub text_hash: String,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question")
            .field("reference", &self.reference)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The party's name for it.
    #[error("reference: 1 to 64 visible ASCII characters")]
    Reference,
    /// The purpose.
    #[error("purpose: 1 to 200 characters, none of them a control character")]
    Purpose,
    /// The consent is not told, lies in the future, or is too old.
    #[error("consent: when it was given, not long ago, and the SHA-256 of its words in base64url")]
    Consent,
    /// The kind of document.
    #[error("document.type: not a kind of document")]
    Kind,
    /// The name.
    #[error("name: {0}")]
    Name(NameError),
    /// The number.
    #[error("document.number: {0}")]
    Number(DocumentNumberError),
    /// The mobile number.
    #[error("mobile: {0}")]
    Mobile(MobileError),
    /// The bank card.
    #[error("bank_card: {0}")]
    BankCard(BankCardError),
    /// Items that nobody compares together.
    #[error("mobile, bank_card, face: nothing, the mobile number, mobile number and bank card, or the face")]
    Items,
}

impl QuestionError {
    /// The stable code of the answer.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Reference => "bad_reference",
            Self::Purpose => "bad_purpose",
            Self::Consent => "bad_consent",
            Self::Kind => "bad_document_type",
            Self::Name(_) => "bad_name",
            Self::Number(_) => "bad_document_number",
            Self::Mobile(_) => "bad_mobile",
            Self::BankCard(_) => "bad_bank_card",
            Self::Items => "bad_items",
        }
    }
}

/// A question that can be asked.
pub(super) struct Read {
    /// For the authority.
    pub(super) request: VerificationRequest,
    /// Kind and number, normalised.
    pub(super) document: Secret,
    /// Everything that the answer is bound to, normalised.
    pub(super) bound: Secret,
}

fn read_document(told: &Document, today: Date) -> Result<DocumentNumber, QuestionError> {
    let kind = told.kind.parse::<DocumentType>().map_err(|_| QuestionError::Kind)?;
    DocumentNumber::parse(kind, &told.number, today).map_err(QuestionError::Number)
}

impl Question {
    pub(super) fn read(&self, (now, today): (Timestamp, Date), consent_seconds: u64) -> Result<Read, QuestionError> {
        self.check_paperwork(now, consent_seconds)?;
        let name = PersonName::parse(&self.name).map_err(QuestionError::Name)?;
        let document = read_document(&self.document, today)?;
        let further = self.further()?;
        let items = match &further {
            Further::Nothing => String::new(),
            Further::Mobile(mobile) => mobile.expose().to_owned(),
            Further::MobileAndBankCard(mobile, card) => format!("{}\n{}", mobile.expose(), card.expose()),
            Further::Face(token) => token.expose().to_owned(),
        };
        let index = document.index_text();
        let held = self.held.as_ref().map(|held| read_document(held, today)).transpose()?;
        let other = held.as_ref().map_or(String::new(), |held| format!("\n{}", held.index_text().expose()));
        let bound = Secret::new(format!("{}\n{}\n{items}{other}", index.expose(), name.expose()));
        let agreed = Agreement {
            at: Timestamp::from_seconds(self.consent.given_at),
            words: self.consent.text_hash.clone(),
            purpose: self.purpose.clone(),
        };
        let request = VerificationRequest { name, document, further, held, agreed: Some(agreed) };
        Ok(Read { request, document: index, bound })
    }

    fn check_paperwork(&self, now: Timestamp, consent_seconds: u64) -> Result<(), QuestionError> {
        let visible = self.reference.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || self.reference.is_empty() || self.reference.len() > 64 {
            return Err(QuestionError::Reference);
        }
        let purpose = self.purpose.trim();
        if purpose.is_empty() || purpose.chars().count() > 200 || purpose.chars().any(char::is_control) {
            return Err(QuestionError::Purpose);
        }
        let given = Timestamp::from_seconds(self.consent.given_at);
        let hashed = from_base64url(&self.consent.text_hash).is_some_and(|hash| hash.len() == 32);
        let recent =
            given <= now.plus(Duration::from_secs(60)) && now.since(given) <= Duration::from_secs(consent_seconds);
        if hashed && recent { Ok(()) } else { Err(QuestionError::Consent) }
    }

    fn further(&self) -> Result<Further, QuestionError> {
        let mobile = |text: &String| MobileNumber::parse(text).map_err(QuestionError::Mobile);
        match (&self.mobile, &self.bank_card, &self.face) {
            (None, None, None) => Ok(Further::Nothing),
            (Some(number), None, None) => Ok(Further::Mobile(mobile(number)?)),
            (Some(number), Some(card), None) => {
                let card = BankCard::parse(card).map_err(QuestionError::BankCard)?;
                Ok(Further::MobileAndBankCard(mobile(number)?, card))
            }
            (None, None, Some(token)) if (8..=128).contains(&token.len()) => {
                Ok(Further::Face(Secret::new(token.clone())))
            }
            _ => Err(QuestionError::Items),
        }
    }
}
