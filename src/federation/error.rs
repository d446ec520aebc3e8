//! [`FederationError`]: why the federation did not answer, in the standard's codes (OpenID Federation 1.0 §8.9).

use super::fault::NoTrust;
use super::marks::MarkFault;
use crate::keys::KeyError;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::store::StoreError;

/// Why the federation did not answer.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A federation key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The configured keys of an anchor cannot be used.
    #[error("the keys of the anchor {0} cannot be used: {1}")]
    Anchor(String, String),
    /// There is no way of trust.
    #[error(transparent)]
    NoTrust(#[from] Box<NoTrust>),
    /// A trust mark that must be held is missing or does not hold.
    #[error("{0}")]
    Mark(#[from] MarkFault),
    /// Too many searches at once.
    #[error("too many searches for trust are under way")]
    Busy,
    /// The entity cannot be served, or is not known here.
    #[error("the entity is not known here")]
    NotFound,
    /// This anchor is not one of this node's.
    #[error("the trust anchor is not one of this node's")]
    UnknownAnchor,
    /// The request is not as it must be.
    #[error("{0}")]
    Request(String),
    /// What is said of a client is not acceptable.
    #[error("{0}")]
    Metadata(String),
    /// The federation is off, or this way of registration is.
    #[error("this node takes part in no federation")]
    Off,
}

impl From<NoTrust> for FederationError {
    fn from(error: NoTrust) -> Self {
        Self::NoTrust(Box::new(error))
    }
}

impl From<FederationError> for OAuthError {
    fn from(error: FederationError) -> Self {
        let told = error.to_string();
        match error {
            FederationError::Store(StoreError::Unavailable(_)) | FederationError::Busy => {
                Self::new(ErrorCode::TemporarilyUnavailable, "the server is busy, try again shortly").because(told)
            }
            FederationError::Store(_) | FederationError::Key(_) | FederationError::Anchor(..) => {
                Self::new(ErrorCode::ServerError, "the server could not complete the request").because(told)
            }
            FederationError::NoTrust(no) => {
                // Entities and faults only: everything in it is public, and whoever asks must be able to mend it.
                let told: String = no.to_string().chars().take(600).collect();
                Self::new(ErrorCode::InvalidTrustChain, told)
            }
            FederationError::Mark(MarkFault::StatusUnknown(_)) => Self::new(ErrorCode::TemporarilyUnavailable, told),
            FederationError::Mark(_) => Self::new(ErrorCode::InvalidTrustChain, told),
            FederationError::NotFound | FederationError::Off => Self::new(ErrorCode::NotFound, told),
            FederationError::UnknownAnchor => Self::new(ErrorCode::InvalidTrustAnchor, told),
            FederationError::Request(_) => Self::new(ErrorCode::InvalidRequest, told),
            FederationError::Metadata(_) => Self::new(ErrorCode::InvalidMetadata, told),
        }
    }
}
