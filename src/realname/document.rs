//! Kinds of identity document (证件类型): one internal enum, and its place in the three families of codes that are in use.
//!
//! The families do not align: a foreign passport and a Chinese one share a code of GA/T 2000.156, Guangdong calls most
//! papers "other". So a kind is known here by its own name, and codes are read and written at the edges, where they are
//! spoken. How the number on each looks is [`super::document_number`]'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentType {
    /// 居民身份证.
    ResidentIdentityCard,
    /// 临时居民身份证, with the number of the card that it stands for.
    TemporaryIdentityCard,
    /// 户口簿, with the resident identity number of the person.
    HouseholdRegister,
    /// 普通护照, of the People's Republic.
    OrdinaryPassport,
    /// 外交护照.
    DiplomaticPassport,
    /// 公务护照.
    OfficialPassport,
    /// 外国护照.
    ForeignPassport,
    /// 军官证.
    OfficerCard,
    /// 武警警官证.
    PoliceOfficerCard,
    /// 士兵证.
    SoldierCard,
    /// 军官离退休证.
    RetiredOfficerCard,
    /// 港澳居民来往内地通行证: of Hong Kong and Macao residents, for the mainland.
    HongKongMacaoTravelPermit,
    /// 往来港澳通行证: of mainland residents, for Hong Kong and Macao.
    ExitPermitToHongKongMacao,
    /// 港澳居民身份证.
    HongKongMacaoIdentityCard,
    /// 台湾居民来往大陆通行证.
    TaiwanTravelPermit,
    /// 港澳台居民居住证.
    HongKongMacaoTaiwanResidencePermit,
    /// 外国人永久居留身份证, the old form and that of 2023.
    ForeignPermanentResidence,
}

/// A family of codes for kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeFamily {
    /// GA/T 2000.156, three digits: what GB/T 39046 asks for.
    Gat,
    /// 浙江 `idtype`, one digit.
    Zhejiang,
    /// 浙江, the words of its newer interface.
    ZhejiangName,
    /// 广东 `idcardtype`, two digits.
    Guangdong,
}

/// What is no kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of document")]
pub struct NotADocumentType;

/// A row of the mapping: the kind, its name here, and its codes in the order of [`CodeFamily`].
type Row = (DocumentType, &'static str, [Option<&'static str>; 4]);

/// Data (§1.3 of the facts): where a family has one code for several kinds, the one that is usually meant comes first.
const TABLE: &[Row] = {
    use DocumentType::*;
    &[
        (ResidentIdentityCard, "resident_identity_card", [Some("111"), Some("1"), Some("ID_CARD"), Some("10")]),
        (TemporaryIdentityCard, "temporary_identity_card", [Some("112"), None, None, Some("40")]),
        (HouseholdRegister, "household_register", [Some("113"), None, None, Some("40")]),
        (OrdinaryPassport, "ordinary_passport", [Some("414"), Some("2"), Some("PASSPORT"), Some("20")]),
        (DiplomaticPassport, "diplomatic_passport", [Some("411"), Some("2"), Some("DIPLOMACY_PASSPORT"), Some("20")]),
        (OfficialPassport, "official_passport", [Some("412"), Some("2"), Some("OFFICIAL_PASSPORT"), Some("20")]),
        (ForeignPassport, "foreign_passport", [Some("414"), Some("2"), Some("FOREIGN_PASSPORT"), Some("20")]),
        (OfficerCard, "officer_card", [Some("114"), Some("3"), Some("OFFICER_CARD"), Some("40")]),
        (PoliceOfficerCard, "police_officer_card", [Some("115"), Some("3"), None, Some("40")]),
        (SoldierCard, "soldier_card", [None, None, Some("SOLDIER_CARD"), Some("40")]),
        (RetiredOfficerCard, "retired_officer_card", [None, None, Some("OFFICER_RETIRE_CARD"), Some("40")]),
        (
            HongKongMacaoTravelPermit,
            "hong_kong_macao_travel_permit",
            [Some("516"), Some("4"), Some("MAINLAND_TRAVEL_PERMIT_FOR_HONGKONG_AND_MACAO_RESIDENTS"), Some("40")],
        ),
        (ExitPermitToHongKongMacao, "exit_permit_to_hong_kong_macao", [Some("513"), None, None, Some("40")]),
        (HongKongMacaoIdentityCard, "hong_kong_macao_identity_card", [None, None, Some("GANG_AO_ID_CART"), Some("40")]),
        (
            TaiwanTravelPermit,
            "taiwan_travel_permit",
            [Some("511"), Some("5"), Some("MAINLAND_TRAVEL_PERMIT_FOR_TAIWAN_RESIDENTS"), Some("40")],
        ),
        (
            HongKongMacaoTaiwanResidencePermit,
            "hong_kong_macao_taiwan_residence_permit",
            [None, None, Some("GANG_AO_TAI_RESIDENCE_CART"), Some("40")],
        ),
        (
            ForeignPermanentResidence,
            "foreign_permanent_residence",
            [Some("553"), Some("6"), Some("FOREIGN_PERMANENT_RESIDENT_ID_CARD"), Some("40")],
        ),
    ]
};

impl DocumentType {
    /// Every kind, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(kind, _, _)| *kind)
    }

    /// Its name here: in the configuration, in the database and on the wire to authorities.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, _)| name)
    }

    /// Its code in a family, where that has one.
    #[must_use]
    pub fn code(self, family: CodeFamily) -> Option<&'static str> {
        self.row().and_then(|(_, _, codes)| *codes.get(family as usize)?)
    }

    /// The kinds that a code of a family may mean, the usual one first; none when the code is not known.
    pub fn with_code(family: CodeFamily, code: &str) -> impl Iterator<Item = Self> {
        TABLE.iter().filter(move |(kind, _, _)| kind.code(family) == Some(code)).map(|(kind, _, _)| *kind)
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|(kind, _, _)| *kind == self)
    }
}

impl fmt::Display for DocumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DocumentType {
    type Err = NotADocumentType;

    fn from_str(name: &str) -> Result<Self, NotADocumentType> {
        TABLE.iter().find(|(_, own, _)| *own == name).map(|(kind, _, _)| *kind).ok_or(NotADocumentType)
    }
}

#[cfg(test)]
mod tests {
    use CodeFamily::{Gat, Guangdong, Zhejiang, ZhejiangName};

    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_name_here_and_in_json() {
        for kind in DocumentType::all() {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.name()));
        }
        assert_eq!("111".parse::<DocumentType>(), Err(NotADocumentType));
    }

    #[test]
    fn codes_are_those_of_the_families() {
        use DocumentType::*;
        let cases = [
            (ResidentIdentityCard, [Some("111"), Some("1"), Some("ID_CARD"), Some("10")]),
            (OrdinaryPassport, [Some("414"), Some("2"), Some("PASSPORT"), Some("20")]),
            (TaiwanTravelPermit, [Some("511"), Some("5"), None, Some("40")]),
            (ForeignPermanentResidence, [Some("553"), Some("6"), None, Some("40")]),
            (ExitPermitToHongKongMacao, [Some("513"), None, None, Some("40")]),
        ];
        for (kind, [gat, zhejiang, name, guangdong]) in cases {
            assert_eq!(kind.code(Gat), gat, "{kind}");
            assert_eq!(kind.code(Zhejiang), zhejiang, "{kind}");
            assert_eq!(kind.code(Guangdong), guangdong, "{kind}");
            if name.is_some() {
                assert_eq!(kind.code(ZhejiangName), name, "{kind}");
            }
        }
    }

    /// Both ways: every code leads back to its kind, among those that share it, and the usual one comes first.
    #[test]
    fn every_code_leads_back() {
        for kind in DocumentType::all() {
            for family in [Gat, Zhejiang, ZhejiangName, Guangdong] {
                if let Some(code) = kind.code(family) {
                    assert!(DocumentType::with_code(family, code).any(|found| found == kind), "{kind} {code}");
                }
            }
        }
        let usual = |family, code| DocumentType::with_code(family, code).next();
        assert_eq!(usual(Gat, "414"), Some(DocumentType::OrdinaryPassport));
        assert_eq!(usual(Guangdong, "20"), Some(DocumentType::OrdinaryPassport));
        assert_eq!(usual(Zhejiang, "3"), Some(DocumentType::OfficerCard));
        assert_eq!(DocumentType::with_code(ZhejiangName, "GANG_AO_ID_CART").count(), 1);
        assert_eq!(usual(Gat, "999"), None);
    }
}
