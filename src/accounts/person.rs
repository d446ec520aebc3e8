//! [`Person`]: an account with its personal data opened, in memory only.

use std::time::Duration;

use time::Date;

use crate::base::id::AccountId;
use crate::base::{Secret, Timestamp};
use crate::keys::Sealer;
use crate::messages::Addressee;
use crate::realname::{RealNameLevel, age};
use crate::store::accounts::AccountRow;
use crate::store::network_identities::NetworkIdentityRow;
use crate::store::real_names;

use super::AccountError;
use super::real_name::{Proof, RealName, read_birth};

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It may.
    Active,
    /// Locked by an administrator or by its owner, until unlocked.
    Locked,
    /// Switched off.
    Disabled,
    /// To be closed at a time that its owner can still take back.
    Closing,
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
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Active, Self::Locked, Self::Disabled, Self::Closing, Self::Closed];
        all.into_iter().find(|state| state.as_str() == text)
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
    /// What the network identity service, or the node above, has told without a document, if anything.
    pub network_identity: Option<Proof>,
    /// The name that the node above has told with it.
    pub told_name: Option<Secret>,
    /// `updated_at` of OIDC Core §5.1.
    pub updated_at: Timestamp,
    /// When the password was last set.
    pub password_changed_at: Timestamp,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Of a child under 14: the guardian who agrees for it now.
    pub guardian: Option<AccountId>,
}

impl Person {
    /// That the account may sign in now.
    ///
    /// # Errors
    /// [`AccountError::Closing`] while its owner can take the closing back, [`AccountError::State`] in any other state.
    pub fn may_sign_in(&self) -> Result<(), AccountError> {
        match self.state {
            AccountState::Active => Ok(()),
            AccountState::Closing => Err(AccountError::Closing(self.id.clone())),
            state => Err(AccountError::State(state)),
        }
    }

    /// The date of birth that an authority has confirmed, where the document or the authority tells it.
    #[must_use]
    pub fn birth(&self) -> Option<Date> {
        self.real_name.as_ref().and_then(super::real_name::RealName::birth)
    }

    /// Whether she is a child under 14 for whom no guardian agrees: nothing of her goes to a service (PIPL art. 31).
    #[must_use]
    pub fn lacks_guardian(&self, now: Timestamp) -> bool {
        self.guardian.is_none() && self.birth().is_some_and(|birth| age::is_under(birth, age::CHILD, now))
    }

    /// Her name, as an authority has confirmed it or the node above has told it.
    #[must_use]
    pub fn known_name(&self) -> Option<&Secret> {
        self.real_name.as_ref().map(|found| &found.name).or(self.told_name.as_ref())
    }

    /// The mobile number that she has shown to be hers.
    #[must_use]
    pub fn verified_mobile(&self) -> Option<&Secret> {
        self.mobile.as_ref().filter(|_| self.mobile_verified_at.is_some())
    }

    /// By which channels she is told what happens to her account.
    #[must_use]
    pub fn addressee(&self) -> Addressee<'_> {
        let mobile = self.verified_mobile().map(|mobile| mobile.expose());
        Addressee { account: &self.id, mobile, locale: self.locale.as_deref().unwrap_or("zh-CN") }
    }

    /// The level of real-name proof. Without any proof it is L1 (self-declared, 自报) for whoever has shown that the mobile
    /// number they declare is in their hand, else L0.
    #[must_use]
    pub fn level(&self) -> RealNameLevel {
        let declared = if self.verified_mobile().is_some() { RealNameLevel::L1 } else { RealNameLevel::L0 };
        self.best_proof().map_or(declared, |proof| proof.level)
    }

    /// When that level was reached: the proof clock, or when the number was shown.
    #[must_use]
    pub fn level_time(&self) -> Option<Timestamp> {
        let declared = self.verified_mobile().and(self.mobile_verified_at);
        self.best_proof().map(|proof| proof.verified_at).or(declared)
    }

    /// Every proof that counts, the highest level first. A network identity counts for itself and never for a real name:
    /// nobody knows whether both are one person's.
    #[must_use]
    pub fn proofs(&self) -> Vec<&Proof> {
        match &self.real_name {
            Some(real_name) => real_name.proofs.iter().collect(),
            None => self.network_identity.iter().collect(),
        }
    }

    /// The proof of the highest level.
    #[must_use]
    pub fn best_proof(&self) -> Option<&Proof> {
        self.proofs().into_iter().next()
    }

    /// The best proof that is at most `max_age` old.
    #[must_use]
    pub fn fresh_proof(&self, max_age: Duration, now: Timestamp) -> Option<&Proof> {
        self.proofs().into_iter().find(|proof| proof.is_fresh(max_age, now))
    }
}

/// Opens the sealed columns of a row.
pub(super) fn open(
    sealer: &Sealer,
    row: AccountRow,
    real_name: Option<real_names::RealNameRow>,
    network_identity: Option<NetworkIdentityRow>,
) -> Result<Person, AccountError> {
    let reveal = |sealed: &[u8]| -> Result<Secret, AccountError> {
        let bytes = sealer.open_bytes(sealed, row.id.as_str().as_bytes()).map_err(|_| AccountError::Sealed)?;
        std::str::from_utf8(&bytes).map(Secret::new).map_err(|_| AccountError::Sealed)
    };
    let real_name = match real_name {
        None => None,
        Some(found) => Some(open_real_name(found, reveal)?),
    };
    let told_name = network_identity.as_ref().and_then(|found| found.name.as_deref()).map(reveal).transpose()?;
    let network_identity = match network_identity {
        None => None,
        Some(found) => Some(open_network_identity(found).ok_or(AccountError::Sealed)?),
    };
    Ok(Person {
        mobile: row.mobile.as_deref().map(reveal).transpose()?,
        mobile_verified_at: row.mobile_verified_at,
        state: AccountState::parse(&row.state).ok_or(AccountError::Sealed)?,
        username: row.username,
        locale: row.locale,
        real_name,
        network_identity,
        told_name,
        updated_at: row.updated_at,
        password_changed_at: row.password_changed_at,
        created_at: row.created_at,
        guardian: None,
        id: row.id,
    })
}

fn open_real_name(
    row: real_names::RealNameRow,
    reveal: impl Fn(&[u8]) -> Result<Secret, AccountError>,
) -> Result<RealName, AccountError> {
    let best = real_names::StoredProof {
        level: row.level,
        document_type: row.document_type.clone(),
        method: row.method,
        source: row.source,
        reference: row.reference,
        verified_at: row.verified_at,
    };
    let best = Proof::of(best).ok_or(AccountError::Sealed)?;
    let proofs = row.proofs.0.into_iter().map(|stored| Proof::of(stored).ok_or(AccountError::Sealed));
    let mut proofs = proofs.collect::<Result<Vec<_>, _>>()?;
    if proofs.is_empty() {
        // Confirmed before proofs were kept by level.
        proofs.push(best.clone());
    }
    let told_birth = match row.birth.as_deref().map(&reveal).transpose()? {
        None => None,
        Some(text) => Some(read_birth(text.expose()).ok_or(AccountError::Sealed)?),
    };
    Ok(RealName {
        told_birth,
        level: best.level,
        name: reveal(&row.name)?,
        document: reveal(&row.document)?,
        document_type: row.document_type.parse().map_err(|_| AccountError::Sealed)?,
        method: best.method,
        source: best.source,
        verified_at: best.verified_at,
        proofs,
    })
}

fn open_network_identity(row: NetworkIdentityRow) -> Option<Proof> {
    Proof::of(real_names::StoredProof {
        level: row.level,
        document_type: String::new(),
        method: row.method,
        source: row.source,
        reference: row.reference,
        verified_at: row.verified_at,
    })
}
