//! Sign-in by scanning (扫码登录): a browser shows a code, a phone that is signed in approves it, the browser collects.
//!
//! The code is bound to the browser that shows it, lives two minutes and is answered once. Who approves must pick the number
//! that the browser shows, so that a code that somebody else has sent is noticed; a wrong number ends it. What the browser
//! gets counts for no more than what the phone has shown (`session`'s table). Everything here is ephemeral: nothing
//! durable is written before the session itself.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{At, Passed, SignOn};
use crate::accounts::{AccountError, AccountState, Accounts, Person};
use crate::base::id::{AccountId, ClientId, SessionId};
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::ephemeral::Ephemeral;
use crate::factors::FactorError;
use crate::factors::passkey::Place;
use crate::keys::{MasterKey, Sealer};
use crate::session::{Amr, AuthEvent, Device, Session};

/// How long a code may be scanned and answered.
pub const LIFE: Duration = Duration::from_secs(120);

/// How long an answer waits at least to be collected.
const COLLECT: Duration = Duration::from_secs(10);

/// How many numbers the phone chooses from.
pub const CHOICES: usize = 3;

/// Sign-ins by scanning; clones share everything.
#[derive(Clone)]
pub struct Scans(Arc<Inner>);

struct Inner {
    ephemeral: Ephemeral,
    accounts: Accounts,
    sealer: Sealer,
    clock: SharedClock,
    random: SharedRandom,
}

/// What a browser keeps of its code: sealed for it and its passage.
#[derive(Serialize, Deserialize)]
struct Held {
    id: String,
    number: u8,
    at: Timestamp,
}

/// A code on the screen of a browser.
pub struct Code {
    /// What the QR code's address ends with.
    pub id: String,
    /// The number beside it, two digits.
    pub number: u8,
    /// When it began.
    pub at: Timestamp,
}

/// What the phone is told of the browser.
#[derive(Clone, Serialize, Deserialize)]
pub struct ScanRequest {
    /// The service that the browser wants to go to, if any.
    pub client: Option<ClientId>,
    /// The browser's address.
    pub address: String,
    /// Its User-Agent header.
    pub user_agent: String,
    /// The numbers to choose from, in the order in which they are shown.
    pub choices: [u8; CHOICES],
    /// When it began.
    pub at: Timestamp,
    number: u8,
}

/// What was answered.
#[derive(Serialize, Deserialize)]
enum Outcome {
    Approved(Approval),
    Refused,
    WrongNumber,
}

/// Who has approved, and what was shown on that phone.
#[derive(Serialize, Deserialize)]
struct Approval {
    account: AccountId,
    session: SessionId,
    methods: Vec<String>,
    at: Timestamp,
    #[serde(default)]
    ceiling: Option<i32>,
}

/// How a code stands.
pub enum Standing {
    /// Nobody has answered.
    Waiting {
        /// The code.
        code: Code,
        /// Whether a phone has opened it.
        seen: bool,
    },
    /// Somebody has approved.
    Approved(Arc<Person>),
    /// Somebody has refused.
    Refused,
    /// Somebody has picked another number.
    WrongNumber,
    /// It is too old, collected, or of another browser or passage.
    Over,
}

/// What the phone's answer has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The browser may collect.
    Approved,
    /// It may not.
    Refused,
    /// The number was not the one on the screen: the code is over.
    WrongNumber,
    /// The code is too old, or was answered.
    Over,
    /// What was shown on this phone is too long ago to count: sign in anew, and scan again.
    SignInAgain,
}

impl Scans {
    /// Sign-ins by scanning that live in `ephemeral`.
    #[must_use]
    pub fn new(
        ephemeral: Ephemeral,
        accounts: Accounts,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
    ) -> Self {
        let sealer = Sealer::new(master, "scan");
        Self(Arc::new(Inner { ephemeral, accounts, sealer, clock, random }))
    }

    /// A new code for a browser: what it carries from page to page.
    pub async fn begin(
        &self,
        place: Place<'_>,
        client: Option<ClientId>,
        device: &Device,
    ) -> Result<String, AccountError> {
        let inner = &*self.0;
        inner.accounts.limits().scan_begins(&device.address).await?;
        let (choices, number) = self.numbers();
        let request = ScanRequest {
            client,
            address: device.address.clone(),
            user_agent: device.user_agent.chars().take(200).collect(),
            choices,
            at: inner.clock.now(),
            number,
        };
        let held = Held { id: inner.random.short_token(), number, at: request.at };
        inner.ephemeral.put(&key("scan", &held.id), &written(&request), LIFE).await?;
        Ok(inner.sealer.seal(&held, &context(place)))
    }

    /// Three different numbers of two digits, and the one that counts.
    fn numbers(&self) -> ([u8; CHOICES], u8) {
        let mut numbers: Vec<u8> = Vec::with_capacity(CHOICES);
        while numbers.len() < CHOICES {
            // 180 is twice ninety: each number from 10 to 99 is as likely as any other.
            let [byte] = self.0.random.array::<1>();
            let number = 10 + byte % 90;
            if byte < 180 && !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        let choices = <[u8; CHOICES]>::try_from(numbers).unwrap_or_default();
        // 255 is a multiple of three.
        let place = loop {
            let [byte] = self.0.random.array::<1>();
            if byte < 255 {
                break usize::from(byte) % CHOICES;
            }
        };
        (choices, choices.get(place).copied().unwrap_or_default())
    }

    fn held(&self, place: Place<'_>, sealed: &str) -> Option<Held> {
        self.0.sealer.open(sealed, &context(place)).ok()
    }

    /// How the code of this browser stands.
    pub async fn standing(&self, place: Place<'_>, sealed: &str) -> Result<Standing, AccountError> {
        let inner = &*self.0;
        let Some(held) = self.held(place, sealed) else { return Ok(Standing::Over) };
        match outcome(inner.ephemeral.get(&key("scan-done", &held.id)).await?) {
            Some(Outcome::Approved(approval)) => {
                return Ok(Standing::Approved(inner.accounts.find(&approval.account).await?));
            }
            Some(Outcome::Refused) => return Ok(Standing::Refused),
            Some(Outcome::WrongNumber) => return Ok(Standing::WrongNumber),
            None => {}
        }
        if inner.ephemeral.get(&key("scan", &held.id)).await?.is_none() {
            return Ok(Standing::Over);
        }
        let seen = inner.ephemeral.get(&key("scan-seen", &held.id)).await?.is_some();
        Ok(Standing::Waiting { code: Code { id: held.id, number: held.number, at: held.at }, seen })
    }

    /// What a phone sees of a code that it has scanned; nothing when it is over or was answered.
    pub async fn look(&self, id: &str) -> Result<Option<ScanRequest>, AccountError> {
        let request = self.request(id).await?;
        if request.is_some() {
            self.0.ephemeral.mark(&key("scan-seen", id), LIFE).await?;
        }
        Ok(request)
    }

    async fn request(&self, id: &str) -> Result<Option<ScanRequest>, AccountError> {
        let inner = &*self.0;
        if id.len() > 64 || inner.ephemeral.get(&key("scan-answered", id)).await?.is_some() {
            return Ok(None);
        }
        let kept = inner.ephemeral.get(&key("scan", id)).await?;
        Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Answers a code from a phone: with the number that was picked, or `None` to refuse. The first answer counts.
    async fn answer(
        &self,
        id: &str,
        session: &Session,
        shown: &[Amr],
        picked: Option<u8>,
    ) -> Result<Answer, AccountError> {
        let inner = &*self.0;
        inner.accounts.limits().scan_answers(session.account_id.as_str()).await?;
        let Some(request) = self.request(id).await? else { return Ok(Answer::Over) };
        if picked.is_some() && shown.is_empty() {
            return Ok(Answer::SignInAgain);
        }
        if !inner.ephemeral.mark(&key("scan-answered", id), LIFE + COLLECT).await? {
            return Ok(Answer::Over);
        }
        let (outcome, answer) = match picked {
            None => (Outcome::Refused, Answer::Refused),
            Some(number) if number != request.number => (Outcome::WrongNumber, Answer::WrongNumber),
            Some(_) => {
                let methods = shown.iter().map(|method| method.as_str().to_owned()).collect();
                let (account, session_id) = (session.account_id.clone(), session.id.clone());
                let (at, ceiling) = (session.auth_time, session.ceiling);
                let approval = Approval { account, session: session_id, methods, at, ceiling };
                (Outcome::Approved(approval), Answer::Approved)
            }
        };
        if answer == Answer::WrongNumber {
            tracing::warn!(account = %session.account_id, "a scanned code was approved with a number that it does not show");
        }
        let left = LIFE.saturating_sub(inner.clock.now().since(request.at)).max(COLLECT);
        inner.ephemeral.put(&key("scan-done", id), &written(&outcome), left).await?;
        Ok(answer)
    }

    /// Takes an approval away: of several collectors exactly one gets it.
    async fn collect(&self, place: Place<'_>, sealed: &str) -> Result<Option<Approval>, AccountError> {
        let inner = &*self.0;
        let Some(held) = self.held(place, sealed) else { return Ok(None) };
        let kept = inner.ephemeral.take(&key("scan-done", &held.id)).await?;
        let Some(Outcome::Approved(approval)) = outcome(kept) else { return Ok(None) };
        inner.ephemeral.forget(&key("scan", &held.id)).await?;
        Ok(Some(approval))
    }
}

impl SignOn {
    /// Sign-ins by scanning.
    #[must_use]
    pub const fn scans(&self) -> &Scans {
        &self.scans
    }

    /// Answers a code that the phone with this session has scanned.
    pub async fn answer_scan(&self, id: &str, session: &Session, picked: Option<u8>) -> Result<Answer, AccountError> {
        let shown = self.sessions.shown_recently(session);
        self.scans.answer(id, session, &shown, picked).await
    }

    /// Signs in by a code that was approved. Whoever signed out on the phone meanwhile has taken the approval back.
    ///
    /// # Errors
    /// [`FactorError::Over`] when there is nothing to collect, or not by this browser.
    pub async fn by_scan(&self, sealed: &str, place: Place<'_>, at: &At<'_>) -> Result<Passed, FactorError> {
        let approval = self.scans.collect(place, sealed).await?.ok_or(FactorError::Over)?;
        // First the person, then the phone's session: a password that changes after this ends both ways.
        self.accounts.changed(&approval.account);
        let person = self.accounts.find(&approval.account).await?;
        let live = self.sessions.list(&approval.account).await?;
        if !live.iter().any(|session| session.id == approval.session) {
            return Err(FactorError::Over);
        }
        if person.state != AccountState::Active {
            return Err(AccountError::State(person.state).into());
        }
        let methods: Vec<Amr> = approval.methods.iter().filter_map(|name| Amr::parse(name)).collect();
        let event = AuthEvent::approved(&methods, approval.at).bounded(approval.ceiling);
        Ok(self.first(person, &event, at).await?)
    }
}

fn key(kind: &str, id: &str) -> String {
    format!("{kind}:{id}")
}

fn outcome(kept: Option<Vec<u8>>) -> Option<Outcome> {
    kept.and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

fn written<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn context(place: Place<'_>) -> Vec<u8> {
    format!("{}\n{}", place.browser, place.passage).into_bytes()
}
