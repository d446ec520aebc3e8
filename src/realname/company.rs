//! The seam to the register of legal persons (法人库): do this company, its code and its legal representative (法定代表人)
//! belong together, and does the company still exist?
//!
//! A company that has lost its licence is not a wrong answer: it is found, and its status says so. What a status permits is
//! for the caller to decide. As at [`super::authority`], doubt is never turned into an answer.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::authority::AuthorityError;
use super::credit_code::SocialCreditCode;
use super::document_number::DocumentNumber;
use super::name::PersonName;
use super::typed::{is_space, to_half_width};
use crate::base::Timestamp;

/// Longest name of a legal person, in characters.
const MAX_CHARACTERS: usize = 100;

/// What is wrong with the name of a legal person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompanyNameError {
    /// Nothing was typed.
    #[error("the name is empty")]
    Empty,
    /// More than a hundred characters.
    #[error("the name of a legal person has at most 100 characters")]
    TooLong,
    /// A character that such names do not have: a control character, an emoji, an angle bracket.
    #[error("the name has a character that such names do not have")]
    Character,
}

/// The name of a legal person in its one form: full-width brackets, letters and digits become half-width, spaces beside
/// Chinese characters go. Names of legal persons are public, so it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyName(String);

impl CompanyName {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CompanyNameError> {
        let letters: Vec<char> = text.chars().map(to_half_width).nfc().collect();
        let mut name = String::new();
        let mut space = false;
        for c in letters {
            if is_space(c) {
                space = !name.is_empty();
                continue;
            }
            if space && c.is_ascii() && name.chars().next_back().is_some_and(|before| before.is_ascii()) {
                name.push(' ');
            }
            space = false;
            name.push(c);
        }
        if name.is_empty() {
            return Err(CompanyNameError::Empty);
        }
        if name.chars().count() > MAX_CHARACTERS {
            return Err(CompanyNameError::TooLong);
        }
        let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '(' | ')' | '·' | '-' | '&' | '.' | ',' | '\'');
        if name.chars().all(fits) { Ok(Self(name)) } else { Err(CompanyNameError::Character) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is asked about a company.
#[derive(Clone, Debug)]
pub struct CompanyQuestion {
    /// Its name.
    pub name: CompanyName,
    /// Its code.
    pub code: SocialCreditCode,
    /// The name of its legal representative.
    pub representative: PersonName,
    /// The number on the representative's document.
    pub representative_document: DocumentNumber,
}

/// The register's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanyOutcome {
    /// Code, name and representative belong together.
    Match,
    /// The code is known; the name or the representative is another. Which of them is not told.
    Mismatch,
    /// The code is not known.
    NotFound,
}

impl CompanyOutcome {
    /// The word of metrics and of the record of verifications.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::NotFound => "not_found",
        }
    }
}

/// Whether a company still exists (登记状态), as far as it matters for acting in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanyStatus {
    /// 存续、在业.
    Active,
    /// 歇业.
    Dormant,
    /// 吊销: the licence is revoked; the company may only be wound up.
    Revoked,
    /// 注销: gone.
    Deregistered,
}

/// An answer, with what is kept about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyVerdict {
    /// The answer.
    pub outcome: CompanyOutcome,
    /// Whether the company still exists; told with a match only.
    pub status: Option<CompanyStatus>,
    /// The register's own number for this answer.
    pub reference: String,
    /// Which register answered, as configured.
    pub source: String,
    /// When it answered. Never in the future.
    pub checked_at: Timestamp,
}

/// One who knows about companies.
pub trait CompanyRegistry: Send + Sync + 'static {
    /// Asks about a company.
    ///
    /// # Errors
    /// Why there is no answer.
    fn verify_company(&self, question: CompanyQuestion) -> BoxFuture<'_, Result<CompanyVerdict, AuthorityError>>;
}

/// A register that can be handed around.
pub type SharedCompanyRegistry = Arc<dyn CompanyRegistry>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_has_one_name() {
        for form in ["福建虎符科技(集团)有限公司", "福建虎符科技（集团）有限公司", " 福建虎符科技 （集团） 有限公司 "]
        {
            assert_eq!(CompanyName::parse(form).unwrap().as_str(), "福建虎符科技(集团)有限公司", "{form}");
        }
        assert_eq!(CompanyName::parse("Tiger  Tally ＆ Co. Ltd.").unwrap().as_str(), "Tiger Tally & Co. Ltd.");
        assert_ne!(CompanyName::parse("虎符科技").unwrap(), CompanyName::parse("虎符技科").unwrap());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "虎".repeat(101);
        for (text, error) in [
            ("", CompanyNameError::Empty),
            (" \u{3000}", CompanyNameError::Empty),
            (long.as_str(), CompanyNameError::TooLong),
            ("<script>", CompanyNameError::Character),
            ("虎符🐯", CompanyNameError::Character),
            ("虎\u{0}符", CompanyNameError::Character),
        ] {
            assert_eq!(CompanyName::parse(text).err(), Some(error), "{text}");
        }
    }
}
