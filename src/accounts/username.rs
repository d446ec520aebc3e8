//! What can be a username, and its form for look-up.

use unicode_normalization::UnicodeNormalization;

use super::AccountError;

/// Why a username cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameFault {
    /// Shorter than 4 or longer than 32 characters.
    #[error("it must have 4 to 32 characters")]
    Length,
    /// A character that is not a letter, digit, `_`, `-` or `.`, or a first character that is not a letter.
    #[error("letters, digits, _ - . only, a letter first")]
    Character,
}

/// The username as it will be shown: normalised (NFKC), checked.
pub(super) fn check(typed: &str) -> Result<String, UsernameFault> {
    let name: String = typed.trim().nfkc().take(64).collect();
    if !(4..=32).contains(&name.chars().count()) {
        return Err(UsernameFault::Length);
    }
    let starts_well = name.chars().next().is_some_and(char::is_alphabetic);
    if !starts_well || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return Err(UsernameFault::Character);
    }
    Ok(name)
}

/// The form for look-up: NFKC, lower case.
pub(super) fn key(typed: &str) -> String {
    typed.trim().nfkc().take(128).flat_map(char::to_lowercase).collect()
}

/// A mainland mobile number as 11 digits.
pub(super) fn check_mobile(typed: &str) -> Result<String, AccountError> {
    crate::realname::MobileNumber::parse(typed)
        .map(|mobile| mobile.expose().to_owned())
        .map_err(|_| AccountError::Mobile)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_told_apart_as_people_read_them() {
        assert_eq!(key(" Ｗang_Ming "), key("wang_ming"));
        assert_eq!(check("张伟的账号").unwrap(), "张伟的账号");
    }

    #[test]
    fn unusable_usernames_are_refused() {
        assert_eq!(check("abc"), Err(UsernameFault::Length));
        assert_eq!(check("13800001111"), Err(UsernameFault::Character), "a number would shadow someone's mobile");
        assert_eq!(check("<script>"), Err(UsernameFault::Character));
        assert_eq!(check("a\u{202e}bcd"), Err(UsernameFault::Character));
    }
}
