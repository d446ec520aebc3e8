//! [`Acr`]: the assurance levels, 认证级别, in the order of their strength.
//!
//! A level says how well the person's name is proven and how strong the login was, whichever is less. How it is reached
//! is the business of `crate::session` and `crate::realname`; here it is a word and an order.

use serde::{Deserialize, Serialize};

/// An authentication context class of hufu: `urn:hufu:acr:l0` … `l4`. A level satisfies every lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Acr {
    /// Signed in, not real-named.
    #[serde(rename = "urn:hufu:acr:l0")]
    L0,
    /// Self-declared.
    #[serde(rename = "urn:hufu:acr:l1")]
    L1,
    /// Name and number matched with the authority.
    #[serde(rename = "urn:hufu:acr:l2")]
    L2,
    /// Three or four items or the face, two factors.
    #[serde(rename = "urn:hufu:acr:l3")]
    L3,
    /// In person, by certificate or by eID; verified key.
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

    /// The level with this exact value; `None` for values that are not ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.urn() == text)
    }

    /// The levels named by an `acr_values` parameter, in the client's order of preference. Values of other schemes are
    /// passed over: they are wishes (OIDC Core §3.1.2.1).
    #[must_use]
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
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

    /// Whether this level is at least `demanded`.
    #[must_use]
    pub fn satisfies(self, demanded: Self) -> bool {
        self >= demanded
    }

    /// What the `acr` claim says when this level was reached: the highest of the `wanted` levels that it satisfies; the
    /// level itself when nothing was wanted or nothing wanted was reached.
    #[must_use]
    pub fn answering(self, wanted: &[Self]) -> Self {
        wanted.iter().copied().filter(|level| self.satisfies(*level)).max().unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_one_name_everywhere() {
        for acr in Acr::ALL {
            assert_eq!(Acr::parse(acr.urn()), Some(acr));
            assert_eq!(serde_json::to_value(acr).unwrap(), acr.urn());
            assert_eq!(serde_json::from_value::<Acr>(acr.urn().into()).unwrap(), acr);
            assert_eq!(Acr::from_number(acr.number()), acr);
        }
        for text in ["", "l2", "urn:hufu:acr:l5", "URN:HUFU:ACR:L2", "urn:hufu:acr:l2 "] {
            assert_eq!(Acr::parse(text), None);
        }
        assert_eq!((Acr::from_number(-1), Acr::from_number(9)), (Acr::L0, Acr::L4));
    }

    #[test]
    fn a_level_satisfies_the_lower_ones_only() {
        assert!(Acr::L3.satisfies(Acr::L2) && Acr::L3.satisfies(Acr::L3) && !Acr::L3.satisfies(Acr::L4));
    }

    #[test]
    fn the_answer_is_the_highest_wanted_level_that_was_reached() {
        assert_eq!(Acr::L3.answering(&[Acr::L2, Acr::L1]), Acr::L2);
        assert_eq!(Acr::L3.answering(&[Acr::L4, Acr::L1]), Acr::L1);
        assert_eq!(Acr::L1.answering(&[Acr::L4]), Acr::L1);
        assert_eq!(Acr::L3.answering(&[]), Acr::L3);
    }

    #[test]
    fn wishes_of_other_schemes_are_passed_over() {
        assert_eq!(Acr::parse_list("urn:x:gold urn:hufu:acr:l3  urn:hufu:acr:l2"), [Acr::L3, Acr::L2]);
        assert_eq!(Acr::parse_list(""), []);
    }
}
