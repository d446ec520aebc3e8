//! `[registration]`: how relying parties register (RFC 7591), and what they get where they do not say.

use serde::{Deserialize, Serialize};

use super::list::listed;

use crate::oidc::claims::SCOPES;
use crate::oidc::registration::{Registration, RegistrationMode};
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::{ConsentMode, RegistrationPolicy};
use crate::proto::oidc::SubjectType;

/// The `[registration]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationConfig {
    /// Who may register a relying party.
    pub mode: RegistrationMode,
    /// How a client that does not say knows a person.
    pub subject_type: SubjectType,
    /// When a person is asked to agree, for a client that was not told otherwise.
    pub consent: ConsentMode,
    /// Scopes of services that a client may register without the operator, besides those that speak of people.
    #[serde(deserialize_with = "listed")]
    pub scopes: Vec<String>,
    /// Whether web clients may have plain http on loopback hosts: for trying on one machine.
    pub http_loopback: bool,
}

impl Default for RegistrationConfig {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Token,
            subject_type: SubjectType::Pairwise,
            consent: ConsentMode::FirstUse,
            scopes: Vec::new(),
            http_loopback: false,
        }
    }
}

impl RegistrationConfig {
    /// The section as the provider takes it, at a node that signs with `signing_algs`.
    #[must_use]
    pub fn resolved(&self, signing_algs: Vec<SigningAlg>) -> Registration {
        let of_people = SCOPES.iter().map(|scope| scope.name.to_owned());
        let policy = RegistrationPolicy {
            subject_type: self.subject_type,
            consent: self.consent,
            http_loopback: self.http_loopback,
            trusted: false,
            signing_algs,
            open_scopes: of_people.chain(self.scopes.iter().cloned()).collect(),
        };
        Registration { mode: self.mode, policy }
    }
}
