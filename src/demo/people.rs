//! Synthetic people: the same seed gives the same persons, in the same order, however many are asked for.
//!
//! Each number is well-formed, and nobody's: its area code ends in 9900 to 9999, which GB/T 2260 gives to no county. The
//! mobile numbers lie in segments that are allocated to no operator. A real person cannot be met here by chance.
//! The generator is written out, not borrowed, so that an update of a library does not exchange the population.

use std::collections::HashSet;

use serde::Serialize;
use time::{Date, Duration};

use crate::realname::Sex;
use crate::realname::identity_number::check_character;

/// One synthetic person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The name, normalised as hufu writes names.
    pub name: String,
    /// The resident identity number, 18 characters.
    pub document_number: String,
    /// The mobile number, 11 digits.
    pub mobile: String,
    /// As in the number.
    pub sex: Sex,
    /// As in the number; `YYYY-MM-DD` in JSON.
    #[serde(serialize_with = "iso_date")]
    pub birth: Date,
}

/// The first `count` persons of the population of `seed`. Asked for more, it gives the same ones first. Among each forty,
/// number 3 has a surname of two characters, number 4 an ethnic name with a middle dot, number 5 a rare character.
#[must_use]
pub fn people(seed: u64, count: usize) -> Vec<Person> {
    let mut chance = Chance(seed ^ 0x6875_6675);
    let (mut numbers, mut mobiles) = (HashSet::new(), HashSet::new());
    let mut people = Vec::with_capacity(count);
    while people.len() < count {
        let person = one(people.len(), &mut chance);
        // A second person with a number that is taken is not born; those before are not touched.
        if numbers.insert(person.document_number.clone()) && mobiles.insert(person.mobile.clone()) {
            people.push(person);
        }
    }
    people
}

fn one(index: usize, chance: &mut Chance) -> Person {
    let sex = if chance.below(2) == 0 { Sex::Female } else { Sex::Male };
    let birth = FIRST_BIRTH.saturating_add(Duration::days(chance.below(BIRTH_DAYS)));
    let name = name(index, sex, chance);
    let document_number = document_number(sex, birth, chance);
    let segment = chance.pick(MOBILE_SEGMENTS);
    let mobile = format!("{segment}{:08}", chance.below(100_000_000));
    Person { name, document_number, mobile, sex, birth }
}

fn name(index: usize, sex: Sex, chance: &mut Chance) -> String {
    let given = match sex {
        Sex::Female => FEMALE_GIVEN,
        Sex::Male => MALE_GIVEN,
    };
    let ethnic = match sex {
        Sex::Female => ETHNIC_FEMALE,
        Sex::Male => ETHNIC_MALE,
    };
    match index % 40 {
        3 => format!("{}{}", chance.pick(COMPOUND_SURNAMES), chance.pick(given)),
        4 => format!("{}·{}", chance.pick(ethnic), chance.pick(ETHNIC_MALE)),
        5 => format!("{}{}", chance.pick(SURNAMES), chance.pick(RARE_GIVEN)),
        _ if chance.below(10) < 3 => format!("{}{}", chance.pick(SURNAMES), chance.pick(given)),
        _ => {
            let (first, second) = (chance.pick(MIDDLE), chance.pick(given));
            format!("{}{first}{second}", chance.pick(SURNAMES))
        }
    }
}

fn document_number(sex: Sex, birth: Date, chance: &mut Chance) -> String {
    let province = chance.pick(PROVINCES);
    let county = 9_900 + chance.below(100);
    let (year, month, day) = birth.to_calendar_date();
    let pair = chance.below(499);
    let sequence = 2 * pair + if sex == Sex::Male { 1 } else { 2 };
    let body = format!("{province}{county}{year:04}{:02}{day:02}{sequence:03}", u8::from(month));
    let check = check_character(&body).unwrap_or_default();
    format!("{body}{check}")
}

fn iso_date<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    // `Date` displays as YYYY-MM-DD for the years that people live in.
    serializer.collect_str(date)
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fixed for ever, and plenty for this.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `bound` − 1.
    fn below(&mut self, bound: u32) -> i64 {
        i64::from(u32::try_from(self.next() % u64::from(bound.max(1))).unwrap_or_default())
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        let at = self.below(u32::try_from(from.len()).unwrap_or(1));
        from.get(usize::try_from(at).unwrap_or_default()).copied().unwrap_or_default()
    }
}

// Data. Changing any of it exchanges the population.

/// Everybody is of age: born from 1950 to 2005.
const FIRST_BIRTH: Date = time::macros::date!(1950 - 01 - 01);
const BIRTH_DAYS: u32 = 56 * 365;

const MOBILE_SEGMENTS: &[&str] = &["161", "163", "164", "168"];

const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
];

/// The frequent ones more than once.
const SURNAMES: &[&str] = &[
    "王", "王", "王", "李", "李", "李", "张", "张", "张", "刘", "刘", "陈", "陈", "杨", "杨", "赵", "黄", "周", "吴",
    "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董",
    "萧", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛",
    "叶", "阎", "余", "潘", "杜", "戴", "夏", "钟", "汪", "田", "任", "姜", "范", "方", "石", "姚", "谭", "廖", "邹",
    "熊", "金", "陆", "郝", "孔", "白", "崔", "康", "毛", "邱", "秦", "江", "史", "顾", "侯", "邵", "孟", "龙", "万",
    "段", "雷", "钱", "汤", "尹", "黎", "易", "常", "武", "乔", "贺", "赖", "龚", "文",
];

const COMPOUND_SURNAMES: &[&str] = &["欧阳", "司马", "上官", "诸葛", "夏侯", "东方", "皇甫", "尉迟", "慕容", "令狐"];

const MIDDLE: &[&str] = &[
    "小", "晓", "文", "建", "志", "国", "海", "春", "永", "明", "玉", "思", "子", "雨", "佳", "梓", "浩", "俊", "德",
    "金", "秀", "立", "新", "光", "世", "天", "嘉", "泽", "一", "锦",
];

const FEMALE_GIVEN: &[&str] = &[
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "燕", "玲", "婷", "雪", "慧", "莹", "洁", "颖", "琳", "云", "梅",
    "兰", "萍", "红", "倩", "薇", "欣", "怡", "涵", "萱", "妍", "菊", "琴", "蓉", "瑶", "岚", "珊", "月", "宁", "悦",
];

const MALE_GIVEN: &[&str] = &[
    "伟", "强", "磊", "军", "勇", "涛", "超", "杰", "鹏", "辉", "刚", "平", "飞", "波", "斌", "宇", "浩", "凯", "健",
    "俊", "帆", "帅", "旭", "宁", "龙", "林", "阳", "晨", "轩", "博", "毅", "峰", "亮", "成", "康", "军", "豪", "然",
];

/// Outside the common character sets: extensions A to F, and characters that many fonts lack.
const RARE_GIVEN: &[&str] =
    &["燚", "䶮", "𬭎", "𫖯", "𬀩", "𠅤", "㛃", "堃", "喆", "犇", "𬸚", "𫍯", "㴋", "垚", "𬍛", "甦"];

const ETHNIC_FEMALE: &[&str] =
    &["阿依古丽", "迪丽努尔", "古丽娜尔", "帕丽达", "热依汗", "阿米娜", "茹仙古丽", "巴哈尔", "萨比热", "努尔比亚"];

const ETHNIC_MALE: &[&str] = &[
    "买买提",
    "艾合买提",
    "吐尔逊",
    "努尔兰",
    "阿卜杜拉",
    "库尔班",
    "木合塔尔",
    "叶尔江",
    "艾尼瓦尔",
    "玉素甫",
    "阿不都热合曼",
    "卡德尔",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::realname::{IdentityNumber, MobileNumber, PersonName};

    const SEED: u64 = 2026;

    #[test]
    fn the_same_seed_gives_the_same_persons_first() {
        let few = people(SEED, 50);
        assert_eq!(people(SEED, 5_000)[..50], few);
        assert_ne!(people(SEED + 1, 50), few);
    }

    /// The population must outlive updates: demo users are known by their place in it.
    #[test]
    fn the_first_person_stays_the_same() {
        let first = people(SEED, 1).remove(0);
        let json = serde_json::to_string(&first).unwrap();
        assert_eq!(
            json,
            r#"{"name":"秦磊","document_number":"379965199011243615","mobile":"16315498542","sex":"male","birth":"1990-11-24"}"#
        );
    }

    #[test]
    fn everybody_passes_the_checks_that_citizens_pass() {
        let today = time::macros::date!(2026 - 11 - 24);
        for person in people(SEED, 5_000) {
            let number = IdentityNumber::parse(&person.document_number, today).unwrap();
            assert_eq!(number.expose(), person.document_number);
            assert_eq!((number.birth(), number.sex()), (person.birth, person.sex));
            assert!(number.area()[2..].starts_with("99"), "nobody real has {}", number.area());
            assert_eq!(PersonName::parse(&person.name).unwrap().expose(), person.name);
            assert_eq!(MobileNumber::parse(&person.mobile).unwrap().expose(), person.mobile);
            assert!(person.birth.year() <= 2005);
        }
    }

    #[test]
    fn nobody_shares_a_number_or_a_mobile() {
        let all = people(SEED, 20_000);
        let numbers: HashSet<_> = all.iter().map(|person| &person.document_number).collect();
        let mobiles: HashSet<_> = all.iter().map(|person| &person.mobile).collect();
        assert_eq!((numbers.len(), mobiles.len()), (20_000, 20_000));
    }

    #[test]
    fn each_forty_has_its_difficult_names() {
        let all = people(SEED, 40);
        assert!(COMPOUND_SURNAMES.iter().any(|surname| all[3].name.starts_with(surname)));
        assert!(all[4].name.contains('·'));
        assert!(RARE_GIVEN.iter().any(|given| all[5].name.ends_with(given)));
    }
}
