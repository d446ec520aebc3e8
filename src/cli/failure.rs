//! [`CliError`]: what a command can fail with, and the exit code for it.

use crate::accounts::{AccountError, ProofError};
use crate::app::BuildError;
use crate::config::ConfigError;
use crate::demo::DemoError;
use crate::demo::check::Missed;
use crate::ephemeral::EphemeralError;
use crate::http::server::TlsError;
use crate::keys::KeyError;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::store::StoreError;
use crate::telemetry::TelemetryError;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is refused; one line a problem.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The node could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// An account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A proof of a real name.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// An appeal.
    #[error(transparent)]
    Appeal(crate::signon::AppealError),
    /// A client, or what it was to become.
    #[error("{}{}", .0.description, .0.detail().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Client(#[from] OAuthError),
    /// Certificate or key of the listener.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A step of the demo's journey.
    #[error("MISSED {0}")]
    Missed(#[from] Missed),
    /// Metadata that is not what it should be.
    #[error("the metadata is malformed: {0}")]
    Metadata(#[from] serde_json::Error),
    /// A port, a file, or standard output.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// What was asked cannot be done as it was asked.
    #[error("{0}")]
    Refused(String),
    /// What was named does not exist.
    #[error("there is no {0}")]
    NotFound(String),
}

impl CliError {
    /// The exit code, as explained in `hufu --help`.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 3,
            Self::NotFound(_) | Self::Account(AccountError::Unknown) => 5,
            _ if self.is_for_now() => 4,
            _ => 1,
        }
    }

    /// Whether the same command may well succeed later.
    fn is_for_now(&self) -> bool {
        match self {
            Self::Store(error) | Self::Build(BuildError::Store(error)) | Self::Account(AccountError::Store(error)) => {
                matches!(error, StoreError::Unavailable(_))
            }
            Self::Keys(KeyError::Store(error)) | Self::Build(BuildError::Keys(KeyError::Store(error))) => {
                matches!(error, StoreError::Unavailable(_))
            }
            Self::Build(BuildError::Ephemeral(error)) => matches!(error, EphemeralError::Unavailable(_)),
            Self::Client(error) => error.code == ErrorCode::TemporarilyUnavailable,
            _ => false,
        }
    }
}
