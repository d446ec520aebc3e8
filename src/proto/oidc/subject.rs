//! [`SubjectType`]: whether services see the same person under one name or each under its own. OIDC Core §8.
//!
//! How a pairwise subject is computed stands in `crate::oidc::subject`; what a sector is, in
//! `crate::proto::oauth::client_metadata`.

use serde::{Deserialize, Serialize};

/// The kind of `sub` that a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// A subject of its own for each sector: two services cannot find out that they know the same person.
    Pairwise,
    /// The same subject for every client.
    Public,
}

impl SubjectType {
    /// Both kinds, as in `subject_types_supported`.
    pub const ALL: &'static [Self] = &[Self::Pairwise, Self::Public];

    /// The value as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Public => "public",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_stored_as_they_are_written() {
        for kind in SubjectType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(serde_json::from_value::<SubjectType>(kind.as_str().into()).unwrap(), *kind);
        }
        assert!(serde_json::from_value::<SubjectType>("Public".into()).is_err());
    }
}
