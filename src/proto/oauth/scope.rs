//! [`Scope`]: a set of scope tokens, RFC 6749 §3.3.
//!
//! Only the form is checked here; which scopes exist and which a client may ask is decided in `crate::oidc`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{ErrorCode, OAuthError};

/// Most tokens of one scope.
pub const MAX_TOKENS: usize = 100;
/// Most bytes of one token.
pub const MAX_TOKEN: usize = 256;

/// A set of scope tokens that remembers the order in which they were asked. Two scopes with the same tokens are equal,
/// whatever their order. Written and stored as one string with spaces.
#[derive(Clone, Debug, Default)]
pub struct Scope(Vec<Box<str>>);

impl Scope {
    /// Parses the value of a `scope` parameter. Tokens said twice count once, and spare spaces are forgiven.
    ///
    /// # Errors
    /// `invalid_scope`: a character outside `%x21 / %x23-5B / %x5D-7E`, or more or longer tokens than the limits.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut scope = Self::default();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            let well_formed = token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e));
            if !well_formed || token.len() > MAX_TOKEN {
                return Err(OAuthError::new(ErrorCode::InvalidScope, "malformed scope"));
            }
            if scope.0.len() == MAX_TOKENS {
                return Err(OAuthError::new(ErrorCode::InvalidScope, "too many scopes"));
            }
            scope.insert(token);
        }
        Ok(scope)
    }

    /// Whether `token` is among them.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| **own == *token)
    }

    /// The tokens that `other` has too, in this scope's order.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.filtered(|token| other.contains(token))
    }

    /// The tokens for which `keep` says yes.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|token| keep(token)).cloned().collect())
    }

    /// These tokens, then those of `other` that are new.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        other.iter().for_each(|token| all.insert(token));
        all
    }

    /// Whether every token is also in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.contains(token))
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|token| &**token)
    }

    /// Whether there is no token.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many tokens there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn insert(&mut self, token: &str) {
        if !self.contains(token) {
            self.0.push(token.into());
        }
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.is_subset(other)
    }
}

impl Eq for Scope {}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, token) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Scope {
    type Err = OAuthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn order_is_kept_and_doubles_count_once() {
        let asked = scope("openid profile  openid phone ");
        assert_eq!(asked.to_string(), "openid profile phone");
        assert_eq!(asked, scope("phone openid profile"));
        assert!(asked.contains("phone") && !asked.contains("phon"));
        assert!(scope("").is_empty());
    }

    #[test]
    fn sets_narrow_and_widen() {
        let asked = scope("openid realname phone");
        assert_eq!(asked.intersection(&scope("phone openid email")).to_string(), "openid phone");
        assert_eq!(asked.union(&scope("email phone")).to_string(), "openid realname phone email");
        assert!(scope("phone").is_subset(&asked) && !asked.is_subset(&scope("phone")));
    }

    #[test]
    fn characters_outside_the_standard_are_refused() {
        for text in ["open\"id", "open\\id", "open\tid", "虎符", "a\u{7f}", "a\nb"] {
            assert_eq!(Scope::parse(text).unwrap_err().code, ErrorCode::InvalidScope, "{text:?}");
        }
        assert!(Scope::parse(&"x".repeat(MAX_TOKEN + 1)).is_err());
        let many = (0..=MAX_TOKENS).map(|i| i.to_string()).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&many).is_err());
    }

    #[test]
    fn it_travels_as_one_string() {
        let json = serde_json::to_string(&scope("openid phone")).unwrap();
        assert_eq!(json, r#""openid phone""#);
        assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), scope("openid phone"));
        assert!(serde_json::from_str::<Scope>(r#""a\"b""#).is_err());
    }

    proptest! {
        #[test]
        fn written_scopes_are_read_back(text in "[!#-\\[\\]-~ ]{0,200}") {
            let one = scope(&text);
            prop_assert_eq!(&scope(&one.to_string()), &one);
            prop_assert!(one.intersection(&one) == one && one.is_subset(&one));
        }

        #[test]
        fn an_intersection_is_within_both(one in "([a-e] ){0,8}", two in "([a-e] ){0,8}") {
            let (one, two) = (scope(&one), scope(&two));
            let both = one.intersection(&two);
            prop_assert!(both.is_subset(&one) && both.is_subset(&two));
            prop_assert_eq!(both, two.intersection(&one));
        }
    }
}
