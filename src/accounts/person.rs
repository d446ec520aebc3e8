//! [`Person`]: an account with its personal data opened, in memory only.

use crate::base::id::AccountId;
use crate::base::{Secret, Timestamp};
use crate::keys::Sealer;
use crate::realname::RealNameLevel;
use crate::store::accounts::AccountRow;
use crate::store::real_names::RealNameRow;

use super::AccountError;

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may.
    Active,
    /// Locked by an administrator or by its owner, until unlocked.
    Locked,
    /// Switched off.
    Disabled,
    /// Closed by its owner.
    Closed,
}

impl AccountState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Disabled => "disabled",
            Self::Closed => "closed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Locked, Self::Disabled, Self::Closed].into_iter().find(|state| state.as_str() == text)
    }
}

impl std::fmt::Display for AccountState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person as this node knows them. No `Debug`: it holds personal data in the clear.
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// Whether it may sign in.
    pub state: AccountState,
    /// As chosen at registration.
    pub username: String,
    /// Mobile number, 11 digits.
    pub mobile: Option<Secret>,
    /// When she last showed a code sent to it; a number without this is only what she says.
    pub mobile_verified_at: Option<Timestamp>,
    /// Chosen language, a BCP 47 tag.
    pub locale: Option<String>,
    /// What an authority confirmed, if anything.
    pub real_name: Option<RealName>,
    /// `updated_at` of OIDC Core §5.1.
    pub updated_at: Timestamp,
    /// When the password was last set.
    pub password_changed_at: Timestamp,
}

/// A confirmed real name (实名).
pub struct RealName {
    /// The level reached.
    pub level: RealNameLevel,
    /// The name.
    pub name: Secret,
    /// Kind of document, GA/T 2000.156.
    pub document_type: String,
    /// Number of the document.
    pub document: Secret,
    /// How it was checked.
    pub method: String,
    /// Which authority confirmed it.
    pub source: String,
    /// When: the proof clock.
    pub verified_at: Timestamp,
}

impl Person {
    /// The mobile number that she has shown to be hers.
    #[must_use]
    pub fn verified_mobile(&self) -> Option<&Secret> {
        self.mobile.as_ref().filter(|_| self.mobile_verified_at.is_some())
    }

    /// The level of real-name proof; L0 when nothing is confirmed.
    #[must_use]
    pub fn level(&self) -> RealNameLevel {
        self.real_name.as_ref().map_or(RealNameLevel::L0, |real_name| real_name.level)
    }
}

/// Opens the sealed columns of a row.
pub(super) fn open(sealer: &Sealer, row: AccountRow, real_name: Option<RealNameRow>) -> Result<Person, AccountError> {
    let reveal = |sealed: &[u8]| -> Result<Secret, AccountError> {
        let bytes = sealer.open_bytes(sealed, row.id.as_str().as_bytes()).map_err(|_| AccountError::Sealed)?;
        std::str::from_utf8(&bytes).map(Secret::new).map_err(|_| AccountError::Sealed)
    };
    let real_name = match real_name {
        None => None,
        Some(found) => Some(RealName {
            level: i16::try_from(found.level)
                .ok()
                .and_then(|n| RealNameLevel::try_from(n).ok())
                .ok_or(AccountError::Sealed)?,
            name: reveal(&found.name)?,
            document: reveal(&found.document)?,
            document_type: found.document_type,
            method: found.method,
            source: found.source,
            verified_at: found.verified_at,
        }),
    };
    Ok(Person {
        mobile: row.mobile.as_deref().map(reveal).transpose()?,
        mobile_verified_at: row.mobile_verified_at,
        state: AccountState::parse(&row.state).ok_or(AccountError::Sealed)?,
        username: row.username,
        locale: row.locale,
        real_name,
        updated_at: row.updated_at,
        password_changed_at: row.password_changed_at,
        id: row.id,
    })
}
