//! Limits on tries: per account and per address, in a window, with the answer "when to try again".
//!
//! Counters are ephemeral: nothing durable is written before a person has authenticated.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::AccountError;
use crate::base::address::counted_as;
use crate::base::encoding::{base64url, sha256};
use crate::base::within;
use crate::ephemeral::Ephemeral;

/// The longest pause after a failure: also what people are told, so that the length of the present one tells nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How many addresses may use up what one may ask about one document in a day.
const ADDRESSES: u64 = 10;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long failed sign-ins are counted for the owner.
const FAILURES_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// The `[accounts.limits]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// Failed sign-ins of one account before it must wait.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub account_failures: u64,
    /// Failed sign-ins from one address before it must wait.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub address_failures: u64,
    /// Registrations from one address.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub address_registrations: u64,
    /// Real-name checks of one account.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub account_proofs: u64,
    /// Wrong second factors of one account before it must wait.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub second_factor_failures: u64,
    /// Codes to be scanned that one address may ask for. A service hall has one address.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub address_scans: u64,
    /// Scanned codes that one account may answer.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub account_scans: u64,
    /// Names that one address may have checked to recover an account.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub address_recoveries: u64,
    /// The same of one document from one address in a day; from all addresses ten times as many.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub document_recoveries: u64,
    /// Ways that may be tried for one document from one address in a day, right or wrong; from all addresses ten times as
    /// many.
    #[serde(deserialize_with = "within::<_, 1, 1000>")]
    pub document_ways: u64,
    /// Appeals from one address in a day.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub address_appeals: u64,
    /// Failed sign-ins of one account after which it must pause before the next try; each pause is twice the one before.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub pause_after: u64,
    /// The first pause, in seconds; the longest is 30.
    #[serde(deserialize_with = "within::<_, 1, 30>")]
    pub pause_seconds: u64,
    /// Failed sign-ins of one account after which a challenge must be answered with each try.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_after: u64,
    /// The same for failures from one address.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_address_after: u64,
    /// Registrations from one address after which a challenge must be answered with each further one.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_registrations_after: u64,
    /// Codes to sign in with that were asked for from one address, likewise.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_codes_after: u64,
    /// Real-name checks from one address that did not match, likewise.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_proofs_after: u64,
    /// Names checked from one address to recover an account, likewise.
    #[serde(deserialize_with = "within::<_, 0, 1_000_000>")]
    pub challenge_recoveries_after: u64,
    /// Length of the window, in seconds.
    #[serde(deserialize_with = "within::<_, 60, 86_400>")]
    pub window_seconds: u64,
}

/// What a challenge may have to be answered for besides a sign-in by name: counted for the address alone, so that it tells
/// nothing of whom a name or a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenged {
    /// To register.
    Registration,
    /// To be sent a code to sign in with.
    Code,
    /// To have a real name checked.
    Proof,
    /// To have a name checked to recover an account.
    Recovery,
}

impl Challenged {
    const fn room(self) -> &'static str {
        match self {
            Self::Registration => "register",
            Self::Code => "code-address",
            Self::Proof => "proof-address",
            Self::Recovery => "recovery-challenge",
        }
    }
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            account_failures: 5,
            address_failures: 50,
            address_registrations: 20,
            account_proofs: 10,
            second_factor_failures: 5,
            address_scans: 300,
            account_scans: 20,
            address_recoveries: 20,
            document_recoveries: 10,
            document_ways: 10,
            address_appeals: 5,
            pause_after: 3,
            pause_seconds: 1,
            challenge_after: 3,
            challenge_address_after: 20,
            challenge_registrations_after: 5,
            challenge_codes_after: 5,
            challenge_proofs_after: 5,
            challenge_recoveries_after: 3,
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
    /// when this account or address has had its share. `account_key` is the account's id, by whichever of its names it was
    /// tried, and the name itself where nobody has it.
    pub async fn sign_in_begins(&self, account_key: &str, address: &str) -> Result<(), AccountError> {
        if self.ephemeral.peek(&key("fail-address", address)).await? >= self.config.address_failures {
            return Err(self.throttled());
        }
        self.must_not_pause("pause", account_key).await?;
        let tries = self.ephemeral.count(&key("fail-account", account_key), self.window()).await?;
        if tries > self.config.account_failures {
            return Err(AccountError::Locked { retry_after: self.window() });
        }
        Ok(())
    }

    /// Refuses an address that has had its share of failures, where there is no account yet to count for.
    pub async fn address_begins(&self, address: &str) -> Result<(), AccountError> {
        let failures = self.ephemeral.peek(&key("fail-address", address)).await?;
        if failures >= self.config.address_failures { Err(self.throttled()) } else { Ok(()) }
    }

    /// Whether a try to sign in must come with the answer to a challenge: after failures of this name, known or not, or
    /// from this address.
    pub async fn wants_challenge(&self, account_key: &str, address: &str) -> Result<bool, AccountError> {
        let of_address = self.ephemeral.peek(&key("fail-address", address)).await?;
        if of_address >= self.config.challenge_address_after {
            return Ok(true);
        }
        Ok(self.ephemeral.peek(&key("fail-account", account_key)).await? >= self.config.challenge_after)
    }

    /// Whether this must come with the answer to a challenge: after so many from this address, or after many failures there.
    pub async fn wants_challenge_to(&self, what: Challenged, address: &str) -> Result<bool, AccountError> {
        let after = match what {
            Challenged::Registration => self.config.challenge_registrations_after,
            Challenged::Code => self.config.challenge_codes_after,
            Challenged::Proof => self.config.challenge_proofs_after,
            Challenged::Recovery => self.config.challenge_recoveries_after,
        };
        let failures = self.ephemeral.peek(&key("fail-address", address)).await?;
        Ok(failures >= self.config.challenge_address_after
            || self.ephemeral.peek(&key(what.room(), address)).await? >= after)
    }

    /// Counts one towards the next challenge. Registrations count themselves, in [`Limits::registration`].
    pub async fn counts_towards(&self, what: Challenged, address: &str) -> Result<(), AccountError> {
        self.ephemeral.count(&key(what.room(), address), self.window()).await?;
        Ok(())
    }

    /// Makes an account, or a name that is none, pause that has failed again: 1, 2, 4 … seconds.
    pub async fn pause(&self, account_key: &str) -> Result<(), AccountError> {
        let tries = self.ephemeral.peek(&key("fail-account", account_key)).await?;
        self.pause_after(tries, "pause", account_key).await
    }

    async fn must_not_pause(&self, room: &str, name: &str) -> Result<(), AccountError> {
        match self.ephemeral.get(&key(room, name)).await? {
            Some(_) => Err(AccountError::Throttled { retry_after: LONGEST_PAUSE }),
            None => Ok(()),
        }
    }

    async fn pause_after(&self, tries: u64, room: &str, name: &str) -> Result<(), AccountError> {
        let Some(beyond) = tries.checked_sub(self.config.pause_after) else { return Ok(()) };
        let doubled = 1_u64.checked_shl(u32::try_from(beyond).unwrap_or(u32::MAX)).unwrap_or(u64::MAX);
        let pause = Duration::from_secs(self.config.pause_seconds.saturating_mul(doubled)).min(LONGEST_PAUSE);
        if !pause.is_zero() {
            self.ephemeral.mark(&key(room, name), pause).await?;
        }
        Ok(())
    }

    /// Counts a failed sign-in for its owner to read; for nobody's account as well, so that both cost the same.
    pub async fn failed_at(&self, account_id: Option<&str>) -> Result<(), AccountError> {
        self.ephemeral.count(&key("failed", account_id.unwrap_or("nobody")), FAILURES_LIFE).await?;
        Ok(())
    }

    /// How often somebody has failed to sign in to an account since its last sign-in.
    pub async fn failures(&self, account_id: &str) -> Result<u64, AccountError> {
        Ok(self.ephemeral.peek(&key("failed", account_id)).await?)
    }

    /// The same, and counts anew from now on: the owner has signed in.
    pub async fn take_failures(&self, account_id: &str) -> Result<u64, AccountError> {
        let failures = self.failures(account_id).await?;
        if failures > 0 {
            self.ephemeral.forget(&key("failed", account_id)).await?;
        }
        Ok(failures)
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
        self.must_not_pause("pause-second", account_id).await?;
        let tries = self.ephemeral.count(&key("fail-second", account_id), self.window()).await?;
        if tries > self.config.second_factor_failures {
            return Err(AccountError::Locked { retry_after: self.window() });
        }
        Ok(())
    }

    /// Makes an account pause whose second factor was shown wrongly again.
    pub async fn second_factor_failed(&self, account_id: &str) -> Result<(), AccountError> {
        let tries = self.ephemeral.peek(&key("fail-second", account_id)).await?;
        self.pause_after(tries, "pause-second", account_id).await
    }

    /// Forgets the tries of an account whose owner has shown a second factor.
    pub async fn second_factor_succeeded(&self, account_id: &str) -> Result<(), AccountError> {
        Ok(self.ephemeral.forget(&key("fail-second", account_id)).await?)
    }

    /// Counts a code to be scanned that an address asks for.
    pub async fn scan_begins(&self, address: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("scan-address", address), self.window()).await?;
        if count > self.config.address_scans { Err(self.throttled()) } else { Ok(()) }
    }

    /// Counts a scanned code that an account answers.
    pub async fn scan_answers(&self, account_id: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("scan-account", account_id), self.window()).await?;
        if count > self.config.account_scans { Err(self.throttled()) } else { Ok(()) }
    }

    /// Counts a registration from an address.
    pub async fn registration(&self, address: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("register", address), self.window()).await?;
        if count > self.config.address_registrations { Err(self.throttled()) } else { Ok(()) }
    }

    /// Counts a question of an access party about one document, for a day.
    pub async fn offered_verification(&self, pair: &str, most: u64) -> Result<(), AccountError> {
        self.daily("offered-verification", pair, most).await
    }

    /// Counts a name that is checked for a registration which an access party keeps in step; `party` says of which day.
    pub async fn registration_check(&self, party: &str, most: u64) -> Result<(), AccountError> {
        self.daily("registration-check", party, most).await
    }

    /// Counts a relying party that an address registers without a token.
    pub async fn client_registration(&self, address: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("register-client", address), self.window()).await?;
        if count > self.config.address_registrations { Err(self.throttled()) } else { Ok(()) }
    }

    /// Counts a name that is checked to recover an account, for the address and for the document: whether or not there is
    /// such an account. Whoever asks about another's document from one address uses up what that address may ask, not what
    /// the owner may.
    pub async fn recovery_begins(&self, document: &str, address: &str) -> Result<(), AccountError> {
        let of_address = self.ephemeral.count(&key("recover-address", address), self.window()).await?;
        if of_address > self.config.address_recoveries {
            return Err(self.throttled());
        }
        self.of_document("recover-document", (document, address), self.config.document_recoveries).await
    }

    /// Counts a way that is tried to recover an account, before it is looked at.
    pub async fn recovery_shows(&self, document: &str, address: &str) -> Result<(), AccountError> {
        self.address_begins(address).await?;
        self.must_not_pause("pause-way", &asked_from(document, address)).await?;
        self.of_document("recover-way", (document, address), self.config.document_ways).await
    }

    /// Makes a document pause at an address where a way was shown wrongly again.
    pub async fn recovery_failed(&self, document: &str, address: &str) -> Result<(), AccountError> {
        self.sign_in_failed(address).await?;
        let name = asked_from(document, address);
        let tries = self.ephemeral.peek(&key("recover-way-address", &name)).await?;
        self.pause_after(tries, "pause-way", &name).await
    }

    async fn of_document(&self, room: &str, (document, address): (&str, &str), most: u64) -> Result<(), AccountError> {
        self.daily(&format!("{room}-address"), &asked_from(document, address), most).await?;
        self.daily(room, document, most.saturating_mul(ADDRESSES)).await
    }

    /// Counts an appeal.
    pub async fn appeal(&self, address: &str) -> Result<(), AccountError> {
        self.daily("appeal-address", address, self.config.address_appeals).await
    }

    async fn daily(&self, room: &str, name: &str, most: u64) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key(room, name), DAY).await?;
        if count > most { Err(AccountError::Throttled { retry_after: DAY }) } else { Ok(()) }
    }

    /// Counts a real-name check of an account.
    pub async fn proof(&self, account_id: &str) -> Result<(), AccountError> {
        let count = self.ephemeral.count(&key("proof", account_id), self.window()).await?;
        if count > self.config.account_proofs { Err(self.throttled()) } else { Ok(()) }
    }
}

fn asked_from(document: &str, address: &str) -> String {
    format!("{document}\n{}", counted_as(address))
}

/// Keys hold a hash: an account name or an address is personal data. An IPv6 client counts as its network.
fn key(room: &str, name: &str) -> String {
    let hash = sha256(counted_as(name).as_bytes());
    format!("limit:{room}:{}", base64url(hash.first_chunk::<16>().map_or(&hash[..], |half| &half[..])))
}
