//! Moments as the field writes them.
//!
//! `yyyyMMddHHmmss` is Chinese time, as every caller's machine shows it; the gateway's is an HTTP date in GMT (RFC 9110
//! §5.6.7); `x-tif-timestamp` is epoch seconds.

use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use crate::base::Timestamp;

/// `yyyyMMddHHmmss` in Chinese time.
#[must_use]
pub fn compact(text: &str) -> Option<Timestamp> {
    let form = format_description!("[year][month][day][hour][minute][second]");
    let digits = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let moment = digits.then(|| PrimitiveDateTime::parse(text, form).ok()).flatten()?;
    Some(Timestamp::from_seconds(moment.assume_offset(offset!(+8)).unix_timestamp()))
}

/// A moment as `yyyyMMddHHmmss` in Chinese time.
#[must_use]
pub fn as_compact(at: Timestamp) -> String {
    let form = format_description!("[year][month][day][hour][minute][second]");
    let moment = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.to_offset(offset!(+8)).format(form).unwrap_or_default()
}

/// An HTTP date, `Tue, 09 Nov 2021 08:49:20 GMT`.
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let moment = PrimitiveDateTime::parse(text, form).ok()?;
    Some(Timestamp::from_seconds(moment.assume_utc().unix_timestamp()))
}

/// Epoch seconds.
#[must_use]
pub fn epoch_seconds(text: &str) -> Option<Timestamp> {
    let plain = text.len() <= 11 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().map(Timestamp::from_seconds)
}

/// A date as `yyyyMMdd`.
#[must_use]
pub fn day(date: Date) -> String {
    date.format(format_description!("[year][month][day]")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_field() {
        let at = Timestamp::from_seconds(1_636_447_760);
        assert_eq!(http_date("Tue, 09 Nov 2021 08:49:20 GMT"), Some(at));
        assert_eq!(compact("20211109164920"), Some(at), "Chinese time is eight hours ahead");
        assert_eq!(as_compact(at), "20211109164920");
        assert_eq!(epoch_seconds("1636447760"), Some(at));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "2021110916492", "202111091649200", "20211309164920", "2021-11-09 16:4", "2021110916492x"] {
            assert_eq!(compact(text), None, "{text}");
        }
        for text in ["", "Tue, 09 Nov 2021 08:49:20 UTC", "Tue, 9 Nov 2021 08:49:20 GMT", "1636447760"] {
            assert_eq!(http_date(text), None, "{text}");
        }
        for text in ["-1", "1636447760000", "1e9", ""] {
            assert_eq!(epoch_seconds(text), None, "{text}");
        }
    }
}
