//! Ages that the law counts: under 14 a guardian agrees (PIPL art. 31), from 18 on a person is of age (Civil Code art. 17).
//! Days are days in China; who is born on 29 February has the birthday on 1 March in other years.

use time::{Date, Month, Time, UtcOffset};

use super::today_in_china;
use crate::base::Timestamp;

/// Under this age a guardian agrees for a person.
pub const CHILD: i32 = 14;

/// From this age on a person is of age.
pub const ADULT: i32 = 18;

/// The birthday on which somebody born on `birth` turns `years`.
#[must_use]
pub fn birthday(birth: Date, years: i32) -> Date {
    let year = birth.year().saturating_add(years);
    birth.replace_year(year).or_else(|_| Date::from_calendar_date(year, Month::March, 1)).unwrap_or(Date::MAX)
}

/// Whether somebody born on `birth` has not turned `years`.
#[must_use]
pub fn is_under(birth: Date, years: i32, now: Timestamp) -> bool {
    today_in_china(now) < birthday(birth, years)
}

/// The moment at which somebody born on `birth` turns `years`: midnight in Beijing.
#[must_use]
pub fn turns(birth: Date, years: i32) -> Timestamp {
    let midnight = birthday(birth, years).with_time(Time::MIDNIGHT);
    let offset = UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC);
    Timestamp::from_seconds(midnight.assume_offset(offset).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_child_is_one_until_midnight_in_beijing_before_the_birthday() {
        let birth = date!(2012 - 11 - 25);
        let at = |moment: time::OffsetDateTime| Timestamp::from_seconds(moment.unix_timestamp());
        assert!(is_under(birth, CHILD, at(datetime!(2026-11-24 23:59:59 +8))));
        assert!(!is_under(birth, CHILD, at(datetime!(2026-11-25 00:00:00 +8))));
        assert_eq!(turns(birth, CHILD), at(datetime!(2026-11-25 00:00:00 +8)));
    }

    #[test]
    fn whoever_is_born_on_a_leap_day_has_a_birthday_every_year() {
        assert_eq!(birthday(date!(2012 - 02 - 29), CHILD), date!(2026 - 03 - 01));
        assert_eq!(birthday(date!(2012 - 02 - 29), 16), date!(2028 - 02 - 29));
    }
}
