//! The two languages of every page, and the wording in them.
//!
//! The wording is in `templates/locales/{zh-CN,en}/*.ftl` (Project Fluent) and is built into the binary. A test fails when a
//! key is missing in one language or used by no page.

use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static WORDING = { locales: "./templates/locales", fallback_language: "zh-CN" };
}

static CHINESE: LanguageIdentifier = langid!("zh-CN");
static ENGLISH: LanguageIdentifier = langid!("en");

/// A language that pages are written in. Chinese comes first wherever nobody asked for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// 简体中文
    #[default]
    ZhCn,
    /// English
    En,
}

impl Lang {
    /// Every language, the default first.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The BCP 47 tag, as in `<html lang>`, `ui_locales_supported` and the cookie.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language's name for itself.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::ZhCn => "中文",
            Self::En => "English",
        }
    }

    /// The language that the switch at the top of a page offers.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::ZhCn => Self::En,
            Self::En => Self::ZhCn,
        }
    }

    /// One of two texts: for names in samples, which are data and not wording.
    #[must_use]
    pub const fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::ZhCn => chinese,
            Self::En => english,
        }
    }

    /// The language that one BCP 47 tag asks for: `zh-Hans-CN` is Chinese, `en-GB` English, `fr` none of ours.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().split('-').next().is_some_and(|own| own.eq_ignore_ascii_case(primary)))
    }

    /// The language of a page: `ui_locales` of the authorization request (OIDC Core §3.1.2.1, in order of preference), else
    /// the person's own choice in the cookie, else what the browser accepts (RFC 9110 §12.5.4), else Chinese.
    #[must_use]
    pub fn negotiate(ui_locales: Option<&str>, cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        ui_locales
            .and_then(|list| list.split_whitespace().find_map(Self::from_tag))
            .or_else(|| cookie.and_then(Self::from_tag))
            .or_else(|| accept_language.and_then(Self::accepted))
            .unwrap_or_default()
    }

    /// The best of ours in an Accept-Language header; the earlier one of equal weights.
    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',').take(32) {
            let mut parts = range.split(';');
            let Some(lang) = parts.next().and_then(Self::from_tag) else { continue };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, w)| weight > w) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }

    /// The wording of `key` without values. A key that does not exist shows as `⟦key⟧`; a test keeps that from happening.
    #[must_use]
    pub fn text(self, key: &str) -> String {
        self.formatted(key, None)
    }

    /// The wording of `key` with `values` put in, each between U+2068 and U+2069 where it is text ([`super::phrase`] turns
    /// these marks into markup or takes them out).
    pub(super) fn formatted(self, key: &str, values: Option<&HashMap<&'static str, FluentValue<'_>>>) -> String {
        let identifier = match self {
            Self::ZhCn => &CHINESE,
            Self::En => &ENGLISH,
        };
        WORDING.lookup_single_language(identifier, key, values).unwrap_or_else(|_| format!("⟦{key}⟧"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        assert_eq!(Lang::negotiate(Some("fr en-GB zh"), Some("zh-CN"), Some("zh")), Lang::En);
        assert_eq!(Lang::negotiate(Some("fr"), Some("en"), Some("zh-CN")), Lang::En);
        assert_eq!(Lang::negotiate(None, None, Some("fr, en;q=0.4, zh-Hans-CN;q=0.8")), Lang::ZhCn);
        assert_eq!(Lang::negotiate(None, None, Some("en-US,en;q=0.9")), Lang::En);
    }

    #[test]
    fn nothing_usable_means_chinese() {
        assert_eq!(Lang::negotiate(None, None, None), Lang::ZhCn);
        assert_eq!(Lang::negotiate(Some(""), Some("klingon"), Some("*, en;q=0")), Lang::ZhCn);
        assert_eq!(Lang::negotiate(None, None, Some("en;q=nonsense")), Lang::ZhCn);
        assert_eq!(Lang::negotiate(Some("en\u{0}\"><script>"), None, None), Lang::ZhCn);
    }
}
