//! Synthetic documents of every kind: what people of [`super::people`] carry besides the identity card, and people who have
//! none. Numbers begin with zeros or 99 where real ones do not, so that nobody real is met here by chance.

use serde::Serialize;
use time::{Date, Month};

use super::people::Person;
use crate::realname::DocumentType;
use crate::realname::identity_number::check_character;

/// One document of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Whose it is: documents with the same holder are one person's.
    pub holder: String,
    /// The name on it, normalised as hufu writes names.
    pub name: String,
    /// The kind of document.
    pub document_type: DocumentType,
    /// The number, in its one form.
    pub document_number: String,
    /// The mobile number registered under that name, 11 digits.
    pub mobile: String,
    /// Whether the document is still good: not expired, not replaced, not reported lost.
    pub good: bool,
}

/// Data: holder, name, kind, number, mobile, whether it is good. `#` at the end stands for a check character (GB 11643).
const ROWS: &[(&str, &str, DocumentType, &str, &str, bool)] = {
    use DocumentType::*;
    &[
        ("hk-chan", "陈大文", HongKongMacaoTravelPermit, "H00990001", "16100990001", true),
        ("hk-chan", "陈大文", HongKongMacaoTaiwanResidencePermit, "81000019850314001#", "16100990001", true),
        ("hk-chan", "陈大文", HongKongMacaoIdentityCard, "A9900015", "16100990001", true),
        ("hk-child", "陈小雨", HongKongMacaoTaiwanResidencePermit, "81000020160601002#", "16100990013", true),
        ("taiwan-child", "林小宇", HongKongMacaoTaiwanResidencePermit, "83000020160901003#", "16100990014", true),
        ("macao-child", "何小岚", HongKongMacaoTaiwanResidencePermit, "82000020160315004#", "16100990015", true),
        ("macao-lo", "罗·安娜", HongKongMacaoTravelPermit, "M00990002", "16100990002", true),
        ("taiwan-lin", "林𬭎䶮", TaiwanTravelPermit, "00990003", "16100990003", true),
        ("taiwan-lin", "林𬭎䶮", TaiwanTravelPermit, "0000990003B", "16100990003", false),
        ("taiwan-lin", "林𬭎䶮", HongKongMacaoTaiwanResidencePermit, "83000019900707002#", "16100990003", true),
        ("foreign-smith", "John Smith", ForeignPassport, "USA:X00990004", "16100990004", true),
        ("foreign-smith", "John Smith", ForeignPermanentResidence, "USA119900990004", "16100990004", false),
        ("foreign-smith", "John Smith", ForeignPermanentResidence, "99990019800101003#", "16100990004", true),
        ("foreign-garcia", "María José García", ForeignPassport, "ESP:AAX990005", "16100990005", true),
        (
            "foreign-long",
            "阿布都热合曼·阿不都热依木·买买提艾力·吐尔逊江·艾合买提·库尔班江·木合塔尔·努尔兰·叶尔江·玉素",
            ForeignPassport,
            "KAZ:X00990012",
            "16100990012",
            true,
        ),
        ("foreign-child", "Emma Smith", ForeignPassport, "USA:X00990016", "16100990016", true),
        ("officer-zhao", "赵铁军", OfficerCard, "军字第0099006号", "16100990006", true),
        ("police-sun", "孙卫国", PoliceOfficerCard, "武字第0099007号", "16100990007", true),
        ("soldier-li", "李小兵", SoldierCard, "士字第0099008号", "16100990008", true),
        ("retired-zhou", "周老兵", RetiredOfficerCard, "退字第0099009号", "16100990009", true),
        ("diplomat-wu", "吴远航", DiplomaticPassport, "DE0099010", "16100990010", true),
        ("official-xu", "徐出使", OfficialPassport, "SE0099011", "16100990011", true),
    ]
};

/// Dates of birth that no number above tells: holder, year, month, day.
const BIRTHS: &[(&str, i32, Month, u8)] = &[
    ("macao-lo", 1979, Month::April, 12),
    ("foreign-garcia", 1991, Month::January, 30),
    ("foreign-child", 2015, Month::March, 8),
];

/// When a holder of one of these was born, where the register knows it and not only the number does.
#[must_use]
pub fn birth_of(holder: &str) -> Option<Date> {
    let (_, year, month, day) = BIRTHS.iter().find(|(name, ..)| *name == holder)?;
    Date::from_calendar_date(*year, *month, *day).ok()
}

/// The documents of people who have no identity card, and passports and permits of the first of `people`.
#[must_use]
pub fn papers(people: &[Person]) -> Vec<Paper> {
    let strangers = ROWS.iter().map(|(holder, name, kind, number, mobile, good)| Paper {
        holder: (*holder).to_owned(),
        name: (*name).to_owned(),
        document_type: *kind,
        document_number: checked(number),
        mobile: (*mobile).to_owned(),
        good: *good,
    });
    let travellers = people.iter().take(20).enumerate().flat_map(|(at, person)| {
        let paper = |document_type, document_number: String, good| Paper {
            holder: person.document_number.clone(),
            name: person.name.clone(),
            document_type,
            document_number,
            mobile: person.mobile.clone(),
            good,
        };
        [
            paper(DocumentType::OrdinaryPassport, format!("E0099{at:04}"), false),
            paper(DocumentType::OrdinaryPassport, format!("EA099{at:04}"), true),
            paper(DocumentType::ExitPermitToHongKongMacao, format!("C0099{at:04}"), true),
        ]
    });
    strangers.chain(travellers).collect()
}

fn checked(number: &str) -> String {
    match number.strip_suffix('#') {
        Some(body) => format!("{body}{}", check_character(body).unwrap_or_default()),
        None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::people::people;
    use crate::realname::{DocumentNumber, MobileNumber, PersonName};

    #[test]
    fn every_paper_passes_the_checks_and_every_kind_is_there() {
        let today = time::macros::date!(2026 - 11 - 24);
        let papers = papers(&people(2026, 20));
        let mut numbers = HashSet::new();
        for paper in &papers {
            let number = DocumentNumber::parse(paper.document_type, &paper.document_number, today).unwrap();
            assert_eq!(number.expose(), paper.document_number);
            assert_eq!(PersonName::parse(&paper.name).unwrap().expose(), paper.name);
            assert_eq!(MobileNumber::parse(&paper.mobile).unwrap().expose(), paper.mobile);
            assert!(numbers.insert(number.index_text().expose().to_owned()), "{}", paper.document_number);
        }
        use DocumentType::*;
        let by_identity_number = [ResidentIdentityCard, TemporaryIdentityCard, HouseholdRegister];
        for kind in DocumentType::all().filter(|kind| !by_identity_number.contains(kind)) {
            assert!(papers.iter().any(|paper| paper.document_type == kind && paper.good), "{kind}");
        }
        assert!(papers.iter().any(|paper| !paper.good));
    }
}
