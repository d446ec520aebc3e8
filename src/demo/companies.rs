//! Synthetic legal persons: names, codes and legal representatives from the population of [`super::people`].
//!
//! Each code is well-formed, and nobody's: its area ends in 9900, which GB/T 2260 gives to no county. Kinds and statuses are
//! mixed so that every answer of the register can be seen.

use serde::Serialize;

use super::people::Person;
use crate::realname::credit_code::{check_character, organisation_check_character};
use crate::realname::{CompanyStatus, DocumentType, LegalPersonKind};

/// One synthetic legal person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Company {
    /// The name, normalised as hufu writes names.
    pub name: String,
    /// The unified social credit code.
    pub code: String,
    /// What kind of legal person it is.
    pub kind: LegalPersonKind,
    /// Whether it still exists.
    pub status: CompanyStatus,
    /// The name of its legal representative.
    pub representative: String,
    /// The kind of the representative's document.
    pub document_type: DocumentType,
    /// The number on it.
    pub document_number: String,
}

/// Data: prefix of the code, organisation code without its check character, name, status, place of the representative in
/// the population.
const ROWS: &[(&str, &str, &str, CompanyStatus, usize)] = &[
    ("91", "MA00HF01", "京安虎符科技有限公司", CompanyStatus::Active, 0),
    ("91", "MA00HF02", "海晏商贸(集团)有限公司", CompanyStatus::Active, 2),
    ("91", "MA00HF03", "䶮泰电子材料股份有限公司", CompanyStatus::Active, 5),
    ("91", "MA00HF04", "旧渡口运输有限公司", CompanyStatus::Revoked, 0),
    ("91", "MA00HF05", "云门印务有限公司", CompanyStatus::Deregistered, 2),
    ("91", "MA00HF06", "长亭咨询有限公司", CompanyStatus::Dormant, 3),
    ("92", "MA00HF07", "老街口早点铺", CompanyStatus::Active, 6),
    ("93", "MA00HF08", "青禾种植专业合作社", CompanyStatus::Active, 7),
    ("11", "00099001", "演示市数据管理局", CompanyStatus::Active, 8),
    ("12", "00099002", "演示市第一中学", CompanyStatus::Active, 9),
    ("51", "50099001", "演示市软件行业协会", CompanyStatus::Active, 10),
    ("52", "50099002", "演示市夕阳红养老服务中心", CompanyStatus::Active, 11),
    ("53", "50099003", "演示市教育基金会", CompanyStatus::Active, 12),
    ("N2", "MB099001", "演示区下洼村股份经济合作社", CompanyStatus::Active, 13),
    ("91", "MA00HF09", "临溪测绘有限公司", CompanyStatus::Active, 15),
    ("91", "MA00HF10", "白鹭仓储有限公司", CompanyStatus::Active, 16),
    ("91", "MA00HF11", "南浦软件有限公司", CompanyStatus::Active, 17),
    ("92", "MA00HF12", "桥头修理铺", CompanyStatus::Active, 18),
    ("91", "MA00HF13", "石塘水务有限公司", CompanyStatus::Active, 4),
    ("91", "MA00HF14", "东篱园艺有限公司", CompanyStatus::Active, 40),
    ("92", "MA00HF15", "渡头裁缝店", CompanyStatus::Active, 19),
];

/// The legal persons whose representatives are among `people`.
#[must_use]
pub fn companies(people: &[Person]) -> Vec<Company> {
    ROWS.iter().filter_map(|row| company(row, people)).collect()
}

fn company(
    (prefix, organisation, name, status, place): &(&str, &str, &str, CompanyStatus, usize),
    people: &[Person],
) -> Option<Company> {
    let representative = people.get(*place)?;
    let organisation = format!("{organisation}{}", organisation_check_character(organisation)?);
    let body = format!("{prefix}119900{organisation}");
    let code = format!("{body}{}", check_character(&body)?);
    Some(Company {
        kind: crate::realname::SocialCreditCode::parse(&code).ok()?.kind(),
        name: (*name).to_owned(),
        code,
        status: *status,
        representative: representative.name.clone(),
        document_type: DocumentType::ResidentIdentityCard,
        document_number: representative.document_number.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::people::people;
    use crate::realname::{CompanyName, SocialCreditCode};

    #[test]
    fn every_row_is_a_company_that_passes_the_checks() {
        let companies = companies(&people(2026, 41));
        assert_eq!(companies.len(), ROWS.len());
        for company in &companies {
            let code = SocialCreditCode::parse(&company.code).unwrap();
            assert_eq!((code.kind(), code.warning()), (company.kind, None), "{}", company.name);
            assert_eq!(CompanyName::parse(&company.name).unwrap().as_str(), company.name);
        }
        let kinds: HashSet<_> = companies.iter().map(|company| company.kind).collect();
        assert_eq!(kinds.len(), LegalPersonKind::ALL.len() - 1, "every kind but the others");
        let codes: HashSet<_> = companies.iter().map(|company| &company.code).collect();
        assert_eq!(codes.len(), companies.len());
    }

    /// Demo companies are known by their codes: they outlive updates.
    #[test]
    fn the_first_company_stays_the_same() {
        let first = companies(&people(2026, 20)).remove(0);
        assert_eq!(first.code, "91119900MA00HF019C");
        assert_eq!(first.representative, "秦磊");
    }
}
