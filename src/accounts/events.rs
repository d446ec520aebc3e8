//! What happened to an account, written for its owner to read (历史记录), in the transaction in which it happened: sign-ins,
//! acting for a company, personal data shown or taken along, the account's own changes.
//!
//! No name, no number and no whole address stands in a record: it outlives the account for as long as logs must.

use std::time::Duration;

use super::{AccountError, Accounts};
use crate::base::id::{AccountId, ClientId, EventId, SessionId};
use crate::store::account_events::AccountEventRow;
use crate::store::{self, JsonText, StoreError, Transaction};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Somebody signed in.
    SignIn,
    /// The person acted for a company at a service; about its code.
    Acted,
    /// An item was shown in plain; about its name.
    Unmasked,
    /// Everything was taken along as a file.
    Exported,
    /// The user name was changed.
    UsernameChanged,
    /// A correction was asked for; about the item.
    CorrectionAsked,
    /// A correction was decided; about the decision.
    CorrectionDecided,
    /// The closing was asked for.
    ClosingAsked,
    /// The closing was taken back.
    ClosingCancelled,
    /// The account was closed for good.
    Closed,
    /// A child asked a guardian.
    GuardianAsked,
    /// A guardian accepted.
    GuardianAccepted,
    /// A guardianship ended.
    GuardianEnded,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::SignIn,
        Self::Acted,
        Self::Unmasked,
        Self::Exported,
        Self::UsernameChanged,
        Self::CorrectionAsked,
        Self::CorrectionDecided,
        Self::ClosingAsked,
        Self::ClosingCancelled,
        Self::Closed,
        Self::GuardianAsked,
        Self::GuardianAccepted,
        Self::GuardianEnded,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Acted => "acted",
            Self::Unmasked => "unmasked",
            Self::Exported => "exported",
            Self::UsernameChanged => "username_changed",
            Self::CorrectionAsked => "correction_asked",
            Self::CorrectionDecided => "correction_decided",
            Self::ClosingAsked => "closing_asked",
            Self::ClosingCancelled => "closing_cancelled",
            Self::Closed => "closed",
            Self::GuardianAsked => "guardian_asked",
            Self::GuardianAccepted => "guardian_accepted",
            Self::GuardianEnded => "guardian_ended",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What is to be written down. What does not belong to the kind stays empty.
#[derive(Clone, Debug, Default)]
pub struct Event<'a> {
    /// What it was about.
    pub about: &'a str,
    /// The methods of a sign-in (RFC 8176).
    pub ways: Vec<String>,
    /// Failed tries since the sign-in before.
    pub failures: u64,
    /// In which session.
    pub session: Option<&'a SessionId>,
    /// At which client, or on the way to it.
    pub client: Option<&'a ClientId>,
    /// From which address; written without its end.
    pub address: &'a str,
    /// In which browser.
    pub user_agent: &'a str,
}

impl Accounts {
    /// Writes an event in the caller's transaction.
    pub async fn record(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
        kind: EventKind,
        event: Event<'_>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let row = AccountEventRow {
            id: EventId::new(now, self.random()),
            account_id: account.clone(),
            kind: kind.as_str().to_owned(),
            about: event.about.to_owned(),
            ways: JsonText(event.ways),
            failures: i64::try_from(event.failures).unwrap_or(i64::MAX),
            session_id: event.session.cloned(),
            client_id: event.client.cloned(),
            address: masked_address(event.address),
            user_agent: event.user_agent.chars().take(200).collect(),
            at: now,
            expires_at: now.plus(self.0.history_life),
        };
        store::account_events::insert(tx, &row).await
    }

    /// A page of an account's events before `before`, the latest first: sign-ins and acting, or everything else.
    pub async fn events(
        &self,
        account: &AccountId,
        (sign_ins, before): (bool, Option<&EventId>),
        limit: i64,
    ) -> Result<Vec<AccountEventRow>, StoreError> {
        store::account_events::list(&mut self.0.store.read().await?, account, (sign_ins, before), limit).await
    }

    /// How often somebody has failed to sign in to an account since its last sign-in.
    pub async fn failures(&self, account: &AccountId) -> Result<u64, AccountError> {
        self.0.limits.failures(account.as_str()).await
    }
}

/// How long events stay on record.
pub(super) const fn life(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

/// An address without its end: the network it is in. Empty when it is none.
#[must_use]
pub fn masked_address(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.*")
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_without_its_end() {
        for (address, masked) in
            [("203.0.113.7", "203.0.113.*"), ("2001:db8:1:2::3", "2001:db8:1:*"), ("::1", "0:0:0:*"), ("nowhere", "")]
        {
            assert_eq!(masked_address(address), masked);
        }
    }

    #[test]
    fn a_kind_is_found_by_its_word() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EventKind::parse("other"), None);
    }
}
