//! Mobile numbers (手机号) of the mainland: eleven digits, in one form.

use std::fmt;

use super::typed::{is_space, to_half_width};
use crate::base::Secret;

/// What is wrong with a mobile number. Never contains any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Something else than digits.
    #[error("a mobile number has only digits")]
    Character,
    /// Not eleven digits, after the country code.
    #[error("a mobile number has 11 digits")]
    Length,
    /// Not 13 to 19 in front: a landline, a short number, or another country's.
    #[error("a mobile number begins with 13 to 19")]
    Prefix,
}

/// A mainland mobile number: eleven digits, no country code. It does not print; [`Self::masked`] does.
#[derive(Clone)]
pub struct MobileNumber(Secret);

impl MobileNumber {
    /// Reads what a person typed: spaces, hyphens, full-width digits and a country code (+86, 0086, 86) are forgiven.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MobileError> {
        let text: String = text
            .chars()
            .map(to_half_width)
            .filter(|c| !is_space(*c) && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '(' | ')'))
            .collect();
        let without_sign = text.strip_prefix("+86").or_else(|| text.strip_prefix("0086")).unwrap_or(&text);
        let digits = match without_sign.strip_prefix("86") {
            Some(rest) if rest.len() == 11 => rest,
            _ => without_sign,
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MobileError::Character);
        }
        if digits.len() != 11 {
            return Err(MobileError::Length);
        }
        match digits.as_bytes() {
            [b'1', b'3'..=b'9', ..] => Ok(Self(Secret::new(digits))),
            _ => Err(MobileError::Prefix),
        }
    }

    /// The eleven digits, for the authority, the message gateway and for sealing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The international form of E.164, `+8613800138000`.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+86{}", self.expose())
    }

    /// `138****5021`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.expose().char_indices().map(|(at, c)| if (3..7).contains(&at) { '*' } else { c }).collect()
    }

    /// Whether both are the same number, in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.is(other.expose())
    }
}

impl fmt::Debug for MobileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MobileNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_forgiven() {
        let forms = [
            "13800135021",
            "+8613800135021",
            "+86 138 0013 5021",
            "0086-138-0013-5021",
            "8613800135021",
            "１３８００１３５０２１",
            "(+86)13800135021",
            "138\u{3000}0013\u{200b}5021",
        ];
        for form in forms {
            assert_eq!(MobileNumber::parse(form).unwrap().expose(), "13800135021", "{form:?}");
        }
        assert_eq!(MobileNumber::parse("13800135021").unwrap().e164(), "+8613800135021");
    }

    #[test]
    fn what_is_no_mobile_number_is_refused() {
        let cases = [
            ("", MobileError::Length),
            ("1380013502", MobileError::Length),
            ("138001350211", MobileError::Length),
            ("1380013502a", MobileError::Character),
            ("+4913800135021", MobileError::Character),
            ("12800135021", MobileError::Prefix),
            ("11000135021", MobileError::Prefix),
            ("02087654321", MobileError::Prefix),
            ("28800135021", MobileError::Prefix),
        ];
        for (text, error) in cases {
            assert_eq!(MobileNumber::parse(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn the_middle_is_masked() {
        let mobile = MobileNumber::parse("13800135021").unwrap();
        assert_eq!(mobile.masked(), "138****5021");
        assert!(!format!("{mobile:?}").contains("138"));
    }
}
