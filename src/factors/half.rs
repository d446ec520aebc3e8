//! [`HalfSignedOn`]: the first factor was shown, the second is still to come. It is no session and opens nothing: a sealed
//! note in the browser that it was made for, good for a few minutes and for one sign-in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FactorError, Factors};
use crate::accounts::{AccountState, Person};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::session::{Amr, AuthEvent};

/// Somebody who has shown a first factor.
#[derive(Clone, Serialize, Deserialize)]
pub struct HalfSignedOn {
    /// Names this sign-in, which is finished once.
    id: String,
    /// Who.
    pub account_id: AccountId,
    /// What was shown.
    shown: Vec<String>,
    /// When.
    at: Timestamp,
    /// Which password it was shown by: a new one ends what was begun with the old.
    password_changed_at: Timestamp,
}

impl HalfSignedOn {
    /// What was shown.
    #[must_use]
    pub fn shown(&self) -> Vec<Amr> {
        self.shown.iter().filter_map(|name| Amr::parse(name)).collect()
    }

    /// The whole sign-in: what was shown first, and this.
    #[must_use]
    pub fn with(&self, further: &AuthEvent) -> AuthEvent {
        further.clone().after(&self.shown()).whole()
    }
}

impl Factors {
    /// Begins a sign-in that needs a second factor.
    #[must_use]
    pub fn begin_half(&self, person: &Person, first: &AuthEvent) -> HalfSignedOn {
        HalfSignedOn {
            id: self.0.random.short_token(),
            account_id: person.id.clone(),
            shown: first.amr(),
            at: self.0.clock.now(),
            password_changed_at: person.password_changed_at,
        }
    }

    /// Seals it for the browser with this name.
    #[must_use]
    pub fn seal_half(&self, half: &HalfSignedOn, browser: &str) -> String {
        self.0.halves.seal(half, browser.as_bytes())
    }

    /// Opens what this browser brought: nothing when it was sealed for another one, altered, or is too old.
    #[must_use]
    pub fn open_half(&self, sealed: &str, browser: &str) -> Option<HalfSignedOn> {
        let half: HalfSignedOn = self.0.halves.open(sealed, browser.as_bytes()).ok()?;
        (self.0.clock.now().since(half.at) <= self.half_life()).then_some(half)
    }

    /// How long the second factor may take.
    #[must_use]
    pub fn half_life(&self) -> Duration {
        Duration::from_secs(self.0.config.half_seconds)
    }

    /// Uses it up, for the account as it stands now. Fails when it was used before, when the account may not sign in any
    /// more, and when the password has changed since.
    pub async fn finish_half(&self, half: &HalfSignedOn, person: &Person) -> Result<(), FactorError> {
        let same = person.id == half.account_id && person.password_changed_at == half.password_changed_at;
        if !same || person.state != AccountState::Active {
            return Err(FactorError::Over);
        }
        let key = format!("half-done:{}", half.id);
        let first = self.0.ephemeral.mark(&key, self.half_life() + Duration::from_secs(60)).await;
        if first.map_err(crate::accounts::AccountError::from)? { Ok(()) } else { Err(FactorError::Over) }
    }
}
