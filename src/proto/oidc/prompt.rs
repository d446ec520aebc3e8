//! [`Prompts`]: what the client wants the person to be asked. OIDC Core §3.1.2.1, Initiating User Registration 1.0 §4.

use crate::proto::oauth::{ErrorCode, OAuthError};

/// One value of the `prompt` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prompt {
    /// No page at all; an error instead.
    None,
    /// Sign in again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Choose who to be.
    SelectAccount,
    /// Offer to register.
    Create,
}

impl Prompt {
    /// Every value, as in `prompt_values_supported`.
    pub const ALL: &'static [Self] = &[Self::None, Self::Login, Self::Consent, Self::SelectAccount, Self::Create];

    /// The value as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of prompts; empty when the client said nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompts(u8);

impl Prompts {
    /// Parses the value of a `prompt` parameter.
    ///
    /// # Errors
    /// `invalid_request`: an unknown value, or `none` together with another.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut prompts = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let known = Prompt::ALL.iter().find(|prompt| prompt.as_str() == word);
            prompts.0 |= known.ok_or_else(|| invalid("unknown prompt"))?.bit();
        }
        if prompts.contains(Prompt::None) && prompts != Prompts(Prompt::None.bit()) {
            return Err(invalid("prompt none stands alone"));
        }
        Ok(prompts)
    }

    /// Whether `prompt` was asked.
    #[must_use]
    pub const fn contains(self, prompt: Prompt) -> bool {
        self.0 & prompt.bit() != 0
    }

    /// Whether no page may be shown.
    #[must_use]
    pub const fn forbids_pages(self) -> bool {
        self.contains(Prompt::None)
    }
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

impl std::fmt::Display for Prompts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> =
            Prompt::ALL.iter().filter(|prompt| self.contains(**prompt)).map(|prompt| prompt.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_a_set() {
        let prompts = Prompts::parse("consent login consent").unwrap();
        assert!(
            prompts.contains(Prompt::Login) && prompts.contains(Prompt::Consent) && !prompts.contains(Prompt::Create)
        );
        assert_eq!(prompts.to_string(), "login consent");
        assert!(!prompts.forbids_pages());
        assert_eq!(Prompts::parse("").unwrap(), Prompts::default());
    }

    #[test]
    fn none_stands_alone() {
        assert!(Prompts::parse("none").unwrap().forbids_pages());
        for text in ["none login", "consent none", "select_account none create"] {
            assert_eq!(Prompts::parse(text).unwrap_err().code, ErrorCode::InvalidRequest, "{text}");
        }
    }

    #[test]
    fn unknown_values_are_refused() {
        for text in ["Login", "register", "login,consent", "login\tconsent"] {
            assert!(Prompts::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_set_is_read_back_from_its_text() {
        for bits in 0..32 {
            let prompts = Prompts(bits);
            let allowed = !prompts.contains(Prompt::None) || bits == 1;
            assert_eq!(Prompts::parse(&prompts.to_string()).ok(), allowed.then_some(prompts));
        }
    }
}
