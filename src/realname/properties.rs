//! What holds for every name, number and code that can be typed, not only for those that somebody thought of: one form, read
//! back as itself; nothing breaks; masks have the length of what they hide and show no more than they may.

use proptest::prelude::*;
use time::macros::date;

use super::{CompanyName, DocumentNumber, DocumentType, MobileNumber, PersonName, RealNameLevel, Regions};

/// Names as documents have them: Han characters of all planes, with the dot of other peoples, or Latin ones.
fn name() -> impl Strategy<Value = String> {
    let han = prop_oneof![
        prop::char::range('\u{4E00}', '\u{9FFF}'),
        prop::char::range('\u{3400}', '\u{4DBF}'),
        prop::char::range('\u{20000}', '\u{2A6DF}'),
        prop::char::range('\u{30000}', '\u{3134A}'),
    ];
    let part = prop::collection::vec(han, 1..12).prop_map(|characters| characters.into_iter().collect::<String>());
    prop_oneof![
        part.clone(),
        prop::collection::vec(part, 2..4).prop_map(|parts| parts.join("·")),
        "[A-Z][a-zà-öø-ÿ]{1,10}( [A-Z][a-zà-öø-ÿ]{1,10}){0,2}",
    ]
}

/// A mask: as long as what it hides, and where it shows something it is that.
fn is_mask_of(mask: &str, text: &str) -> bool {
    mask.chars().count() == text.chars().count() && mask.chars().zip(text.chars()).all(|(m, c)| m == '*' || m == c)
}

fn stars(mask: &str) -> usize {
    mask.chars().filter(|c| *c == '*').count()
}

fn document(kind: DocumentType, text: &str) -> Option<DocumentNumber> {
    DocumentNumber::parse(kind, text, date!(2026 - 11 - 24)).ok()
}

proptest! {
    #[test]
    fn a_name_has_one_form_whatever_was_typed(text in ".{0,60}") {
        if let Ok(name) = PersonName::parse(&text) {
            let again = PersonName::parse(name.expose()).unwrap();
            prop_assert_eq!(again.expose(), name.expose());
            prop_assert!((1..=50).contains(&name.expose().chars().count()));
            prop_assert!(!name.expose().chars().any(|c| c.is_control() || c.is_ascii_digit()));
        }
    }

    #[test]
    fn a_name_of_any_script_and_plane_is_read_and_its_mask_hides_something(text in name()) {
        let name = PersonName::parse(&text).unwrap();
        let mask = name.masked();
        prop_assert!(is_mask_of(&mask, name.expose()), "{mask}");
        prop_assert!(stars(&mask) >= 1);
        // Of a name of Han characters at most the surname and, of three, the last one is seen.
        if text.chars().all(|c| c as u32 > 0x3000) && text.chars().count() > 3 {
            prop_assert!(mask.chars().skip(2).all(|c| c == '*'), "{mask}");
        }
    }

    #[test]
    fn invisible_characters_and_spaces_change_no_name(text in "[\u{4E00}-\u{9FFF}]{2,8}", at in 0_usize..8, which in 0_usize..4) {
        let noise = ['\u{200b}', ' ', '\u{3000}', '\u{fe00}'][which];
        let mut typed: Vec<char> = text.chars().collect();
        typed.insert(at.min(typed.len()), noise);
        let typed: String = typed.into_iter().collect();
        prop_assert!(PersonName::parse(&typed).unwrap().is(&PersonName::parse(&text).unwrap()));
    }

    #[test]
    fn a_mobile_number_is_found_in_what_people_type(
        digits in "1[3-9][0-9]{9}", before in "(\\+86|0086|86)?", cut in 1_usize..11, between in "[ -]{0,2}",
    ) {
        let typed = format!("{before}{}{between}{}", &digits[..cut], &digits[cut..]);
        let number = MobileNumber::parse(&typed).unwrap();
        prop_assert_eq!(number.expose(), &digits);
        let mask = number.masked();
        prop_assert!(is_mask_of(&mask, &digits));
        prop_assert_eq!((stars(&mask), &mask[..3], &mask[7..]), (4, &digits[..3], &digits[7..]));
        prop_assert_eq!(number.e164(), format!("+86{digits}"));
    }

    #[test]
    fn nothing_else_is_a_mobile_number(text in ".{0,20}") {
        if let Ok(number) = MobileNumber::parse(&text) {
            prop_assert!(number.expose().len() == 11 && number.expose().bytes().all(|byte| byte.is_ascii_digit()));
            prop_assert!(number.expose().starts_with('1'));
        }
    }

    #[test]
    fn a_company_name_has_one_form_whatever_was_typed(text in ".{0,110}") {
        if let Ok(name) = CompanyName::parse(&text) {
            prop_assert_eq!(&CompanyName::parse(name.as_str()).unwrap(), &name);
            prop_assert!((1..=100).contains(&name.as_str().chars().count()));
            prop_assert!(!name.as_str().contains(['<', '>', '"', '\n', '\0']));
        }
    }

    #[test]
    fn full_width_and_half_width_brackets_are_one_company(text in "[\u{4E00}-\u{9FFF}]{2,12}", place in "[\u{4E00}-\u{9FFF}]{2,4}") {
        let (full, half) = (format!("{text}（{place}）公司"), format!("{text}({place}) 公司"));
        prop_assert_eq!(CompanyName::parse(&full).unwrap(), CompanyName::parse(&half).unwrap());
    }

    #[test]
    fn equal_numbers_of_two_countries_are_two_passports(
        one in prop::sample::select(vec!["USA", "ESP", "KAZ", "DEU", "GBR", "UNO", "XXA", "RKS"]),
        other in prop::sample::select(vec!["FRA", "JPN", "KOR", "VNM", "RUS", "EUE", "XOM", "CAN"]),
        number in "[A-Z0-9]{5,20}",
    ) {
        let read = |country: &str| document(DocumentType::ForeignPassport, &format!("{country}:{number}")).unwrap();
        let (one, other) = (read(one), read(other));
        prop_assert!(!one.is(&other));
        prop_assert!(document(DocumentType::ForeignPassport, one.expose()).unwrap().is(&one), "read back as itself");
        let mask = one.masked();
        prop_assert!(mask.starts_with(one.country().unwrap()) && is_mask_of(&mask, one.expose()), "{mask}");
        prop_assert!(stars(&mask) >= number.len() / 3, "{mask}");
    }

    #[test]
    fn what_issues_no_passport_is_no_country(country in "[A-Z]{0,4}", number in "[A-Z0-9]{5,20}") {
        let known = super::country::issues_foreign_passports(&country) || country == "D";
        let read = document(DocumentType::ForeignPassport, &format!("{country}:{number}"));
        prop_assert_eq!(read.is_some(), known, "{}", country);
    }

    #[test]
    fn a_foreign_passport_needs_its_number(number in ".{0,30}") {
        let fits = |text: &str| (5..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if let Some(read) = document(DocumentType::ForeignPassport, &format!("USA:{number}")) {
            prop_assert!(fits(read.number()));
        }
    }

    #[test]
    fn diplomatic_and_official_passports_are_told_from_all_others(text in "[A-Z]{1,2}\\.?[0-9]{6,9}") {
        let (letters, digits): (String, String) = (
            text.chars().filter(char::is_ascii_uppercase).collect(),
            text.chars().filter(char::is_ascii_digit).collect(),
        );
        let dotted = text.contains('.');
        let diplomatic = !dotted && matches!((letters.as_str(), digits.len()), ("D", 8) | ("DE", 7));
        prop_assert_eq!(document(DocumentType::DiplomaticPassport, &text).is_some(), diplomatic, "{}", text);
        let official = match (letters.as_str(), digits.len()) {
            ("S" | "P", 7) => !dotted || text.chars().nth(1) == Some('.'),
            ("S" | "P", 8) | ("SE" | "PE", 7) => !dotted,
            _ => false,
        };
        prop_assert_eq!(document(DocumentType::OfficialPassport, &text).is_some(), official, "{}", text);
    }

    #[test]
    fn every_mask_of_a_document_hides_at_least_a_third(text in "[A-Z0-9]{4,18}") {
        for kind in DocumentType::all() {
            let Some(number) = document(kind, &text) else { continue };
            let mask = number.masked();
            prop_assert!(is_mask_of(&mask, number.expose()), "{kind}: {mask}");
            prop_assert!(3 * stars(&mask) >= number.number().chars().count(), "{kind}: {mask}");
            prop_assert!(document(kind, number.expose()).unwrap().is(&number), "{kind}: read back as itself");
        }
    }

    #[test]
    fn a_region_below_a_province_has_its_codes_and_they_never_fall(region in "[0-9]{6}") {
        let regions = Regions::default();
        let codes: Vec<Option<&str>> = RealNameLevel::ALL.iter().map(|level| regions.code(&region, *level)).collect();
        let known = region.starts_with("33") || region.starts_with("44");
        prop_assert!(codes.iter().all(|code| code.is_some() == known), "{region}");
        prop_assert!(codes.is_sorted(), "{region}: a higher level is never told as a lower one");
    }

    #[test]
    fn what_is_no_region_has_no_codes(region in ".{0,8}") {
        let known = region.starts_with("33") || region.starts_with("44");
        prop_assume!(!known);
        let regions = Regions::default();
        prop_assert_eq!(regions.code(&region, RealNameLevel::L2), None);
    }
}
