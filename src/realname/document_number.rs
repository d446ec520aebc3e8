//! [`DocumentNumber`]: the number on a document, read by the rules of its kind, in the one form by which a person is found.
//!
//! Some papers carry a count of issue behind the number (换证次数), and some were numbered differently before: what does not
//! tell persons apart is dropped, so that a replaced card finds the same person. Pure: the day is an argument.

use std::fmt;

use time::Date;

use super::country::issues_foreign_passports;
use super::document::DocumentType;
use super::identity_number::{IdentityNumber, IdentityNumberError, Sex};
use super::typed::upper;
use crate::base::Secret;

/// What residence permits begin with: Hong Kong, Macao, Taiwan.
const RESIDENCE_AREAS: [&str; 3] = ["810000", "820000", "830000"];

/// What is wrong with a number. Never contains any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentNumberError {
    /// It breaks a rule of the identity number (GB 11643), by which this kind is numbered.
    #[error("{0}")]
    Identity(#[from] IdentityNumberError),
    /// Documents of this kind are numbered differently.
    #[error("documents of this kind are numbered differently")]
    Shape,
    /// The passport's number comes without the country that has issued it, or by letters that issue none.
    #[error("the issuing country is missing or is none")]
    Country,
    /// It is well-formed, for a document of another kind.
    #[error("this is the number of another kind of document")]
    OtherKind(DocumentType),
}

/// A well-formed number of a document of a known kind. It does not print; [`Self::masked`] does.
#[derive(Clone)]
pub struct DocumentNumber {
    kind: DocumentType,
    number: Secret,
}

impl DocumentNumber {
    /// Reads what a person typed: spaces, full-width characters and lower case are forgiven. Before the number of a foreign
    /// passport stands who issued it, as `USA:123456789`: two countries give out the same numbers. `today` is the last
    /// possible date of birth ([`super::today_in_china`]).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(kind: DocumentType, text: &str, today: Date) -> Result<Self, DocumentNumberError> {
        use DocumentType::*;
        let number = match kind {
            ResidentIdentityCard | TemporaryIdentityCard | HouseholdRegister => {
                let number = IdentityNumber::parse(text, today)?;
                if RESIDENCE_AREAS.contains(&number.area()) {
                    return Err(DocumentNumberError::OtherKind(HongKongMacaoTaiwanResidencePermit));
                }
                number.expose().to_owned()
            }
            HongKongMacaoTaiwanResidencePermit => {
                let permit = |number: &str| RESIDENCE_AREAS.iter().any(|area| number.starts_with(area));
                if upper(text).chars().count() != 18 {
                    return Err(IdentityNumberError::Length.into());
                }
                IdentityNumber::parse_where(text, today, permit)?.expose().to_owned()
            }
            ForeignPermanentResidence => permanent_residence(&upper(text), today)?,
            ForeignPassport => foreign_passport(&upper(text))?,
            other => papers(other, &upper(text)).ok_or(DocumentNumberError::Shape)?,
        };
        Ok(Self { kind, number: Secret::new(number) })
    }

    /// The kind of document.
    #[must_use]
    pub const fn kind(&self) -> DocumentType {
        self.kind
    }

    /// The number in its one form, for the authority and for sealing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.number.expose()
    }

    /// Who issued a foreign passport: three letters of ICAO Doc 9303.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.expose().split_once(':').map(|(country, _)| country)
    }

    /// The number as it stands on the document.
    #[must_use]
    pub fn number(&self) -> &str {
        self.expose().split_once(':').map_or_else(|| self.expose(), |(_, number)| number)
    }

    /// What the keyed index is made of. The card, its temporary stand-in and the household register carry one number of
    /// one person, and the old form of fifteen digits has become eighteen: all of them are found as one.
    #[must_use]
    pub fn index_text(&self) -> Secret {
        use DocumentType::{HouseholdRegister, TemporaryIdentityCard};
        let kind = match self.kind {
            TemporaryIdentityCard | HouseholdRegister => DocumentType::ResidentIdentityCard,
            other => other,
        };
        // The resident identity card was indexed by its code before kinds had names.
        let kind = if kind == DocumentType::ResidentIdentityCard { "111" } else { kind.name() };
        Secret::new(format!("{kind}:{}", self.expose()))
    }

    /// Identity numbers: first and last character. Other papers: the first and the last third.
    #[must_use]
    pub fn masked(&self) -> String {
        let length = self.number().chars().count();
        let shown = if self.is_identity_number() { 1 } else { length / 3 };
        let mask = |(at, c)| if at < shown || at + shown >= length { c } else { '*' };
        let number: String = self.number().chars().enumerate().map(mask).collect();
        self.country().map_or_else(|| number.clone(), |country| format!("{country}:{number}"))
    }

    /// The date of birth, where the number tells it.
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        self.as_identity_number().map(|number| number.birth())
    }

    /// Sex, where the number tells it.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        self.as_identity_number().map(|number| number.sex())
    }

    /// Whether both are the same number on the same kind of document, in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.index_text().is(other.index_text().expose())
    }

    fn is_identity_number(&self) -> bool {
        self.as_identity_number().is_some()
    }

    fn as_identity_number(&self) -> Option<IdentityNumber> {
        use DocumentType::*;
        let built_so = matches!(
            self.kind,
            ResidentIdentityCard
                | TemporaryIdentityCard
                | HouseholdRegister
                | HongKongMacaoTaiwanResidencePermit
                | ForeignPermanentResidence
        );
        built_so.then(|| IdentityNumber::parse_where(self.expose(), Date::MAX, |_| true).ok()).flatten()
    }
}

impl fmt::Debug for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentNumber({}, …)", self.kind)
    }
}

/// Since 2023 eighteen characters that begin with 9, checked like an identity number; before, three letters and twelve
/// digits.
fn permanent_residence(text: &str, today: Date) -> Result<String, DocumentNumberError> {
    if follows("@@@############", text) {
        return Ok(text.to_owned());
    }
    if text.chars().count() != 18 {
        return Err(DocumentNumberError::Shape);
    }
    let number = IdentityNumber::parse_where(text, today, |number| number.starts_with('9'))?;
    Ok(number.expose().to_owned())
}

/// Three letters of who issued it, a colon, and five to twenty letters and digits. What China issues is no foreign passport.
fn foreign_passport(text: &str) -> Result<String, DocumentNumberError> {
    let (country, number) = text.split_once(':').ok_or(DocumentNumberError::Country)?;
    if matches!(country, "CHN" | "HKG" | "MAC") {
        return Err(DocumentNumberError::OtherKind(DocumentType::OrdinaryPassport));
    }
    // German passports say `D`.
    let country = if country == "D" { "DEU" } else { country };
    if !issues_foreign_passports(country) {
        return Err(DocumentNumberError::Country);
    }
    let fits = (5..=20).contains(&number.len()) && number.chars().all(|c| c.is_ascii_alphanumeric());
    if fits { Ok(format!("{country}:{number}")) } else { Err(DocumentNumberError::Shape) }
}

/// The one form of a number that is not built like an identity number; `None` when it is not of its kind.
fn papers(kind: DocumentType, text: &str) -> Option<String> {
    use DocumentType::*;
    let one_of = |patterns: &[&str]| patterns.iter().any(|pattern| follows(pattern, text)).then(|| text.to_owned());
    let free = |shortest, more: fn(char) -> bool| {
        let fits = (shortest..=30).contains(&text.chars().count()) && text.chars().all(more);
        fits.then(|| text.to_owned())
    };
    match kind {
        // Since 2012 electronic: E and eight digits, since 2017 a letter that is no I or O in place of the first; before, G
        // and eight digits, or nine digits that begin with 14 or 15.
        OrdinaryPassport => one_of(&["E########", "E@#######", "G########", "14#######", "15#######"])
            .filter(|number| !number.starts_with("EI") && !number.starts_with("EO")),
        DiplomaticPassport => one_of(&["D########", "DE#######"]),
        // The older ones have a point behind the letter, which is not kept: `S.1234567`, `P.1234567`.
        OfficialPassport => match text.replacen('.', "", usize::from(text.get(1..2) == Some("."))) {
            number if number.len() < text.len() => {
                (follows("S#######", &number) || follows("P#######", &number)).then_some(number)
            }
            _ => one_of(&["S########", "SE#######", "P########", "PE#######", "S#######", "P#######"]),
        },
        // The last two of eleven characters count the cards issued.
        HongKongMacaoTravelPermit => {
            one_of(&["H########", "M########", "H##########", "M##########"])?.get(..9).map(ToOwned::to_owned)
        }
        ExitPermitToHongKongMacao => one_of(&["C########", "C@#######", "W########"]),
        TaiwanTravelPermit => taiwan(&text.replace(['(', ')'], "")),
        HongKongMacaoIdentityCard => hong_kong_or_macao(&text.replace(['(', ')', '/'], "")),
        _ => free(4, |c| c.is_ascii_alphanumeric() || matches!(c, '\u{4E00}'..='\u{9FFF}' | '-')),
    }
}

/// Eight digits on the card, with or without the two that count the cards issued; ten digits and a letter in the booklet
/// before it.
fn taiwan(text: &str) -> Option<String> {
    if follows("##########@", text) {
        return Some(text.to_owned());
    }
    let card = follows("########", text) || follows("##########", text);
    card.then(|| text.get(..8).map(ToOwned::to_owned)).flatten()
}

/// Hong Kong: one or two letters, six digits, and a check character (weights 9 to 2, modulo 11). Macao: eight digits that
/// begin with 1, 5 or 7.
fn hong_kong_or_macao(text: &str) -> Option<String> {
    if follows("########", text) {
        return text.starts_with(['1', '5', '7']).then(|| text.to_owned());
    }
    let last = text.chars().next_back().filter(|c| c.is_ascii_digit() || *c == 'A')?;
    let body = text.strip_suffix(last)?;
    let padded = match body.len() {
        7 if follows("@######", body) => format!(" {body}"),
        8 if follows("@@######", body) => body.to_owned(),
        _ => return None,
    };
    let value = |c: char| if c == ' ' { 36 } else { c.to_digit(36).unwrap_or_default() };
    let sum: u32 = padded.chars().zip((2..=9).rev()).map(|(c, weight)| value(c) * weight).sum();
    (sum + value(last)).is_multiple_of(11).then(|| text.to_owned())
}

/// Whether a text follows a pattern: `#` is a digit, `@` a letter, anything else itself.
fn follows(pattern: &str, text: &str) -> bool {
    let fits = |(wanted, c): (char, char)| match wanted {
        '#' => c.is_ascii_digit(),
        '@' => c.is_ascii_uppercase(),
        other => c == other,
    };
    pattern.chars().count() == text.chars().count() && pattern.chars().zip(text.chars()).all(fits)
}

#[cfg(test)]
mod tests {
    use DocumentType::*;
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;
    use crate::realname::identity_number::check_character;

    const TODAY: Date = date!(2026 - 11 - 24);

    fn parse(kind: DocumentType, text: &str) -> Result<String, DocumentNumberError> {
        DocumentNumber::parse(kind, text, TODAY).map(|number| number.expose().to_owned())
    }

    fn with_check(body: &str) -> String {
        format!("{body}{}", check_character(body).unwrap())
    }

    #[test]
    fn each_kind_has_its_form() {
        let permit = with_check("81000019900101001");
        let residence = with_check("93111519900101001");
        let cases = [
            (ResidentIdentityCard, "11010519491231002x", "11010519491231002X"),
            (ResidentIdentityCard, "110105491231002", "11010519491231002X"),
            (TemporaryIdentityCard, "110105 19491231 002X", "11010519491231002X"),
            (HouseholdRegister, "11010519491231002X", "11010519491231002X"),
            (OrdinaryPassport, "e12345678", "E12345678"),
            (OrdinaryPassport, "EA1234567", "EA1234567"),
            (DiplomaticPassport, "DE1234567", "DE1234567"),
            (OfficialPassport, "SE1234567", "SE1234567"),
            (OfficialPassport, "P01234567", "P01234567"),
            (OrdinaryPassport, "g12345678", "G12345678"),
            (OrdinaryPassport, "141234567", "141234567"),
            (DiplomaticPassport, "d12345678", "D12345678"),
            (OfficialPassport, "S.1234567", "S1234567"),
            (OfficialPassport, "P1234567", "P1234567"),
            (ForeignPassport, "deu：c01x 00t4 7", "DEU:C01X00T47"),
            (ForeignPassport, "D:C01X00T47", "DEU:C01X00T47"),
            (OfficerCard, "军字第2001988号", "军字第2001988号"),
            (HongKongMacaoTravelPermit, "h12345678", "H12345678"),
            (HongKongMacaoTravelPermit, "H1234567802", "H12345678"),
            (HongKongMacaoTravelPermit, "Ｍ１２３４５６７８", "M12345678"),
            (ExitPermitToHongKongMacao, "C12345678", "C12345678"),
            (ExitPermitToHongKongMacao, "CA1234567", "CA1234567"),
            (HongKongMacaoIdentityCard, "A123456(3)", "A1234563"),
            (HongKongMacaoIdentityCard, "1234567(8)", "12345678"),
            (TaiwanTravelPermit, "12345678", "12345678"),
            (TaiwanTravelPermit, "1234567801", "12345678"),
            (TaiwanTravelPermit, "0012345678(B)", "0012345678B"),
            (HongKongMacaoTaiwanResidencePermit, permit.as_str(), permit.as_str()),
            (ForeignPermanentResidence, residence.as_str(), residence.as_str()),
            (ForeignPermanentResidence, "USA110012345678", "USA110012345678"),
        ];
        for (kind, typed, form) in cases {
            assert_eq!(parse(kind, typed).as_deref(), Ok(form), "{kind} {typed}");
        }
    }

    #[test]
    fn what_is_none_of_its_kind_is_refused() {
        let shapes = [
            (OrdinaryPassport, "E1234567"),
            (OrdinaryPassport, "X12345678"),
            (DiplomaticPassport, "E12345678"),
            (OrdinaryPassport, "EI1234567"),
            (OrdinaryPassport, "EO1234567"),
            (OrdinaryPassport, "161234567"),
            (OfficialPassport, "S..123456"),
            (OfficialPassport, "S.12345678"),
            (ForeignPassport, "USA:A1-2"),
            (ForeignPassport, "USA:护照12345"),
            (ForeignPassport, "USA:1234"),
            (OfficerCard, "a"),
            (HongKongMacaoTravelPermit, "H1234567"),
            (HongKongMacaoTravelPermit, "T12345678"),
            (HongKongMacaoTravelPermit, "H123456780"),
            (ExitPermitToHongKongMacao, "H12345678"),
            (HongKongMacaoIdentityCard, "A123456(4)"),
            (HongKongMacaoIdentityCard, "22345678"),
            (TaiwanTravelPermit, "1234567"),
            (TaiwanTravelPermit, "T1234567801"),
            (ForeignPermanentResidence, "USA11001234567"),
            (ForeignPermanentResidence, ""),
        ];
        for (kind, typed) in shapes {
            assert_eq!(parse(kind, typed), Err(DocumentNumberError::Shape), "{kind} {typed}");
        }
        for typed in ["C01X00T47", "ZZZ:C01X00T47", ":C01X00T47", "USA C01X00T47", ""] {
            assert_eq!(parse(ForeignPassport, typed), Err(DocumentNumberError::Country), "{typed}");
        }
        let own = Err(DocumentNumberError::OtherKind(OrdinaryPassport));
        assert_eq!(parse(ForeignPassport, "CHN:E12345678"), own);
        let right = with_check("93111519900101001");
        let wrong = format!("{}{}", &right[..17], if right.ends_with('1') { '2' } else { '1' });
        let identity = [
            (ResidentIdentityCard, "123", IdentityNumberError::Length),
            (ResidentIdentityCard, "110105194912310020", IdentityNumberError::Checksum),
            (HongKongMacaoTaiwanResidencePermit, "11010519491231002X", IdentityNumberError::Area),
            (HongKongMacaoTaiwanResidencePermit, "810000900101001", IdentityNumberError::Length),
            (ForeignPermanentResidence, wrong.as_str(), IdentityNumberError::Checksum),
            (ForeignPermanentResidence, "11010519491231002X", IdentityNumberError::Area),
        ];
        for (kind, typed, fault) in identity {
            assert_eq!(parse(kind, typed), Err(DocumentNumberError::Identity(fault)), "{kind} {typed}");
        }
    }

    #[test]
    fn a_residence_permit_is_not_an_identity_card() {
        for area in RESIDENCE_AREAS {
            let permit = with_check(&format!("{area}19900101001"));
            let fault = DocumentNumberError::OtherKind(HongKongMacaoTaiwanResidencePermit);
            assert_eq!(parse(ResidentIdentityCard, &permit), Err(fault), "{permit}");
        }
    }

    #[test]
    fn one_person_is_found_by_every_form_of_a_number() {
        let number = |kind, text| DocumentNumber::parse(kind, text, TODAY).unwrap();
        let card = number(ResidentIdentityCard, "11010519491231002X");
        assert!(card.is(&number(ResidentIdentityCard, "110105491231002")));
        assert!(card.is(&number(HouseholdRegister, "11010519491231002x")));
        assert!(card.is(&number(TemporaryIdentityCard, "11010519491231002X")));
        assert_eq!(card.index_text().expose(), "111:11010519491231002X");
        assert!(number(TaiwanTravelPermit, "12345678").is(&number(TaiwanTravelPermit, "1234567802")));
        assert!(!number(TaiwanTravelPermit, "12345678").is(&number(HongKongMacaoIdentityCard, "12345678")));
    }

    /// Two countries give out the same numbers.
    #[test]
    fn equal_numbers_of_two_countries_are_two_passports() {
        let number = |text| DocumentNumber::parse(ForeignPassport, text, TODAY).unwrap();
        let (one, other) = (number("USA:123456789"), number("GBR:123456789"));
        assert!(!one.is(&other) && one.is(&number("usa: 123456789")));
        assert_eq!((one.country(), one.number(), one.masked().as_str()), (Some("USA"), "123456789", "USA:123***789"));
        assert_eq!(number("D:123456789").index_text().expose(), "foreign_passport:DEU:123456789");
        assert_eq!(DocumentNumber::parse(OrdinaryPassport, "E12345678", TODAY).unwrap().country(), None);
    }

    #[test]
    fn masks_show_ends_only() {
        let masked = |kind, text| DocumentNumber::parse(kind, text, TODAY).unwrap().masked();
        assert_eq!(masked(ResidentIdentityCard, "11010519491231002X"), "1****************X");
        assert_eq!(masked(OrdinaryPassport, "E12345678"), "E12***678");
        assert_eq!(masked(OfficerCard, "军字第2001988号"), "军字第*****88号");
        let number = DocumentNumber::parse(OrdinaryPassport, "E12345678", TODAY).unwrap();
        assert!(!format!("{number:?}").contains("123"));
        assert_eq!((number.birth(), number.sex()), (None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_its_form_is_stable(text in "[0-9A-Za-z()\\- 军字第号\\PC]{0,24}", at in 0_usize..17) {
            let kind = DocumentType::all().nth(at).unwrap();
            if let Ok(number) = DocumentNumber::parse(kind, &text, TODAY) {
                prop_assert_eq!(parse(kind, number.expose()), Ok(number.expose().to_owned()));
                prop_assert_eq!(number.masked().chars().count(), number.expose().chars().count());
            }
        }

        #[test]
        fn permits_of_hong_kong_macao_and_taiwan_drop_their_count(digits in "[0-9]{8}", count in "[0-9]{2}", hm in "[HM]") {
            let permit = |text: String| parse(HongKongMacaoTravelPermit, &text).unwrap();
            prop_assert_eq!(permit(format!("{hm}{digits}{count}")), permit(format!("{hm}{digits}")));
            let permit = |text: String| parse(TaiwanTravelPermit, &text).unwrap();
            prop_assert_eq!(permit(format!("{digits}{count}")), permit(digits));
        }

        #[test]
        fn permanent_residence_since_2023_has_one_check_character(body in "9[0-9]{5}19[0-9]{2}0[1-9][12][0-9][0-9]{3}", last in "[0-9X]") {
            let right = with_check(&body);
            prop_assume!(parse(ForeignPermanentResidence, &right).is_ok());
            let typed = format!("{body}{last}");
            prop_assert_eq!(parse(ForeignPermanentResidence, &typed).is_ok(), typed == right);
        }

        /// Every form of every kind of passport and permit; one digit less, or one more where there is no count, is none.
        #[test]
        fn papers_have_their_forms_and_no_others(digits in "[0-9]{8}", letter in "[A-HJ-NP-Z]", at in 0_usize..14) {
            let seven = &digits[..7];
            let (kind, number) = match at {
                0 => (OrdinaryPassport, format!("E{digits}")),
                1 => (OrdinaryPassport, format!("E{letter}{seven}")),
                2 => (OrdinaryPassport, format!("G{digits}")),
                3 => (OrdinaryPassport, format!("14{seven}")),
                4 => (OrdinaryPassport, format!("15{seven}")),
                5 => (DiplomaticPassport, format!("D{digits}")),
                6 => (DiplomaticPassport, format!("DE{seven}")),
                7 => (OfficialPassport, format!("SE{seven}")),
                8 => (OfficialPassport, format!("PE{seven}")),
                9 => (ExitPermitToHongKongMacao, format!("C{digits}")),
                10 => (ExitPermitToHongKongMacao, format!("C{letter}{seven}")),
                11 => (ExitPermitToHongKongMacao, format!("W{digits}")),
                12 => (HongKongMacaoTravelPermit, format!("H{digits}")),
                _ => (ForeignPassport, format!("USA:{letter}{digits}")),
            };
            prop_assert_eq!(parse(kind, &number), Ok(number.clone()));
            prop_assert_eq!(parse(kind, &number.to_lowercase()), Ok(number.clone()));
            let (less, more) = (&number[..number.len() - 1], format!("{number}1"));
            prop_assert!(kind == ForeignPassport || parse(kind, less).is_err());
            prop_assert!(kind == ForeignPassport || parse(kind, &more).is_err());
            let strange = format!("{number}*");
            prop_assert!(parse(kind, &strange).is_err());
        }

        /// Old and new permits of one person of Taiwan are two numbers; each has its form, and the count is dropped.
        #[test]
        fn booklets_of_taiwan_have_ten_digits_and_a_letter(digits in "[0-9]{10}", letter in "[A-Z]") {
            let booklet = format!("{digits}{letter}");
            prop_assert_eq!(parse(TaiwanTravelPermit, &format!("{digits}({letter})")), Ok(booklet.clone()));
            prop_assert_eq!(parse(TaiwanTravelPermit, &booklet), Ok(booklet));
            prop_assert!(parse(TaiwanTravelPermit, &digits[..9]).is_err());
        }

        #[test]
        fn identity_cards_of_macao_begin_with_one_five_or_seven(first in "[0-9]", rest in "[0-9]{7}") {
            let card = format!("{first}{rest}");
            let fits = matches!(first.as_str(), "1" | "5" | "7");
            prop_assert_eq!(parse(HongKongMacaoIdentityCard, &card).is_ok(), fits);
        }

        /// Service papers are free in form, within their letters.
        #[test]
        fn papers_of_the_services_are_taken_as_they_stand(number in "[军武士退]字第[0-9]{5,8}号", at in 0_usize..4) {
            let kind = [OfficerCard, PoliceOfficerCard, SoldierCard, RetiredOfficerCard][at];
            prop_assert_eq!(parse(kind, &number), Ok(number.clone()));
            let strange = format!("{number}<");
            prop_assert!(parse(kind, &strange).is_err());
        }

        #[test]
        fn hong_kong_identity_cards_have_one_check_character(body in "[A-Z]{1,2}[0-9]{6}") {
            let fitting = "0123456789A".chars().filter(|c| parse(HongKongMacaoIdentityCard, &format!("{body}{c}")).is_ok());
            prop_assert_eq!(fitting.count(), 1);
        }
    }
}
