//! Limits on tries: per account and per address, in a window, with the answer "when to try again".
//!
//! Counters are ephemeral: nothing durable is written before a person has authenticated.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::AccountError;
use crate::base::encoding::{base64url, sha256};
use crate::ephemeral::Ephemeral;

/// The `[accounts.limits]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// Failed sign-ins of one account before it must wait.
    pub account_failures: u64,
    /// Failed sign-ins from one address before it must wait.
    pub address_failures: u64,
    /// Registrations from one address.
    pub address_registrations: u64,
    /// Real-name checks of one account.
    pub account_proofs: u64,
    /// Wrong second factors of one account before it must wait.
    pub second_factor_failures: u64,
    /// Length of the window, in seconds.
    pub window_seconds: u64,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            account_failures: 5,
            address_failures: 50,
            address_registrations: 20,
            account_proofs: 10,
            second_factor_failures: 5,
            window_seconds: 900,
        }
    }
}

/// The limits of this node; clones share the counters.
#[derive(Clone)]
pub struct Limits {
    ephemeral: Ephemeral,
    config: LimitConfig,
}

impl Limits {
    /// Limits that count in `ephemeral`.
    #[must_use]
    pub fn new(ephemeral: Ephemeral, config: LimitConfig) -> Self {
        Self { ephemeral, config }
    }

    fn window(&self) -> Duration {
        Duration::from_secs(self.config.window_seconds)
    }

    fn throttled(&self) -> AccountError {
        AccountError::Throttled { retry_after: self.window() }
    }

    /// Counts a try to sign in, before the password is looked at, so that tries side by side are all counted; refuses it
    /// when this account or address has had its share.
    pub async fn sign_in_begins(&self, account_key: &str, address: &str) -> Result<(), AccountError> {
        if self.ephemeral.peek(&key("fail-address", address)).await? >= self.config.address_failures {
            return Err(self.throttled());
        }
        let tries = self.ephemeral.count(&key("fail-account", account_key), self.window()).await?;
        if tries > self.config.account_failures {
            return Err(AccountError::Locked { retry_after: self.window() });
        }
        Ok(())
    }

    /// Counts a failure for the address.
    pub async fn sign_in_failed(&self, address: &str) -> Result<(), AccountError> {
        self.ephemeral.count(&key("fail-address", address), self.window()).await?;
        Ok(())
    }

    /// Forgets the tries of an account whose owner has shown the password.
    pub async fn sign_in_succeeded(&self, account_key: &str) -> Result<(), AccountError> {
        Ok(self.ephemeral.forget(&key("fail-account", account_key)).await?)
    }

    /// Counts a try to show a second factor, before it is looked at; refuses it when this account has had its share.
    pub async fn second_factor_begins(&self, account_id: &str) -> Result<(), AccountError> {
        let tries = self.ephemeral.count(&key("fail-second", account_id), self.window()).await?;
        if tries > self.config.second_factor_failures {
            return Err(AccountError::Locked { retry_after: self.window() });
        }
        Ok(())
    }

    /// Forgets the tries of an account whose owner has shown a second factor.
    pub async fn second_factor_succeeded(&self, account_id: &str) -> Result<(), AccountError> {
        Ok(self.ephemeral.forget(&key("fail-second", account_id)).await?)
    }

    /// Counts a registration from an address.
    pub async fn registration(&self, address: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("register", address), self.window()).await?;
        if count > self.config.address_registrations { Err(self.throttled()) } else { Ok(()) }
    }

    /// Counts a real-name check of an account.
    pub async fn proof(&self, account_id: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("proof", account_id), self.window()).await?;
        if count > self.config.account_proofs { Err(self.throttled()) } else { Ok(()) }
    }
}

/// Keys hold a hash: an account name or an address is personal data.
fn key(room: &str, name: &str) -> String {
    let hash = sha256(name.as_bytes());
    format!("limit:{room}:{}", base64url(hash.first_chunk::<16>().map_or(&hash[..], |half| &half[..])))
}
