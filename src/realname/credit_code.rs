//! 统一社会信用代码 (GB 32100-2015), the code of a legal person, checked before anyone is asked.
//!
//! Two check characters stand in a code. The outer one (position 18) is a rule: a code that breaks it is refused. The inner
//! one (position 17, GB 11714 over the organisation code) is broken by some codes that are in use, so that breaking it is
//! told as a [`CreditCodeWarning`] and refuses nobody. Pure; a code that passes is well-formed, not proven to be anybody's.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::typed::upper;

/// GB 32100 §5.2: no I, O, S, V, Z. A character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^(i−1) mod 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// GB 11714-1997.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not eighteen characters.
    #[error("a unified social credit code has 18 characters")]
    Length,
    /// A character that codes do not have, or a letter where the area's six digits stand.
    #[error("the code has a character that such codes do not have (I, O, S, V and Z never occur)")]
    Character,
    /// The last character does not fit the others: usually a slip of the finger.
    #[error("the last character does not fit those before it")]
    Checksum,
}

/// What is odd about a code that is accepted all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeWarning {
    /// The organisation code inside (组织机构代码, positions 9 to 17) breaks its own check character (GB 11714).
    #[error("the check character of the organisation code inside does not fit")]
    OrganisationCode,
}

/// The kinds of legal persons and other organisations, by the first two characters (登记管理部门 and 机构类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalPersonKind {
    /// 机关, 11.
    GovernmentOrgan,
    /// 事业单位, 12.
    PublicInstitution,
    /// 社会团体, 51.
    SocialGroup,
    /// 民办非企业单位, 52.
    PrivateNonEnterprise,
    /// 基金会, 53.
    Foundation,
    /// 企业, 91.
    Enterprise,
    /// 个体工商户, 92.
    IndividualBusiness,
    /// 农民专业合作社, 93.
    FarmersCooperative,
    /// 农村集体经济组织, N….
    RuralCollective,
    /// Any other that has a code: law firms, trade unions, religious venues, ….
    Other,
}

impl LegalPersonKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::GovernmentOrgan,
        Self::PublicInstitution,
        Self::SocialGroup,
        Self::PrivateNonEnterprise,
        Self::Foundation,
        Self::Enterprise,
        Self::IndividualBusiness,
        Self::FarmersCooperative,
        Self::RuralCollective,
        Self::Other,
    ];

    /// The word of the wire and of tokens, `entity.type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GovernmentOrgan => "government_organ",
            Self::PublicInstitution => "public_institution",
            Self::SocialGroup => "social_group",
            Self::PrivateNonEnterprise => "private_non_enterprise",
            Self::Foundation => "foundation",
            Self::Enterprise => "enterprise",
            Self::IndividualBusiness => "individual_business",
            Self::FarmersCooperative => "farmers_cooperative",
            Self::RuralCollective => "rural_collective",
            Self::Other => "other",
        }
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// 服务对象 of GB/T 39046 table A.4: 2 企业法人, 3 事业法人, 4 社会组织法人, 5 行政机关, 6 其他.
    #[must_use]
    pub const fn service_object(self) -> u8 {
        match self {
            Self::Enterprise => 2,
            Self::PublicInstitution => 3,
            Self::SocialGroup | Self::PrivateNonEnterprise | Self::Foundation => 4,
            Self::GovernmentOrgan => 5,
            Self::IndividualBusiness | Self::FarmersCooperative | Self::RuralCollective | Self::Other => 6,
        }
    }

    fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "11" => Self::GovernmentOrgan,
            "12" => Self::PublicInstitution,
            "51" => Self::SocialGroup,
            "52" => Self::PrivateNonEnterprise,
            "53" => Self::Foundation,
            "91" => Self::Enterprise,
            "92" => Self::IndividualBusiness,
            "93" => Self::FarmersCooperative,
            other if other.starts_with('N') => Self::RuralCollective,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for LegalPersonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A well-formed code: eighteen characters, upper case. Codes are public, so it prints.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocialCreditCode(String);

impl SocialCreditCode {
    /// Reads what a person typed: spaces, hyphens, full-width characters and lower case are forgiven.
    ///
    /// # Errors
    /// The first thing wrong, in the order length, characters, check character.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let code = upper(text).replace('-', "");
        if code.chars().count() != 18 {
            return Err(CreditCodeError::Length);
        }
        let area = code.get(2..8).ok_or(CreditCodeError::Character)?;
        let known = code.bytes().all(|byte| ALPHABET.contains(&byte));
        if !known || !area.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CreditCodeError::Character);
        }
        let (body, check) = code.split_at_checked(17).ok_or(CreditCodeError::Character)?;
        if check_character(body) != check.chars().next() {
            return Err(CreditCodeError::Checksum);
        }
        Ok(Self(code))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What kind of legal person has it.
    #[must_use]
    pub fn kind(&self) -> LegalPersonKind {
        LegalPersonKind::of_prefix(self.0.get(..2).unwrap_or_default())
    }

    /// The six-digit area of the registering authority (GB/T 2260).
    #[must_use]
    pub fn area(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// 组织机构代码, the nine characters inside (GB 11714).
    #[must_use]
    pub fn organisation_code(&self) -> &str {
        self.0.get(8..17).unwrap_or_default()
    }

    /// What is odd about it. Such a code goes on; the registry decides.
    #[must_use]
    pub fn warning(&self) -> Option<CreditCodeWarning> {
        let (body, check) = self.organisation_code().split_at_checked(8)?;
        let fits = organisation_check_character(body) == check.chars().next();
        (!fits).then_some(CreditCodeWarning::OrganisationCode)
    }
}

impl fmt::Display for SocialCreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SocialCreditCode {
    type Error = CreditCodeError;

    fn try_from(text: String) -> Result<Self, CreditCodeError> {
        Self::parse(&text)
    }
}

impl From<SocialCreditCode> for String {
    fn from(code: SocialCreditCode) -> Self {
        code.0
    }
}

/// The eighteenth character for the seventeen before it (GB 32100); `None` when they are not that.
#[must_use]
pub fn check_character(body: &str) -> Option<char> {
    let values: Option<Vec<usize>> = body.bytes().map(|byte| ALPHABET.iter().position(|c| *c == byte)).collect();
    let values = values.filter(|values| values.len() == WEIGHTS.len())?;
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    ALPHABET.get((31 - sum % 31) % 31).map(|byte| char::from(*byte))
}

/// The ninth character of an organisation code for the eight before it (GB 11714); `None` when they are not that.
#[must_use]
pub fn organisation_check_character(body: &str) -> Option<char> {
    let values: Option<Vec<u32>> = body.chars().map(|c| c.to_digit(36).filter(|_| !c.is_lowercase())).collect();
    let values = values.filter(|values| values.len() == ORGANISATION_WEIGHTS.len())?;
    let sum: u32 = values.iter().zip(ORGANISATION_WEIGHTS).map(|(value, weight)| value * weight).sum();
    match 11 - sum % 11 {
        11 => Some('0'),
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Codes of public bodies and companies as they are published.
    const PUBLISHED: [(&str, LegalPersonKind); 6] = [
        ("11110000000021135M", LegalPersonKind::GovernmentOrgan),
        ("11330105002500287C", LegalPersonKind::GovernmentOrgan),
        ("91350100M000100Y43", LegalPersonKind::Enterprise),
        ("12441500196720244T", LegalPersonKind::PublicInstitution),
        ("11370800MB28559184", LegalPersonKind::GovernmentOrgan),
        ("11440100696927671X", LegalPersonKind::GovernmentOrgan),
    ];

    /// Seventeen characters and the check character that belongs to them.
    fn with_check(body: &str) -> String {
        format!("{body}{}", check_character(body).unwrap())
    }

    #[test]
    fn published_codes_pass_both_checks() {
        for (text, kind) in PUBLISHED {
            let code = SocialCreditCode::parse(text).unwrap();
            assert_eq!((code.as_str(), code.kind(), code.warning()), (text, kind, None), "{text}");
        }
        let code = SocialCreditCode::parse("91350100M000100Y43").unwrap();
        assert_eq!((code.area(), code.organisation_code()), ("350100", "M000100Y4"));
    }

    #[test]
    fn what_people_type_is_forgiven() {
        for form in [
            "91350100m000100y43",
            " 91 350100 M000100Y4 3",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "91-350100-M000100Y4-3",
        ] {
            assert_eq!(SocialCreditCode::parse(form).unwrap().as_str(), "91350100M000100Y43", "{form}");
        }
    }

    #[test]
    fn each_fault_has_its_own_answer() {
        let cases = [
            ("", CreditCodeError::Length),
            ("91350100M000100Y4", CreditCodeError::Length),
            ("91350100M000100Y433", CreditCodeError::Length),
            ("91350100M00010OY43", CreditCodeError::Character),
            ("91350100I000100Y43", CreditCodeError::Character),
            ("913501A0M000100Y43", CreditCodeError::Character),
            ("虎1350100M000100Y43", CreditCodeError::Character),
            ("91350100M000100Y44", CreditCodeError::Checksum),
            ("91350100M000010Y43", CreditCodeError::Checksum),
        ];
        for (text, error) in cases {
            assert_eq!(SocialCreditCode::parse(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn a_broken_organisation_code_is_a_warning_and_no_error() {
        let code = SocialCreditCode::parse(&with_check("91350100M000100Y5")).unwrap();
        assert_eq!(code.warning(), Some(CreditCodeWarning::OrganisationCode));
    }

    #[test]
    fn kinds_are_told_by_the_prefix() {
        let kinds = [
            ("11", LegalPersonKind::GovernmentOrgan, 5),
            ("12", LegalPersonKind::PublicInstitution, 3),
            ("51", LegalPersonKind::SocialGroup, 4),
            ("52", LegalPersonKind::PrivateNonEnterprise, 4),
            ("53", LegalPersonKind::Foundation, 4),
            ("91", LegalPersonKind::Enterprise, 2),
            ("92", LegalPersonKind::IndividualBusiness, 6),
            ("93", LegalPersonKind::FarmersCooperative, 6),
            ("N2", LegalPersonKind::RuralCollective, 6),
            ("31", LegalPersonKind::Other, 6),
        ];
        for (prefix, kind, object) in kinds {
            let code = SocialCreditCode::parse(&with_check(&format!("{prefix}350100M000100Y4"))).unwrap();
            assert_eq!((code.kind(), code.kind().service_object()), (kind, object), "{prefix}");
            assert_eq!(LegalPersonKind::from_name(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn in_json_a_code_is_checked_too() {
        let code: SocialCreditCode = serde_json::from_str("\"91350100M000100Y43\"").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"91350100M000100Y43\"");
        assert!(serde_json::from_str::<SocialCreditCode>("\"91350100M000100Y44\"").is_err());
    }

    fn bodies() -> impl Strategy<Value = String> {
        "[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}"
    }

    proptest! {
        #[test]
        fn every_body_has_one_check_character(body in bodies()) {
            let right = with_check(&body);
            prop_assert!(SocialCreditCode::parse(&right).is_ok());
            for last in ALPHABET.iter().map(|byte| char::from(*byte)) {
                let code = format!("{body}{last}");
                prop_assert_eq!(SocialCreditCode::parse(&code).is_ok(), code == right);
            }
        }

        /// 31 is a prime and no weight is its multiple: one wrong character is always found, and so is a swap of neighbours.
        #[test]
        fn slips_of_the_finger_are_found(body in bodies(), at in 0_usize..17, to in 0_usize..31) {
            let right = with_check(&body);
            let mut wrong = right.clone().into_bytes();
            wrong[at] = ALPHABET[to];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(SocialCreditCode::parse(&wrong).is_ok(), wrong == right);
            let mut swapped = right.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert!(swapped == right || at == 16 || SocialCreditCode::parse(&swapped).is_err());
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,24}") {
            if let Ok(code) = SocialCreditCode::parse(&text) {
                prop_assert_eq!(code.as_str().len(), 18);
            }
        }

        #[test]
        fn organisation_codes_have_one_check_character(body in "[0-9A-Z]{8}") {
            let check = organisation_check_character(&body).unwrap();
            prop_assert!(check.is_ascii_digit() || check == 'X');
        }
    }
}
