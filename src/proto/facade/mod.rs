//! What provincial platforms speak besides the standards: their moments, signatures and result codes, as values.
//!
//! Facts: the ticket flow of 浙里办 (persons), the session exchange of 广东. Field names and codes stay on the wire as they
//! are; inside, one enum says what is wrong, and each wire has its own rendering of it. MD5 and plain SHA-256, which the
//! field signs with, do not exist here: HMAC-SHA256 under the client's secret takes their place. `crate::oidc::facade` knows
//! the people and clients, `crate::http::facade` the addresses.

pub mod exchange;
pub mod moment;
pub mod signature;
pub mod ticket;

pub use signature::{Encoding, SignedCall};

use super::oauth::OAuthError;

/// Why a façade does not do what it was asked. What is told outside names no person.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FacadeError {
    /// A parameter is missing, malformed, or of a form that is not served.
    #[error("{0}")]
    Format(&'static str),
    /// No client has this service code.
    #[error("the service code is unknown")]
    UnknownService,
    /// The client has not been granted this façade.
    #[error("the service may not use this interface")]
    NotGranted,
    /// The client is suspended.
    #[error("the service is suspended")]
    Suspended,
    /// The signature is missing, of another algorithm, or not the right one.
    #[error("the signature is wrong")]
    Signature,
    /// The signed moment is too far from now.
    #[error("the signed time is too far from the server's")]
    Clock,
    /// The very same signed request has come before.
    #[error("the request was sent before")]
    Replayed,
    /// Not a ticket or code of this façade, or altered.
    #[error("this is no ticket")]
    NotATicket,
    /// The ticket or code is expired or used, or what it stands on has ended.
    #[error("the ticket is expired or used")]
    TicketOver,
    /// The ticket or code was issued to another client.
    #[error("the ticket was issued to another service")]
    OthersTicket,
    /// The token or session is expired, another's, or what it stands on has ended.
    #[error("the token is expired or not valid here")]
    TokenOver,
    /// Nothing may be told of the person now.
    #[error("nothing can be told of this person")]
    NobodyToTell,
    /// The engine cannot answer.
    #[error("{0}")]
    Engine(OAuthError),
}

impl From<OAuthError> for FacadeError {
    fn from(error: OAuthError) -> Self {
        Self::Engine(error)
    }
}
