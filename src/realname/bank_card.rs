//! Bank card numbers (银行卡号), the fourth item of a comparison: 16 to 19 digits with a check digit (ISO/IEC 7812, Luhn).
//! They are compared and forgotten, never stored.

use std::fmt;

use super::typed::{is_space, to_half_width};
use crate::base::Secret;

/// What is wrong with a card number. Never contains any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankCardError {
    /// Something else than digits.
    #[error("a bank card number has only digits")]
    Character,
    /// Not 16 to 19 digits.
    #[error("a bank card number has 16 to 19 digits")]
    Length,
    /// The last digit does not fit the others.
    #[error("the last digit does not fit those before it")]
    Checksum,
}

/// A well-formed bank card number. It does not print.
#[derive(Clone)]
pub struct BankCard(Secret);

impl BankCard {
    /// Reads what a person typed: spaces, hyphens and full-width digits are forgiven.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, BankCardError> {
        let digits: String = text.chars().map(to_half_width).filter(|c| !is_space(*c) && *c != '-').collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BankCardError::Character);
        }
        if !(16..=19).contains(&digits.len()) {
            return Err(BankCardError::Length);
        }
        if !is_checked(&digits) {
            return Err(BankCardError::Checksum);
        }
        Ok(Self(Secret::new(digits)))
    }

    /// The digits, for the authority.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for BankCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankCard(…)")
    }
}

/// Whether the last digit is the check digit: every second digit from the right is doubled, its own digits added, and the
/// sum ends in zero.
#[must_use]
pub fn is_checked(digits: &str) -> bool {
    let values = digits.chars().rev().filter_map(|c| c.to_digit(10));
    let weigh = |(at, value)| if at % 2 == 1 { value * 2 / 10 + value * 2 % 10 } else { value };
    values.enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_type_is_forgiven_and_what_is_no_card_is_refused() {
        for form in ["6222021234567890128", "6222 0212 3456 7890 128", "６２２２０２１２３４５６７８９０１２８"]
        {
            assert_eq!(BankCard::parse(form).unwrap().expose(), "6222021234567890128", "{form}");
        }
        let cases = [
            ("", BankCardError::Length),
            ("622202123456789", BankCardError::Length),
            ("622202123456789012a", BankCardError::Character),
            ("6222021234567890129", BankCardError::Checksum),
        ];
        for (text, error) in cases {
            assert_eq!(BankCard::parse(text).err(), Some(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_check_digit_fits(body in "[0-9]{15,18}") {
            let fitting = (0..10).filter(|digit| BankCard::parse(&format!("{body}{digit}")).is_ok());
            prop_assert_eq!(fitting.count(), 1);
        }

        #[test]
        fn one_wrong_digit_is_found(body in "[0-9]{15,18}", at in 0_usize..15, to in 0_u8..10) {
            let right = (0..10).map(|digit| format!("{body}{digit}")).find(|card| BankCard::parse(card).is_ok()).unwrap();
            let mut wrong = right.clone().into_bytes();
            wrong[at] = b'0' + to;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(BankCard::parse(&wrong).is_ok(), wrong == right);
        }
    }
}
