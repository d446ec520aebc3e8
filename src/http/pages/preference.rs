//! The two choices that a person makes at the top of any page: language and elder mode (长者模式).
//!
//! The links lead to [`super::paths::PREFERENCES`]; its handler sets the cookie named here and sends the person back to
//! where she was, which is checked to be a place at this node.

use super::Lang;

/// The cookie that holds a language tag.
pub const LANGUAGE_COOKIE: &str = "hufu_lang";
/// The cookie that holds [`ELDER_VIEW`] when elder mode is on.
pub const VIEW_COOKIE: &str = "hufu_view";
/// The value of [`VIEW_COOKIE`] that turns elder mode on.
pub const ELDER_VIEW: &str = "elder";
/// The value of `view=` that turns it off again.
pub const STANDARD_VIEW: &str = "standard";

/// One cookie to set: harmless to scripts and to other sites, a year long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The cookie's name.
    pub cookie: &'static str,
    /// The cookie's value; one of a fixed few, never what was sent.
    pub value: &'static str,
}

impl Preference {
    /// What `?lang=…` or `?view=…` asks for; `None` for anything else.
    #[must_use]
    pub fn from_query(lang: Option<&str>, view: Option<&str>) -> Option<Self> {
        if let Some(lang) = lang.and_then(Lang::from_tag) {
            return Some(Self { cookie: LANGUAGE_COOKIE, value: lang.tag() });
        }
        match view {
            Some(ELDER_VIEW) => Some(Self { cookie: VIEW_COOKIE, value: ELDER_VIEW }),
            Some(STANDARD_VIEW) => Some(Self { cookie: VIEW_COOKIE, value: STANDARD_VIEW }),
            _ => None,
        }
    }
}

/// `back` when it is a place at this node (a path below the base, perhaps with a query), else the first page.
///
/// A browser reads `//host` and `/\host` as another site, and drops tabs and line ends on the way: all refused.
#[must_use]
pub fn place_at_this_node(back: Option<&str>) -> &str {
    back.filter(|place| {
        place.starts_with('/')
            && !place.starts_with("//")
            && !place.contains('\\')
            && !place.chars().any(char::is_control)
            && place.len() <= 4096
    })
    .unwrap_or(super::paths::HOME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_choices_become_cookies() {
        let set = Preference::from_query(Some("en-US"), None).unwrap();
        assert_eq!((set.cookie, set.value), ("hufu_lang", "en"));
        assert_eq!(Preference::from_query(None, Some("elder")).unwrap().value, "elder");
        assert_eq!(Preference::from_query(Some("x\r\nSet-Cookie: a=b"), Some("x")), None);
    }

    #[test]
    fn the_way_back_never_leaves_the_node() {
        assert_eq!(place_at_this_node(Some("/sign-in?flow=a%2Fb")), "/sign-in?flow=a%2Fb");
        for elsewhere in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(place_at_this_node(Some(elsewhere)), "/", "{elsewhere:?}");
        }
        assert_eq!(place_at_this_node(None), "/");
    }
}
