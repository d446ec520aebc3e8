//! What a password must be: long enough, not common, not the username.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Secret;

/// Why a password is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer characters than the policy asks.
    #[error("too short")]
    TooShort,
    /// More than 128 characters, or 512 bytes: hashing it would be a way to wear the server down.
    #[error("too long")]
    TooLong,
    /// Only one kind of character, or a run such as 12345678.
    #[error("too simple")]
    TooSimple,
    /// On the list of passwords that everybody tries.
    #[error("too common")]
    Common,
    /// One of the passwords that this account had before.
    #[error("used before")]
    Used,
    /// It is, or contains, the username.
    #[error("contains the username")]
    ContainsUsername,
}

/// The `[accounts.password]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordPolicy {
    /// Fewest characters.
    pub min_length: usize,
    /// How many of the passwords before are refused.
    pub history: usize,
    /// A larger list of passwords that have leaked, made by `hufu passwords compile`; the built-in one always counts.
    pub breached_list: Option<PathBuf>,
}

/// Most characters of a password.
pub const MAX_PASSWORD: usize = 128;

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: 8, history: 5, breached_list: None }
    }
}

impl PasswordPolicy {
    /// Whether `password` will do for `username`.
    pub fn check(&self, password: &Secret, username: &str) -> Result<(), PasswordFault> {
        let text = password.expose();
        let length = text.chars().count();
        if length > MAX_PASSWORD || text.len() > MAX_PASSWORD * 4 {
            return Err(PasswordFault::TooLong);
        }
        if length < self.min_length {
            return Err(PasswordFault::TooShort);
        }
        if !username.is_empty() && text.to_lowercase().contains(&username.to_lowercase()) {
            return Err(PasswordFault::ContainsUsername);
        }
        if kinds(text) < 2 || distinct(text) < 4 {
            return Err(PasswordFault::TooSimple);
        }
        Ok(())
    }
}

/// How many of: digits, letters, others.
fn kinds(text: &str) -> usize {
    let tests: [fn(char) -> bool; 3] =
        [|c| c.is_ascii_digit(), |c| c.is_alphabetic(), |c| !c.is_ascii_digit() && !c.is_alphabetic()];
    tests.iter().filter(|test| text.chars().any(test)).count()
}

fn distinct(text: &str) -> usize {
    text.chars().collect::<std::collections::HashSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordFault> {
        PasswordPolicy::default().check(&Secret::new(password), "wangming")
    }

    #[test]
    fn weak_passwords_are_refused_for_the_right_reason() {
        assert_eq!(check("Ab1!"), Err(PasswordFault::TooShort));
        assert_eq!(check("1234567890"), Err(PasswordFault::TooSimple));
        assert_eq!(check("aaaaaaa1"), Err(PasswordFault::TooSimple));
        assert_eq!(check("WangMing2026"), Err(PasswordFault::ContainsUsername));
        assert_eq!(check(&"x1".repeat(100)), Err(PasswordFault::TooLong));
        assert_eq!(check("青山绿水2026"), Ok(()));
    }
}
