//! The resident identity number (公民身份号码, GB 11643-1999), and the numbers that are built like it: residence permits of
//! Hong Kong, Macao and Taiwan residents, and foreigners' permanent residence since 2023.
//!
//! Pure: the day is an argument. A number that passes is well-formed, not proven to be anybody's.

use std::fmt;

use serde::Serialize;
use time::{Date, Month, UtcOffset};

use super::typed::upper;
use crate::base::{Secret, Timestamp};

/// Sex as the number's seventeenth digit says it (GB/T 2261.1: 1 male, 2 female).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// 男: an odd digit.
    Male,
    /// 女: an even digit.
    Female,
}

/// What is wrong with a number. Never contains any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityNumberError {
    /// Neither eighteen characters nor the fifteen of the old form.
    #[error("an identity number has 18 characters, or 15 in its old form")]
    Length,
    /// Something else than digits, or a last character that is neither digit nor X.
    #[error("an identity number has 17 digits and then a digit or X")]
    Character,
    /// The first two digits are no province's.
    #[error("the first two digits are not an area of the country")]
    Area,
    /// No such day, or a day to come.
    #[error("digits 7 to 14 are not a date of birth")]
    BirthDate,
    /// The last character does not fit the others: usually a slip of the finger.
    #[error("the last character does not fit the digits before it")]
    Checksum,
}

/// A well-formed number: eighteen characters, upper-case X. The old form of fifteen digits (六位地区, YYMMDD, three digits,
/// issued before 1999) is read as the eighteen characters that replaced it, so that a person is found by either. It does
/// not print; [`Self::masked`] does.
#[derive(Clone)]
pub struct IdentityNumber(Secret);

/// Provinces by the first two digits (GB/T 2260); 71, 81, 82 Taiwan, Hong Kong, Macao; 83 is what a Taiwan resident's
/// permit (居住证) begins with. Counties are not looked up: areas are abolished, numbers stay.
const AREAS: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

/// GB 11643-1999: 2^(18−i) mod 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

impl IdentityNumber {
    /// Reads what a person typed: spaces and full-width characters are forgiven, a lower-case x too. `today` is the
    /// last possible date of birth ([`today_in_china`]).
    ///
    /// # Errors
    /// The first thing wrong, in the order length, characters, area, date, check character.
    pub fn parse(text: &str, today: Date) -> Result<Self, IdentityNumberError> {
        Self::parse_where(text, today, |number| AREAS.iter().any(|area| number.starts_with(area)))
    }

    /// The same for numbers of which `area` judges the first digits.
    pub(super) fn parse_where(
        text: &str,
        today: Date,
        area: impl Fn(&str) -> bool,
    ) -> Result<Self, IdentityNumberError> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let text = match upper(text) {
            text if text.len() == 15 && digits(&text) => renew(&text).ok_or(IdentityNumberError::Length)?,
            text if text.chars().count() == 18 => text,
            _ => return Err(IdentityNumberError::Length),
        };
        let (body, check) = text.split_at_checked(17).ok_or(IdentityNumberError::Character)?;
        if !digits(body) || !(digits(check) || check == "X") {
            return Err(IdentityNumberError::Character);
        }
        if !area(&text) {
            return Err(IdentityNumberError::Area);
        }
        if birth(&text).is_none_or(|birth| birth > today) {
            return Err(IdentityNumberError::BirthDate);
        }
        if check_character(body) != check.chars().next() {
            return Err(IdentityNumberError::Checksum);
        }
        Ok(Self(Secret::new(text)))
    }

    /// The number itself, for the authority and for sealing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// First and last character only: the ordinary masking rule shows year and month of birth.
    #[must_use]
    pub fn masked(&self) -> String {
        let last = self.expose().len().saturating_sub(1);
        self.expose().char_indices().map(|(at, c)| if at == 0 || at == last { c } else { '*' }).collect()
    }

    /// The date of birth, digits 7 to 14.
    #[must_use]
    pub fn birth(&self) -> Date {
        birth(self.expose()).unwrap_or(Date::MIN)
    }

    /// Sex, by digit 17.
    #[must_use]
    pub fn sex(&self) -> Sex {
        let odd = self.expose().as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }

    /// The six-digit area where the number was given out (GB/T 2260 of that day).
    #[must_use]
    pub fn area(&self) -> &str {
        self.expose().get(..6).unwrap_or_default()
    }

    /// Whether both are the same number, in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.is(other.expose())
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityNumber(…)")
    }
}

/// The eighteenth character for the seventeen digits before it (GB 11643-1999); `None` when they are not that.
#[must_use]
pub fn check_character(body: &str) -> Option<char> {
    let digits: Option<Vec<u32>> = body.chars().map(|c| c.to_digit(10)).collect();
    let digits = digits.filter(|digits| digits.len() == WEIGHTS.len())?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    CHECK_CHARACTERS.get(sum as usize % 11).map(|byte| char::from(*byte))
}

/// The day it is in China (UTC+8 all over the country): the day that dates of birth are measured against.
#[must_use]
pub fn today_in_china(now: Timestamp) -> Date {
    let moment = time::OffsetDateTime::from_unix_timestamp(now.seconds()).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    UtcOffset::from_hms(8, 0, 0).map_or(moment, |offset| moment.to_offset(offset)).date()
}

/// The eighteen characters for the fifteen digits of the old form, whose years are those of the last century.
fn renew(old: &str) -> Option<String> {
    let body = format!("{}19{}", old.get(..6)?, old.get(6..)?);
    let check = check_character(&body)?;
    Some(format!("{body}{check}"))
}

fn birth(number: &str) -> Option<Date> {
    let year = number.get(6..10)?.parse().ok()?;
    let month: u8 = number.get(10..12)?.parse().ok()?;
    let day = number.get(12..14)?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 24);

    fn parse(text: &str) -> Result<IdentityNumber, IdentityNumberError> {
        IdentityNumber::parse(text, TODAY)
    }

    /// Seventeen digits and the check character that belongs to them.
    fn with_check(body: &str) -> String {
        format!("{body}{}", check_character(body).unwrap())
    }

    #[test]
    fn the_standards_examples_pass() {
        let number = parse("11010519491231002X").unwrap();
        assert_eq!((number.birth(), number.sex(), number.area()), (date!(1949 - 12 - 31), Sex::Female, "110105"));
        let number = parse("440524188001010014").unwrap();
        assert_eq!((number.birth(), number.sex()), (date!(1880 - 01 - 01), Sex::Male));
    }

    #[test]
    fn the_old_form_is_the_same_number() {
        assert_eq!(parse("110105491231002").unwrap().expose(), "11010519491231002X");
        assert!(parse("1101 0549 1231 002").unwrap().is(&parse("11010519491231002X").unwrap()));
    }

    #[test]
    fn what_people_type_is_forgiven() {
        let forms = [
            "11010519491231002x",
            " 110105 19491231 002X\n",
            "１１０１０５１９４９１２３１００２Ｘ",
            "\u{feff}11010519491231002ｘ\u{200b}",
        ];
        for form in forms {
            assert_eq!(parse(form).unwrap().expose(), "11010519491231002X", "{form:?}");
        }
    }

    #[test]
    fn each_fault_has_its_own_answer() {
        let cases = [
            ("", IdentityNumberError::Length),
            ("11010519491231002", IdentityNumberError::Length),
            ("11010519491231002X1", IdentityNumberError::Length),
            ("110105491331002", IdentityNumberError::BirthDate),
            ("100105491231002", IdentityNumberError::Area),
            ("11010549123100A", IdentityNumberError::Length),
            ("1101051949123100XX", IdentityNumberError::Character),
            ("11010519491231002Y", IdentityNumberError::Character),
            ("1101O519491231002X", IdentityNumberError::Character),
            ("①1010519491231002X", IdentityNumberError::Character),
            ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", IdentityNumberError::Character),
            ("虎虎虎虎虎虎虎虎虎虎虎虎虎虎虎虎虎虎", IdentityNumberError::Character),
            ("110105194912310020", IdentityNumberError::Checksum),
            ("11010519491231020X", IdentityNumberError::Checksum),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text).err(), Some(error), "{text}");
        }
        for (body, error) in [
            ("10010519491231002", IdentityNumberError::Area),
            ("91010519491231002", IdentityNumberError::Area),
            ("00000019491231002", IdentityNumberError::Area),
            ("11010519490231002", IdentityNumberError::BirthDate),
            ("11010519490229002", IdentityNumberError::BirthDate),
            ("11010519001301002", IdentityNumberError::BirthDate),
            ("11010520261125002", IdentityNumberError::BirthDate),
            ("11010599991231002", IdentityNumberError::BirthDate),
        ] {
            assert_eq!(parse(&with_check(body)).err(), Some(error), "{body}");
        }
    }

    #[test]
    fn leap_days_unknown_counties_and_todays_children_pass() {
        for body in ["11010520000229001", "11999919491231002", "11010520261124002", "83000019900101001"] {
            assert!(parse(&with_check(body)).is_ok(), "{body}");
        }
    }

    /// Every single wrong digit and every swap of neighbours is found: what ISO 7064 MOD 11-2 promises.
    #[test]
    fn slips_of_the_finger_are_found() {
        let right = "11010519491231002X";
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut wrong = right.as_bytes().to_vec();
                wrong[at] = digit;
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(parse(&wrong).is_ok(), wrong == right, "{wrong}");
            }
        }
        for at in 0..16 {
            let mut swapped = right.as_bytes().to_vec();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert_eq!(parse(&swapped).is_ok(), swapped == right, "{swapped}");
        }
    }

    proptest! {
        /// Whoever has an eighteen-character number of the last century is found by its old form, and nobody else is.
        #[test]
        fn old_and_new_form_find_the_same_person(
            area in proptest::sample::select(AREAS), county in 0_u32..10_000, days in 0_i64..36_500, sequence in 0_u32..1_000,
        ) {
            let birth = date!(1900 - 01 - 01) + time::Duration::days(days);
            let (year, month, day) = birth.to_calendar_date();
            let month = u8::from(month);
            let new = with_check(&format!("{area}{county:04}{year}{month:02}{day:02}{sequence:03}"));
            let old = format!("{area}{county:04}{:02}{month:02}{day:02}{sequence:03}", year % 100);
            let (new, old) = (parse(&new).unwrap(), parse(&old).unwrap());
            prop_assert!(old.is(&new));
            prop_assert_eq!((new.birth(), new.sex() == Sex::Male), (birth, sequence % 2 == 1));
        }

        #[test]
        fn one_check_character_fits(body in "[1-6][1-5][0-9]{4}19[0-9]{2}0[1-9][12][0-9]{4}", last in "[0-9X]") {
            let (right, typed) = (with_check(&body), format!("{body}{last}"));
            prop_assume!(parse(&right).is_ok());
            prop_assert_eq!(parse(&typed).is_ok(), typed == right);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,24}") {
            if let Ok(number) = parse(&text) {
                prop_assert_eq!(number.expose().len(), 18);
            }
        }
    }

    #[test]
    fn a_number_shows_only_its_ends() {
        let number = parse("11010519491231002X").unwrap();
        assert_eq!(number.masked(), "1****************X");
        assert!(!format!("{number:?}").contains("1010"));
    }

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let evening =
            Timestamp::from_seconds(date!(2026 - 11 - 24).midnight().assume_utc().unix_timestamp() + 16 * 3600);
        assert_eq!(today_in_china(evening), date!(2026 - 11 - 25));
        assert_eq!(today_in_china(evening.minus(std::time::Duration::from_millis(1))), date!(2026 - 11 - 24));
    }
}
