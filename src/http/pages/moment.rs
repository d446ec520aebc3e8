//! A moment as people read it: Beijing time (UTC+8, no summer time), near days by name.

use askama::filters::Safe;
use time::macros::{format_description, offset};
use time::{Date, OffsetDateTime};

use super::Lang;
use crate::base::Timestamp;

/// `at` as text seen from `now`: "今天 09:20", "昨天 21:05", "2026-03-01 08:00".
#[must_use]
pub fn text(lang: Lang, at: Timestamp, now: Timestamp) -> String {
    let (Some(then), Some(today)) = (beijing(at), beijing(now)) else { return "—".to_owned() };
    let clock = then.format(format_description!("[hour]:[minute]")).unwrap_or_default();
    match day_name(then.date(), today.date()) {
        Some(key) => format!("{} {clock}", lang.text(key)),
        None => {
            let day = then.format(format_description!("[year]-[month]-[day]")).unwrap_or_default();
            format!("{day} {clock}")
        }
    }
}

/// `at` as a `<time>` element: the text for people, the exact moment for programs.
#[must_use]
pub fn html(lang: Lang, at: Timestamp, now: Timestamp) -> Safe<String> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+08:00");
    let exact = beijing(at).and_then(|then| then.format(format).ok()).unwrap_or_default();
    Safe(format!("<time datetime=\"{exact}\">{}</time>", text(lang, at, now)))
}

fn beijing(at: Timestamp) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(at.seconds()).ok().map(|utc| utc.to_offset(offset!(+8)))
}

fn day_name(day: Date, today: Date) -> Option<&'static str> {
    match (today - day).whole_days() {
        0 => Some("day-today"),
        1 => Some("day-yesterday"),
        -1 => Some("day-tomorrow"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24 09:20:00 in Beijing.
    const NOW: Timestamp = Timestamp(1_795_483_200_000);

    fn hours_ago(hours: i64) -> Timestamp {
        Timestamp(NOW.0 - hours * 3_600_000)
    }

    #[test]
    fn the_day_turns_at_midnight_in_beijing() {
        assert_eq!(text(Lang::ZhCn, NOW, NOW), "今天 09:20");
        assert_eq!(text(Lang::En, hours_ago(9), NOW), "today 00:20");
        assert_eq!(text(Lang::ZhCn, hours_ago(10), NOW), "昨天 23:20");
        assert_eq!(text(Lang::En, hours_ago(24 * 30), NOW), "2026-10-25 09:20");
    }

    #[test]
    fn programs_read_the_exact_moment() {
        assert!(html(Lang::En, NOW, NOW).0.contains("datetime=\"2026-11-24T09:20:00+08:00\""));
        assert_eq!(text(Lang::En, Timestamp::NEVER, NOW), "—");
    }
}
