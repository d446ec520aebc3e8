//! Devices: which browsers a person has signed in with, so that a new one can be told of, and which of them the person
//! trusts. Trust stands in for the second factor where the node or the person asks for it, never where a service asks for
//! a level: it adds nothing to what was shown.

use std::time::Duration;

use super::{FactorError, Factors};
use crate::base::encoding::{base64url, sha256};
use crate::base::id::{AccountId, DeviceId};
use crate::base::{Secret, Timestamp};
use crate::session::Device;
use crate::store::devices::DeviceRow;
use crate::store::{self, Transaction};

/// How long a browser is known after its last sign-in: for as long as its cookie.
pub const KNOWN: Duration = Duration::from_secs(365 * 24 * 3600);

/// A browser that the person trusts.
#[derive(Clone, Debug)]
pub struct TrustedDevice {
    /// The device.
    pub id: DeviceId,
    /// Its User-Agent header.
    pub label: String,
    /// When it last signed in.
    pub seen_at: Timestamp,
    /// Until when it is trusted.
    pub until: Timestamp,
}

impl Factors {
    /// For how many days a browser may be trusted; none when the node does not allow it.
    #[must_use]
    pub fn trust_days(&self) -> Option<u64> {
        Some(self.0.config.trust_days).filter(|days| *days > 0)
    }

    /// Records in the caller's transaction that a person signs in with a browser; true when it is a new one.
    pub async fn see_device(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        device: &Device,
    ) -> Result<bool, FactorError> {
        let Some(cookie) = &device.cookie else { return Ok(true) };
        let now = self.0.clock.now();
        let row = DeviceRow {
            id: DeviceId::new(now, &self.0.random),
            account_id: account.clone(),
            cookie_hash: hash(cookie),
            label: device.user_agent.chars().take(200).collect(),
            trusted_until: None,
            created_at: now,
            seen_at: now,
            expires_at: now.plus(KNOWN),
        };
        Ok(store::devices::see(tx, &row).await?)
    }

    /// Trusts a browser from now on, for as long as the node allows, in the caller's transaction; false when none may be
    /// trusted, or this one has no name.
    pub async fn trust(&self, tx: &mut Transaction, account: &AccountId, device: &Device) -> Result<bool, FactorError> {
        let (Some(days), Some(cookie)) = (self.trust_days(), &device.cookie) else { return Ok(false) };
        let until = self.0.clock.now().plus(Duration::from_secs(days * 24 * 3600));
        self.see_device(tx, account, device).await?;
        Ok(store::devices::trust(tx, account, &hash(cookie), until).await?)
    }

    /// Whether this browser is trusted by this account now.
    pub async fn is_trusted(&self, account: &AccountId, device: &Device) -> Result<bool, FactorError> {
        let (Some(_), Some(cookie)) = (self.trust_days(), &device.cookie) else { return Ok(false) };
        let row = store::devices::find(&mut self.0.store.read().await?, account, &hash(cookie)).await?;
        let now = self.0.clock.now();
        Ok(row.and_then(|row| row.trusted_until).is_some_and(|until| until > now))
    }

    /// The browsers that this account trusts.
    pub async fn trusted_devices(&self, account: &AccountId) -> Result<Vec<TrustedDevice>, FactorError> {
        let now = self.0.clock.now();
        let rows = store::devices::list_trusted(&mut self.0.store.read().await?, account, now).await?;
        let trusted = |row: DeviceRow| {
            Some(TrustedDevice { until: row.trusted_until?, id: row.id, label: row.label, seen_at: row.seen_at })
        };
        Ok(rows.into_iter().filter_map(trusted).collect())
    }

    /// Trusts a browser no longer, in the caller's transaction; false when it is not this account's.
    pub async fn distrust(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        id: &DeviceId,
    ) -> Result<bool, FactorError> {
        Ok(store::devices::distrust(tx, account, id).await?)
    }

    /// Trusts no browser of an account any longer, in the caller's transaction.
    pub async fn distrust_all(&self, tx: &mut Transaction, account: &AccountId) -> Result<(), FactorError> {
        store::devices::distrust_all(tx, account).await?;
        Ok(())
    }
}

/// The cookie has 256 random bits, so a plain hash suffices.
fn hash(cookie: &Secret) -> String {
    base64url(&sha256(cookie.expose().as_bytes()))
}
