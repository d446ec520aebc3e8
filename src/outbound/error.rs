//! Why a request did not go out or no answer came back. No variant carries a body, a query or a header.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

/// What the guard has against a destination. The text is for the person who registered the URL and for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not an absolute URL with a host that can be asked for.
    #[error("it is not an absolute http or https URL")]
    Url,
    /// `user:password@` in a URL leaks into logs and misleads readers (RFC 9110 §4.2.4).
    #[error("it carries user information")]
    UserInformation,
    /// Plain http, and no `[outbound] allow` rule with `plain_http` covers it.
    #[error("plain http is not allowed there")]
    PlainHttp,
    /// A port on which another protocol listens (the Fetch standard's blocked ports).
    #[error("the port belongs to another protocol")]
    Port,
    /// An address inside a network, not listed in `[outbound] allow`. Names the range.
    #[error("the address is not public ({0}) and not listed in [outbound] allow")]
    NotListed(&'static str),
    /// An address that is refused even when listed. Names the range.
    #[error("the address must never be reached ({0})")]
    Forbidden(&'static str),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The guard does not let this request out. Trying again will not help.
    #[error("refused: {why}")]
    Refused {
        /// What the guard has against it.
        why: Refusal,
    },
    /// The name has no address, or the resolver does not answer.
    #[error("the host name does not resolve")]
    Resolve,
    /// Nobody accepts the connection.
    #[error("cannot connect: {0}")]
    Connect(io::ErrorKind),
    /// The other side's certificate or handshake is not acceptable, or no trust roots are there.
    #[error("TLS: {0}")]
    Tls(String),
    /// The time given to connecting or to the whole exchange is over.
    #[error("timed out")]
    Timeout,
    /// The answer (body or head) is larger than allowed.
    #[error("the answer is too large")]
    TooLarge,
    /// The other side hung up in the middle, or speaks something that is not HTTP.
    #[error("the answer is not proper HTTP")]
    Protocol,
    /// The body is not the JSON that was expected.
    #[error("the answer is not the expected JSON")]
    Json,
    /// The request could not be written down (a form or JSON value that does not serialise).
    #[error("the request cannot be built")]
    Request,
    /// A file in `ca_files` cannot be used.
    #[error("{}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl OutboundError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Resolve | Self::Connect(_) | Self::Tls(_) | Self::Timeout | Self::Protocol | Self::Json => true,
            Self::TooLarge | Self::Refused { .. } | Self::Request | Self::CaFile { .. } => false,
        }
    }

    /// One word for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Resolve => "resolve",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
            Self::Protocol => "protocol",
            Self::Json => "json",
            Self::Request => "request",
            Self::CaFile { .. } => "ca_file",
        }
    }

    /// Finds our own error in what hyper wrapped around it; anything else is the other side's fault.
    pub(super) fn from_chain(error: &(dyn StdError + 'static)) -> Self {
        let mut link = Some(error);
        while let Some(cause) = link {
            if let Some(ours) = cause.downcast_ref::<Self>() {
                return ours.clone();
            }
            if cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large) {
                return Self::TooLarge;
            }
            link = cause.source();
        }
        Self::Protocol
    }
}

impl From<Refusal> for OutboundError {
    fn from(why: Refusal) -> Self {
        Self::Refused { why }
    }
}
