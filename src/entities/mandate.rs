//! [`Mandate`]: one person's power to act for one company: the legal representative's (法定代表人) by law, an agent's (经办人)
//! by invitation, dated, and for some matters or all.

use super::Entity;
use crate::base::Timestamp;
use crate::base::id::{AccountId, EntityId, MandateId};
use crate::realname::LegalPersonKind;
use crate::store::StoreError;
use crate::store::carried_mandates::CarriedMandateRow;
use crate::store::mandates::{MandateRow, StandingRow};

/// As what a person acts for a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 法定代表人 or 负责人: by the registry; without end, in everything; may invite agents.
    LegalRepresentative,
    /// 经办人: by invitation.
    Agent,
}

impl Role {
    /// The word that is stored and that tokens say.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LegalRepresentative => "legal_representative",
            Self::Agent => "agent",
        }
    }

    /// The role of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::LegalRepresentative, Self::Agent].into_iter().find(|role| role.as_str() == word)
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        Self::named(text).ok_or(StoreError::Damaged("role of a mandate"))
    }
}

/// How far a mandate has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateState {
    /// The company has invited; the person has not answered.
    Invited,
    /// The person has accepted; the dates decide.
    Active,
    /// Revoked, declined, given back, lapsed.
    Ended,
}

impl MandateState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        let all = [Self::Invited, Self::Active, Self::Ended];
        all.into_iter().find(|state| state.as_str() == text).ok_or(StoreError::Damaged("state of a mandate"))
    }
}

/// Longest matter, in characters.
const LONGEST: usize = 64;

/// Most matters of one mandate.
const MOST: usize = 20;

/// Why a list of matters cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MattersError {
    /// More than twenty.
    #[error("at most {MOST} matters")]
    TooMany,
    /// Too long, or with a character that codes of matters and scopes do not have.
    #[error("a matter has letters, digits, and - _ . : / only, at most {LONGEST}")]
    Malformed,
}

/// What a mandate reaches: codes of matters (事项) or scopes; none named: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matters(Vec<String>);

impl Matters {
    /// Reads what a person typed, divided by spaces, line ends or commas.
    ///
    /// # Errors
    /// When it cannot be such a list.
    pub fn parse(text: &str) -> Result<Self, MattersError> {
        let divides = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；');
        let mut list: Vec<String> = Vec::new();
        for matter in text.split(divides).filter(|matter| !matter.is_empty()) {
            let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
            if matter.len() > LONGEST || !matter.chars().all(known) {
                return Err(MattersError::Malformed);
            }
            if !list.iter().any(|listed| listed == matter) {
                list.push(matter.to_owned());
            }
        }
        if list.len() > MOST { Err(MattersError::TooMany) } else { Ok(Self(list)) }
    }

    /// Reads what another node says a mandate reaches.
    ///
    /// # Errors
    /// When it cannot be such a list.
    pub fn told(list: &[String]) -> Result<Self, MattersError> {
        let read = Self::parse(&list.join(" "))?;
        // Nothing may fall away on the way: an empty list reaches everything.
        if read.0.len() == list.len() { Ok(read) } else { Err(MattersError::Malformed) }
    }

    /// Whether it reaches into what `served` lists: what a service is for.
    pub fn reach<'a>(&self, served: impl IntoIterator<Item = &'a str>) -> bool {
        self.0.is_empty() || served.into_iter().any(|matter| self.0.iter().any(|listed| listed == matter))
    }

    /// The matters; empty: everything.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.0
    }
}

/// One person's power to act for one company, in any state.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// The mandate.
    pub id: MandateId,
    /// For which company.
    pub entity_id: EntityId,
    /// Whose; none while nobody has taken up an invitation by code.
    pub account_id: Option<AccountId>,
    /// As what.
    pub role: Role,
    /// How far it reaches.
    pub matters: Matters,
    /// How far it has come.
    pub state: MandateState,
    /// Whether the person wants to be offered the company first.
    pub preferred: bool,
    /// From when it is good.
    pub valid_from: Timestamp,
    /// Until when it is good; none: without end.
    pub valid_until: Option<Timestamp>,
    /// When the invitation was written.
    pub created_at: Timestamp,
    /// Until when an invitation can be accepted.
    pub answer_until: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<String>,
}

impl Mandate {
    /// From its row.
    ///
    /// # Errors
    /// When the row holds a word that nobody writes.
    pub fn from_row(row: MandateRow) -> Result<Self, StoreError> {
        Ok(Self {
            role: Role::parse(&row.role)?,
            state: MandateState::parse(&row.state)?,
            matters: Matters(row.matters.0),
            valid_until: dated(row.valid_until),
            id: row.id,
            entity_id: row.entity_id,
            account_id: row.account_id,
            preferred: row.preferred,
            valid_from: row.valid_from,
            created_at: row.created_at,
            answer_until: row.expires_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
        })
    }
}

/// For whom a person may act now, and how far: a mandate that is good, with its company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The mandate.
    pub mandate_id: MandateId,
    /// The company.
    pub entity_id: EntityId,
    /// Its code, 统一社会信用代码.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: LegalPersonKind,
    /// As what the person acts.
    pub role: Role,
    /// How far.
    pub matters: Matters,
    /// Whether the person wants to be offered it first.
    pub preferred: bool,
    /// Until when; none: without end.
    pub valid_until: Option<Timestamp>,
    /// Whether the node above vouches for it, in this session; otherwise it was given here.
    pub carried: bool,
}

impl Standing {
    /// The same, as the node above vouches for it.
    pub(super) fn carried(self) -> Self {
        Self { carried: true, ..self }
    }

    pub(super) fn from_row(row: StandingRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: LegalPersonKind::from_name(&row.kind).ok_or(StoreError::Damaged("kind of a company"))?,
            role: Role::parse(&row.role)?,
            matters: Matters(row.matters.0),
            valid_until: dated(row.valid_until),
            mandate_id: row.mandate_id,
            entity_id: row.entity_id,
            code: row.uscc,
            name: row.name,
            preferred: row.preferred,
            carried: false,
        })
    }

    pub(super) fn of_carried(entity: &Entity, row: &CarriedMandateRow) -> Result<Self, StoreError> {
        Ok(Self {
            mandate_id: row.id.clone(),
            entity_id: entity.id.clone(),
            code: entity.code.clone(),
            name: entity.name.clone(),
            kind: entity.kind,
            role: Role::parse(&row.role)?,
            matters: Matters(row.matters.0.clone()),
            preferred: false,
            valid_until: dated(row.valid_until),
            carried: true,
        })
    }

    pub(super) fn of(entity: &Entity, row: &MandateRow) -> Result<Self, StoreError> {
        Ok(Self {
            mandate_id: row.id.clone(),
            entity_id: entity.id.clone(),
            code: entity.code.clone(),
            name: entity.name.clone(),
            kind: entity.kind,
            role: Role::parse(&row.role)?,
            matters: Matters(row.matters.0.clone()),
            preferred: row.preferred,
            valid_until: dated(row.valid_until),
            carried: false,
        })
    }
}

fn dated(until: Timestamp) -> Option<Timestamp> {
    (until != Timestamp::NEVER).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matters_are_read_however_they_are_divided() {
        let matters = Matters::parse(" tax:file，permit/440100-01\n tax:file、seal ").unwrap();
        assert_eq!(matters.list(), ["tax:file", "permit/440100-01", "seal"]);
        assert_eq!(Matters::parse("  \n").unwrap(), Matters::default());
        assert_eq!(Matters::parse("tax\u{202e}file"), Err(MattersError::Malformed));
        assert_eq!(Matters::parse(&"x".repeat(65)), Err(MattersError::Malformed));
        let many: String = (0..21).map(|n| format!("m{n} ")).collect();
        assert_eq!(Matters::parse(&many), Err(MattersError::TooMany));
    }

    #[test]
    fn none_named_is_everything_and_some_named_are_only_these() {
        assert!(Matters::default().reach(["tax"]) && Matters::default().reach([]));
        let tax = Matters::parse("tax").unwrap();
        assert!(tax.reach(["permit", "tax"]));
        assert!(!tax.reach(["taxi"]) && !tax.reach(["permit"]) && !tax.reach([]));
    }
}
