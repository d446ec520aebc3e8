//! The real-name level (实名等级) as pages show it.

use crate::http::pages::PageContext;

/// How surely the person's name is known, `urn:hufu:acr:l0` … `l4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not real-named.
    L0,
    /// Self-declared.
    L1,
    /// Name and identity number matched with the authority (两要素核验).
    L2,
    /// Three or four items, or the face.
    L3,
    /// In person, by certificate, or eID.
    L4,
}

impl Level {
    /// Every level, the lowest first.
    pub const ALL: [Self; 5] = [Self::L0, Self::L1, Self::L2, Self::L3, Self::L4];

    /// The short name that is the same in every language.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::L0 => "L0",
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
            Self::L4 => "L4",
        }
    }

    /// What the level means, in the page's language.
    #[must_use]
    pub fn meaning(self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::L0 => "level-l0",
            Self::L1 => "level-l1",
            Self::L2 => "level-l2",
            Self::L3 => "level-l3",
            Self::L4 => "level-l4",
        })
    }

    /// Whether an authority vouches for the name.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        *self >= Self::L2
    }
}
