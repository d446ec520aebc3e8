//! One-time codes by text message (短信验证码): six digits, five minutes, five tries, one use.
//!
//! A code belongs to a purpose, to what it is for (an account, a number) and to the browser that asked for it: shown
//! elsewhere it does not exist. What is kept is a keyed hash, in the ephemeral store, under a keyed name. How many are
//! sent is limited per number, per address and per day, before anybody is looked up, so that the limits tell nothing.

use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Browser, FactorError, Factors};
use crate::accounts::AccountError;
use crate::base::Secret;
use crate::base::address::counted_as;
use crate::base::encoding::base64url;
use crate::messages::{Body, CodePurpose, Message};
use crate::realname::MobileNumber;

/// The `[factors.codes]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeConfig {
    /// How long a code is good, at most 300 seconds.
    pub seconds: u64,
    /// How often one may be tried.
    pub tries: u64,
    /// How long to wait before another is sent to the same number, in seconds.
    pub pause_seconds: u64,
    /// Codes to one number in a day.
    pub number_per_day: u64,
    /// Codes asked for from one address in an hour.
    pub address_per_hour: u64,
}

impl Default for CodeConfig {
    fn default() -> Self {
        Self { seconds: 300, tries: 5, pause_seconds: 60, number_per_day: 10, address_per_hour: 30 }
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST: u64 = 300;

/// What a code is for.
#[derive(Clone, Copy)]
pub struct CodeFor<'a> {
    /// Which step.
    pub purpose: CodePurpose,
    /// Whose: an account, or the number itself where nobody is signed in.
    pub subject: &'a str,
    /// The number that it is sent to.
    pub number: &'a MobileNumber,
}

/// How a code is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Waits for the gateway, and says when it does not answer.
    Awaited,
    /// Does not wait: how long it takes must not tell whether there is anybody.
    Unawaited,
    /// There is nobody to send it to. Everything else happens as if there were.
    Nobody,
}

impl Factors {
    /// Whether codes can be sent now: the same answer for everybody.
    #[must_use]
    pub fn can_send_codes(&self) -> bool {
        self.0.notices.messenger().is_ready()
    }

    /// Makes a code and sends it; an earlier one for the same no longer holds.
    ///
    /// # Errors
    /// [`FactorError::NotSent`], or [`AccountError::Throttled`] when enough were sent.
    pub async fn send_code(
        &self,
        what: CodeFor<'_>,
        sending: Sending,
        from: Browser<'_>,
        locale: &str,
    ) -> Result<(), FactorError> {
        if !self.can_send_codes() {
            return Err(FactorError::NotSent);
        }
        self.count_sending(what.number, from.address).await?;
        let (name, code) = (self.name(what, from), self.six_digits());
        let life = self.code_life();
        self.0.ephemeral.put(&format!("code:{name}"), self.tag(&name, code.expose()).as_ref(), life).await?;
        self.0.ephemeral.forget(&format!("code-tries:{name}")).await?;
        let message = Message {
            to: what.number.clone(),
            locale: locale.to_owned(),
            body: Body::Code { purpose: what.purpose, code, minutes: life.as_secs().div_ceil(60) },
            key: self.0.random.short_token(),
        };
        let messenger = self.0.notices.messenger().clone();
        match sending {
            Sending::Nobody => Ok(()),
            Sending::Awaited => messenger.send(&message).await.map_err(|error| {
                tracing::warn!(%error, "a code was not sent");
                FactorError::NotSent
            }),
            Sending::Unawaited => {
                tokio::spawn(async move {
                    if let Err(error) = messenger.send(&message).await {
                        tracing::warn!(%error, "a code was not sent");
                    }
                });
                Ok(())
            }
        }
    }

    /// Whether `code` is the one that was sent for this, to this browser. The right one is used up; after too many wrong
    /// ones there is none any more.
    pub async fn check_code(&self, what: CodeFor<'_>, code: &Secret, from: Browser<'_>) -> Result<bool, FactorError> {
        let name = self.name(what, from);
        let (kept, tries) = (format!("code:{name}"), format!("code-tries:{name}"));
        let count = self.0.ephemeral.count(&tries, self.code_life()).await?;
        let digits: String = code.expose().chars().filter(|c| !c.is_whitespace()).take(12).collect();
        let shown = self.tag(&name, &digits);
        let is_it = |tag: Option<Vec<u8>>| tag.is_some_and(|tag| bool::from(tag.ct_eq(shown.as_ref())));
        let right = is_it(self.0.ephemeral.get(&kept).await?);
        if count > self.0.config.codes.tries {
            self.0.ephemeral.forget(&kept).await?;
            return Ok(false);
        }
        // Of several at once exactly one takes it.
        Ok(right && is_it(self.0.ephemeral.take(&kept).await?))
    }

    async fn count_sending(&self, number: &MobileNumber, address: &str) -> Result<(), FactorError> {
        let (config, ephemeral) = (&self.0.config.codes, &self.0.ephemeral);
        let throttled = |retry_after| FactorError::Account(AccountError::Throttled { retry_after });
        let number = self.hidden(number.expose());
        let pause = Duration::from_secs(config.pause_seconds);
        let of_address = ephemeral.count(&format!("code-address:{}", self.hidden(&counted_as(address))), HOUR).await?;
        if of_address > config.address_per_hour {
            return Err(throttled(HOUR));
        }
        if ephemeral.peek(&format!("code-number:{number}")).await? >= config.number_per_day {
            return Err(throttled(DAY));
        }
        if !ephemeral.mark(&format!("code-pause:{number}"), pause).await? {
            return Err(throttled(pause));
        }
        ephemeral.count(&format!("code-number:{number}"), DAY).await?;
        Ok(())
    }

    fn code_life(&self) -> Duration {
        Duration::from_secs(self.0.config.codes.seconds.min(LONGEST))
    }

    /// Six digits, each value as likely as any other.
    fn six_digits(&self) -> Secret {
        loop {
            let number = u32::from_be_bytes(self.0.random.array::<4>());
            // The largest multiple of a million below 2³².
            if number < 4_294_000_000 {
                return Secret::new(format!("{:06}", number % 1_000_000));
            }
        }
    }

    /// The name under which a code is kept. It can be made only by who has the key, the purpose, the subject and the browser.
    fn name(&self, what: CodeFor<'_>, from: Browser<'_>) -> String {
        self.hidden(&[what.purpose.as_str(), what.subject, what.number.expose(), from.id].join("\n"))
    }

    fn hidden(&self, text: &str) -> String {
        let tag = hmac::sign(&self.0.code_key, text.as_bytes());
        base64url(tag.as_ref().first_chunk::<16>().map_or(tag.as_ref(), |half| &half[..]))
    }

    fn tag(&self, name: &str, code: &str) -> hmac::Tag {
        hmac::sign(&self.0.code_key, format!("code\n{name}\n{code}").as_bytes())
    }
}
