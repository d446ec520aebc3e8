//! [`Entity`]: a company as the registry confirmed it. All of it is public.

use crate::base::Timestamp;
use crate::base::id::EntityId;
use crate::realname::LegalPersonKind;
use crate::store::StoreError;
use crate::store::entities::EntityRow;

/// Whether anybody may act for a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityState {
    /// Whoever has a mandate may.
    Active,
    /// Nobody may, until an administrator lets them again.
    Suspended,
}

impl EntityState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A company (法人或其他组织).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// What its `sub` is made of; the code could be given anew, this is not.
    pub id: EntityId,
    /// 统一社会信用代码.
    pub code: String,
    /// Its name, as the registry confirmed it.
    pub name: String,
    /// What kind of legal person it is, by its code.
    pub kind: LegalPersonKind,
    /// Whether anybody may act for it.
    pub state: EntityState,
    /// When the registry last confirmed it.
    pub verified_at: Timestamp,
}

impl Entity {
    pub(super) fn from_row(row: EntityRow) -> Result<Self, StoreError> {
        let states = [EntityState::Active, EntityState::Suspended];
        let state = states.into_iter().find(|state| state.as_str() == row.state);
        Ok(Self {
            kind: LegalPersonKind::from_name(&row.kind).ok_or(StoreError::Damaged("kind of a company"))?,
            state: state.ok_or(StoreError::Damaged("state of a company"))?,
            id: row.id,
            code: row.uscc,
            name: row.name,
            verified_at: row.verified_at,
        })
    }
}
