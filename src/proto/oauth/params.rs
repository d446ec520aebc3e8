//! [`Params`]: the parameters of one request, decoded once, bounded, and never ambiguous.
//!
//! Two readers of one request must never see two values: a repeated name is refused (RFC 6749 §3.1, §3.2), and so is
//! text that does not decode. Query and body are parsed apart; the HTTP floor never mixes them.

use serde::{Deserialize, Serialize};

use super::error::{ErrorCode, OAuthError};

/// Most bytes of urlencoded text.
pub const MAX_TOTAL: usize = 64 * 1024;
/// Most parameters.
pub const MAX_COUNT: usize = 64;
/// Most bytes of a decoded name.
pub const MAX_NAME: usize = 128;
/// Most bytes of a decoded value.
pub const MAX_VALUE: usize = 16 * 1024;

/// Names that may stand more than once: `resource` (RFC 8707 §2) and `audience` (RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// An ordered list of names and values. It has no `Display`, and its `Debug` shows names only: values hold codes,
/// secrets and passwords.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses `application/x-www-form-urlencoded` text. A parameter without a value counts as left out
    /// (RFC 6749 §3.1), but its name still may not be repeated.
    ///
    /// # Errors
    /// `invalid_request`: a repeated name (but `resource`, `audience`), a broken `%` escape, bytes that are not UTF-8,
    /// a NUL character, or more than the limits of this module.
    pub fn parse(urlencoded: &str) -> Result<Self, OAuthError> {
        if urlencoded.len() > MAX_TOTAL {
            return Err(invalid("the request has too many bytes"));
        }
        let mut seen: Vec<(String, String)> = Vec::new();
        for piece in urlencoded.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (decode(name, MAX_NAME)?, decode(value, MAX_VALUE)?);
            if seen.len() == MAX_COUNT {
                return Err(invalid("the request has too many parameters"));
            }
            if !REPEATABLE.contains(&name.as_str()) && seen.iter().any(|(other, _)| *other == name) {
                return Err(repeated(&name));
            }
            seen.push((name, value));
        }
        seen.retain(|(_, value)| !value.is_empty());
        Ok(Self(seen))
    }

    /// The value of `name`; the first one where several are allowed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Every value of `name`, in order: for `resource` and `audience`.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request`, "missing parameter …".
    pub fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| invalid(format!("missing parameter {name}")))
    }

    /// Sets `name` to `value` in place of all its values; an empty value removes it.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.remove(name);
            return;
        }
        let Some(at) = self.0.iter().position(|(other, _)| other == name) else {
            self.0.push((name.to_owned(), value));
            return;
        };
        let mut index = 0;
        self.0.retain(|(other, _)| {
            index += 1;
            other != name || index - 1 == at
        });
        if let Some(entry) = self.0.get_mut(at) {
            entry.1 = value;
        }
    }

    /// Removes every value of `name`; the first of them, if there was one.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let mut first = None;
        self.0.retain_mut(|(other, value)| {
            if other != name {
                return true;
            }
            first.get_or_insert_with(|| std::mem::take(value));
            false
        });
        first
    }

    /// Keeps the parameters whose name `keep` says yes to.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// Names and values in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parameters as `application/x-www-form-urlencoded` text, for a query or a body.
    #[must_use]
    pub fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Params {
    /// From pairs of ours, in order; empty values are left out.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let owned = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(owned.filter(|(_, value): &(String, String)| !value.is_empty()).collect())
    }
}

impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

/// Names the repeated parameter when the name is a plain one; a strange name is not echoed.
fn repeated(name: &str) -> OAuthError {
    let plain = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.#".contains(&b));
    if plain { invalid(format!("repeated parameter {name}")) } else { invalid("a parameter is repeated") }
}

/// What is said of a `%` that begins no escape.
const BROKEN_ESCAPE: &str = "a % is not followed by two hexadecimal digits; a percent sign is written %25";

/// Decodes `+` and `%XX`. Stricter than the URL Standard, which keeps a broken escape as it stands: nothing that serialises
/// a form by that standard (RFC 6749 appendix B) writes one, and a reader behind us that drops it, or stops at it, would see
/// another value than we do.
fn decode(text: &str, limit: usize) -> Result<String, OAuthError> {
    let mut bytes = Vec::with_capacity(text.len().min(limit));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => escaped(rest.next(), rest.next()).ok_or_else(|| invalid(BROKEN_ESCAPE))?,
            0 => return Err(invalid("a parameter holds a NUL character")),
            other => other,
        });
    }
    if bytes.len() > limit {
        return Err(invalid("a parameter is too long"));
    }
    if bytes.contains(&0) {
        return Err(invalid("a parameter holds a NUL character"));
    }
    String::from_utf8(bytes).map_err(|_| invalid("a parameter is not UTF-8"))
}

fn escaped(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> OAuthError {
        Params::parse(text).expect_err("must be refused")
    }

    #[test]
    fn values_are_decoded_in_order() {
        let params = Params::parse("scope=openid+profile&state=%E8%99%8E%2b&flag&&x=").unwrap();
        assert_eq!(params.iter().collect::<Vec<_>>(), [("scope", "openid profile"), ("state", "虎+")]);
        assert_eq!(params.require("state").unwrap(), "虎+");
        let missing = params.require("nonce").unwrap_err();
        assert_eq!((missing.code, &*missing.description), (ErrorCode::InvalidRequest, "missing parameter nonce"));
        assert_eq!(params.get("x"), None, "an empty value counts as left out");
    }

    #[test]
    fn a_repeated_name_is_refused() {
        assert_eq!(refusal("client_id=a&client_id=a").description, "repeated parameter client_id");
        assert_eq!(refusal("client_id=a&client%5Fid=b").description, "repeated parameter client_id");
        assert_eq!(refusal("client_id=&client_id=b").code, ErrorCode::InvalidRequest);
        assert_eq!(refusal("%3Cb%3E=1&%3Cb%3E=2").description, "a parameter is repeated");
    }

    #[test]
    fn resource_and_audience_may_stand_several_times() {
        let params = Params::parse("resource=https%3A%2F%2Fa&audience=x&resource=https%3A%2F%2Fb&audience=y").unwrap();
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a", "https://b"]);
        assert_eq!(params.all("audience").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn ambiguous_bytes_are_refused() {
        for text in ["a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=%C0%AF", "a=%00", "a\0=1", "a=%+1"] {
            assert_eq!(refusal(text).code, ErrorCode::InvalidRequest, "{text:?}");
        }
    }

    #[test]
    fn limits_hold_exactly() {
        let value = |n: usize| format!("a={}", "x".repeat(n));
        assert!(Params::parse(&value(MAX_VALUE)).is_ok());
        assert!(Params::parse(&value(MAX_VALUE + 1)).is_err());
        let name = |n: usize| format!("{}=1", "n".repeat(n));
        assert!(Params::parse(&name(MAX_NAME)).is_ok());
        assert!(Params::parse(&name(MAX_NAME + 1)).is_err());
        let many = |n: usize| (0..n).map(|i| format!("p{i}=1")).collect::<Vec<_>>().join("&");
        assert!(Params::parse(&many(MAX_COUNT)).is_ok());
        assert!(Params::parse(&many(MAX_COUNT + 1)).is_err());
        let big = |n: usize| format!("{0}&b{0}&c{0}&{1}", value(MAX_VALUE - 4), value(n).replace('a', "d"));
        let rest = MAX_TOTAL - big(0).len();
        assert!(Params::parse(&big(rest)).is_ok());
        assert!(Params::parse(&big(rest + 1)).is_err());
    }

    #[test]
    fn set_replaces_every_value_and_remove_gives_the_first() {
        let mut params = Params::parse("resource=1&a=x&resource=2").unwrap();
        params.set("resource", "3");
        params.set("b", "y");
        assert_eq!(params.to_query(), "resource=3&a=x&b=y");
        params.set("a", "");
        assert_eq!(params.remove("resource").as_deref(), Some("3"));
        assert_eq!(params.remove("resource"), None);
        assert_eq!(params.to_query(), "b=y");
    }

    #[test]
    fn debug_shows_names_only() {
        let params = Params::parse("client_secret=hunter2").unwrap();
        assert_eq!(format!("{params:?}"), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_was_read_survives_a_round(text in ".{0,300}") {
            if let Ok(params) = Params::parse(&text) {
                prop_assert_eq!(Params::parse(&params.to_query()).unwrap(), params);
            }
        }

        #[test]
        fn written_parameters_are_read_back(
            pairs in prop::collection::btree_map("[^\0]{0,20}", "[^\0]{1,40}", 0..20)
        ) {
            let written: Params = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let read = Params::parse(&written.to_query()).unwrap();
            prop_assert_eq!(read, written);
        }

        #[test]
        fn a_repeated_name_never_passes(name in "[a-z_]{1,20}", one in "[a-z]{0,5}", two in "[a-z]{0,5}") {
            prop_assume!(!REPEATABLE.contains(&name.as_str()));
            let text = format!("{name}={one}&z9=1&{name}={two}");
            prop_assert!(Params::parse(&text).is_err());
        }
    }
}
