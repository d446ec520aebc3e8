//! [`Acr`]: the level that a sign-in reaches, as clients ask for it and are told it.

use serde::{Deserialize, Serialize};

/// `urn:hufu:acr:l0` … `l4`; a higher one satisfies every lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Acr {
    /// Signed in, not real-named.
    #[serde(rename = "urn:hufu:acr:l0")]
    L0,
    /// Self-declared.
    #[serde(rename = "urn:hufu:acr:l1")]
    L1,
    /// Name and number matched.
    #[serde(rename = "urn:hufu:acr:l2")]
    L2,
    /// Three or four items, two factors.
    #[serde(rename = "urn:hufu:acr:l3")]
    L3,
    /// In person or by certificate, verified key.
    #[serde(rename = "urn:hufu:acr:l4")]
    L4,
}

impl Acr {
    /// From the lowest to the highest.
    pub const ALL: [Self; 5] = [Self::L0, Self::L1, Self::L2, Self::L3, Self::L4];

    /// The value of `acr` and `acr_values`.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::L0 => "urn:hufu:acr:l0",
            Self::L1 => "urn:hufu:acr:l1",
            Self::L2 => "urn:hufu:acr:l2",
            Self::L3 => "urn:hufu:acr:l3",
            Self::L4 => "urn:hufu:acr:l4",
        }
    }

    /// The level with this value; `None` for values that are not ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.urn() == text)
    }

    /// 0 to 4.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The level with this number; out of range is the nearest end.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        Self::ALL.into_iter().rev().find(|acr| acr.number() <= number).unwrap_or(Self::L0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_come_back() {
        for acr in Acr::ALL {
            assert_eq!(Acr::parse(acr.urn()), Some(acr));
            assert_eq!(Acr::from_number(acr.number()), acr);
        }
        assert!(Acr::L1 < Acr::L2);
        assert_eq!(Acr::parse("urn:hufu:acr:l9"), None);
        assert_eq!((Acr::from_number(-1), Acr::from_number(9)), (Acr::L0, Acr::L4));
    }
}
