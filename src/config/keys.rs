//! `[keys]`: where keys rest, what seals them, and when signing keys change.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::list::listed;
use crate::base::{Secret, within};
use crate::keys::rotation::Policy;
use crate::proto::jose::SigningAlg;

/// The `[keys]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// The folder of the keys, files 0600.
    pub dir: PathBuf,
    /// The root of every other key; without it, a file in `dir`.
    #[serde(serialize_with = "Secret::masked")]
    pub master: Option<Secret>,
    /// How long a signing key signs, in days.
    #[serde(deserialize_with = "within::<_, 1, 3650>")]
    pub rotation_days: u64,
    /// How long a new signing key is published before it signs, in hours.
    #[serde(deserialize_with = "within::<_, 0, 720>")]
    pub publish_ahead_hours: u64,
    /// What this node signs with; RS256 and ES256 are always among them.
    #[serde(deserialize_with = "listed")]
    pub algorithms: Vec<Algorithm>,
}

impl KeysConfig {
    /// When keys come and go. Keys stay published for a month after they signed: ID tokens come back as hints.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Policy {
            algs: self.algorithms.iter().filter_map(|algorithm| SigningAlg::parse(algorithm.name())).collect(),
            period: hours(self.rotation_days * 24),
            publish_ahead: hours(self.publish_ahead_hours),
            keep_after: hours(30 * 24),
        }
    }
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("keys"),
            master: None,
            rotation_days: 90,
            publish_ahead_hours: 24,
            algorithms: Algorithm::ALWAYS.to_vec(),
        }
    }
}

/// A signature algorithm that a node can offer (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    RS256,
    /// ECDSA on P-256 with SHA-256
    ES256,
    /// Ed25519
    EdDSA,
    /// RSASSA-PSS with SHA-256
    PS256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: &'static [Self] = &[Self::RS256, Self::ES256, Self::EdDSA, Self::PS256];

    /// Those that are always offered.
    pub const ALWAYS: &'static [Self] = &[Self::RS256, Self::ES256];

    /// The JOSE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|algorithm| algorithm.name() == name);
        found.copied().ok_or("must be one of RS256, ES256, EdDSA, PS256")
    }
}
