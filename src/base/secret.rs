//! [`Secret`]: a string that cannot be printed by accident.

use serde::{Deserialize, Serializer};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A password, token or key in memory. It has no `Display`, its `Debug` shows nothing, it compares in constant time and
/// it is wiped when dropped. [`Secret::expose`] is the one way to the text, and easy to search for.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same text, in time that depends only on the lengths.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }

    /// The same for a secret that must be there.
    pub fn hidden<S: Serializer>(_: &Self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("(secret)")
    }

    /// Says that a secret is set, and nothing more: `#[serde(serialize_with = "Secret::masked")]` in the sections of the
    /// configuration, so that they can be shown.
    pub fn masked<S: Serializer>(secret: &Option<Self>, to: S) -> Result<S::Ok, S::Error> {
        match secret {
            Some(_) => to.serialize_some("(secret)"),
            None => to.serialize_none(),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
        assert!(Secret::new("hunter2").is("hunter2"));
        assert!(!Secret::new("hunter2").is("hunter3"));
    }
}
