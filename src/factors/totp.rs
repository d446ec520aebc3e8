//! Authenticator apps (动态口令, RFC 6238): SHA-1, six digits, thirty seconds, one step of grace either way; a step is
//! accepted once (§5.2), also by several tries at once and after a crash, since it is written with the factor.

use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::{FactorError, FactorKind, Factors};
use crate::accounts::Person;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::FactorId;
use crate::base::{Secret, Timestamp};

/// How long a secret that was shown may wait to be confirmed, in milliseconds.
const SETUP_LIFE: i64 = 30 * 60 * 1000;

/// What is stored of an authenticator app.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// Base64url of twenty bytes.
    secret: String,
    /// The last step that was accepted.
    last_step: u64,
}

/// A secret on its way into an app: sealed for the account, stored only when the app has shown that it has it.
#[derive(Serialize, Deserialize)]
struct Waiting {
    secret: String,
    at: Timestamp,
}

/// What the person brings into the app.
pub struct TotpSetup {
    /// The secret as the form carries it, opaque.
    pub sealed: String,
    /// The secret as it is typed: base32 in groups of four.
    pub typed: Secret,
    /// The `otpauth://` address, for the QR code.
    pub uri: Secret,
}

impl Factors {
    /// A new secret for an app of this person, under the name of this node.
    pub fn begin_totp(&self, person: &Person, issuer: &str) -> Result<TotpSetup, FactorError> {
        let secret = base64url(&self.0.random.array::<20>());
        let waiting = Waiting { secret, at: self.0.clock.now() };
        self.setup(&waiting, person, issuer)
    }

    /// The same secret again, for a page that is shown again after a wrong code.
    pub fn totp_again(&self, sealed: &str, person: &Person, issuer: &str) -> Result<TotpSetup, FactorError> {
        self.setup(&self.waiting(sealed, person)?, person, issuer)
    }

    fn setup(&self, waiting: &Waiting, person: &Person, issuer: &str) -> Result<TotpSetup, FactorError> {
        let plain = |text: &str| text.replace(':', " ");
        let totp = builder(&waiting.secret)?
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(&person.username))
            .build()
            .map_err(|_| FactorError::Sealed)?;
        let base32 = Zeroizing::new(totp.secret().to_base32());
        let groups: Vec<&str> =
            base32.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        Ok(TotpSetup {
            sealed: self.0.halves.seal(waiting, context(person).as_bytes()),
            typed: Secret::new(groups.join(" ")),
            uri: Secret::new(totp.to_url().map_err(|_| FactorError::Sealed)?),
        })
    }

    fn waiting(&self, sealed: &str, person: &Person) -> Result<Waiting, FactorError> {
        let waiting: Waiting = self.0.halves.open(sealed, context(person).as_bytes()).map_err(|_| FactorError::Over)?;
        let age = self.0.clock.now().0.saturating_sub(waiting.at.0);
        if age > SETUP_LIFE { Err(FactorError::Over) } else { Ok(waiting) }
    }

    /// Adds the app when it shows the right code.
    ///
    /// # Errors
    /// [`FactorError::Wrong`] for another code, [`FactorError::Over`] when the secret was shown too long ago or to another
    /// person.
    pub async fn add_totp(
        &self,
        tx: &mut crate::store::Transaction,
        person: &Person,
        (sealed, label): (&str, &str),
        code: &Secret,
    ) -> Result<FactorId, FactorError> {
        let waiting = self.waiting(sealed, person)?;
        let stored = Stored { secret: waiting.secret, last_step: 0 };
        let after = self.stored_after(&stored, code)?.ok_or(FactorError::Wrong)?;
        self.add(tx, &person.id, (FactorKind::Totp, label), &after).await
    }

    /// What to store when `code` is right and its step was not accepted before.
    pub(super) fn totp_after(&self, data: &[u8], code: &Secret) -> Result<Option<Vec<u8>>, FactorError> {
        let stored: Stored = serde_json::from_slice(data).map_err(|_| FactorError::Sealed)?;
        self.stored_after(&stored, code)
    }

    fn stored_after(&self, stored: &Stored, code: &Secret) -> Result<Option<Vec<u8>>, FactorError> {
        let now = u64::try_from(self.0.clock.now().seconds()).unwrap_or(0);
        let step = totp(&stored.secret)?.check(&digits(code), now);
        let Some(step) = step.filter(|step| *step > stored.last_step) else { return Ok(None) };
        let after = Stored { secret: stored.secret.clone(), last_step: step };
        serde_json::to_vec(&after).map(Some).map_err(|_| FactorError::Sealed)
    }
}

fn context(person: &Person) -> String {
    format!("totp-setup:{}", person.id)
}

/// The digits of what was typed: apps show them in groups.
fn digits(code: &Secret) -> String {
    code.expose().chars().filter(|c| !c.is_whitespace() && *c != '-').take(12).collect()
}

fn builder(secret: &str) -> Result<Builder, FactorError> {
    let bytes = from_base64url(secret).ok_or(FactorError::Sealed)?;
    Ok(Builder::new().with_secret(bytes).with_skew(1))
}

fn totp(secret: &str) -> Result<Totp, FactorError> {
    builder(secret)?.build().map_err(|_| FactorError::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = base64url(b"12345678901234567890");
        let totp = totp(&secret).unwrap();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp.generate(time).to_string(), code);
            assert_eq!(totp.check(code, time), Some(time / 30));
            assert!(totp.check(code, time + 30).is_some() && totp.check(code, time - 30).is_some());
            assert!(totp.check(code, time + 61).is_none());
        }
        assert!(totp.check("", 59).is_none() && totp.check("2870822870", 59).is_none());
    }

    #[test]
    fn codes_are_read_as_apps_show_them() {
        assert_eq!(digits(&Secret::new(" 287 082 ")), "287082");
        assert_eq!(digits(&Secret::new("287-082")), "287082");
    }
}
