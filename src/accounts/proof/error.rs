//! [`ProofError`]: what a person is told when nothing was confirmed.

use std::time::Duration;

use crate::accounts::AccountError;
use crate::base::id::AccountId;
use crate::realname::{BankCardError, DocumentNumberError, MobileError, NameError};
use crate::store::StoreError;

/// Why a real name was not confirmed. Each is told apart, because the person has something else to do in each case.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The name cannot be one.
    #[error("the name is malformed: {0}")]
    Name(#[from] NameError),
    /// The number cannot be one of its kind; nobody was asked.
    #[error("the number is malformed: {0}")]
    Number(#[from] DocumentNumberError),
    /// The mobile number cannot be one; nobody was asked.
    #[error("the mobile number is malformed: {0}")]
    Mobile(#[from] MobileError),
    /// The bank card number cannot be one; nobody was asked.
    #[error("the bank card number is malformed: {0}")]
    BankCard(#[from] BankCardError),
    /// The token of a face check, or the ticket of the network identity service, is missing or malformed.
    #[error("the code is malformed")]
    Token,
    /// The authority knows the number with something else.
    #[error("the items do not belong together")]
    Mismatch,
    /// The authority does not know the number, or the ticket.
    #[error("the number is not known")]
    NotFound,
    /// The document is known and no longer good.
    #[error("the document is no longer good")]
    Invalid,
    /// The authority cannot answer now; nothing is lost.
    #[error("the authority cannot answer now")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// The authority was asked as often as it may be; nothing is lost.
    #[error("the authority's quota is spent")]
    QuotaSpent {
        /// When to try again.
        retry_after: Duration,
    },
    /// Nobody can be asked about this kind of document in this way.
    #[error("nobody can be asked this")]
    NobodyToAsk,
    /// The authority confirms it, and another account holds this document: perhaps the person's own other account.
    #[error("another account holds this document")]
    HeldElsewhere {
        /// Which; never told to anybody before they have signed in there.
        holder: AccountId,
    },
    /// This account is confirmed for another person.
    #[error("this account is confirmed for another person")]
    OtherPerson,
    /// Anything that is not about the person.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<StoreError> for ProofError {
    fn from(error: StoreError) -> Self {
        Self::Account(error.into())
    }
}
