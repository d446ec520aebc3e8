//! [`BuildError`]: why a node cannot start.

use crate::ephemeral::EphemeralError;
use crate::keys::KeyError;
use crate::outbound::OutboundError;
use crate::store::StoreError;

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// Redis.
    #[error("ephemeral store: {0}")]
    Ephemeral(#[from] EphemeralError),
    /// The keys.
    #[error("keys: {0}")]
    Keys(#[from] KeyError),
    /// The HTTP client.
    #[error("outbound: {0}")]
    Outbound(#[from] OutboundError),
    /// The authority source.
    #[error("realname: {0}")]
    Authority(String),
    /// The list of leaked passwords.
    #[error("accounts.password.breached_list: {0}")]
    BreachedList(std::io::Error),
    /// A node below that cannot be a client.
    #[error("below: {0}")]
    Below(String),
    /// The federation.
    #[error("federation: {0}")]
    Federation(String),
    /// The message gateway.
    #[error("messages: {0}")]
    Messages(String),
}
