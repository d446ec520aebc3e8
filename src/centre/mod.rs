//! The account centre (账号中心): what a person may do about what is held of them: see it in plain, take it along, have it
//! corrected, close the account, and for a child under 14 have a guardian agree.
//!
//! Each is one transaction with its record for the owner to read and its notice. Who may do it (a fresh sign-in with all
//! factors) is asked by the pages; that nothing of a child without a guardian goes out is decided in `oidc`.

mod closing;
mod corrections;
mod export;
mod guardians;
mod unmask;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::accounts::{AccountError, Accounts, Consents, Verifier};
use crate::base::{SharedClock, SharedRandom, Timestamp, within};
use crate::delegation::Delegation;
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::factors::{FactorError, Factors};
use crate::keys::{MasterKey, Sealer};
use crate::logout::Logouts;
use crate::session::Sessions;
use crate::signon::SignOn;
use crate::store::{Store, StoreError};

pub use closing::{Consequences, DueClosings};
pub use corrections::{Correction, CorrectionItem, CorrectionState};
pub use export::SCHEMA as EXPORT_SCHEMA;
pub use guardians::{GuardianLine, LEAST_LEVEL as GUARDIAN_LEVEL};
pub use unmask::Item;

/// Why something in the account centre was not done.
#[derive(Debug, thiserror::Error)]
pub enum CentreError {
    /// The person represents companies, and has not said that these end with the account.
    #[error("the person represents companies")]
    CompaniesLeft,
    /// There is nothing to take back: done, taken back, or never asked.
    #[error("there is nothing of the kind")]
    Nothing,
    /// What was typed is empty or too long.
    #[error("the text is empty or too long")]
    Text,
    /// As many requests are open as may be.
    #[error("too many requests are open")]
    TooMany,
    /// Only for a child, or only by somebody of age whose real name is proven well enough.
    #[error("this is not for this person")]
    NotForThem,
    /// A code was not right, or could not be sent.
    #[error(transparent)]
    Factor(FactorError),
    /// Anything that is not about the account centre.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for CentreError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}

impl From<EphemeralError> for CentreError {
    fn from(error: EphemeralError) -> Self {
        Self::Account(error.into())
    }
}

impl From<FactorError> for CentreError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Account(error) => Self::Account(error),
            other => Self::Factor(other),
        }
    }
}

/// The `[centre]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CentreConfig {
    /// How long an account waits to be closed, in days.
    #[serde(deserialize_with = "within::<_, 1, 60>")]
    pub closing_days: u64,
    /// How long an item is shown in plain, in seconds.
    #[serde(deserialize_with = "within::<_, 30, 600>")]
    pub unmask_seconds: u64,
}

impl Default for CentreConfig {
    fn default() -> Self {
        Self { closing_days: 15, unmask_seconds: 120 }
    }
}

/// What this room stands on.
pub struct Foundations {
    /// Durable state.
    pub store: Store,
    /// Ephemeral state.
    pub ephemeral: Ephemeral,
    /// Who people are.
    pub accounts: Accounts,
    /// What was asked about them.
    pub verifier: Verifier,
    /// What they sign in with.
    pub factors: Factors,
    /// What they agreed to.
    pub consents: Consents,
    /// Where they are signed in.
    pub sessions: Sessions,
    /// Ends sessions.
    pub logouts: Logouts,
    /// For whom they act.
    pub delegation: Delegation,
    /// Tells them.
    pub signon: SignOn,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
}

/// The account centre; clones share everything.
#[derive(Clone)]
pub struct Centre(Arc<Inner>);

struct Inner {
    on: Foundations,
    config: CentreConfig,
    tickets: Sealer,
}

impl Centre {
    /// On these rooms.
    #[must_use]
    pub fn new(on: Foundations, config: CentreConfig, master: &MasterKey) -> Self {
        Self(Arc::new(Inner { on, config, tickets: Sealer::new(master, "closing-ticket") }))
    }

    fn on(&self) -> &Foundations {
        &self.0.on
    }

    fn now(&self) -> Timestamp {
        self.0.on.clock.now()
    }
}
