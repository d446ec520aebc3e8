//! Names (姓名): written one way, however they were typed, so that the same person is found again.
//!
//! Normalising must never change who is meant: forms of the same character are joined, different characters never are.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::typed::{is_invisible, to_half_width};
use crate::base::Secret;

/// Longest name, in characters.
const MAX_CHARACTERS: usize = 50;

/// What is wrong with a name. Never contains any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was typed.
    #[error("the name is empty")]
    Empty,
    /// More than fifty characters.
    #[error("a name has at most 50 characters")]
    TooLong,
    /// A character that names do not have: a digit, a sign, an emoji, another script.
    #[error("the name has a character that names do not have")]
    Character,
    /// A separator at an end, or two in a row.
    #[error("the dot or hyphen stands between the parts of a name")]
    Separator,
}

/// A name in its one written form. It does not print; [`Self::masked`] does.
#[derive(Clone)]
pub struct PersonName(Secret);

impl PersonName {
    /// Reads what a person typed: spaces, full-width letters, the many middle dots of ethnic names, characters of old
    /// fonts and composed forms (NFC) become one form.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = join(&text.chars().filter_map(one_form).nfc().collect::<Vec<_>>());
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().count() > MAX_CHARACTERS {
            return Err(NameError::TooLong);
        }
        if !name.chars().all(|c| is_letter(c) || is_separator(c) || matches!(c, ' ' | '.')) {
            return Err(NameError::Character);
        }
        let ends = |c: Option<char>| c.is_some_and(|c| is_separator(c) || c == '.');
        let doubled = name.chars().zip(name.chars().skip(1)).any(|(a, b)| is_separator(a) && is_separator(b));
        if doubled || ends(name.chars().next()) || name.chars().next_back().is_some_and(is_separator) {
            return Err(NameError::Separator);
        }
        Ok(Self(Secret::new(name)))
    }

    /// The name itself, for the authority and for sealing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// For pages and lists: 王*, 王*明, 欧阳**, 阿***·***; of other names the first letter. The surname stays readable so
    /// that a person recognises her own entry, the given name does not.
    #[must_use]
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.expose().chars().collect();
        let plain = characters.iter().all(|c| is_han(*c));
        let shown = |at: usize| match characters.len() {
            1 => false,
            3.. if plain && COMPOUND_SURNAMES.iter().any(|surname| self.expose().starts_with(surname)) => at < 2,
            3 if plain => at != 1,
            _ => at == 0,
        };
        let mask = |(at, c): (usize, &char)| if shown(at) || is_separator(*c) || *c == ' ' { *c } else { '*' };
        characters.iter().enumerate().map(mask).collect()
    }

    /// Whether both are the same name, in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.is(other.expose())
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

/// Data: surnames of two characters (复姓).
const COMPOUND_SURNAMES: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "司徒",
    "司空", "端木", "百里", "南宫", "东郭", "西门", "独孤", "轩辕", "澹台", "公冶", "申屠", "钟离", "闻人", "赫连",
    "呼延", "拓跋", "太史", "淳于", "单于", "濮阳", "仲孙", "第五", "纳兰", "万俟", "闾丘", "左丘", "太叔", "宗政",
];

/// Data: what stood at U+E815 to U+E864 in fonts before Unicode had these characters (GBK 0xFE50–0xFEA0), in GB 18030's
/// present mapping. Old input methods still give them, and 䶮 is a given name.
const FORMER_PRIVATE_USE: &str = "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻";

/// The one form of a character; `None` for those that cannot be seen.
fn one_form(c: char) -> Option<char> {
    match to_half_width(c) {
        // Variation selectors choose a glyph, not another character.
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => None,
        c if is_invisible(c) => None,
        c if c.is_whitespace() => Some(' '),
        // Bullet, hyphenation point, bullet operator, dot operator, katakana middle dots, black circle, runic point,
        // word separator, white bullet.
        '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}' | '\u{25CF}' | '\u{16EB}'
        | '\u{2E31}' | '\u{25E6}' => Some('·'),
        '\u{2018}' | '\u{2019}' | '\u{02BC}' => Some('\''),
        '\u{2010}' | '\u{2011}' => Some('-'),
        // Kangxi radicals, which PDF files give instead of the characters that look the same.
        c @ '\u{2F00}'..='\u{2FD5}' => std::iter::once(c).nfkc().next(),
        c @ '\u{E815}'..='\u{E864}' => FORMER_PRIVATE_USE.chars().nth((u32::from(c) - 0xE815) as usize),
        c => Some(c),
    }
}

/// Joins the characters: no space beside a Han character or a separator, one space elsewhere, and a full stop between
/// Han characters is the middle dot that the keyboard did not offer.
fn join(characters: &[char]) -> String {
    let mut name = String::new();
    let mut space = false;
    for (at, c) in characters.iter().copied().enumerate() {
        if c == ' ' {
            space = !name.is_empty();
            continue;
        }
        let before = name.chars().next_back();
        let closes_up = |c: char| is_han(c) || is_separator(c);
        if space && !closes_up(c) && !before.is_some_and(closes_up) {
            name.push(' ');
        }
        space = false;
        let after = characters.iter().skip(at + 1).find(|c| **c != ' ');
        let between_han = before.is_some_and(is_han) && after.is_some_and(|c| is_han(*c));
        name.push(if c == '.' && between_han { '·' } else { c });
    }
    name
}

const fn is_separator(c: char) -> bool {
    matches!(c, '·' | '-' | '\'')
}

/// A Han ideograph: the unified block, extensions A to J, the unified ones among the compatibility ideographs, and 〇.
const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FA0E}'..='\u{FA29}'
        | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2EE5D}' | '\u{30000}'..='\u{3347F}')
}

fn is_letter(c: char) -> bool {
    is_han(c)
        || (c.is_alphabetic() && matches!(c, 'A'..='Z' | 'a'..='z' | '\u{00C0}'..='\u{024F}' | '\u{1E00}'..='\u{1EFF}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, NameError> {
        PersonName::parse(text).map(|name| name.expose().to_owned())
    }

    fn masked(text: &str) -> String {
        PersonName::parse(text).unwrap().masked()
    }

    #[test]
    fn one_name_has_one_form() {
        for form in ["王小明", " 王小明 ", "王 小明", "王\u{3000}小　明", "王小\u{200b}明", "王小明\u{fe00}"]
        {
            assert_eq!(parse(form).unwrap(), "王小明", "{form:?}");
        }
        for dot in ['·', '•', '‧', '∙', '⋅', '・', '･', '．', '.', '●', '⸱'] {
            assert_eq!(parse(&format!("阿依古丽{dot}买买提")).unwrap(), "阿依古丽·买买提", "{dot:?}");
            assert_eq!(parse(&format!("阿依古丽 {dot} 买买提")).unwrap(), "阿依古丽·买买提", "{dot:?}");
        }
        for form in ["José  Smith", "Jose\u{301} Smith", "Ｊosé Ｓmith", "\tJosé\nSmith "] {
            assert_eq!(parse(form).unwrap(), "José Smith", "{form:?}");
        }
        assert_eq!(parse("J. R. Smith").unwrap(), "J. R. Smith");
        assert_eq!(parse("O’Neil").unwrap(), "O'Neil");
    }

    #[test]
    fn rare_characters_are_names() {
        for name in ["张燚", "刘䶮", "王𬭎", "李𠅤", "赵𫖯", "陈𬀩", "欧阳〇", "𱍐𰻝"] {
            assert_eq!(parse(name).unwrap(), name);
        }
    }

    #[test]
    fn characters_of_old_fonts_become_themselves() {
        assert_eq!(FORMER_PRIVATE_USE.chars().count(), 80);
        assert_eq!(parse("刘\u{E863}").unwrap(), "刘䶮");
        assert_eq!(parse("刘\u{E816}").unwrap(), "刘𠂇");
        assert_eq!(parse("王\u{2F29}明").unwrap(), "王小明");
        assert_eq!(parse("刘\u{E815}"), Err(NameError::Character), "a radical is no name");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "王".repeat(51);
        let cases = [
            ("", NameError::Empty),
            (" \u{3000}\u{200b}", NameError::Empty),
            (long.as_str(), NameError::TooLong),
            ("王小明1", NameError::Character),
            ("王小明@", NameError::Character),
            ("<script>", NameError::Character),
            ("王😀", NameError::Character),
            ("ئايگۈل", NameError::Character),
            ("刘\u{E000}", NameError::Character),
            ("王\u{0}明", NameError::Character),
            ("·王小明", NameError::Separator),
            ("王小明·", NameError::Separator),
            ("阿依古丽··买买提", NameError::Separator),
            ("...", NameError::Separator),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text).err(), Some(error), "{text:?}");
        }
        assert!(parse(&"王".repeat(50)).is_ok());
    }

    #[test]
    fn masks_leave_the_surname() {
        let cases = [
            ("王明", "王*"),
            ("王小明", "王*明"),
            ("王小明明", "王***"),
            ("欧阳明", "欧阳*"),
            ("欧阳小明", "欧阳**"),
            ("欧阳", "欧*"),
            ("王", "*"),
            ("赵𫖯", "赵*"),
            ("阿依古丽·买买提", "阿***·***"),
            ("John Smith", "J*** *****"),
        ];
        for (name, mask) in cases {
            assert_eq!(masked(name), mask, "{name}");
        }
    }

    #[test]
    fn different_people_stay_different() {
        let name = |text| PersonName::parse(text).unwrap();
        assert!(name("王 小明").is(&name("王小明")));
        assert!(!name("吕布").is(&name("呂布")));
        assert!(!name("阿依古丽·买买提").is(&name("阿依古丽买买提")));
        assert!(!format!("{:?}", name("王小明")).contains('王'));
    }
}
