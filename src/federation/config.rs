//! The `[federation]` section of the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entity_id::EntityIdentifier;
use crate::base::within;
use crate::keys::rotation::Policy;
use crate::proto::jose::SigningAlg;

/// The `[federation]` section. Off by default: no entity is known, nothing is answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FederationConfig {
    /// Whether this node takes part in a federation.
    pub enabled: bool,
    /// Whether this node is an anchor itself: it trusts those that it vouches for.
    pub anchor: bool,
    /// The anchors that this node trusts besides.
    pub anchors: Vec<AnchorConfig>,
    /// Who vouches for this node.
    pub authority_hints: Vec<EntityIdentifier>,
    /// Who runs this node.
    pub organization_name: Option<String>,
    /// Their home page.
    pub organization_uri: Option<String>,
    /// How to reach those responsible.
    pub contacts: Vec<String>,
    /// The trust marks that this node holds, as they were issued.
    pub trust_marks: Vec<String>,
    /// The delegations by which this node may issue marks of others, as they were issued.
    pub delegations: Vec<String>,
    /// As an anchor: who may issue the marks of each type, besides this node.
    pub mark_issuers: BTreeMap<String, Vec<EntityIdentifier>>,
    /// As an anchor: whose the marks of a type are, where others may issue them by delegation.
    pub mark_owners: BTreeMap<String, MarkOwner>,
    /// The types of marks that a service must hold to register itself.
    pub required_marks: Vec<String>,
    /// How services may register themselves.
    pub registration: Vec<RegistrationType>,
    /// How long a statement of this node holds, in seconds.
    #[serde(deserialize_with = "within::<_, 60, 2_592_000>")]
    pub statement_seconds: u64,
    /// How old a chain may be before it is fetched again, in seconds.
    #[serde(deserialize_with = "within::<_, 10, 604_800>")]
    pub refresh_seconds: u64,
    /// How long a federation key signs, in days.
    #[serde(deserialize_with = "within::<_, 1, 3650>")]
    pub key_rotation_days: u64,
    /// How long a new federation key is published before it signs, in hours.
    #[serde(deserialize_with = "within::<_, 0, 2160>")]
    pub key_publish_ahead_hours: u64,
    /// How far a search for a chain may go.
    pub limits: SearchLimits,
}

/// An anchor, and the keys by which it is known.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AnchorConfig {
    /// Its entity id.
    pub entity_id: EntityIdentifier,
    /// Its federation keys, a JWK Set, had from it by another way than the network.
    pub jwks: Value,
}

/// Whose marks of a type are.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MarkOwner {
    /// The owner's entity id.
    pub entity_id: EntityIdentifier,
    /// The owner's federation keys, a JWK Set.
    pub jwks: Value,
}

/// How a service may register itself (§12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationType {
    /// By a signed authorization request, with its entity id as client id.
    Automatic,
    /// By a request of its own before.
    Explicit,
}

/// How far a search for a chain may go.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchLimits {
    /// Steps from the entity to an anchor.
    #[serde(deserialize_with = "within::<_, 1, 10>")]
    pub depth: u64,
    /// Superiors of one entity.
    #[serde(deserialize_with = "within::<_, 1, 32>")]
    pub hints: u64,
    /// Requests of one search.
    #[serde(deserialize_with = "within::<_, 2, 200>")]
    pub requests: u64,
    /// Milliseconds for one search.
    #[serde(deserialize_with = "within::<_, 100, 60_000>")]
    pub milliseconds: u64,
    /// Searches at once.
    #[serde(deserialize_with = "within::<_, 1, 64>")]
    pub at_once: u64,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self { depth: 5, hints: 4, requests: 24, milliseconds: 8_000, at_once: 4 }
    }
}

impl Default for FederationConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            anchor: false,
            anchors: Vec::new(),
            authority_hints: Vec::new(),
            organization_name: None,
            organization_uri: None,
            contacts: Vec::new(),
            trust_marks: Vec::new(),
            delegations: Vec::new(),
            mark_issuers: BTreeMap::new(),
            mark_owners: BTreeMap::new(),
            required_marks: Vec::new(),
            registration: vec![RegistrationType::Automatic, RegistrationType::Explicit],
            statement_seconds: 86_400,
            refresh_seconds: 3_600,
            key_rotation_days: 365,
            key_publish_ahead_hours: 168,
            limits: SearchLimits::default(),
        }
    }
}

impl FederationConfig {
    /// When federation keys come and go. A key stays published until every statement that it signed has ended.
    #[must_use]
    pub fn key_policy(&self) -> Policy {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Policy {
            algs: vec![SigningAlg::ES256],
            period: hours(self.key_rotation_days * 24),
            publish_ahead: hours(self.key_publish_ahead_hours),
            keep_after: self.statement_life() * 2,
        }
    }

    /// How long a statement of this node holds.
    #[must_use]
    pub const fn statement_life(&self) -> Duration {
        Duration::from_secs(self.statement_seconds)
    }

    /// Whether services may register in this way.
    #[must_use]
    pub fn registers(&self, how: RegistrationType) -> bool {
        self.enabled && self.registration.contains(&how)
    }
}
